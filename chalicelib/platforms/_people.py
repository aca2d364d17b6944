"""What bodies say of people, made fit to be kept and written to. Buyers' words are hostile: what is not clearly well formed
is dropped, never guessed, and nothing here raises.

Sources: E.164 (phones), BCP 47 (languages), ISO 3166-1 and 3166-2 (countries, provinces), RFC 5321 (the length of addresses),
UPU S42 (postcodes: letters, digits, blanks, hyphens). Marketplaces mask what they do not tell with asterisks: that is nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
MAX_NAME = 100
MAX_STREET = 200
NAME = re.compile(rf"[^{CONTROL}]{{1,{MAX_NAME}}}")
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
COUNTRY = re.compile(r"[A-Z]{2}")
PROVINCE = re.compile(r"[A-Z0-9]{1,3}")
STREET = re.compile(rf"[^*{CONTROL}]{{1,{MAX_STREET}}}")
CITY = re.compile(rf"[^*{CONTROL}]{{1,{MAX_NAME}}}")
POSTCODE = re.compile(r"[A-Z0-9](?:[A-Z0-9 -]{0,10}[A-Z0-9])?")
PUSH = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:endpoint/[A-Za-z0-9_./-]{1,200}")
# Narrower than what mail allows: whatever could end one address and begin another, or leave its header, is not taken.
_EMAIL = re.compile(rf"(?=.{{3,200}}\Z)[^@\s<>()\[\]\\,;:\"{CONTROL}]+@[^@\s<>()\[\]\\,;:\"{CONTROL}]+")
_CONTROLS = re.compile(rf"[{CONTROL}]+")
_SPACING = re.compile(r"[ ().\u00a0-]")


def part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under a name; an empty one for anything else."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def name(said: object) -> str | None:
    """A name in one line, at most 100 characters."""
    return _line(said, MAX_NAME) if isinstance(said, str) else None


def street(*said: object) -> str | None:
    """The lines of a postal address that come before the place, in one line of at most 200 characters."""
    lines = [one for line in said if isinstance(line, str) and (one := _line(line, MAX_STREET))]
    return _matching(STREET, ", ".join(lines)[:MAX_STREET].strip(" ,"))


def city(said: object) -> str | None:
    """A city or village in one line, at most 100 characters."""
    return _matching(CITY, _line(said, MAX_NAME) or "") if isinstance(said, str) else None


def postcode(said: object) -> str | None:
    """A postcode in capital letters and plain digits, whichever digits it was written in."""
    return _matching(POSTCODE, _plain_digits(" ".join(said.upper().split()))) if isinstance(said, str) else None


def email(said: object) -> str | None:
    """A mail address; relay addresses of marketplaces are addresses too."""
    return _matching(_EMAIL, said.strip()) if isinstance(said, str) else None


def phone(said: object) -> str | None:
    """A number in E.164; one without its country is dropped, for nobody knows whose it is."""
    return _matching(PHONE, _SPACING.sub("", said)) if isinstance(said, str) else None


def language(said: object) -> str | None:
    """A BCP 47 tag."""
    return _matching(LANGUAGE, said.replace("_", "-")) if isinstance(said, str) else None


def country(said: object) -> str | None:
    """An ISO 3166-1 alpha-2 code."""
    return _matching(COUNTRY, said.upper()) if isinstance(said, str) else None


def province(said: object) -> str | None:
    """An ISO 3166-2 code without its country."""
    return _matching(PROVINCE, said.upper()) if isinstance(said, str) else None


def push(said: object) -> str | None:
    """The SNS endpoint of a device."""
    return _matching(PUSH, said) if isinstance(said, str) else None


def _line(said: str, most: int) -> str | None:
    line = " ".join(_CONTROLS.sub(" ", said).split())[:most].strip()
    return line.encode("utf-8", "replace").decode() or None


def _plain_digits(said: str) -> str:
    """The same with full-width letters and the digits of any script as ASCII."""
    plain = unicodedata.normalize("NFKC", said)
    return "".join(one if (digit := unicodedata.decimal(one, None)) is None else str(digit) for one in plain)


def _matching(form: re.Pattern[str], text: str) -> str | None:
    return text if form.fullmatch(text) else None
