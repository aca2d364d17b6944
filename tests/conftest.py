"""Which tests stay together when two workers share them (`make test`): a file's tests, and all that need the package.

Hypothesis: the same examples on every run, so that a red run means a change; new ones are sought on purpose.

    EXPLORE=1 make test      looks for new examples; what it finds belongs into the corpus of the test, with its cure
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import settings

# These make the package or run it: one at a time, so they stay with one of the workers.
_TOGETHER = {"infra", "stack", "lambda_runtime"}

settings.register_profile("steady", derandomize=True, print_blob=True)
settings.register_profile("explore", print_blob=True)
settings.load_profile("explore" if os.environ.get("EXPLORE") else "steady")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The scheduler that keeps them together. xdist's own groups are marks that pytest 9.2 no longer lets it note in ids."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid.partition("::")[0])

    return Together(config, log)


def group(path: str) -> str:
    """The group of a test file, by its path below the project's folder."""
    folder = path.removeprefix("tests/").partition("/")[0]
    return "the package" if folder in _TOGETHER else path
