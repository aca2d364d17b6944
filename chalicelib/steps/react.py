"""React: stored deliveries into state, and into actions in the outbox. Makes no outside call.

Each subject of a batch stands alone: one that fails goes to the retry queue by itself and holds up nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..effects import log
from ..effects.cases import Cases
from ..effects.clock import Clock, clock
from ..effects.keys import Keys
from ..effects.queue import RetryQueue, WordsQueue
from ..effects.store import Store
from ..effects.vault import Vault
from ..model import state
from ..model.case import Case
from ..model.errors import Conflict
from ..model.event import Delivery, Event, Link
from ..model.facts import OrderFact
from ..model.state import State
from ..model.touch import Rulebook
from ..rules import cases, decide, errands, fold
from ..settings import Settings
from .desk import Desk, desk
from .forward import tracks
from .people import Keeper
from .rulebook import rulebook
from .speaking import speaks

TRIES = 6
Record = Mapping[str, Any]


class Log(Protocol):
    """What folding reads."""

    def events(self, source: str, subject: str) -> list[Delivery]: ...
    def order_of(self, source: str, subject: str) -> str | None: ...
    def claim(self, source: str, link: Link, order: str) -> bool: ...


class Facts(Log, Protocol):
    """What reacting reads and writes."""

    def state(self, source: str, subject: str, fresh: bool = True) -> tuple[bytes | None, int]: ...
    def put_state(self, source: str, subject: str, data: bytes, version: int) -> None: ...


class CaseBook(Protocol):
    """Where cases are kept; effects.cases.Cases is one."""

    def keep(self, case: Case, version: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What reacting touches. `meet` moves what a delivery tells of its buyer into the vault, `words` has its words read."""

    store: Facts
    meet: Callable[[Delivery], None]
    cases: CaseBook
    desk: Desk
    rules: Callable[[], Rulebook]
    clock: Clock
    words: Callable[[str, str], None] = lambda pk, sk: None


@dataclass(frozen=True, slots=True)
class Known:
    """All deliveries that make a subject's state; the native ids that lead to it, and whether anything was told under them."""

    deliveries: tuple[Delivery, ...]
    links: Mapping[str, bool]


def prepare(settings: Settings) -> Callable[[Sequence[Record]], dict[str, Any]]:
    """The step, with its tables bound."""
    fx, queue = effects(settings), RetryQueue(settings.retry_queue)
    return lambda records: react_to(records, fx, queue)


def effects(settings: Settings) -> Effects:
    """What reacting touches on a real stage."""
    keys, store, now = Keys(settings), Store(settings), clock(settings)
    meet = Keeper(keys, Vault(settings, keys), store, now).meet
    words = WordsQueue(settings.words_queue)
    return Effects(store, meet, Cases(settings), desk(settings), rulebook(settings).current, now, words.send)


def react_to(records: Sequence[Record], fx: Effects, queue: RetryQueue) -> dict[str, Any]:
    """React to a batch of stream records of the log. Only what could not even be queued is reported back as failed."""
    found, lost = grouped(records), []
    with log.unit("react", subjects=len(found), events=sum(map(len, found.values()))):
        for pk, members in found.items():
            try:
                react(fx, pk, {sk for sk, _ in members})
            except Exception as err:  # the boundary of isolation: whatever fails here must not stop the others
                log.count(log.FAILED)
                lost += _queued(queue, pk, members, err)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in sorted(lost)]}


def _queued(queue: RetryQueue, pk: str, members: Iterable[tuple[str, str]], error: Exception) -> list[str]:
    """Hand each record to the retry queue; the sequence numbers of those it would not take."""
    lost = []
    for sk, number in members:
        try:
            with log.unit("hand_over", subject=pk, event=sk, because=log.describe(error)):
                queue.send("react", {"pk": pk, "sk": sk}, error)
        except Exception:  # logged by the unit; then the stream itself must bring it again
            lost.append(number)
    return lost


def grouped(records: Sequence[Record]) -> dict[str, list[tuple[str, str]]]:
    """Stream records by subject: key -> [(delivery id, sequence number)]. Only what is new is news: a delivery whose sealed
    body was taken away says nothing else than before."""
    found: dict[str, list[tuple[str, str]]] = {}
    for record in records:
        if record.get("eventName") == "INSERT":
            keys = record["dynamodb"]["Keys"]
            found.setdefault(keys["pk"]["S"], []).append((keys["sk"]["S"], record["dynamodb"].get("SequenceNumber", "")))
    return found


def react(fx: Effects, pk: str, ids: set[str]) -> None:
    """Bring the state of a subject up to date, then write the cases and actions its new deliveries ask for."""
    source, _, named = pk.partition("#")
    if tracks(source):
        _hand_on(fx, source, named, ids)
        return
    subject = named if named.startswith(state.ORDER) else fx.store.order_of(source, named) or named
    known, current, version = _folded(fx, source, subject, named)
    if not known.deliveries:
        return
    for other in (name for name, told in known.links.items() if told):
        _move(fx.store, source, other, subject)
    new = [delivery for delivery in known.deliveries if delivery.id in ids and delivery.subject == named]
    asking = askers(known, new)
    if any(_of_returns(event) for delivery in asking for event in delivery.events):
        for case in cases.of(current):
            fx.cases.keep(case, version)
    now = fx.clock()
    for delivery in new:
        fx.meet(delivery)
        if speaks(delivery):
            fx.words(pk, delivery.id)
    for delivery in asking:
        for action in decide.decide(delivery, current, fx.rules(), now):
            fx.desk.put(action, now)


def _hand_on(fx: Effects, source: str, subject: str, ids: set[str]) -> None:
    """A tracker's news has no state of its own here: it is an errand to the shop whose parcel it is."""
    now = fx.clock()
    for delivery in fx.store.events(source, subject):
        if delivery.id in ids:
            fx.desk.put(errands.forward(delivery, now), now)


def _of_returns(event: Event) -> bool:
    """Whether an event may change what a return waits for. A tracker does not know that its parcel carries one."""
    told = str(event.type).startswith(("return.", "refund.", "words."))
    return told or any(fact.id.startswith(fold.PARCEL) for fact in event.facts)


def askers(known: Known, new: Sequence[Delivery]) -> Sequence[Delivery]:
    """The deliveries to decide upon: the new ones, and what could ask for nothing before they came.

    News that comes before its order, or before its link to it, is about nothing yet. Whatever first tells of the order or of
    the link decides upon it too: by the log's own times, so that whoever repeats this decides upon the same.
    """
    first: dict[str, Delivery] = {}
    for delivery in sorted(known.deliveries, key=lambda one: (one.received, one.id)):
        for name in _introduced(delivery):
            first.setdefault(name, delivery)
    told = {name for name, delivery in first.items() if delivery in new}
    early = [d for d in known.deliveries if d not in new and (d.subject in told or told & {state.ORDER})]
    return [*new, *early]


def _introduced(delivery: Delivery) -> Iterator[str]:
    """What can be understood once this is known: the order's own news ("order:"), and that under each name it links."""
    if delivery.subject.startswith(state.ORDER):
        for event in delivery.events:
            yield from (state.ORDER for fact in event.facts if isinstance(fact, OrderFact))
            yield from (f"{link.kind}:{link.id}" for link in event.links)


def _folded(fx: Effects, source: str, subject: str, named: str) -> tuple[Known, State, int]:
    """A subject's deliveries, the state they make, which is written, and its version.

    Once more when somebody else wrote it meanwhile. The version is read before the deliveries: who read fewer of them can then
    never overwrite who read more. A cheap read that is behind costs a second look, because its version then stands no longer.
    """
    for again in range(TRIES):
        before, version = fx.store.state(source, subject, fresh=again > 0)
        known = gather(fx.store, source, subject, state.load(before).links if before else {}, named)
        current = compute(known, source, subject)
        data = state.dump(current)
        try:
            if known.deliveries and data != before:
                version += 1
                fx.store.put_state(source, subject, data, version)
            return known, current, version
        except Conflict:
            continue
    raise Conflict(f"{source}#{subject}: the state changed under {TRIES} attempts to write it")


def gather(log_: Log, source: str, subject: str, known: Mapping[str, bool] | None = None, named: str = "") -> Known:
    """Every delivery that makes up a subject: its own, and those under native ids that lead to it.

    An order claims its ids before it reads what lies under them, and news is stored before it looks for its order: whichever
    of the two comes later sees the other. An id that another order claimed first is left to that order. What the state knows
    (`known`) is not asked again: an id that is ours stays ours, and one under which nothing was told is read by the very news
    that changes it (`named`).
    """
    own, known = log_.events(source, subject), known or {}
    links: dict[str, bool] = {}
    more: list[Delivery] = []
    for link in fold.links(own) if subject.startswith(state.ORDER) else []:
        name = f"{link.kind}:{link.id}"
        if known.get(name) is False and name != named:
            links[name] = False
        elif name in known or log_.claim(source, link, subject):
            told = log_.events(source, name)
            links[name] = bool(told)
            more += told
    return Known((*own, *more), links)


def compute(known: Known, source: str, subject: str) -> State:
    """The state these deliveries make."""
    return fold.fold(source, subject, known.deliveries, known.links)


def _move(store: Facts, source: str, subject: str, order: str) -> None:
    """Note under a native id which order took it over, unless those very bytes stand there."""
    data = state.dump(fold.moved(source, subject, order))
    before, version = store.state(source, subject)
    if data != before:
        store.put_state(source, subject, data, version + 1)
