"""Mail: what goes to SES, once; what is refused in words; what nobody knows; and nothing a buyer wrote becomes a header."""

from __future__ import annotations

import email
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default as default_policy
from email.utils import formataddr
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chalicelib.effects import once
from chalicelib.effects.mailer import Mailer, ascii_address, compose
from chalicelib.model.sending import Accepted, Envelope, NoAnswer, Refused
from chalicelib.model.tags import untag
from chalicelib.model.touch import Letter

KEY = "message#shopify/acme#order:1001#how_is_it"
LETTER = Letter("Is all right with order 1001?", "Hello,\n\nis it?\n", "en", "<p>Hello</p>")
LINK = "https://wellkept.example.com/unsubscribe/" + "t" * 300


def envelope(**changes: Any) -> Envelope:
    given = {"to": "buyer@example.com", "letter": LETTER, "tag": KEY, "sender": formataddr(("Acme, Köln", "shop@example.com")),
             "reply_to": "help@example.com", "unsubscribe": LINK}  # fmt: skip
    return Envelope(**given | changes)


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, _class=EmailMessage, policy=default_policy)


class Provider:
    """An endpoint of SES that answers as told and notes what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.bodies: list[bytes] = []
        self.answer: Callable[[BaseHTTPRequestHandler], None] = said(200, '{"MessageId": "id-1"}')


def said(status: int, body: str, kind: str = "") -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        if kind:
            handler.send_header("x-amzn-errortype", kind)
        handler.end_headers()
        handler.wfile.write(body.encode())

    return answer


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


@contextmanager
def serving() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            provider.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            provider.answer(self)

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with serving() as one:
        for name, value in {"AWS_ENDPOINT_URL": one.url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                            "AWS_DEFAULT_REGION": "us-east-1"}.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        monkeypatch.setattr(once, "READ", 1)
        yield one


def test_it_goes_out_whole_tagged_and_under_the_configuration_set(provider: Provider) -> None:
    import base64
    import json

    assert Mailer("wellkept-test")(envelope()) == Accepted("id-1")

    (body,) = provider.bodies
    asked = json.loads(body)
    assert asked["ConfigurationSetName"] == "wellkept-test"
    (tag,) = asked["EmailTags"]
    assert (tag["Name"], untag(tag["Value"])) == ("wellkept", KEY)
    assert (asked["FromEmailAddress"], asked["Destination"]) == ("shop@example.com", {"ToAddresses": ["buyer@example.com"]})
    message = read(base64.b64decode(asked["Content"]["Raw"]["Data"]))
    assert message["From"].addresses[0].display_name == "Acme, Köln"
    assert message["List-Unsubscribe"] == f"<{LINK}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (message["Auto-Submitted"], message["Content-Language"], message["Reply-To"]) == (
        "auto-generated", "en", "help@example.com")  # fmt: skip
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == LETTER.text
    assert message.get_body(("html",)).get_content().strip() == LETTER.html


@pytest.mark.parametrize(("status", "kind", "passing"), [
    (429, "TooManyRequestsException", True), (400, "ThrottlingException", True), (400, "LimitExceededException", True),
    (400, "SendingPausedException", True), (400, "AccountSuspendedException", True), (403, "AccessDeniedException", True),
    (400, "MessageRejected", False), (400, "BadRequestException", False), (404, "NotFoundException", False),
    (400, "MailFromDomainNotVerifiedException", False), (400, "SomethingNewException", False),
])  # fmt: skip
def test_a_clear_refusal_is_told_without_the_address(provider: Provider, status: int, kind: str, passing: bool) -> None:
    provider.answer = said(status, '{"message": "Email address is not verified: buyer@example.com"}', kind)

    answer = Mailer("wellkept-test")(envelope())

    assert isinstance(answer, Refused)
    assert answer.passing is passing
    assert "@" not in answer.why and len(answer.why) > 15
    assert len(provider.bodies) == 1


@pytest.mark.parametrize("answer", [said(500, "{}"), said(503, "", "ServiceUnavailable"), hang_up, said(200, "{half")])
def test_no_answer_is_never_asked_again(provider: Provider, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
    provider.answer = answer

    with pytest.raises(NoAnswer) as caught:
        Mailer("wellkept-test")(envelope())

    assert len(provider.bodies) == 1
    assert "buyer" not in str(caught.value)


def test_an_answer_that_does_not_come_is_none(provider: Provider) -> None:
    held = threading.Event()
    provider.answer = lambda handler: (held.wait(5), hang_up(handler))[1]

    with pytest.raises(NoAnswer):
        Mailer("wellkept-test")(envelope())

    held.set()
    assert len(provider.bodies) == 1


def test_where_nothing_listens_nothing_was_sent(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")

        answer = Mailer("wellkept-test")(envelope())

    assert isinstance(answer, Refused) and answer.passing


def test_a_connection_that_idled_is_made_anew(provider: Provider) -> None:
    now = [0.0]
    asking = once.Once("sesv2", {}, lambda: now[0])
    asking.client()
    closed: list[bool] = []
    asking.client().close = lambda: closed.append(True)

    now[0] = once.IDLE
    asking.client()
    now[0] = 3 * once.IDLE
    asking.client()

    assert closed == [True]


HOSTILE = ["x\r\nBcc: other@example.com", "x\nSubject: y", "x\r", "x\0y"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_buyer_wrote_begins_no_header(provider: Provider, text: str) -> None:
    for one in (
        envelope(letter=Letter(text, "t", "en")), envelope(to=text + "@example.com"), envelope(to=f"{text} <b@example.com>"),
        envelope(reply_to=text + "@example.com"), envelope(unsubscribe="https://example.com/" + text),
    ):  # fmt: skip
        answer = Mailer("wellkept-test")(one)
        assert isinstance(answer, Refused) and not answer.passing
    assert provider.bodies == []


@pytest.mark.parametrize("to", [
    "a@example.com,b@example.com", "a@example.com b@example.com", '"a,b"@example.com', "<a@example.com>", "a@", "@example.com",
    "", "a@b@example.com", "a@example", "büyer@example.com", "a@-example.com", "a@exa mple.com",
])  # fmt: skip
def test_what_is_not_one_plain_address_is_refused(provider: Provider, to: str) -> None:
    answer = Mailer("wellkept-test")(envelope(to=to))

    assert isinstance(answer, Refused) and not answer.passing
    assert provider.bodies == []


def test_international_domains_are_written_in_ascii(provider: Provider) -> None:
    assert ascii_address("buyer@bücher.example") == "buyer@xn--bcher-kva.example"
    assert compose(envelope(to="buyer@bücher.example"))["To"] == "buyer@xn--bcher-kva.example"


def test_seven_bits_short_lines_and_a_link_in_one_piece() -> None:
    letter = Letter("Ist alles in Ordnung? 一切都好吗？" * 8, "Grüße " * 400, "de", "<p>" + "ü" * 2000 + "</p>")
    raw = compose(envelope(letter=letter)).as_bytes()

    assert raw.isascii()
    assert read(raw)["Subject"] == letter.subject
    assert f"List-Unsubscribe: <{LINK}>\r\n".encode() in raw
    assert max(len(line) for line in raw.split(b"\r\n") if not line.startswith(b"List-Unsubscribe:")) <= 78


def test_a_letter_without_html_is_plain() -> None:
    assert compose(envelope(letter=Letter("s", "t", "en"))).get_content_type() == "text/plain"


def test_without_link_and_reply_address_there_are_no_such_headers() -> None:
    names = {name.lower() for name in compose(envelope(reply_to="", unsubscribe="")).keys()}  # noqa: SIM118
    assert not names & {"reply-to", "list-unsubscribe", "list-unsubscribe-post"}
