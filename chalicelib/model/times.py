"""Times are aware datetimes in UTC everywhere; text form is ISO 8601 with a Z."""

from __future__ import annotations

from datetime import UTC, datetime

from .errors import BadPayload

# The lake's partitions are these years' months: a time outside them would be stored and never seen.
_EARLIEST = datetime(2005, 1, 1, tzinfo=UTC)
_LATEST = datetime(2041, 1, 1, tzinfo=UTC)


def parse(value: object, where: str) -> datetime:
    """ISO 8601 text with an offset, as UTC cut to milliseconds, as the log keeps it.

    BadPayload if it is not a time, has no offset, or lies outside the years that the lake has partitions for.
    """
    if not isinstance(value, str):
        raise BadPayload(f"expected an ISO 8601 time, got {type(value).__name__}", where)
    try:
        time = datetime.fromisoformat(value)
        # An offset near the calendar's ends overflows on conversion.
        time = time.astimezone(UTC) if time.tzinfo else time
    except (ValueError, OverflowError):
        raise BadPayload(f"expected an ISO 8601 time, got {value[:40]!r}", where) from None
    if time.tzinfo is None:
        raise BadPayload(f"time {value[:40]!r} has no offset from UTC", where)
    if not _EARLIEST <= time < _LATEST:
        raise BadPayload(f"time {value[:40]!r} lies outside 2005 to 2040", where)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def text(time: datetime) -> str:
    """The one spelling of a time: UTC, milliseconds only when there are any, Z at the end."""
    utc = time.astimezone(UTC)
    spec = "milliseconds" if utc.microsecond >= 1000 else "seconds"
    return utc.replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def from_millis(millis: int) -> datetime:
    """Milliseconds since 1970 as a time."""
    return datetime.fromtimestamp(millis / 1000, UTC)


def millis(time: datetime) -> int:
    """A time as whole milliseconds since 1970."""
    return round(time.timestamp() * 1000)
