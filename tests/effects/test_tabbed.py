"""Tab-separated reports: every row meets one fate, whatever stands in it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.effects import tabbed
from chalicelib.effects.delimited import Unread
from chalicelib.effects.files import Reading
from chalicelib.formats._contract import FOREIGN
from chalicelib.model.errors import BadPayload

Row = tuple[int, tuple[str, ...]]


def read(path: Path, columns: tuple[str, ...] = ("a", "c"), block: int = 4096, **how: str) -> tuple[list[Row], list[Unread]]:
    """The rows by number, and those that could not be split."""
    rows: list[Row] = []
    unread: list[Unread] = []
    for batch in tabbed.read(path, columns, (), block, Reading(**how)):
        values = [[value.decode() for value in batch.columns[name].to_pylist()] for name in columns if name in batch.columns]
        rows += zip(batch.lines, zip(*values, strict=True), strict=True) if values else []
        unread += batch.unread
    return rows, unread


def of(tmp_path: Path, text: str | bytes, block: int = 4096, **how: str) -> tuple[list[Row], list[Unread]]:
    path = tmp_path / "report.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path, block=block, **how)


def test_quotes_are_text(tmp_path: Path):
    rows, unread = of(tmp_path, 'a\tb\tc\n1\t"open\t"x\n2\tb"b\t""\n3\t"whole"\t\'\n')
    assert rows == [(2, ("1", '"x')), (3, ("2", '""')), (4, ("3", "'"))] and not unread


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_may_stop_short_and_line_ends_may_be_either(tmp_path: Path, end: str):
    lines = ["a\tb\tc\td", "1\t2\t3", "4", "5\t6\t7\t8", "9\t\t \t", "10\t\t\t\t\t ", "", "12\t", ""]
    rows, unread = of(tmp_path, end.join(lines))
    assert [values for _, values in rows] == [("1", "3"), ("4", ""), ("5", "7"), ("9", " "), ("10", ""), ("", ""), ("12", "")]
    assert [number for number, _ in rows] == list(range(2, 9)) and not unread


def test_rows_with_more_cells_than_the_header_are_told_apart(tmp_path: Path):
    rows, unread = of(tmp_path, "a\tb\tc\n1\t2\t3\n1\t2\t3\t4\n5\t6\t7\n")
    assert rows == [(2, ("1", "3")), (4, ("5", "7"))]
    assert unread == [Unread(3, "1\t2\t3\t4", "has 4 values where the header has 3")]


def test_a_row_that_was_cut_off_is_not_taken_for_a_short_one(tmp_path: Path):
    rows, unread = of(tmp_path, "a\tb\tc\n1\t2\t3\n4\t5")
    assert rows == [(2, ("1", "3"))] and [one.line for one in unread] == [3] and "cut off" in unread[0].cause
    rows, unread = of(tmp_path, "a\tb\tc\n1\t2\t3\n4\t5\t6")
    assert rows == [(2, ("1", "3")), (3, ("4", "6"))] and not unread


@pytest.mark.parametrize("coding, how", [
    ("utf-8", {}), ("utf-8-sig", {}), ("utf-16", {}), ("cp1252", {"encoding": "cp1252"}), ("cp932", {"encoding": "shift_jis"}),
])  # fmt: skip
def test_other_encodings_are_turned_into_utf_8(tmp_path: Path, coding: str, how: dict[str, str]):
    word = "ランプ" if coding == "cp932" else "Mütze"
    rows, _ = of(tmp_path, f"a\tb\tc\n1\t2\t3\n{word}\tx\ty\n".encode(coding), **how)
    assert rows == [(2, ("1", "3")), (3, (word, "y"))]


def test_bytes_of_no_character_spoil_their_row_alone(tmp_path: Path):
    rows, _ = of(tmp_path, b"a\tb\tc\n1\t2\t3\n\xff\tb\tc\n")
    assert rows == [(2, ("1", "3")), (3, (chr(FOREIGN + 0xFF), "c"))]


def test_a_carriage_return_within_a_row_is_a_blank(tmp_path: Path):
    rows, _ = of(tmp_path, b"a\tb\tc\n1\rx\t2\t3\n4\t5\t6\r\n\r7\t8\t9\n")
    assert rows == [(2, ("1 x", "3")), (3, ("4", "6")), (4, (" 7", "9"))]


@pytest.mark.parametrize("text, problem", [
    ("", "is empty"), ("a\tb\n1\t2\n", "lacks the columns c"), ("a\tb\tc\n", "no rows"),
    ("a\tc\tc\n1\t2\t3\n", "more than once"),
])  # fmt: skip
def test_files_that_cannot_be_read_say_so(tmp_path: Path, text: str, problem: str):
    with pytest.raises(BadPayload, match=problem):
        of(tmp_path, text)


def test_a_row_longer_than_a_block_stops_the_reading(tmp_path: Path):
    with pytest.raises(BadPayload, match="row 3 exceeds 100 bytes"):
        of(tmp_path, "a\tb\tc\n1\t2\t3\n" + "x" * 500 + "\t\t\n", block=100)


@pytest.mark.parametrize("name", ["none.txt", "folder"])
def test_files_that_are_not_there_say_so(tmp_path: Path, name: str):
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadPayload, match=r"does not exist|is a directory"):
        read(tmp_path / name)


def test_a_report_saved_as_csv_or_as_a_workbook_is_read_as_such(tmp_path: Path):
    path = tmp_path / "report.csv"
    path.write_text('a,b,c\n1,"two, too",3\n')
    assert read(path) == ([(2, ("1", "3"))], [])
    path.write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(BadPayload, match=r"workbook|zip|Excel"):
        read(path)


@pytest.mark.parametrize("block", [40, 100, 4096])
def test_the_size_of_blocks_changes_nothing(tmp_path: Path, block: int):
    lines = [f"{n}\t{'x' * (n % 7)}\t{'ü' if n % 5 == 0 else 'u'}" if n % 11 else f"{n}" for n in range(60)]
    rows, unread = of(tmp_path, "\n".join(["a\tb\tc", *lines, ""]), block=block)
    assert [number for number, _ in rows] == list(range(2, 62)) and not unread
    assert [values[0] for _, values in rows] == [str(n) for n in range(60)]


PIECES = st.one_of(st.sampled_from([b"\t", b"\t\t", b'"', b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"x"]), st.binary(max_size=6))


@given(st.lists(PIECES, max_size=40), st.sampled_from([64, 4096]))
def test_any_bytes_below_a_header_meet_one_fate_each(pieces: list[bytes], block: int):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.txt"
        path.write_bytes(b"a\tb\tc\n" + b"".join(pieces))
        try:
            rows, unread = read(path, block=block)
        except BadPayload:
            return
        numbers = sorted([number for number, _ in rows] + [one.line for one in unread])
        assert numbers == list(range(2, 2 + len(numbers)))
