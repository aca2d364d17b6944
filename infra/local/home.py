"""Where the local stack keeps itself: the checkout's .wellkept folder, its port, and one command at a time."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..problems import Problem
from ..stages import ROOT

DEFAULT_PORT = 4566


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one local stack: .wellkept of the checkout, unless WELLKEPT_HOME names another."""

    folder: Path = field(default_factory=lambda: Path(os.environ.get("WELLKEPT_HOME", ROOT / ".wellkept")))

    @property
    def log(self) -> Path:
        """What the emulator says."""
        return self.folder / "stack.log"

    @property
    def state(self) -> Path:
        """The emulator's state, but for S3."""
        return self.folder / "state"

    @property
    def objects(self) -> Path:
        """S3's objects."""
        return self.folder / "s3"

    @property
    def mail(self) -> Path:
        """Mails as they went out."""
        return self.folder / "mail"

    @property
    def scratch(self) -> Path:
        """Unpacked functions and the like; nothing to keep."""
        return self.folder / "tmp"

    def remembered(self) -> dict[str, Any]:
        """What was remembered: `port`, and `pid` while it runs. Empty at first, or when the file is damaged."""
        try:
            found = json.loads((self.folder / "stack.json").read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def remember(self, **values: Any) -> None:
        """Add to what is remembered; None forgets."""
        kept = {name: value for name, value in (self.remembered() | values).items() if value is not None}
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / "stack.json.partial"
        partial.write_text(json.dumps(kept))
        os.replace(partial, self.folder / "stack.json")

    def port(self, asked: int | None = None) -> int:
        """The port asked for, else WELLKEPT_PORT, else the one remembered, else 4566."""
        given = os.environ.get("WELLKEPT_PORT", "")
        if asked is None and given and not given.isdigit():
            raise Problem(f"WELLKEPT_PORT is {given!r}.", "Set it to a port number such as 4570, or unset it.")
        return asked or int(given or 0) or int(self.remembered().get("port", DEFAULT_PORT))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock that keeps two commands from starting or stopping the stack at once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                what = "Another command is starting or stopping this stack."
                raise Problem(what, "Wait for it to end, then try again.") from None
            yield
