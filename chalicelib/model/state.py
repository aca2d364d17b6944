"""State: the merged truth about one subject, and its one spelling in bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import codec
from .facts import KINDS, Fact

ORDER = "order:"


@dataclass(frozen=True, slots=True)
class State:
    """Merged facts about `subject`, by kind and native id.

    `moved_to` names the order that took this subject over, once a link was found; then there are no facts here.
    `problems` are the invariants that the events break, in words. `links` are the native ids that lead here ("return:77"), and
    whether anything was told under them: what was not need not be read.
    """

    source: str
    subject: str
    facts: Mapping[str, Mapping[str, Fact]] = field(default_factory=dict)
    buyer: str | None = None
    moved_to: str | None = None
    problems: tuple[str, ...] = ()
    links: Mapping[str, bool] = field(default_factory=dict)

    def of(self, word: str) -> Mapping[str, Any]:
        """The facts of one kind ("line", "return" ...) by native id."""
        return self.facts.get(word, {})

    @property
    def order(self) -> Any:
        """The OrderFact of this subject, or None."""
        return next(iter(self.of("order").values()), None)


def dump(state: State) -> bytes:
    """State as canonical JSON: equal states are equal bytes."""
    found: dict[str, Any] = {"source": state.source, "subject": state.subject}
    facts = {word: {id_: codec.encode(fact) for id_, fact in some.items()} for word, some in state.facts.items() if some}
    optional = {"facts": facts, "buyer": state.buyer, "moved_to": state.moved_to, "problems": list(state.problems),
                "links": dict(sorted(state.links.items()))}  # fmt: skip
    return codec.dumps(found | {name: value for name, value in optional.items() if value})


def load(data: bytes) -> State:
    """State as `dump` wrote it."""
    found = codec.loads(data, "state")
    facts = {
        word: {id_: codec.decode(KINDS[word], fact, f"{word}.{id_}") for id_, fact in some.items()}
        for word, some in found.get("facts", {}).items()
    }
    return State(
        found["source"], found["subject"], facts, found.get("buyer"), found.get("moved_to"), tuple(found.get("problems", ())),
        found.get("links", {}),
    )  # fmt: skip
