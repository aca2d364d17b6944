"""Masking: nothing personal is left, what the words are about is, and no text takes longer than its length allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.person import Person
from chalicelib.rules.masking import LONGEST, masked
from tests.rules.injections import PAYLOADS

KNOWN = Person(
    "Sample", "buyer@example.com", phone="+12025550177", full_name="Sample Ütüncü-Buyer", street="1 Sample Lane",
    city="Sampleton", postcode="AB1 2CD",
)  # fmt: skip


@pytest.mark.parametrize("written, kept", [
    # Mail, links, handles
    ("mail anna.meier+x@mail.example.com now", "mail [mail] now"), ("anna (at) example.com", "[mail]"),
    ("anna  @  example.com", "[mail]"), ("https://example.com/u/anna?x=1 shows it", "[link] shows it"),
    ("www.example.com/anna", "[link]"), ("see anna-meier.example.com/x ok", "see [link] ok"), ("wa.me/12025550177", "[link]"),
    ("ask @sample.buyer", "ask [handle]"), ("instagram: anna_88", "[handle]"), ("加我微信abc12345", "加我[handle]"),
    ("加qq12345，谢谢", "加[handle]，谢谢"), ("WhatsApp: +12025550177", "[handle]"),
    ("ａｂ＠ｅｘａｍｐｌｅ．ｃｏｍ　へ", "[mail] へ"), ("a@b.cc0@d.ee", "[mail][mail]"),
    # Phones, cards, accounts, orders, parcels, documents
    ("call +1 (202) 555-0177", "call [number]"), ("06.12.34.56.78", "[number]"), ("0812-3456-7890", "[number]"),
    ("555–123–4567", "[number]"), ("０９０−１２３４−５６７８", "[number]"), ("4111 1111 1111 1111", "[number]"),
    ("DE89 3704 0044 0532 0130 00", "[account]"), ("order 112-1234567-7654321", "order [number]"),
    ("1Z999AA10123456784", "[number]"), ("订单AB12345678没到", "订单[number]没到"), ("DNI 12.345.678", "DNI [number]"),
    ("CPF 123.456.789-09", "CPF [number]"), ("90210", "[number]"),
    # Streets as the markets spell them
    ("to 12 Oak Street", "to [address]"), ("221b old kent road", "[address]"), ("12 Oak St. it was", "[address] it was"),
    ("Hauptstraße 5 a, links", "[address], links"), ("Musterweg 12 zu klein", "[address] zu klein"),
    ("rue de la Paix 3", "[address]"), ("calle Mayor nº 4", "[address]"), ("via Roma 12", "[address]"),
    ("ul. Nowa 7", "[address]"), ("Keizersgracht of Dorpsstraat 9", "Keizersgracht of [address]"),
    ("Jl. Melati No. 4", "[address]"), ("ул. Ленина, д. 5", "[address]"), ("Atatürk Sokak No: 5", "[address]"),
    ("上海市浦东新区世纪大道100号", "[address]"), ("東京都渋谷区神南1丁目2番3号", "[address]"),
    # How a letter is signed, and how somebody says who they are
    ("Too big. Kind regards, Anna Meier", "Too big. Kind regards, [name]"),
    ("Zu eng.\nMit freundlichen Grüßen\nDr. A. Meier", "Zu eng.\nMit freundlichen Grüßen\n[name]"),
    ("Cordialement,\nAnne", "Cordialement,\n[name]"), ("Thanks, Anna", "Thanks, [name]"),
    ("Zu eng. LG Anna", "Zu eng. LG [name]"), ("Best regards, Anna & Co!", "Best regards, [name]"),
    ("My name is Anna Meier. Too small", "My name is [name]. Too small"), ("меня зовут Анна", "меня зовут [name]"),
    ("你好我叫小明。太小了", "你好我叫[name]。太小了"),
])  # fmt: skip
def test_what_looks_personal_goes(written: str, kept: str):
    assert masked(written) == kept


@pytest.mark.parametrize("written", [
    "size 38/40, or 36-38 40", "EU 38, UK 5.5 - 6.5, US 10", "90x200 cm", "32/34 W", "1.5 x 2.5 m", "aged 10-12",
    "it was 12.99, now 9.99", "2 @ 5.99 and @19.99", "from 12.99 - 19.99 to 129.00", "$1,299.00", "1.299.000", "Rp 150.000",
    "Rp1.299.000 turun", "giá 350.000đ", "12800円です", "45000원", "cost 10000 TL", "₹2500", "100%", "12.5 % off", "99.999 %",
    "10000 mAh", "20000mAh bank", "WH-1000XM4", "RTX 4070", "SM-G998B", "iPhone 14 Pro", "501 jeans", "No. 5 of 12",
    "size 40 is way too small", "12 inches way too short", "the 500 GB drive", "2 pairs of road shoes", "3 people close by",
    "contacted via chat 3 times", "der Knopf war weg 2 Tage", "我们都买了38号太小", "as regards the fit, small",
    "with regards to the fit, small", "Thanks, but it is too small", "attachment shows the hole", "an LG OLED TV",
    "Cheers but the zip broke", "platz 2 im Test", "St. 5 sizes", "M.Sc. at best...", "@ 3 pm", "she's 5'6\"",
])  # fmt: skip
def test_sizes_prices_shares_models_and_everyday_words_stay(written: str):
    assert masked(written) == written


def test_what_the_vault_knows_of_the_buyer_goes_wherever_it_stands():
    told = "SAMPLE here, sample  ütüncü-buyer of 1 sample lane, Sampleton AB1 2CD. Samples were fine, sampletons too"

    assert masked(told, KNOWN) == "[name] here, [name] of [address], [place] [place]. Samples were fine, sampletons too"
    assert masked("我是张三丰的", Person(full_name="张三丰")) == "我是[name]的"
    assert masked("ask Al or Bo", Person(full_name="Al Bo")) == "ask Al or Bo", "syllables of two letters are everyday words"
    assert masked("ask Al Bo", Person(full_name="Al Bo")) == "ask [name]"


def test_a_name_is_taken_as_it_is_written_and_never_as_a_pattern():
    assert masked("(x|y)+ was here, xy too", Person(full_name="(x|y)+")) == "[name] was here, xy too"


def test_a_copy_is_cut_and_keeps_its_lines():
    assert masked("  a \t b\nc\u00a0d  ") == "a b\nc d"
    assert masked("ab " * 10_000) == ("ab " * 300).strip()


PIECES = [
    "a@b.cd", "@ab", " ", "\n", ".", "12 Oak Street", "Kind regards, ", "my name is ", "Anna", "+1 202 555 0177", "[name]",
    "2.5", "市", "号", "www.", "Rp ", "\ud800", "regards", "1", "-", "AB12", "12345", "微信", "[",
]  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))


@given(TEXTS, st.sampled_from([None, KNOWN]))
def test_any_text_has_a_short_copy_that_can_be_stored_and_masking_it_again_changes_nothing(written: str, person: Person | None):
    copy = masked(written, person)

    assert len(copy) <= LONGEST and "\ud800" not in copy
    assert masked(copy, person) == copy


PERSONAL = ["buyer@example.com", "+1 202 555 0177", "Ütüncü-Buyer", "DE89 3704 0044 0532 0130 00"]


@given(st.text(max_size=60), st.sampled_from(PERSONAL))
def test_nothing_beside_it_saves_what_is_personal(around: str, personal: str):
    assert personal.casefold() not in masked(f"{around} {personal} {around}", KNOWN).casefold()


@pytest.mark.parametrize("written", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_text_is_a_text_like_any_other(written: str):
    assert len(masked(written, KNOWN)) <= LONGEST


HOSTILE = [
    "a", "a.", "a-", "ig-", "\n", "市", "1", "1 ", "1(", "A1", "A-", "@", "a@", "a@a.", "regards ", "my name is ", "DE89",
    "1 a ", "rue a ", "weg ", "straße", "1.", "1-1/", "+(", "http://", "www.", "微信", "Rp 1.", "a sokak ",
    "thanks, A ", "1234567",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_texts_come_to_an_end(piece: str):
    """Were a pattern's time to grow with the square of the length, this would take minutes."""
    text = (piece * 20_000)[:19_999] + "\\"

    assert len(masked(text, KNOWN)) <= LONGEST
