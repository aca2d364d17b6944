/*
name = "return_rate"
title = { en = "Return rate", zh = "退货率" }
meaning = "How much of what was sold came back: by quantity, by goods value and by orders."
tables = ["orders", "order_lines", "returns", "shipments"]
formula = """
rate_by_quantity = units_returned / units_sold;
rate_by_value = value_returned / value_sold, per currency;
rate_by_orders = return_documents / orders (event) or orders_returned / orders (cohort).
Sold: order lines of kind sale, unless their order is a platform's test order or was cancelled before a parcel left (where no parcels are reported, every cancelled order is left out).
Returned: lines of returns of kind return, unless the request was declined, withdrawn or expired, the goods were never sent back \
(goods expired), a person called the return special (unfair), or the order is one of those left out above. Units and value are those asked to be returned."""
maturity = """
Returns come in for weeks after a purchase, so a young cohort's rate is still rising. A cohort row carries age_days, the days from \
its last purchase to as_of, and mature, true from mature_days on. The lower and upper bound (Wilson, 95 %) say how far chance alone \
reaches, not how far a young rate will still rise. Judge nothing on a row that is not mature. Event rows have no maturity."""
pitfalls = [
  "Three dating conventions are in use and give different months for the same return. Say which one you read: event rows use the day the return was booked (requested, if nothing says later), cohort rows the day the order was placed. The day the money went is another metric's.",
  "By event, returns of an older, larger month meet the sales of a smaller one: the rate jumps after a peak and where sales stop, and can exceed 1.",
  "One bulk return or one mistyped order can carry a whole row by quantity. Read quantity, value and orders together, and look at reversals = excluded.",
  "A reversal is a return of exactly as many units of a product as the same buyer bought within the 24 hours before, at one moment: an order undone, not a parcel that came back. Excluded, it is taken off the returns and off the sales of the purchase it undoes.",
  "A return whose order the platform never named is matched, in cohort rows, to the same buyer's latest purchase of the same product (code in capitals, without blanks around it) in the same shop at or before it. What cannot be matched is in no rate: unmatched_units counts it, in month unknown, and unmatched_share is its share of all returned units of the whole answer.",
  "The rate by orders of an event row sets documents against orders: one order may have several return documents.",
  "Currencies are never added. There is a row for each currency; where a return names another currency than its order it stands in that currency's row.",
  "Goods a buyer was allowed to keep count as returned; an exchange counts as a return.",
]
dimensions = "One row for each combination of the dimensions asked for in by, and for each currency; a dimension not asked for is null. An order with lines in several rows counts as an order in each."
glance = [
  "platform", "shop", "month", "country", "sku", "currency", "orders", "units_sold", "units_returned",
  "rate_by_quantity", "rate_by_value", "rate_by_orders", "orders_low", "orders_high", "unmatched_share", "age_days", "mature",
]

[dating]
event = "Sales in the month they were booked, returns in the month they were booked."
cohort = "Returns count against the month their order was placed, and against that order."

[parameters]
by = { kind = "some", of = ["month", "country", "sku", "platform", "shop"], none = "all", meaning = "Dimensions of a row, separated by commas; all is one row for each currency" }
dating = { kind = "one", of = ["event", "cohort"], meaning = "Which period a return counts in" }
buyers = { kind = "one", of = ["all", "known"], meaning = "known leaves out sales and returns whose buyer the platform did not say, who can neither be matched nor recognised" }
reversals = { kind = "one", of = ["included", "excluded"], meaning = "Whether purchases undone within 24 hours count, as sales and as returns" }
as_of = { kind = "date", unset = "current_date", meaning = "The day ages are counted to (YYYY-MM-DD); unset it is the day the query runs, so name it where answers are kept. It leaves nothing out" }
mature_days = { kind = "whole", least = 0, most = 3650, unset = "90", meaning = "Age in days from which a cohort row is mature" }
min_units = { kind = "whole", least = 0, most = 1000000000, unset = "0", meaning = "Leave out rows with fewer units sold; 0 leaves out none" }
min_orders = { kind = "whole", least = 0, most = 1000000000, unset = "0", meaning = "Leave out rows with fewer orders; 0 leaves out none" }
order = { kind = "one", of = ["dimensions", "rate_by_quantity", "rate_by_value", "rate_by_orders", "units_sold", "value_sold", "units_returned", "value_returned"], meaning = "Sort by the dimensions upwards, or by a figure downwards (then units_returned, then the dimensions)" }
limit = { kind = "whole", least = 1, most = 1000000, unset = "ALL", meaning = "At most so many rows; unset it is all of them" }

[columns]
month = "YYYY-MM (UTC), or unknown"
country = "Country the goods went to"
sku = "Product code, in capitals"
platform = "Platform"
shop = "Shop"
currency = "ISO 4217, of value_sold and value_returned"
orders = "Orders with a sold line"
sale_lines = "Sold lines"
units_sold = "Units sold"
value_sold = "Goods value sold, after discounts, major units"
return_documents = "Returns; null in cohort rows"
orders_returned = "Of the orders, those with a return; null in event rows"
return_lines = "Returned lines"
units_returned = "Units returned"
value_returned = "Goods value returned, major units"
rate_by_quantity = "Six decimals; null where nothing was sold"
rate_by_value = "Six decimals; null where nothing was sold"
rate_by_orders = "Six decimals; null where nothing was sold"
orders_low = "Lower bound of rate_by_orders, 95 %; null in event rows"
orders_high = "Upper bound of rate_by_orders, 95 %; null in event rows"
unmatched_lines = "Returned lines no purchase was found for; null in event rows"
unmatched_units = "Their units; null in event rows"
unmatched_share = "Unmatched units in the whole answer, of all its returned units; null in event rows"
last_purchase = "Time of the latest purchase in the row; null in event rows"
age_days = "Days from last_purchase to as_of; null in event rows"
mature = "Whether age_days has reached mature_days; null in event rows"
*/
WITH
test_orders AS (
    SELECT DISTINCT platform, shop, order_id FROM orders WHERE test
),
dispatched AS (
    SELECT platform, shop, order_id, min(dispatched_at) AS dispatched_at
    FROM shipments
    WHERE order_id IS NOT NULL
    GROUP BY platform, shop, order_id
),
sold AS (
    SELECT
        l.platform, l.shop,
        concat(l.platform, '/', l.shop, '#', l.order_id) AS order_key,
        coalesce(l.placed_at, l.booked_at) AS placed_at,
        coalesce(l.booked_at, l.placed_at) AS bought_at,
        l.country,
        coalesce(l.buyer, concat(l.platform, '/', l.shop, '#', l.order_id)) AS who,
        upper(trim(l.sku)) AS sku,
        l.currency, l.quantity AS units, l.value
    FROM order_lines l
    LEFT JOIN test_orders t ON t.platform = l.platform AND t.shop = l.shop AND t.order_id = l.order_id
    LEFT JOIN dispatched d
        ON l.cancelled_at IS NOT NULL AND d.platform = l.platform AND d.shop = l.shop AND d.order_id = l.order_id
    WHERE l.kind = 'sale'
        AND t.order_id IS NULL
        AND (l.cancelled_at IS NULL OR d.dispatched_at <= l.cancelled_at)
        AND (:buyers = 'all' OR l.buyer IS NOT NULL)
),
came_back AS (
    SELECT
        r.key, r.platform, r.shop,
        concat('return ', r.platform, '/', r.shop, '#', coalesce(r.return_id, r.key)) AS document,
        -- An order nothing is known about yet is no purchase, such a return is matched like one without an order.
        CASE WHEN coalesce(o.placed_at, r.placed_at) IS NOT NULL THEN concat(r.platform, '/', r.shop, '#', r.order_id) END AS order_key,
        coalesce(o.placed_at, r.placed_at) AS placed_at,
        r.booked_at AS returned_at,
        coalesce(r.country, o.country) AS country,
        coalesce(o.country, r.country) AS order_country,
        coalesce(r.buyer, o.buyer, concat(r.platform, '/', r.shop, '#', r.order_id)) AS who,
        upper(trim(r.sku)) AS sku,
        coalesce(r.currency, o.currency) AS currency,
        r.quantity AS units, r.value
    FROM returns r
    LEFT JOIN orders o ON o.platform = r.platform AND o.shop = r.shop AND o.order_id = r.order_id
    LEFT JOIN dispatched d
        ON o.cancelled_at IS NOT NULL AND d.platform = o.platform AND d.shop = o.shop AND d.order_id = o.order_id
    WHERE r.kind = 'return'
        AND coalesce(r.request, 'requested') NOT IN ('declined', 'withdrawn', 'expired')
        AND coalesce(r.goods, 'awaiting') <> 'expired'
        AND NOT coalesce(o.test, FALSE)
        AND NOT coalesce(r.special, FALSE)
        AND (o.cancelled_at IS NULL OR d.dispatched_at <= o.cancelled_at)
        AND (:buyers = 'all' OR coalesce(r.buyer, o.buyer) IS NOT NULL)
),
-- All purchases of one product by one buyer at one moment, as one.
purchases AS (
    SELECT
        platform, shop, who, sku, bought_at,
        min(order_key) AS order_key, min(placed_at) AS placed_at, min(country) AS country, min(currency) AS currency,
        sum(units) AS units, count(*) AS lines
    FROM sold
    GROUP BY platform, shop, who, sku, bought_at
),
-- Of each return line, the latest purchase at or before it, and the purchase it undoes.
traced AS (
    SELECT
        c.key,
        max(p.bought_at) AS latest_at,
        max(CASE WHEN p.units = c.units AND p.bought_at >= c.returned_at - INTERVAL '24' HOUR THEN p.bought_at END) AS undone_at
    FROM came_back c
    JOIN purchases p
        ON p.platform = c.platform AND p.shop = c.shop AND p.who = c.who AND p.sku = c.sku AND p.bought_at <= c.returned_at
        AND (c.order_key IS NULL OR p.order_key = c.order_key)
    WHERE :dating = 'cohort' OR :reversals = 'excluded'
    GROUP BY c.key
),
undone AS (
    SELECT c.key, p.order_key, p.placed_at, p.bought_at, p.country, p.sku, p.platform, p.shop, p.currency, p.lines, c.units, c.value
    FROM came_back c
    JOIN traced t ON t.key = c.key
    JOIN purchases p
        ON p.platform = c.platform AND p.shop = c.shop AND p.who = c.who AND p.sku = c.sku AND p.bought_at = t.undone_at
    WHERE :reversals = 'excluded'
),
matched AS (
    SELECT
        c.document,
        coalesce(c.order_key, p.order_key) AS order_key,
        coalesce(c.placed_at, p.placed_at) AS placed_at,
        c.returned_at, c.country,
        coalesce(CASE WHEN c.order_key IS NOT NULL THEN c.order_country END, p.country, c.country) AS order_country,
        c.sku, c.platform, c.shop, coalesce(c.currency, p.currency) AS currency, c.units, c.value
    FROM came_back c
    LEFT JOIN traced t ON t.key = c.key
    LEFT JOIN purchases p
        ON p.platform = c.platform AND p.shop = c.shop AND p.who = c.who AND p.sku = c.sku AND p.bought_at = t.latest_at
    LEFT JOIN undone u ON u.key = c.key
    WHERE u.key IS NULL
),
-- Everything that counts, one row a line: sales, sales taken off again, returns.
moves AS (
    SELECT
        CASE WHEN :dating = 'cohort' THEN placed_at ELSE bought_at END AS moment, order_key AS document,
        country, sku, platform, shop, currency, bought_at AS purchase_at,
        1 AS sale_lines, units AS units_sold, value AS value_sold,
        0 AS return_lines, 0 AS units_returned, CAST(0 AS decimal(18, 6)) AS value_returned,
        0 AS unmatched_lines, 0 AS unmatched_units
    FROM sold
    UNION ALL
    SELECT
        CASE WHEN :dating = 'cohort' THEN placed_at ELSE bought_at END, order_key,
        country, sku, platform, shop, currency, NULL, -lines, -units, -value, 0, 0, 0, 0, 0
    FROM undone
    UNION ALL
    SELECT returned_at, document, country, sku, platform, shop, currency, NULL, 0, 0, 0, 1, units, value, 0, 0
    FROM matched
    WHERE :dating = 'event'
    UNION ALL
    SELECT placed_at, order_key, order_country, sku, platform, shop, currency, NULL, 0, 0, 0, 1, units, value, 0, 0
    FROM matched
    WHERE :dating = 'cohort' AND order_key IS NOT NULL
    UNION ALL
    SELECT NULL, NULL, country, sku, platform, shop, currency, NULL, 0, 0, 0, 0, 0, 0, 1, units
    FROM matched
    WHERE :dating = 'cohort' AND order_key IS NULL
),
asked AS (
    SELECT
        CASE WHEN :by_month THEN coalesce(date_format(moment, '%Y-%m'), 'unknown') END AS month,
        CASE WHEN :by_country THEN country END AS country,
        CASE WHEN :by_sku THEN sku END AS sku,
        CASE WHEN :by_platform THEN platform END AS platform,
        CASE WHEN :by_shop THEN shop END AS shop,
        currency, document, purchase_at,
        sale_lines, units_sold, value_sold, return_lines, units_returned, value_returned, unmatched_lines, unmatched_units
    FROM moves
),
documents AS (
    SELECT
        month, country, sku, platform, shop, currency, document,
        max(purchase_at) AS last_purchase,
        sum(sale_lines) AS sale_lines, sum(units_sold) AS units_sold, sum(value_sold) AS value_sold,
        sum(return_lines) AS return_lines, sum(units_returned) AS units_returned, sum(value_returned) AS value_returned,
        sum(unmatched_lines) AS unmatched_lines, sum(unmatched_units) AS unmatched_units
    FROM asked
    GROUP BY month, country, sku, platform, shop, currency, document
),
totals AS (
    SELECT
        month, country, sku, platform, shop, currency,
        count_if(sale_lines > 0) AS orders,
        count_if(return_lines > 0) AS documents,
        count_if(sale_lines > 0 AND return_lines > 0) AS orders_returned,
        max(last_purchase) AS last_purchase,
        CAST(sum(sale_lines) AS bigint) AS sale_lines,
        CAST(coalesce(sum(units_sold), 0) AS bigint) AS units_sold,
        coalesce(sum(value_sold), 0) AS value_sold,
        CAST(sum(return_lines) AS bigint) AS return_lines,
        CAST(coalesce(sum(units_returned), 0) AS bigint) AS units_returned,
        coalesce(sum(value_returned), 0) AS value_returned,
        CAST(sum(unmatched_lines) AS bigint) AS unmatched_lines,
        CAST(coalesce(sum(unmatched_units), 0) AS bigint) AS unmatched_units
    FROM documents
    GROUP BY month, country, sku, platform, shop, currency
),
rates AS (
    SELECT
        *,
        CAST(units_returned AS double) / nullif(CAST(units_sold AS double), 0) AS by_quantity,
        CAST(value_returned AS double) / nullif(CAST(value_sold AS double), 0) AS by_value,
        CAST(CASE WHEN :dating = 'cohort' THEN orders_returned ELSE documents END AS double)
            / nullif(CAST(orders AS double), 0) AS by_orders,
        nullif(CAST(orders AS double), 0) AS n,
        CAST(sum(unmatched_units) OVER () AS double)
            / nullif(CAST(sum(unmatched_units + units_returned) OVER () AS double), 0) AS unmatched_share
    FROM totals
),
-- Wilson's score interval, z = 1.959964, written with z^2, z^2 / 2 and z^2 / 4. Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.
bounds AS (
    SELECT
        *,
        (by_orders + 1.920729440648e0 / n) / (1 + 3.841458881296e0 / n) AS centre,
        1.959964e0 * sqrt(by_orders * (1 - by_orders) / n + 0.960364720324e0 / (n * n)) / (1 + 3.841458881296e0 / n) AS reach
    FROM rates
)
SELECT
    month, country, sku, platform, shop, currency,
    orders, sale_lines, units_sold, value_sold,
    CASE WHEN :dating = 'event' THEN documents END AS return_documents,
    CASE WHEN :dating = 'cohort' THEN orders_returned END AS orders_returned,
    return_lines, units_returned, value_returned,
    round(by_quantity, 6) AS rate_by_quantity,
    round(by_value, 6) AS rate_by_value,
    round(by_orders, 6) AS rate_by_orders,
    CASE WHEN :dating = 'cohort' THEN abs(round(centre - reach, 6)) END AS orders_low,
    CASE WHEN :dating = 'cohort' THEN round(centre + reach, 6) END AS orders_high,
    CASE WHEN :dating = 'cohort' THEN unmatched_lines END AS unmatched_lines,
    CASE WHEN :dating = 'cohort' THEN unmatched_units END AS unmatched_units,
    CASE WHEN :dating = 'cohort' THEN round(unmatched_share, 6) END AS unmatched_share,
    CASE WHEN :dating = 'cohort' THEN last_purchase END AS last_purchase,
    CASE WHEN :dating = 'cohort' THEN date_diff('day', CAST(last_purchase AS date), :as_of) END AS age_days,
    CASE WHEN :dating = 'cohort' THEN date_diff('day', CAST(last_purchase AS date), :as_of) >= :mature_days END AS mature
FROM bounds
WHERE (:min_units = 0 OR units_sold >= :min_units)
    AND (:min_orders = 0 OR orders >= :min_orders)
ORDER BY
    CASE :order
        WHEN 'rate_by_quantity' THEN round(by_quantity, 6)
        WHEN 'rate_by_value' THEN round(by_value, 6)
        WHEN 'rate_by_orders' THEN round(by_orders, 6)
        WHEN 'units_sold' THEN CAST(units_sold AS double)
        WHEN 'value_sold' THEN CAST(value_sold AS double)
        WHEN 'units_returned' THEN CAST(units_returned AS double)
        WHEN 'value_returned' THEN CAST(value_returned AS double)
    END DESC NULLS LAST,
    CASE WHEN :order <> 'dimensions' THEN units_returned END DESC NULLS LAST,
    month NULLS LAST, country NULLS LAST, sku NULLS LAST, platform NULLS LAST, shop NULLS LAST, currency NULLS LAST
LIMIT :limit
