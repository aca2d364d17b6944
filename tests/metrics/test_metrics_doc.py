"""docs/metrics.md is what the headers say."""

from __future__ import annotations

from chalicelib import metrics
from infra.docs import metrics_doc


def test_the_page_is_up_to_date() -> None:
    """Run `python -m infra.docs.metrics_doc` when it is not."""
    assert metrics_doc.PLACE.read_text("utf-8") == metrics_doc.text()


def test_the_page_names_every_metric_with_its_parameters_and_columns() -> None:
    """Nothing of a header is left out."""
    page = metrics_doc.text()
    for metric in map(metrics.get, metrics.names()):
        words = [*metric.title.values(), metric.meaning, *metric.pitfalls, *metric.dating.values(), *metric.columns.values()]
        words += [one.meaning for one in metric.parameters]
        assert [word for word in words if word not in page] == []
