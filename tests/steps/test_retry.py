"""Retrying: each message for itself; what fails again goes back to the queue, which counts."""

from __future__ import annotations

import json

import pytest

from chalicelib import settings, wiring
from chalicelib.model.errors import ConfigurationError
from chalicelib.steps.react import react
from chalicelib.steps.retry import retry
from tests.lives import SOURCE, day, order_life
from tests.reacting import World

PK = f"{SOURCE}#order:1001"


def message(id_: str, step: str, **key: str) -> dict[str, str]:
    return {"messageId": id_, "body": json.dumps({"step": step, "key": key, "error": "Conflict"})}


def test_what_failed_is_done_and_only_what_fails_again_is_reported():
    world, landed = World(), []
    for one in order_life():
        world.store.put(one)

    def again(key: dict[str, str]) -> None:
        if key["sk"] == "poison":
            raise ValueError("cannot be read")
        react(world.effects(day(10)), key["pk"], {key["sk"]})

    records = [message("1", "react", pk=PK, sk="e5"), message("2", "react", pk=PK, sk="poison"), message("3", "land", pk=PK)]

    answer = retry(records, {"react": again, "land": lambda key: landed.append(key["pk"])})

    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert list(world.cases.kept) == ["shopify/acme#return:1001-r"]
    assert landed == [PK]


def test_a_step_nobody_knows_is_kept_for_a_person():
    assert retry([message("1", "fly", pk=PK)], {}) == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_missing_settings_are_all_named():
    with pytest.raises(ConfigurationError, match=r"WELLKEPT_STAGE.*WELLKEPT_SECRETS_PREFIX"):
        settings.from_environment({})


def test_only_known_steps_are_wired():
    with pytest.raises(LookupError, match="no step called 'os'"):
        wiring.step("os")
