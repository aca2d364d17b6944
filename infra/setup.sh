#!/bin/sh
# Makes both environments with one Python: the newest of 3.13, 3.12 and 3.11 found on PATH or among pyenv's.
# Run again it changes nothing; an environment that is broken, half made or out of date is made anew.
set -eu
cd -- "$(dirname -- "$0")/.."

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n→ %s\n' "$1" "$2" >&2; exit 1; }

works() { [ "$("$1" -c 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$2" ]; }

find_python() {
    for version in 3.13 3.12 3.11; do
        for candidate in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python python3; do
            if works "$candidate" "$version"; then say "$candidate"; return; fi
        done
    done
}

hash_of() { cat "$@" | cksum | tr -d ' '; }

# make_environment FOLDER REQUIREMENTS...: stamped with Python and requirements once it is whole.
make_environment() {
    folder=$1; shift
    wanted="$version $(hash_of "$@")"
    if [ -x "$folder/bin/python" ] && [ "$(cat "$folder/.stamp" 2>/dev/null)" = "$wanted" ] && works "$folder/bin/python" "$version"; then
        return
    fi
    for last; do :; done
    say "Making $folder from $last (Python $version)"
    if ! works "$folder/bin/python" "$version"; then
        rm -rf "$folder"
        "$python" -m venv "$folder" || fail "Python $version cannot make an environment." "Install its venv module, e.g. apt-get install python$version-venv"
    fi
    rm -f "$folder/.stamp"
    "$folder/bin/python" -m pip install -q --disable-pip-version-check -r "$last" \
        || fail "pip could not install $last." "Read the lines above; check the network; then run: make setup"
    printf '%s' "$wanted" > "$folder/.stamp"
}

python=${PYTHON:-$(find_python)}
[ -n "$python" ] || fail "No Python 3.13, 3.12 or 3.11 was found on PATH or in pyenv." "Install one, e.g. pyenv install 3.13, then run: make setup"
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || fail "$python does not run." "Set PYTHON to a Python 3.11 to 3.13."
case $version in
    3.13|3.12) ;;
    3.11) say "Python 3.11: good for the local stack; deploying to AWS needs 3.12 or 3.13." ;;
    *) fail "Python $version is not one that Wellkept runs on." "Use 3.13, 3.12 or 3.11: make setup PYTHON=python3.13" ;;
esac

if [ "${1:-}" = training ]; then
    make_environment .venv-training requirements.txt requirements-dev.txt requirements-training.txt
    exit
fi
make_environment .venv requirements.txt requirements-dev.txt
make_environment .venv-ministack requirements-ministack.txt

# The only other things that come over the network: the functions' libraries for Lambda, and those of the layers.
if ! ls .chalice/deployments/*.zip build/arrow/*.zip build/text/*.zip >/dev/null 2>&1; then
    say "Fetching the functions' libraries"
    .venv/bin/python -m infra.package >/dev/null
fi
