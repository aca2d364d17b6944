"""A made-up file of the size and form of the real one, for where no history is at hand."""

from __future__ import annotations

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

from chalicelib.formats.online_retail import COLUMNS

COUNTRIES = ("United Kingdom",) * 8 + ("Germany", "France", "EIRE", "Spain", "Netherlands", "Channel Islands")


def write(path: Path, lines: int = 20_000, seed: int = 7) -> Path:
    """Write about so many invoice lines of one month to `path`, always the same for one seed."""
    chance = random.Random(seed)
    products = [
        (f"{20000 + n}{chance.choice(('', '', 'A', 'B'))}", f"PRODUCT {n}", chance.choice((0.85, 1.25, 2.1, 4.95, 12.75)))
        for n in range(900)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(COLUMNS)
        number, written, time = 489_434, 0, datetime(2009, 12, 1, 7, 45)
        while written < lines:
            rows = _invoice(number, time, products, chance)
            sheet.writerows(rows)
            number, written, time = number + 1, written + len(rows), time + timedelta(minutes=chance.randrange(1, 40))
    return path


def _invoice(number: int, time: datetime, products: list[tuple[str, str, float]], chance: random.Random) -> list[list[object]]:
    """A sale of some twenty lines, or every sixth time a small cancellation, seldom a write-off."""
    kind = chance.choices(("sale", "cancel", "write_off"), (78, 18, 4))[0]
    buyer, country = chance.choice(("", *range(12_346, 13_346))), chance.choice(COUNTRIES)
    if kind == "write_off":
        code, name, _ = chance.choice(products)
        return [
            [number, code, chance.choice(("damaged", "lost", name)), -chance.randrange(1, 60), time, 0, "", "United Kingdom"]
        ]
    sign, prefix, count = (1, "", chance.randrange(1, 50)) if kind == "sale" else (-1, "C", chance.randrange(1, 4))
    lines: list[list[object]] = [
        [f"{prefix}{number}", code, name, sign * chance.choice((1, 2, 6, 12, 24)), time, price, buyer, country]
        for code, name, price in chance.sample(products, count)
    ]
    if kind == "sale" and chance.random() < 0.1:
        lines.append([number, "POST", "POSTAGE", 1, time, 18, buyer, country])
    return lines
