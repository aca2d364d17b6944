"""What the emulator's CloudFormation ignores and its API honours. Safe to run again."""

from __future__ import annotations

import boto3

from ..functions import FUNCTIONS


def apply(outputs: dict[str, str]) -> None:
    """Set the functions' reserved concurrency, as the template does on AWS."""
    lambdas = boto3.client("lambda")
    for name, function in FUNCTIONS.items():
        if function.at_once:
            lambdas.put_function_concurrency(FunctionName=outputs[name], ReservedConcurrentExecutions=function.at_once)
