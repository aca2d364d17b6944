"""Which deliveries may hold a buyer's words. Apart from `words`, because react asks this and must not load the text model."""

from __future__ import annotations

from ..model.event import Delivery
from ..model.facts import MessageFact, ReturnFact, ReturnLineFact, ReviewFact
from ..model.words import Origin
from .bodies import kept, module_with

_SPEAKING = (ReturnFact, ReturnLineFact, ReviewFact, MessageFact)


def speaks(delivery: Delivery) -> bool:
    """Whether a delivery may hold a buyer's words: it tells of a return, a review or a message, and its body is kept."""
    if delivery.origin is Origin.IMPORT:
        return kept(delivery)
    telling = any(isinstance(fact, _SPEAKING) for event in delivery.events for fact in event.facts)
    return telling and module_with(delivery, "words") is not None


def reading_of(id_: str, version: str, encoder: bool = True) -> str:
    """The id of the delivery that holds what a version read in another delivery; one read without the encoder is another."""
    return f"{id_}~words:{version}" + ("" if encoder else "-")
