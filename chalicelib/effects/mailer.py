"""Mail by SES: a letter as a MIME message, handed over by one call that carries the action's tag."""

from __future__ import annotations

import re
from email import policy
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from ..model.sending import Accepted, Envelope, Refused
from ..model.tags import TAG, tag
from .once import Once


class _Lines(policy.EmailPolicy):
    """Python's own lines, but for two headers. A long address in List-Unsubscribe would become an encoded word, which nobody
    reads; and from a long Subject that is not ASCII, Python before 3.12.4 loses blanks (CPython issue 92081)."""

    def fold(self, name: str, value: Any) -> str:
        own = self._own(name, str(value))
        return str(super().fold(name, value)) if own is None else f"{name}: {own}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        ours = self._own(name, str(value)) is not None
        return self.fold(name, value).encode("ascii") if ours else bytes(super().fold_binary(name, value))

    def _own(self, name: str, value: str) -> str | None:
        if name == "Subject" and not value.isascii():
            return Header(value, "utf-8", header_name=name).encode(linesep=self.linesep)
        return value if name == "List-Unsubscribe" else None


# Seven bits go through every server.
_POLICY = _Lines(linesep="\r\n", cte_type="7bit")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")
_ASK = "verify the sender's domain in SES, in this region, then send it anew: ./wellkept answer KEY --send"
_REASONS = {
    "TooManyRequestsException": "SES asks to send more slowly",
    "ThrottlingException": "SES asks to send more slowly",
    "LimitExceededException": "the day's sending quota of SES is used up; ask AWS for a higher one",
    "SendingPausedException": "SES has paused sending for this account; see the reputation page of the SES console",
    "AccountSuspendedException": "SES has suspended this account's sending; answer AWS's message in the support centre",
    "MessageRejected": "SES rejected the message: its sender is not verified, or its content was refused; " + _ASK,
    "MailFromDomainNotVerifiedException": "the sender's MAIL FROM domain is not verified in SES; " + _ASK,
    "NotFoundException": "SES does not know the configuration set; deploy again: ./wellkept deploy --stage STAGE",
    "BadRequestException": "SES does not take the message: an address or a header in it is not well formed",
}


class Mailer:
    """Sends letters under a configuration set, whose events feed the outbox."""

    def __init__(self, mail_settings: str) -> None:
        self._settings = mail_settings
        self._ses = Once("sesv2", _REASONS)
        self._ses.client()  # made now: start-up is where a function has all of a core

    def __call__(self, envelope: Envelope) -> Accepted | Refused:
        """Hand over one letter by ONE call. NoAnswer when SES may or may not have taken it."""
        try:
            message = compose(envelope)
            sender, to = ascii_address(parseaddr(envelope.sender)[1]), ascii_address(envelope.to)
            tags = [{"Name": TAG, "Value": tag(envelope.tag)}]
        except ValueError as err:
            return Refused(f"the message cannot be written: {err}", passing=False)
        return self._ses.send(
            "send_email", FromEmailAddress=sender, Destination={"ToAddresses": [to]}, EmailTags=tags,
            Content={"Raw": {"Data": message.as_bytes()}}, ConfigurationSetName=self._settings,
        )  # fmt: skip


def compose(envelope: Envelope) -> EmailMessage:
    """The MIME message: text, and HTML beside it where there is some. ValueError when a header would not be one line.

    A subject that a buyer's words got into cannot begin a new header: the library refuses line ends. `Auto-Submitted` keeps
    absence notes from answering (RFC 3834); List-Unsubscribe-Post is the one click of RFC 8058.
    """
    letter = envelope.letter
    message = EmailMessage(_POLICY)
    _put(message, "From", _named(envelope.sender))
    _put(message, "To", _address(envelope.to))
    if envelope.reply_to:
        _put(message, "Reply-To", _named(envelope.reply_to))
    _put(message, "Subject", letter.subject)
    if envelope.unsubscribe:
        _put(message, "List-Unsubscribe", f"<{_plain_url(envelope.unsubscribe)}>")
        _put(message, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    _put(message, "Auto-Submitted", "auto-generated")
    message.set_content(letter.text)
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html")
    _put(message, "Content-Language", letter.language)
    return message


def _put(message: EmailMessage, name: str, value: Any) -> None:
    message[name] = _line(value, name) if isinstance(value, str) else value


def _line(text: str, what: str) -> str:
    if re.search(r"[\r\n\0]", text):
        raise ValueError(f"{what} would not be one line")
    return text


def _named(text: str) -> Address:
    """An address with its name, as a header wants it. The name may be an encoded word already."""
    from email.header import decode_header, make_header

    name, address = parseaddr(_line(text, "an address"))
    return _address(address, str(make_header(decode_header(name))))


def _address(address: str, name: str = "") -> Address:
    local, _, domain = ascii_address(address).rpartition("@")
    return Address(_line(name, "a name"), local, domain)


def ascii_address(address: str) -> str:
    """An address in the letters SES takes: international domains in their ASCII form. ValueError where there is none.

    SES has no SMTPUTF8, so what stands before the @ must be ASCII (SES API reference, SendEmail). One address only, and none
    that needs quoting: what a buyer typed must not become a second recipient.
    """
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise ValueError("SES cannot write to an address with other than ASCII letters before the @")
    try:
        plain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        plain = ""
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(plain):
        raise ValueError("an address is not well formed")
    return f"{local}@{plain}"


def _plain_url(url: str) -> str:
    # A line may have 998 characters at most (RFC 5322).
    if not url.isascii() or re.search(r"[\s<>]", url) or len(url) > 950:
        raise ValueError("the unsubscribe address is not well formed")
    return url
