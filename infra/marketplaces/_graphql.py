"""As much GraphQL as Shopify's local server needs: one query with variables, aliases, lists, connections and fragments.

A field that its type does not have is refused, as Shopify refuses it, and what a query may cost is counted before it runs.
Sources: spec.graphql.org (the language), shopify.dev, GraphQL Admin API rate limits (what things cost).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# Type -> field -> "" (scalar), "T" (object), "T[]" (list) or "T*" (connection).
Schema = Mapping[str, Mapping[str, str]]
_TOKEN = re.compile(r'\.\.\.|"(?:[^"\\]|\\.)*"|-?\d+|\$?[A-Za-z_]\w*|[{}()\[\]:!=]')
_IGNORED = re.compile(r"[\s,]*")
_CONNECTION = {"nodes", "edges", "pageInfo"}
_MOST = 250


class Refused(Exception):
    """Shopify would not run it: what its answer's `errors` say."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.error = {"message": message, "extensions": {"code": code}}


@dataclass(slots=True)
class Field:
    """A field that is asked for. `on` is the type of the fragment it stands in."""

    name: str
    key: str
    args: dict[str, Any] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)
    on: str = ""


def schema(text: str) -> Schema:
    """A schema from lines such as "Order: id name customer=Customer lineItems=LineItem*"; a line may go on indented."""
    found = {}
    for line in re.sub(r"\n\s+", " ", text.strip()).splitlines():
        type_, _, fields = line.partition(":")
        found[type_] = {name: kind for name, _, kind in (one.partition("=") for one in fields.split())}
    return found


class _Text:
    """A query, token by token."""

    def __init__(self, text: str) -> None:
        self.tokens, at = [], _IGNORED.match(text).end()  # type: ignore[union-attr]
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise Refused(f"syntax error at {text[at : at + 10]!r}", "parseError")
            self.tokens.append(found.group())
            at = _IGNORED.match(text, found.end()).end()  # type: ignore[union-attr]
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise Refused(f"syntax error: expected {wanted or 'more'}, got {token or 'the end'}", "parseError")
        self.at += 1
        return token


def parsed(text: str, variables: Mapping[str, Any]) -> list[Field]:
    """The fields a query asks for, its variables put in. Refused for what is no query or lacks a variable."""
    tokens = _Text(text)
    tokens.take("query")
    if tokens.peek() not in ("(", "{"):
        tokens.take()
    declared = _declared(tokens, variables) if tokens.peek() == "(" else {}
    found = _fields(tokens, declared, "")
    if tokens.peek():
        raise Refused(f"syntax error at {tokens.peek()!r}", "parseError")
    return found


def _declared(tokens: _Text, variables: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    tokens.take("(")
    while tokens.peek() != ")":
        name = tokens.take().removeprefix("$")
        tokens.take(":")
        type_ = tokens.take()
        needed = tokens.peek() == "!"
        if needed:
            tokens.take()
        value = variables.get(name)
        if (needed and value is None) or not isinstance(value, (str, type(None))):
            raise Refused(f"Variable ${name} of type {type_}! was provided invalid value", "INVALID_VARIABLE")
        found[f"${name}"] = value
    tokens.take(")")
    return found


def _fields(tokens: _Text, variables: Mapping[str, Any], on: str) -> list[Field]:
    found: list[Field] = []
    tokens.take("{")
    while tokens.peek() != "}":
        name = tokens.take()
        if name == "...":
            tokens.take("on")
            found += _fields(tokens, variables, tokens.take())
            continue
        key = name
        if tokens.peek() == ":":
            tokens.take()
            name = tokens.take()
        one = Field(name, key, _args(tokens, variables) if tokens.peek() == "(" else {}, on=on)
        one.fields = _fields(tokens, variables, "") if tokens.peek() == "{" else []
        found.append(one)
    tokens.take("}")
    return found


def _args(tokens: _Text, variables: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    tokens.take("(")
    while tokens.peek() != ")":
        name = tokens.take()
        tokens.take(":")
        value = tokens.take()
        if value.startswith("$") and value not in variables:
            raise Refused(f"Variable {value} is used but not declared", "variableNotDefined")
        found[name] = variables[value] if value.startswith("$") else int(value) if value.lstrip("-").isdigit() else value
    tokens.take(")")
    return found


def cost(schema: Schema, type_: str, fields: list[Field]) -> int:
    """What it may cost: an object 1, a connection 2 and its objects as often as it asks for. Refused for unknown fields."""
    return sum(_cost(schema, one.on or type_, one) for one in fields)


def _cost(schema: Schema, type_: str, one: Field) -> int:
    kind = schema.get(type_, {}).get(one.name)
    if kind is None:
        raise Refused(f"Field '{one.name}' doesn't exist on type '{type_}'", "undefinedField")
    if bool(kind) != bool(one.fields):
        raise Refused(f"Field '{one.name}' must {'' if kind else 'not '}have selections", "selectionMismatch")
    if kind.endswith("*"):
        return 2 + _first(one, needed=True) * (1 + cost(schema, kind[:-1], _inside(one)))
    times = _first(one, needed=False) if kind.endswith("[]") else 1
    return times * (1 + cost(schema, kind.removesuffix("[]"), one.fields)) if kind else 0


def _first(one: Field, needed: bool) -> int:
    first = one.args.get("first", 0 if needed else 1)
    if not isinstance(first, int) or not 0 < first <= _MOST:
        raise Refused(f"'{one.name}' needs first, 1 to {_MOST}", "argumentLiteralsIncompatible")
    return first


def _inside(one: Field) -> list[Field]:
    """What a connection is asked of each of its objects."""
    strange = {inner.name for inner in one.fields} - _CONNECTION
    if strange:
        raise Refused(f"Field '{strange.pop()}' doesn't exist on the connection '{one.name}'", "undefinedField")
    edges = [deep for inner in one.fields if inner.name == "edges" for deep in inner.fields if deep.name == "node"]
    nodes = [inner for inner in one.fields if inner.name == "nodes"]
    return [deep for inner in (*nodes, *edges) for deep in inner.fields]


def resolved(schema: Schema, type_: str, value: Any, fields: list[Field], look: Callable[[Any], Any]) -> dict[str, Any]:
    """What a thing answers. `look` has the whole of a thing that another only names."""
    whole, found = look(value), {}
    for one in fields:
        kind = schema[one.on or type_][one.name]
        if one.on and whole.get("__typename", one.on) != one.on:
            continue
        inner = whole.get(one.name)
        if not kind:
            found[one.key] = inner
        elif kind.endswith("*"):
            found[one.key] = _page(schema, kind[:-1], inner or [], one, look)
        elif kind.endswith("[]"):
            some = (inner or [])[: one.args.get("first", len(inner or []))]
            found[one.key] = [resolved(schema, kind[:-2], each, one.fields, look) for each in some]
        else:
            found[one.key] = None if inner is None else resolved(schema, kind, inner, one.fields, look)
    return found


def _page(schema: Schema, type_: str, listed: list[Any], one: Field, look: Callable[[Any], Any]) -> dict[str, Any]:
    after = one.args.get("after")
    start = int(base64.b64decode(after)) if after else 0
    some = listed[start : start + one.args["first"]]
    end = start + len(some)
    told = [resolved(schema, type_, each, _inside(one), look) for each in some]
    cursor = base64.b64encode(str(end).encode()).decode() if some else None
    page = {"hasNextPage": end < len(listed), "endCursor": cursor}
    return {"nodes": told, "pageInfo": page, "edges": [{"node": each} for each in told]}
