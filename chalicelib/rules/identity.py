"""Identity: the identifiers of a buyer in their one spelling, by which the same person is found in another shop.

Only what is surely the buyer's own counts. Relay addresses of marketplaces, masked and placeholder values, and lines that many
share are no identifiers. What postal addresses and names are worth is weighed in likeness.py.
Sources: RFC 5321 and Unicode NFKC (mail), ITU-T E.164 (phones); data/identity.toml says where its lists are from.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from ..model.person import Person
from . import likeness, policies

MAIL, PHONE, HOUSE, NAME = "mail", "phone", "house", "name"
# These alone make two buyers one. The others only say who is worth comparing.
SURE = (MAIL, PHONE)
# In a number an x is a mask or announces an extension, which is no better.
_MASKED_NUMBER = re.compile(r"[*\u2022\u2026#xX]")
_LOCAL = re.compile(r"[^@\s*\u2022]{1,64}")
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")
_RUN = re.compile(r"(\d)\1{5,}")
_COUNTING = "01234567890123456789"


def email(said: str | None) -> str | None:
    """A mail address in its one spelling; None for a relay's, a masked or a placeholder one, and for what is no address.

    Case, width and a final dot do not count; where the provider ignores dots and "+tags", they do not count either.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", said or "").lower()).strip()
    local, _, domain = plain.rpartition("@")
    domain = _ascii(domain.rstrip("."))
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain) or _relayed(domain):
        return None
    if domain in _dotless():
        local, domain = local.partition("+")[0].replace(".", ""), _dotless()[0]
    return f"{local}@{domain}" if local and local not in _words("mail", "placeholders") else None


def phone(said: str | None, country: str | None) -> str | None:
    """A number in E.164, by the order's country where it names none; None for what is nobody's own.

    Masked, impossible and placeholder numbers are dropped, toll-free and service lines too, and numbers with an extension:
    those are how marketplaces lend a line to a buyer for a while.
    """
    import phonenumbers as library

    if not said or _MASKED_NUMBER.search(said):
        return None
    try:
        number = library.parse(said, country)
    except library.NumberParseException:
        return None
    kinds = library.PhoneNumberType
    own = (kinds.MOBILE, kinds.FIXED_LINE, kinds.FIXED_LINE_OR_MOBILE, kinds.VOIP, kinds.PERSONAL_NUMBER)
    if number.extension or not library.is_valid_number(number) or library.number_type(number) not in own:
        return None
    return None if _placeholder(number) else str(library.format_number(number, library.PhoneNumberFormat.E164))


def identifiers(person: Person) -> tuple[str, ...]:
    """What a buyer can be found by, each as kind:value: their own addresses and numbers, and which house and name they give.

    These are personal: they are hashed before anything is stored.
    """
    found = {MAIL: email(person.email), PHONE: phone(person.phone, person.country), **likeness.blocks(person)}
    return tuple(f"{kind}:{value}" for kind, value in found.items() if value)


def _ascii(domain: str) -> str:
    """A domain as DNS knows it; as it stands where it is no domain."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


def _relayed(domain: str) -> bool:
    return any(pattern.fullmatch(domain) for pattern in _relays())


@cache
def _relays() -> tuple[re.Pattern[str], ...]:
    """The domains of relays, with all below them."""
    names = [name for one in policies.data("identity.toml")["relay"] for name in one["domains"]]
    return tuple(re.compile(r"(?:.*\.)?" + re.escape(name).replace(r"\*", r"[a-z.]+")) for name in names)


@cache
def _words(part: str, name: str) -> frozenset[str]:
    return frozenset(policies.data("identity.toml")[part][name].split())


@cache
def _dotless() -> tuple[str, ...]:
    return tuple(policies.data("identity.toml")["mail"]["dotless"].split())


def _placeholder(number: object) -> bool:
    """Whether somebody only filled in a field: 000000, 123456, and numbers known to be nobody's."""
    national, whole = str(number.national_number), f"{number.country_code}{number.national_number}"  # type: ignore[attr-defined]
    counting = national[1:] in _COUNTING or national[1:] in _COUNTING[::-1]
    return bool(_RUN.search(national)) or len(set(national)) < 3 or counting or whole in _words("phone", "placeholders")
