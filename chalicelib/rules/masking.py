"""Masking: a copy of what a buyer wrote in which nothing personal is left. What looks personal goes, even where it is not.

By form: mail addresses, links, handles, phone and card numbers, IBANs, order and parcel numbers, postal addresses, how a letter
is signed. By knowledge: whatever the vault knows of this buyer (names, street, city, postcode, mail, phone). Prices, sizes and
models stay: they are what the words are about. However a text is made, it takes time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ..model.person import Person

LONGEST = 900  # characters kept; a reason is told in fewer
_READ = 20_000  # characters looked at

# An amount is no number of a person's: "Rp 150.000", "12800円", "10000 mAh", "19.99 - 29.99".
_PRICE = r"(?:\d[.,]\d{3}[.,]\d{3}|\d{1,3}[.,]\d{3}|\d{1,4}[.,]\d\d)"
_AMOUNT = (
    r"(?P<kept>(?:[€$£¥₩₫₹฿₺₽₱]|\b(?:rp|rm|usd|eur|vnd|idr|php|twd|nt)\.?)\s?(?:\d[.,]?){1,8}(?!\d)"
    r"|(?<![\d.,+])(?:\d[.,]?){1,8}\s?(?:[€$£¥₩₫₹฿₺₽₱%円元원]|(?:đ|k|tl|zł|vnd|idr|php|usd|eur|mah|wh|btu|rpm|lm|hz)\b)"
    rf"|(?<![\d.,+/-]){_PRICE}(?:\s?[-–/]\s?{_PRICE})?(?![\s./-]?\d))"
)
_Form = tuple[str, re.Pattern[str]]
_REACHED: tuple[_Form, ...] = (
    ("[mail]", re.compile(r"(?<![\w.+%-])[\w.+%-]+(?:@\s?|\s@\s|\s?\(at\)\s?|\s?\[at\]\s?)[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}",
                          re.IGNORECASE)),
    ("[link]", re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)),
    ("[link]", re.compile(r"\b(?:wa|t)\.me/\S+|(?<![\w.-])[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|ru|cn|jp|de|fr|uk)\b"
                          r"(?:[/?#:]\S*)?", re.IGNORECASE)),
)  # fmt: skip
_FORMS: tuple[_Form, ...] = (
    ("[handle]", re.compile(r"(?<![\w@])@(?=[\d._]*[^\W\d_])[\w.]{3,}")),
    ("[handle]", re.compile(r"(?:\b(?:whatsapp|telegram|line ?id|wechat|kakao(?:talk)?|zalo|instagram|ig)\b|微信号?|"
                            r"(?<![a-z])qq号?)\s*[:：=]?\s*[\w.+-]{0,40}?\d[\w.+-]*", re.IGNORECASE)),
    ("[account]", re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b")),
    # A street and its number as the markets spell it: "12 Oak Street", "Hauptstr. 5", "rue de la Paix 3", "Jl. Melati 4". What
    # is an everyday word as well ("size 40 is way too small", "500 gb drive", "via chat 2 times") counts with capitals alone.
    ("[address]", re.compile(r"\b\d{1,5}[a-z]?,?\s+(?:(?!(?:of|for|in|on|off|the|my|and|with)\b)[A-Z][\w'.-]+\s+){1,4}"
                             r"(?:street|road|avenue|lane|boulevard|blvd|crescent|terrace)\b\.?", re.IGNORECASE)),
    ("[address]", re.compile(r"\b\d{1,5}[A-Za-z]?,?\s+(?:[A-Z][a-z][\w'.-]*\s+){1,4}(?:St|Rd|Ave|Ln|Dr|Drive|Ct|Court|Way|"
                             r"Close)\b\.?")),
    ("[address]", re.compile(r"\b(?:\w*(?:stra(?:ß|ss)e|str\.|straat)|\w{2,}(?:weg|platz|allee|gasse|laan)|"
                             r"\w+ (?:sokak|soka[ğg][ıi]|cadde(?:si)?))\s+(?:no[.:]?\s?)?\d{1,4}(?:\s?[a-z])?\b",
                             re.IGNORECASE)),
    ("[address]", re.compile(r"\b(?:rue|avenue|calle|carrer|rua|avenida|via(?=\s(?-i:[A-Z][a-z]))|viale|piazza|ul\.|"
                             r"ulica|jl\.?|jalan|jln|улица|ул\.)\s+[\w' .-]{2,40}?,?\s*(?:no\.?|n[°º]|nr\.?|д\.)?\s*"
                             r"\d{1,4}\b", re.IGNORECASE)),
    ("[address]", re.compile(r"\S{2,12}(?:[省市区區县県縣]|(?<=京)都)\S{0,20}?\d{1,5}\S{0,3}[号號楼室栋棟弄番丁]\S{0,12}")),
    # Numbers: of people (phones, cards, documents), of orders and of parcels. Short ones are sizes, counts and models.
    ("[number]", re.compile(r"(?<![A-Za-z0-9])(?=[0-9-]{0,30}[A-Z])(?=(?:[A-Z-]{0,20}\d){6})[A-Z0-9]+(?:-[A-Z0-9]+)*"
                            r"(?![A-Za-z0-9])(?<=[A-Z0-9-]{8})")),
    ("[number]", re.compile(rf"{_AMOUNT}|(?<!\d)\+?\(?(?=(?:\d[().\s/‐-―-]*){{7}})\d[\d().\s/‐-―-]{{5,}}\d", re.IGNORECASE)),
    ("[number]", re.compile(rf"{_AMOUNT}|\d{{5,}}", re.IGNORECASE)),
)  # fmt: skip
# "Kind regards, Anna Meier" at the end, and "my name is ...": what comes after is a name.
_SIGNED = re.compile(
    r"((?:(?<!as )(?<!with )\bregards(?! to\b)|\bsincerely|\bmit freundlichen gr(?:ü|ue)(?:ß|ss)en|\bviele gr(?:ü|ue)(?:ß|ss)e|"
    r"\bcordialement|\bbien à vous|\b(?:un )?saludos?|\batenciosamente|\babraços|\bcordiali saluti|\bdistinti saluti|"
    r"\bgroetjes?|\bmet vriendelijke groet|\bpozdrawiam|\bsaygılarımla|\bс уважением|\bsalam hormat|\bhormat saya|\btrân trọng)"
    r"(?!\w)[\s,.!:-]*)(?=[^\n]{0,60}?[^\W\d_])(?:[^\n.!?]|\b\w{1,2}\.){2,60}[.!]*$",
    re.IGNORECASE | re.MULTILINE,
)
# What closes a letter and is written elsewhere too ("Thanks, but ...", "LG"): a name follows it if it looks like one.
_THANKED = re.compile(
    r"((?:^|[.!?,;])[^\S\n]*(?:many |kind )?(?:thanks|thank you|cheers|mfg|lg|att)(?!\w)[\s,.!:-]*)"
    r"(?-i:[A-ZÀ-ÞА-Я](?:[a-zß-ÿа-я][\w'-]*|\.)(?:[^\S\n]+[A-ZÀ-ÞА-Я](?:[a-zß-ÿа-я][\w'-]*|\.)){0,2})[.!]*$",
    re.IGNORECASE | re.MULTILINE,
)
_NAMED = re.compile(
    r"((?:\b(?:my name is|i am called|ich hei(?:ß|ss)e|mein name ist|je m'appelle|me llamo|mi nombre es|meu nome é|me chamo|"
    r"mi chiamo|ik heet|mijn naam is|nazywam się|benim adım|меня зовут|nama saya|tên tôi là|ako si)\b|我叫|私の名前は|"
    r"제 이름은)\s*)"
    r"(\w+(?:\s[A-ZÀ-ÞА-Я]\w+)?)", re.IGNORECASE,
)  # fmt: skip
# Letters, digits and signs of numbers and addresses in the width of Chinese writing.
_WIDE = {0xFEE0 + ord(char): char for char in "".join(map(chr, range(33, 127))) if char.isalnum() or char in "@.-_+"}
_WIDE |= {0x2212: "-"}
_SPACE = re.compile(r"[^\S\n]+")


def masked(text: str, person: Person | None = None, longest: int = LONGEST) -> str:
    """The copy that may be kept and analysed: at most 900 characters, each personal thing replaced by a word in brackets."""
    told = _SPACE.sub(" ", text[:_READ].encode("utf-8", "replace").decode().translate(_WIDE)).strip()
    forms = (*_REACHED, *_known(person), *_FORMS)
    for _ in range(4):  # what one round uncovers, the next one takes
        before, told = told, _round(told, forms)
        if told == before:
            break
    return told[:longest].rstrip()


def _round(told: str, forms: Iterable[_Form]) -> str:
    for named in (_SIGNED, _THANKED, _NAMED):
        told = named.sub(r"\1[name]", told)
    for word, form in forms:
        told = form.sub(_unless_kept(word), told)
    return told


def _unless_kept(word: str) -> Callable[[re.Match[str]], str]:
    return lambda found: found[0] if found.lastgroup else word


def _known(person: Person | None) -> list[_Form]:
    """What the vault knows of the buyer, longest first: a street before the name in it, a whole name before its parts."""
    if person is None:
        return []
    names = [name for name in (person.full_name, person.name) if name]
    parts = [part for name in names for part in re.split(r"[\s,]+", name) if _telling(part)]
    told = dict.fromkeys((*names, *parts), "[name]") | {
        known: word for known, word in (
            (person.email, "[mail]"), (person.phone, "[number]"), (person.street, "[address]"), (person.city, "[place]"),
            (person.postcode, "[place]"),
        ) if known and _telling(known)
    }  # fmt: skip
    return [(told[known], _word(known)) for known in sorted(told, key=lambda one: (-len(one), one))]


def _telling(part: str) -> bool:
    """Whether a part of a name is long enough not to be an everyday syllable."""
    return len(part) >= 3 or (len(part) >= 2 and not part.isascii())


def _word(known: str) -> re.Pattern[str]:
    spaced = r"\s+".join(re.escape(part) for part in known.split())
    edge = r"(?<!\w)" if known[:1].isascii() else ""
    return re.compile(rf"{edge}{spaced}" + (r"(?!\w)" if known[-1:].isascii() else ""), re.IGNORECASE)
