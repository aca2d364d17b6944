"""Page models: facts in, HTML out. Pure; whatever is put into a page is escaped on the way in."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from re import DOTALL, search
from string import Template
from typing import Any

LANGUAGES = ("en", "zh")
_TAGS = {"en": "en", "zh": "zh-Hans"}


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the stack answers: `ok`, which deployment this is and of which version, and each check's outcome."""

    stage: str
    version: str
    checks: Mapping[str, bool]

    @property
    def ok(self) -> bool:
        """True when every check passed."""
        return all(self.checks.values())


def health_json(health: Health) -> dict[str, Any]:
    """What /api/health says: {"ok", "stage", "version", "checks": {name: bool}}."""
    return {"ok": health.ok, "stage": health.stage, "version": health.version, "checks": dict(health.checks)}


def language(asked: str, accepted: str, spoken: Sequence[str] = LANGUAGES) -> str:
    """The language of a page: what was asked for (?lang=), else the best of Accept-Language that it has, else English.

    `accepted` is a header of RFC 9110, 12.5.4 ("zh-CN,zh;q=0.9,en;q=0.8"); whatever of it makes no sense is passed over.
    """
    if asked in spoken:
        return asked
    wanted = sorted((_preference(part) for part in accepted.split(",")), key=lambda pair: -pair[1])
    return next((tag for tag, weight in wanted if tag in spoken and weight > 0), LANGUAGES[0])


def _preference(part: str) -> tuple[str, float]:
    tag, _, weight = part.partition(";")
    value = weight.strip().removeprefix("q=") if weight else "1"
    return tag.strip().lower().partition("-")[0], float(value) if value.replace(".", "", 1).isdecimal() else 0.0


def home(template: str, texts: Mapping[str, Any], health: Health, lang: str) -> str:
    """The first page. `template` has a $name for every text of the language and for the facts; `texts` is by language."""
    words = texts[lang]
    state = "ok" if health.ok else "bad"
    facts = {
        "tag": _TAGS[lang],
        "state": state,
        "verdict": words[state],
        "stage": health.stage,
        "version": health.version,
    }
    plain = {name: escape(value) for name, value in (words | facts).items() if isinstance(value, str)}
    lists = {
        "checks": "".join(_check(words["check"].get(name, name), passed, words) for name, passed in health.checks.items()),
        "commands": "".join(_row(row["run"], row["does"]) for row in words["commands"]),
        "links": "".join(_link(row["to"], row["is"]) for row in words["addresses"]),
        "languages": "".join(_language(code, texts[code]["name"], code == lang) for code in LANGUAGES),
    }
    return Template(template).substitute(plain | lists)


def _check(name: str, passed: bool, words: Mapping[str, Any]) -> str:
    kind, verdict = ("ok", words["passed"]) if passed else ("bad", words["failed"])
    return f'<li class="{kind}"><span>{escape(name)}</span> <strong>{escape(verdict)}</strong></li>'


def _row(command: str, meaning: str) -> str:
    return f"<tr><th scope=row><code>{escape(command)}</code></th><td>{escape(meaning)}</td></tr>"


def _link(target: str, meaning: str) -> str:
    return f'<li><a href="{escape(target)}">{escape(target)}</a> {escape(meaning)}</li>'


def _language(code: str, name: str, current: bool) -> str:
    mark = ' aria-current="true"' if current else ""
    return f'<a href="?lang={code}" hreflang="{_TAGS[code]}" lang="{_TAGS[code]}"{mark}>{escape(name)}</a>'


def security_headers(template: str) -> dict[str, str]:
    """Headers for pages made from `template`: nothing may load or run but the template's own style sheet, by its hash."""
    style = search(r"<style>(.*?)</style>", template, DOTALL)
    digest = b64encode(sha256((style[1] if style else "").encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
