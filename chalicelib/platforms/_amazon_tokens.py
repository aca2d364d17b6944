"""Login with Amazon: access tokens for the Selling Partner API. Source: developer-docs.amazon.com/sp-api, connecting to it.

An access token is good for an hour. The refresh token stays the same until the seller takes the authorisation back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from ..model.call import Account, Denied, Request, Response, Token
from ..model.errors import BadPayload
from ._calls import json_object, needs

_URL = "https://api.amazon.com/auth/o2/token"
_LONGEST = 24 * 3600


def renewal(account: Account) -> Request:
    """The request for a new access token."""
    form = {
        "grant_type": "refresh_token", "refresh_token": account.refresh or needs(account, "refresh_token"),
        "client_id": needs(account, "client_id"), "client_secret": account.secret,
    }  # fmt: skip
    headers = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8", "accept": "application/json"}
    return Request("POST", _URL, headers, urlencode(form).encode())


def renewed(response: Response, now: datetime) -> Token:
    """The token in the answer. 400 and 401 are refusals: of the refresh token, of the client id or of its secret."""
    if response.status in (400, 401):
        raise Denied(f"Login with Amazon says {_error(response)}: authorise the application again, or see to its secret")
    body = json_object(response, now, "token")
    access, seconds = body.text("access_token"), body.whole("expires_in")
    if not access:
        raise BadPayload("is missing", "token.access_token")
    lasting = timedelta(seconds=min(max(seconds or 0, 0), _LONGEST))
    return Token(access, now + lasting, body.text("refresh_token") or "")


def _error(response: Response) -> str:
    """The short word for what is wrong (invalid_grant, invalid_client)."""
    for word in ("invalid_grant", "invalid_client", "unauthorized_client", "unsupported_grant_type"):
        if word.encode() in response.body:
            return word
    return f"status {response.status}"
