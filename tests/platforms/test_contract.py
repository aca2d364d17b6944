"""The contract every platform keeps, over every module and every recorded request. Nothing here knows any platform.

A new platform is its module and its requests (see fixtures.py); GOLDEN=1 pytest tests/platforms writes what they become.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from chalicelib import platforms
from chalicelib.effects.secrets import Shop
from chalicelib.model import log
from chalicelib.model.errors import BadPayload, BadSignature, UnknownPlatform
from chalicelib.model.event import Webhook
from chalicelib.model.words import EventType
from chalicelib.steps import receive
from infra import recorded
from tests.platforms import fixtures
from tests.platforms.fixtures import FOLDER, LATER, OLD, RECEIVED, SECRET, STRANGE, Recorded

ALL = fixtures.recorded()
UNDERSTOOD = [one for one in ALL if "refused" not in json.loads(one.golden.read_text() if one.golden.exists() else "{}")]
every_request = pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.platform}/{one.name}")
every_understood = pytest.mark.parametrize("one", UNDERSTOOD, ids=lambda one: f"{one.platform}/{one.name}")
every_platform = pytest.mark.parametrize("platform", platforms.names())
FLIPS = 400  # a longer body is flipped at so many bits, spread evenly


def signs(platform: str) -> bool:
    return getattr(platforms.get(platform), "SIGNED", True)


def queued(platform: str) -> bool:
    return getattr(platforms.get(platform), "QUEUE", False)


every_signed_request = pytest.mark.parametrize(
    "one", [one for one in ALL if signs(one.platform)], ids=lambda one: f"{one.platform}/{one.name}"
)
every_signing = pytest.mark.parametrize("platform", [name for name in platforms.names() if signs(name)])
every_called = pytest.mark.parametrize("platform", [name for name in platforms.names() if not queued(name)])


def accepted(webhook: Webhook, *secrets: str) -> bool:
    module = platforms.get(webhook.platform)
    try:
        opened = platforms.opened(webhook, secrets)
        module.verify(opened, [fixtures.verifying(webhook.platform, secret) for secret in secrets], RECEIVED)
    except BadSignature:
        return False
    return True


def proof(one: Recorded) -> list[str]:
    """The headers that prove who sent it: those that `sign` adds or changes."""
    before = one.webhook.headers
    return [name for name, value in one.signed().headers.items() if before.get(name) != value]


# What requests become


@every_request
def test_golden(one: Recorded):
    found = fixtures.spelled(fixtures.outcome(one))
    if fixtures.REWRITE:
        one.golden.write_text(found)
    assert one.golden.read_text() == found


@every_request
def test_the_command_line_plays_the_very_same_request(one: Recorded):
    assert recorded.read(one.golden.with_suffix(".http")) == one.webhook


def test_no_golden_file_has_lost_its_request():
    beside = {one.golden for one in ALL}
    others = {*FOLDER.glob("*/vectors.json"), *FOLDER.glob("*/setup.json"), *FOLDER.glob("*/reads/*.json")}
    assert {path for name in platforms.names() for path in (FOLDER / name).rglob("*.json")} - beside <= others


@every_platform
def test_every_topic_has_a_request(platform: str):
    topics = {one.topic for one in fixtures.recorded(platform)}
    assert platforms.get(platform).TOPICS.keys() - topics == set()


@every_platform
def test_a_kind_nobody_knows_is_kept_as_unknown_with_its_name(platform: str):
    module = platforms.get(platform)
    strange = [one for one in fixtures.recorded(platform) if one.topic not in module.TOPICS]
    assert strange
    for one in strange:
        (event,) = one.translated().events
        assert (event.type, event.native["topic"], event.facts) == (EventType.UNKNOWN, one.topic, ())


@every_understood
def test_events_keep_the_platforms_own_word(one: Recorded):
    assert {event.native["topic"] for event in one.translated().events} == {one.topic}


@every_understood
def test_the_same_request_twice_is_the_same_delivery(one: Recorded):
    assert one.translated() == one.translated()


@every_understood
def test_neither_ids_nor_facts_depend_on_the_time_of_arrival(one: Recorded):
    now, later = one.translated(), one.translated(LATER)
    assert (now.id, now.subject, now.buyer) == (later.id, later.subject, later.buyer)
    assert [event.facts for event in now.events] == [event.facts for event in later.events]


@every_platform
def test_different_requests_have_different_ids(platform: str):
    ids = [one.translated().id for one in UNDERSTOOD if one.platform == platform]
    assert len(ids) == len(set(ids)) > 1


@every_understood
def test_events_survive_the_log(one: Recorded):
    kept = log.dump_events(one.translated().events)
    assert log.dump_events(log.load_events(log.unpack(log.pack(kept)))) == kept


# Signatures


@every_request
def test_a_signed_request_is_accepted(one: Recorded):
    assert accepted(one.signed(), SECRET)


@every_signed_request
def test_one_flipped_bit_of_the_body_is_refused(one: Recorded):
    webhook = one.signed()
    bits = len(webhook.body) * 8
    for bit in range(0, bits, max(1, bits // FLIPS)):
        flipped = bytearray(webhook.body)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not accepted(replace(webhook, body=bytes(flipped)), SECRET), f"bit {bit}"


@every_signing
def test_a_changed_length_of_the_body_is_refused(platform: str):
    webhook = fixtures.recorded(platform)[0].signed()
    for body in (b"", webhook.body[:-1], webhook.body + b" ", webhook.body * 2):
        assert not accepted(replace(webhook, body=body), SECRET)


@every_signing
def test_one_flipped_bit_of_what_signs_is_refused(platform: str):
    one = fixtures.recorded(platform)[0]
    webhook = one.signed()
    for name in proof(one):
        value = webhook.headers[name]
        hexadecimal = not set(value.lower()) - set("0123456789abcdef")
        for bit in range(len(value) * 7):
            at, mask = bit // 7, 1 << bit % 7
            flipped = value[:at] + chr(ord(value[at]) ^ mask) + value[at + 1 :]
            if hexadecimal and flipped.lower() == value.lower():
                continue  # the same number in another case
            assert not accepted(replace(webhook, headers={**webhook.headers, name: flipped}), SECRET), (name, flipped)


@every_signing
def test_a_missing_or_foreign_signature_is_refused(platform: str):
    one = fixtures.recorded(platform)[0]
    webhook = one.signed()
    assert proof(one)
    for name in proof(one):
        for headers in ({**webhook.headers, name: ""}, {**webhook.headers, name: "ключ"}, {**webhook.headers, name: "\udcff"}):
            assert not accepted(replace(webhook, headers=headers), SECRET)
        assert not accepted(replace(webhook, headers={k: v for k, v in webhook.headers.items() if k != name}), SECRET)


@every_called
def test_an_address_nobody_can_guess_is_what_unsigned_news_rests_on(platform: str):
    if signs(platform) or proof(fixtures.recorded(platform)[0]):  # or it sends the secret along, in a header
        return
    webhook = fixtures.recorded(platform)[0].signed()
    assert webhook.token and accepted(webhook, SECRET)
    for token in ("", webhook.token[:-1], webhook.token + "x", "ключ", "\udcff"):
        assert not accepted(replace(webhook, token=token), SECRET)


@every_called
def test_secrets_are_rotated_without_a_gap(platform: str):
    one = fixtures.recorded(platform)[0]
    for order in ((SECRET, OLD), (OLD, SECRET)):
        assert accepted(one.signed(SECRET), *order)
        assert accepted(one.signed(OLD), *order)
        assert not accepted(one.signed(STRANGE), *order)
    assert not accepted(one.signed(SECRET))


@every_called
@pytest.mark.parametrize("broken", ["", "whsec_", "whsec_====", "whsec_not base64!", "whpk_", "whpk_AAAA", "ключ"])
def test_a_secret_that_is_none_accepts_nothing_and_spoils_no_other(platform: str, broken: str):
    webhook = fixtures.recorded(platform)[0].signed()
    module, good = platforms.get(platform), fixtures.verifying(platform, SECRET)
    with pytest.raises(BadSignature):
        module.verify(platforms.opened(webhook, [broken]), [broken], RECEIVED)
    module.verify(platforms.opened(webhook, [broken, SECRET]), [broken, good], RECEIVED)


@every_called
def test_nobody_can_sign_with_an_empty_secret(platform: str):
    one = fixtures.recorded(platform)[0]
    with pytest.raises(ValueError, match="key"):
        one.signed("")


def vectors() -> list[tuple[str, dict]]:
    return [
        (path.parent.name, vector) for path in sorted(FOLDER.glob("*/vectors.json")) for vector in json.loads(path.read_text())
    ]


@pytest.mark.parametrize("platform, vector", vectors(), ids=lambda value: value if isinstance(value, str) else value["origin"])
def test_published_signatures(platform: str, vector: dict):
    webhook = Webhook(
        platform, "sample-shop", vector["headers"], vector["body"].encode(), path=vector.get("path", ""),
        query=vector.get("query", {}), setup=vector.get("setup", {}),
    )  # fmt: skip
    module, now = platforms.get(platform), datetime.fromtimestamp(vector["now"], UTC)
    module.verify(platforms.opened(webhook, [vector["secret"]]), [vector["secret"]], now)
    longer = replace(webhook, body=webhook.body + b"\n")
    with pytest.raises(BadSignature):
        module.verify(platforms.opened(longer, [vector["secret"]]), [vector["secret"]], now)


# The folder is the register


TOY = """
from chalicelib.model.errors import BadSignature
from chalicelib.model.event import Event, Translated
from chalicelib.model.words import EventType
from chalicelib.platforms._signing import with_headers

TITLE, SECRET, TOPICS = "Toy", "any word", {}

def verify(webhook, secrets, now):
    if webhook.headers.get("x-word") not in secrets:
        raise BadSignature("no such word")

def translate(webhook, received):
    return Translated("1", "toy:1", (Event(EventType.UNKNOWN, received, native={"topic": "toy"}),))

def sign(webhook, secret, now):
    return with_headers(webhook, {"x-word": secret})
"""


@pytest.fixture
def a_toy_beside_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    copy = tmp_path / "platforms"
    shutil.copytree(platforms.__path__[0], copy)
    (copy / "toy.py").write_text(TOY)
    monkeypatch.setattr(platforms, "__path__", [str(copy)])
    platforms.names.cache_clear()
    yield
    platforms.names.cache_clear()
    sys.modules.pop("chalicelib.platforms.toy", None)


@pytest.mark.usefixtures("a_toy_beside_the_others")
def test_a_module_in_the_folder_is_all_it_takes():
    stored = []
    effects = receive.Effects(
        secrets=SimpleNamespace(shop=lambda source: Shop((f"{source} word",))),
        keys=SimpleNamespace(hashed=lambda text: text),
        intake=SimpleNamespace(put=lambda delivery, raw: stored.append(delivery) or True),
        max_body=100,
    )
    webhook = Webhook("toy", "box", {"x-word": "toy/box word"}, b"hello")
    assert receive.receive(webhook, RECEIVED, effects).status == 200
    assert [(one.source, one.subject) for one in stored] == [("toy/box", "toy:1")]
    with pytest.raises(BadSignature):
        receive.receive(replace(webhook, headers={}), RECEIVED, effects)


@pytest.mark.parametrize("name", ["toy", "_read", "_signing", "shopify.py", "..", "", "os", "model.codec"])
def test_nothing_but_the_folders_modules_is_ever_imported(name: str):
    with pytest.raises(UnknownPlatform, match="shopify"):
        platforms.get(name)


@every_platform
def test_a_module_offers_the_whole_contract(platform: str):
    module = platforms.get(platform)
    assert module.TITLE and module.SECRET and module.TOPICS
    assert all(callable(getattr(module, name)) for name in ("verify", "translate", "sign"))


@every_platform
def test_refusals_name_the_place(platform: str):
    for one in fixtures.recorded(platform):
        golden = json.loads(one.golden.read_text())
        if "refused" in golden:
            with pytest.raises(BadPayload) as caught:
                one.translated()
            assert caught.value.where and caught.value.problem
