"""docs/messages.md, made from the rules, policies and texts: run `python -m infra.docs.messages_doc` after changing one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from chalicelib.model.person import Channel
from chalicelib.model.touch import Touchpoint
from chalicelib.rules import policies, texts, touchpoints
from chalicelib.rules.conditions import CONDITIONS, USUAL

from ..cli.messages import span

PLACE = Path(__file__).parents[2] / "docs" / "messages.md"
_MARKS = {"C": "certain", "L": "likely", "U": "unsure"}
_HEAD = """# Messages

What is written to buyers by itself, when, and what stops it. This page is made from `chalicelib/rules/data` and
`chalicelib/texts`: change one, then run `python -m infra.docs.messages_doc`.

    ./wellkept preview check_the_parcel --lang es    what a message looks like; nothing is sent
    ./wellkept rules show > my-rules.toml            the rules in force, as a file
    ./wellkept rules set my-rules.toml               put yours in force; a mistake is named and changes nothing
    ./wellkept cases                                 returns that wait for an answer, most urgent first

A message is looked at once more when it is due, after it was claimed: an order that was cancelled since, a buyer who
unsubscribed or was erased, a rule that was switched off, all stop it. `./wellkept outbox` says why.
"""
_CHECKS = """## What stops a message

In this order; the first that applies decides.

1. The rule is gone, switched off or not meant for this platform: not sent.
2. It is out of its window: not sent.
3. The shop was disconnected, or it is a test order: not sent. An order that only its parcel has told of: later.
4. A state of the order that the rule names under `unless`; and whatever is said on the way to the buyer, a cancelled order:
   not sent.
5. The platform does not clearly allow it: held, for a person to write by hand.
6. The shop has no sender, or no postal address for mail: held, with the command that sets it.
7. The buyer is unknown or was erased: not sent.
8. Each channel in the rule's order: no address, unsubscribed, bounced, reported as unwanted, or marketing that nobody agreed
   to. Where none is left: not sent.
9. Mail is paused because too much of it bounced or was complained about: later.
10. The buyer had as many messages as they may have: later, or not sent where that is too late.
11. It is night where the buyer may be: later, or not sent where that is too late.

| | service | marketing | critical |
| --- | --- | --- | --- |
| unsubscribed | stops | stops | goes |
| nobody agreed | goes | stops | goes |
| bounced, or reported as unwanted | stops | stops | stops |
| the buyer has had enough for now | waits | waits | goes |
"""
_QUIET = """## Hours

A buyer's zone is not known, so every zone of their country counts, narrowed by the province where several are known to lie in
fewer (United States, Canada, Australia, Brazil, Mexico, Indonesia, Russia). A message goes out only while it is day in all of
them. If the country is not known either, mail keeps the hours of the shop's own zone, and SMS and push wait for a person.
"""
_TEXTS = """## Texts

One file for each template and language: `chalicelib/texts/TEMPLATE/LANGUAGE.txt`. It opens with a header (`subject:`,
`preview:`, `sms:`), then come the paragraphs, parted by empty lines. Lines that begin with `- ` are a list, with `> ` what
stands out; a list line that uses `{{ title }}` or `{{ quantity }}` comes once for each product. All languages of a template use
the same placeholders. To add a language, add the file and `footer.LANGUAGE.txt`; `make test` checks them.

The language is the buyer's, else one of their country's, else English, each as near as there is a text (zh-Hant is served by
zh). Texts ask for no review, offer nothing and hold no link but the one that unsubscribes. Names that do not look like names
are left out: a stranger who orders with somebody else's address could write to them through one.
"""


def text() -> str:
    """The whole page, as Markdown."""
    parts = [
        "## Touchpoints", *(_touchpoint(one) for one in touchpoints.default().touchpoints), _conditions(), _CHECKS, _caps(),
        _QUIET, _hours(), _platforms(), _deadlines(), _TEXTS, _texts(),
    ]  # fmt: skip
    return _HEAD + "".join("\n" + part.strip() + "\n" for part in parts)


def main() -> None:
    """Write the page."""
    PLACE.write_text(text(), "utf-8")


def _touchpoint(one: Touchpoint) -> str:
    words = texts.read(one.template, texts.ENGLISH)
    rows = [
        ("on", f"`{one.on}`"), ("due", f"{_said(one.after)} it, at the latest {_said(one.within)} it"),
        ("by", ", ".join(one.channels)), ("class", one.kind), ("platforms", ", ".join(one.platforms) or "all"),
        ("unless", ", ".join(one.unless)), ("subject", words.subject), ("text", _files(one.template)),
    ]  # fmt: skip
    return f"### {one.id}\n\n" + _table(("", ""), iter(rows))


def _said(time: timedelta) -> str:
    return f"{span(time)} after" if time else "right after"


def _files(template: str) -> str:
    return ", ".join(f"[{tag}](../chalicelib/texts/{template}/{tag}.txt)" for tag in texts.languages(template))


def _conditions() -> str:
    rows = (
        (f"`{word}`", one.says + (", unless the rule says otherwise" if word in USUAL else ""))
        for word, one in CONDITIONS.items()
    )
    return "### Words of `unless`\n\n" + _table(("word", "not sent when"), rows)


def _caps() -> str:
    lines = [f"- {cap.messages} within {span(cap.within)}" for cap in policies.caps()]
    return "### At most, to one buyer over all orders at a shop\n\n" + "\n".join(lines)


def _hours() -> str:
    rows = ((channel, f"{one.start:%H:%M}", f"{one.end:%H:%M}", one.source) for channel, one in policies.windows().items())
    return _table(("channel", "from", "to", "why"), rows)


def _platforms() -> str:
    rows = (
        (
            f"`{name}`",
            ", ".join(one.send) or "nothing: held for a person",
            one.why,
            f"{one.source} ({_MARKS[one.mark]}, {one.as_of})",
        )
        for name, one in policies.contacts().items()
    )
    return "## Platforms\n\nWhat is not on file is not allowed.\n\n" + _table(
        ("platform", "may be sent", "why", "source"), rows
    )


def _deadlines() -> str:
    def within(days: int, span_: timedelta | None) -> str:
        return f"{days} business days" if days else f"{span(span_)}" if span_ else f"none; our own promise is {promise}"

    promise = span(policies.promise("answer"))
    rows = (
        (f"`{name}`", within(one.days, one.within), one.on_silence, f"{one.source} ({_MARKS[one.mark]}, {one.as_of})")
        for name, one in policies.deadlines().items()
    )
    said = "A deadline that the platform sends with a return counts before these."
    return f"## Answering a return request\n\n{said}\n\n" + _table(("platform", "within", "on silence", "source"), rows)


def _texts() -> str:
    rows = ((f"`{name}`", _files(name)) for name in texts.names())
    known = ", ".join(f"`{name}`" for name in sorted(texts.PLACEHOLDERS))
    channels = ", ".join(Channel)
    return _table(("template", "languages"), rows) + f"\n\nPlaceholders: {known}. Channels: {channels}."


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
