"""The rulebook of a stage: what is stored, read by the rules about touchpoints, and the product's own where nobody set one."""

from __future__ import annotations

from ..effects.rulebook import Rules
from ..rules import touchpoints
from ..settings import Settings


def rulebook(settings: Settings) -> Rules:
    """Where the rules in force come from."""
    return Rules(settings, touchpoints.load, touchpoints.default)
