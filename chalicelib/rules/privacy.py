"""Privacy: what a platform's or a buyer's request asks us to do, and how long we may know who a buyer is.

Sources: Shopify's mandatory privacy webhooks (customers/redact, customers/data_request, shop/redact: act within 30 days);
GDPR art. 12 (3), 15 and 17.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..model import times
from ..model.action import Action, ActionKind
from ..model.event import Delivery, Event
from ..model.words import EventType

ASKED = {
    EventType.BUYER_REDACTED: ActionKind.ERASE_BUYER,
    EventType.BUYER_DATA_REQUESTED: ActionKind.EXPORT_BUYER,
    EventType.SHOP_REDACTED: ActionKind.ERASE_SHOP,
    EventType.SHOP_UNINSTALLED: ActionKind.CLOSE_SHOP,
}
OF_BUYER = frozenset({ActionKind.ERASE_BUYER, ActionKind.EXPORT_BUYER})
# A request is never old news: also one that waited in somebody's queue, or stands in an old file, is carried out.
NEVER_OLD = timedelta(days=3650)
# Until when an export must have reached the buyer. Sources: Shopify's data requests (30 days), GDPR art. 12 (3) (a month).
ANSWER_WITHIN = timedelta(days=30)
# For how long after an order its buyer may be known, by platform. In the seller's own shop the law asks for a limit and leaves
# it to the seller (GDPR art. 5 (1) (e)): a year in which the order may still come back or be disputed, a month to settle that.
# Amazon wants personal data gone 30 days after delivery (Data Protection Policy); from the order on is never too late.
# Shopee allows 90 days (Open Platform, Data Protection Policy). Of the other marketplaces no figure was found: a return window,
# a dispute and a month to settle it are what it is needed for.
RETENTION = {
    "shopify": timedelta(days=400), "standard": timedelta(days=400), "woocommerce": timedelta(days=400),
    "amazon": timedelta(days=30), "shopee": timedelta(days=90),
}  # fmt: skip
MARKETPLACE = timedelta(days=120)


def asked(delivery: Delivery, event: Event) -> Iterator[Action]:
    """The action a privacy request asks for, due when the request came in; none for any other event."""
    kind = ASKED.get(event.type)
    if kind is None or (kind in OF_BUYER and not event.buyer):
        return
    # When it came in, not when it says it happened: a sender's clock decides neither how old it is nor what it covers.
    since, shop = delivery.received, event.native.get("shop", "")
    said = {"buyer": event.buyer or "", "shop": shop, "at": times.text(since)}
    key = f"{kind}#{delivery.source}#{event.buyer if kind in OF_BUYER else shop}#{delivery.id}"
    data = {name: value for name, value in said.items() if value}
    yield Action(key, kind, delivery.source, delivery.subject, since, since + NEVER_OLD, data)


def keep_until(platform: str, placed_at: datetime) -> datetime:
    """Until when the buyer of an order may be known."""
    return placed_at + RETENTION.get(platform, MARKETPLACE)
