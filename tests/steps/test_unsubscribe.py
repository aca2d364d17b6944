"""Unsubscribing: looking does nothing, one POST does it, and doing it again does no harm."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from chalicelib.model.person import Consent, ConsentWord
from chalicelib.model.reply import Reply
from chalicelib.rules import unsubscribe
from chalicelib.steps.unsubscribe import Answer, Effects, answering, prepare
from tests.aws import stack
from tests.lives import SOURCE, day

KEY, NAME = bytes(32), "0123456789abcdef01234567"
TOKEN = unsubscribe.token(KEY, SOURCE, NAME)
ONE_CLICK = b"List-Unsubscribe=One-Click"


@dataclass
class Book:
    """The consent log, in a dictionary."""

    entries: dict[tuple[str, str], tuple[Consent, ...]] = field(default_factory=dict)

    def log(self, source: str, name: str) -> tuple[Consent, ...]:
        return self.entries.get((source, name), ())

    def add(self, source: str, name: str, consent: Consent) -> None:
        self.entries[source, name] = (*self.log(source, name), consent)

    def words(self) -> list[tuple[str, str]]:
        return [(str(one.word), one.by) for one in self.log(SOURCE, NAME)]


class Clock:
    """A minute passes at each look."""

    now = day(5)

    def __call__(self):
        self.now += timedelta(minutes=1)
        return self.now


def step(book: Book) -> Answer:
    return answering(Effects(book, lambda: KEY, Clock()))


def ask(
    book: Book, method: str = "POST", body: bytes = ONE_CLICK, token: str = TOKEN, accept: str = "", lang: str = ""
) -> Reply:
    return step(book)(method, token, {"accept-language": accept}, {"lang": lang} if lang else {}, body)


class Page(HTMLParser):
    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(str(reply.body))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def of(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag == name]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_never_unsubscribes(method: str):
    book = Book()

    assert ask(book, method, body=ONE_CLICK).status == 200
    assert book.entries == {}


def test_the_page_has_one_button_that_posts_back_to_it():
    page = Page(ask(Book(), "GET"))

    (form,) = page.of("form")
    assert (form.get("method"), form.get("action")) == ("post", None)
    assert len(page.of("button")) == 1
    assert page.of("script") == page.of("img") == page.of("link") == []


def test_one_click_unsubscribes_without_redirect_cookie_or_sign_in():
    book = Book()
    reply = ask(book)

    assert reply.status == 200
    assert not {"location", "set-cookie", "www-authenticate"} & {name.lower() for name in reply.headers}
    assert book.words() == [("unsubscribed", "one-click")]


@pytest.mark.parametrize("body, by", [
    (ONE_CLICK, "one-click"),
    (b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--', "one-click"),
    (b"confirm=1", "page"), (b"", "page"), (b"undo=0", "page"), (b"\xff\x00" * 9, "page"), (b"x" * 100_000, "page"),
])  # fmt: skip
def test_any_post_but_an_undoing_one_is_a_refusal(body: bytes, by: str):
    book = Book()

    assert ask(book, body=body).status == 200
    assert book.words() == [("unsubscribed", by)]


def test_a_refusal_repeated_is_one():
    book = Book()
    for _ in range(5):
        assert ask(book).status == 200
    ask(book, body=b"confirm=1")

    assert book.words() == [("unsubscribed", "one-click")]


def test_it_can_be_undone_and_done_again():
    book, answer = Book(), None
    answer = step(book)
    for body in (ONE_CLICK, b"undo=1", b"undo=1", b"confirm=1"):
        assert answer("POST", TOKEN, {}, {}, body).status == 200

    assert book.words() == [("unsubscribed", "one-click"), ("subscribed", "page"), ("unsubscribed", "page")]


def test_undoing_what_was_never_done_is_no_opt_in():
    book = Book()

    assert ask(book, body=b"undo=1").status == 200
    assert book.entries == {}


def test_a_bounce_or_complaint_is_neither_undone_nor_in_the_way():
    book = Book({(SOURCE, NAME): (Consent(ConsentWord.COMPLAINED, day(1), "feed"),)})
    ask(book, body=b"undo=1")
    assert book.words() == [("complained", "feed")]
    ask(book)
    assert book.words()[-1] == ("unsubscribed", "one-click")


@pytest.mark.parametrize(
    "token", ["", "x", TOKEN[:-3], TOKEN[::-1], unsubscribe.token(bytes(31) + b"x", SOURCE, NAME), "../../etc", "é"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_forged_address_is_told_so_and_does_nothing(token: str, method: str):
    book = Book()
    reply = ask(book, method, token=token)

    assert reply.status == 404
    assert book.entries == {}
    assert Page(reply).of("form") == []
    assert method == "HEAD" or "This link does not work" in str(reply.body)


@pytest.mark.parametrize("accept, lang, tag", [
    ("", "", "en"), ("zh-CN,zh;q=0.9", "", "zh-Hans"), ("es-MX", "", "es"), ("fr, es;q=0.5", "", "es"), ("zh", "es", "es"),
    ("zh", "xx", "zh-Hans"), ("*;q=oops,,;", "", "en"),
])  # fmt: skip
def test_the_page_speaks_the_readers_language(accept: str, lang: str, tag: str):
    for method, body in (("GET", b""), ("POST", ONE_CLICK), ("POST", b"undo=1")):
        reply = ask(Book(), method, body, accept=accept, lang=lang)
        assert Page(reply).of("html") == [{"lang": tag}]
        assert reply.headers["vary"] == "accept-language"


def test_it_shows_nobodys_data_and_may_load_nothing():
    reply = ask(Book(), "GET")

    assert NAME not in str(reply.body)
    assert SOURCE not in str(reply.body)
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-store"


def test_on_a_stack_the_refusal_is_kept(monkeypatch: pytest.MonkeyPatch):
    from chalicelib.effects.contacts import Contacts
    from chalicelib.effects.keys import Keys

    with stack(monkeypatch) as settings:
        keys = Keys(settings)
        answer = prepare(settings)
        token = unsubscribe.token(keys.get(unsubscribe.KEY), SOURCE, NAME)
        for _ in range(2):
            assert answer("POST", token, {}, {}, ONE_CLICK).status == 200

        (entry,) = Contacts(settings, keys).log(SOURCE, NAME)
        assert (entry.word, entry.by) == (ConsentWord.UNSUBSCRIBED, "one-click")
