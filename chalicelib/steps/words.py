"""Words: what buyers wrote, read for its reason. A delivery's sealed body in, an event with what was read out.

The event carries a copy in which everything personal is masked, so that state, lake and keywords can be made again from the
log when the body is long unreadable. Its id is made of the delivery's and the model's version: read twice, kept once; a newer
model's reading takes the older one's place. The only step that needs the text model; without the encoder it reads n-grams and
phrases alone, and the reading says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from .. import platforms
from ..effects import log
from ..effects.clock import Clock, clock
from ..effects.keys import Keys, Unreadable
from ..effects.queue import worked_off
from ..effects.store import Store
from ..effects.vault import Vault
from ..model import state
from ..model.errors import BadPayload
from ..model.event import Delivery, Event, Said
from ..model.facts import Fact, Reading, ReturnLineFact, WordsFact
from ..model.person import Buyer, Person
from ..model.state import State
from ..model.words import EventType, Origin, Reason
from ..rules import masking, said
from ..rules.reasons import model, normal
from ..rules.reasons.reading import Asked, Classified, Embed, Stated, read
from ..settings import Settings
from .bodies import Blobs, body, kept, module_with
from .speaking import reading_of


class Book(Protocol):
    """The log and its states; effects.store.Store is one."""

    @property
    def blobs(self) -> Blobs: ...
    def events(self, source: str, subject: str) -> list[Delivery]: ...
    def order_of(self, source: str, subject: str) -> str | None: ...
    def state(self, source: str, subject: str, fresh: bool = True) -> tuple[bytes | None, int]: ...
    def add(self, deliveries: Sequence[Delivery]) -> int: ...


class People(Protocol):
    """The vault; effects.vault.Vault is one."""

    def get(self, source: str, buyer: str, now: datetime) -> Buyer | None: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What reading words touches. `embed` is None where the encoder could not be loaded."""

    book: Book
    keys: Keys
    vault: People
    head: model.Head
    embed: Embed | None
    clock: Clock


def prepare(settings: Settings) -> Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]:
    """The step, with the model loaded."""
    fx = effects(settings)
    return lambda records: read_all(records, fx)


def effects(settings: Settings) -> Effects:
    """What reading words touches on a real stage."""
    keys = Keys(settings)
    return Effects(Store(settings), keys, Vault(settings, keys), model.head(), _embed(), clock(settings))


def _embed() -> Embed | None:
    """The encoder; None where it cannot be loaded, which fails nothing but is counted as a failure and logged."""
    from ..effects.embedding import NoEngine, engine

    with log.unit("engine"):
        try:
            return engine().embed
        except NoEngine as err:
            log.note(outcome=log.FAILED, problem=str(err))
            return None


def read_all(records: Sequence[Mapping[str, Any]], fx: Effects) -> dict[str, Any]:
    """Read the deliveries that a batch of messages names; those that failed stay in the queue."""

    def one(record: Mapping[str, Any]) -> None:
        key = json.loads(record["body"])
        with log.unit("words", subject=key["pk"], event=key["sk"]):
            log.note(read=read_delivery(key["pk"], key["sk"], fx))

    return worked_off(records, one)


def read_delivery(pk: str, sk: str, fx: Effects) -> int:
    """Read one delivery's words into the log; how many texts there were. Safe to repeat."""
    source, _, subject = pk.partition("#")
    delivery = next((one for one in fx.book.events(source, subject) if one.id == sk), None)
    texts = _told(delivery, fx) if delivery else ()
    if delivery is None or not texts:
        return 0
    order = _order(delivery, fx.book)
    known = _known(delivery, order)
    asked = [Asked(one.text, _stated(source.partition("/")[0], known.get(one.about))) for one in texts]
    buyer = next((event.buyer for event in delivery.events if event.buyer), order.buyer)
    met = fx.vault.get(source, buyer, fx.clock()) if buyer else None
    facts = tuple(
        _fact(one, found, _time(delivery), met.person if met else None)
        for one, found in zip(texts, read(asked, fx.head, fx.embed), strict=True)
    )
    encoder = fx.embed is not None
    # Of two readings by the same version the one with the encoder stands.
    event = Event(EventType.WORDS_READ, _time(delivery), facts, rank=2 * int(fx.head.version) + encoder)
    id_ = reading_of(delivery.id, fx.head.version, encoder)
    fx.book.add([Delivery(id_, source, subject, (event,), fx.clock(), Origin.MODEL)])
    return len(texts)


def _fact(one: Said, found: Classified, at: datetime, person: Person | None) -> WordsFact:
    """A text and what was read in it as the log keeps them: masked both."""
    whole = masking.masked(one.text, person, said.LONGEST)
    return WordsFact(one.about, None, whole[: masking.LONGEST], one.at or at, one.language, reading(found, whole))


def reading(found: Classified, masked: str) -> Reading:
    """A classifier's answer as the log keeps it. Evidence is kept as far as it stands in the masked text."""
    shown = normal.clean(masked)
    shown += "\n" + normal.plain(shown)
    evidence = tuple(one.words[:80] for one in found.evidence if one.why == "code" or one.words[:80] in shown)
    return Reading(
        found.label, Decimal(f"{found.confidence:.4f}"), found.source, found.conflict, found.secondary or None,
        found.tags or None, evidence or None, found.engine, found.model,
    )  # fmt: skip


def _told(delivery: Delivery, fx: Effects) -> tuple[Said, ...]:
    """What the buyer wrote. A body that cannot be opened or understood tells nothing."""
    try:
        if not kept(delivery):
            return ()
        if delivery.origin is Origin.IMPORT:
            return said.load(body(fx.keys, fx.book.blobs, delivery))
        module = module_with(delivery, "words")
        return module.words(body(fx.keys, fx.book.blobs, delivery)) if module else ()
    except (Unreadable, BadPayload) as err:
        log.note(words=f"the body tells nothing: {log.said(err)}")
        return ()


def _order(delivery: Delivery, book: Book) -> State:
    """What is known of the order a delivery belongs to, or of its own subject while nobody said which."""
    subject = book.order_of(delivery.source, delivery.subject) or delivery.subject
    data, _ = book.state(delivery.source, subject)
    return state.load(data) if data else State(delivery.source, subject)


def _known(delivery: Delivery, order: State) -> dict[str, ReturnLineFact]:
    """The lines of returns by what words may be about: as this delivery tells them, else as the order's state knows them.

    Words about a whole return have a code only where all of its lines have the same.
    """
    lines: dict[str, ReturnLineFact] = dict(order.of("return_line"))
    for line in _lines(delivery):
        if _coded(line) or line.id not in lines:
            lines[line.id] = replace(line, return_id=line.return_id or getattr(lines.get(line.id), "return_id", None))
    found = {f"return_line:{id_}": line for id_, line in lines.items()}
    for back in {line.return_id for line in lines.values() if line.return_id}:
        codes = {_coded(line): line for line in lines.values() if line.return_id == back}
        if len(codes) == 1:
            found[f"return:{back}"] = next(iter(codes.values()))
    return found


def _coded(line: ReturnLineFact) -> tuple[str, Reason | None] | None:
    return (line.native_reason or "", line.reason_stated) if line.native_reason or line.reason_stated else None


def _lines(delivery: Delivery) -> Iterator[ReturnLineFact]:
    facts: Iterator[Fact] = (fact for event in delivery.events for fact in event.facts)
    return (fact for fact in facts if isinstance(fact, ReturnLineFact))


def _stated(platform: str, line: ReturnLineFact | None) -> Stated | None:
    """What the code of a line says. A label that came without a code of ours is a weak word, and so is one that the platform's
    module chose for more than the code."""
    code = platforms.reason(platform, line.native_reason) if line else None
    label = line.reason_stated if line else None
    if code and label in (None, code.label):
        return Stated(code.label, code.precise, code.also)
    return Stated(label, also=code.label if code else None) if label else None


def _time(delivery: Delivery) -> datetime:
    return max(event.time for event in delivery.events)
