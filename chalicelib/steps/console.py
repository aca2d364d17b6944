"""console: the pages that need no sign-in. They say how the installation is, and nothing of any shop."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

from ..console import VERSION, pages
from ..effects import log
from ..effects.store import Store
from ..model.reply import Reply
from ..settings import Settings

Check = Callable[[], object]
Show = Callable[[str, str, Mapping[str, str], Mapping[str, str]], Reply]

_FILES = Path(pages.__file__).parent
# Anybody may ask, so a check is asked of AWS at most this often, in seconds, whatever the traffic.
_FRESH = 15.0


def prepare(settings: Settings, checks: Mapping[str, Check] | None = None, clock: Callable[[], float] = monotonic) -> Show:
    """The step: show(page, name, headers, query) -> Reply, for the pages "home", "health" and "schema" (of that name).

    `checks` are the questions health asks, each by name: one that raises has failed. Left out: one keyed read of the store.
    """
    template, texts = _text("home.html"), json.loads(_text("home.json"))
    schemas = {file.stem: file.read_bytes() for file in sorted((_FILES / "schema").glob("*.json"))}
    safe = pages.security_headers(template)
    asked = _remembered({"store": _store_answers(settings)} if checks is None else checks, clock)

    def health() -> pages.Health:
        return pages.Health(settings.stage, VERSION, asked())

    def show(page: str, name: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Reply:
        if page == "schema":
            return _schema(schemas, name.removesuffix(".json"))
        if page == "health":
            now = health()
            return Reply(200 if now.ok else 503, pages.health_json(now), {"cache-control": "no-store"})
        lang = pages.language(query.get("lang", ""), headers.get("accept-language", ""))
        html = pages.home(template, texts, health(), lang)
        said = {"content-type": "text/html; charset=utf-8", "content-language": lang, "vary": "accept-language"}
        return Reply(200, html, safe | said)

    return show


def _text(name: str) -> str:
    return (_FILES / name).read_text(encoding="utf-8")


def _store_answers(settings: Settings) -> Check:
    store = Store(settings)
    return lambda: store.order_of("wellkept/health", "health:none")


def _remembered(checks: Mapping[str, Check], clock: Callable[[], float]) -> Callable[[], dict[str, bool]]:
    known: dict[str, bool] = {}
    until = float("-inf")

    def ask() -> dict[str, bool]:
        nonlocal known, until
        if clock() >= until:
            known = {name: _passes(name, check) for name, check in checks.items()}
            until = clock() + _FRESH
        return known

    return ask


def _passes(name: str, check: Check) -> bool:
    try:
        check()
    except Exception as error:  # whatever a check raises is its answer; the log says what it was
        log.note(failed_check=name, **log.describe(error))
        return False
    return True


def _schema(schemas: Mapping[str, bytes], name: str) -> Reply:
    found = schemas.get(name)
    if found is None:
        known = ", ".join(schemas) or "none yet"
        return Reply(404, {"error": "unknown_schema", "message": f"No schema of this name is published. There are: {known}."})
    return Reply(200, found, {"content-type": "application/schema+json", "cache-control": "public, max-age=3600"})
