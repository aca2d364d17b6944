"""Calls to platforms: over a real socket to a small server, and what is never called."""

from __future__ import annotations

import gzip
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chalicelib.effects import http
from chalicelib.effects.http import Http
from chalicelib.model.call import CallFailed, Request


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        name = self.path.rpartition("/")[2]
        if name == "away":
            self.send_response(302)
            self.send_header("location", "http://127.0.0.1:1/")
            self.send_header("content-length", "0")
            self.end_headers()
            return
        if name == "cut":
            self.send_response(200)
            self.send_header("content-length", "100")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
            return
        packed = name == "packed"
        said = gzip.compress(b"unpacked") if packed else b"%s %s %s" % (self.command.encode(), self.path.encode(), body)
        self.send_response(404 if name == "missing" else 200)
        if packed:
            self.send_header("content-encoding", "gzip")
        self.send_header("X-Limit", "7")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = do_any  # noqa: N815 (names of http.server)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def local():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Http(lambda: f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    server.server_close()


def test_a_call_goes_to_the_local_platform_server_under_its_hosts_name(local: Http):
    answer = local.send(Request("POST", "https://api.example.com/a/b?c=%2F", {"x-one": "1"}, b"body"))
    assert (answer.status, answer.body) == (200, b"POST /api.example.com/a/b?c=%2F body")
    assert answer.headers["x-limit"] == "7"


def test_statuses_are_answers_and_redirects_are_not_followed(local: Http):
    assert local.send(Request("GET", "https://api.example.com/missing")).status == 404
    assert local.send(Request("GET", "https://api.example.com/away")).status == 302


def test_what_http_packed_is_unpacked(local: Http):
    assert local.send(Request("GET", "https://api.example.com/packed")).body == b"unpacked"


def test_a_cut_answer_is_none_and_may_be_asked_for_again(local: Http):
    with pytest.raises(CallFailed) as caught:
        local.send(Request("GET", "https://api.example.com/cut"))
    assert caught.value.passing


def test_an_answer_that_is_too_large_is_refused(local: Http, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http, "MOST", 10)
    with pytest.raises(CallFailed) as caught:
        local.send(Request("POST", "https://api.example.com/x", body=b"y" * 100))
    assert not caught.value.passing


def test_no_answer_does_not_repeat_the_address(monkeypatch: pytest.MonkeyPatch):
    nobody = Http(lambda: "http://127.0.0.1:9")
    with pytest.raises(CallFailed) as caught:
        nobody.send(Request("GET", "https://auth.example.com/token?app_secret=hush"))
    assert caught.value.passing and "hush" not in str(caught.value) and "auth.example.com" in str(caught.value)


@pytest.mark.parametrize("url", [
    "http://api.example.com/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://localhost/x",
    "https://db.internal/", "https://user:pass@api.example.com/", "ftp://api.example.com/", "https:///x", "https://2130706433/",
])  # fmt: skip
def test_only_https_to_named_hosts_is_called(url: str):
    with pytest.raises(CallFailed) as caught:
        Http().send(Request("GET", url))
    assert not caught.value.passing


@pytest.mark.parametrize("address", ["10.0.0.8", "127.0.0.1", "169.254.169.254", "192.168.1.1", "::1", "fd00::1"])
def test_a_name_that_leads_to_a_private_address_is_not_called(monkeypatch: pytest.MonkeyPatch, address: str):
    found = [(0, 0, 0, "", (one, 443)) for one in ("93.184.216.34", address)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **more: found)
    with pytest.raises(CallFailed, match="not public") as caught:
        Http().send(Request("GET", "https://shop.example.com/"))
    assert not caught.value.passing


def test_a_laptop_whose_platform_server_is_down_says_so():
    with pytest.raises(CallFailed, match="wellkept up"):
        Http(lambda: "").send(Request("GET", "https://api.example.com/"))
