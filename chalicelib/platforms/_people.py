"""What bodies say of people, made fit to be kept and written to. Buyers' words are hostile: what is not clearly well formed
is dropped, never guessed, and nothing here raises.

Sources: E.164 (phones), BCP 47 (languages), ISO 3166-1 and 3166-2 (countries, provinces), RFC 5321 (the length of addresses).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
MAX_NAME = 100
NAME = re.compile(rf"[^{CONTROL}]{{1,{MAX_NAME}}}")
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
COUNTRY = re.compile(r"[A-Z]{2}")
PROVINCE = re.compile(r"[A-Z0-9]{1,3}")
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
    if not isinstance(said, str):
        return None
    line = " ".join(_CONTROLS.sub(" ", said).split())[:MAX_NAME].strip()
    return line.encode("utf-8", "replace").decode() or None


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


def _matching(form: re.Pattern[str], text: str) -> str | None:
    return text if form.fullmatch(text) else None
