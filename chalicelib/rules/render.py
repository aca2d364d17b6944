"""Render: a touchpoint's text filled in for one order, as a letter for mail or a short message for SMS and push.

What buyers, shops and catalogues wrote is data: it is cleaned, cut, put in as plain values and escaped on its way into HTML. It
never becomes a template, never starts a line of its own and never reaches a header with a line break in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from ..model.errors import BadPayload
from ..model.facts import LineFact
from ..model.person import Channel
from ..model.touch import Letter
from ..model.words import LineKind
from . import texts
from .texts import ITEM, PLACEHOLDERS, Block, Text

if TYPE_CHECKING:
    from .contact import Facts

__all__ = ["ITEMS", "Letter", "clean", "facts_of", "first_name", "items_of", "letter", "problems", "segments"]

Values = Mapping[str, str]
ITEMS = 10
SEGMENTS = 3
_LONGEST = {"name": 40, "shop": 60, "order": 40, "contact": 254, "country": 2}
# What a short message grants each value: first roomily, then tightly.
_ROOMS = ({"shop": 40, "order": 30, "contact": 60, "name": 20}, {"shop": 16, "order": 16, "contact": 40, "name": 12})
_TITLE = 120
_SUBJECT = 150
_FONT = "-apple-system, Segoe UI, Roboto, Helvetica, Arial, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_TAGS = {"zh": "zh-Hans"}
_JOINERS = "\u200c\u200d"
# Scripts whose names put the family first and are not taken apart.
_WHOLE = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
# 3GPP TS 23.038: the letters an SMS carries in 7 bits; those of the extension take two.
_GSM = set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
           "abcdefghijklmnopqrstuvwxyzäöñüà")  # fmt: skip
_GSM_EXTENSION = set("^{}\\[~]|€")


def letter(facts: Facts, channel: Channel, unsubscribe_link: str) -> Letter:
    """The message in words. Mail has a text and an HTML part that say the same; SMS and push have one short text.

    BadPayload when the template is faulty; it names the file.
    """
    if facts.touchpoint is None:
        raise BadPayload("the rule is gone", "touchpoint")
    person = facts.buyer.person if facts.buyer else None
    wanted = (person.language if person else None) or facts.state.order.language
    country = (person.country if person else None) or facts.state.order.country
    text = texts.read(facts.touchpoint.template, texts.choose(facts.touchpoint.template, wanted, country))
    values, items = facts_of(facts)
    if channel is not Channel.MAIL:
        return Letter(_one_line(_fill(text, text.subject, values), _SUBJECT), _short(text, values), text.language)
    return _mail(text, values, items, _postal(facts.profile.postal), unsubscribe_link)


def problems(text: Text) -> list[str]:
    """What is wrong with a template, in words; none when it may be used."""
    from jinja2 import TemplateError, meta

    found = []
    for line in (text.subject, text.preview, text.sms, *(line for block in text.blocks for line in block.lines)):
        try:
            used = meta.find_undeclared_variables(_words().parse(line))
        except TemplateError as err:
            found.append(f"{text.where}: {err} in {line[:60]!r}")
            continue
        found += [f"{text.where}: there is no placeholder {name!r}" for name in sorted(used - PLACEHOLDERS)]
    return found


# what goes in


def facts_of(facts: Facts) -> tuple[Values, list[Values]]:
    """All that a text may say of an order: values by placeholder, and those of each of its products."""
    person, order, profile = facts.buyer.person if facts.buyer else None, facts.state.order, facts.profile
    said: dict[str, tuple[str | None, ...]] = {
        "name": (first_name(person.name if person else None),),
        "shop": (profile.title, profile.source.partition("/")[2]),
        "order": (order.number, order.id),
        "contact": (profile.reply_to, profile.sender),
        "country": (person.country if person else None, order.country),
    }
    values = {name: _first(some, _LONGEST[name]) for name, some in said.items()}
    return values, list(items_of(list(facts.state.of("line").values())))


def _first(values: Sequence[str | None], longest: int) -> str:
    """The first of these of which anything is left once it is clean, else ""."""
    return next((found for value in values if value and (found := clean(value, longest))), "")


def items_of(lines: Sequence[LineFact]) -> Iterator[Values]:
    """Title and quantity of what was sold, the first ten; a last one stands for the others."""
    sold = [one for one in lines if one.kind in (None, LineKind.SALE) and (one.quantity is None or one.quantity > 0)]
    goods = [(title, one.quantity or 1) for one in sold if (title := _first((_titled(one), one.sku), _TITLE))]
    for title, quantity in goods[:ITEMS]:
        yield {"title": title, "quantity": str(quantity)}
    if len(goods) > ITEMS:
        yield {"title": "…", "quantity": str(sum(quantity for _, quantity in goods[ITEMS:]))}


def _titled(one: LineFact) -> str | None:
    """A line's title and what of its variant the title does not say."""
    return f"{one.title} ({one.variant})" if one.title and one.variant and one.variant not in one.title else one.title


def first_name(name: str | None) -> str:
    """What to call somebody, "" where their name does not look like one.

    A name is the one thing a stranger may choose: with somebody else's address in a checkout it would carry an advertisement
    or a link to them. So it is used only if it is letters, and short.
    """
    found = clean(name or "", 80)
    first = found.partition(" ")[0]
    called = found if _WHOLE.search(found) else first.capitalize() if first.isupper() and len(first) > 2 else first
    fine = all(one.isalpha() or unicodedata.category(one)[0] == "M" or one in " -'’·" + _JOINERS for one in called)
    return called if fine and called[:1].isalpha() and len(called) <= 30 else ""


def clean(text: str, longest: int) -> str:
    """Text on one line, without control, direction and invisible characters, cut to a length."""
    kept = "".join(_character(one) for one in text[: longest * 4])
    line = " ".join(kept.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _character(one: str) -> str:
    """Spaces for line breaks and controls; nothing for marks that turn the reading direction or are not seen."""
    kind = unicodedata.category(one)
    if kind in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return "" if kind in ("Cf", "Cs", "Co", "Cn") and one not in _JOINERS else one


# what comes out


def _mail(text: Text, values: Values, items: Sequence[Values], postal: Sequence[str], link: str) -> Letter:
    subject = _one_line(_fill(text, text.subject, values), _SUBJECT)
    blocks = [block for block in (_block(text, one, values, items) for one in text.blocks) if block.lines]
    below = texts.footer(text.language)
    because = _fill(text, below["because"], values)
    foot = {"because": because, "postal": postal, "link": link, "unsubscribe": below["unsubscribe"]}
    html = _layout().render(
        subject=subject, preview=_fill(text, text.preview, values), shop=values["shop"], blocks=blocks, font=_FONT,
        lang=_TAGS.get(text.language, text.language), filler=range(60),
        direction="rtl" if text.language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr", **foot,
    )  # fmt: skip
    end = ["-- ", because, *postal, *([f"{below['unsubscribe']}: {link}"] if link else [])]
    plain = "\n\n".join([*("\n".join(_plain(block)) for block in blocks), "\n".join(end)])
    return Letter(subject, plain + "\n", text.language, html)


def _plain(block: Block) -> Iterator[str]:
    return (f"- {line}" if block.kind == "list" else line for line in block.lines)


def _block(text: Text, block: Block, values: Values, items: Sequence[Values]) -> Block:
    """A block filled in; a line about a product once for each."""
    lines = [filled for line in block.lines for filled in _lines(text, line, values, items)]
    return Block(block.kind, tuple(line for line in lines if line))


def _lines(text: Text, line: str, values: Values, items: Sequence[Values]) -> Iterator[str]:
    each: Sequence[Values] = items if _about_item(line) else [{}]
    return (_fill(text, line, {**values, **item}) for item in each)


@cache
def _about_item(line: str) -> bool:
    return any(re.search(rf"{{{{\s*{name}\b", line) for name in ITEM)


def _fill(text: Text, line: str, values: Values) -> str:
    from jinja2 import TemplateError

    try:
        return " ".join(_template(line).render(values).split())
    except (TemplateError, TypeError, ValueError, ArithmeticError) as err:
        raise BadPayload(f"{type(err).__name__}: {err}", text.where) from None


def _short(text: Text, values: Values) -> str:
    """The short text in at most three parts of an SMS, the values cut before the words are."""
    filled = ""
    for room in _ROOMS:
        filled = _fill(text, text.sms, {name: clean(value, room.get(name, 40)) for name, value in values.items()})
        if segments(filled) <= SEGMENTS:
            return filled
    while segments(filled + "...") > SEGMENTS:
        filled = filled[:-1]
    return filled + "..."


def segments(text: str) -> int:
    """How many parts an SMS is sent in: 160 letters of GSM-7 or 70 of UCS-2 in one, else 153 or 67 in each."""
    if all(one in _GSM or one in _GSM_EXTENSION for one in text):
        length, alone, each = len(text) + sum(one in _GSM_EXTENSION for one in text), 160, 153
    else:
        length, alone, each = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= alone else -(-length // each)


def _one_line(text: str, longest: int) -> str:
    return clean(text, longest)


def _postal(address: str) -> list[str]:
    return [line for line in (clean(part, 120) for part in address.splitlines()) if line]


@cache
def _words() -> Any:
    """What fills in lines: nothing can be reached from a value, nothing is there but the placeholders."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # Plain text comes out; the layout escapes it on its way into HTML.
    found = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    found.globals.clear()
    return found


@cache
def _template(line: str) -> Any:
    return _words().from_string(line)


@cache
def _layout() -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    place = texts.folder().joinpath("layout.html")
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True).from_string(place.read_text("utf-8"))
