"""CloudFormation's intrinsic functions, and the shape of a resource."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def ref(name: str) -> Json:
    """The name (tables, buckets, functions), URL (queues) or id of a resource."""
    return {"Ref": name}


def att(name: str, attribute: str) -> Json:
    """An attribute of a resource, such as its Arn."""
    return {"Fn::GetAtt": [name, attribute]}


def sub(text: str) -> Json:
    """`text` with ${Resource} and ${Resource.Attribute} filled in."""
    return {"Fn::Sub": text}


def resource(kind: str, properties: Json, *, keep: bool = False, **more: Any) -> Json:
    """A resource of `kind`; with `keep` it outlives the stack and its own replacement."""
    policy = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"} if keep else {}
    return {"Type": kind, "Properties": properties, **policy, **more}
