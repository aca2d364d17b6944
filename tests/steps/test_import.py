"""Importing: into the log once however often it runs, whole after an interruption, and nothing lost without a word."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.effects.files import Reading
from chalicelib.effects.keys import Keys
from chalicelib.effects.rejected import Rejected
from chalicelib.effects.store import Store
from chalicelib.formats import mapped, online_retail, standard
from chalicelib.model.errors import BadPayload
from chalicelib.model.words import Origin
from chalicelib.settings import Settings
from chalicelib.steps.identity import Remembered
from chalicelib.steps.import_ import BATCH, Progress, Summary, import_file, prepare
from tests.aws import stack
from tests.fakes import MemoryStore
from tests.formats import books
from tests.formats.retail import HEADER, SOLD, write

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = "online_retail/giftware"
FORMULAS = ("=1+1", "+1", "-2x", "@sum(a)", "\t=1", "\0=1", "\r=1", "\n=1")


class Hashes:
    """A keyed hash one can read."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def hashed(self, reference: str) -> str:
        self.asked.append(reference)
        return f"hash-of-{reference[-5:]}"


def orders(count: int) -> list[str]:
    """So many orders of one line, a minute apart."""
    return [SOLD.replace("489434", str(100_000 + n)).replace("07:45", f"{n // 60 % 24:02}:{n % 60:02}") for n in range(count)]


def bring(path: Path, store, **given) -> Summary:
    return import_file(path, given.pop("format_", online_retail), SOURCE, store, given.pop("keys", Hashes()), NOW, **given)


def everything(store: MemoryStore) -> list:
    return list(store.scan_events())


def test_a_file_becomes_deliveries_of_one_time_about_hashed_buyers(tmp_path: Path):
    store = MemoryStore()

    summary = bring(write(tmp_path / "h.csv", [SOLD, SOLD, SOLD.replace("489434,", "489435,").replace("13085", "")]), store)

    assert summary == Summary(rows=3, documents=2, new=2, refused=0, skipped={}, rejected=None)
    known, nobody = everything(store)
    assert (known.source, known.subject, known.received, known.origin) == (SOURCE, "order:489434", NOW, Origin.IMPORT)
    assert (known.events[0].buyer, nobody.events[0].buyer) == ("hash-of-13085", None)
    assert "13085" not in repr(known).replace("hash-of-13085", "")


def test_importing_again_adds_nothing(tmp_path: Path):
    store, path = MemoryStore(), write(tmp_path / "h.csv", orders(1000))

    first, again = bring(path, store), bring(path, store)

    assert (first.new, first.known, again.new, again.known) == (1000, 0, 0, 1000)
    assert len(everything(store)) == 1000


def test_every_row_is_accounted_for(tmp_path: Path):
    rows = [SOLD, "", SOLD.replace("12", "x"), "?", f"{SOLD},Year 2009-2010".replace("2009-12-01", "2010-12-01")]
    path = write(tmp_path / "h.csv", [row if row.count(",") in (0, 8) else f"{row}," for row in rows], f"{HEADER},Sheet")

    summary = bring(path, MemoryStore())

    assert summary.as_dict() == {
        "rows": 5,
        "documents": 1,
        "new": 1,
        "known": 0,
        "refused": 2,
        "skipped, empty row": 1,
        "skipped, stands in the other sheet too": 1,
        "rejected": str(tmp_path / "h.csv.rejected.csv"),
    }


def test_refused_rows_are_in_a_file_of_their_own_until_there_are_none(tmp_path: Path):
    path, out = write(tmp_path / "h.csv", [SOLD, SOLD.replace("12", "x"), "?"]), tmp_path / "h.csv.rejected.csv"

    assert bring(path, MemoryStore()).rejected == out
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with out.open(encoding="utf-8", newline="") as file:
        assert sorted(csv.reader(file)) == [
            ["3", "Quantity", "x", "expected a whole number"],
            ["4", "", "?", "has 1 values where the header has 8"],
            ["line", "column", "value", "cause"],
        ]

    write(path, [SOLD])
    assert bring(path, MemoryStore()).rejected is None
    assert not out.exists()


def test_refused_rows_may_go_elsewhere_and_a_place_that_takes_none_is_named(tmp_path: Path):
    path = write(tmp_path / "h.csv", ["?"])

    assert bring(path, MemoryStore(), rejected=tmp_path / "elsewhere.csv").rejected == tmp_path / "elsewhere.csv"
    with pytest.raises(BadPayload, match=r"nowhere.*refused rows cannot be written.*name another place"):
        bring(path, MemoryStore(), rejected=tmp_path / "nowhere" / "r.csv")


def cells(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            yield from row


@pytest.mark.parametrize("value", FORMULAS)
def test_no_cell_of_the_rejected_file_starts_a_formula(tmp_path: Path, value: str):
    path = write(tmp_path / "h.csv", [SOLD, SOLD.replace("489434", f'"{value}"'), f'"{value}"'])

    summary = bring(path, MemoryStore())

    found = list(cells(tmp_path / "h.csv.rejected.csv"))
    assert summary.refused == 2
    assert f"'{value}" in found
    assert not [cell for cell in found if cell.startswith(FORMULAS)]


@given(st.lists(st.tuples(*[st.text(max_size=6) | st.sampled_from(FORMULAS)] * 3), max_size=5))
def test_whatever_is_rejected_can_be_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]):
    path = tmp_path_factory.mktemp("out") / "r.csv"
    with Rejected(path) as out:
        for row in rows:
            out.add(7, *row)

    found = list(csv.reader(path.open(encoding="utf-8", newline="")))[1:] if rows else []
    assert [tuple(cell.removeprefix("'") for cell in row[1:]) for row in found] == [
        tuple(cell.removeprefix("'") for cell in row) for row in rows
    ]
    assert not [cell for row in found for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\0", "\r"))]


def test_an_interrupted_import_is_completed_by_running_it_again(tmp_path: Path):
    path, whole, store = write(tmp_path / "h.csv", orders(3 * BATCH)), MemoryStore(), MemoryStore()
    bring(path, whole)
    left = iter(range(BATCH + 7))

    def stops(verb: str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    store.fault = stops
    with pytest.raises(KeyboardInterrupt):
        bring(path, store)
    before = everything(store)
    store.fault = lambda verb: None
    summary = bring(path, store)

    assert (len(before), summary.new, summary.known) == (BATCH + 7, 2 * BATCH - 7, BATCH + 7)
    assert everything(store) == everything(whole)


def test_progress_is_told_to_the_end(tmp_path: Path):
    told: list[Progress] = []

    bring(write(tmp_path / "h.csv", orders(1000)), MemoryStore(), progress=told.append)

    assert [one.share for one in told] == sorted(one.share for one in told)
    assert told[-1] == Progress(1.0, 1000, 1000)


def test_a_file_that_ends_badly_keeps_what_was_good_and_says_where(tmp_path: Path):
    store, open_quote = MemoryStore(), SOLD.replace("GLASS", '"GLASS' + "x" * 9_000_000)
    long = [row.replace("GLASS", "G" * 900) for row in orders(6000)]
    path = write(tmp_path / "h.csv", [*long, open_quote])

    with pytest.raises(BadPayload, match="never closed"):
        bring(path, store)

    assert len(everything(store)) > 0


@pytest.mark.parametrize("source", ["giftware", "online_retail/", "a/b#order:1", "a/b/c", "Shop/x", ""])
def test_a_source_that_would_not_be_a_key_is_refused(tmp_path: Path, source: str):
    with pytest.raises(BadPayload, match="expected platform/shop"):
        import_file(write(tmp_path / "h.csv", [SOLD]), online_retail, source, MemoryStore(), Hashes(), NOW)


def test_requests_of_privacy_name_their_buyer_by_hash_alone(tmp_path: Path):
    path = tmp_path / "h.jsonl"
    path.write_text(
        '{"id":"1","type":"buyer.redacted","timestamp":"2026-01-02T03:04:05Z","data":{"buyer":{"id":"buyer-00077"}}}\n'
    )
    store = MemoryStore()

    bring(path, store, format_=standard)

    assert everything(store)[0].subject == "buyer:hash-of-00077"
    assert "buyer-00077" not in repr(everything(store))


def test_each_buyer_is_hashed_once_and_the_memory_of_it_is_bounded():
    keys = Hashes()
    remembered = Remembered(keys)

    for n in [*range(12_000), *range(11_000, 12_000)]:
        remembered.hashed(str(n))

    assert len(keys.asked) == 12_000
    assert remembered.hashed.cache_info().currsize == 10_000


RETURNS = mapped.made({
    "kind": "returns",
    "columns": {"编号": "return_id", "订单号": "order_id", "原因": "reason", "申请时间": "requested_at", "邮箱": "buyer_email"},
    "zone": "Asia/Shanghai",
})
BACK = [
    ["编号", "订单号", "原因", "申请时间", "邮箱"],
    ["R1", "7001", "太小", datetime(2026, 3, 5, 14, 3), "sample.buyer@example.com"],
    ["R2", "7002", "奇怪", "2026年3月6日", ""],
    ["R3", "7003", "奇怪", "昨天", ""],
]


def test_a_mapped_workbook_is_imported_once_and_its_rejected_rows_have_excels_numbers(tmp_path: Path):
    store, path = MemoryStore(), books.write(tmp_path / "b.xlsx", [["售后"]], {"退货": [["三月"], *BACK]})
    told: list[Progress] = []

    first, again = (
        bring(path, store, format_=RETURNS, reading=Reading(sheet="退货"), progress=told.append) for _ in range(2)
    )

    assert (first.rows, first.new, first.refused, again.new, again.known) == (3, 2, 1, 0, 2)
    assert first.noted == {"reason label not understood: 奇怪": 1}
    assert first.as_dict()["noted, reason label not understood: 奇怪"] == 1
    assert list(cells(tmp_path / "b.xlsx.rejected.csv"))[4:7] == ["5", "申请时间", "昨天"]
    assert told[-1] == Progress(1.0, 3, 0)
    one = next(delivery for delivery in everything(store) if delivery.subject == "order:7001")
    assert (one.events[0].buyer, one.events[0].time.isoformat()) == ("hash-of-e.com", "2026-03-05T06:03:00+00:00")
    assert "sample" not in repr(everything(store))


def test_a_mapped_file_means_the_same_in_any_encoding_and_kind(tmp_path: Path):
    rows = [[str(cell) for cell in row] for row in BACK]
    text = "\n".join(",".join(row) for row in rows)
    kinds = {"utf-8": text, "gbk": text, "utf-16": text.replace(",", "\t")}
    stores = []
    for coding, content in kinds.items():
        (tmp_path / coding).write_bytes(content.encode(coding))
        stores.append(MemoryStore())
        assert bring(tmp_path / coding, stores[-1], format_=RETURNS).refused == 1
    stores.append(MemoryStore())
    bring(books.write(tmp_path / "b.xlsx", BACK), stores[-1], format_=RETURNS)

    assert all(everything(store) == everything(stores[0]) for store in stores)


def test_remarks_are_told_one_by_one_until_there_are_too_many(tmp_path: Path):
    rows = [f"R{n},{n},label {chr(0x4E00 + n)},2026-03-05," for n in range(40)]

    noted = bring(write(tmp_path / "h.csv", rows, "编号,订单号,原因,申请时间,邮箱"), MemoryStore(), format_=RETURNS).noted

    assert len(noted) == 31 and noted["reason label not understood: others"] == 10


# The true store, in moto


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with stack(monkeypatch) as found:
        yield found


def test_the_prepared_step_writes_the_log_once(settings: Settings, tmp_path: Path):
    path = write(tmp_path / "h.csv", [*orders(250), SOLD])

    first, again = (prepare(settings)(path, "online_retail", SOURCE, NOW) for _ in range(2))

    assert (first.new, again.new, again.known) == (251, 0, 251)
    (delivery,) = Store(settings).events(SOURCE, "order:489434")
    assert (delivery.received, delivery.origin, delivery.events[0].facts[1].sku) == (NOW, Origin.IMPORT, "85048")
    assert delivery.events[0].buyer == Keys(settings).hashed("online_retail:customer:13085")


def test_the_log_is_whole_after_an_interruption(settings: Settings, tmp_path: Path):
    path, store = write(tmp_path / "h.csv", orders(2 * BATCH)), Store(settings)

    class Stopping:
        """The true store, which stops in its second batch."""

        calls = 0

        def add(self, deliveries) -> int:
            self.calls += 1
            if self.calls == 2:
                store.add(deliveries[:130])
                raise ConnectionError
            return store.add(deliveries)

    with pytest.raises(ConnectionError):
        bring(path, Stopping())
    before = {delivery.id: delivery for delivery in store.scan_events()}
    summary = import_file(path, online_retail, SOURCE, store, Hashes(), NOW.replace(hour=13))

    after = {delivery.id: delivery for delivery in store.scan_events()}
    assert (len(before), len(after), summary.new) == (BATCH + 130, 2 * BATCH, BATCH - 130)
    assert all(after[id_] == delivery for id_, delivery in before.items())


def test_a_file_that_cannot_be_opened_says_so(tmp_path: Path):
    path = tmp_path / ("long" * 100 + ".csv")  # a name no file system takes; permissions would not stop an administrator

    with pytest.raises(BadPayload, match="cannot be opened: File name too long"):
        import_file(path, online_retail, SOURCE, MemoryStore(), Hashes(), NOW, rejected=tmp_path / "rejected.csv")
