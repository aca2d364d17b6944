"""The Arrow layer: pyarrow's wheel for Lambda, without what neither Parquet, JSON, CSV nor compute needs, and stripped.

The wheel is 55 MB zipped, over Lambda's 50 MB; this makes it about 29 MB. Kept under build/ by version: made once.
Run as `python -m layers.arrow.build`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from infra.stages import BUILD

from .. import making

VERSION = "26.0.1"
_FOLDERS = ("tests", "include", "includes", "src", "vendored/tests")
_SOURCES = ("**/*.pyx", "**/*.pxi", "**/*.pxd", "**/*.h", "**/*.pyi", "**/*.cc", "**/*.hpp")
_CLIENTS = ("*flight*", "*s3fs*", "libarrow_s3*", "*gcsfs*", "libarrow_gcs*", "*azurefs*", "libarrow_azure*", "*hdfs*")
_FORMATS = ("*orc*", "*feather*", "*cuda*", "*gandiva*", "_substrait*", "substrait.py")
_SECRETS = ("*parquet_encryption*",)
_COPIES = ("libarrow_python.so", "libarrow_python.so.*.*.*", "libarrow.so", "libparquet.so")


def layer(build: Path) -> Path:
    """The layer's zip, made if it is not there yet."""
    return making.layer(build, "arrow", (f"pyarrow=={VERSION}",), Path(__file__), _finish)


def _finish(python: Path) -> None:
    if making.runs_here():
        trim(python / "pyarrow")
        making.strip(list((python / "pyarrow").glob("*.so*")))


def trim(pyarrow: Path) -> None:
    """Remove from an unpacked pyarrow what the layer does without."""
    for name in _FOLDERS:
        shutil.rmtree(pyarrow / name, ignore_errors=True)
    for pattern in (*_SOURCES, *_CLIENTS, *_FORMATS, *_SECRETS, *_COPIES):
        for path in list(pyarrow.glob(pattern)):
            if path.is_file():
                path.unlink()


if __name__ == "__main__":
    sys.stdout.write(f"{layer(BUILD)}\n")
