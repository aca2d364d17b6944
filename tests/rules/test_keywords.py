"""Keywords: what is found to be said more often by complaints, what counts as one phrase, and what never does."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.rules.keywords import merging, odds, sides
from chalicelib.rules.keywords.entries import Entry
from chalicelib.rules.keywords.ranking import table
from chalicelib.rules.keywords.values import Keyword, Text
from tests.rules.injections import PAYLOADS

PRAISE = (
    "Lovely dress, perfect for summer.", "Great colour and fast delivery.", "Very happy with this dress.",
    "The fabric feels soft and the dress fits well.", "My daughter wears this dress every day.",
    "Beautiful pattern, true to size.",
)  # fmt: skip


def complaints(said: Iterable[str], sku: str = "A", **more: Any) -> list[Text]:
    return [Text(f"c{n:03d}", text, "en", sku=sku, **more) for n, text in enumerate(said)]


def praise(many: int = 40, sku: str | None = "A", said: Sequence[str] = PRAISE) -> list[Text]:
    return [Text(f"p{n:03d}{sku}", said[n % len(said)], "en", "review", 5, sku, complaint=False) for n in range(many)]


def phrases(found: Iterable[Keyword]) -> list[str]:
    return [one.phrase for one in found]


def entry(found: Iterable[Keyword], phrase: str) -> Keyword:
    return next(one for one in found if phrase in [spelling.words for spelling in one.spellings])


def vectors(**near: Sequence[str]):
    """An encoder for which the texts of each group are one vector, and all others stand apart."""
    groups = {text: n for n, texts in enumerate(near.values()) for text in texts}

    def embed(texts: list[str]) -> Any:
        found = np.zeros((len(texts), len(groups) + len(texts) + 1), dtype=np.float32)
        for n, text in enumerate(texts):
            found[n, groups.get(text, len(groups) + n)] = 1
        return found

    return embed


def everything_alike(texts: list[str]) -> Any:
    return np.ones((len(texts), 1), dtype=np.float32)


PLANTED = [
    "The dress runs small, sad.", "It runs very small on me and the dress is short.", "Runs small!",
    "This dress runs so small.", "Nice dress, runs small", "The zipper broke at once.", "A broken zipper on this dress.",
    "The dress is fine, the zipper broke.", "A dress like any other.", "The dress came in a bag.",
    "I wanted this dress for a party.", "The dress is here now.",
]  # fmt: skip


def test_planted_phrases_are_found_and_stand_above_common_ones():
    found = table(complaints(PLANTED) + praise(), "A")

    assert found[0].phrase == "runs small"
    assert entry(found, "zipper broke").aspect == "quality"
    assert "dress" not in phrases(found)
    assert [one.z for one in found] == sorted((one.z for one in found), reverse=True)


def test_an_entry_tells_its_counts_its_interval_and_where_it_stands():
    first = table(complaints(PLANTED, label="size_too_small") + praise(), "A")[0]

    assert (first.n_complaints, first.complaints, first.n_returns, first.n_background, first.background) == (5, 12, 5, 0, 40)
    assert first.low < first.lift < first.high and first.low > 1
    assert (first.aspect, first.direction, first.label, first.language) == ("size", ("small",), "size_too_small", "en")
    assert -1 <= first.polarity < -0.5
    assert [one.id for one in first.examples] == ["c000", "c002", "c004"]
    assert first.examples[0].excerpt == "The dress runs small, sad."
    assert json.loads(json.dumps(first.as_dict()))["spellings"][0] == {"language": "en", "words": "runs small", "texts": 3}


def test_texts_are_counted_not_how_often_they_say_it():
    calm, shouting = ([f"It is {word}, sad", f"So {word}", "A dress in blue"] for word in ("itchy", "itchy itchy itchy, itchy"))
    found = [entry(table(complaints(said) + praise(), "A"), "itchy") for said in (calm, shouting)]

    assert found[0].n_complaints == found[1].n_complaints == 2
    assert found[0].z == found[1].z


def test_a_long_excerpt_is_cut_around_the_phrase():
    long = [f"{'Many words stand here. ' * 20}It runs small number{n}. {'And many more there. ' * 20}" for n in range(4)]
    excerpt = table(complaints(long) + praise(), "A")[0].examples[0].excerpt

    assert "runs small" in excerpt and len(excerpt) < 130 and excerpt[0] == excerpt[-1] == "…"


@pytest.mark.parametrize("many, least", [(12, 2), (30, 3)])
def test_few_complaints_ask_for_two_texts_more_for_three(many: int, least: int):
    said = ["The seam is torn", "A torn seam here"] + [f"A dress number{n}" for n in range(many - 2)]
    found = phrases(table(complaints(said) + praise(), "A"))

    assert any("torn" in phrase for phrase in found) == (least == 2)


def test_what_is_denied_is_not_counted():
    said = ["It is not small", "Not too small at all", "This isn't small", "It does not run small", "Never small on me"]
    found = table(complaints(said) + praise(), "A")

    assert not [one for one in found if "small" in one.phrase and one.direction == ("small",)]
    assert all(one.direction == ("!small",) for one in found)


@pytest.mark.parametrize("language, said", [
    ("de", "Die Jacke ist nicht klein"), ("tr", "Elbise küçük değil"), ("ja", "サイズは小さくない"),
    ("ko", "사이즈가 작지 않아요"), ("zh", "尺码不小"), ("hi", "साइज छोटा नहीं है"),
    ("es", "La talla no es pequeña"), ("id", "Ukuran tidak kecil"),
    ("ru", "Размер не маленький"), ("th", "ขนาดไม่เล็ก"), ("fr", "La taille n'est pas petite"), ("nl", "De maat is niet klein"),
])  # fmt: skip
def test_a_denial_counts_in_every_word_order(language: str, said: str):
    texts = [Text(f"c{n}", said, language, sku="A") for n in range(4)]

    assert not [one for one in table(texts + praise(), "A") if one.direction == ("small",)]


def test_a_denial_belongs_to_its_phrase():
    said = ["It did not fit", "Does not fit me", "These don't fit", "doesn't fit at all"]
    found = table(complaints(said) + praise(), "A")

    assert found[0].direction == ("!fits",) and found[0].n_complaints == 4
    assert not [one for one in found if one.direction == ("fits",)]


def test_forms_and_function_words_are_one_phrase():
    said = ["The sleeves are too short", "Sleeve too short", "sleeves were much too short", "The sleeve is way too short"]
    first = table(complaints(said) + praise(), "A")[0]

    assert first.n_complaints == 4 and first.aspect == "fit" and first.direction == ("short",)
    assert sum(spelling.texts for spelling in first.spellings) == 4


def test_word_order_is_no_difference():
    found = table(complaints(["thin fabric", "The fabric is thin", "fabric so thin", "a thin fabric"]) + praise(), "A")

    assert found[0].n_complaints == 4 and {"thin fabric", "fabric is thin"} <= {one.words for one in found[0].spellings}


@pytest.mark.parametrize("liked", [(), ("I see flowers", "Come and see", "You see")])
def test_a_part_of_a_phrase_with_the_same_texts_is_folded_into_it(liked: Sequence[str]):
    """Whether the part is as sure as the whole, or, where praise holds it too, less."""
    said = ["It is see through", "See through!", "Totally see through fabric", "see through in the sun"] * 5
    found = phrases(table(complaints(said) + praise(said=(*PRAISE, *liked)), "A"))

    assert "see through" in found and "see" not in found and "through" not in found


def test_a_word_that_is_said_much_more_often_than_the_phrase_stays_beside_it():
    said = ["poor quality"] * 3 + ["The quality is a joke"] * 4 + ["Bought for the quality"] * 3
    found = phrases(table(complaints(said) + praise(), "A"))

    assert {"quality", "poor quality"} <= set(found)


SMALL = {
    "en": ["It runs small", "Runs small", "This one runs small"], "id": ["Bajunya kekecilan", "kekecilan kak", "Ini kekecilan"],
    "es": ["Talla pequeña", "Es talla pequeña", "una talla muy pequeña"],
}  # fmt: skip


def spoken(by_language: dict[str, list[str]], **more: Any) -> list[Text]:
    return [
        Text(f"{language}{n}", text, language, sku="A", **more)
        for language, said in by_language.items() for n, text in enumerate(said)
    ]  # fmt: skip


def test_the_same_in_several_languages_is_merged_where_vectors_agree():
    embed = vectors(small=("runs small", "kekecilan", "talla pequeña"))
    first = table(spoken(SMALL) + praise(), "A", embed=embed)[0]

    assert first.n_complaints == 9
    assert {spelling.language for spelling in first.spellings} == {"en", "id", "es"}
    assert entry([first], first.phrase).spellings[0].texts == max(spelling.texts for spelling in first.spellings) == 3


def test_nothing_is_merged_across_languages_without_vectors_or_against_them():
    for embed in (None, vectors()):
        found = table(spoken(SMALL) + praise(), "A", embed=embed)
        assert {"runs small", "kekecilan", "talla pequeña"} <= set(phrases(found))


OPPOSITES = [
    ({"en": ["It runs small", "Runs small", "So small"], "id": ["Bajunya kebesaran", "kebesaran kak", "Ini kebesaran"]},
     "small", "large"),
    ({"en": ["too tight", "It is tight", "so tight"], "es": ["muy holgado", "queda holgado", "es holgado"]}, "tight", "loose"),
    ({"en": ["arrived late", "came late", "very late"], "de": ["zu früh geliefert", "kam früh", "sehr früh"]}, "late", "early"),
    ({"en": ["thin fabric", "fabric is thin", "thin fabric"], "fr": ["tissu épais", "un tissu épais", "tissu trop épais"]},
     "thin", "thick"),
    ({"en": ["sleeve too long", "the sleeve is long", "sleeves long"],
      "it": ["manica corta", "la manica corta", "le maniche corte"]},
     "long", "short"),
]  # fmt: skip


@pytest.mark.parametrize("said, one, other", OPPOSITES)
def test_opposites_are_never_merged_however_alike_their_vectors(said: dict[str, list[str]], one: str, other: str):
    found = table(spoken(said) + praise(), "A", embed=everything_alike)

    assert {one, other} <= {way for entry in found for way in entry.direction}
    assert not [entry for entry in found if {one, other} <= set(entry.direction)]
    assert all(len({spelling.language for spelling in entry.spellings}) == 1 for entry in found if entry.direction)


def test_what_one_names_and_the_other_does_not_keeps_them_apart():
    said = ["waist too big", "The waist is too big", "waist way too big", "shoulders too big", "Shoulders are too big",
            "the shoulders too big"]  # fmt: skip
    found = table(complaints(said) + praise(), "A", embed=everything_alike)

    assert {"waist too big", "shoulders too big"} <= set(phrases(found))


def test_a_smaller_size_is_not_a_small_one():
    said = ["I need a smaller size", "Order a smaller size", "a smaller size please", "small size", "Small size", "small size"]
    found = table(complaints(said) + praise(), "A", embed=everything_alike)

    assert entry(found, "smaller size").direction == ("more", "small") and entry(found, "smaller size").n_complaints == 3
    assert entry(found, "small size").direction == ("small",) and entry(found, "small size").n_complaints == 3


def test_what_says_more_stays_beside_what_says_less():
    said = ["So thin", "thin!", "It is thin", "thin fabric", "A thin fabric", "thin fabric, too"]
    found = table(complaints(said) + praise(), "A", embed=everything_alike)

    assert entry(found, "thin").n_complaints == 6 and entry(found, "thin fabric").n_complaints == 3


@pytest.mark.parametrize("together, many", [(4.9, 2), (5.0, 1)])
def test_a_merge_that_makes_the_evidence_weaker_is_none(together: float, many: int):
    """Praise says "big" as well: with it, "huge" may be less of a complaint."""
    huge, big = (
        Entry((word,), frozenset({n}), frozenset(), {n: n}, {("en", word): 1}, "en", "size", ("large",), frozenset(),
              frozenset({word}), None, z)
        for n, (word, z) in enumerate([("huge", 5.0), ("big", 2.0)])
    )  # fmt: skip
    found = merging.by_meaning([huge, big], everything_alike, lambda one: replace(one, z=together))

    assert len(found) == many and found[0].spellings.keys() >= {("en", "huge")}


def test_phrases_with_different_reasons_are_not_merged():
    embed = vectors(small=("runs small", "kekecilan"))
    two = {name: SMALL[name] for name in ("en", "id")}
    texts = [replace(text, label="not_as_described") if text.language == "id" else replace(text, label="size_too_small")
             for text in spoken(two)]  # fmt: skip
    found = table(texts + praise(), "A", embed=embed)

    assert {entry(found, "runs small").label, entry(found, "kekecilan").label} == {"size_too_small", "not_as_described"}


def test_the_table_is_the_same_in_whatever_order_texts_come():
    texts = complaints(PLANTED) + spoken(SMALL) + praise() + praise(30, "B") + praise(30, None)
    first = table(texts, "A", embed=everything_alike)
    for seed in range(3):
        shuffled = texts[:]
        random.Random(seed).shuffle(shuffled)
        assert table(shuffled, "A", embed=everything_alike) == first


def test_placeholders_are_no_phrases():
    said = [f"[name] wrote to [mail] that order [number] is torn, {n}" for n in range(6)]
    found = table(complaints(said) + praise(), "A")

    assert found and not [one for one in found if {"name", "mail", "number"} & set(one.phrase.split())]


def test_placeholders_part_phrases():
    assert not [one for one in table(complaints(["zipper [name] broke"] * 6) + praise(), "A") if "zipper" in one.phrase
                and "broke" in one.phrase]  # fmt: skip


def test_a_form_letter_counts_once():
    letter = "This item was sent back because the customer changed the shipping warehouse address."
    said = [letter] * 20 + ["The seam is torn", "Torn at the seam", "A torn seam", "The lining is torn"]
    found = table(complaints(said) + praise(), "A")

    assert "warehouse" not in " ".join(phrases(found))
    assert any("torn" in phrase for phrase in phrases(found))


def test_short_texts_that_many_write_alike_all_count():
    assert entry(table(complaints(["too small"] * 9) + praise(), "A"), "too small").n_complaints == 9


def test_ordinary_is_own_praise_then_that_of_the_category_then_of_the_shop_then_complaints_of_others():
    def some(many: int, sku: str, category: str, complaint: bool) -> list[Text]:
        return [Text(f"{sku}{complaint}{n}", "fine", sku=sku, category=category, complaint=complaint) for n in range(many)]

    own = some(5, "A", "dresses", True) + some(400, "A", "dresses", False)
    near, far = some(400, "B", "dresses", False), some(900, "C", "shoes", False)
    others = some(400, "B", "dresses", True)

    chosen = sides.sides([*own, *near, *far, *others], "A", None)
    assert [len(chosen.complaints), len(chosen.praise)] == [5, 400]
    assert Counter(text.sku for text in chosen.joined) == {"B": 400, "C": 200}
    assert not any(text.complaint for text in chosen.background)
    assert Counter(text.complaint for text in sides.sides([*own, *near, *others], "A", None).joined) == {False: 400, True: 200}
    assert sides.sides([*some(600, "A", "dresses", True), *some(1200, "A", "dresses", False), *near], "A", None).joined == ()


def test_what_belongs_to_the_goods_is_no_complaint():
    """Other goods' texts lack the word, and that says nothing: the product's own praise holds it as often."""
    own = praise(40, "A", ["These jeans are great", "Love my jeans", "Jeans for every day", "Such comfortable jeans"])
    others = praise(400, "B", [f"A nice shirt number{n}" for n in range(400)])
    said = ["The jeans ripped", "jeans ripped", "My jeans ripped", "jeans in blue", "Black jeans", "jeans for work"] * 5
    found = table(complaints(said) + own + others, "A")

    assert entry(found, "jeans ripped").n_complaints == 15
    assert "jeans" not in phrases(found)


def test_a_category_and_a_whole_shop_have_tables_too():
    texts = [replace(text, category="dresses") for text in complaints(PLANTED) + praise()]

    assert table(texts, category="dresses") == table(texts) == table(texts, "A")
    assert table(texts, "nothing") == table([], "A") == table(texts, category="shoes") == []


def test_at_most_so_many_entries():
    assert len(table(complaints(PLANTED) + praise(), "A", most=1)) == 1
    assert table(complaints(PLANTED) + praise(), "A", most=0) == []


def test_an_id_counts_once():
    once = complaints(PLANTED) + praise()

    assert table(once + once, "A") == table(once, "A")


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_texts_are_only_words(payload: str):
    texts = complaints([f"{payload} torn {payload}", f"torn {payload}", "torn seam", payload, payload]) + praise(10)
    found = table(texts, "A")

    assert all(len(one.phrase) <= 120 and len(example.excerpt) < 500 for one in found for example in one.examples)
    json.dumps([one.as_dict() for one in found]).encode("ascii")


def test_long_texts_end_somewhere():
    said = [unit * 50_000 for unit in ("a'", "a", "x-", "[", "! ", "字", "ก", "'", "[a", "not ", "- ")]

    assert isinstance(table(complaints(said) + praise(5), "A"), list)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=8), st.sampled_from([None, "en", "zh", "ar", "xx", "pt-BR"]))
def test_any_text_can_be_read(said: list[str], language: str | None):
    texts = [Text(f"{n}", text, language, sku="A", complaint=n % 2 == 0) for n, text in enumerate(said * 3)]

    for one in table(texts, "A", embed=everything_alike):
        assert one.n_complaints <= one.complaints and one.n_background <= one.background
        assert math.isfinite(one.z) and -1 <= one.polarity <= 1


def test_the_score_is_that_of_the_paper():
    """Equations 20 to 22, by hand, with the prior as a tenth of all that was counted."""
    ours, theirs, of, of_theirs = 20, 5, 1000, 2000
    prior, whole = 0.1 * 25, 0.1 * 3000
    omega = (ours + prior) / (of + whole - ours - prior), (theirs + prior) / (of_theirs + whole - theirs - prior)
    score = (math.log(omega[0]) - math.log(omega[1])) / math.sqrt(1 / (ours + prior) + 1 / (theirs + prior))
    found = odds.z_scores(np.array([ours]), np.array([theirs]), odds.Mass(of, of_theirs))[0]

    assert found == pytest.approx(score)
    assert odds.z_scores(np.array([5]), np.array([10]), odds.Mass(of, of_theirs))[0] == pytest.approx(0, abs=1e-9)


def test_the_interval_is_that_of_two_shares():
    ratio, low, high = odds.lift(30, 100, 10, 100)

    assert ratio == pytest.approx(2.905, abs=0.01) and low < 2 < ratio < high
    assert odds.lift(0, 10, 0, 10)[0] == pytest.approx(1)


def test_polarity_compares_as_if_both_sides_were_equally_many():
    assert odds.polarity(10, 100, 50, 500) == pytest.approx(0)
    assert odds.polarity(10, 100, 0, 500) == pytest.approx(-10 / 12)
    assert odds.polarity(0, 100, 50, 500) > 0.8
    assert odds.polarity(3, 10, 0, 0) == pytest.approx(-3 / 5)
