"""The contract of calls, over every module that reads its platform's API, against the local platform server."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib import platforms
from chalicelib.model.call import Answer, Busy, CallFailed, Denied, Read, Resource, Response
from chalicelib.model.errors import BadPayload, ConfigurationError
from chalicelib.model.words import EventType
from tests.platforms import calls, fixtures
from tests.platforms.calls import NOW, Asked, RecordedRead
from tests.platforms.test_hostile import STRANGE, change, places

CALLING = [name for name in platforms.names() if hasattr(platforms.get(name), "READS")]
ALL = calls.recorded()
every_calling = pytest.mark.parametrize("platform", CALLING)
every_read = pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
REFUSED = (BadPayload, Busy, CallFailed, Denied)


@every_read
def test_golden(one: RecordedRead):
    found = fixtures.spelled(calls.outcome(Asked(one.platform).read(one.read)))
    if fixtures.REWRITE:
        one.golden.write_text(found)
    assert one.golden.read_text() == found


@every_calling
def test_every_kind_of_thing_has_a_read(platform: str):
    assert platforms.get(platform).READS.keys() - {one.read.what for one in calls.recorded(platform)} == set()


@every_calling
def test_what_can_be_read_is_said_in_full(platform: str):
    for word, resource in platforms.get(platform).READS.items():
        assert isinstance(resource, Resource) and resource.title and resource.limit.rate > 0 and resource.limit.burst >= 1, word
        if resource.listing:
            assert resource.window and resource.back >= resource.window, word


@every_read
def test_requests_go_to_https_and_hide_their_secrets_from_whoever_prints_them(one: RecordedRead):
    asked = Asked(one.platform)
    account = asked.with_token(asked.module.READS[one.read.what].token)
    request = asked.module.request(one.read, account, NOW)
    assert request.url.startswith("https://") and request.method in ("GET", "POST", "PUT")
    assert all(name == name.lower() for name in request.headers)
    assert account.secret not in repr(account) and (not account.access or account.access not in repr(account))


@every_read
def test_the_same_read_twice_is_the_same_deliveries(one: RecordedRead):
    asked = Asked(one.platform)
    first, later = asked.read(one.read), asked.read(one.read, NOW + timedelta(minutes=1))
    assert [found.translated.id for found in first.found] == [found.translated.id for found in later.found]
    assert [found.translated.subject for found in first.found] == [found.translated.subject for found in later.found]


@every_read
def test_what_was_found_is_fit_for_the_log(one: RecordedRead):
    module = platforms.get(one.platform)
    for found in Asked(one.platform).read(one.read).found:
        assert found.translated.events and found.raw and 0 < len(found.translated.id.encode()) <= 1024
        assert all(event.type is not EventType.REJECTED for event in found.translated.events)
        assert all("topic" in event.native for event in found.translated.events)
        if hasattr(module, "person"):
            module.person(found.raw)


@every_read
def test_further_reads_are_ones_the_module_knows(one: RecordedRead):
    module = platforms.get(one.platform)
    for then in Asked(one.platform).read(one.read).then:
        assert then.what in module.READS and all(isinstance(value, str) for value in then.about.values())
        assert then.name != one.read.name


@every_calling
def test_lists_come_to_an_end_and_lead_to_details(platform: str):
    """Whatever a list leads to can be read; pages do not go round in circles."""
    for one in (one for one in calls.recorded(platform) if platforms.get(platform).READS[one.read.what].listing):
        asked, waiting, seen = Asked(platform), [one.read], set()
        while waiting:
            read = waiting.pop()
            assert read.name not in seen
            seen.add(read.name)
            assert len(seen) < 200
            waiting += asked.read(read).then


# What is refused


def refusal(asked: Asked, read: Read) -> Exception:
    with pytest.raises(REFUSED) as caught:
        asked.read(read)
    return caught.value


@every_read
def test_a_wrong_secret_or_token_is_refused_by_the_platform(one: RecordedRead):
    asked = Asked(one.platform)
    kind = asked.module.READS[one.read.what].token
    setup = {name: "wrong" if name.endswith("_secret") else value for name, value in asked.account.setup.items()}
    account = replace(asked.with_token(kind), setup=setup, secret="somebody else's secret", access="stale" if kind else "")
    request = asked.module.request(one.read, account, NOW)
    if not kind and request == asked.module.request(one.read, asked.account, NOW):
        return  # an address that is a key by itself: no secret of ours goes along
    response = asked.send(request)
    with pytest.raises((Denied, CallFailed)):
        asked.module.answer(one.read, response, account, NOW)


@every_read
def test_limits_and_the_platforms_own_trouble_pass(one: RecordedRead):
    asked = Asked(one.platform)
    asked.read(one.read)
    asked.server.faults = [{"status": 429, "headers": {"retry-after": "7"}}]
    busy = refusal(asked, one.read)
    assert isinstance(busy, Busy) and busy.after == timedelta(seconds=7)
    for status in (500, 502, 503, 504):
        asked.server.faults = [{"status": status, "body": "<html>"}]
        failed = refusal(asked, one.read)
        assert isinstance(failed, Busy) or (isinstance(failed, CallFailed) and failed.passing), (status, failed)


@every_read
def test_what_is_not_there_is_refused_for_good_or_empty(one: RecordedRead):
    asked = Asked(one.platform)
    asked.read(one.read)
    asked.server.faults = [{"status": 404, "body": {"message": "no such thing"}}]
    with suppress(CallFailed, BadPayload):
        assert asked.read(one.read).found == ()


@every_read
@pytest.mark.parametrize("body", ["", "null", "[]", "{}", '"text"', "<html>", "{", '{"data": NaN}', "[" * 100_000])
def test_answers_that_are_none(one: RecordedRead, body: str):
    asked = Asked(one.platform)
    response, account = asked.response(one.read)
    with suppress(*REFUSED):
        assert isinstance(asked.module.answer(one.read, replace(response, body=body.encode()), account, NOW), Answer)


RESPONSES = {one.id: (Asked(one.platform).response(one.read), one) for one in ALL}


def bodies() -> Iterator[tuple[str, Any]]:
    for name, ((response, _), _one) in RESPONSES.items():
        with suppress(ValueError):
            yield name, json.loads(response.body)


JSON = dict(bodies())


@pytest.mark.skipif(not JSON, reason="no module reads an API yet")
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_changed_answers(data: st.DataObject):
    name = data.draw(st.sampled_from(sorted(JSON)))
    (response, account), one = RESPONSES[name]
    body = deepcopy(JSON[name])
    for path in data.draw(st.lists(st.sampled_from(places(body) or [()]), min_size=1, max_size=3)):
        if path:
            change(body, path, data.draw(st.sampled_from(["drop", "replace"])), data.draw(st.sampled_from(STRANGE)))
    module: Any = platforms.get(one.platform)
    changed = Response(response.status, response.headers, json.dumps(body).encode())
    with suppress(*REFUSED):
        module.answer(one.read, changed, account, NOW)


# Tokens


@every_calling
def test_tokens_are_renewed_and_a_dead_refresh_token_is_told_apart(platform: str):
    asked = Asked(platform)
    for kind in {resource.token for resource in asked.module.READS.values()} - {""}:
        assert asked.with_token(kind).access
        account = replace(asked.account, refresh="dead", secret="somebody else's secret")
        answer = asked.send(asked.module.renewal(kind, account, NOW))
        with pytest.raises((Denied, CallFailed)):
            asked.module.renewed(kind, answer, account, NOW)
        for status, kinds in ((429, (Busy,)), (503, (Busy, CallFailed))):
            with pytest.raises(kinds):
                asked.module.renewed(kind, Response(status, {}, b"oops"), account, NOW)


@every_calling
def test_what_the_account_lacks_is_named(platform: str):
    asked = Asked(platform)
    bare = dataclasses.replace(asked.account, setup={})
    for one in calls.recorded(platform):
        said = None
        try:
            asked.module.request(one.read, bare, NOW)
        except ConfigurationError as err:
            said = str(err)
        assert said is None or "--with" in said


@every_calling
def test_ids_that_are_none_are_never_put_into_an_address(platform: str):
    asked = Asked(platform)
    for one in calls.recorded(platform):
        account = asked.with_token(asked.module.READS[one.read.what].token)
        for id_ in ("../../../admin", "1?x=1", "1#", "a b", "\u202e", "x" * 500, "", "1/2", "@evil.example"):
            if "id" not in one.read.about:
                continue
            try:
                request = asked.module.request(replace(one.read, about={**one.read.about, "id": id_}), account, NOW)
            except (BadPayload, ConfigurationError):
                continue
            good = asked.module.request(one.read, account, NOW)
            assert request.url.split("/")[2] == good.url.split("/")[2] and id_ not in ("", "1/2")
            assert request.url.split("?")[0].count("/") == good.url.split("?")[0].count("/"), request.url
