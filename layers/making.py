"""How a layer is made: wheels for Lambda, unpacked, trimmed, compiled and zipped. Kept under build/ by version: made once."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from infra import archive
from infra.problems import Problem

# pip takes a wheel for exactly these; each of them runs on the images of Python 3.12 and newer (glibc 2.34).
_WHEELS = tuple(f"manylinux_2_{minor}_x86_64" for minor in range(28, 16, -1)) + ("manylinux2014_x86_64",)


def runs_here() -> bool:
    """True when this machine can load the libraries that Lambda's x86-64 Linux does."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


def layer(
    build: Path, name: str, wheels: Sequence[str], recipe: Path, finish: Callable[[Path], None], own: Sequence[Path] = ()
) -> Path:
    """The zip of a layer, made if it is not there yet. `finish` trims the folder into which the wheels were unpacked; `own` are
    packages of this checkout that lie beside them.

    On a laptop that cannot load Linux libraries: with its own. A changed recipe (the module that calls this), or a change in
    what is `own`, makes it anew.
    """
    tag = f"py{sys.version_info.major}{sys.version_info.minor}-{sys.platform}-{platform.machine()}"
    mark = _mark(recipe, own)
    made = build / name / f"{wheels[0].replace('==', '-')}-{tag}-{mark}.zip"
    if not made.exists():
        build.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=build) as scratch:
            _make(Path(scratch), made, wheels, finish, own)
        _let_go(made, tag)
    return made


def _let_go(made: Path, tag: str) -> None:
    """Delete the layers that this one takes the place of; those of another Python or machine stay."""
    for old in made.parent.glob(f"*-{tag}-*.zip"):
        if old != made:
            old.unlink(missing_ok=True)


def _mark(recipe: Path, own: Sequence[Path]) -> str:
    """Changes when anything does that this checkout puts into the layer or does to it."""
    found = hashlib.sha256(recipe.read_bytes() + Path(__file__).read_bytes())
    for package in own:
        files = [path for path in archive.files(package) if "__pycache__" not in path.parts]
        found.update(archive.digest(files, root=package.parent).encode())
    return found.hexdigest()[:8]


def _make(scratch: Path, made: Path, wheels: Sequence[str], finish: Callable[[Path], None], own: Sequence[Path]) -> None:
    python = scratch / "tree" / "python"
    _fetch(python, wheels)
    for cache in list(python.rglob("__pycache__")):
        shutil.rmtree(cache)
    finish(python)
    for package in own:
        shutil.copytree(package, python / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    archive.compile_tree(python)
    archive.pack(scratch / "tree", made)


def _fetch(python: Path, wheels: Sequence[str]) -> None:
    platforms = [word for name in _WHEELS for word in ("--platform", name)]
    lambdas = [*platforms, "--only-binary=:all:"] if runs_here() else []
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", *lambdas, "--target", str(python), *wheels]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Problem(
            f"pip could not fetch {', '.join(wheels)}:\n{done.stderr.strip()}", "Check the network, then run the command again."
        )


def strip(libraries: Sequence[Path]) -> None:
    """Drop symbols nobody links to; without the program a layer is a quarter bigger and works the same."""
    program = shutil.which("strip")
    if program and libraries and runs_here():
        names = [str(path) for path in libraries]
        subprocess.run([program, "--strip-unneeded", *names], check=True, env=os.environ | {"LC_ALL": "C"})
