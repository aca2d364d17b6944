"""The queries that are sent to Shopify's Admin GraphQL API.

What a query may cost is counted before it runs: an object is 1, a connection 2 and its object as often as it asks; more
than 1,000 is refused. So an order tells few of its parcels and refunds in full, and of the others their ids: these are read by
themselves. Sources: shopify.dev, Admin GraphQL 2026-07 and its page on rate limits.
"""

from __future__ import annotations

_PAGE = "pageInfo { hasNextPage endCursor }"
_MONEY = "{ shopMoney { amount currencyCode } }"
_PERSON = "id firstName lastName defaultEmailAddress { emailAddress marketingState } defaultPhoneNumber { phoneNumber }"
_ADDRESS = "{ firstName name address1 address2 city zip provinceCode countryCodeV2 }"
_LINE = f"""id sku title variantTitle quantity isGiftCard product {{ id }} variant {{ id }} originalUnitPriceSet {_MONEY}
totalDiscountSet {_MONEY} discountAllocations {{ allocatedAmountSet {_MONEY} }}"""


def _fulfillment(lines: int) -> str:
    return f"""id status displayStatus createdAt updatedAt estimatedDeliveryAt service {{ handle }}
trackingInfo(first: 5) {{ company number }}
fulfillmentLineItems(first: {lines}) {{ nodes {{ quantity lineItem {{ id }} }} {_PAGE} }}"""


def _refund(lines: int) -> str:
    return f"""id createdAt processedAt return {{ id }}
refundLineItems(first: {lines}) {{ nodes {{ quantity restockType lineItem {{ id }} subtotalSet {_MONEY} }} {_PAGE} }}
transactions(first: 5) {{ nodes {{ kind status amountSet {_MONEY} }} }}"""


_RETURN_LINE = """id quantity processedQuantity returnReason returnReasonNote customerNote
... on ReturnLineItem { returnReasonDefinition { handle } fulfillmentLineItem { lineItem { id } } }"""

ORDERS = f"""query Orders($query: String!, $after: String) {{
orders(first: 100, after: $after, query: $query, sortKey: UPDATED_AT) {{ nodes {{ id }} {_PAGE} }} }}"""

ORDER = f"""query Order($id: ID!) {{ order(id: $id) {{
id name createdAt updatedAt cancelledAt closedAt cancelReason currencyCode customerLocale displayFinancialStatus
displayFulfillmentStatus sourceName test email phone totalPriceSet {_MONEY} totalTaxSet {_MONEY} totalDiscountsSet {_MONEY}
totalShippingPriceSet {_MONEY} customer {{ {_PERSON} }} shippingAddress {_ADDRESS} billingAddress {_ADDRESS}
transactions(first: 10) {{ kind status processedAt }}
lineItems(first: 25) {{ nodes {{ {_LINE} }} {_PAGE} }}
fulfillments(first: 4) {{ {_fulfillment(20)} }} allFulfillments: fulfillments(first: 100) {{ id }}
refunds(first: 3) {{ {_refund(10)} }} allRefunds: refunds(first: 50) {{ id }}
returns(first: 50) {{ nodes {{ id }} }} }} }}"""

ORDER_LINES = f"""query OrderLines($id: ID!, $after: String!) {{ order(id: $id) {{
id updatedAt currencyCode lineItems(first: 75, after: $after) {{ nodes {{ {_LINE} }} {_PAGE} }} }} }}"""

FULFILLMENT = f"""query Fulfillment($id: ID!) {{ fulfillment(id: $id) {{ {_fulfillment(200)}
order {{ id shippingAddress {{ countryCodeV2 }} }} }} }}"""

REFUND = f"""query Refund($id: ID!) {{ refund(id: $id) {{ {_refund(200)} order {{ id }} }} }}"""

RETURN = f"""query Return($id: ID!) {{ return(id: $id) {{
id name status createdAt requestApprovedAt closedAt totalQuantity decline {{ reason }}
order {{ id updatedAt customer {{ id }} }}
returnLineItems(first: 50) {{ nodes {{ {_RETURN_LINE} }} {_PAGE} }}
reverseFulfillmentOrders(first: 5) {{ nodes {{
lineItems(first: 25) {{ nodes {{ dispositions {{ type quantity createdAt }} }} }}
reverseDeliveries(first: 5) {{ nodes {{
deliverable {{ ... on ReverseDeliveryShippingDeliverable {{ tracking {{ carrierName number }} }} }} }} }} }} }} }} }}"""

RETURN_LINES = f"""query ReturnLines($id: ID!, $after: String!) {{ return(id: $id) {{
id status createdAt order {{ id updatedAt }} returnLineItems(first: 200, after: $after) {{ nodes {{ {_RETURN_LINE} }} {_PAGE} }}
}} }}"""
