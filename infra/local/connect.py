"""From a stage's name to the names of its resources, for everything that runs outside the functions."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path

from chalicelib.settings import Settings

from ..problems import Problem
from ..session import environment, use
from ..stages import Stage
from .home import Home

__all__ = ["environment", "keep_outputs", "outputs", "settings_of"]

_OUTPUTS = {
    "stage": "Stage",
    "events_table": "EventsTable",
    "orders_table": "OrdersTable",
    "links_table": "LinksTable",
    "outbox_table": "OutboxTable",
    "keys_table": "KeysTable",
    "settings_table": "SettingsTable",
    "buyers_table": "BuyersTable",
    "cases_table": "CasesTable",
    "lake_bucket": "LakeBucket",
    "blobs_bucket": "BlobsBucket",
    "retry_queue": "RetryQueue",
    "work_queue": "WorkQueue",
    "errand_queue": "ErrandQueue",
    "import_queue": "ImportQueue",
    "words_queue": "WordsQueue",
    "alarms_topic": "AlarmsTopic",
    "mail_settings": "MailSettings",
    "key_id": "IntakeKey",
    "secrets_prefix": "SecretsPrefix",
    "workgroup": "WorkGroup",
    "database": "LakeDatabase",
}


def settings_of(stage: str) -> Settings:
    """The settings a function of `stage` would have, from the stack's outputs; `step` is "".

    Problem when the stage is not deployed. Also points AWS clients at the stage, so call it before the first is made.
    """
    use(stage)
    found = outputs(Stage(stage))
    wanted = {field.name for field in fields(Settings)}
    missing = sorted(set(_OUTPUTS.values()) - found.keys())
    if missing:
        update = "./wellkept up" if Stage(stage).local else f"./wellkept deploy --stage {stage}"
        raise Problem(f"What is deployed to {stage} is an older version: it has no {', '.join(missing)}.", f"Run: {update}")
    named = {name: found[output] for name, output in _OUTPUTS.items() if name in wanted}
    return Settings(**named, public_url=found.get("Url", ""))


def outputs(stage: Stage) -> dict[str, str]:
    """The stack's outputs by name: from the file the last deployment left here, else asked of CloudFormation."""
    record = _record(stage)
    if record.exists():
        return dict(json.loads(record.read_text()))
    from ..deploy import stack_outputs

    use(stage.name)
    found = stack_outputs(stage)
    if found is None:
        start = "./wellkept up" if stage.local else f"./wellkept deploy --stage {stage.name}"
        raise Problem(f"Stage {stage.name} is not deployed.", f"Run: {start}")
    keep_outputs(stage, found)
    return found


def keep_outputs(stage: Stage, found: dict[str, str]) -> None:
    """Remember a deployment's outputs in this checkout."""
    record = _record(stage)
    record.parent.mkdir(parents=True, exist_ok=True)
    partial = record.with_suffix(".partial")
    partial.write_text(json.dumps(found, indent=1))
    os.replace(partial, record)


def _record(stage: Stage) -> Path:
    return Home().folder / f"outputs-{stage.name}.json"
