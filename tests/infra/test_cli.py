"""The command line: errors are two lines and code 1; down and status speak plainly when nothing runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chalicelib.model.words import REASON_GROUPS
from infra import checks
from infra.stages import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of its own, without packages and state; its environments are this one's."""
    for name in ("infra", "chalicelib", "layers"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("wellkept", "app.py", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in (".venv", ".venv-ministack"):
        if (ROOT / name).exists():
            (tmp_path / name).symlink_to((ROOT / name).resolve())
    return tmp_path


def run(checkout: Path, *words: str, said: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "WELLKEPT_"))}
    elsewhere = checkout / "chalicelib"
    command = [checkout / "wellkept", *words]
    return subprocess.run(command, env=kept | variables, input=said, capture_output=True, text=True, cwd=elsewhere)


needs_environments = pytest.mark.skipif(not (ROOT / ".venv/bin/python").exists(), reason="no environments: run make setup")


def test_without_an_environment_it_says_how_to_make_one(checkout: Path) -> None:
    (checkout / ".venv").unlink(missing_ok=True)
    done = run(checkout, "status")
    assert done.returncode == 1
    assert "make -C" in done.stderr
    assert "setup" in done.stderr


@needs_environments
def test_status_of_what_is_down_is_no_error(checkout: Path) -> None:
    assert "./wellkept up" in run(checkout, "status").stdout
    told = run(checkout, "status", "--json")
    assert (told.returncode, json.loads(told.stdout)["running"]) == (0, False)


@needs_environments
def test_down_twice_is_down(checkout: Path) -> None:
    assert [run(checkout, "down").returncode for _ in range(2)] == [0, 0]


@needs_environments
def test_doctor_names_the_remedy_and_ends_with_1(checkout: Path) -> None:
    done = run(checkout, "doctor", WELLKEPT_PORT="4579")
    assert done.returncode == 1
    assert "./wellkept up" in done.stdout


@needs_environments
@pytest.mark.parametrize("words, said", [
    (("deploy", "--stage", "Not-A-Stage"), "stage name"),
    (("status", "--stage", "Not-A-Stage"), "stage name"),
])
def test_an_error_is_what_and_remedy_without_traceback(checkout: Path, words: tuple[str, ...], said: str) -> None:
    done = run(checkout, *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "→" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in run(checkout, "--debug", *words).stderr


@needs_environments
def test_a_port_that_is_no_number_is_said_plainly(checkout: Path) -> None:
    done = run(checkout, "up", WELLKEPT_PORT="many")
    assert done.returncode == 1
    assert "WELLKEPT_PORT" in done.stderr


@needs_environments
def test_words_are_read_without_a_stack_by_the_checkouts_own_weights(checkout: Path) -> None:
    done = run(checkout, "classify", said='{"id": 1, "text": "far too small"}\n{"id": 2}\nno json\n')
    assert (done.returncode, done.stderr) == (0, "")
    first, silent, wrong = map(json.loads, done.stdout.splitlines())
    assert (first["id"], first["label"] in REASON_GROUPS, first["source"]) == (1, True, "text")
    assert (silent["label"], silent["source"], "error" in wrong) == ("other", "none", True)


def test_an_old_python_is_a_remark_not_a_fault() -> None:
    assert checks.python((3, 11)).well is None
    assert checks.python((3, 12)).well is True


def test_a_broken_environment_is_found(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    found = checks.environments(tmp_path)
    assert (found.well, found.remedy) == (False, "Run: make setup")
