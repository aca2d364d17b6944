"""The first page: whole, escaped, in two languages, with nothing of any shop and nothing from outside."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from chalicelib.console import pages

FILES = Path(pages.__file__).parent
TEMPLATE = (FILES / "home.html").read_text(encoding="utf-8")
TEXTS: dict[str, Any] = json.loads((FILES / "home.json").read_text(encoding="utf-8"))
WELL = pages.Health("local", "1.2.3", {"store": True})
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Reader(HTMLParser):
    """Keeps tags, attributes and text; fails on tags that do not close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(lang: str = "en", health: pages.Health = WELL) -> Reader:
    return Reader(pages.home(TEMPLATE, TEXTS, health, lang))


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        ("", "", "en"),
        ("zh", "en", "zh"),
        ("fr", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "en;q=0.8, zh-TW;q=0.9", "zh"),
        ("", "de, fr;q=0.9", "en"),
        ("", "de, zh;q=0.1, en;q=0", "zh"),
        ("", "zh;q=0", "en"),
        ("", "ZH-Hans", "zh"),
        ("", "zh;q=nonsense, ;;, =,", "en"),
        ("", "zh;q=1.2.3", "en"),
        ("<script>", "*", "en"),
    ],
)
def test_the_language_is_what_was_asked_for_or_understood(asked: str, accepted: str, chosen: str) -> None:
    assert pages.language(asked, accepted) == chosen


@pytest.mark.parametrize(("lang", "tag"), [("en", "en"), ("zh", "zh-Hans")])
def test_the_page_is_whole_and_says_its_language(lang: str, tag: str) -> None:
    page = read(lang)
    assert page.attributes("html") == [{"lang": tag}]
    assert TEXTS[lang]["headline"] in page.text
    assert TEXTS[lang]["ok"] in page.text
    assert "$" not in page.text
    current = [link for link in page.attributes("a") if link.get("aria-current")]
    assert [link["hreflang"] for link in current] == [tag]


def test_both_languages_say_the_same_things() -> None:
    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(item) for key, item in value.items()}
        return [shape(item) for item in value] if isinstance(value, list) else "text"

    assert shape(TEXTS["en"]) == shape(TEXTS["zh"])
    assert [row["run"] for row in TEXTS["en"]["commands"]] == [row["run"] for row in TEXTS["zh"]["commands"]]
    assert [row["to"] for row in TEXTS["en"]["addresses"]] == [row["to"] for row in TEXTS["zh"]["addresses"]]


def test_a_failed_check_shows_by_word_and_not_by_colour_alone() -> None:
    page = read("en", pages.Health("local", "1", {"store": False, "other <b>": True}))
    assert TEXTS["en"]["bad"] in page.text
    assert TEXTS["en"]["failed"] in page.text
    assert "other <b>" in page.text
    assert "b" not in [tag for tag, _ in page.tags]


def test_facts_and_texts_are_escaped() -> None:
    hostile = '"><script>alert(1)</script>'
    texts = {"en": TEXTS["en"] | {"headline": hostile, "commands": [{"run": hostile, "does": hostile}]}, "zh": TEXTS["zh"]}
    texts["en"] |= {"addresses": [{"to": hostile, "is": hostile}], "name": hostile}
    page = Reader(pages.home(TEMPLATE, texts, pages.Health(hostile, hostile, {hostile: False}), "en"))
    assert page.attributes("script") == []
    assert page.text.count(hostile) >= 7


def test_nothing_is_loaded_and_nothing_runs() -> None:
    page = read()
    assert not {"script", "link", "img", "iframe", "form"} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src")]
    assert "url(" not in TEMPLATE and "@import" not in TEMPLATE


def test_the_policy_allows_the_pages_own_style_alone() -> None:
    html = pages.home(TEMPLATE, TEXTS, WELL, "zh")
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = pages.security_headers(TEMPLATE)["content-security-policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy and "unsafe" not in policy


@pytest.mark.parametrize(("checks", "ok"), [({}, True), ({"a": True}, True), ({"a": True, "b": False}, False)])
def test_health_is_ok_when_every_check_is(checks: dict[str, bool], ok: bool) -> None:
    told = pages.health_json(pages.Health("local", "1", checks))
    assert told == {"ok": ok, "stage": "local", "version": "1", "checks": checks}
