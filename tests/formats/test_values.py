"""Single values: whatever way they are written they mean one thing or are refused; nothing is guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.formats import _dates, _values
from chalicelib.formats._countries import country
from chalicelib.model.errors import BadPayload

SHANGHAI = ZoneInfo("Asia/Shanghai")
ANY = st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.text("0123456789.,-+() '¥$€年月日/:", max_size=20))


def refused(reader, *given) -> str:
    with pytest.raises(BadPayload) as caught:
        reader(*given)
    return caught.value.problem


# Numbers


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1\u202f234\u202f567,8", "1234567.8"),
        ("1'234.50", "1234.50"),
        ("1,23,456.00", "123456.00"),
        ("１２３", "123"),
        ("￥12.00", "12.00"),
        ("(12.00)", "-12.00"),
        ("(€5,00)", "-5.00"),
        ("12.00-", "-12.00"),
        ("-$12.00", "-12.00"),
        ("−5", "-5"),
        ("US $25.00", "25.00"),
        ("AU $1,234.50", "1234.50"),
        ("EUR 12,5", "12.5"),
        ("12 元", "12"),
        ("1.500,00 kr", "1500.00"),
        ("0.123", "0.123"),
        ('="0012"', "12"),
        ("\t7", "7"),
        (".5", "0.5"),
        (12.5, "12.5"),
        (3, "3"),
    ],
)
def test_numbers_that_speak_for_themselves(said, meant: str):
    assert _values.number(said, "price") == Decimal(meant)


@pytest.mark.parametrize("said", ["abc", "--", "12 34", "1,2,3", "1e5", "5%", "3 pcs", "12,34.5", "1,234,56", "12.345.67"])
def test_what_is_no_number_is_refused_whatever_the_mark(said: str):
    for mark in (None, ".", ","):
        assert "expected a number" in refused(_values.number, said, "price", mark)


def test_a_number_of_two_meanings_is_refused_until_the_mark_is_known():
    assert "may mean 1234 or 1.234; say which mark" in refused(_values.number, "1.234", "price")
    assert (_values.number("1.234", "price", "."), _values.number("1.234", "price", ",")) == (Decimal("1.234"), 1234)
    assert (_values.number("1,234", "price", "."), _values.number("1,234", "price", ",")) == (1234, Decimal("1.234"))
    assert "expected a number" in refused(_values.number, "1.234,56", "price", ".")
    assert _values.number("", "price") is None


AMOUNTS = st.decimals(-(10**9), 10**9, places=2)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@given(AMOUNTS, st.sampled_from(["{}", "{} USD", "￥{}", "€ {}"]), st.sampled_from(["", ",", " ", "'"]), st.booleans())
def test_any_amount_in_any_style_is_read_back(amount: Decimal, style: str, gap: str, comma: bool):
    digits = f"{amount:,.2f}"
    if comma:
        digits = digits.translate(str.maketrans(".,", ",."))
    text = style.format(digits.replace("." if comma else ",", gap.replace(",", "." if comma else ",")))

    assert _values.number(text, "price", "," if comma else ".") == amount
    assert _values.number(text.translate(WIDE), "price", "," if comma else ".") == amount


@given(st.lists(st.decimals(0, 10**7, places=2).map("{:,.2f}".format), min_size=1))
def test_the_mark_is_proven_by_how_numbers_are_written(texts: list[str]):
    assert _values.marks(texts) == {"."}
    assert _values.marks([text.translate(str.maketrans(".,", ",.")) for text in texts]) == {","}


def test_numbers_that_prove_nothing_or_both():
    assert _values.marks(["1", "1,234", "2.345", "", "x"]) == set()
    assert _values.marks(["1,234.5", "1.234,5"]) == {".", ","}


@pytest.mark.parametrize(
    ("said", "meant"),
    [("€5", "EUR"), ("5 EUR", "EUR"), ("$5", None), ("US $5", "USD"), ("￥5", None), ("", None), ("AU $5", "AUD"), ("x", None)],
)
def test_the_currency_a_value_names(said: str, meant: str | None):
    assert _values.currency(said) == meant


def test_whole_numbers():
    assert [_values.whole(said, "n") for said in ("2.0", "1 000", 3.0, "")] == [2, 1000, 3, None]
    assert "whole number" in refused(_values.whole, "2.5", "n")
    assert refused(_values.whole, "9" * 25, "n") == "number is too large"


# Text


@pytest.mark.parametrize(
    ("said", "meant"),
    [('="00123"', "00123"), ("'00123", "00123"), ("\t123 ", "123"), ("a\u200bb", "ab"), (123.0, "123"), ("'s'", "'s'")],
)
def test_text_without_what_spreadsheets_put_around_it(said, meant: str):
    assert _values.text(said) == meant


def test_ids_are_printable_and_short():
    assert _values.identity("A-1", "id") == "A-1"
    assert _values.identity(" ", "id") is None
    assert "at most 200 printable" in refused(_values.identity, "a\nb", "id")
    assert "at most 200 printable" in refused(_values.identity, "x" * 201, "id")


@pytest.mark.parametrize(
    ("said", "meant"),
    [("us", "US"), ("USA", "US"), ("美国", "US"), ("Deutschland", "DE"), ("UK", "GB"), ("Atlantis", "Atlantis")],
)
def test_countries_by_code_and_name(said: str, meant: str):
    assert country(said, "country") == meant


# Times


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-03-05", "2026-03-04T16:00:00"),
        ("2026-03-05 14:03", "2026-03-05T06:03:00"),
        ("2026-03-05T14:03:22Z", "2026-03-05T14:03:22"),
        ("2025-10-07 09:50:26 +0200", "2025-10-07T07:50:26"),
        ("2026/3/5 14:03", "2026-03-05T06:03:00"),
        ("05.03.2026", "2026-03-04T16:00:00"),
        ("5.3.26 8:05", "2026-03-05T00:05:00"),
        ("13/5/2026", "2026-05-12T16:00:00"),
        ("5/13/2026 2:03 PM", "2026-05-13T06:03:00"),
        ("3/3/2026", "2026-03-02T16:00:00"),
        ("10-Jul-2025", "2025-07-09T16:00:00"),
        ("Jul 10, 2025 11:00:00 AM PDT", "2025-07-10T18:00:00"),
        ("Sep-27-26", "2026-09-26T16:00:00"),
        ("10. Juli 2025 14:03", "2025-07-10T06:03:00"),
        ("10 de julio de 2025", "2025-07-09T16:00:00"),
        ("4 mars 2026", "2026-03-03T16:00:00"),
        ("Fri, 10 Jul 2025 11:00:00 GMT", "2025-07-10T11:00:00"),
        ("2026年3月5日 14:03", "2026-03-05T06:03:00"),
        ("2026年3月5日14时03分22秒", "2026-03-05T06:03:22"),
        ("2026年3月5日 下午2:03", "2026-03-05T06:03:00"),
        ("２０２６年３月５日", "2026-03-04T16:00:00"),
        ("20260305140322", "2026-03-05T06:03:22"),
        ("46086.5854166667", "2026-03-05T06:03:00"),
        (46086, "2026-03-04T16:00:00"),
        ("2026-03-05 12:30 AM", "2026-03-04T16:30:00"),
    ],
)
def test_times_as_they_are_written(said, meant: str):
    assert _dates.moment(said, "at", SHANGHAI) == datetime.fromisoformat(meant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    ["hello", "2026-13-05", "31.02.2026", "2026-03-05 25:00", "12:00", "2026-03-05 14:03 CST", "13/13/26", "5 Foo 2026"],
)
def test_what_is_no_time_is_refused(said: str):
    for day_first in (None, True, False):
        assert "expected a time" in refused(_dates.moment, said, "at", UTC, day_first) or day_first is not None


def test_a_day_of_two_meanings_is_refused_until_its_place_is_known():
    assert "may be day 3 of month 5 or the other way round" in refused(_dates.moment, "3/5/2026", "at")
    assert _dates.moment("3/5/2026", "at", day_first=True) == datetime(2026, 5, 3, tzinfo=UTC)
    assert _dates.moment("3/5/2026", "at", day_first=False) == datetime(2026, 3, 5, tzinfo=UTC)
    assert "not where the map says" in refused(_dates.moment, "13/5/2026", "at", UTC, False)
    assert _dates.moment("", "at") is None
    assert "outside 2005 to 2040" in refused(_dates.moment, "1999-01-01", "at")


FORMS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y年%m月%d日 %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d-%b-%Y %H:%M:%S",
    "%B %d, %Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%Y%m%d%H%M%S",
    "%Y-%m-%dT%H:%M:%S+0800",
)
MOMENTS = st.datetimes(datetime(2005, 1, 2), datetime(2040, 12, 30)).map(lambda at: at.replace(microsecond=0))


@given(MOMENTS, st.sampled_from(FORMS), st.sampled_from(["Asia/Shanghai"]))
def test_any_moment_in_any_form_is_read_back(at: datetime, form: str, zone: str):
    found = _dates.moment(at.strftime(form), "at", ZoneInfo(zone), day_first=False)

    assert found == at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@given(MOMENTS)
def test_any_excel_serial_is_read_back(at: datetime):
    serial = (at - datetime(1899, 12, 30)) / timedelta(days=1)

    assert _dates.moment(serial, "at") == at.replace(tzinfo=UTC)


@given(st.lists(MOMENTS, min_size=1, max_size=20))
def test_the_days_place_is_proven_by_the_sample_or_stays_open(moments: list[datetime]):
    proves = any(at.day > 12 for at in moments)

    assert _dates.orders(at.strftime("%d/%m/%Y") for at in moments) == ({True} if proves else set())
    assert _dates.orders(at.strftime("%m/%d/%Y") for at in moments) == ({False} if proves else set())


@given(ANY, st.sampled_from([None, ".", ","]), st.sampled_from([None, True, False]))
def test_any_value_means_something_or_is_refused(value, mark: str | None, day_first: bool | None):
    readers = (
        lambda: _values.number(value, "x", mark),
        lambda: _values.whole(value, "x", mark),
        lambda: _dates.moment(value, "x", SHANGHAI, day_first),
        lambda: _values.identity(value, "x"),
        lambda: _values.words(value, "x"),
        lambda: country(value, "x"),
    )
    for read in readers:
        try:
            read()
        except BadPayload as err:
            assert err.where == "x"  # noqa: PT017 - either is right
    assert _values.currency(value) is None or len(_values.currency(value)) == 3
