"""What buyers wrote, as files tell it: beside the delivery, about its own facts, and in no id, no remark and no refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chalicelib.effects import files, tabbed
from chalicelib.formats import Refused, amazon_fba_returns, amazon_mfn_returns, mapped, standard
from chalicelib.formats._documents import TWICE
from chalicelib.formats._guess import guess
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Translated
from chalicelib.model.facts import WORDS
from chalicelib.rules import said as sealed
from tests.formats import test_amazon_reports, test_mapped
from tests.formats.retail import outcome
from tests.formats.test_amazon_reports import FILES
from tests.formats.test_mapped import documents
from tests.platforms import calls, fixtures
from tests.platforms.calls import Asked

FBA, MFN = (FILES[kind] for kind in ("GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"))
RETURNS: dict[str, Any] = {
    "kind": "returns",
    "columns": {"RMA": "return_id", "SKU": "sku", "Asked": "requested_at", "Note": "comment"},
}
REVIEWS: dict[str, Any] = {"kind": "reviews", "columns": {"id": "review_id", "s": "rating", "at": "posted_at", "t": "comment"}}
HOSTILE = ["=1+1", "'quoted", "\u202etxet", "x" * 30_000, "\ufeff", "   ", "a\tb", "١٢", "<b>bold</b>", "{{ 7*7 }}", '="0012"']


def told(found: Translated) -> list[tuple[str, str]]:
    """What it tells, checked to be about its own facts and fit to be sealed."""
    known = {f"{WORDS[type(fact)]}:{fact.id}" for event in found.events for fact in event.facts}
    assert {one.about for one in found.said} <= known and sealed.load(sealed.dump(found.said)) == found.said
    assert all(one.text not in repr(found) for one in found.said if len(one.text) > 3)
    return [(one.about, one.text) for one in found.said]


# Amazon's reports


def amazon(folder: Path, form: Any, header: str, lines: list[str], coding: str = "utf-8") -> list[Any]:
    return test_amazon_reports.outcomes(test_amazon_reports.write(folder / "report.txt", header, lines, coding), form)


def test_a_comment_in_the_report_of_returns_to_amazon(tmp_path: Path):
    found = documents(amazon(tmp_path, amazon_fba_returns, FBA["header"], [row["line"] for row in FBA["rows"]]))
    assert [pair for one in found for pair in told(one)] == [
        ("return_line:902-1000003-0000003-LPNSAMPLE0001", '"it does not fit my table')
    ]


def test_the_same_row_fetched_is_the_same_delivery_and_tells_the_same_by_its_body(tmp_path: Path):
    found = documents(amazon(tmp_path, amazon_fba_returns, FBA["header"], [row["line"] for row in FBA["rows"]]))
    asked = Asked("amazon")
    fetched = asked.read(next(one.read for one in calls.recorded("amazon") if one.id == "amazon/report_file")).found
    by_id = {one.translated.id: asked.module.words(one.raw) for one in fetched}
    assert {one.id: one.said for one in found if one.said} == {id_: said for id_, said in by_id.items() if said}


def test_a_comment_refuses_no_row_and_is_in_no_id(tmp_path: Path):
    row = FBA["rows"][0]["line"].rpartition("\t")[0]
    (plain,) = amazon(tmp_path, amazon_fba_returns, FBA["header"], [f"{row}\t"])
    for comment in (one for one in HOSTILE if "\t" not in one):  # a tab ends a cell here, whatever it stands in
        (found,) = amazon(tmp_path, amazon_fba_returns, FBA["header"], [f"{row}\t{comment}"])
        assert (found.id, found.events) == (plain.id, plain.events)
        assert bool(told(found)) == bool(comment.strip("\ufeff "))


def test_bytes_of_no_character_cost_themselves_and_not_the_row(tmp_path: Path):
    path, row = tmp_path / "report.txt", FBA["rows"][0]["line"].rpartition("\t")[0].encode()
    path.write_bytes(FBA["header"].encode() + b"\n" + row + b"\tzu klein \xff\xfe, sorry\n" + row + "\tà peine\n".encode())
    found = list(amazon_fba_returns.translate(tabbed.read(path, amazon_fba_returns.COLUMNS, amazon_fba_returns.OPTIONAL)))
    assert [text for one in documents(found) for _, text in told(one)] == ["zu klein \ufffd, sorry", "à peine"]


def test_many_rows_are_read_in_bulk_with_their_comments(tmp_path: Path):
    lines = [
        f"2026-05-20T15:31:{n % 60:02}+00:00\t902-1000003-{n:07}\tLAMP\tB0SAMPLE04\tX0\tLamp\t1\tLEX1\tSELLABLE\tDEFECTIVE\t"
        f"\tLPN{n}\t{'no. ' + str(n) if n % 3 else ''}"
        for n in range(700)
    ]
    found = documents(amazon(tmp_path, amazon_fba_returns, FBA["header"], lines))
    assert len(found) == 700
    assert [text for one in found for _, text in told(one)] == [f"no. {n}" for n in range(700) if n % 3]


def test_the_report_of_returns_to_the_seller_has_none(tmp_path: Path):
    found = documents(amazon(tmp_path, amazon_mfn_returns, MFN["header"], [row["line"] for row in MFN["rows"]]))
    assert found and not any(one.said for one in found)


# Maps


def test_a_comment_on_a_line_and_one_on_a_review(tmp_path: Path):
    (back,) = documents(test_mapped.outcomes(tmp_path, RETURNS, ["R1", "S-1", "2026-03-05", " Zu klein! "]))
    assert told(back) == [("return_line:~R1:S-1", "Zu klein!")]
    assert back.said[0].at == back.events[0].time
    (review,) = documents(test_mapped.outcomes(tmp_path, REVIEWS, ["V1", "2", "2026-03-05", "Runs small"]))
    assert told(review) == [("review:V1", "Runs small")] and review.said[0].at == review.events[0].time


def test_what_all_lines_of_a_return_say_is_said_once(tmp_path: Path):
    def back(*notes: str) -> list[tuple[str, str]]:
        rows = [["R1", f"S-{n}", "2026-03-05", note] for n, note in enumerate(notes)]
        (found,) = documents(test_mapped.outcomes(tmp_path, RETURNS, *rows))
        return told(found)

    assert back("too big", "too big") == [("return:R1", "too big")]
    assert back("too big", "") == [("return_line:~R1:S-0", "too big")]
    assert back("too big", "torn") == [("return_line:~R1:S-0", "too big"), ("return_line:~R1:S-1", "torn")]
    assert back("", "") == []


@pytest.mark.parametrize("kind", ["orders", "order_lines", "refunds"])
def test_remarks_on_orders_and_refunds_are_not_read(tmp_path: Path, kind: str):
    named = {"o": "order_id", "at": "placed_at", "n": "quantity", "t": "comment"}
    if kind != "order_lines":
        del named["n"]
    if kind == "refunds":
        named = {"o": "order_id", "at": "refunded_at", "a": "refund_amount", "c": "currency", "t": "comment"}
    form = mapped.made({"kind": kind, "columns": named})
    assert "t" not in (*form.COLUMNS, *form.OPTIONAL)
    cells = {"o": "7", "at": "2026-03-05", "n": "1", "a": "5", "c": "EUR", "t": "x"}
    (found,) = documents(test_mapped.outcomes(tmp_path, {"kind": kind, "columns": named}, [cells[name] for name in named]))
    assert not found.said


def test_no_id_is_made_of_a_comment_and_no_row_refused_for_one(tmp_path: Path):
    ids = set()
    for comment in ["fits not", *(one for one in HOSTILE if one.strip("\ufeff "))]:
        (found,) = documents(test_mapped.outcomes(tmp_path, RETURNS, ["R1", "S-1", "2026-03-05", comment]))
        assert [about for about, _ in told(found)] == ["return_line:~R1:S-1"]
        ids.add(found.id)
    assert len(ids) == 1
    again = test_mapped.outcomes(tmp_path, REVIEWS, ["V1", "2", "2026-03-05", "a"], ["V1", "2", "2026-03-05", "b"])
    assert [one.rule for one in again if not isinstance(one, Translated)] == [TWICE]


def test_bytes_of_no_character_in_a_mapped_comment_cost_themselves(tmp_path: Path):
    path, form = tmp_path / "h.csv", mapped.made(RETURNS)
    path.write_bytes(b"RMA,SKU,Asked,Note\nR1,S-1,2026-03-05,zu \xff klein\nR\xff2,S-1,2026-03-05,ok\n")
    found = list(form.translate(files.read(path, form.COLUMNS, form.OPTIONAL, reading=files.Reading("utf-8"))))
    kept, refused = sorted(found, key=lambda one: isinstance(one, Refused))
    assert (refused.column, told(kept)) == ("RMA", [("return_line:~R1:S-1", "zu \ufffd klein")])


def test_a_comment_is_not_shown_and_no_default(tmp_path: Path):
    form = mapped.made(RETURNS)
    (tmp_path / "h.csv").write_text("RMA,SKU,Asked,Note\nR1,S-1,2026-03-05,call Sample Buyer\n")
    (row,) = form.understood(files.read(tmp_path / "h.csv", form.COLUMNS, form.OPTIONAL))
    assert mapped.shown(row.values["comment"]) == "(a comment)" and "Sample" not in row.spelling
    with pytest.raises(BadPayload, match="is no field of returns"):
        mapped.made({**RETURNS, "defaults": {"comment": "x"}})


def test_a_column_that_may_be_the_shops_own_is_a_doubt():
    def doubts(column: str, kind: str = "returns") -> str:
        first = {"returns": "RMA", "orders": "Order ID"}[kind]
        return "\n".join(guess({first: ["1"], "Return date": ["2026-03-05T00:00:00Z"], column: ["x"]}).doubts)

    assert "'备注' was taken for what the buyer wrote" in doubts("备注")
    assert "what the buyer wrote" not in doubts("买家留言") and "what the buyer wrote" not in doubts("Customer comments")
    assert guess({"RMA": ["1"], "卖家备注": ["x"], "Date": ["2026-03-05"]}).left == ["卖家备注"]


# Lines of our own schema


def test_a_line_tells_what_the_webhook_would(tmp_path: Path):
    names = ["return.requested__with_words", "review.posted", "message.received", "message.received__thread", "order.placed"]
    requests = [fixtures.one("standard", name) for name in names]
    (tmp_path / "history.jsonl").write_bytes(b"\n".join(one.webhook.body for one in requests))
    found = outcome(tmp_path / "history.jsonl", standard, 1000).documents
    assert [one.said for one in found] == [one.module.words(one.webhook.body) for one in requests]
    assert [len(told(one)) for one in found] == [1, 1, 1, 0, 0]
