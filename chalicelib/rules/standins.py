"""Facts under made-up ids (model/standin.py) give way to facts of the same kind that the platform told under its own ids.

A function of the merged facts alone, so neither the order of arrival nor the way they came matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.facts import Fact
from ..model.standin import stands_in

_KINDS = ("line", "shipment", "return", "refund")


def without(facts: Mapping[str, Mapping[str, Fact]]) -> Mapping[str, Mapping[str, Fact]]:
    """The facts of a subject, less those whose place is taken. Lines of a return give way within their own return."""
    if not any(stands_in(id_) for some in facts.values() for id_ in some):
        return facts
    kept = {word: _kept(some) if word in _KINDS else some for word, some in facts.items()}
    lines: dict[Any, dict[str, Fact]] = {}
    for id_, line in facts.get("return_line", {}).items():
        lines.setdefault(getattr(line, "return_id", None), {})[id_] = line
    gone = facts.get("return", {}).keys() - kept.get("return", {}).keys()
    left = {id_: one for of, some in lines.items() if of not in gone for id_, one in _kept(some).items()}
    return {**kept, "return_line": left} if lines else kept


def _kept(some: Mapping[str, Fact]) -> Mapping[str, Fact]:
    own = {id_: fact for id_, fact in some.items() if not stands_in(id_)}
    return own or some
