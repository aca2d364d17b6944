"""`./wellkept policy`: what a platform and the law ask of a seller, in a country, on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from chalicelib.model.policy import Fault, Freight, ResponseKind, ReturnWindow
from chalicelib.rules import policies, windows
from chalicelib.rules.dated import LAW, holding

from ..docs.policies_doc import MARKS, length, limit, over, place, within, words
from ..problems import Problem
from .screen import SCREEN, AsJson, say_json, say_rows

Rows = list[dict[str, Any]]
_ASKED = {"change of mind": Fault.BUYER, "not as it should be": Fault.SELLER}


def policy(
    platform: Annotated[str, typer.Argument(help="A platform's name, such as ebay or shopify.")],
    country: Annotated[str, typer.Option("--country", metavar="XX", help="The buyer's country, ISO 3166-1.")] = "",
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day, such as 2026-03-02; left out: today.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what holds: how long buyers may return, how soon to act, who pays, how the account is judged."""
    if platform not in policies.contacts():
        raise Problem(f"{platform!r} is no platform.", f"Choose one of {', '.join(sorted(policies.contacts()))}.")
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Problem(f"{country!r} is no country.", "Give two letters, such as DE.")
    where, day = country.upper() or None, _day(on)
    found = {
        "how long buyers may return": _windows(platform, where, day), "how soon to act": _responses(platform, where, day),
        "who pays for the way back": _payers(platform, where, day), "how the account is judged": _health(platform, where, day),
    }  # fmt: skip
    if as_json:
        say_json({"platform": platform, "country": where, "on": f"{day}", **found, "writing to buyers": _contact(platform)})
        return
    for title, rows in found.items():
        say_rows(rows, title=title) if rows else SCREEN.print(f"{title}: nothing is on file", markup=False)
        SCREEN.print("")
    SCREEN.print(f"writing to buyers: {_contact(platform)}", markup=False)
    if where is None:
        SCREEN.print("Laws and some rules differ by country: name one with --country.")


def _windows(platform: str, country: str | None, on: date) -> Rows:
    """What holds in the end, by whose doing it is; then what else the platform says, for parts of it and some goods."""
    whole = {said: windows.window(platform, country, on, fault) for said, fault in _ASKED.items()}
    some = holding(windows.windows(), platform, country, on, lambda one: (one.cause, one.programme, one.categories))
    rest = ((", ".join((words(one.cause), *filter(None, (one.programme,)), *one.categories)), one)
            for one in some if one not in whole.values())  # fmt: skip
    return [_row(said, one) for said, one in (*whole.items(), *rest)]


def _row(said: str, one: ReturnWindow) -> dict[str, Any]:
    return {"for": said, "how long": length(one), "from": one.starts, **_known(one)}


def _responses(platform: str, country: str | None, on: date) -> Rows:
    known = ((kind, windows.response(platform, kind, country, on)) for kind in ResponseKind)
    return [
        {"what": words(kind), "within": within(one), "from": one.starts, "on silence": one.on_silence, **_known(one)}
        for kind, one in known if one.entry.as_of != date.min
    ]  # fmt: skip


def _payers(platform: str, country: str | None, on: date) -> Rows:
    found: dict[Freight, list[str]] = {}
    for fault in Fault:
        found.setdefault(windows.payer(platform, country, on, fault), []).append(fault)
    return [{"whose doing": ", ".join(faults), "who pays": words(one.payer), **_known(one)} for one, faults in found.items()]


def _health(platform: str, country: str | None, on: date) -> Rows:
    return [
        {"figure": one.metric, "limit": limit(one), "over": over(one), "counts": one.counts, **_known(one)}
        for one in windows.health(platform, country, on)
    ]  # fmt: skip


def _known(one: Any) -> dict[str, Any]:
    """Where a row is from."""
    entry = one.entry
    whose = "the law, " if entry.platform == LAW else ""
    return {"where": f"{whose}{place(entry)}", "note": entry.note, "source": entry.source, "sure": MARKS[entry.mark]}


def _contact(platform: str) -> str:
    rule = policies.contact(platform)
    return f"{', '.join(rule.send) or 'nothing by itself'}. {rule.why} ({rule.source}; {MARKS[rule.mark]})"


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given) if given else datetime.now(UTC).date()
    except ValueError:
        raise Problem(f"{given!r} is no day.", "Write it as 2026-03-02.") from None
