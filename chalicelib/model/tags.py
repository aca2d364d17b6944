"""Tags: an action's key in the letters that SES allows in a message tag (A-Z a-z 0-9 _ -)."""

from __future__ import annotations

import base64

# The name of the tag by which the feed names a message.
TAG = "wellkept"
LONGEST = 256


def tag(key: str) -> str:
    """The tag of an action. ValueError when the key is too long to be one."""
    found = base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")
    if len(found) > LONGEST:
        raise ValueError(f"the key of {len(key)} characters does not fit a message tag")
    return found


def untag(text: str) -> str:
    """The key in a tag."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
