"""The page on platforms is what the modules say."""

from __future__ import annotations

from chalicelib import platforms
from infra.docs import platforms_doc


def test_the_page_is_up_to_date():
    """Run `python -m infra.docs.platforms_doc` when it is not."""
    assert platforms_doc.PLACE.read_text("utf-8") == platforms_doc.text()


def test_every_topic_and_title_stands_on_it():
    page = platforms_doc.text()
    for name in platforms.names():
        module = platforms.get(name)
        assert f"## {module.TITLE}\n" in page
        assert all(f"| `{topic}` |" in page for topic in module.TOPICS)
