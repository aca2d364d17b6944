"""The published schema of our events, as JSON Schema and as a page: run `python -m infra.docs.schema_doc` after a change.

Made from model/facts.py, the words of model/words.py and what platforms/standard.py takes, so that there is one source: a body
that fits the schema is taken, and what the schema calls wrong is refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin

from chalicelib.model import codec
from chalicelib.model.facts import KINDS
from chalicelib.platforms import standard
from chalicelib.platforms._read import MAX_ID

_ROOT = Path(__file__).parents[2]
SCHEMA = _ROOT / "chalicelib" / "console" / "schema" / "events.json"
PAGE = _ROOT / "docs" / "schema.md"
_PARTS = Path(__file__).parent / "schema.md"
_LARGEST = 2**53
_TIME = (
    r"^(199[0-9]|20[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
Json = dict[str, Any]

PLAIN: Json = {
    "id": {
        "description": f"A native id: 1 to {MAX_ID} characters, none of them a control character.",
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_ID,
        "pattern": r"^[^\u0000-\u001f\u007f]+$",
    },
    "text": {"description": f"Text of at most {codec.MAX_TEXT} characters.", "type": "string", "maxLength": codec.MAX_TEXT},
    "time": {
        "description": "A time in ISO 8601 with its offset from UTC, from 2005 to 2040; kept to the millisecond.",
        "type": "string",
        "format": "date-time",
        "pattern": _TIME,
    },
    "whole": {"description": "A whole number.", "type": "integer", "minimum": -_LARGEST, "maximum": _LARGEST},
    "flag": {"description": "true or false.", "type": "boolean"},
    "price": {
        "description": 'A unit price in major units ("12.50"), as text, with up to six decimals: it may be finer than a cent.',
        "type": "string",
        "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$",
    },
    "currency": {"description": "An ISO 4217 code.", "type": "string", "minLength": 3, "maxLength": 3, "pattern": "^[A-Z]{3}$"},
}
_OF_TYPE: dict[Any, str] = {str: "text", int: "whole", bool: "flag", Decimal: "price", datetime: "time"}


def schema() -> Json:
    """JSON Schema (2020-12) of the body of a Standard Webhooks delivery, and of a line of a JSON Lines file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "events.json",
        "title": "Wellkept events",
        "description": "One event. Money is in minor units, times carry their offset from UTC. A field left out says nothing.",
        "type": "object",
        "properties": {
            "id": {**_ref("id"), "description": "Of use in files only: a webhook's id stands in its header webhook-id."},
            "type": {"enum": list(standard.TOPICS)},
            "timestamp": {**_ref("time"), "description": "When it happened, not when it was sent."},
            "data": {"type": "object"},
        },
        "required": ["type", "timestamp", "data"],
        "additionalProperties": False,
        "oneOf": [
            {"title": "What happened", "properties": {"type": {"enum": list(standard.FACTUAL)}, "data": _ref("data")}},
            {"title": "Privacy", "properties": {"type": {"enum": list(standard.PRIVACY)}, "data": _ref("request")}},
        ],
        "$defs": PLAIN
        | {"data": _data(), "request": _request(), "buyer": _buyer(), "words": _words(), "native": _native()}
        | dict(_definitions()),
    }


def _ref(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}


def _list(word: str) -> Json:
    return {"type": "array", "maxItems": codec.MAX_ITEMS, "items": _ref(word)}


def _data() -> Json:
    """The facts of an event. Something in it must name what it is about."""
    several = {name: _list(word) for name, word in standard.SCHEMA_DATA.items()}
    some: list[Json] = [{"required": ["order"]}]
    some += [{"required": [name], "properties": {name: {"minItems": 1}}} for name in standard.SUBJECTS]
    return {
        "description": f"The facts. One of order, {', '.join(standard.SUBJECTS)} must be there: the event is about it.",
        "type": "object",
        "properties": {**several, "order": _ref("order"), **{name: _ref(name) for name in ("buyer", "words", "native")}},
        "additionalProperties": False,
        "anyOf": some,
    }


def _request() -> Json:
    return {
        "description": "Whom a privacy request is about.",
        "type": "object",
        "properties": {"buyer": _ref("buyer")},
        "required": ["buyer"],
        "additionalProperties": False,
    }


def _buyer() -> Json:
    told = {"id": _ref("id"), "email": _form(standard.EMAIL.pattern.rpartition(r"\Z)")[2], MAX_ID)}
    told |= {name: _form(form.pattern, _LONGEST[name]) for name, form in standard.FORMS.items() if name not in told}
    told["marketing"] = _ref("flag")
    return {
        "description": "The buyer, by your own id or by e-mail: send the same one each time. Known by a keyed hash; the rest "
        "is kept encrypted, for messages about the order, until the buyer is forgotten.",
        "type": "object",
        "properties": {name: {**one, "description": _ABOUT[name]} for name, one in told.items()},
        "additionalProperties": False,
        "anyOf": [{"required": ["id"]}, {"required": ["email"]}],
    }


def _words() -> Json:
    text = {"description": "The text.", "type": "string", "minLength": 1, "maxLength": standard.MAX_WORDS}
    language = {**_form(standard.FORMS["language"].pattern, _LONGEST["language"]), "description": _ABOUT["language"]}
    return {
        "description": "What somebody wrote: a review, a message, why something comes back. It is no part of the event: it "
        "stays in the body as you sent it, which is kept encrypted for 30 days.",
        "type": "object",
        "properties": {"text": text, "language": language},
        "required": ["text"],
        "additionalProperties": False,
    }


def _form(pattern: str, longest: int) -> Json:
    return {"type": "string", "maxLength": longest, "pattern": f"^{pattern}$"}


_LONGEST = {"phone": 16, "push": 300, "name": 100, "language": 35, "country": 2, "province": 3}
_ABOUT = {
    "id": "Your own id of the buyer.",
    "email": "Where messages about the order may go.",
    "phone": "In E.164, such as +12025550100, where they agreed to text messages.",
    "push": "The ARN of the SNS endpoint of their device in your app.",
    "name": "What a message greets them by, in one line.",
    "language": "BCP 47, such as en or pt-BR.",
    "country": "ISO 3166-1 alpha-2: where they are, by whose clock they sleep.",
    "province": "ISO 3166-2 without the country: CA of US-CA.",
    "marketing": "Whether they agreed to marketing by mail.",
}


def _native() -> Json:
    return {
        "description": "Your own words for it (status, reason), kept as they are. Nothing personal belongs here.",
        "type": "object",
        "maxProperties": standard.MAX_NATIVE,
        "propertyNames": {"pattern": f"^{standard.NATIVE.pattern}$"},
        "additionalProperties": _ref("text"),
    }


def _definitions() -> Iterator[tuple[str, Json]]:
    """Every class that facts are made of, once."""
    waiting: list[Any] = [KINDS[word] for word in standard.SCHEMA_DATA.values()]
    seen: set[Any] = set()
    while waiting:
        cls = waiting.pop(0)
        if cls in seen:
            continue
        seen.add(cls)
        yield name_of(cls), _word(cls) if issubclass(cls, StrEnum) else _object(cls)
        if not issubclass(cls, StrEnum):
            waiting += [
                inner for code in codec.codes(cls) if isinstance(inner := _inner(code.type), type) and inner not in _OF_TYPE
            ]


def _inner(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is tuple else hint


def name_of(cls: Any) -> str:
    """What a class is called in the schema: a fact by its word, others in small letters."""
    words = {fact: word for word, fact in KINDS.items()}
    return words.get(cls) or "".join("_" + letter.lower() if letter.isupper() else letter for letter in cls.__name__).lstrip(
        "_"
    )


def _word(enum: type[StrEnum]) -> Json:
    return {"description": _said(enum), "enum": [str(word) for word in enum]}


def _object(cls: Any) -> Json:
    codes = codec.codes(cls)
    return {
        "description": _said(cls),
        "type": "object",
        "properties": {code.name: _field(code) for code in codes},
        "required": [code.name for code in codes if code.required],
        "additionalProperties": False,
    }


def _said(cls: Any) -> str:
    return " ".join((cls.__doc__ or "").split())


def _field(code: codec.FieldCode) -> Json:
    if get_origin(code.type) is tuple:
        return _list(name_of(_inner(code.type)))
    if code.type is str and standard.names_a_thing(code.name):
        return _ref("id")
    if code.name in _RANGES:
        return _RANGES[code.name]
    if code.name == "currency":
        return _ref("currency")
    if code.name == "amount" and code.type is int:
        return {**_ref("whole"), "description": "In minor units of the currency: cents, pence, yen."}
    return _ref(_OF_TYPE.get(code.type) or name_of(code.type))


# Fields that are plain in the model and have a range of their own.
_RANGES: dict[str, Json] = {
    "rating": {"description": "1 to 5 stars.", "type": "integer", "minimum": standard.STARS[0], "maximum": standard.STARS[1]},
    "by": {"description": f"One of {', '.join(standard.WRITERS)}.", "type": "string", "enum": list(standard.WRITERS)},
}


def page() -> str:
    """docs/schema.md: the introduction, then a table for each kind of fact."""
    found = schema()
    values = [(f"{name}", told["description"]) for name, told in PLAIN.items()]
    parts = [
        _PARTS.read_text("utf-8").rstrip(),
        _types(),
        "## Values\n\n" + _table(("value", "is"), values),
        *_facts(found["$defs"]),
    ]
    return "\n\n".join(parts) + "\n"


def _types() -> str:
    rows = [(f"`{name}`", _WHEN[name]) for name in standard.TOPICS]
    return "## Types\n\n" + _table(("type", "when"), rows)


def _facts(definitions: Json) -> Iterator[str]:
    places = {word: name for name, word in standard.SCHEMA_DATA.items()}
    for name, one in definitions.items():
        if "properties" in one and name not in ("data", "request"):
            title = f"## {places[name]}" if name in places else f"## {name.replace('_', ' ')}"
            rows = [
                (f"`{field}`", _kind(told), "yes" if field in one.get("required", ()) else "")
                for field, told in one["properties"].items()
            ]
            yield f"{title}\n\n{one['description']}\n\n" + _table(("field", "value", "needed"), rows)
    yield "## Words\n\n" + "\n".join(
        f"- **{name.replace('_', ' ')}**: {one['description']} {', '.join(f'`{word}`' for word in one['enum'])}"
        for name, one in definitions.items()
        if "enum" in one
    )


def _kind(told: Json) -> str:
    if told.get("type") == "array":
        return f"list of {_kind(told['items'])}"
    named = told["$ref"].rpartition("/")[2].replace("_", " ") if "$ref" in told else told["type"]
    if "description" not in told:
        return named
    said = told["description"]
    return f"{named}: {said if said[1].isupper() else said[0].lower() + said[1:]}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


_WHEN = {
    "order.placed": "The buyer ordered.",
    "order.paid": "The money was captured.",
    "order.changed": "Anything else about the order or its lines is different now.",
    "order.cancelled": "The order will not be fulfilled.",
    "shipment.dispatched": "A parcel left you.",
    "shipment.moved": "News of a parcel on its way.",
    "shipment.exception": "A parcel is delayed, held, damaged or cannot be delivered.",
    "shipment.delivered": "A parcel reached the buyer.",
    "return.requested": "The buyer asked to send something back.",
    "return.approved": "You agreed.",
    "return.declined": "You did not agree. Neither goods nor money move.",
    "return.withdrawn": "The buyer changed their mind.",
    "return.changed": "Anything else about the return is different now.",
    "return.dispatched": "The goods are on their way back.",
    "return.received": "The goods are back with you.",
    "return.inspected": "Somebody looked at the goods; what they found stands in the return's lines.",
    "return.closed": "Nothing more will happen.",
    "return.reopened": "Something more will happen after all.",
    "refund.issued": "Money was given back, or is about to be; `confirmed` says which.",
    "dispute.opened": "A chargeback, claim or inquiry was opened.",
    "dispute.changed": "News of it.",
    "dispute.closed": "It was won, lost or settled.",
    "review.posted": "A buyer rated a product, or changed what they said of it. Their text belongs in `words`.",
    "message.received": "Somebody wrote: a mail, a chat, a ticket, a social network. Their text belongs in `words`.",
    "buyer.redacted": "Forget this buyer.",
    "buyer.data_requested": "The buyer asked what is known about them.",
}


def main() -> None:
    """Write both files."""
    SCHEMA.parent.mkdir(parents=True, exist_ok=True)
    SCHEMA.write_text(written(), "utf-8")
    PAGE.write_text(page(), "utf-8")


def written() -> str:
    """The schema as its file holds it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
