"""The page behind a mail's unsubscribe link. Pure; it shows nothing of the buyer and names no shop."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from string import Template
from typing import Any

from . import pages

# What the page is about, and what its button then asks for: (form field, value), none where nothing is left to ask.
BUTTONS = {"ask": ("confirm", "1"), "done": ("undo", "1"), "undone": ("confirm", "1"), "unknown": None}


def page(template: str, texts: Mapping[str, Any], lang: str, about: str) -> str:
    """The page in a language: "ask" before anything was done, "done", "undone", or "unknown" for an address not of ours."""
    words = texts[lang]
    said = words[about]
    plain = {
        "tag": words["tag"], "title": said["title"], "text": said["text"], "more": said.get("more", ""),
        "languages_label": words["languages"], "state": about,
    }  # fmt: skip
    links = "".join(_link(code, one, code == lang) for code, one in texts.items())
    button = BUTTONS[about]
    form = _form(*button, said["button"]) if button else ""
    return Template(template).substitute(
        {name: escape(text) for name, text in plain.items()} | {"form": form, "languages": links}
    )


def _form(field: str, value: str, says: str) -> str:
    kind = "quiet" if field == "undo" else "loud"
    return (
        f'<form method="post"><input type="hidden" name="{field}" value="{value}">'
        f'<button class="{kind}" type="submit">{escape(says)}</button></form>'
    )


def _link(code: str, words: Mapping[str, Any], current: bool) -> str:
    mark = ' aria-current="true"' if current else ""
    return f'<a href="?lang={code}" hreflang="{words["tag"]}" lang="{words["tag"]}"{mark}>{escape(words["name"])}</a>'


def headers(template: str) -> dict[str, str]:
    """As for every page, and the form may be sent back to where it came from. No search engine keeps it."""
    found = pages.security_headers(template)
    policy = found["content-security-policy"].replace("form-action 'none'", "form-action 'self'")
    return found | {"content-security-policy": policy, "x-robots-tag": "noindex, nofollow"}
