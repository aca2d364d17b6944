"""Files as a whole: what cannot be read says so in words, and rows that can are numbered right whatever stands around them."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from chalicelib import formats
from chalicelib.effects import encoding, files
from chalicelib.formats import online_retail, standard
from chalicelib.model.errors import BadPayload
from tests.formats.retail import HEADER, SOLD, each_row_once, of, outcome, write


def problem(path: Path, **given) -> str:
    with pytest.raises(BadPayload) as caught:
        outcome(path, **given)
    assert path.name in str(caught.value)
    return caught.value.problem


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (HEADER.encode(), "no rows below"),
        (HEADER.encode() + b"\n", "no rows below"),
        (gzip.compress(b"x", mtime=0), "unpack it first (gunzip)"),
        (b"PK\x03\x04rest", "save its sheet as CSV"),
        (HEADER.encode("utf-16"), "no rows below"),
        (b"\xef\xbb\xbf\n<HTML><body><table>", "is a web page or XML"),
        (b"Invoice,Caf\xe9\n1,2\n", "header that is not UTF-8"),
        (b'Invoice,"Stock\n1,2\n', "its header has: 'Invoice,\"Stock'"),
        (b'"Invoice\n1,2\n', "quote left open"),
        (b"\n" + HEADER.encode() + b"\n", "is it empty"),
        (b"PAR1 and then nothing of the kind", "is it whole"),
        ((HEADER + ",Price\n" + SOLD + ",1\n").encode(), "has the columns Price more than once"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, words: str):
    path = tmp_path / "history.csv"
    path.write_bytes(content)

    assert words in problem(path)


def test_missing_columns_are_named_beside_what_was_found(tmp_path: Path):
    path = write(tmp_path / "h.csv", ["1,2"], "InvoiceNo,StockCode")

    said = problem(path)

    assert "lacks the columns Invoice, Description, Quantity, InvoiceDate, Price, Customer ID, Country" in said
    assert "its header has: 'InvoiceNo', 'StockCode'" in said


def test_no_file_a_directory_and_a_pipe(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")

    assert problem(tmp_path / "none.csv") == "does not exist"
    assert "is a directory" in problem(tmp_path)
    assert "not a regular file" in problem(tmp_path / "pipe")


def test_parquet_that_lacks_columns_has_no_rows_or_lists_in_cells(tmp_path: Path):
    whole = {name: pa.array([["a"]] if name == "Country" else ["a"]) for name in online_retail.COLUMNS}
    tables = {
        "lacks": {"Invoice": pa.array(["489434"])},
        "none": {name: values[:0] for name, values in whole.items()},
        "lists": whole,
    }
    for name, columns in tables.items():
        parquet.write_table(pa.table(columns), tmp_path / name)

    assert "lacks the columns StockCode" in problem(tmp_path / "lacks")
    assert "no rows below" in problem(tmp_path / "none")
    assert "column Country holds list" in problem(tmp_path / "lists")
    assert "wants JSON lines" in problem(tmp_path / "lists", format_=standard)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_that_do_not_fit_the_header_are_refused_by_number(tmp_path: Path, end: str):
    long = SOLD.replace("LIGHTS", "LIGHTS, WHITE")
    path = write(tmp_path / "h.csv", [SOLD, "489434,85048", SOLD, "", long, SOLD.replace("12", "x"), "?"], end=end)

    found = outcome(path)

    assert [(one.line, one.cause) for one in found.unread] == [
        (3, "has 2 values where the header has 8"),
        (6, "has 9 values where the header has 8"),
        (8, "has 1 values where the header has 8"),
    ]
    assert found.causes() == [(7, "Quantity", "x")]
    assert found.unread[1].value == long
    assert each_row_once(found)


def test_a_quoted_line_break_belongs_to_its_row(tmp_path: Path):
    found = of(tmp_path, SOLD, SOLD.replace("GLASS BALL", '"GLASS\r\nBALL"').replace(" LIGHTS", ""), SOLD.replace("12", "x"))

    assert found.causes() == [(4, "Quantity", "x")]
    assert found.documents[0].events[0].facts[2].title == "GLASS\r\nBALL"


def test_rows_that_are_no_utf8_are_refused_and_the_others_taken(tmp_path: Path):
    path = tmp_path / "h.csv"
    path.write_bytes(b"\n".join([HEADER.encode(), SOLD.encode(), SOLD.encode().replace(b"BALL", b"\xa3 BALL"), SOLD.encode()]))

    found = outcome(path)

    assert found.causes() == [(3, "Description", "GLASS \\xa3 BALL LIGHTS")]
    assert "save the file as UTF-8" in found.refused[0].cause
    assert found.taken == 2


def test_a_row_that_neither_fits_nor_is_utf8_is_refused_alone(tmp_path: Path):
    path = tmp_path / "h.csv"
    path.write_bytes(
        b"\n".join([HEADER.encode(), SOLD.encode(), b"\xa3 6.95,\xff\xfe", "Ü€😀".encode(), SOLD.encode(), b"\xe2\x82"])
    )

    for block in (200, 4096):
        found = outcome(path, block=block)

        assert [(one.line, one.value) for one in found.unread] == [(3, "\\xa3 6.95,\\xff\\xfe"), (4, "Ü€😀"), (6, "\\xe2\\x82")]
        assert each_row_once(found)


def test_characters_that_lie_across_blocks_are_read_whole(tmp_path: Path):
    rows = [SOLD.replace("LIGHTS", "é€😀" * (n % 13)) for n in range(300)]

    found = outcome(write(tmp_path / "h.csv", rows), block=401)

    titles = [fact.title for fact in found.documents[0].events[0].facts[1:]]
    assert titles == [f"GLASS BALL {'é€😀' * (n % 13)}".strip() for n in range(300)]


def test_both_sides_mean_the_same_by_their_words():
    assert (formats.LINE, formats.FOREIGN) == (files.LINE, encoding.FOREIGN)


def test_a_last_line_that_was_cut_off_is_refused_as_such(tmp_path: Path):
    path = tmp_path / "h.csv"
    path.write_text(f"{HEADER}\n{SOLD}\n{SOLD[:20]}")

    found = outcome(path)

    assert [(one.line, "cut off" in one.cause) for one in found.unread] == [(3, True)]
    assert found.taken == 1


@pytest.mark.parametrize("column", [2, 7])
def test_a_quote_that_is_never_closed_refuses_its_row_alone(tmp_path: Path, column: int):
    values = SOLD.split(",")
    values[column] = '"' + values[column]
    path = write(tmp_path / "h.csv", [SOLD, ",".join(values), SOLD])

    found = outcome(path)

    assert [(one.line, "never closed" in one.cause) for one in found.unread] == [(3, True)]
    assert found.taken == 1


def test_a_quote_that_swallows_more_than_a_block_stops_the_file_with_words(tmp_path: Path):
    path = write(tmp_path / "h.csv", [SOLD] * 100 + [SOLD.replace("GLASS", '"GLASS')] + [SOLD] * 100)

    said = problem(path, block=1000)

    assert "a quote is never closed or a row exceeds 1000 bytes" in said
    assert "after row " in said


def test_numbers_hold_over_many_blocks(tmp_path: Path):
    rows = ["?" if n % 7 == 0 else SOLD.replace("12", "x") if n % 11 == 0 else SOLD for n in range(500)]

    found = outcome(write(tmp_path / "h.csv", rows), block=700)

    assert [one.line for one in found.unread] == [n + 2 for n in range(500) if n % 7 == 0]
    assert [one.line for one in found.refused] == [n + 2 for n in range(500) if n % 7 and n % 11 == 0]
    assert each_row_once(found)


def test_bytes_done_reach_the_files_size(tmp_path: Path):
    path = write(tmp_path / "h.csv", [SOLD] * 500)

    done = [batch.done for batch in files.read(path, online_retail.COLUMNS, block=2000)]

    assert done == sorted(done) and done[-1] == path.stat().st_size and len(done) > 3


def test_reading_may_stop_early(tmp_path: Path):
    batches = files.read(write(tmp_path / "h.csv", [SOLD] * 5000), online_retail.COLUMNS, block=2000)

    assert next(batches).lines[0] == 2
    batches.close()
    assert list(batches) == []
