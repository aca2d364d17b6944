"""docs/policies.md says what the dated policies say."""

from __future__ import annotations

from chalicelib.rules import windows
from infra.docs import policies_doc


def test_the_page_is_up_to_date():
    assert policies_doc.PLACE.read_text("utf-8") == policies_doc.text(), "run python -m infra.docs.policies_doc"


def test_every_entry_has_a_row_and_no_cell_breaks_the_table():
    entries = len(windows.windows()) + len(windows.responses()) + len(windows.payers()) + len(windows.thresholds())
    rows = [line for line in policies_doc.text().splitlines() if line.startswith("| `")]

    assert len(rows) == entries
    assert {line.count(" | ") for line in rows} <= {7, 8, 9}


def test_figures_are_said_in_words():
    limits = {policies_doc.limit(one) for one in windows.thresholds()}
    assert {"under 1 %", "under 2.5 %", "at least 90 %", "not known"} <= limits
    assert {"30 days", "2 years", "not known"} <= {policies_doc.length(one) for one in windows.windows()}
