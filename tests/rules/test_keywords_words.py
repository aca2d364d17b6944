"""How texts become words: scripts with and without blanks, languages told and guessed, and the lists of 20 languages."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from itertools import product

import pytest

from chalicelib.rules.keywords import lexicon, phrases, words
from chalicelib.rules.keywords.lexicon import LANGUAGES, Role
from chalicelib.rules.keywords.ranking import table
from chalicelib.rules.keywords.values import Text

COMPLAINTS = {
    "en": "Runs small, I had to return it.|It runs very small for me.|Nice dress but it runs small.|The size runs small.",
    "zh": "尺码偏小，穿不进去|尺码偏小很多，退货|衣服尺码偏小了|尺码偏小，质量还行",
    "ja": "サイズが小さすぎて入らない|サイズが小さすぎます|思ったよりサイズが小さすぎた|サイズが小さすぎた",
    "th": "ผ้าบางมาก เห็นข้างใน|ผ้าบางมากค่ะ ขอคืน|ผ้าบางมาก ไม่ชอบเลย|เนื้อผ้าบางมาก",
    "es": "La talla es pequeña|Es una talla muy pequeña y la devuelvo|talla pequeña|Viene talla pequeña, no me vale",
    "pt": "O tecido é muito fino|tecido fino e transparente|Tecido muito fino, vou devolver|tecido fino",
    "de": "Die Jacke fällt zu klein aus|Viel zu klein|Leider zu klein|Ist zu klein, geht zurück",
    "fr": "La couleur est différente de la photo|couleur différente|couleur différente, déçue|Couleurs différentes",
    "it": "La taglia è troppo piccola|taglia troppo piccola|troppo piccola, resa|Veste troppo piccola",
    "ko": "사이즈가 너무 작아요|생각보다 사이즈가 작네요|사이즈가 작습니다 반품해요|사이즈 작음",
    "vi": "Chất lượng kém quá|chất lượng rất kém|Chất lượng kém, thất vọng|hàng chất lượng kém",
    "id": "Barang tidak sesuai gambar|tdk sesuai dengan gambar|warna ga sesuai gambar|gak sesuai sama gambar, kecewa",
    "nl": "De maat valt te klein uit|valt veel te klein uit|Te klein helaas|maat te klein",
    "pl": "Za mały rozmiar|rozmiar za mały|Sukienka jest za mała|Niestety za mały",
    "tr": "Kumaş çok ince|kumaşı ince ve kalitesiz|Kumaş ince, iade ettim|Kumaşı çok ince",
    "ru": "Размер маленький|маленький, возврат|размер очень маленький|размер оказался маленьким",
    "ar": "المقاس صغير جدا|مقاس صغير|المقاس صغير وضيق|مقاسه صغير",
    "hi": "साइज बहुत छोटा है|साइज छोटा निकला|साइज़ छोटा है वापस करना है|साइज छोटा",
    "ms": "Saiz terlalu kecil|saiz kecil sangat|Baju saiz kecil, nak pulangkan|saiz kecil",
    "tl": "Sira ang zipper|sira agad ang zipper|Dumating na sira yung zipper|sira zipper",
}
PRAISE = {
    "en": "Lovely dress, perfect fit.|Great colour and it arrived quickly.|Beautiful, would buy again.",
    "zh": "质量很好，很喜欢|物流很快，包装完好|颜色漂亮，穿着舒服",
    "ja": "とても気に入りました|届くのが早かったです|色がきれいで満足",
    "th": "สวยมาก ชอบค่ะ|ส่งไวมาก|ใส่สบาย", "es": "Muy bonito, me encanta|Llegó rápido y bien|El color es precioso",
    "pt": "Adorei o vestido|Chegou rápido|Cor linda", "de": "Sehr schöne Jacke|Schnelle Lieferung|Passt perfekt",
    "fr": "Très belle robe|Livraison rapide|Tissu agréable", "it": "Bellissimo vestito|Spedizione veloce|Molto comodo",
    "ko": "색상이 예뻐요|배송이 빨라요|만족합니다", "vi": "Áo đẹp lắm|Giao hàng nhanh|Mặc vừa vặn",
    "id": "Barang bagus|Pengiriman cepat|Suka banget", "nl": "Mooie jurk|Snelle levering|Zit lekker",
    "pl": "Piękna sukienka|Szybka dostawa|Bardzo wygodna", "tr": "Çok güzel elbise|Hızlı kargo|Memnun kaldım",
    "ru": "Красивое платье|Быстрая доставка|Очень удобное", "ar": "الفستان جميل|وصل بسرعة|مريح جدا",
    "hi": "बहुत सुंदर है|जल्दी डिलीवरी हुई|आरामदायक है", "ms": "Cantik sangat|Penghantaran laju|Puas hati",
    "tl": "Ang ganda ng damit|Mabilis ang delivery|Komportable suotin",
}  # fmt: skip
# What is expected of each: a spelling, the aspect, the direction.
EXPECTED = {
    "en": ("runs small", "size", "small"), "zh": ("尺码偏小", "size", "small"), "ja": ("サイズが小さすぎ", "size", "small"),
    "th": ("ผ้าบาง", "material", "thin"), "es": ("talla pequeña", "size", "small"), "pt": ("tecido fino", "material", "thin"),
    "de": ("zu klein", "size", "small"), "fr": ("couleur différente", "colour", "different"),
    "it": ("troppo piccola", "size", "small"), "ko": ("사이즈 작음", "size", "small"),
    "vi": ("chất lượng kém", "quality", "bad"), "id": ("tidak sesuai gambar", "description", "!same"),
    "nl": ("te klein", "size", "small"), "pl": ("za mały", "size", "small"),
    "tr": ("kumaş ince", "material", "thin"), "ru": ("маленький", "size", "small"), "ar": ("مقاس صغير", "size", "small"),
    "hi": ("साइज छोटा", "size", "small"), "ms": ("saiz kecil", "size", "small"), "tl": ("sira zipper", "function", "broken"),
}  # fmt: skip


def texts(language: str, told: str | None) -> list[Text]:
    said = [Text(f"c{n}", text, told, sku="A") for n, text in enumerate(COMPLAINTS[language].split("|"))]
    liked = [Text(f"p{n}", text, told, sku="A", complaint=False) for n, text in enumerate(PRAISE[language].split("|"))]
    return said + liked + [Text(f"q{n}", f"A fine thing number{n}", "en", sku="B", complaint=False) for n in range(40)]


def read(text: str, language: str | None = None) -> list[str]:
    """The words of a text, as they stand there."""
    found = words.corpus([Text("1", text, language)])
    return [found.texts[0][start:end] for start, end in zip(found.start, found.end, strict=True)]


def held(text: str, language: str | None = None) -> set[str]:
    """The phrases of a text."""
    found = phrases.found(words.corpus([Text("1", text, language)]))
    return {found.written(entry) for entry in range(len(found.phrase))}


@pytest.mark.parametrize("language, known", list(product(LANGUAGES, (True, False))))
def test_every_language_gives_what_its_buyers_say(language: str, known: bool):
    spelling, aspect, direction = EXPECTED[language]
    found = table(texts(language, language if known else None), "A")

    one = next(entry for entry in found if spelling in [one.words for one in entry.spellings])
    assert one.n_complaints >= 3 and (one.aspect, one.direction) == (aspect, (direction,))


@pytest.mark.parametrize("text, language, expected", [
    ("面料很薄，质量太差了", "zh", ["面料", "很", "薄", "质量", "太", "差", "了"]),
    ("質量太差，和圖片不一樣", "zh-Hant", ["質量", "太", "差", "和", "圖片", "不", "一", "樣"]),
    ("写真と色が違う", "ja", ["写真", "と", "色", "が", "違う"]),
    ("部品が足りません", "ja", ["部品", "が", "足り", "ませ", "ん"]),
    ("ส่งของช้ามาก กล่องบุบ", "th", ["ส่ง", "ของ", "ช้า", "มาก", "กล่อง", "บุบ"]),
    ("ได้ของไม่ครบ น้ำหนัก", "th", ["ได้", "ของ", "ไม่", "ครบ", "น้ำหนัก"]),
    ("XL码太小", None, ["XL", "码", "太", "小"]),
])  # fmt: skip
def test_scripts_without_blanks_are_parted(text: str, language: str | None, expected: list[str]):
    assert read(text, language) == expected


@pytest.mark.parametrize("text, language, expected", [
    ("It's see-through; the dress's hem DIDN'T hold", "en", ["It", "see", "through", "the", "dress", "hem", "DIDN'T", "hold"]),
    ("L’article n'est pas dell'acqua", "fr", ["L", "article", "n", "est", "pas", "dell", "acqua"]),
    ("कपड़ा बहुत पतला है", "hi", ["कपड़ा", "बहुत", "पतला", "है"]),
    ("القماش رقيق", "ar", ["القماش", "رقيق"]),
    ("so<b>thin</b>&amp; [name] [number]!", "en", ["so", "b", "thin", "b", "amp"]),
])  # fmt: skip
def test_words_stand_where_they_stood(text: str, language: str, expected: list[str]):
    assert read(text, language) == expected


def test_no_phrase_runs_over_a_pause_or_a_contrast():
    for between in (", ", ". ", "\n", " but ", " (", " [name] ", " 😀 ", " -- ", "/"):
        assert held(f"small{between}waist", "en") == {"small", "waist"}


def test_function_words_are_passed_over_but_never_first_or_last():
    assert held("it is the fabric of the dress that is thin", "en") == {
        "fabric", "dress", "thin", "fabric of the dress", "dress that is thin",
    }  # fmt: skip


def test_too_and_not_wait_for_their_word():
    assert held("the sleeve is too long", "en") == {"sleeve", "long", "too long", "sleeve is too long"}
    assert held("it does not fit", "en") == {"not fit"}


def test_a_phrase_has_three_words_that_carry_something():
    assert "zipper broke wash" in held("zipper broke wash fabric", "en")
    assert "zipper broke wash fabric" not in held("zipper broke wash fabric", "en")


@pytest.mark.parametrize("one, other, language", [
    ("sizes", "size", "en"), ("ripped", "rip", "en"), ("broken", "broke", "en"), ("colors", "colour", "en"),
    ("poorly", "poor", "en"), ("pequeñas", "pequeño", "es"), ("petites", "petit", "fr"), ("kleines", "kleine", "de"),
    ("piccola", "piccoli", "it"),
    ("mała", "małych", "pl"), ("маленькая", "маленького", "ru"), ("bahannya", "bahan", "id"), ("المقاس", "مقاس", "ar"),
    ("छोटी", "छोटा", "hi"), ("작아요", "작네요", "ko"), ("小さく", "小さい", "ja"), ("botões", "botao", "pt"),
])  # fmt: skip
def test_forms_of_a_word_have_one_stem(one: str, other: str, language: str):
    assert lexicon.stem(lexicon.folded(one, language), language) == lexicon.stem(lexicon.folded(other, language), language)


@pytest.mark.parametrize("one, other, language", [
    ("small", "smaller", "en"), ("early", "ear", "en"), ("zip", "zipper", "en"), ("kecil", "kekecilan", "id"),
    ("màu", "mau", "vi"), ("schon", "schön", "de"), ("needs", "ned", "en"), ("less", "le", "en"),
])  # fmt: skip
def test_words_that_are_two_have_two_stems(one: str, other: str, language: str):
    assert lexicon.stem(lexicon.folded(one, language), language) != lexicon.stem(lexicon.folded(other, language), language)


def test_a_tag_means_its_language_and_a_wrong_one_is_not_believed():
    assert [lexicon.known(tag) for tag in ("pt-BR", "zh_Hant", "FIL", "in", "sv", "")] == ["pt", "zh", "tl", "id", "", ""]
    assert words.spoken_in("尺码偏小", "en") == "zh"
    assert words.spoken_in("Размер мал", "de") == "ru"
    assert words.spoken_in("品質最悪", "ja") == "ja"
    assert words.spoken_in("xyzzy", None) == "en"


def test_what_cannot_be_seen_is_not_read():
    assert words.tidied("sm\u200ball\u202e  \x00 se\u00adam\ud800") == "small seam"
    assert words.tidied("ﬁt ｓｍａｌｌ sooooo") == "fit small soo"
    assert words.tidied("น้ำ") == "น้ำ"
    assert len(words.tidied("ﷺ" * 5000)) == words.LONGEST_TEXT


def data(name: str) -> dict[str, dict[str, str]]:
    return tomllib.loads(files(lexicon.__package__).joinpath(name).read_text("utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_lists(language: str):
    lists = data("words.toml")[language]

    assert {"stop", "weak", "chatter", "breaks"} <= set(lists) and {"before", "after", "both"} & set(lists)
    assert all(language in words for words in data("aspects.toml").values())
    assert {"small", "large", "long", "thin", "broken", "different"} <= {
        name for name, words in data("directions.toml").items() if language in words
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_tells_is_on_no_list_of_words_that_are_passed_over(language: str):
    """A word that points somewhere must not be a function word, nor end phrases, nor deny."""
    for name in ("small", "large", "short", "long", "tight", "loose", "thin", "thick", "late", "broken", "torn", "missing"):
        for word in data("directions.toml")[name].get(language, "").split():
            assert not lexicon.role(lexicon.folded(word.rstrip("*"), language), language) & ~Role.WEAK, (name, word)


def test_opposites_name_each_other_and_aspects_are_known():
    listed = data("directions.toml")

    for name, one in listed.items():
        assert not one["opposite"] or listed[one["opposite"]]["opposite"] == name
        assert one["aspect"] in ("", *data("aspects.toml"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_points_two_opposite_ways(language: str):
    listed = data("directions.toml")
    for name, one in listed.items():
        both = set(one.get(language, "").split()) & set(listed.get(one["opposite"], {}).get(language, "").split())
        assert not both, (name, both)
