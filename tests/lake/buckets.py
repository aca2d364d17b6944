"""Buckets for tests: one in memory with ETags, and wrappers around any bucket that cut, fail or pause it at a chosen call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from threading import Semaphore, Thread
from typing import Any

from chalicelib.effects.objects import Listed, Stored
from chalicelib.model.errors import Conflict, StoreFailed


class Memory:
    """A bucket in memory. ETags are of the content, as S3's are."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def list(self, prefix: str) -> Iterator[Listed]:
        return iter([Listed(key, len(body)) for key, body in sorted(self.objects.items()) if key.startswith(prefix)])

    def get(self, key: str) -> Stored | None:
        body = self.objects.get(key)
        return None if body is None else Stored(body, sha256(body).hexdigest())

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body

    def swap(self, key: str, body: bytes, etag: str | None) -> None:
        found = self.get(key)
        if (found.etag if found else None) != etag:
            raise Conflict(key)
        self.objects[key] = body

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.objects.pop(key, None)


class Killed(BaseException):
    """The process ended here. Not an Exception: nothing may catch it."""


class Through:
    """A bucket that hands every call on, by way of `around`."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def around(self, verb: str, act: Callable[[], Any]) -> Any:
        return act()

    def list(self, prefix: str) -> Iterator[Listed]:
        return self.around("list", lambda: iter(list(self.inner.list(prefix))))

    def get(self, key: str) -> Stored | None:
        return self.around("get", lambda: self.inner.get(key))

    def put(self, key: str, body: bytes) -> None:
        self.around("put", lambda: self.inner.put(key, body))

    def swap(self, key: str, body: bytes, etag: str | None) -> None:
        self.around("swap", lambda: self.inner.swap(key, body, etag))

    def delete(self, keys: Sequence[str]) -> None:
        self.around("delete", lambda: self.inner.delete(keys))


CUTS = ("killed before", "killed after", "failed before", "failed after", "lost")


class Cut(Through):
    """Goes wrong at call number `at`: the process is killed or the call fails, before or after it took effect.

    "lost" is the retry of a call whose answer was lost: done, and told that somebody else was first.
    """

    def __init__(self, inner: Any, at: int, how: str) -> None:
        super().__init__(inner)
        self.calls = 0
        self.at, self.how = at, how

    def around(self, verb: str, act: Callable[[], Any]) -> Any:
        self.calls += 1
        if self.calls - 1 != self.at:
            return act()
        if not self.how.endswith("before"):
            act()
        if self.how.startswith("killed"):
            raise Killed
        raise Conflict("answer lost") if self.how == "lost" and verb == "swap" else StoreFailed(self.how)


class Turns(Through):
    """Waits for its turn before every call."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.mine, self.yours = Semaphore(0), Semaphore(0)
        self.ended = False
        self.next = ""

    def around(self, verb: str, act: Callable[[], Any]) -> Any:
        self.next = verb
        self.yours.release()
        self.mine.acquire()
        return act()

    def start(self, work: Callable[[], Any]) -> None:
        """Begin `work` in a thread of its own and wait until it comes to its first call."""
        Thread(target=self._run, args=(work,), daemon=True).start()
        self.yours.acquire()

    def _run(self, work: Callable[[], Any]) -> None:
        with suppress(Killed, StoreFailed):
            work()
        self.ended = True
        self.yours.release()

    def go(self, until: str = "") -> None:
        """Let it do one call, and more until its next one is `until` ("": any), or to its end."""
        while not self.ended:
            self.mine.release()
            self.yours.acquire()
            if until in ("", self.next):
                break
