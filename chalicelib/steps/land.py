"""land: what changed in a state goes, as keyed rows, into one new object under landing/, from where merge takes it.

Safe to run twice: a row landed again is the same row. A subject that fails is handed to the retry queue by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from ..effects import log
from ..rules import landed
from ..rules.landed import News
from ..rules.rows import rows

if TYPE_CHECKING:
    from ..settings import Settings

TOGETHER = 500  # states in one landed object when an operator lands them all
Image = Mapping[str, Any]
Record = Mapping[str, Any]
State = tuple[bytes | None, int]  # the state's bytes (None: there is none) and version


class Bucket(Protocol):
    """What land needs of a bucket; effects.objects.Objects is one."""

    def put(self, key: str, body: bytes) -> None: ...


class States(Protocol):
    """What land needs of the store; effects.store.Store is one."""

    def state(self, source: str, subject: str) -> State: ...
    def state_of_image(self, image: Image) -> State: ...


class Retries(Protocol):
    """What land needs of the retry queue; effects.queue.RetryQueue is one."""

    def send(self, step: str, key: dict[str, str], error: BaseException) -> None: ...


def _now() -> datetime:
    return datetime.now(UTC)


def _random() -> str:
    return uuid4().hex[:12]


@dataclass(frozen=True, slots=True)
class Land:
    """land, ready: `land(records)` for the stream, `land.current(pk)` for the retry step, `land.all(states)` to repair."""

    bucket: Bucket
    states: States
    retries: Retries
    now: Callable[[], datetime] = _now
    random: Callable[[], str] = _random

    def __call__(self, records: Sequence[Record]) -> dict[str, Any]:
        """Land raw stream records. Answers {"batchItemFailures": [...]}: those that not even the retry queue took."""
        with log.unit("land", records=len(records)):
            by_subject = _by_subject(records)
            failed = self._land(by_subject)
            lost = [pk for pk, err in failed.items() if not self._retried(pk, err)]
            log.note(subjects=len(by_subject), retried=len(failed) - len(lost), lost=len(lost))
            if failed:
                log.note(outcome=log.FAILED, **log.describe(next(iter(failed.values()))))
        return {"batchItemFailures": [{"itemIdentifier": _number(record)} for pk in lost for record in by_subject[pk]]}

    def current(self, pk: str) -> None:
        """Land the state that the table holds now for `pk` (platform/shop#subject), as a full statement. Raises what fails."""
        source, _, subject = pk.partition("#")
        data, version = self.states.state(source, subject)
        if data is not None:
            self._put([landed.statement(pk, rows(data, version), version)])

    def all(self, states: Iterable[tuple[str, bytes, int]]) -> int:
        """Land these (pk, state, version), each as a full statement, 500 to an object; how many. For an operator's repair."""
        count, rest = 0, iter(states)
        while some := list(islice(rest, TOGETHER)):
            self._put([landed.statement(pk, rows(data, version), version) for pk, data, version in some])
            count += len(some)
        return count

    def _land(self, by_subject: Mapping[str, Sequence[Record]]) -> dict[str, Exception]:
        """Land what can be read in one object; the failures by subject."""
        news, failed = _read_all(self.states, by_subject)
        try:
            if news:
                self._put(news)
        except Exception as err:
            failed = {**dict.fromkeys(by_subject, err), **failed}
        return failed

    def _put(self, news: Sequence[News]) -> None:
        self.bucket.put(landed.name(self.now(), self.random()), landed.encode(news))

    def _retried(self, pk: str, err: Exception) -> bool:
        try:
            self.retries.send("land", {"pk": pk}, err)
        except Exception as refusal:
            log.note(not_queued=pk, refusal=type(refusal).__name__)
            return False
        return True


def prepare(settings: Settings) -> Land:
    """The step over this deployment's tables, lake and retry queue."""
    from ..effects.objects import Objects
    from ..effects.queue import RetryQueue
    from ..effects.store import Store

    return Land(Objects(settings.lake_bucket), Store(settings), RetryQueue(settings.retry_queue))


def _by_subject(records: Sequence[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record["dynamodb"]["Keys"]["pk"]["S"], []).append(record)
    return found


def _number(record: Record) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def _read_all(states: States, by_subject: Mapping[str, Sequence[Record]]) -> tuple[list[News], dict[str, Exception]]:
    """The news of each subject; one that cannot be read is set apart with its error, whatever that is."""
    news: list[News] = []
    failed: dict[str, Exception] = {}
    for pk, records in by_subject.items():
        try:
            news.append(_news(states, pk, records))
        except Exception as err:
            failed[pk] = err
    return news, failed


def _news(states: States, pk: str, records: Sequence[Record]) -> News:
    """From the state before the first record to the one after the last: what lies between was never landed."""
    before, after = records[0]["dynamodb"].get("OldImage"), records[-1]["dynamodb"].get("NewImage")
    old, old_version = states.state_of_image(before) if before else (None, 0)
    new, version = states.state_of_image(after) if after else (None, old_version + len(records))
    old_rows = rows(old, old_version) if old is not None else []
    return landed.changes(pk, old_rows, rows(new, version) if new is not None else [], version)
