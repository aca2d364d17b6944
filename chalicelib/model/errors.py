"""One small tree of errors. Each says what is wrong, where, and what to do; `web` turns them into HTTP answers."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"""(['"]).*\1""", re.DOTALL)


class WellkeptError(Exception):
    """Root of everything a caller may want to answer rather than crash on."""


class BadSignature(WellkeptError):
    """The sender could not prove who it is. Answered 401; nothing is stored."""


class BadPayload(WellkeptError):
    """The sender is who it says, but the body cannot be understood. Answered 400; the body is kept with this cause."""

    def __init__(self, problem: str, where: str = "body") -> None:
        super().__init__(f"{where}: {problem}")
        self.problem = problem
        self.where = where

    @property
    def cause(self) -> str:
        """The problem without the values it quotes, which may be a buyer's: what logs and the store may hold."""
        return f"{self.where}: {_QUOTED.sub('...', self.problem)}"


class Ignored(WellkeptError):
    """Not meant for this shop, or of no use to it. Answered as if it were taken, so that the sender rests; kept nowhere."""


class UnknownShop(WellkeptError):
    """No shop of this name is connected. Answered 404."""


class UnknownPlatform(UnknownShop):
    """No module of this name in `platforms/`. Answered 404."""


class TooLarge(WellkeptError):
    """The body is over the limit. Answered 413."""


class StoreFailed(WellkeptError):
    """The store did not take the event. Answered 503, so that the sender tries again."""


class Conflict(WellkeptError):
    """Somebody else wrote the same record first. Read again and repeat."""


class ConfigurationError(Exception):
    """Something about the installation is wrong. Deliberately outside the tree: nothing may swallow it."""
