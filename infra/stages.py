"""Stages: one deployment each. "local" is the laptop; every other name is a deployment on AWS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .problems import Problem

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOCAL = "local"
_NAME = re.compile(r"[a-z][a-z0-9]{0,19}")


@dataclass(frozen=True, slots=True)
class Stage:
    """A deployment by name, and the names that follow from it."""

    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise Problem(
                f"{self.name!r} is not a stage name.",
                "Use up to 20 lower-case letters and digits, beginning with a letter: local, test, production ...",
            )

    @property
    def local(self) -> bool:
        """True for the laptop."""
        return self.name == LOCAL

    @property
    def stack(self) -> str:
        """Name of the CloudFormation stack."""
        return f"wellkept-{self.name}"

    @property
    def database(self) -> str:
        """Name of the Glue database."""
        return f"wellkept_{self.name}"

    @property
    def secrets(self) -> str:
        """Prefix of the shops' secrets in Secrets Manager."""
        return f"wellkept/{self.name}/shops/"

    @property
    def keeps_data(self) -> bool:
        """True where deleting the stack must leave tables, buckets and keys behind."""
        return not self.local
