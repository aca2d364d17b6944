"""What goes wrong around the functions, said so that a person can act on it."""

from __future__ import annotations


class Problem(Exception):
    """Something the operator can put right. `what` says what is wrong and where, `remedy` what to do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}\n{remedy}")
        self.what = what
        self.remedy = remedy
