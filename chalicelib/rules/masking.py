"""Masking: a copy of what a buyer wrote in which nothing personal is left. What looks personal goes, even where it is not.

By form: mail addresses, links, handles, phone and card numbers, IBANs, order and parcel numbers, postal addresses, how a letter
is signed. By knowledge: whatever the vault knows of this buyer (names, street, city, postcode, mail, phone).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model.person import Person

LONGEST = 900  # characters kept; a reason is told in fewer

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("[mail]", re.compile(r"[\w.+%-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)),
    ("[link]", re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)),
    ("[link]", re.compile(r"\b(?:wa|t)\.me/\S+|\b[\w-]+\.(?:com|net|org|io|ru|cn|jp|de|fr|co\.uk)\b\S*", re.IGNORECASE)),
    ("[handle]", re.compile(r"(?<![\w@])@[\w.]{3,}")),
    ("[handle]", re.compile(r"\b(?:whatsapp|telegram|line ?id|wechat|微信|qq|kakao(?:talk)?|zalo|instagram|ig)\b\s*[:：=号]?\s*"
                            r"[\w.+-]*\d[\w.+-]*", re.IGNORECASE)),
    ("[account]", re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b")),
    # A street and its number as the markets spell it: "12 Oak Street", "Hauptstr. 5", "rue de la Paix 3", "Jl. Melati 4".
    ("[address]", re.compile(r"\b\d{1,5}[a-z]?,?\s+(?:[A-Z][\w'.-]+\s+){1,4}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|"
                             r"court|ct|boulevard|blvd|way|close|crescent|terrace)\b\.?", re.IGNORECASE)),
    ("[address]", re.compile(r"\b\w*(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|straat|laan)\s+\d{1,4}\s?[a-z]?\b",
                             re.IGNORECASE)),
    ("[address]", re.compile(r"\b(?:rue|avenue|calle|carrer|rua|avenida|via|viale|piazza|ul\.|ulica|jl\.?|jalan|jln|sokak|"
                             r"cadde(?:si)?|улица|ул\.)\s+[\w' .-]{2,40}?,?\s*(?:no\.?|n[°º]|nr\.?|д\.)?\s*\d{1,4}\b",
                             re.IGNORECASE)),
    ("[address]", re.compile(r"\S{2,12}[省市区區県縣都]\S{0,20}?\d+\S{0,3}[号號楼室栋棟弄番丁]\S{0,12}")),
    # Numbers: of people (phones, cards, documents), of orders and of parcels. Short ones are sizes, prices and counts.
    ("[number]", re.compile(r"\b(?=(?:[A-Z0-9-]*\d){4})[A-Z0-9]+(?:-[A-Z0-9]+)*\b(?<=[A-Z0-9-]{8})")),
    ("[number]", re.compile(r"\+?\(?\d[\d().\s/-]{5,}\d")),
    ("[number]", re.compile(r"\d{5,}")),
)  # fmt: skip
# "Kind regards, Anna Meier" at the end, and "my name is ...": what comes after is a name.
_SIGNED = re.compile(
    r"((?:\b(?:kind |best |warm )?regards|\bsincerely|\bcheers|\bthanks,|\bmfg|\bmit freundlichen gr(?:ü|ue)(?:ß|ss)en|\blg|"
    r"\bviele gr(?:ü|ue)(?:ß|ss)e|\bcordialement|\bbien à vous|\bun saludo|\bsaludos|\batenciosamente|\batt|\babraços|"
    r"\bcordiali saluti|\bdistinti saluti|\bgroetjes?|\bmet vriendelijke groet|\bpozdrawiam|\bsaygılarımla|"
    r"с уважением|\bsalam hormat|\bhormat saya|\btrân trọng)[\s,.!:-]*)[^\n.!?]{2,60}$",
    re.IGNORECASE | re.MULTILINE,
)
_NAMED = re.compile(
    r"(\b(?:my name is|i am called|ich hei(?:ß|ss)e|mein name ist|je m'appelle|me llamo|mi nombre es|meu nome é|me chamo|"
    r"mi chiamo|ik heet|mijn naam is|nazywam się|benim adım|меня зовут|nama saya|tên tôi là|ako si|我叫|私の名前は|"
    r"제 이름은)\s*)"
    r"(\w+(?:\s[A-ZÀ-ÞА-Я]\w+)?)", re.IGNORECASE,
)  # fmt: skip
_SPACE = re.compile(r"[^\S\n]+")


def masked(text: str, person: Person | None = None) -> str:
    """The copy that may be kept and analysed: at most 900 characters, each personal thing replaced by a word in brackets."""
    told = _SIGNED.sub(r"\1[name]", text[:20_000])
    told = _NAMED.sub(r"\1[name]", told)
    for known, word in _known(person):
        told = known.sub(word, told)
    for word, form in _FORMS:
        told = form.sub(word, told)
    return _SPACE.sub(" ", told).strip()[:LONGEST].encode("utf-8", "replace").decode()


def _known(person: Person | None) -> Iterator[tuple[re.Pattern[str], str]]:
    """What the vault knows of the buyer, longest first: a whole name before its parts."""
    if person is None:
        return
    names = [name for name in (person.full_name, person.name) if name]
    parts = [part for name in names for part in re.split(r"[\s,]+", name) if _telling(part)]
    for name in sorted({*names, *parts}, key=lambda one: (-len(one), one)):
        yield _word(name), "[name]"
    for known, word in (
        (person.email, "[mail]"), (person.phone, "[number]"), (person.street, "[address]"), (person.city, "[place]"),
        (person.postcode, "[place]"),
    ):  # fmt: skip
        if known and _telling(known):
            yield _word(known), word


def _telling(part: str) -> bool:
    """Whether a part of a name is long enough not to be an everyday syllable."""
    return len(part) >= 3 or (len(part) >= 2 and not part.isascii())


def _word(known: str) -> re.Pattern[str]:
    spaced = r"\s+".join(re.escape(part) for part in known.split())
    edge = r"(?<!\w)" if known[:1].isascii() else ""
    return re.compile(rf"{edge}{spaced}" + (r"(?!\w)" if known[-1:].isascii() else ""), re.IGNORECASE)
