"""Lives of orders played through the product's own steps, messages included, at the times they would happen.

Webhooks go through receive and react, messages through perform and the provider's feed; the clock jumps from one to the next.
Only SQS, SES and SNS are stood in for: what is counted is DynamoDB.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib import platforms
from chalicelib.effects import clock
from chalicelib.effects.outbox import SHARDS
from chalicelib.effects.shops import Shops
from chalicelib.model.event import Webhook
from chalicelib.model.person import Channel
from chalicelib.model.sending import Accepted, Envelope
from chalicelib.settings import Settings
from chalicelib.steps import feed, perform, performers, react, receive
from chalicelib.steps.desk import Desk
from infra.demo.lives import Sending

SECRET, SOURCE = "bench", "shopify/bench"


@dataclass
class Played:
    """The steps on a stage, and the world around them: the time, the work queue, what went out."""

    settings: Settings
    now: datetime = datetime(2026, 3, 2, tzinfo=UTC)
    waiting: list[tuple[datetime, int, str]] = field(default_factory=list)
    sent: list[Envelope] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    seen: set[tuple[datetime, str]] = field(default_factory=set)
    swept: datetime = datetime(2005, 1, 1, tzinfo=UTC)
    order: str = "order:"
    uncounted: Callable[[], AbstractContextManager[None]] = nullcontext

    def __post_init__(self) -> None:
        clock.system = lambda: self.now
        Shops(self.settings.settings_table).change(
            SOURCE, title="Bench", sender="care@example.com", reply_to="care@example.com", postal="Street 1, Town"
        )
        self._receive = receive.prepare(self.settings)
        fx, performing = react.effects(self.settings), performers.effects(self.settings)
        # Everything is queued by this world, whose queue carries as far ahead as it likes: placement stays the desk's.
        self._react = replace(fx, desk=Desk(fx.desk.book, self, fx.desk.horizon))
        self._perform = replace(performing, desk=Desk(fx.desk.book, self, fx.desk.horizon), providers={Channel.MAIL: self.mail})
        self._feed = feed.Effects(performing.book, performers.closer(self.settings), lambda: self.now)
        self._signer = platforms.get("shopify")

    def send(self, keys: Sequence[str], delay: timedelta = timedelta(0)) -> None:
        """The work queue."""
        for key in keys:
            heapq.heappush(self.waiting, (self.now + max(delay, timedelta(0)), len(self.sent) + len(self.waiting), key))

    def mail(self, envelope: Envelope) -> Accepted:
        """The provider: takes everything."""
        self.sent.append(envelope)
        return Accepted(f"bench-{len(self.sent)}")

    def begin(self, life: Sequence[Sending]) -> None:
        """Go to where a life begins; of the due index only its own order counts from here on."""
        self.now = self.swept = life[0].at
        self.order = f"order:{self._signer.translate(life[0].webhook, self.now).subject.partition(':')[2]}"

    def arrive(self, one: Sending) -> None:
        """A webhook comes in, once all that is due before it has been done."""
        self.until(one.at)
        webhook = one.webhook
        signed = self._signer.sign(webhook, SECRET, self.now)
        self._receive(signed, self.now)
        told = self._signer.translate(webhook, self.now)
        react.react(self._react, f"{SOURCE}#{told.subject}", {told.id})

    def until(self, time: datetime) -> None:
        """Do what is due until then: from the queue, and from the due index, as the sweep would bring it."""
        self._sweep(time)
        while self.waiting and self.waiting[0][0] <= time:
            self.now = max(self.now, self.waiting[0][0])
            self.do(heapq.heappop(self.waiting)[2])
            self._sweep(time)
        self.now = max(self.now, time)

    def _sweep(self, until: datetime) -> None:
        """Queue what stands in the due index until then, each for its time. Not counted: a sweep serves all orders at once."""
        book: Any = self._perform.book
        with self.uncounted():
            self._look(book, until)

    def _look(self, book: Any, until: datetime) -> None:
        for shard in range(SHARDS):
            for at, key in book.due(shard, self.swept, until):
                if self.order in key and (at, key) not in self.seen:
                    self.seen.add((at, key))
                    heapq.heappush(self.waiting, (max(at, self.now), len(self.seen), key))

    def do(self, key: str) -> None:
        """Perform an action; the provider's feed tells of what was sent."""
        before = len(self.sent)
        self.outcomes.append(perform.perform(key, self._perform))
        if len(self.sent) > before:
            feed.feed(feed.News(key, "Send", f"bench-{len(self.sent)}"), self._feed)


def lives(count: int, events: int, sendings: Sequence[Sending]) -> Iterator[list[Sending]]:
    """So many lives of `events` webhooks each, of those among `sendings` that have a return."""
    signer = platforms.get("shopify")
    by_order: dict[str, dict[str, Sending]] = {}
    for one in sendings:
        subject = signer.translate(one.webhook, one.at).subject
        by_order.setdefault(subject, {})[one.webhook.headers["x-shopify-event-id"]] = one
    full = [sorted(some.values(), key=lambda one: one.at) for some in by_order.values() if len(some) == 9]
    for life in full[:count]:
        yield drawn_out(life, events)


def drawn_out(life: list[Sending], events: int) -> list[Sending]:
    """The life cut, or drawn out with parcel scans, to so many events."""
    scan = next(one for one in life if one.webhook.headers["x-shopify-topic"] == "fulfillment_events/create")
    more = [_again(scan, n) for n in range(events - len(life))]
    return sorted([*life[:4], *more, *life[4:]][:events], key=lambda one: one.at)


def _again(scan: Sending, n: int) -> Sending:
    import json

    body = json.loads(scan.webhook.body)
    at = scan.at + timedelta(hours=3 * n + 1)
    body |= {"id": body["id"] * 100 + n, "happened_at": at.isoformat(), "status": "in_transit"}
    headers = {**scan.webhook.headers, "x-shopify-event-id": f"scan-{body['id']}"}
    webhook: Webhook = replace(scan.webhook, headers=headers, body=json.dumps(body).encode())
    return Sending(at, webhook)
