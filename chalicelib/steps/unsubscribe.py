"""Unsubscribe: a buyer's refusal, by one click in the mail program (RFC 8058) or on the page behind the link.

Looking at the address never unsubscribes, because link scanners look. Only POST does, without a cookie, a sign-in or a
redirect.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs

from ..console import pages
from ..console import unsubscribe as page
from ..effects import log
from ..effects.clock import clock
from ..effects.contacts import Contacts
from ..effects.keys import Keys
from ..model.errors import BadPayload
from ..model.person import Consent, ConsentWord
from ..model.reply import Reply
from ..rules import contact, unsubscribe
from ..settings import Settings

Answer = Callable[[str, str, Mapping[str, str], Mapping[str, str], bytes], Reply]
ONE_CLICK = b"List-Unsubscribe"
_FILES = Path(page.__file__).parent


class Book(Protocol):
    """The consent log; effects.contacts.Contacts is one."""

    def log(self, source: str, name: str) -> tuple[Consent, ...]: ...
    def add(self, source: str, name: str, consent: Consent) -> None: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What unsubscribing touches. `key` gives the key that tokens are made with."""

    book: Book
    key: Callable[[], bytes]
    clock: Callable[[], datetime]


def prepare(settings: Settings) -> Answer:
    """The step: answer(method, token, headers, query, body) -> Reply."""
    keys = Keys(settings)
    return answering(Effects(Contacts(settings, keys), lambda: keys.get(unsubscribe.KEY), clock(settings)))


def answering(fx: Effects) -> Answer:
    """The step over these effects. An address that is not ours is answered 404, in words."""
    template, texts = _text("unsubscribe.html"), json.loads(_text("unsubscribe.json"))
    safe = page.headers(template) | {"content-type": "text/html; charset=utf-8", "vary": "accept-language"}

    def answer(method: str, token: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Reply:
        lang = pages.language(query.get("lang", ""), headers.get("accept-language", ""), tuple(texts))
        try:
            source, name = unsubscribe.read(fx.key(), token)
        except BadPayload:
            log.note(outcome="not an address of ours")
            about, status = "unknown", 404
        else:
            about, status = ("ask" if method != "POST" else _note(fx, source, name, body)), 200
        html = "" if method == "HEAD" else page.page(template, texts, lang, about)
        return Reply(status, html, safe | {"content-language": lang})

    return answer


def _note(fx: Effects, source: str, name: str, body: bytes) -> str:
    """Note what a POST asks for, unless it is so already; what the page then says. Any POST but one to undo it unsubscribes."""
    undo = parse_qs(body[:1000].decode("ascii", "replace")).get("undo") == ["1"]
    word = ConsentWord.SUBSCRIBED if undo else ConsentWord.UNSUBSCRIBED
    if _stands(fx.book.log(source, name)) is not undo:
        log.note(outcome="already so", shop=source)
    else:
        by = contact.UNDONE if undo or ONE_CLICK not in body else "one-click"
        fx.book.add(source, name, Consent(word, fx.clock(), by))
        log.note(outcome=str(word), shop=source)
        log.count(str(word))
    return "undone" if undo else "done"


def _stands(entries: tuple[Consent, ...]) -> bool:
    """Whether an address is unsubscribed at present: what was said last counts, and of two at once the refusal."""
    said = [one for one in entries if one.word in (ConsentWord.UNSUBSCRIBED, ConsentWord.SUBSCRIBED)]
    return (
        bool(said)
        and max(said, key=lambda one: (one.at, one.word is ConsentWord.UNSUBSCRIBED)).word is ConsentWord.UNSUBSCRIBED
    )


def _text(name: str) -> str:
    return (_FILES / name).read_text(encoding="utf-8")
