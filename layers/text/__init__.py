"""The text layer. The classifier's weights lie here as the package `reasons_model`, which functions find in the layer."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).parent


def use_weights() -> None:
    """Make `reasons_model` importable in a program that runs from the checkout. Safe to call twice."""
    if str(_HERE) not in sys.path:
        sys.path.append(str(_HERE))
