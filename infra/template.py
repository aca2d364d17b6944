"""The template step: Chalice's package in, the whole stack out. A pure function of its arguments."""

from __future__ import annotations

from collections.abc import Mapping

from .alarms import alarms
from .functions import FUNCTIONS, environment, functions
from .glue import glue
from .http_api import ADDRESS, http_api, routes
from .intrinsics import Json, att, ref, resource
from .mail import mail
from .queues import QUEUES, queues
from .roles import roles
from .stages import Stage
from .storage import TABLES, storage

CODE = "deployment.zip"
# Each layer by its logical id: the zip's name, and what is in it.
LAYERS = {
    "ArrowLayer": ("arrow.zip", "pyarrow, trimmed"),
    "TextLayer": ("text.zip", "numpy and multilingual-e5-small in 4 bits"),
}


def template(packaged: Json, stage: Stage) -> Json:
    """The stack's template from what `chalice package` made.

    The RestAPI with its permission, its outputs and Chalice's one role for everything are left out; in their place come
    the HTTP API, a role per function, and the storage, queues and lake the functions work on.
    """
    made = packaged["Resources"]
    keys = routes(made["RestAPI"]["Properties"]["DefinitionBody"])
    return {
        "AWSTemplateFormatVersion": packaged["AWSTemplateFormatVersion"],
        "Transform": packaged["Transform"],
        "Description": f"Wellkept {stage.name}: after-sales events, orders and figures",
        "Resources": {
            **functions(made, stage, environment(stage)),
            **{name: _layer(zipped, about, made["Merge"]["Properties"]) for name, (zipped, about) in LAYERS.items()},
            **roles(stage),
            **http_api(keys, stage),
            **storage(stage),
            **queues(stage),
            **mail(stage),
            **alarms(stage),
            **glue(stage),
        },
        "Outputs": _outputs(stage),
    }


def place(built: Json, bucket: str, keys: Mapping[str, str]) -> Json:
    """`built` with its packages pointing at `bucket`: by the names of their zips, under which keys they lie there."""
    placed = {name: _placed(name, one, bucket, keys) for name, one in built["Resources"].items()}
    return built | {"Resources": placed}


def _placed(name: str, one: Json, bucket: str, keys: Mapping[str, str]) -> Json:
    if one["Type"] == "AWS::Serverless::Function":
        return one | {"Properties": one["Properties"] | {"CodeUri": {"Bucket": bucket, "Key": keys[CODE]}}}
    if one["Type"] == "AWS::Serverless::LayerVersion":
        return one | {"Properties": one["Properties"] | {"ContentUri": {"Bucket": bucket, "Key": keys[LAYERS[name][0]]}}}
    return one


def _layer(zipped: str, about: str, merge: Json) -> Json:
    return resource("AWS::Serverless::LayerVersion", {
        "Description": about,
        "ContentUri": f"./{zipped}",
        "CompatibleRuntimes": [merge["Runtime"]],
        "CompatibleArchitectures": merge["Architectures"],
        "RetentionPolicy": "Delete",
    })


def _outputs(stage: Stage) -> Json:
    """Everything that other programs look up; nothing else in the project knows a physical name."""
    names = (*TABLES, *QUEUES, *FUNCTIONS, "LakeBucket", "BlobsBucket", "IntakeKey", "WorkGroup", "LakeDatabase", "HttpApi",
             "AlarmsTopic", "FeedTopic", "MailSettings")
    found = {name: {"Value": ref(name)} for name in names}
    return found | {
        "Stage": {"Value": stage.name},
        "SecretsPrefix": {"Value": stage.secrets},
        "EventsStream": {"Value": att("EventsTable", "StreamArn")},
        "OrdersStream": {"Value": att("OrdersTable", "StreamArn")},
        **({} if stage.local else {"Url": {"Value": ADDRESS}}),
    }
