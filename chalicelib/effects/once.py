"""One call to a provider that has no idempotency key: ONE attempt, and a clear word on whether it may have had an effect.

The SDK's own retry would send a message twice when an answer is lost. So it is off, and what went wrong is told apart: a clear
refusal, or no answer, after which nobody knows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ..model.sending import Accepted, NoAnswer, Refused

CONNECT, READ = 1, 5
# A connection that idled longer may have been dropped while this function was frozen; a request on it would be lost, and nobody
# could tell. A new one costs a few milliseconds.
IDLE = 20.0
_PASSING = frozenset({
    "Throttling", "ThrottlingException", "Throttled", "ThrottledException", "TooManyRequestsException",
    "LimitExceededException", "RequestLimitExceeded", "SlowDown", "KMSThrottling", "KMSThrottlingException",
    "SendingPausedException", "AccountSuspendedException", "AccountSendingPausedException",
    "ConfigurationSetSendingPausedException",
})  # fmt: skip
# What SES and SNS refuse is known by its code. Their own words quote addresses, so they are never repeated.
Reasons = Mapping[str, str]


class Once:
    """A service asked once. `reasons` are words for its refusals by code; what has none is told by its code alone."""

    def __init__(self, service: str, reasons: Reasons, clock: Callable[[], float] = time.monotonic) -> None:
        self._service, self._reasons, self._clock = service, reasons, clock
        self._made: Any = None
        self._used = 0.0

    def client(self) -> Any:
        """The service's client, with a fresh connection after a pause. Making it takes a moment: do it while starting."""
        if self._made is None:
            import boto3
            from botocore.config import Config

            once = Config(connect_timeout=CONNECT, read_timeout=READ, retries={"total_max_attempts": 1})
            self._made = boto3.client(self._service, config=once)  # type: ignore[call-overload]
        elif self._clock() - self._used > IDLE:
            self._made.close()
        self._used = self._clock()
        return self._made

    def send(self, verb: str, **asked: Any) -> Accepted | Refused:
        """Ask it to send, once: that it took it, or clearly refused. NoAnswer when it may or may not have taken it."""
        from botocore import exceptions as failures

        # Before anything was sent: no connection, no rights to sign with, a request that is none.
        unsent = (failures.ConnectTimeoutError, failures.EndpointConnectionError, failures.ProxyConnectionError,
                  failures.NoCredentialsError, failures.CredentialRetrievalError, failures.NoRegionError)  # fmt: skip
        try:
            answer = getattr(self.client(), verb)(**asked)
            return Accepted(str(answer["MessageId"]))
        except failures.ClientError as err:
            return self._refusal(err.response)
        except failures.ParamValidationError:
            return Refused("the message is not one that the provider knows; this is a fault of ours", passing=False)
        except unsent as err:
            return Refused(f"{self._service} could not be reached ({type(err).__name__}); nothing was sent", passing=True)
        except Exception as err:
            # Whatever else went wrong, it went wrong after the request: cut off, too late, or an answer that cannot be read.
            raise NoAnswer(f"{self._service} did not answer: {type(err).__name__}") from err

    def _refusal(self, response: Mapping[str, Any]) -> Refused:
        """A refusal by its code and status. A server's error is none: it may have happened after the message was taken."""
        code = str(response.get("Error", {}).get("Code", ""))
        status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
        passing = code in _PASSING or status in (403, 429)
        if status >= 500 and not passing:
            raise NoAnswer(f"{self._service} answered {status} {code}")
        if status == 403 and code not in self._reasons:
            return Refused(f"this function may not use {self._service} ({code}); check its role", passing=True)
        return Refused(self._reasons.get(code, f"{self._service} refused it: {code}"), passing)
