"""Amazon's notifications and report rows, as tests change them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from chalicelib.model import log, state
from chalicelib.model.event import Delivery, Event, Translated, Webhook
from chalicelib.model.words import Origin
from chalicelib.platforms import _amazon_reports as reports
from chalicelib.platforms import amazon
from chalicelib.rules import fold
from tests.platforms import fixtures
from tests.platforms.fixtures import RECEIVED

SHOP = "amazon/sample-shop"
FBA = {
    "return-date": "2026-05-22T10:10:00+00:00", "order-id": "902-1000003-0000003", "sku": "LAMP-DE", "asin": "B0SAMPLE04",
    "quantity": "1", "detailed-disposition": "SELLABLE", "reason": "DEFECTIVE", "status": "Unit returned to inventory",
    "license-plate-number": "LPNSAMPLE0001", "customer-comments": "call me at home",
}  # fmt: skip
MFN = {
    "Order ID": "902-1000001-0000001", "Order date": "18-May-2026", "Return request date": "23-May-2026",
    "Return request status": "Approved", "Amazon RMA ID": "DsampleARRMA", "Currency code": "USD", "A-to-Z Claim": "N",
    "ASIN": "B0SAMPLE01", "Merchant SKU": "SHIRT-M-BLUE", "Return quantity": "1", "Return Reason": "AMZ-PG-APP-TOO-SMALL",
    "Resolution": "StandardRefund",
}  # fmt: skip
LATER = datetime(2026, 6, 2, tzinfo=UTC)
SPAN = {"since": "2026-05-10T00:00:00Z", "until": "2026-06-01T00:00:00Z"}


def body(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fixtures.one("amazon", name).webhook.body)
    return found


def pushed(said: dict[str, Any], **setup: str) -> Webhook:
    return Webhook("amazon", "inbox", {}, json.dumps(said).encode(), setup=setup)


def translated(said: dict[str, Any]) -> Translated:
    return amazon.translate(pushed(said), RECEIVED)


def event(said: dict[str, Any]) -> Event:
    (found,) = translated(said).events
    return found


def delivered(found: Translated, origin: Origin = Origin.PUSH, received: datetime = RECEIVED) -> Delivery:
    return Delivery(found.id, SHOP, found.subject, log.load_events(log.dump_events(found.events)), received, origin)


def folded(*found: Translated) -> state.State:
    (subject,) = {one.subject for one in found if one.subject.startswith("order:")}
    return fold.fold(SHOP, subject, [delivered(one) for one in found])


def fba(told: datetime | None = None, **changes: str) -> Translated:
    return reports.FBA.row({**FBA, **{name.replace("_", "-"): value for name, value in changes.items()}}, told)


def mfn(told: datetime | None = None, **changes: str) -> Translated:
    return reports.MFN.row({**MFN, **{name.replace("_", " "): value for name, value in changes.items()}}, told)


def only(found: Translated, kind: type) -> Any:
    (fact,) = [fact for event in found.events for fact in event.facts if isinstance(fact, kind)]
    return fact
