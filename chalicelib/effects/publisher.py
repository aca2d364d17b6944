"""SMS, push and alerts by SNS. Messages by one call each; alerts may come twice."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property
from typing import Any

from ..model.action import Action, ActionStatus
from ..model.sending import Accepted, Envelope, Refused
from ..model.touch import Letter
from .once import Once

_SUBJECT = 100
_NO_ADDRESS = "SNS does not take the address: it is no phone number in international form, or its owner opted out"
_REASONS = {
    "InvalidParameter": _NO_ADDRESS,
    "InvalidParameterValue": _NO_ADDRESS,
    "OptedOut": "the owner of the number has opted out of messages",
    "EndpointDisabled": "the device's app was removed or no longer takes messages",
    "PlatformApplicationDisabled": "the app's push certificate is not valid; put a new one into SNS",
    "NotFound": "SNS does not know the device",
    "AuthorizationError": "this function may not publish there; check its role, and that SMS is enabled for the account",
    "Throttled": "SNS asks to send more slowly",
    "ThrottledException": "SNS asks to send more slowly",
}


class Publisher:
    """Sends to phones and devices, and tells the seller's people."""

    def __init__(self, alarms_topic: str) -> None:
        self._topic = alarms_topic
        self._sns = Once("sns", _REASONS)

    def sms(self, envelope: Envelope) -> Accepted | Refused:
        """Send the text to a phone number by ONE call. NoAnswer when SNS may or may not have taken it."""
        kind = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
        return self._sns.send("publish", PhoneNumber=envelope.to, Message=envelope.letter.text, MessageAttributes=kind)

    def push(self, envelope: Envelope) -> Accepted | Refused:
        """Send to a device's endpoint by ONE call. NoAnswer when SNS may or may not have taken it."""
        return self._sns.send("publish", TargetArn=envelope.to, Message=notification(envelope.letter), MessageStructure="json")

    @cached_property
    def _patient(self) -> Any:
        """A client with the usual retries, for what may come twice."""
        import boto3

        return boto3.client("sns")

    def alert(self, action: Action, now: datetime) -> ActionStatus:
        """Tell the seller's people what the action says. Raises when the topic does not take it; coming twice does no harm."""
        text = action.data["text"]
        self._patient.publish(TopicArn=self._topic, Subject=subject_of(text), Message=text)
        return ActionStatus.DONE


def notification(letter: Letter) -> str:
    """A push message as SNS wants it: one JSON text for each platform. Source: SNS developer guide, mobile push payloads."""
    apple = json.dumps({"aps": {"alert": {"title": letter.subject, "body": letter.text}}}, ensure_ascii=False)
    android = json.dumps({"notification": {"title": letter.subject, "body": letter.text}}, ensure_ascii=False)
    found = {"default": letter.text, "APNS": apple, "APNS_SANDBOX": apple, "GCM": android}
    return json.dumps(found, ensure_ascii=False)


def subject_of(text: str) -> str:
    """The subject SNS takes: one line of at most 100 printable ASCII characters that begins with a letter or digit."""
    plain = "".join(one if one.isprintable() or one.isspace() else "?" for one in text.encode("ascii", "replace").decode())
    line = " ".join(plain.split())
    return f"Wellkept: {line}"[:_SUBJECT].rstrip()
