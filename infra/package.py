"""The package: what `chalice package` made, trimmed, compiled, zipped the same way every time, and the stack's template.

Run as `python -m infra.package [STAGE]`. Everything lands under build/; nothing is done again while no source changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from layers import making
from layers.arrow import build as arrow
from layers.text import build as text

from . import archive
from .problems import Problem
from .stages import BUILD, LOCAL, ROOT, Stage
from .template import CODE, LAYERS, template

UNZIPPED = 250 * 1024**2
SERVICES = ("athena", "dynamodb", "glue", "kms", "s3", "secretsmanager", "ses", "sesv2", "sns", "sqs", "sts")
_SOURCES = ("app.py", "requirements.txt", ".chalice/config.json", "infra/package.py", "infra/archive.py")
_SOURCE_FOLDERS = ("chalicelib", "layers")
_PACKAGED = "chalice.json"
_LAYERS = {"ArrowLayer": arrow.layer, "TextLayer": text.layer}
ZIPS = (CODE, *(zipped for zipped, _ in LAYERS.values()))


@dataclass(frozen=True, slots=True)
class Package:
    """A finished package: the fingerprint of its sources, of its template and, by name, of its zips; their sizes in bytes."""

    fingerprint: str
    template: str
    zips: dict[str, str]
    sizes: dict[str, int]
    unzipped: dict[str, int]

    @property
    def heaviest(self) -> int:
        """Bytes that the function with the largest layer unpacks to; no function carries two."""
        return self.unzipped[CODE] + max(size for name, size in self.unzipped.items() if name != CODE)

    def report(self) -> str:
        """The sizes against Lambda's limit, in words."""
        each = ", ".join(f"{name} {_mb(self.sizes[name])} (unzipped {_mb(self.unzipped[name])})" for name in self.zips)
        return f"{each}; together at most {_mb(self.heaviest)} unzipped (limit {_mb(UNZIPPED)})"


def folder(stage: Stage) -> Path:
    """Where the package of `stage` lies."""
    return BUILD / stage.name


def fingerprint(stage: Stage, root: Path = ROOT) -> str:
    """Changes when anything does from which the zips are made."""
    paths = [root / name for name in _SOURCES if (root / name).exists()]
    for name in _SOURCE_FOLDERS:
        paths += [path for path in archive.files(root / name) if "__pycache__" not in path.parts]
    return archive.digest(paths, stage.name, platform.python_version(), platform.platform(), root=root)


def existing(stage: Stage) -> Package | None:
    """The package that is there, or None when there is none, it is half made, or a source of its zips changed since.

    The template takes no time to make, so it is made again from what Chalice said and is never out of date.
    """
    target = folder(stage)
    if not all((target / name).exists() for name in (*ZIPS, _PACKAGED, "package.json")):
        return None
    found = Package(**json.loads((target / "package.json").read_text()))
    if found.fingerprint != fingerprint(stage):
        return None
    return replace(found, template=_write_template(target, stage))


def package(stage: Stage) -> Package:
    """Make the package of `stage`, or find it made. Problem when it is too big for Lambda or Chalice refuses."""
    return existing(stage) or _make(stage)


def _make(stage: Stage) -> Package:
    target, before = folder(stage), fingerprint(stage)
    target.mkdir(parents=True, exist_ok=True)
    (target / "package.json").unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        out, tree = Path(scratch) / "out", Path(scratch) / "tree"
        (target / _PACKAGED).write_text(json.dumps(chalice(stage, out), indent=1))
        archive.unpack(out / CODE, tree)
        trim(tree)
        if not making.runs_here():
            _use_host_libraries(tree)
        archive.compile_tree(tree)
        archive.pack(tree, target / CODE)
    for name, layer in _LAYERS.items():
        shutil.copyfile(layer(BUILD), target / LAYERS[name][0])
    made = _measure(target, before, _write_template(target, stage))
    check_sizes(made)
    (target / "package.json").write_text(json.dumps(asdict(made), indent=1))
    return made


def _write_template(target: Path, stage: Stage) -> str:
    """Write the template and return its fingerprint."""
    text = json.dumps(template(json.loads((target / _PACKAGED).read_text()), stage), indent=1)
    (target / "template.json").write_text(text)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def chalice(stage: Stage, out: Path, root: Path = ROOT) -> dict[str, Any]:
    """Run `chalice package` into `out` and return its template."""
    program = Path(sys.executable).parent / "chalice"
    command = [str(program), "package", "--stage", stage.name, "--template-format", "json", str(out)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WELLKEPT_", "AWS_"))}
    done = subprocess.run(command, cwd=root, env=kept | {"AWS_DEFAULT_REGION": "us-east-1"}, capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"chalice package failed:\n{done.stderr.strip()}", "Put right what it names, then run the command again.")
    return dict(json.loads((out / "sam.json").read_text()))


def trim(tree: Path) -> None:
    """Drop what no function uses: the descriptions of other AWS services, byte-code of elsewhere, and tests."""
    data = tree / "botocore" / "data"
    for path in data.iterdir() if data.exists() else ():
        if path.is_dir() and path.name not in SERVICES:
            shutil.rmtree(path)
    for pattern in ("**/__pycache__", "boto3/examples", "boto3/data/ec2", "chalice/cli"):
        for path in list(tree.glob(pattern)):
            shutil.rmtree(path)


def _use_host_libraries(tree: Path) -> None:
    """For a laptop that cannot load Linux x86-64 libraries: this machine's own take their place, for local use only."""
    wanted = ["--upgrade", "--target", str(tree), "-r", str(ROOT / "requirements.txt")]
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", *wanted], check=True)
    trim(tree)


def _measure(target: Path, before: str, template_mark: str) -> Package:
    return Package(
        fingerprint=before,
        template=template_mark,
        zips={name: archive.digest([target / name], root=target) for name in ZIPS},
        sizes={name: (target / name).stat().st_size for name in ZIPS},
        unzipped={name: archive.unpacked_size(target / name) for name in ZIPS},
    )


def check_sizes(made: Package) -> None:
    """Problem when Lambda would refuse the package."""
    if made.heaviest > UNZIPPED:
        raise Problem(
            f"The package is too big for Lambda: {made.report()}.",
            "Take a library out of requirements.txt, or move it to a layer of the one function that needs it.",
        )


def _mb(size: int) -> str:
    return f"{size / 1024**2:.1f} MB"


def main() -> None:
    """Package the stage named on the command line, or the local one, and say how big it is."""
    stage = Stage(sys.argv[1] if len(sys.argv) > 1 else LOCAL)
    try:
        sys.stdout.write(package(stage).report() + "\n")
    except Problem as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
