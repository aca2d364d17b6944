"""Letters: every template in every language, and hostile text that stays text."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model.errors import BadPayload
from chalicelib.model.facts import LineFact
from chalicelib.model.person import Channel
from chalicelib.model.touch import Letter
from chalicelib.model.words import LineKind
from chalicelib.rules import render, texts
from chalicelib.rules.contact import Facts
from tests.letters import PROFILE, buyer, delivered, facts
from tests.rules.injections import PAYLOADS

LINK = "https://wellkept.example.com/unsubscribe/abc"
EVERY = [(template, language) for template in texts.names() for language in texts.languages(template)]


def of(template: str = "how_is_it", language: str | None = "en", **changes) -> Facts:
    known = facts(**changes)
    spoken = replace(known.buyer, person=replace(known.buyer.person, language=language)) if known.buyer else None
    return replace(known, touchpoint=replace(known.touchpoint, template=template), buyer=spoken)


def mail(known: Facts) -> Letter:
    return render.letter(known, Channel.MAIL, LINK)


class Shape(HTMLParser):
    """What a page is made of: its tags with their attributes, and its text apart from style sheets."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text: list[str] = []
        self.others: list[str] = []
        self._silent = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(attrs)))
        self._silent = tag == "style"

    def handle_endtag(self, tag):
        self.tags.append((f"/{tag}", ()))
        self._silent = False

    def handle_data(self, data):
        if not self._silent:
            self.text.append(data)

    def handle_comment(self, data):
        self.others.append(data)

    def handle_decl(self, decl):
        self.others.append(decl)

    def handle_pi(self, data):
        self.others.append(data)

    def unknown_decl(self, data):
        self.others.append(data)


# every template, every language


def test_there_are_three_templates_in_three_languages():
    named = [(name, tag) for name in ("check_the_parcel", "expectations", "how_is_it") for tag in ("en", "es", "zh")]
    assert named == EVERY


@pytest.mark.parametrize("template, language", EVERY)
def test_every_text_renders_with_all_that_a_buyer_needs(template: str, language: str):
    letter = mail(of(template, language))

    assert letter.language == language
    assert letter.html is not None
    for part in (letter.text, " ".join(Shape(letter.html).text)):
        for needed in ("Alex", "1001", "Acme Outdoor", "Mug", "Tee", "Example Street 1"):
            assert needed in part, needed
    assert LINK in letter.text
    assert letter.html.count(f'href="{LINK}"') == 1
    assert "1001" in letter.subject
    assert "{" not in letter.text + letter.subject


@pytest.mark.parametrize("template, language", EVERY)
def test_both_parts_say_the_same(template: str, language: str):
    letter = mail(of(template, language))
    shown = squeezed("".join(Shape(letter.html or "").text))
    said = [line.removeprefix("- ") for line in letter.text.splitlines() if line.strip() not in ("", "--") and LINK not in line]

    assert [line for line in said if squeezed(line) not in shown] == []


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("template, language", EVERY)
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.PUSH])
def test_short_messages_fit_and_say_how_to_reach_the_shop(template: str, language: str, channel: Channel):
    letter = render.letter(of(template, language), channel, "")

    assert letter.html is None
    assert render.segments(letter.text) <= 2
    assert "help@example.com" in letter.text
    assert letter.subject


@pytest.mark.parametrize("template", texts.names())
def test_all_languages_use_the_same_placeholders_and_only_known_ones(template: str):
    used = {}
    for language in texts.languages(template):
        text = texts.read(template, language)
        assert render.problems(text) == []
        lines = [text.subject, text.preview, text.sms, *(line for block in text.blocks for line in block.lines)]
        used[language] = [set(re.findall(r"{{\s*(\w+)\s*}}", line)) for line in lines]
        assert [block.kind for block in text.blocks] == [block.kind for block in texts.read(template, "en").blocks]
    assert used["en"] == used["zh"] == used["es"]


# Words of rewards, advertising and reviews, in the languages there are.
FORBIDDEN = (
    r"\breviews?\b|rating|\brate\b|\bstars?\b|feedback|recommend|discount|coupon|voucher|\bgifts?\b|\bfree\b|\boffers?\b|promo|"
    r"\bsale\b|bonus|reward|cash|\bwin\b|refund|compensat|newsletter|follow us|"
    r"好评|评价|评论|评分|晒单|五星|打分|推荐|返现|优惠|折扣|红包|赠品|礼品|免费|促销|奖励|补偿|关注我们|"
    r"reseña|valoraci|opini[oó]n|puntua|estrella|recomiend|descuento|cup[oó]n|regalo|gratis|oferta|promoci|rebaja|premio|"
    r"compensa|s[ií]guenos"
)


@pytest.mark.parametrize("path", [*sorted(texts.folder().glob("**/*.txt"))], ids=lambda path: f"{path.parent.name}-{path.name}")
def test_no_text_promises_asks_for_praise_or_links_anywhere(path):
    words = path.read_text("utf-8")

    assert re.findall(FORBIDDEN, words, re.IGNORECASE) == []
    assert re.findall(r"https?:|www\.|href|://|<|>(?! )", words) == []


def test_the_words_that_are_forbidden_would_be_found():
    for line in ("Leave us a review", "rate it with five stars", "给个好评返现", "10 % de descuento", "Déjanos tu opinión"):
        assert re.search(FORBIDDEN, line, re.IGNORECASE)


# the language


@pytest.mark.parametrize(
    "wanted, country, chosen",
    [
        ("es", "DE", "es"),
        ("es-MX", "US", "es"),
        ("es_419", None, "es"),
        ("ZH-hant-TW", "US", "zh"),
        ("zh-CN", None, "zh"),
        ("fr", "MX", "es"),
        ("fr", "FR", "en"),
        (None, "TW", "zh"),
        (None, "US", "en"),
        (None, None, "en"),
        ("", "", "en"),
        ("../../etc", "??", "en"),
        ("x" * 500, "ES", "es"),
    ],
)
def test_the_buyers_language_then_their_countrys_then_english(wanted: str | None, country: str | None, chosen: str):
    assert texts.choose("how_is_it", wanted, country) == chosen


def test_the_language_of_the_checkout_counts_where_the_person_has_none():
    assert mail(of(language=None, state=delivered(language="zh-CN"))).language == "zh"
    assert mail(of(language=None, buyer=buyer(country="ES"))).language == "es"


# what goes in


@pytest.mark.parametrize(
    "name, called",
    [
        ("Alex Example", "Alex"),
        ("ALEX EXAMPLE", "Alex"),
        ("Al Example", "Al"),
        ("AL", "AL"),
        ("José-María Ruiz", "José-María"),
        ("O'Neil", "O'Neil"),
        ("示例 人", "示例 人"),
        ("예시", "예시"),
        ("例 太郎", "例 太郎"),
        ("กานต์ ตัวอย่าง", "กานต์"),
        ("मेरा नाम", "मेरा"),
        (None, ""),
        ("", ""),
        ("  ", ""),
        ("Dr. Example", ""),
        ("evil.example", ""),
        ("https://evil.example", ""),
        ("x@example.com", ""),
        ("50%", ""),
        ("<b>Alex</b>", ""),
        ("{{name}}", ""),
        ("A" * 31, ""),
        ("-x", ""),
        ("中奖请访问 evil.example", ""),
        ("Alex\u202e Example", "Alex"),
    ],
)
def test_somebody_is_called_by_a_first_name_that_looks_like_one(name: str | None, called: str):
    assert render.first_name(name) == called
    text = mail(of(buyer=buyer(name=name))).text
    assert text.startswith(f"Hello {called},\n" if called else "Hello,\n")


def test_products_are_what_was_sold_ten_at_most():
    def line(n: int, **more) -> LineFact:
        return LineFact(str(n), **({"title": f"Thing {n}", "quantity": 1, "unit_price": Decimal(1)} | more))

    some = [line(1), line(2, kind=LineKind.SERVICE), line(3, quantity=0), line(4, title=None), line(5, title=None, sku="S-5")]
    assert [one["title"] for one in render.items_of(some)] == ["Thing 1", "S-5"]
    assert [one["title"] for one in render.items_of([line(1, variant="Red / M")])] == ["Thing 1 (Red / M)"]
    many = list(render.items_of([line(n, quantity=2) for n in range(14)]))
    assert (len(many), many[-1]) == (11, {"title": "…", "quantity": "8"})


def test_a_shop_without_a_title_goes_by_its_name_and_a_mail_without_products_has_no_list():
    bare = replace(delivered(), facts={"order": delivered().facts["order"]})
    letter = mail(of(state=bare, profile=replace(PROFILE, title="", reply_to="")))

    assert "You receive this because you ordered from acme." in letter.text
    assert "- " not in letter.text.partition("\n-- \n")[0]
    assert "<ul" not in (letter.html or "")


@pytest.mark.parametrize(
    "text, parts",
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 459, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("字" * 70, 1),
        ("字" * 71, 2),
        ("字" * 201, 3),
        ("👍" * 35, 1),
    ],
)
def test_parts_of_an_sms_are_counted_as_carriers_do(text: str, parts: int):
    assert render.segments(text) == parts


@pytest.mark.parametrize("template, language", EVERY)
def test_an_sms_is_three_parts_at_most_whatever_is_in_it(template: str, language: str):
    profile = replace(PROFILE, title="字" * 500, reply_to="x" * 200 + "@example.com")
    letter = render.letter(of(template, language, profile=profile, state=delivered(number="9" * 300)), Channel.SMS, "")

    assert 1 <= render.segments(letter.text) <= render.SEGMENTS


# hostile text


def hostile(payload: str) -> Facts:
    """The payload in every place that somebody else writes."""
    return written(payload, payload, payload)


def harmless(payload: str) -> Facts:
    """The same with plain words wherever the payload leaves any."""
    postal = "\n".join("word" for line in payload.splitlines() if render.clean(line, 120))
    return written("word", "word" if render.clean(payload, 120) else "", postal)


def written(word: str, title: str, postal: str) -> Facts:
    state = delivered(number=word)
    lines = {"1": LineFact("1", title=title, quantity=1)}
    known = of(state=replace(state, facts={**state.facts, "line": lines}), buyer=buyer(name=word))
    return replace(known, profile=replace(PROFILE, title=word, postal=postal))


def test_the_corpus_is_large():
    assert len(set(PAYLOADS)) >= 200


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda one: ascii(one[:30]))
def test_hostile_text_stays_text(payload: str):
    """The page has the tags and attributes of a harmless one, each once; the text is there letter by letter, and one line."""
    letter = mail(hostile(payload))
    shape, expected = Shape(letter.html or ""), Shape(mail(harmless(payload)).html or "")

    assert shape.tags == expected.tags
    assert shape.others == expected.others == ["doctype html"]
    assert not re.search(r"[\x00-\x1f\x7f\x85\u2028\u2029\u202a-\u202e\u2066-\u2069]", letter.subject)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", letter.text)
    order, title, shop = render.clean(payload, 40) or "1001", render.clean(payload, 120), render.clean(payload, 60) or "acme"
    for part in (" ".join("".join(shape.text).split()), " ".join(letter.text.split())):
        assert f"Your order {order} arrived a few days ago." in part
        assert f"1 × {title}" in part or not title
        assert f"because you ordered from {shop}." in part
    assert letter.subject == f"Is everything all right with order {order}?"
    assert len(letter.html or "") < 20_000


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda one: ascii(one[:30]))
def test_hostile_text_breaks_no_short_message(payload: str):
    letter = render.letter(hostile(payload), Channel.SMS, "")

    assert render.segments(letter.text) <= render.SEGMENTS
    assert letter.text.isprintable() or set(letter.text) & set("\u200c\u200d")
    assert "\n" not in letter.text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_stays_text(payload: str):
    letter = mail(hostile(payload))

    assert Shape(letter.html or "").tags == Shape(mail(harmless(payload)).html or "").tags
    assert "\n" not in letter.subject


def test_a_postal_address_has_no_more_lines_than_it_was_given():
    html = mail(of(profile=replace(PROFILE, postal="A & B <Ltd>\nRoad 1"))).html or ""

    assert "A &amp; B &lt;Ltd&gt;<br>Road 1" in html
    assert unescape("A &amp; B") in mail(of(profile=replace(PROFILE, postal="A & B"))).text


# faulty templates


@pytest.mark.parametrize(
    "line, said",
    [
        ("Hello {{ nobody }}", "no placeholder 'nobody'"),
        ("Hello {{ name", "Syntax|unexpected|end"),
        ("{% for x in y %}", "end|y"),
    ],
)
def test_a_faulty_template_is_named(line: str, said: str):
    good = "subject: a\npreview: b\nsms: c\n\n"
    text = texts.parse(good + line, "en", "texts/x/en.txt")

    assert any(re.search(said, problem) for problem in render.problems(text))
    assert all(problem.startswith("texts/x/en.txt") for problem in render.problems(text))


@pytest.mark.parametrize(
    "line",
    [
        "{{ nobody }}",
        "{{ name.__class__.__mro__ }}",
        "{{ name.__class__ }}",
        "{{ 1 / 0 }}",
        "{{ range(9) }}",
        "{{ name.nothing }}",
        "{{ name",
    ],
)
def test_a_template_that_reaches_for_more_is_refused(line: str):
    text = texts.parse(f"subject: a\npreview: b\nsms: c\n\n{line}", "en", "texts/x/en.txt")

    with pytest.raises(BadPayload, match=r"texts/x/en\.txt"):
        render._fill(text, line, {"name": "x"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "subject: a\n\nbody",
        "subject: a\npreview: b\nsms: c\nextra: d\n\nbody",
        "subject: a\nsubject: a\n\nbody",
        "subject: a\npreview: b\nsms: c",
        "no header\n\nbody",
        "subject: \npreview: b\nsms: c\n\nbody",
    ],
)
def test_a_file_of_another_form_is_refused(text: str):
    with pytest.raises(BadPayload, match=r"texts/x/en\.txt"):
        texts.parse(text, "en", "texts/x/en.txt")


def test_a_template_or_rule_that_is_gone_is_told():
    with pytest.raises(BadPayload, match="templates are check_the_parcel"):
        texts.read("../../settings", "en")
    with pytest.raises(BadPayload, match="rule is gone"):
        render.letter(replace(facts(), touchpoint=None), Channel.MAIL, LINK)
