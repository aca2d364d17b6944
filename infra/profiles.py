"""What an operator says of a shop: checked before it is kept, and its sender made known to SES."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import boto3
from botocore.exceptions import ClientError

from chalicelib.effects.mailer import ascii_address

from .problems import Problem

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """What was said, as it is kept. Problem names the first that cannot be right. An empty text takes a value away."""
    return {field: _CHECKS.get(field, _line)(value, field) if value else value for field, value in given.items()}


def _line(value: str, field: str) -> str:
    if re.search(r"[\r\n\0]", value):
        raise Problem(f"--{field} must be one line.", "Leave out the line ends.")
    return value.strip()


def _address(value: str, field: str) -> str:
    try:
        return ascii_address(value.strip())
    except ValueError as err:
        option = field.replace("_", "-")
        raise Problem(f"--{option} is not an address that SES can use: {err}.", "Such as help@example.com") from None


def _postal(value: str, field: str) -> str:
    return " ".join(value.split())


def _domain(value: str, field: str) -> str:
    if not _DOMAIN.fullmatch(value.strip().lower()):
        raise Problem(f"--domain {value!r} is not a domain.", "Such as name.myshopify.com, without https:// and path.")
    return value.strip().lower()


def _url(value: str, field: str) -> str:
    if not re.fullmatch(r"https://[^\s/]+\.[^\s]+", value):
        raise Problem(f"--url {value!r} is not an https address.", "Such as https://www.example.com")
    return value


def _zone(value: str, field: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Problem(f"--zone {value!r} is not a time zone.", "Such as Asia/Shanghai or Europe/Berlin.") from None


def _languages(value: tuple[str, ...], field: str) -> tuple[str, ...]:
    for one in value:
        if not _LANGUAGE.fullmatch(one):
            raise Problem(f"--language {one!r} is not a language.", "Such as en, de or zh.")
    return tuple(dict.fromkeys(value))


_CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "sender": _address, "reply_to": _address, "postal": _postal, "domain": _domain, "url": _url, "zone": _zone,
    "languages": _languages,
}  # fmt: skip


def verify(sender: str, local: bool) -> str:
    """See that SES lets the sender write; what there is to do, in words. On the laptop it is verified at once."""
    domain = sender.rpartition("@")[2]
    ses = boto3.client("sesv2")
    if _verified(ses, domain) or _verified(ses, sender):
        return f"SES knows {sender}"
    if local:
        ses.create_email_identity(EmailIdentity=sender)
        return f"{sender} is verified on this stage"
    return (
        f"SES does not know {sender} yet, and refuses its mails until it does. Create the identity {domain} in the SES console "
        "of this region, put its three CNAME records into the domain's DNS, and ask there for production access."
    )


def _verified(ses: Any, identity: str) -> bool:
    try:
        return bool(ses.get_email_identity(EmailIdentity=identity).get("VerifiedForSendingStatus"))
    except ClientError as err:
        if err.response["Error"]["Code"] != "NotFoundException":
            raise
        return False
