"""docs/metrics.md, made from the headers of the metrics: run `python -m infra.docs.metrics_doc` after changing one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from chalicelib import metrics
from chalicelib.metrics import Metric

PLACE = Path(__file__).parents[2] / "docs" / "metrics.md"
_HEAD = """# Metrics

The dictionary. Each metric is defined once, as SQL in Athena's dialect under a header that says what it means; console, alerts,
reports and analysts run that same SQL. This page is made from the headers: change `chalicelib/metrics/NAME.sql`, then run
`python -m infra.docs.metrics_doc`.

A statement comes from `metrics.render(NAME, parameter=value, ...)`. Parameters take words from closed lists, whole numbers and
dates; anything else is refused with what may be given. The rendered text is plain Athena SQL and can be pasted into its editor.
"""


def text() -> str:
    """The whole page, as Markdown."""
    return _HEAD + "".join("\n" + line + "\n" for name in metrics.names() for line in _metric(metrics.get(name)))


def main() -> None:
    """Write the page."""
    PLACE.write_text(text(), "utf-8")


def _metric(metric: Metric) -> Iterator[str]:
    yield f"## {metric.title['en']} · {metric.title['zh']}"
    yield f"`{metric.name}` · [SQL](../chalicelib/metrics/{metric.name}.sql) · reads {', '.join(metric.tables)}"
    yield metric.meaning
    for title, said in (("Formula", metric.formula), ("Maturity", metric.maturity), ("Rows", metric.dimensions)):
        yield f"### {title}\n\n" + _lines(said)
    yield "### Dating\n\n" + "\n".join(f"- **{word}**: {said}" for word, said in metric.dating.items())
    yield "### Pitfalls\n\n" + "\n".join(f"- {said}" for said in metric.pitfalls)
    rows = ((f"`{one.name}`", one.values.replace("|", r"\|"), f"`{one.default}`", one.meaning) for one in metric.parameters)
    yield "### Parameters\n\n" + _table(("parameter", "may be", "default", "meaning"), rows)
    yield "### Columns\n\n" + _columns(metric.columns)


def _columns(columns: Mapping[str, str]) -> str:
    return _table(("column", "meaning"), ((f"`{name}`", meaning) for name, meaning in columns.items()))


def _lines(said: str) -> str:
    """A header's text: its line breaks are breaks of the page."""
    return "\\\n".join(said.strip().splitlines())


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
