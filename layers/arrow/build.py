"""The Arrow layer: pyarrow's wheel for Lambda, without what neither Parquet, JSON, CSV nor compute needs, and stripped.

The wheel is 55 MB zipped, over Lambda's 50 MB; this makes it about 29 MB. Kept under build/ by version: made once.
Run as `python -m layers.arrow.build`.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from infra import archive
from infra.problems import Problem
from infra.stages import BUILD

VERSION = "26.0.1"
_WHEELS = "manylinux_2_28_x86_64"
_FOLDERS = ("tests", "include", "includes", "src", "vendored/tests")
_SOURCES = ("**/*.pyx", "**/*.pxi", "**/*.pxd", "**/*.h", "**/*.pyi", "**/*.cc", "**/*.hpp")
_CLIENTS = ("*flight*", "*s3fs*", "libarrow_s3*", "*gcsfs*", "libarrow_gcs*", "*azurefs*", "libarrow_azure*", "*hdfs*")
_FORMATS = ("*orc*", "*feather*", "*cuda*", "*gandiva*", "_substrait*", "substrait.py")
_SECRETS = ("*parquet_encryption*",)
_COPIES = ("libarrow_python.so", "libarrow_python.so.*.*.*", "libarrow.so", "libparquet.so")


def runs_here() -> bool:
    """True when this machine can load the libraries that Lambda's x86-64 Linux does."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


def layer(build: Path) -> Path:
    """The layer's zip, made if it is not there yet. On a laptop that cannot load Linux libraries: with its own pyarrow."""
    tag = f"py{sys.version_info.major}{sys.version_info.minor}-{sys.platform}-{platform.machine()}"
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    made = build / "arrow" / f"pyarrow-{VERSION}-{tag}-{recipe}.zip"
    if not made.exists():
        build.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=build) as scratch:
            _make(Path(scratch), made)
    return made


def _make(scratch: Path, made: Path) -> None:
    python = scratch / "tree" / "python"
    _fetch(python)
    for cache in list(python.rglob("__pycache__")):
        shutil.rmtree(cache)
    if runs_here():
        trim(python / "pyarrow")
        _strip(python / "pyarrow")
    archive.compile_tree(python)
    archive.pack(scratch / "tree", made)


def _fetch(python: Path) -> None:
    wheel = f"pyarrow=={VERSION}"
    lambdas = ["--platform", _WHEELS, "--only-binary=:all:"] if runs_here() else []
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", *lambdas, "--target", str(python), wheel]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"pip could not fetch {wheel}:\n{done.stderr.strip()}", "Check the network, then run the command again.")


def trim(pyarrow: Path) -> None:
    """Remove from an unpacked pyarrow what the layer does without."""
    for name in _FOLDERS:
        shutil.rmtree(pyarrow / name, ignore_errors=True)
    for pattern in (*_SOURCES, *_CLIENTS, *_FORMATS, *_SECRETS, *_COPIES):
        for path in list(pyarrow.glob(pattern)):
            if path.is_file():
                path.unlink()


def _strip(pyarrow: Path) -> None:
    """Drop symbols nobody links to; without the program the layer is a quarter bigger and works the same."""
    program = shutil.which("strip")
    libraries = [str(path) for path in pyarrow.glob("*.so*")]
    if program and libraries:
        subprocess.run([program, "--strip-unneeded", *libraries], check=True, env=os.environ | {"LC_ALL": "C"})


if __name__ == "__main__":
    sys.stdout.write(f"{layer(BUILD)}\n")
