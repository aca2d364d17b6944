"""Reason labels in seven languages: trimmed, folded and understood, or left alone and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.formats import _labels
from chalicelib.model.words import Reason


@pytest.mark.parametrize(
    ("label", "meant"),
    [
        ("1. 尺码不合适", Reason.SIZE_OR_FIT_OTHER),
        ("质量问题/有瑕疵", Reason.QUALITY_DEFECT),
        ("七天无理由", Reason.CHANGED_MIND),
        ("7天无理由退换货", Reason.CHANGED_MIND),
        ("多拍、拍错、不想要", Reason.CHANGED_MIND),
        ("包装/商品破损/污渍", Reason.DAMAGED_IN_TRANSIT),
        ("收到商品少件（含缺少配件）", Reason.MISSING_PARTS),
        ("颜色/图案/款式与商品描述不符", Reason.NOT_AS_DESCRIBED),
        ("快递/物流一直未送到", Reason.NOT_RECEIVED),
        ("空包裹", Reason.NOT_RECEIVED),
        ("卖家发错货", Reason.WRONG_ITEM),
        ("未按约定时间发货", Reason.LATE_DELIVERY),
        ("質量問題", Reason.QUALITY_DEFECT),
        ("（2）太大了", Reason.SIZE_TOO_LARGE),
        ("其他-不想要", Reason.CHANGED_MIND),
        ("Too small", Reason.SIZE_TOO_SMALL),
        ("  ＴＯＯ　ＳＭＡＬＬ. ", Reason.SIZE_TOO_SMALL),
        ("Size > Too large", Reason.SIZE_TOO_LARGE),
        ("APPAREL_TOO_SMALL", Reason.SIZE_TOO_SMALL),
        ("A. Wrong item", Reason.WRONG_ITEM),
        ("Seller sent wrong item (e.g wrong size, model)", Reason.WRONG_ITEM),
        ("Product is defective or does not work", Reason.QUALITY_DEFECT),
        ("Outer packaging damaged", Reason.DAMAGED_IN_TRANSIT),
        ("broken", Reason.QUALITY_DEFECT),
        ("Arrived damaged", Reason.DAMAGED_IN_TRANSIT),
        ("Counterfeit product", Reason.NOT_AS_DESCRIBED),
        ("ORDERED_WRONG_ITEM", Reason.ORDERED_BY_MISTAKE),
        ("found better price", Reason.BETTER_PRICE),
        ("tamaño incorrecto", Reason.SIZE_OR_FIT_OTHER),
        ("Größe: zu klein", Reason.SIZE_TOO_SMALL),
        ("Défectueux", Reason.QUALITY_DEFECT),
        ("Não serviu", Reason.SIZE_OR_FIT_OTHER),
        ("サイズが小さい", Reason.SIZE_TOO_SMALL),
        ("イメージと違う", Reason.EXPECTATION_GAP),
        ("nicht kompatibel", Reason.COMPATIBILITY),
        ("Other", Reason.OTHER),
        ("NO_REASON_GIVEN", Reason.OTHER),
    ],
)
def test_labels_that_are_understood(label: str, meant: Reason):
    assert _labels.reason(label) is meant


@pytest.mark.parametrize(
    "label",
    [
        "",
        "?",
        "奇怪的原因",
        "not too small",
        "不太大",
        "没有质量问题",
        "quality / not as described",  # two reasons, and nobody says which decided
        "发错货/漏发",
        "I ordered this for my daughter and it was too small in the end, so it goes back",  # a comment
    ],
)
def test_labels_that_are_left_alone(label: str):
    assert _labels.reason(label) is None


def test_a_maps_own_translation_wins():
    assert _labels.reason("3、 Defective!", {"defective": Reason.WRONG_ITEM}) is Reason.WRONG_ITEM


def test_every_phrase_of_the_data_means_its_own_label_and_all_labels_have_some():
    data = _labels._data()

    assert set(data) == {str(one) for one in Reason}
    for label, languages in data.items():
        for phrase in (one for some in languages.values() for one in some):
            assert phrase == _labels.cleaned(phrase) or _labels.cleaned(phrase), phrase
            assert _labels.reason(phrase) is Reason(label), phrase


@given(st.sampled_from(sorted(_labels._phrases())), st.sampled_from(["{}", " {} ", "1. {}", "（3）{}", "[b] {}.", "- {}!"]))
def test_numbering_and_signs_change_nothing(phrase: str, form: str):
    assert _labels.reason(form.format(phrase)) is _labels._phrases()[phrase]


@given(st.text(max_size=80))
def test_any_text_is_a_reason_or_none(text: str):
    assert _labels.reason(text) in {*Reason, None}
    assert _labels.cleaned(_labels.cleaned(text)) is not None
