"""Proposed maps: columns by their names, what values prove, and everything doubtful said."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.formats import _guess, mapped
from chalicelib.formats._guess import guess, written

RETURNS = {
    "退款编号": ["R1", "R2", "R3"],
    "订单编号": ["7001", "7002", "7003"],
    "商家编码": ["S-1", "S-2", "S-3"],
    "退货数量（件）": ["1", "2", "1"],
    "退货原因": ["1. 尺码不合适", "质量问题/有瑕疵", "奇怪的原因"],
    "申请时间": ["2026年3月5日 14:03", "2026/3/6", "2026-03-07 08:00"],
    "退款金额(元)": ["￥1,012.00", "￥12.00", "￥3.50"],
    "退款状态": ["退款成功", "待处理", "退款关闭"],
    "买家留言": ["...", "", ""],
    "仓位": ["A", "B", "C"],
}


def doubts(samples, **known) -> str:
    return "\n".join(guess(samples, **known).doubts)


def test_a_chinese_export_of_returns():
    found = guess(RETURNS)

    assert found.map == {
        "kind": "returns",
        "columns": {
            "退款编号": "return_id",
            "订单编号": "order_id",
            "商家编码": "sku",
            "退货数量（件）": "quantity",
            "退货原因": "reason",
            "申请时间": "requested_at",
            "退款金额(元)": "refund_amount",
            "退款状态": "status",
            "买家留言": "comment",
        },
        "zone": "Asia/Shanghai",
        "decimal": ".",
        "defaults": {"currency": "CNY"},
    }
    assert found.left == ["仓位"]
    assert [doubt.split(":")[0] for doubt in found.doubts] == [
        "times carry no zone",
        "no column and no amount names the currency",
        "the reason '奇怪的原因' (1 rows) is not understood",
    ]
    assert guess(RETURNS, "Asia/Shanghai", "CNY").doubts == found.doubts[2:]


def test_an_english_and_a_german_export_of_orders():
    english = {"Order Number": "1", "Order Date": "3/25/2026", "SKU": "a", "Qty": 1, "Item Price": "1,234.5", "Currency": "USD"}
    german = {"Bestellnummer": "1", "Bestelldatum": "25.03.2026", "Artikelnummer": "a", "Menge": 1, "Einzelpreis": "1.234,5 €"}

    one, other = (guess({name: [value] for name, value in given.items()}) for given in (english, german))

    assert (one.map["kind"], one.map["day_first"], one.map["decimal"]) == ("order_lines", False, ".")
    assert list(one.map["columns"].values()) == ["order_id", "placed_at", "sku", "quantity", "unit_price", "currency"]
    assert (other.map["decimal"], "defaults" in other.map, "day_first" in other.map) == (",", False, False)
    assert list(other.map["columns"].values()) == ["order_id", "placed_at", "sku", "quantity", "unit_price"]


@pytest.mark.parametrize(
    ("samples", "kind", "field"),
    [
        ({"Order ID": ["1"], "Date": ["2026-03-05"], "Total": ["1"]}, "orders", "placed_at"),
        ({"Order ID": ["1"], "Refund ID": ["2"], "Date": ["2026-03-05"], "Amount": ["1"]}, "refunds", "refunded_at"),
        ({"Rating": ["5"], "Date": ["2026-03-05"], "SKU": ["a"]}, "reviews", "posted_at"),
        ({"RMA": ["5"], "Date": ["2026-03-05"], "SKU": ["a"]}, "returns", "requested_at"),
    ],
)
def test_general_names_mean_what_the_kind_of_rows_makes_of_them(samples, kind: str, field: str):
    found = guess(samples)

    assert found.map["kind"] == kind and found.map["columns"]["Date"] == field


def test_what_a_sample_leaves_open_is_a_doubt_and_not_in_the_map():
    samples = {"Order ID": ["1", "2"], "Order Date": ["3/5/2026", "4/4/2026"], "Total": ["1.234", "7"], "Currency": ["USD"] * 2}

    found = guess(samples)

    assert "day_first" not in found.map and "decimal" not in found.map
    assert "'3/5/2026' may be read in two ways" in doubts(samples)
    assert "'1.234' may be read in two ways" in doubts(samples)


def test_a_sample_that_contradicts_itself_is_a_doubt():
    samples = {
        "Order ID": ["1", "2"],
        "Order Date": ["13/5/2026", "5/13/2026"],
        "Total": ["1,234.5", "1.234,5"],
        "Currency": ["USD"] * 2,
    }

    assert "some dates have the day first" in doubts(samples) and "written in two ways" in doubts(samples)
    assert not {"day_first", "decimal"} & guess(samples).map.keys()


def test_two_columns_of_one_field_missing_columns_and_values_that_are_none():
    samples = {"SKU": ["", "a"], "商家编码": ["x", "y"], "数量": ["one", "2"]}

    said = doubts(samples)

    assert "'商家编码' was taken for sku; 'SKU' may be it as well" in said
    assert "no column is order_id" in said and "no column is placed_at" in said
    assert "'数量' as quantity holds 1 different values that are none: 'one'" in said


def test_cells_left_empty_as_merged_cells_leave_them_are_filled_down():
    samples = {"订单号": ["1", "", "2"], "下单时间": ["2026-03-05", "", "2026-03-06"], "SKU": [*"abc"], "数量": [*"111"]}

    assert guess(samples).map["fill_down"] == ["order_id", "placed_at"]
    assert "'订单号' is empty in 1 of 3 rows" in doubts(samples)


def test_reasons_that_are_comments_are_said_to_be():
    assert "1 reasons are longer than a label" in doubts({"RMA": ["1"], "Reason": ["it " * 40], "Return date": ["2026-03-05"]})


def test_what_is_written_is_yaml_of_the_same_map_and_the_map_holds():
    found = guess(RETURNS)

    text = written(found, "ret\n urns.csv")

    assert yaml.safe_load(text) == found.map
    assert mapped.made(yaml.safe_load(text)).kind == "returns"
    assert '  # not taken: "仓位"' in text and text.count("# DOUBT: ") == len(found.doubts)


def test_the_names_of_the_data_are_of_fields_that_there_are():
    known = _guess._names()

    assert {field for field in known.values() if not field.startswith(":")} <= set(mapped.FIELDS)
    for general in ("date", "amount", "status", "number"):
        assert f":{general}" in known.values()


KNOWN = ["订单号", "SKU", "Date", "数量", "退货原因", "Total", "yes", "null", ": #", '"x"']
NAMES = st.one_of(st.sampled_from(KNOWN), st.text(min_size=1, max_size=8))


@given(st.dictionaries(NAMES, st.lists(st.text(max_size=8), max_size=4), max_size=8))
def test_any_file_gets_a_map_that_is_yaml(samples):
    found = guess(samples)
    try:
        assert yaml.safe_load(written(found, "x")) == found.map
    except yaml.YAMLError:
        assert any(not name.isprintable() for name in samples)  # YAML has no spelling for some
