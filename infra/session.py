"""Which AWS the command talks to: the local stack, or the account of the person's own AWS profile."""

from __future__ import annotations

import os

from .local.home import Home
from .local.process import HOST, REGION
from .stages import LOCAL

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def environment(stage: str = LOCAL) -> dict[str, str]:
    """The AWS_* variables for `stage`: endpoint, region and credentials of the local stack; for AWS the person's own region,
    under the one name that boto3 reads: it does not look at AWS_REGION, which the AWS command line and Lambda go by."""
    if stage != LOCAL:
        region = os.environ.get("AWS_REGION")
        return {"AWS_DEFAULT_REGION": region} if region else {}
    endpoint = f"http://{HOST}:{Home().port()}"
    place = {"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}
    return {"AWS_ENDPOINT_URL": endpoint, "AWS_EC2_METADATA_DISABLED": "true", **place, **_CREDENTIALS}


def use(stage: str = LOCAL) -> None:
    """Point this process's AWS clients at `stage`. Call before the first client is made."""
    if stage == LOCAL:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE"):
            os.environ.pop(name, None)
    os.environ.update(environment(stage))
