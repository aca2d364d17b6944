"""Which tests stay together when two workers share them (`make test`): a file's tests, and all that need the package.

Hypothesis: the same examples on every run, so that a red run means a change; new ones are sought on purpose.

    EXPLORE=1 make test      looks for new examples; what it finds belongs into the corpus of the test, with its cure
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# These make the package or run it: one at a time, so they stay with one of the workers.
_TOGETHER = {"infra", "stack", "lambda_runtime"}
_HERE = Path(__file__).parent

settings.register_profile("steady", derandomize=True, print_blob=True)
settings.register_profile("explore", print_blob=True)
settings.load_profile("explore" if os.environ.get("EXPLORE") else "steady")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name each test's group for `--dist loadgroup`."""
    for item in items:
        folder, *_ = item.path.relative_to(_HERE).parts
        item.add_marker(pytest.mark.xdist_group("the package" if folder in _TOGETHER else str(item.path.relative_to(_HERE))))
