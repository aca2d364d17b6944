/*
name = "return_reasons"
title = { en = "Return reasons", zh = "退货原因" }
meaning = "Why goods came back: how many returned lines and units have each reason, and what share of all that is."
tables = ["returns"]
formula = """
share = lines with the reason / all returned lines of the same row of dimensions;
lower and upper: Wilson's interval at 95 %.
The reason is the one that counts (returns.reason): a person's correction, else what an inspection found, else what was read in the \
buyer's words together with the platform's code, else the code alone. Returned: lines of returns of kind return, unless the request was \
declined, withdrawn or expired. Returns that a person called special (unfair) are left out."""
maturity = """
A reason is known when the return is asked for, so rows are complete as soon as the words were read (minutes). Reasons found on \
inspection come weeks later and may move a line to another reason."""
pitfalls = [
  "Stated reasons are strategic where the reason decides who pays: compare with reason = stated, and read the column corrected.",
  "A platform's code OTHER and a return without words are both other: read the column without_words before you call it a problem.",
  "Shares of a few lines mean nothing: read lines and the interval. min_lines leaves thin rows out.",
  "One order with many lines weighs as many lines.",
]
dimensions = "One row for each reason (or group of reasons) and each combination of the dimensions asked for in by; a dimension not asked for is null."
glance = [
  "platform", "shop", "month", "country", "sku", "reason", "lines",
  "units", "all_lines", "share", "lower", "upper", "without_words",
]

[dating]

[parameters]
by = { kind = "some", of = ["month", "country", "sku", "platform", "shop"], none = "all", meaning = "Dimensions of a row, separated by commas" }
reason = { kind = "one", of = ["reason", "stated", "inferred", "inspected", "group"], meaning = "Which reason is counted: the one that counts, one of its sources alone, or groups of the one that counts" }
min_lines = { kind = "whole", least = 0, most = 1000000000, unset = "0", meaning = "Leave out dimensions with fewer returned lines in all" }
limit = { kind = "whole", least = 1, most = 1000000, unset = "ALL", meaning = "At most so many rows; unset it is all of them" }

[columns]
month = "YYYY-MM (UTC), or unknown"
country = "Country the goods went to"
sku = "Product code"
platform = "Platform"
shop = "Shop"
reason = "Our label, or the group; unknown where nobody said"
lines = "Returned lines with this reason (n)"
units = "Units of them"
all_lines = "All returned lines of the same dimensions"
share = "lines / all_lines, six decimals"
lower = "Lower bound of share, 95 %"
upper = "Upper bound of share, 95 %"
corrected = "Of the lines, those whose reason a person corrected"
without_words = "Of the lines, those that rest on a code alone or on nothing"
*/
WITH counted AS (
  SELECT
    CASE WHEN :by_month THEN coalesce(date_format(booked_at, '%Y-%m'), 'unknown') END AS month,
    CASE WHEN :by_country THEN country END AS country,
    CASE WHEN :by_sku THEN sku END AS sku,
    CASE WHEN :by_platform THEN platform END AS platform,
    CASE WHEN :by_shop THEN shop END AS shop,
    coalesce(
      CASE :reason WHEN 'stated' THEN reason_stated WHEN 'inferred' THEN reason_inferred WHEN 'inspected' THEN reason_inspected
        WHEN 'group' THEN reason_group ELSE reason END,
      'unknown') AS reason,
    quantity, reason_corrected, reason_source
  FROM returns
  WHERE kind = 'return' AND coalesce(request, 'requested') NOT IN ('declined', 'withdrawn', 'expired') 
    AND NOT coalesce(special, FALSE)
),
summed AS (
  SELECT month, country, sku, platform, shop, reason, count(*) AS lines, sum(quantity) AS units, count(reason_corrected) AS corrected,
    count(CASE WHEN reason_source IN ('code', 'none') THEN 1 END) AS without_words
  FROM counted
  GROUP BY month, country, sku, platform, shop, reason
),
shared AS (
  SELECT summed.*, sum(lines) OVER (PARTITION BY month, country, sku, platform, shop) AS all_lines FROM summed
),
-- Wilson's interval: centre and half width, with z = 1.959964.
measured AS (
  SELECT shared.*, CAST(lines AS DOUBLE) / all_lines AS share, 3.841459 / all_lines AS pull FROM shared
)
SELECT month, country, sku, platform, shop, reason, lines, units, all_lines,
  round(share, 6) AS share,
  round(greatest(0.0, (share + pull / 2 - sqrt(pull * (share * (1 - share) + pull / 4))) / (1 + pull)), 6) AS lower,
  round(least(1.0, (share + pull / 2 + sqrt(pull * (share * (1 - share) + pull / 4))) / (1 + pull)), 6) AS upper,
  corrected, without_words
FROM measured
WHERE all_lines >= :min_lines
ORDER BY month, country, sku, platform, shop, lines DESC, reason
LIMIT :limit
