"""A buyer's words made comparable: noise and disguises go, meaning stays, in every script."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules.reasons.normal import HEAD, TAIL, clean, plain
from tests.rules.injections import PAYLOADS


@pytest.mark.parametrize("written, cleaned", [
    # Markup
    ("<p class='a'>Too <b>small</b></p>", "too small"), ("a<br/>b", "a b"), ("<ß>x", "x"), ("<a <b> c>x", "x"),
    ("too <!-- not\n--> small <!-- it < 3", "too small <!- it < 3"),
    ("<script>too big</script>too small<SCRIPT src=x> y </script >", "too small"), ("<style>p {}</style>tight", "tight"),
    ("size < 38 and > 36, i <3 it", "size < 38 and > 36, i <3 it"), ("＜ｂ＞tight＜／ｂ＞", "tight"),
    # Entities, however often escaped
    ("too&nbsp;small &amp; thin", "too small & thin"), ("&amp;lt;b&amp;gt;tight&amp;lt;/b&amp;gt;", "tight"),
    ("&amp;amp;amp;#115;mall", "small"), ("&#x27;til", "'til"),
    # Links, mail, quoted mail
    ("see https://example.com/a?b=c it broke", "see it broke"), ("www.example.com broke", "broke"),
    ("mail a.b+c@example.com. It broke", "mail . it broke"),
    ("Too tight\n> how was it?\nFrom: Shop\nSent: Monday\nBetreff: x\n", "too tight"),
    # Disguises
    ("t\u200bo\u2060o sm\u00adall\ufeff", "too small"), ("\u202etoo\u202c small", "too small"),
    ("ＴＯＯ　ｓｍａｌｌ！", "too small!"),
    ("tоо ѕmаll", "too small"), ("ΤOO SΜALL", "too small"), ("𝐭𝐨𝐨 𝓼𝓶𝓪𝓵𝓵", "too small"), ("too\x00small\x1b", "too small"),
    ("sooooo smaaaall!!!!!!", "soo smaall!"), ("bad ... bad ---", "bad . bad -"), ("😡😡 tight ❤️ 👍🏽", "tight"),
    ("2\ufe0f\u20e3 broke", "2 broke"), ("<ѕсrірt>x</ѕсrірt>tight", "tight"),
    # Lines become marks between words
    ("too small\n\n  too thin\n.", "too small | too thin ."), ("a\r\nb\tc", "a | b c"),
    # What is no disguise stays
    ("USBшный кабель", "usbшный кабель"), ("мал размер", "мал размер"),
    ("5 μm", "5 μm"), ("5μm", "5μm"), ("ABC-кабель", "abc-кабель"),
    ("", ""), (" \n\u200b ", ""),
])  # fmt: skip
def test_clean(written: str, cleaned: str):
    assert clean(written) == cleaned


@pytest.mark.parametrize("written, cleaned, without", [
    ("Zu groß für mich", "zu gross für mich", "zu gross fur mich"), ("ÇOK DAR ışık", "çok dar ışık", "cok dar isik"),
    ("za małe, przełącznik", "za małe, przełącznik", "za male, przelacznik"),
    ("Déchiré À l’arrivée", "déchiré à l’arrivée", "dechire a l’arrivee"),
    ("Giày rộng quá, đế bị bong", "giày rộng quá, đế bị bong", "giay rong qua, de bi bong"),
    ("muy pequen\u0303o", "muy pequeño", "muy pequeno"), ("المَقَاسُ صغيرٌ", "المَقَاسُ صغيرٌ", "المقاس صغير"),
    ("Очень маленький ещё", "очень маленький ещё", "очень маленький ещё"),
    ("小さすぎるバッグ", "小さすぎるバッグ", "小さすぎるバッグ"),
    ("कपड़ा बहुत छोटा है", "कपड़ा बहुत छोटा है", "कपड़ा बहुत छोटा है"), ("너무 작아요", "너무 작아요", "너무 작아요"),
])  # fmt: skip
def test_accents_stay_in_the_clean_form_and_go_from_the_plain_one(written: str, cleaned: str, without: str):
    assert clean(written) == unicodedata.normalize("NFC", cleaned)
    assert plain(clean(written)) == unicodedata.normalize("NFC", without)


def test_marks_that_carry_the_word_stay_in_both():
    """Thai tones and vowels, Devanagari signs, Japanese voicing: without them it would be another word."""
    for word in ("เล็กเกินไป", "छोटी", "ज़्यादा", "がぎぐ", "й"):
        assert plain(clean(word)) == clean(word) == unicodedata.normalize("NFKC", word)


def test_a_text_is_the_same_however_its_accents_are_written():
    for text in ("Đế giày bị bong ra, chật quá", "Größe fällt à côté", "कपड़ा ज़्यादा छोटा", "이 신발은 작아요"):
        for form in ("NFD", "NFKD", "NFKC"):
            assert clean(unicodedata.normalize(form, text)) == clean(text)


def test_of_a_long_text_the_beginning_and_the_end_are_kept_between_words():
    words = [f"w{n}" for n in range(2000)]
    cleaned = clean(" ".join(words))

    kept = cleaned.split()
    assert HEAD + TAIL - 20 < len(cleaned) <= HEAD + TAIL + 1
    assert kept[0] == "w0" and kept[-1] == "w1999" and set(kept) <= set(words)
    assert len(clean("".join(map(chr, range(0x4E00, 0x6E00))))) == HEAD + TAIL + 1, "where no blanks are, it is cut where it is"


PIECES = [
    "too small", "BIG", "<b>", "</b>", "<!--", "-->", "<script>", "</script>", "&lt;", "&amp;", "&#115;", "www.", "a@b.cd",
    "\n", " ",    ">", "To: x", "\u200b", "о", "é", "e\u0301", "ё", "ß", "！", "!!!", "aaa", "😡", "字", "ำ", "|",
    "ज़", "ﷺ", "x" * 50,
]  # fmt: skip
TEXTS = st.one_of(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.text(max_size=80))


@given(TEXTS)
def test_what_is_clean_stays_as_it_is(written: str):
    cleaned = clean(written)

    assert clean(cleaned) == cleaned
    assert plain(plain(cleaned)) == plain(cleaned)


@given(st.text())
def test_a_clean_text_is_short_small_and_shows_nothing_hidden(written: str):
    cleaned = clean(written)

    assert len(cleaned) <= HEAD + TAIL + 1 and cleaned == cleaned.strip() and "  " not in cleaned
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cf", "Cs", "Co", "Cn", "So", "Zl", "Zp"}
    assert unicodedata.normalize("NFC", cleaned.casefold()) == cleaned


@pytest.mark.parametrize("written", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_text_is_a_text_like_any_other(written: str):
    assert len(plain(clean(written))) <= HEAD + TAIL + 1


@pytest.mark.parametrize("piece", [
    "a.", "a-", "\n", "a\n.", "<!--", "<script>", "<style ", "<a", "&amp;", "&", "w ", ">", "to:\n", "a@", "!", "é",
])  # fmt: skip
def test_hostile_texts_come_to_an_end(piece: str):
    """Were a pattern's time to grow with the square of the length, this would take minutes."""
    text = (piece * 40_000)[:39_999] + "."

    assert len(clean(text)) <= 601 and plain(clean(text)) is not None
