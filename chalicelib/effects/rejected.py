"""The file of refused rows, for the person who mends them."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ..model.errors import BadPayload

# What a spreadsheet takes for the start of a formula, or drops before one.
_FORMULA = ("=", "+", "-", "@", "\t", "\0", "\r", "\n")


class Rejected:
    """The CSV file of refused rows: made at the first one, readable by its owner alone. Use it as a context; what stood at its
    place from an earlier import is removed when it is entered. Values that a spreadsheet would run are defused with a '.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: IO[str] | None = None
        self._rows: Any = None

    def __enter__(self) -> Rejected:
        self.path.unlink(missing_ok=True)
        return self

    def add(self, line: int, column: str, value: str, cause: str) -> None:
        """Write down a refused row. BadPayload when the file cannot be written."""
        if self._file is None:
            self._file = self._made()
            self._rows = csv.writer(self._file, quoting=csv.QUOTE_ALL)
            self._rows.writerow(("line", "column", "value", "cause"))
        self._rows.writerow((line, _defused(column), _defused(value), _defused(cause)))
        self.count += 1

    def _made(self) -> IO[str]:
        try:
            opened = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as err:
            problem = f"refused rows cannot be written: {err.strerror}; name another place for them"
            raise BadPayload(problem, str(self.path)) from err
        return os.fdopen(opened, "w", encoding="utf-8", newline="")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()


def _defused(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
