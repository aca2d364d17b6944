"""docs/messages.md says what the rules, policies and texts say."""

from __future__ import annotations

from infra.docs import messages_doc


def test_the_page_is_up_to_date():
    assert messages_doc.PLACE.read_text("utf-8") == messages_doc.text(), "run python -m infra.docs.messages_doc"
