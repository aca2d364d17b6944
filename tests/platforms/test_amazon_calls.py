"""How Amazon is asked, and reports are fetched."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import platforms
from chalicelib.model import log
from chalicelib.model.call import Account, Busy, CallFailed, Denied, Read, Response
from chalicelib.model.errors import BadPayload, ConfigurationError
from chalicelib.model.event import Translated
from chalicelib.model.facts import LineFact, RefundFact, ReturnFact, ReturnLineFact
from chalicelib.model.words import EventType
from chalicelib.platforms import _amazon_reports as reports
from chalicelib.platforms import amazon
from tests.platforms import calls, fixtures
from tests.platforms.amazon_samples import FBA, SHOP, SPAN, body, event, folded, mfn, only, pushed
from tests.platforms.calls import NOW, Asked

# Reports that are fetched


def chain(asked: Asked, read: Read) -> tuple[list[Translated], list[str]]:
    """All that a read leads to, and the reads on the way."""
    waiting, found, way = [read], [], []
    while waiting:
        one = waiting.pop(0)
        way.append(one.what)
        answer = asked.read(one)
        found += [each.translated for each in answer.found]
        waiting += answer.then
        assert len(way) < 100
    return found, way


@pytest.mark.parametrize("what, rows", [("fba_returns", 6), ("mfn_returns", 4)])
def test_a_report_is_asked_for_waited_for_and_read(what: str, rows: int):
    found, way = chain(Asked("amazon"), Read(what, SPAN))
    assert way == [what, "report", "report", "report_document", "report_file"] and len(found) == rows


def test_a_report_without_rows_ends_quietly_and_one_that_failed_does_not():
    asked = Asked("amazon")
    assert chain(asked, Read("fba_returns", {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"})) == (
        [], ["fba_returns", "report", "report"],
    )  # fmt: skip
    with pytest.raises(CallFailed, match="FATAL") as caught:
        asked.read(Read("report", {"id": "54517018504"}))
    assert not caught.value.passing


def test_a_report_is_not_waited_for_for_ever():
    read, waits = Read("report", {"id": "54517018505"}), []
    response, account = Asked("amazon").response(read)
    assert json.loads(response.body)["processingStatus"] == "IN_PROGRESS"
    while int(read.about.get("tries", "0")) <= 58:
        (read,) = amazon.answer(read, response, account, NOW).then
        waits.append(read.wait)
    with pytest.raises(CallFailed, match="four hours"):
        amazon.answer(read, response, account, NOW)
    assert timedelta(hours=4) <= sum(waits, timedelta(0)) <= timedelta(hours=5)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), timedelta(minutes=5))


def test_an_address_that_has_closed_is_asked_for_again_and_the_rows_go_on():
    asked = Asked("amazon")
    closed = calls.RecordedRead("amazon", calls.FOLDER / "amazon" / "reads" / "report_file__closed.read.json").read
    (again,) = asked.read(closed).then
    assert (again.what, again.about["at"], "url" in again.about) == ("report_document", "10000", False)
    (fresh,) = asked.read(again).then
    assert (fresh.what, fresh.cursor) == ("report_file", "10000") and "at" not in fresh.about
    refused = Response(400, {}, b"<Error><Code>ExpiredToken</Code></Error>")
    for tries in range(1, 5):
        (again,) = amazon.answer(fresh, refused, asked.account, NOW).then
        fresh = replace(fresh, about={**fresh.about, "tries": again.about["tries"]})
        assert fresh.about["tries"] == str(tries + 1)
    with pytest.raises(CallFailed, match="refused each time"):
        amazon.answer(fresh, refused, asked.account, NOW)


@pytest.mark.parametrize("url", [
    "http://tortuga.s3.amazonaws.com/x", "https://amazonaws.com.evil.example/x", "https://evil.example/.amazonaws.com",
    "https://user@tortuga.s3.amazonaws.com/x", "https://tortuga.s3.amazonaws.com:8443/x", "https://evilamazonaws.com/x",
    "https://169.254.169.254/latest", "https://[::1]/x", "ftp://a.amazonaws.com/", "//a.amazonaws.com/x", "", "https://",
    "https://a.amazonaws.com/\r\nhost: x", "https://a.amazonaws.com\\@evil.example/",
])  # fmt: skip
def test_files_are_fetched_from_amazons_storage_and_nowhere_else(url: str):
    asked, about = Asked("amazon"), {"id": "doc-1", "type": reports.FBA_RETURNS, "told": "2026-06-01T00:00:00Z"}
    with pytest.raises(BadPayload, match="no address of a report"):
        amazon.request(Read("report_file", {**about, "url": url}), asked.account, NOW)
    told = Response(200, {}, json.dumps({"url": url}).encode())
    with pytest.raises(BadPayload, match="no address of a report"):
        amazon.answer(Read("report_document", about), told, asked.account, NOW)


def test_the_access_token_never_goes_to_the_storage():
    asked = Asked("amazon")
    file = next(one.read for one in calls.recorded("amazon") if one.id == "amazon/report_file")
    request = amazon.request(file, asked.with_token("shop"), NOW)
    assert dict(request.headers) == {} and request.url == file.about["url"]
    assert "url" not in file.name  # nor does the address go into the read's name


HEADER = "\t".join(FBA)


def filed(text: str | bytes, charset: str = "", start: str = "", packed: bool = True, kind: str = reports.FBA_RETURNS) -> Any:
    """What a file that was fetched tells."""
    raw = text.encode() if isinstance(text, str) else text
    headers = {"content-type": f"text/plain; charset={charset}"} if charset else {}
    about = {"id": "d-1", "type": kind, "told": "2026-06-01T00:00:00Z", "url": "https://a.amazonaws.com/d"}
    read = Read("report_file", about, start)
    return amazon.answer(read, Response(200, headers, gzip.compress(raw) if packed else raw), Account(SHOP, {}), NOW)


def line(**changes: str) -> str:
    return "\t".join({**FBA, **{name.replace("_", "-"): value for name, value in changes.items()}}.values())


def test_quotes_are_text_and_short_rows_are_rows():
    comments = ['"too small', 'it"s broken"', '"all good"', "'"]
    rows = [line(license_plate_number=f"LPN{n}", customer_comments=said) for n, said in enumerate(comments)]
    short = line(license_plate_number="LPNSHORT").rpartition("\t")[0]
    for end in ("\n", "\r\n"):
        found = filed(end.join([HEADER, *rows, short, "", ""])).found
        assert [one.translated.subject for one in found] == ["order:902-1000003-0000003"] * 5
        assert [json.loads(one.raw)["customer-comments"] for one in found] == [*comments, ""]


@pytest.mark.parametrize(
    "charset, codec", [("UTF-8", "utf-8"), ("Cp1252", "cp1252"), ("ISO-8859-1", "iso8859-1"), ("", "utf-8")]
)
@pytest.mark.parametrize("packed", [True, False])
def test_the_encoding_is_the_one_that_the_answer_names(charset: str, codec: str, packed: bool):
    found = filed(f"{HEADER}\n{line(sku='MÜTZE-1')}\n".encode(codec), charset, packed=packed).found
    assert only(found[0].translated, ReturnLineFact).sku == "MÜTZE-1"


def test_japanese_files_are_read():
    found = filed(f"{HEADER}\n{line(sku='ランプ')}\n".encode("cp932"), "Shift_JIS").found
    assert only(found[0].translated, ReturnLineFact).sku == "ランプ"


@pytest.mark.parametrize("charset", ["zlib", "base64", "idna", "utf-7", "unicode_escape", "no-such"])
def test_an_encoding_that_is_not_known_is_not_guessed(charset: str):
    with pytest.raises(BadPayload, match="encoding"):
        filed(f"{HEADER}\n{line()}\n", charset)


def test_a_file_that_was_cut_off_or_is_another_is_refused():
    whole = gzip.compress(f"{HEADER}\n{line()}\n".encode())
    with pytest.raises(BadPayload, match="cut off"):
        filed(whole[:-9], packed=False)
    with pytest.raises(BadPayload, match="lacks the columns"):
        filed("order-id\tsku\n1\t2\n")


def test_long_files_are_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("chalicelib.platforms._amazon_files.ROWS", 2)
    text = "\n".join([HEADER, *(line(license_plate_number=f"LPN{n}") for n in range(5))])
    ids, start = [], ""
    while True:
        answer = filed(text, start=start)
        ids += [only(one.translated, ReturnFact).id[-4:] for one in answer.found]
        if not answer.then:
            break
        start = answer.then[0].cursor
    assert ids == [f"LPN{n}" for n in range(5)]


def test_a_row_that_cannot_be_read_is_kept_and_stops_no_other():
    good, bad = filed("\n".join([HEADER, line(), line(quantity="one")])).found
    assert good.translated.events[0].type is EventType.RETURN_INSPECTED
    (event,) = bad.translated.events
    assert (event.type, event.native["problem"], event.facts) == (EventType.UNKNOWN, "quantity: expected a whole number", ())
    assert json.loads(bad.raw)["quantity"] == "one"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=16))
def test_any_cells_are_taken_or_kept(cells: Sequence[str]):
    safe = [re.sub(r"[\t\r\n]", " ", cell) for cell in cells]
    for one in filed(f"{HEADER}\n" + "\t".join(safe)).found:
        assert log.load_events(log.dump_events(one.translated.events)) == one.translated.events


def test_only_reports_that_hold_returns_are_read_when_they_are_told_of():
    assert [want.what for want in event(body("REPORT_PROCESSING_FINISHED__returns")).wants] == ["report"]
    assert event(body("REPORT_PROCESSING_FINISHED")).wants == ()
    other = {"processingStatus": "DONE", "reportType": "GET_AFN_INVENTORY_DATA", "reportDocumentId": "d"}
    told = Response(200, {}, json.dumps(other).encode())
    answer = amazon.answer(Read("report", {"id": "1"}), told, Account(SHOP, {}), NOW)
    assert answer.found == answer.then == ()


# Calls


def test_pages_of_a_list_are_asked_for_with_the_same_span():
    read = Read("orders", {"since": "2026-05-31T00:00:00Z", "until": "2026-06-01T12:00:00Z"})
    account = Asked("amazon").with_token("shop")
    urls = [amazon.request(read, account, now).url for now in (NOW, NOW + timedelta(minutes=7))]
    assert urls[0] == urls[1] and "lastUpdatedBefore=2026-06-01T11%3A57%3A00Z" in urls[0]


@pytest.mark.parametrize("changes", [
    {"region": "cn"}, {"region": ""}, {"marketplaces": ""}, {"marketplaces": "Amazon.de"}, {"marketplaces": "../x"},
])  # fmt: skip
def test_a_region_or_marketplace_that_is_none_is_named(changes: dict[str, str]):
    asked = Asked("amazon", **changes)
    with pytest.raises(ConfigurationError, match="--with"):
        amazon.request(Read("orders", SPAN), asked.account, NOW)


@pytest.mark.parametrize("region", ["na", "eu", "fe", " EU "])
def test_each_region_has_its_host(region: str):
    request = amazon.request(Read("order", {"id": "902-1000001-0000001"}), Asked("amazon", region=region).account, NOW)
    assert request.url.startswith(
        f"https://sellingpartnerapi-{region.strip().lower()}.amazon.com/orders/2026-01-01/orders/902-"
    )


def refusal(status: int, said: Any, **headers: str) -> Exception:
    response = Response(status, headers, json.dumps(said).encode())
    with pytest.raises((Denied, Busy, CallFailed)) as caught:
        amazon.answer(Read("order", {"id": "902-1000001-0000001"}), response, Account(SHOP, {}), NOW)
    return caught.value


def test_403_is_a_bad_token_or_a_missing_role():
    denied = {"errors": [{"code": "Unauthorized", "message": "Access to requested resource is denied.", "details": ""}]}
    assert isinstance(refusal(403, denied), CallFailed)
    denied["errors"][0]["details"] = "The access token you provided has expired."
    assert isinstance(refusal(403, denied), Denied)


def test_how_long_to_leave_it_alone_follows_from_the_rate():
    rate = {"x-amzn-ratelimit-limit": "0.0056"}
    assert refusal(429, {}, **rate).after.total_seconds() == pytest.approx(178.57, abs=0.01)
    assert refusal(429, {}, **rate, **{"retry-after": "3"}).after == timedelta(seconds=3)
    assert refusal(429, {}, **{"x-amzn-ratelimit-limit": "0"}).after is None
    assert refusal(429, {}).after is None


def test_a_token_is_made_by_login_with_amazon():
    asked = Asked("amazon")
    request = amazon.renewal("shop", asked.account, NOW)
    assert request.url == "https://api.amazon.com/auth/o2/token" and b"grant_type=refresh_token" in request.body
    token = amazon.renewed("shop", asked.send(request), asked.account, NOW)
    assert (token.access, token.expires_at) == ("Atza|sample-1", NOW + timedelta(hours=1))
    for error in ("invalid_grant", "invalid_client", "strange"):
        with pytest.raises(Denied, match=error if error != "strange" else "status 400"):
            amazon.renewed("shop", Response(400, {}, json.dumps({"error": error}).encode()), asked.account, NOW)


def test_every_want_can_be_read():
    for one in fixtures.recorded("amazon"):
        try:
            events = one.translated().events
        except BadPayload:
            continue
        assert {want.what for event in events for want in event.wants} <= amazon.READS.keys()


def test_lines_are_named_alike_by_every_source():
    """An order's lines, a return's, a refund's: all by SKU, so that they find each other."""
    asked = Asked("amazon")
    order = asked.read(Read("order", {"id": "902-1000001-0000001"})).found[0].translated
    refund = asked.read(Read("order_transactions", {"id": "902-1000001-0000001"})).found[0].translated
    lines = {fact.id for fact in order.events[0].facts if isinstance(fact, LineFact)}
    assert only(mfn(), ReturnLineFact).line_id in lines
    assert {line.line_id for line in only(refund, RefundFact).lines} <= lines
    found = folded(order, mfn(Return_quantity="9"))
    assert found.problems == ("line SHIRT-M-BLUE: 9 units returned, 3 ordered",)


def test_the_module_is_a_queue_and_signs_nothing():
    module: Any = platforms.get("amazon")
    assert (module.QUEUE, module.SIGNED) == (True, False)
    webhook = pushed(body("ORDER_CHANGE"))
    assert amazon.sign(webhook, "any", NOW) == webhook


def test_a_list_of_transactions_tells_of_refunds_only():
    found, way = chain(Asked("amazon"), Read("transactions", SPAN))
    assert [one.events[0].facts[0].id for one in found] == ["rf-0001", "tx-0003", "tx-0003"] and len(way) == 3
