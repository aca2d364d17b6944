"""Keywords: what buyers say of a product when something is wrong, out of the lake's masked words or out of a file.

Complaints are what was written with a return, reviews of one to three stars and messages; everything else that buyers wrote of
the shop is the background they are set against. Returns that a person called special are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..effects.athena import Athena
from ..effects.embedding import embedder
from ..metrics import dialect
from ..model.errors import BadPayload
from ..rules.keywords.ranking import table
from ..rules.keywords.values import Keyword, Text
from ..settings import Settings

LOW = 3  # stars up to which a review is a complaint
_SQL = """SELECT w.key AS id, w.text, w.language, w.kind, w.rating, w.sku, w.label, w.corrected,
    concat(w.platform, '/', w.shop) AS shop
FROM words w
LEFT JOIN (SELECT DISTINCT platform, shop, return_id FROM returns WHERE special) s
    ON s.platform = w.platform AND s.shop = w.shop AND s.return_id = w.return_id
WHERE w.text IS NOT NULL AND s.return_id IS NULL
ORDER BY w.key LIMIT {most}"""
MOST = 100_000  # texts that are looked at


def of_lake(settings: Settings, sku: str | None, most: int) -> list[Keyword]:
    """The keywords of a product, or of all of them, from the lake."""
    rows = Athena(settings, dialect.local).ask(_SQL.format(most=MOST))
    return found((_text(row) for row in rows), sku, None, most)


def of_lines(lines: Iterable[str], sku: str | None, category: str | None, most: int) -> list[Keyword]:
    """The keywords of a JSON Lines file: {id, text, lang?, kind?, rating?, sku?, category?, shop?, label?} a line.

    BadPayload names the line that cannot be understood.
    """
    return found(list(_lines(lines)), sku, category, most)


def found(texts: Iterable[Text], sku: str | None, category: str | None, most: int) -> list[Keyword]:
    """The keywords of some texts; phrases of several languages are joined by meaning where the encoder can be loaded."""
    # The encoder as it was before tuning: tuned, it tells reasons apart and no longer meanings.
    return table(list(texts), sku=sku, category=category, embed=embedder(tuned=False), most=most)


def _lines(lines: Iterable[str]) -> Iterator[Text]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                told = json.loads(line)
                yield _text({**told, "language": told.get("lang"), "id": told.get("id", number)})
            except (ValueError, AttributeError, TypeError, KeyError) as err:
                raise BadPayload(f"expected an object with id and text: {err}", f"line {number}") from None


def _text(row: Mapping[str, Any]) -> Text:
    """A row of the lake or of a file. A review without stars is none of either side's: it counts as ordinary."""
    kind, rating = row.get("kind") or "review", row.get("rating")
    rating = int(rating) if rating is not None else None
    complaint = rating is not None and rating <= LOW if kind == "review" else True
    return Text(
        str(row["id"]), str(row["text"]), row.get("language"), "return" if kind.startswith("return") else kind, rating,
        row.get("sku"), row.get("category"), row.get("shop"), row.get("corrected") or row.get("label"), complaint,
    )  # fmt: skip
