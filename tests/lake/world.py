"""A small world for the lake: subjects whose states change, the news of it, and what the lake then has to hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from pyarrow import BufferReader, parquet

from chalicelib.model import lake
from chalicelib.model.lake import Row
from chalicelib.rules import merged
from chalicelib.rules.landed import News, Place

Truth = dict[tuple[str, str, str], tuple[int, str]]  # table, partition, key -> version, content


@dataclass(frozen=True)
class Record:
    """One change of a state, as the stream tells it."""

    pk: str
    old: tuple[Row, ...]
    new: tuple[Row, ...]
    version: int


def row(pk: str, table: str, partition: str, number: int, version: int) -> Row:
    """A row of `pk` with a content of its own for each version."""
    source, _, subject = pk.partition("#")
    platform, _, shop = source.partition("/")
    values = {"platform": platform, "shop": shop, "subject": subject, "currency": f"content {number} of {version}"}
    return Row(table, partition, f"{pk}#{number}", version, values)


def truth(rows: list[Row]) -> Truth:
    """What a lake of exactly these rows holds."""
    return {(r.table, r.partition, r.key): (r.version, str((r.values or {})["currency"])) for r in rows}


@lru_cache(maxsize=512)
def contents(body: bytes) -> tuple[tuple[tuple[str, int, str, str], ...], tuple[tuple[str, int], ...]]:
    """(key, version, content, pk) of each row of an object in order, and its floors."""
    found = parquet.ParquetFile(BufferReader(body))
    rows = found.read().to_pylist()
    keys = tuple((r["key"], r["version"], r["currency"], f"{r['platform']}/{r['shop']}#{r['subject']}") for r in rows)
    return keys, tuple((pk, version) for pk, (version, _) in merged._remembered(found).items())


def place_of(key: str) -> Place:
    """The table and partition of an object of the lake."""
    _, table, partition, _ = key.split("/")
    return table, partition.removeprefix(f"{lake.PARTITION}=")


@dataclass
class Model:
    """The obvious lake: a dictionary by key of the highest version, and the highest floor of each subject."""

    rows: dict[tuple[str, str, str], tuple[int, str, str]] = field(default_factory=dict)
    floors: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def take(self, news: News, rows: tuple[Row, ...]) -> None:
        for one in rows:
            at, pk = (one.table, one.partition, one.key), one.key.rpartition("#")[0]
            self.rows[at] = max(self.rows.get(at, (0, "", "")), (one.version, str((one.values or {})["currency"]), pk))
        for floor in news.floors:
            at = floor.table, floor.partition, floor.pk
            self.floors[at] = max(self.floors.get(at, 0), floor.version)

    def visible(self) -> Truth:
        return {
            at: (version, content)
            for at, (version, content, pk) in self.rows.items()
            if version >= self.floors.get((at[0], at[1], pk), 0)
        }
