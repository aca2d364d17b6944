"""React: stored deliveries into state, and into actions in the outbox. Makes no outside call.

Each subject of a batch stands alone: one that fails goes to the retry queue by itself and holds up nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from ..effects import log
from ..effects.queue import RetryQueue
from ..effects.store import Store
from ..model import state
from ..model.action import Action
from ..model.errors import Conflict
from ..model.event import Delivery, Link
from ..model.state import State
from ..rules import decide, fold
from ..settings import Settings

TRIES = 6
Record = Mapping[str, Any]


class Log(Protocol):
    """What folding reads."""

    def events(self, source: str, subject: str) -> list[Delivery]: ...
    def order_of(self, source: str, subject: str) -> str | None: ...
    def claim(self, source: str, link: Link, order: str) -> bool: ...


class Facts(Log, Protocol):
    """What reacting reads and writes."""

    def state(self, source: str, subject: str) -> tuple[bytes | None, int]: ...
    def put_state(self, source: str, subject: str, data: bytes, version: int) -> None: ...
    def add_action(self, action: Action) -> bool: ...


@dataclass(frozen=True, slots=True)
class Known:
    """All deliveries that make a subject's state, and the subjects of others among them."""

    deliveries: tuple[Delivery, ...]
    linked: tuple[str, ...]


def prepare(settings: Settings) -> Callable[[Sequence[Record]], dict[str, Any]]:
    """The step, with its tables bound."""
    store, queue = Store(settings), RetryQueue(settings.retry_queue)
    return lambda records: react_to(records, store, queue, datetime.now(UTC))


def react_to(records: Sequence[Record], store: Facts, queue: RetryQueue, now: datetime) -> dict[str, Any]:
    """React to a batch of stream records of the log. Only what could not even be queued is reported back as failed."""
    lost = []
    for pk, members in grouped(records).items():
        try:
            with log.unit("react", subject=pk, events=[sk for sk, _ in members]):
                react(store, pk, {sk for sk, _ in members}, now)
        except Exception as err:  # the boundary of isolation: whatever fails here must not stop the others
            lost += _queued(queue, pk, members, err)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in sorted(lost)]}


def _queued(queue: RetryQueue, pk: str, members: Iterable[tuple[str, str]], error: Exception) -> list[str]:
    """Hand each record to the retry queue; the sequence numbers of those it would not take."""
    lost = []
    for sk, number in members:
        try:
            with log.unit("hand_over", subject=pk, event=sk):
                queue.send("react", {"pk": pk, "sk": sk}, error)
        except Exception:  # logged by the unit; then the stream itself must bring it again
            lost.append(number)
    return lost


def grouped(records: Sequence[Record]) -> dict[str, list[tuple[str, str]]]:
    """Stream records by subject: key -> [(delivery id, sequence number)]. Removals are nothing to react to."""
    found: dict[str, list[tuple[str, str]]] = {}
    for record in records:
        if record.get("eventName") != "REMOVE":
            keys = record["dynamodb"]["Keys"]
            found.setdefault(keys["pk"]["S"], []).append((keys["sk"]["S"], record["dynamodb"].get("SequenceNumber", "")))
    return found


def react(store: Facts, pk: str, ids: set[str], now: datetime) -> None:
    """Bring the state of a subject up to date, then write the actions its new deliveries ask for."""
    source, _, named = pk.partition("#")
    is_order = named.startswith(state.ORDER)
    subject = named if is_order else store.order_of(source, named) or named
    for _ in range(TRIES):
        known = gather(store, source, subject)
        if not known.deliveries:
            return
        current = compute(known, source, subject)
        try:
            _keep(store, current)
            break
        except Conflict:
            continue
    else:
        raise Conflict(f"{pk}: the state changed under {TRIES} attempts to write it")
    for other in known.linked:
        _keep(store, fold.moved(source, other, subject))
    for delivery in known.deliveries:
        if delivery.id in ids and delivery.subject == named:
            for action in decide.decide(delivery, current, now):
                store.add_action(action)


def gather(log_: Log, source: str, subject: str) -> Known:
    """Every delivery that makes up a subject: its own, and those under native ids that lead to it.

    An order claims its ids before it reads what lies under them, and news is stored before it looks for its order: whichever
    of the two comes later sees the other. An id that another order claimed first is left to that order.
    """
    own = log_.events(source, subject)
    links = fold.links(own) if subject.startswith(state.ORDER) else []
    ours = [one for one in links if log_.claim(source, one, subject)]
    linked = {f"{one.kind}:{one.id}": log_.events(source, f"{one.kind}:{one.id}") for one in ours}
    return Known((*own, *(d for some in linked.values() for d in some)), tuple(name for name, some in linked.items() if some))


def compute(known: Known, source: str, subject: str) -> State:
    """The state these deliveries make."""
    return fold.fold(source, subject, known.deliveries)


def _keep(store: Facts, current: State) -> None:
    """Write the state unless those very bytes stand there."""
    data = state.dump(current)
    before, version = store.state(current.source, current.subject)
    if data != before:
        store.put_state(current.source, current.subject, data, version + 1)
