"""The signed POST: botocore's own signatures, tries for what may pass, clear refusals for what will not."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.effects import signed
from chalicelib.effects.signed import Refused, Signed, Unreachable
from chalicelib.settings import Aws

PLACE = Aws("eu-central-1", "", ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""))
plain = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)


@given(st.binary(max_size=300), plain, plain, st.just("") | plain, st.sampled_from(["dynamodb", "kms", "secretsmanager"]))
def test_it_signs_as_botocore_does(body: bytes, key_id: str, key: str, token: str, service: str):
    asked: list[dict[str, str]] = []

    def post(url: str, sent: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        asked.append({"url": url, **headers})
        return 200, b"{}"

    aws = Signed(Aws("eu-central-1", "", (key_id, key, token)), post)
    url, _, headers = aws._request(service, "Operation", body)
    told = {name: value for name, value in headers.items() if name not in ("authorization", "host", "x-amz-security-token")}
    request = AWSRequest("POST", url, {name.title(): value for name, value in told.items() if name != "x-amz-date"}, body)
    theirs = SigV4Auth(Credentials(key_id, key, token or None), service, "eu-central-1")
    request.context["timestamp"] = headers["x-amz-date"]
    theirs._modify_request_before_signing(request)
    if "X-Amz-Date" not in request.headers:
        request.headers["X-Amz-Date"] = headers["x-amz-date"]
    request.headers.replace_header("X-Amz-Date", headers["x-amz-date"])
    to_sign = theirs.string_to_sign(request, theirs.canonical_request(request))

    assert headers["authorization"].endswith(theirs.signature(to_sign, request))


def answering(*answers: tuple[int, bytes] | Exception) -> tuple[Callable[..., tuple[int, bytes]], list[str]]:
    left, targets = list(answers), []

    def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        targets.append(headers["x-amz-target"])
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return post, targets


def error(code: str) -> bytes:
    return json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "said so"}).encode()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(signed.time, "sleep", lambda seconds: None)


def test_an_answer_is_read():
    post, targets = answering((200, b'{"Item": {"pk": {"S": "x"}}}'))

    assert Signed(PLACE, post).call("dynamodb", "GetItem", {}) == {"Item": {"pk": {"S": "x"}}}
    assert targets == ["DynamoDB_20120810.GetItem"]


PASSING = [ConnectionResetError(), TimeoutError(), (500, b"oops"), (400, error("ThrottlingException"))]


@pytest.mark.parametrize("passing", PASSING)
def test_what_may_pass_is_tried_again(passing):
    post, targets = answering(passing, passing, (200, b"{}"))

    assert Signed(PLACE, post).call("dynamodb", "PutItem", {}) == {}
    assert len(targets) == 3


def test_after_three_tries_it_is_said_that_nobody_answers():
    post, _ = answering(*[(503, b"")] * 3)

    with pytest.raises(Unreachable, match="dynamodb PutItem"):
        Signed(PLACE, post).call("dynamodb", "PutItem", {})


def test_a_refusal_is_final_and_named():
    post, targets = answering((400, error("ConditionalCheckFailedException")))

    with pytest.raises(Refused) as caught:
        Signed(PLACE, post).call("dynamodb", "PutItem", {})
    assert (caught.value.code, len(targets)) == ("ConditionalCheckFailedException", 1)


def test_credentials_are_never_shown():
    assert "wJalr" not in repr(PLACE)
