"""What a failed write says: a condition that does not hold is told apart from everything else."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from pynamodb.exceptions import UpdateError

from chalicelib.effects.tables import refused


@pytest.mark.parametrize(
    ("cause", "was"),
    [
        (ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "UpdateItem"), True),
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem"), False),
        (ConnectionClosedError(endpoint_url="http://example.com"), False),
        (None, False),
    ],
)
def test_only_a_condition_that_does_not_hold_counts_as_refused(cause: Exception | None, was: bool):
    assert refused(UpdateError(cause=cause)) is was
