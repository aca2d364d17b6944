"""Hypothesis: the same examples on every run, so that a red run means a change; new ones are sought on purpose.

    EXPLORE=1 make test      looks for new examples; what it finds belongs into the corpus of the test, with its cure
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, print_blob=True)
settings.register_profile("explore", print_blob=True)
settings.load_profile("explore" if os.environ.get("EXPLORE") else "steady")
