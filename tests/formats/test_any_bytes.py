"""Whatever stands in a file: it is read, or refused in words; and every row meets exactly one fate."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.formats import Format, online_retail, standard
from chalicelib.model import log
from chalicelib.model.errors import BadPayload
from tests.formats.retail import HEADER, SOLD, Outcome, each_row_once, outcome
from tests.formats.test_standard import ORDER

# Pieces that mean something to a reader of CSV, among bytes that do not.
PIECES = st.one_of(
    st.sampled_from([b",", b'"', b"\n", b"\r\n", b"\r", b"\0", b"\xff", b";", b"\t", SOLD.encode() + b"\n"]),
    st.binary(max_size=20),
)
WORDS = st.one_of(
    st.sampled_from(
        [
            "489434",
            "C489434",
            "A489434",
            "85048",
            "POST",
            "12",
            "-3",
            "0",
            "6.95",
            "2009-12-01 07:45:00",
            "2009-12-01 09:45",
            "",
            " ",
            "x",
            "=1+1",
            "1e99",
        ]
    ),
    st.text(max_size=8),
)


def read(content: bytes, format_: Format = online_retail, block: int = 4096) -> Outcome | None:
    """What becomes of a file; None when it is refused as a whole."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "history.csv"
        path.write_bytes(content)
        try:
            return outcome(path, format_, block)
        except BadPayload:
            return None


def stored(found: Outcome) -> bool:
    """All documents can be written to the log and read back."""
    return all(log.load_events(log.dump_events(one.events)) == one.events for one in found.documents)


@given(st.binary(max_size=400))
def test_any_file_is_read_or_refused(content: bytes):
    for format_ in (online_retail, standard):
        found = read(content, format_)
        assert found is None or stored(found)


@given(st.lists(PIECES, max_size=30), st.sampled_from([200, 4096]))
def test_any_rows_below_a_header_meet_one_fate_each(pieces: list[bytes], block: int):
    found = read(HEADER.encode() + b"\n" + b"".join(pieces), block=block)

    assert found is None or (each_row_once(found) and stored(found))


@given(st.lists(st.lists(WORDS, min_size=8, max_size=8), min_size=1, max_size=12))
def test_any_values_in_rows_meet_one_fate_each(rows: list[list[str]]):
    quoted = [",".join('"' + word.replace('"', '""') + '"' for word in row) for row in rows]

    found = read("\n".join([HEADER, *quoted]).encode())

    assert found is not None and len(found.lines) == len(rows)
    assert each_row_once(found) and stored(found)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)


@given(st.sampled_from(["id", "type", "timestamp", "data", "order", "lines", "buyer"]), JSON)
def test_any_value_in_a_line_of_json_is_taken_or_refused(name: str, value: object):
    data = {**ORDER["data"], **({name: value} if name in ORDER["data"] else {})}
    line = {**ORDER, "data": data, **({name: value} if name in ORDER else {})}

    found = read(json.dumps(line).encode(), standard)

    assert found is not None and len(found.documents) + len(found.refused) == 1
    assert stored(found)
