"""The commands about messages: what one looks like, which rules send them, what waits for an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.model import codec
from chalicelib.model.action import Action, ActionKind, Entry
from chalicelib.model.case import Case, CaseStatus
from chalicelib.model.errors import BadPayload, Conflict
from chalicelib.model.facts import LineFact, OrderFact
from chalicelib.model.person import Buyer, Channel, Person
from chalicelib.model.profile import Profile
from chalicelib.model.state import State
from chalicelib.model.touch import Hold, Later, Letter, Rulebook, Suppress, Touchpoint, Verdict
from chalicelib.rules import contact, policies, render, texts, touchpoints
from chalicelib.settings import Settings

from ..local.connect import settings_of
from ..problems import Problem
from ..stages import LOCAL
from .screen import SCREEN, AsJson, OfShop, OnStage, say_json, say_rows

rules = typer.Typer(help="The rules that send messages: show them, set them, see what they were.", no_args_is_help=True)
_LINK = "https://shop.example.com/unsubscribe/example"
_NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
_TITLES = {"en": ("Travel mug, 400 ml", "Rain jacket"), "zh": ("旅行保温杯 400 毫升", "防雨外套"),
           "es": ("Termo de viaje, 400 ml", "Chaqueta impermeable")}  # fmt: skip


def preview(
    touchpoint: Annotated[str, typer.Argument(help="A touchpoint of the rules, or a template, such as check_the_parcel.")],
    lang: Annotated[str, typer.Option("--lang", help="The buyer's language, such as en, zh or es.")] = "",
    order: Annotated[str, typer.Option("--order", metavar="ID", help="A real order's id instead of a made-up one.")] = "",
    channel: Annotated[str, typer.Option("--channel", help="mail, sms or push.")] = "mail",
    out: Annotated[str, typer.Option("--out", metavar="FOLDER", help="Write .html, .txt and .eml there.")] = "",
    shop: OfShop = "",
    stage: OnStage = LOCAL,
) -> None:
    """Show a message as its buyer would get it. Nothing is sent. With --order it holds that buyer's name."""
    try:
        way = Channel(channel)
    except ValueError:
        raise Problem(f"{channel!r} is no channel.", f"Choose one of {', '.join(Channel)}.") from None
    facts, verdict = _real(touchpoint, order, shop, stage) if order else (_made_up(touchpoint, lang, shop, stage), None)
    if lang:
        facts = replace(facts, buyer=_speaking(facts.buyer, lang))
    try:
        letter = render.letter(facts, way, _LINK)
    except BadPayload as err:
        raise Problem(str(err), "Correct that file; docs/messages.md says how they are written.") from None
    head = letter.subject if way is Channel.MAIL else f"{render.segments(letter.text)} part(s) of an SMS"
    SCREEN.print(head, style="bold", markup=False)
    SCREEN.print("")
    SCREEN.print(letter.text, markup=False)
    if verdict is not None:
        SCREEN.print(_verdict(verdict), style="dim", markup=False)
    if out:
        _write(Path(out), f"{touchpoint}.{letter.language}", letter, facts.profile)


def _verdict(verdict: Verdict) -> str:
    if isinstance(verdict, (Later, Suppress, Hold)):
        return f"If it were due now: {type(verdict).__name__.lower()}. {verdict.why}"
    return f"If it were due now: it goes out by {verdict.channel}."


def _write(folder: Path, name: str, letter: Letter, profile: Profile) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    written = {"txt": letter.text.encode()} | (
        {"html": letter.html.encode(), "eml": _eml(letter, profile)} if letter.html else {}
    )
    for suffix, data in written.items():
        (folder / f"{name}.{suffix}").write_bytes(data)
    SCREEN.print(f"Written to {folder}: " + ", ".join(f"{name}.{suffix}" for suffix in written), markup=False)


def _eml(letter: Letter, profile: Profile) -> bytes:
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import formataddr

    found = EmailMessage(policy=SMTP)
    found["Subject"] = letter.subject
    found["From"] = formataddr((profile.title, profile.sender or "shop@example.com"))
    found["To"] = "buyer@example.com"
    found["List-Unsubscribe"] = f"<{_LINK}>"
    found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    found.set_content(letter.text)
    found.add_alternative(letter.html or "", subtype="html")
    return found.as_bytes()


# what a preview is made of


def _touchpoint(name: str, book: Rulebook) -> Touchpoint:
    """The touchpoint of this name, else one that sends the template of this name."""
    known = book.get(name) or next((one for one in book.touchpoints if one.template == name), None)
    if known:
        return known
    if name in texts.names():
        return replace(touchpoints.default().touchpoints[0], id=name, template=name)
    there = sorted({one.id for one in book.touchpoints} | set(texts.names()))
    raise Problem(f"There is no touchpoint or template {name!r}.", f"Choose one of {', '.join(there)}.")


def _made_up(name: str, lang: str, shop: str, stage: str) -> contact.Facts:
    """An order that nobody placed. A shop's own profile and rules are asked for only when it is named."""
    source = shop or "standard/my-shop"
    profile = Profile(source, "My Shop", "shop@example.com", "", "My Shop\nExample Street 1\n12345 Example City")
    book = touchpoints.default()
    if shop:
        from chalicelib.effects.shops import Shops

        settings = settings_of(stage)
        profile, book = Shops(settings.settings_table).profile(shop), _rules(settings).current()
    lines = {
        str(n): LineFact(str(n), title=title, quantity=3 - n) for n, title in enumerate(_TITLES.get(lang, _TITLES["en"]), 1)
    }
    state = State(source, "order:1001", {"order": {"1001": OrderFact("1001", number="#1001", placed_at=_NOW)}, "line": lines})
    buyer = Buyer(
        Person("小明" if lang == "zh" else "Alex", "buyer@example.com", "+15550100", language=lang or None), _NOW, (), _NOW
    )
    return contact.Facts(_entry(source, "order:1001", _NOW), state, _touchpoint(name, book), profile, buyer, {}, (), None)


def _entry(source: str, subject: str, now: datetime) -> Entry:
    return Entry(Action("preview", ActionKind.MESSAGE, source, subject, now, now + timedelta(days=1)), now)


def _speaking(buyer: Buyer | None, lang: str) -> Buyer:
    person = buyer.person if buyer else Person()
    return Buyer(replace(person, language=lang), _NOW, (), _NOW)


def _real(name: str, order: str, shop: str, stage: str) -> tuple[contact.Facts, Verdict]:
    """All that is known about a message of a real order at this moment, and what would become of it now."""
    from chalicelib.effects.clock import clock
    from chalicelib.effects.keys import Keys
    from chalicelib.effects.store import Store
    from chalicelib.steps import message, performers

    from .look import _sources

    settings = settings_of(stage)
    subject, touchpoint = f"order:{order}", _touchpoint(name, _rules(settings).current())
    store, now = Store(settings), clock(settings)()
    source = next((one for one in _sources(settings, shop) if store.state(one, subject)[0] is not None), None)
    if source is None:
        raise Problem(f"No shop has an order {order!r}.", "Give the platform's own id; --shop platform/name narrows it down.")
    entry = _entry(source, subject, now)
    entry = replace(entry, action=replace(entry.action, data={"touchpoint": touchpoint.id}))
    looking = performers.looking_at(settings, Keys(settings))
    facts, _ = message.gather(entry, message.glance(entry, now, looking), now, looking)
    facts = replace(facts, touchpoint=touchpoint)
    return facts, contact.decide(facts, now)


# rules


def _rules(settings: Settings) -> Any:
    from chalicelib.steps.rulebook import rulebook

    return rulebook(settings)


@rules.command()
def show(stage: OnStage = LOCAL, as_json: AsJson = False) -> None:
    """Show the rules in force, as a file to change and set."""
    standing = _rules(settings_of(stage))
    stored = standing.stored()
    if as_json:
        book = standing.current()
        say_json({"version": book.version, "touchpoints": [_plain(one) for one in book.touchpoints]})
    elif stored:
        SCREEN.print(f"# version {stored.version}, set {stored.at:%Y-%m-%d %H:%M} UTC", markup=False)
        SCREEN.print(stored.text, markup=False)
    else:
        SCREEN.print("# version 0: what comes with the product\n" + policies.text("touchpoints.toml"), markup=False)


def _plain(one: Touchpoint) -> dict[str, Any]:
    return {
        "id": one.id, "on": one.on, "after": span(one.after), "within": span(one.within), "template": one.template,
        "channels": list(one.channels), "class": one.kind, "platforms": list(one.platforms), "unless": list(one.unless),
        "active": one.on_,
    }  # fmt: skip


def span(time: timedelta) -> str:
    """A length of time as rules spell it: "3d", "48h", "15m"."""
    minutes = round(time.total_seconds() / 60)
    if minutes % 1440 == 0 and minutes >= 3 * 1440:
        return f"{minutes // 1440}d"
    return f"{minutes // 60}h" if minutes % 60 == 0 and minutes else f"{minutes}m"


@rules.command("set")
def set_(
    file: Annotated[Path, typer.Argument(help="A TOML file; start from: ./wellkept rules show > my-rules.toml")],
    stage: OnStage = LOCAL,
) -> None:
    """Put rules in force. A file with a mistake changes nothing."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise Problem(f"{file} cannot be read: {err}", "Give a TOML file in UTF-8.") from None
    standing = _rules(settings_of(stage))
    before = {one.id: one for one in standing.current().touchpoints}
    try:
        book: Rulebook = standing.set(text, datetime.now(UTC))
    except BadPayload as err:
        raise Problem(f"{file}: {err}", "Nothing was changed. Correct it and set it again.") from None
    except Conflict as err:
        raise Problem(str(err), "./wellkept rules show") from None
    SCREEN.print(f"[green]Version {book.version} is in force[/] within half a minute")
    for line in changes(before, {one.id: one for one in book.touchpoints}):
        SCREEN.print(f"  {line}", markup=False)


def changes(before: dict[str, Touchpoint], after: dict[str, Touchpoint]) -> list[str]:
    """What differs between two rulebooks, a line for each touchpoint."""
    marks: list[tuple[str, Callable[[str], bool]]] = [
        ("new", lambda id_: id_ not in before),
        ("gone; what waits of it is not sent", lambda id_: id_ not in after),
        ("changed", lambda id_: before.get(id_) != after.get(id_)),
        ("as it was", lambda id_: True),
    ]
    return [f"{id_}: {next(mark for mark, fits in marks if fits(id_))}" for id_ in sorted({*before, *after})]


@rules.command()
def history(stage: OnStage = LOCAL, as_json: AsJson = False) -> None:
    """List every version that was set."""
    found = _rules(settings_of(stage)).history()
    if as_json:
        say_json([{"version": one.version, "at": one.at, "text": one.text} for one in found])
    elif not found:
        SCREEN.print("none was set; the product's own rules are in force: ./wellkept rules show")
    else:
        rows = [{"version": one.version, "set": one.at, "touchpoints": one.text.count("[[touchpoint]]")} for one in found]
        say_rows(rows)


# cases


def cases(
    every: Annotated[bool, typer.Option("--all", help="Also those that wait for nobody any more.")] = False,
    shop: OfShop = "",
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """List what waits for somebody, most urgent first, and what the platform does by itself on silence."""
    from chalicelib.effects.cases import Cases
    from chalicelib.effects.clock import clock

    settings = settings_of(stage)
    found = [one for one in Cases(settings).all() if (every or one.waits) and shop in ("", one.source)]
    found.sort(key=lambda one: (one.status is not CaseStatus.OPEN, one.due.at is None, one.due.at or one.opened_at, one.id))
    if as_json:
        say_json([codec.encode(one) for one in found])
    elif found:
        now = clock(settings)()
        say_rows([_row(one, now) for one in found])
    else:
        SCREEN.print("Nothing waits." if not every else "There are no cases yet; a return that is asked for makes one.")


def _row(one: Case, now: datetime) -> dict[str, Any]:
    return {
        "case": one.id, "order": one.subject.removeprefix("order:"), "status": str(one.status),
        "reason": ", ".join(one.reasons) or None, "who": one.due.actor, "does": one.due.action,
        "left": left(one.due.at, now), "on silence": one.due.on_timeout,
    }  # fmt: skip


def left(at: datetime | None, now: datetime) -> str | None:
    """The time left, in words: "2 d 3 h", "late by 5 h"."""
    if at is None:
        return None
    hours, minutes = divmod(round(abs(at - now).total_seconds() / 60), 60)
    said = f"{hours // 24} d {hours % 24} h" if hours >= 48 else f"{hours} h" if hours else f"{minutes} min"
    return f"late by {said}" if at < now else said
