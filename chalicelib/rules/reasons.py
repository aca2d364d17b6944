"""Reasons: why a line came back. The seam through which every part asks; what can answer is behind it."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.words import REASON_GROUPS, Reason


@dataclass(frozen=True, slots=True)
class Classified:
    """A reason: its label, the label's group, and who said so ("platform": the code the buyer chose there; "none": nobody)."""

    label: Reason
    group: str
    source: str


def classify(code_label: Reason | None, text: str | None = None) -> Classified:
    """The reason of a line: what the platform's code says. Words alone say nothing yet, and are marked as such."""
    label = code_label or Reason.OTHER
    return Classified(label, REASON_GROUPS[label], "platform" if code_label else "none")
