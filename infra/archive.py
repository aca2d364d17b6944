"""Zips that are the same bytes whenever their contents are, and byte-code that stays valid in them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)


def files(folder: Path) -> list[Path]:
    """Every file below `folder`, sorted by its path in it."""
    return sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.relative_to(folder).as_posix())


def pack(folder: Path, target: Path) -> None:
    """Zip `folder` to `target`: sorted, with fixed dates and rights, complete or not there at all."""
    partial = target.with_suffix(".partial")
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zipped:
        for path in files(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100644 | (path.stat().st_mode & 0o111)) << 16
            zipped.writestr(entry, path.read_bytes())
    os.replace(partial, target)


def unpack(source: Path, folder: Path) -> None:
    """Unzip `source` into `folder`, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(source) as zipped:
        zipped.extractall(folder)


def unpacked_size(source: Path) -> int:
    """Bytes `source` takes once unzipped."""
    with zipfile.ZipFile(source) as zipped:
        return sum(entry.file_size for entry in zipped.infolist())


def compile_tree(folder: Path) -> None:
    """Put byte-code beside every module of `folder`, valid whatever the files' dates; Lambda then skips the compiler.

    Chalice packages none, which makes a cold import take nearly four times as long (aws/chalice issue 868).
    """
    command = [sys.executable, "-m", "compileall", "-q", "-f", "-j", "2", "--invalidation-mode", "unchecked-hash",
               "-s", str(folder), "-p", "/var/task", str(folder)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONHASHSEED": "0"})


def digest(paths: Iterable[Path], *salt: str, root: Path) -> str:
    """Fingerprint of files (names below `root` and contents) and of `salt`: 32 hex digits."""
    found = hashlib.sha256("\0".join(salt).encode())
    for path in sorted(paths):
        found.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:32]
