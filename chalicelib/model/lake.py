"""The lake's one schema: every table and column, from which Parquet, Glue, docs/lake.md and the merge are made.

Rows are keyed: `key` is unique in a table, and of two rows with one key the higher `version` is the truth. `partition` is
the month the order was placed ("2026-11"), or "unknown" until that is known. No personal data: `buyer` is a keyed hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Type = Literal["string", "bigint", "decimal(18,6)", "timestamp", "boolean"]
PARTITION = "month"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its Athena type and what it means."""

    name: str
    type: Type
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the lake: its name, what one row is, and its columns without the partition."""

    name: str
    meaning: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as a state at `version` gives it."""

    table: str
    partition: str
    key: str
    version: int
    values: dict[str, Any]


_KEYS = (
    Column("key", "string", "Unique in the table: shop, subject and native id"),
    Column("version", "bigint", "Version of the state the row was made from; the highest wins"),
    Column("platform", "string", "Platform, as in platforms/"),
    Column("shop", "string", "Shop, as connected"),
    Column("subject", "string", "Subject in the event log: `./wellkept events SUBJECT` shows the events behind the row"),
)
_ORDER = (
    Column("order_id", "string", "Native order id; null when the platform never named one"),
    Column("placed_at", "timestamp", "When the order was placed (UTC); null until known"),
    Column("country", "string", "Country the goods go to: ISO 3166-1 alpha-2, or the source's word if it names no ISO country"),
    Column("buyer", "string", "Keyed hash of the buyer; null when unknown"),
)

TABLES: tuple[Table, ...] = (
    Table(
        "orders",
        "One order",
        _KEYS
        + _ORDER
        + (
            Column("number", "string", "Number the buyer sees"),
            Column("paid_at", "timestamp", "When it was paid (UTC)"),
            Column("cancelled_at", "timestamp", "When it was cancelled (UTC)"),
            Column("cancel_reason", "string", "The platform's word for why"),
            Column("currency", "string", "ISO 4217"),
            Column("total", "bigint", "Asked of the buyer, minor units"),
            Column("shipping", "bigint", "Of it shipping, minor units"),
            Column("tax", "bigint", "Of it tax, minor units"),
            Column("discount", "bigint", "Taken off, minor units"),
            Column("refunded", "bigint", "Confirmed refunds, minor units"),
            Column("lines", "bigint", "Number of lines"),
            Column("units", "bigint", "Units sold (kind sale)"),
            Column("payment", "string", "The platform's payment status"),
            Column("channel", "string", "Sales channel or source"),
            Column("test", "boolean", "True for a platform's test order"),
            Column("problems", "string", "Invariants the events break, one per line; null when none"),
        ),
    ),
    Table(
        "order_lines",
        "One booked line of an order, or of a stock or ledger document",
        _KEYS
        + _ORDER
        + (
            Column("line_id", "string", "Native line id"),
            Column("booked_at", "timestamp", "When the line was booked (UTC): order time unless the source says otherwise"),
            Column("kind", "string", "sale, service, free, write_off or bad_debt; only sale counts as sold goods"),
            Column("sku", "string", "Seller's product code"),
            Column("title", "string", "Product name as sold"),
            Column("quantity", "bigint", "Units"),
            Column("unit_price", "decimal(18,6)", "Price of one unit, major units of currency"),
            Column("discount", "bigint", "Off the whole line, minor units"),
            Column("value", "decimal(18,6)", "Goods value: quantity x unit_price - discount, major units"),
            Column("currency", "string", "ISO 4217"),
            Column("cancelled_at", "timestamp", "When the order was cancelled (UTC)"),
        ),
    ),
    Table(
        "shipments",
        "One parcel to the buyer",
        _KEYS
        + _ORDER
        + (
            Column("shipment_id", "string", "Native id of the fulfillment, or the tracking number"),
            Column("status", "string", "Latest status, our words"),
            Column("native_status", "string", "Latest status, the platform's word"),
            Column("carrier", "string", "Carrier as named by the platform"),
            Column("service", "string", "Service level"),
            Column("units", "bigint", "Units in the parcel; null when not said"),
            Column("dispatched_at", "timestamp", "UTC"),
            Column("promised_at", "timestamp", "UTC"),
            Column("exception_at", "timestamp", "UTC"),
            Column("delivered_at", "timestamp", "UTC"),
        ),
    ),
    Table(
        "returns",
        "One line of a return (a return that names no lines is one row)",
        _KEYS
        + _ORDER
        + (
            Column("return_id", "string", "Native return id"),
            Column("return_line_id", "string", "Native return line id"),
            Column("line_id", "string", "Native id of the order line; null when not said"),
            Column("booked_at", "timestamp", "When the line was booked back, else when the return was requested (UTC)"),
            Column("kind", "string", "return for goods, else service, free ...; only return counts as goods that came back"),
            Column("sku", "string", "Seller's product code"),
            Column("quantity", "bigint", "Units asked to be returned"),
            Column("received_quantity", "bigint", "Units received back"),
            Column("unit_price", "decimal(18,6)", "Price one unit was sold at, major units"),
            Column("value", "decimal(18,6)", "quantity x price after discount, major units"),
            Column("currency", "string", "ISO 4217"),
            Column("native_reason", "string", "The platform's reason code"),
            Column("reason_stated", "string", "Our label of the platform's code"),
            Column("reason_inferred", "string", "Our label from the buyer's words"),
            Column("reason_inspected", "string", "Our label after inspection"),
            Column("reason_corrected", "string", "A person's correction, our label"),
            Column("reason", "string", "The reason that counts: corrected, else inspected, else words and code, else code"),
            Column("reason_group", "string", "quality, description, logistics, no_reason or other"),
            Column("reason_source", "string", "person, inspection, text, code+text, code, inferred or none"),
            Column("reason_confidence", "decimal(18,6)", "How sure the reading is, 0 to 1; null when nothing was read"),
            Column("reason_tags", "string", "What else was said, by comma: colour, material, service ..."),
            Column("special", "boolean", "True for a return that a person called unfair: it counts in no analysis"),
            Column("disposition", "string", "What was done with the goods"),
            Column("fault", "string", "seller, carrier, platform, buyer, none or unknown"),
            Column("request", "string", "Axis A"),
            Column("goods", "string", "Axis B"),
            Column("money", "string", "Axis C"),
            Column("dispute", "string", "Axis D"),
            Column("native_status", "string", "The platform's own status"),
            Column("requested_at", "timestamp", "UTC"),
            Column("received_at", "timestamp", "UTC"),
            Column("closed_at", "timestamp", "UTC"),
        ),
    ),
    Table(
        "refunds",
        "One refund, with or without a return",
        _KEYS
        + _ORDER
        + (
            Column("refund_id", "string", "Native refund id"),
            Column("return_id", "string", "Native return id; null for a refund without return"),
            Column("issued_at", "timestamp", "UTC"),
            Column("amount", "bigint", "Minor units"),
            Column("currency", "string", "ISO 4217"),
            Column("confirmed", "boolean", "True once the platform says the money went"),
            Column("units", "bigint", "Units refunded; null when not said"),
        ),
    ),
    Table(
        "disputes",
        "One chargeback, claim or inquiry",
        _KEYS
        + _ORDER
        + (
            Column("dispute_id", "string", "Native dispute id"),
            Column("kind", "string", "chargeback, claim, inquiry ... as the platform's module names it"),
            Column("status", "string", "Our words: open, platform_review, won, lost, compensated"),
            Column("native_status", "string", "The platform's own status"),
            Column("native_reason", "string", "The platform's reason code"),
            Column("amount", "bigint", "Minor units"),
            Column("currency", "string", "ISO 4217"),
            Column("opened_at", "timestamp", "UTC"),
            Column("due_at", "timestamp", "Until when the seller must answer (UTC)"),
            Column("answered_at", "timestamp", "UTC"),
            Column("closed_at", "timestamp", "UTC"),
        ),
    ),
    Table(
        "reviews",
        "One review of a product; its words, masked, are in `words`",
        _KEYS
        + _ORDER
        + (
            Column("review_id", "string", "Native review id"),
            Column("rating", "bigint", "1 to 5 stars"),
            Column("sku", "string", "Seller's product code; null when not said"),
            Column("product_id", "string", "Native product id"),
            Column("line_id", "string", "Native id of the order line; null when not said"),
            Column("language", "string", "BCP 47, as the platform says"),
            Column("posted_at", "timestamp", "UTC"),
            Column("answered_at", "timestamp", "When the seller answered (UTC)"),
        ),
    ),
    Table(
        "messages",
        "One message of a talk with a buyer; its words, masked, are in `words`",
        _KEYS
        + _ORDER
        + (
            Column("message_id", "string", "Native message id"),
            Column("thread", "string", "Native id of the talk"),
            Column("sender", "string", "buyer, seller or platform"),
            Column("received_at", "timestamp", "UTC"),
        ),
    ),
    Table(
        "words",
        "What buyers wrote (a return's note, a review, a message), personal things masked, and what was read in it",
        _KEYS
        + _ORDER
        + (
            Column("kind", "string", "return, return_line, review or message"),
            Column("about", "string", "Native id of that return, line, review or message"),
            Column("return_id", "string", "Native return id, where the words are about a return"),
            Column("sku", "string", "Seller's product code; null when not known or when the return has several"),
            Column("title", "string", "The product's title in the order; null as sku is"),
            Column("rating", "bigint", "1 to 5 stars, of a review"),
            Column("said_at", "timestamp", "When it was written (UTC)"),
            Column("language", "string", "Of the words as the platform says, else of the order; ISO 639-1"),
            Column("text", "string", "The words, personal things masked"),
            Column("label", "string", "The reason read in them, our label"),
            Column("confidence", "decimal(18,6)", "How sure that is, 0 to 1"),
            Column("source", "string", "What it rests on: text, code+text or code"),
            Column("conflict", "string", "What the words say where a precise code says something else"),
            Column("secondary", "string", "Further reasons named, by comma"),
            Column("tags", "string", "What else was said, by comma"),
            Column("evidence", "string", "The words that decided, by comma"),
            Column("corrected", "string", "A person's correction of the return's line, our label"),
            Column("model", "string", "Version of the classifier that read it"),
        ),
    ),
)
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
