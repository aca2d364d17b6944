"""Calls to platforms: one request, one answer, no tries of its own, over https to named hosts only.

On the laptop a local platform server may stand for every platform: what goes to https://HOST/PATH is sent to it as /HOST/PATH.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from ..model.call import CallFailed, Request, Response

CONNECT, READ = 3.0, 20.0
MOST = 64 * 1024 * 1024
_CHUNK = 1024 * 1024


class Http:
    """Sends requests. `instead` tells where the local platform server is, where that is meant and not the platforms."""

    def __init__(self, instead: Callable[[], str] | None = None) -> None:
        self._instead = instead

    @cached_property
    def _pool(self) -> Any:
        import urllib3

        timeout = urllib3.Timeout(connect=CONNECT, read=READ)
        return urllib3.PoolManager(timeout=timeout, retries=False, maxsize=4)

    def send(self, request: Request) -> Response:
        """The answer to a request. CallFailed when there is none in time, it is too large, or the address is not to be called.

        Redirects are not followed: a platform that answers with one is answered by its module.
        """
        import urllib3

        url = self._address(request.url)
        try:
            answer = self._pool.request(
                request.method, url, body=request.body or None, headers=dict(request.headers), redirect=False,
                preload_content=False,
            )  # fmt: skip
            try:
                body = _read(answer)
            finally:
                answer.release_conn()
        except urllib3.exceptions.HTTPError as err:
            # Not the error's own words: they hold the address, and an address may hold a token.
            raise CallFailed(f"no answer from {urlsplit(request.url).hostname}: {type(err).__name__}", passing=True) from None
        return Response(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body)

    def _address(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.username or _no_name(parts.hostname):
            raise CallFailed(f"only https to a named host is called, not {parts.scheme}://{(parts.hostname or '')[:80]}")
        if self._instead is None:
            _refuse_private(parts.hostname)
            return url
        instead = self._instead()
        if not instead:
            raise CallFailed("the local platform server does not run: ./wellkept up", passing=True)
        return f"{instead.rstrip('/')}/{url.removeprefix('https://')}"


def _read(answer: Any) -> bytes:
    found = bytearray()
    for piece in answer.stream(_CHUNK, decode_content=True):
        found += piece
        if len(found) > MOST:
            raise CallFailed(f"the answer is larger than {MOST} bytes")
    return bytes(found)


def _refuse_private(host: str) -> None:
    """A public name may lead to a private address; a seller's own shop is a name that a stranger may have chosen."""
    try:
        found = {one[4][0] for one in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
    except OSError:
        raise CallFailed(f"{host} has no address", passing=True) from None
    if not all(ipaddress.ip_address(address).is_global for address in found):
        raise CallFailed(f"{host} leads to an address that is not public")


def _no_name(host: str) -> bool:
    """Whether a host is an address or a name that only this machine knows: nothing there is a platform."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal"))
    return True
