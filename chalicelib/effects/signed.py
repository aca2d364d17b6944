"""AWS's JSON services by one signed POST: what the webhook's function talks through.

boto3 costs 700 microseconds of CPU a call and a quarter of a second of start-up for each client; a webhook makes one call and
must start fast. This is the same wire protocol (DynamoDB, KMS and Secrets Manager speak AWS JSON 1.0/1.1) with short time-outs
and few tries. Requests have one shape (POST / with five headers), so Signature Version 4 is a dozen lines; a test holds them to
botocore's own signer on random requests. Everything else uses boto3 or PynamoDB.

Source: AWS General Reference, "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

import urllib3

from ..model.errors import StoreFailed

TRIES = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.4
_TARGETS = {
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "kms": ("TrentService", "1.1"),
    "secretsmanager": ("secretsmanager", "1.1"),
}
# What a second try may cure. Sources: the services' lists of common errors.
_PASSING = frozenset({
    "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "InternalServerError",
    "InternalServiceError", "ServiceUnavailable", "KMSInternalException", "DependencyTimeoutException",
})  # fmt: skip

Answer = tuple[int, bytes]
Post = Callable[[str, bytes, dict[str, str]], Answer]


class Refused(Exception):
    """The service answered with an error; `code` is its name."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Unreachable(Exception):
    """The service did not answer, or only with errors that should have passed. Whether it did the work is not known."""


class Place(Protocol):
    """Where AWS is: a region, an endpoint that stands for all services where there is one, and (key id, key, token)."""

    @property
    def region(self) -> str: ...
    @property
    def endpoint(self) -> str: ...
    @property
    def credentials(self) -> tuple[str, str, str] | None: ...


class Signed:
    """Calls to AWS's JSON services in one region. `post(url, body, headers)` answers status and body, or raises OSError."""

    def __init__(self, place: Place, post: Post | None = None) -> None:
        self._region, self._endpoint = place.region, place.endpoint
        self._post = post or pooled()
        fixed = place.credentials
        self._credentials: Callable[[], tuple[str, str, str]] = (lambda: fixed) if fixed else _profile()

    def call(self, service: str, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Run an operation, such as ("dynamodb", "PutItem"). Refused or Unreachable. Repeat only what is safe to repeat."""
        body = json.dumps(payload).encode()
        for attempt in range(TRIES):
            if attempt:
                time.sleep(random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)))
            try:
                status, answer = self._post(*self._request(service, operation, body))
            except (OSError, urllib3.exceptions.HTTPError) as err:
                failure: Exception = err
                continue
            if status < 300:
                return dict(json.loads(answer or b"{}"))
            failure = _refusal(status, answer)
            if isinstance(failure, Refused) and failure.code not in _PASSING:
                raise failure
        raise Unreachable(f"{service} {operation}: {type(failure).__name__} on each of {TRIES} tries") from failure

    def write(self, operation: str, payload: dict[str, Any], failure: str) -> bool:
        """A conditional write to DynamoDB; False when its condition does not hold. StoreFailed, beginning with `failure`."""
        try:
            self.call("dynamodb", operation, payload)
        except Refused as err:
            if err.code == "ConditionalCheckFailedException":
                return False
            raise StoreFailed(f"{failure}: {err}") from err
        except Unreachable as err:
            raise StoreFailed(f"{failure}: {err}") from err
        return True

    def _request(self, service: str, operation: str, body: bytes) -> tuple[str, bytes, dict[str, str]]:
        prefix, version = _TARGETS[service]
        url = self._endpoint or f"https://{service}.{self._region}.{_suffix(self._region)}"
        headers = {
            "content-type": f"application/x-amz-json-{version}", "host": url.partition("://")[2].rstrip("/"),
            "x-amz-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), "x-amz-target": f"{prefix}.{operation}",
        }  # fmt: skip
        return url.rstrip("/") + "/", body, sign(headers, body, self._credentials(), self._region, service)


def sign(headers: dict[str, str], body: bytes, credentials: tuple[str, str, str], region: str, service: str) -> dict[str, str]:
    """The headers (lower-case names, x-amz-date among them) of a POST to /, with those that prove who sends it."""
    key_id, key, token = credentials
    if token:
        headers = headers | {"x-amz-security-token": token}
    names = sorted(headers)
    listed, date = ";".join(names), headers["x-amz-date"]
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    canonical = f"POST\n/\n\n{lines}\n{listed}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    told = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = _mac(_signing_key(key, date[:8], region, service), told).hex()
    proof = f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={listed}, Signature={signature}"
    return headers | {"authorization": proof}


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


@lru_cache(maxsize=16)
def _signing_key(key: str, day: str, region: str, service: str) -> bytes:
    found = ("AWS4" + key).encode()
    for part in (day, region, service, "aws4_request"):
        found = _mac(found, part)
    return found


def _suffix(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def _profile() -> Callable[[], tuple[str, str, str]]:
    """Credentials of an operator's machine, wherever botocore finds them, renewed as they expire."""
    from botocore.session import get_session

    found = get_session().get_credentials()
    if found is None:
        raise Refused("NoCredentials", "no AWS credentials were found; set AWS_PROFILE or log in")

    def now() -> tuple[str, str, str]:
        frozen = found.get_frozen_credentials()
        return str(frozen.access_key), str(frozen.secret_key), frozen.token or ""

    return now


def _refusal(status: int, answer: bytes) -> Exception:
    """What an answer that is no success means: a named error, or a server's error without a name."""
    try:
        said = json.loads(answer)
        code = str(said["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return OSError(f"status {status}")
    return Refused(code, str(said.get("message") or said.get("Message") or ""))


def pooled() -> Post:
    """A POST over kept connections: a second to connect, two to answer, no tries of its own."""
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=1, read=2), retries=False)

    def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
        answer = pool.request("POST", url, body=body, headers=headers)
        return answer.status, answer.data

    return post
