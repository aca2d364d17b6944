"""What customers wrote, in Shopify's returns as webhooks and the API tell them: their note on each line.

`return_reason_note` is the staff's where they make a return for somebody (a customer's request has no such field), and so are
the notes of refunds and refusals: they are left out. Source: shopify.dev, ReturnRequestLineItemInput, ReturnLineItem.
"""

from __future__ import annotations

from ..model.event import Said
from . import _shopify_nodes as nodes
from ._read import Reader
from ._said import once, part, parts, sure, told


def words(body: Reader) -> tuple[Said, ...]:
    """The notes on the lines of a return; nothing for what is none."""
    if "returnLineItems" in body.value:
        written, listed = sure(body.time, "createdAt"), parts(part(body, "returnLineItems"), "nodes")
        return once(
            one for line in listed
            for one in told("return_line", sure(nodes.number, line), line.value.get("customerNote"), at=written)
        )  # fmt: skip
    written = sure(body.time, "created_at")
    return once(
        one for line in parts(body, "return_line_items")
        for one in told("return_line", sure(line.id, "id"), line.value.get("customer_note"), at=written)
    )  # fmt: skip
