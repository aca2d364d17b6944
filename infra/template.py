"""The template step: Chalice's package in, the whole stack out. A pure function of its arguments."""

from __future__ import annotations

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

CODE, ARROW = "deployment.zip", "arrow.zip"


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
            "ArrowLayer": _arrow_layer(made["Merge"]["Properties"]),
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


def place(built: Json, bucket: str, code: str, arrow: str) -> Json:
    """`built` with its packages pointing at `bucket`: `code` for the functions, `arrow` for the layer."""
    placed = {name: _placed(one, bucket, code, arrow) for name, one in built["Resources"].items()}
    return built | {"Resources": placed}


def _placed(one: Json, bucket: str, code: str, arrow: str) -> Json:
    if one["Type"] == "AWS::Serverless::Function":
        return one | {"Properties": one["Properties"] | {"CodeUri": {"Bucket": bucket, "Key": code}}}
    if one["Type"] == "AWS::Serverless::LayerVersion":
        return one | {"Properties": one["Properties"] | {"ContentUri": {"Bucket": bucket, "Key": arrow}}}
    return one


def _arrow_layer(merge: Json) -> Json:
    return resource("AWS::Serverless::LayerVersion", {
        "Description": "pyarrow, trimmed",
        "ContentUri": f"./{ARROW}",
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
