"""XML reports: rows, or words about what is wrong."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.effects import markup
from chalicelib.formats._contract import Twin
from chalicelib.model.errors import BadPayload

TWIN = Twin("r", "i", {"id": "Id", "sku": "Sku", "n": "Number"})


def read(path: Path, optional: tuple[str, ...] = ("Number",)) -> list[tuple[int, dict[str, str]]]:
    found: list[tuple[int, dict[str, str]]] = []
    for batch in markup.batches(path, TWIN, ("Id", "Sku"), optional):
        values: dict[str, Any] = {name: [one.decode() for one in array.to_pylist()] for name, array in batch.columns.items()}
        found += [(line, {name: some[n] for name, some in values.items()}) for n, line in enumerate(batch.lines)]
    return found


def of(tmp_path: Path, text: str | bytes) -> list[tuple[int, dict[str, str]]]:
    path = tmp_path / "report.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path)


def test_each_item_is_a_row_with_its_record_beside_it(tmp_path: Path):
    rows = of(tmp_path, "<a><r><id>1</id><i><sku>A &amp; B</sku></i><i><sku> C\n D </sku><n>2</n></i></r><r><id>2</id></r></a>")
    assert rows == [
        (2, {"Id": "1", "Sku": "A & B", "Number": ""}), (3, {"Id": "1", "Sku": "C D", "Number": "2"}),
        (4, {"Id": "2", "Sku": "", "Number": ""}),
    ]  # fmt: skip


def test_what_stands_outside_records_is_passed_over(tmp_path: Path):
    assert of(tmp_path, "<a><id>9</id><i><sku>x</sku></i><r><deep><id>1</id></deep></r></a>") == [
        (2, {"Id": "1", "Sku": "", "Number": ""})
    ]


def test_its_own_encoding_counts(tmp_path: Path):
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><a><r><id>Mütze</id></r></a>'.encode("iso8859-1")
    assert of(tmp_path, text)[0][1]["Id"] == "Mütze"


def test_many_records_come_in_batches_and_are_numbered_on(tmp_path: Path):
    rows = of(tmp_path, "<a>" + "".join(f"<r><id>{n}</id></r>" for n in range(12_000)) + "</a>")
    assert [line for line, _ in rows] == list(range(2, 12_002)) and rows[-1][1]["Id"] == "11999"


BOMB = """<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]><a><r><id>&y;</id></r></a>"""


@pytest.mark.parametrize("text, problem", [
    (BOMB, "document type"), ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type"), ("<a><r>", "in line 1"),
    ("<a>\n</b>", "in line 2"), ("", "in line"), ("<a/>", "holds no r"), ("<a>&nope;</a>", "cannot be read as XML"),
    ("<a><r>" + "<i></i>" * 10_001 + "</r></a>", "over 10000 items"),
])  # fmt: skip
def test_files_that_cannot_be_read_say_so(tmp_path: Path, text: str, problem: str):
    with pytest.raises(BadPayload, match=problem):
        of(tmp_path, text)


def test_a_column_that_the_twin_lacks_is_named(tmp_path: Path):
    path = tmp_path / "report.xml"
    path.write_text("<a/>")
    with pytest.raises(BadPayload, match="lacks the columns Colour"):
        list(markup.batches(path, TWIN, ("Id", "Colour")))


def test_long_texts_are_bounded(tmp_path: Path):
    assert len(of(tmp_path, f"<a><r><id>{'x' * 10**6}</id></r></a>")[0][1]["Id"]) == 2_000


@pytest.mark.parametrize("start, expected", [(b"<?xml", True), (b"\xef\xbb\xbf\n <a>", True), (b"a\tb", False), (b"", False)])
def test_xml_is_told_by_how_it_begins(start: bytes, expected: bool):
    assert markup.is_xml(start) is expected


PIECES = st.sampled_from(["<r>", "</r>", "<i>", "</i>", "<id>", "</id>", "1", "&amp;", "<!--", "-->", "]]>", "<sku/>", "\0"])


@given(st.lists(PIECES, max_size=20))
def test_any_pieces_are_rows_or_refused(pieces: list[str]):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.xml"
        path.write_text("<a>" + "".join(pieces) + "</a>")
        try:
            rows = read(path)
        except BadPayload:
            return
        assert rows and all(set(row) == {"Id", "Sku", "Number"} for _, row in rows)
