"""What fuzzing kept: each body is still answered as it was, by events or by a refusal, and never by anything else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib import platforms
from tests.platforms import fixtures, fuzz


@pytest.mark.parametrize("platform", platforms.names())
def test_every_kept_body_is_answered_as_before(platform: str):
    kept = list(fuzz.read(platform))
    recorded = {one.name: one for one in fixtures.recorded(platform)}
    assert kept, f"nothing is kept for {platform}; run: python -m tests.platforms.fuzz {platform}"
    for one in kept:
        request = recorded[one.request]
        webhook = replace(request.webhook, setup=request.setup, body=one.body)
        assert fuzz.answer_to(webhook) == one.answer, (one.request, one.body[:300])
