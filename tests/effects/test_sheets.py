"""Workbooks: the right sheet, rows under Excel's own numbers, cells as they were meant; and words for what is none."""

from __future__ import annotations

import random
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from chalicelib.effects import files, sheets
from chalicelib.effects.files import Reading
from chalicelib.formats import online_retail
from chalicelib.model.errors import BadPayload
from tests.formats import books
from tests.formats.retail import HEADER, SOLD, each_row_once, outcome

XLS = Path(__file__).parents[1] / "formats" / "orders.xls"
AT = datetime(2026, 3, 5, 14, 3)
ROWS = [
    ["id", "quantity", "at", "price", "gift"],
    ["A-1", 2, AT, 1.234, True],
    [None, None, None, None],
    ["A-2", 3, AT, 5, False],
]


def read(path: Path, *columns: str, sheet: str | None = None) -> tuple[list[int], dict[str, list]]:
    batches = list(files.read(path, columns, reading=Reading(sheet=sheet)))
    values = {name: [value for batch in batches for value in batch.columns[name].to_pylist()] for name in columns}
    return [line for batch in batches for line in batch.lines], values


def problem(path: Path, *columns: str, sheet: str | None = None) -> str:
    with pytest.raises(BadPayload) as caught:
        read(path, *(columns or ("id", "quantity")), sheet=sheet)
    return str(caught.value)


def test_numbers_are_numbers_times_iso_text_and_rows_have_excels_numbers(tmp_path: Path):
    lines, found = read(books.write(tmp_path / "b.xlsx", ROWS), "id", "quantity", "at", "price", "gift")

    assert lines == [2, 3, 4]
    assert found == {
        "id": ["A-1", None, "A-2"],
        "quantity": [2, None, 3],
        "at": ["2026-03-05T14:03:00", None, "2026-03-05T14:03:00"],
        "price": [1.234, None, 5.0],
        "gift": ["TRUE", None, "FALSE"],
    }


def test_a_number_among_texts_cannot_be_taken_for_another(tmp_path: Path):
    rows = [["id", "price"], [1, "1.234,50"], ["x", 1.234], [2.5, 12]]

    assert read(books.write(tmp_path / "b.xlsx", rows), "id", "price")[1] == {
        "id": ["1", "x", "2.5000"],
        "price": ["1.234,50", "1.2340", "12"],
    }


def test_titles_and_empty_rows_may_stand_above_the_header(tmp_path: Path):
    path = books.write(tmp_path / "b.xlsx", [["Orders of March"], [None], *ROWS])

    assert files.names(path) == ("id", "quantity", "at", "price", "gift")
    assert read(path, "id")[0] == [4, 5, 6]


def test_the_first_sheet_unless_another_is_named(tmp_path: Path):
    path = books.write(tmp_path / "b.xlsx", ROWS, {"退货": [["id", "reason"], ["R-1", "太小"]], "empty": []})

    assert read(path, "id", sheet="退货")[1] == {"id": ["R-1"]}
    assert files.names(path, Reading(sheet="退货")) == ("id", "reason")
    assert "no sheet 'x'; there are: 'Orders', '退货', 'empty'" in problem(path, sheet="x")
    assert "is empty; name another with --sheet" in problem(path, sheet="empty")


def test_old_excel_files_are_read_as_well():
    assert files.names(XLS) == ("订单号", "Qty", "Date", "Price")
    assert read(XLS, "订单号", "Qty", "Date", "Price") == (
        [3],
        {"订单号": ["A-1"], "Qty": [2], "Date": ["2026-03-05T14:03:00"], "Price": [1.234]},
    )


def test_the_kind_is_told_by_the_content_and_not_by_the_name(tmp_path: Path):
    (tmp_path / "old.xlsx").write_bytes(XLS.read_bytes())
    (tmp_path / "new.xls").write_bytes(books.write(tmp_path / "b.xlsx", ROWS).read_bytes())

    assert files.names(tmp_path / "old.xlsx")[0] == "订单号"
    assert files.names(tmp_path / "new.xls")[0] == "id"


def test_a_known_format_is_read_from_a_workbook(tmp_path: Path):
    row = SOLD.split(",")
    bad = [*row[:3], "x", *row[4:]]

    found = outcome(books.write(tmp_path / "b.xlsx", [HEADER.split(","), row, bad, row]))

    assert found.causes() == [(3, "Quantity", "x")]
    assert found.taken == 2 and each_row_once(found)


def test_batches_are_bounded_and_reach_the_files_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sheets, "ROWS", 100)
    path = books.write(tmp_path / "b.xlsx", [["id", "n"], *([f"A-{n}", n] for n in range(950))])

    found = list(files.read(path, ("id", "n")))

    assert [len(batch.lines) for batch in found] == [100] * 9 + [50]
    assert [batch.done for batch in found] == sorted(batch.done for batch in found)
    assert found[-1].done == path.stat().st_size


def test_what_is_no_workbook_or_too_large_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("readme.txt", "not a workbook")
    assert "unpack it, or save its sheet as CSV" in problem(path)

    path.write_bytes(b"PK\x03\x04" + b"\0" * 100)
    assert "save its sheet as CSV" in problem(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    assert "save its sheet as CSV" in problem(path)

    assert "no row with two cells" in problem(books.write(path, [["only"], ["one"]]))
    assert "lacks the columns quantity" in problem(books.write(path, [["id", "q"], ["a", 1]]))
    assert "no rows below" in problem(books.write(path, [["id", "quantity"]]))

    monkeypatch.setattr(sheets, "UNPACKED", 1000)
    assert "unpacks to more than" in problem(books.write(path, ROWS * 100))


def test_any_damage_is_read_or_refused(tmp_path: Path):
    whole = books.write(tmp_path / "whole.xlsx", ROWS * 5).read_bytes()
    chance, path, outcomes = random.Random(9), tmp_path / "b.xlsx", set()
    for _ in range(300):
        damaged = bytearray(whole[: chance.choice((len(whole), chance.randrange(8, len(whole))))])
        for _ in range(chance.randint(0, 4)):
            damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
        path.write_bytes(bytes(damaged))
        try:
            read(path, "id", "quantity")
            outcomes.add("read")
        except BadPayload as err:
            outcomes.add("refused" if "b.xlsx" in str(err) else str(err))

    assert outcomes == {"read", "refused"}


def test_a_workbook_is_no_json_lines(tmp_path: Path):
    with pytest.raises(BadPayload, match="is a workbook; this format wants JSON lines"):
        list(files.read(books.write(tmp_path / "b.xlsx", ROWS), ()))
    assert online_retail.COLUMNS
