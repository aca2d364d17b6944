"""What the emulator's CloudFormation ignores and its API honours. Safe to run again."""

from __future__ import annotations

import boto3

from ..functions import FUNCTIONS
from ..storage import EXPIRING


def apply(outputs: dict[str, str]) -> None:
    """Set the functions' reserved concurrency and the tables' expiry, as the template does on AWS."""
    tables = boto3.client("dynamodb")
    for name in EXPIRING:
        if tables.describe_time_to_live(TableName=outputs[name])["TimeToLiveDescription"]["TimeToLiveStatus"] != "ENABLED":
            expiry = {"AttributeName": "ttl", "Enabled": True}
            tables.update_time_to_live(TableName=outputs[name], TimeToLiveSpecification=expiry)
    lambdas = boto3.client("lambda")
    for name, function in FUNCTIONS.items():
        if function.at_once:
            lambdas.put_function_concurrency(FunctionName=outputs[name], ReservedConcurrentExecutions=function.at_once)
