"""docs/classifier.md, made from training/figures.json: run `python -m infra.docs.classifier_doc` after `make train`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from chalicelib.model.words import Reason

_ROOT = Path(__file__).parents[2]
PLACE = _ROOT / "docs" / "classifier.md"
FIGURES = _ROOT / "training" / "figures.json"
_PARTS = Path(__file__).parent / "classifier.md"
_TITLES = {
    "written": "written, 20 languages: situations, told or hinted at",
    "plain": "plain, 20 languages: a few words that name the reason",
    "real": "real reviews that tell of a reason (English clothing, Indonesian marketplace)",
    "real_english": "of these, English clothing",
    "real_indonesian": "of these, Indonesian marketplace",
    "hostile": "hostile and noisy (spam, commands, markup, very long, emoji)",
    "without_encoder": "written, without the encoder",
}
_JUDGED = ("written", "plain", "real")
_SHORT = {label: "".join(part[0] for part in str(label).split("_")) for label in Reason}


def text() -> str:
    """The whole page, as Markdown."""
    figures = json.loads(FIGURES.read_text("utf-8"))
    return _PARTS.read_text("utf-8") + "".join("\n" + part + "\n" for part in _parts(figures))


def main() -> None:
    """Write the page."""
    PLACE.write_text(text(), "utf-8")


def _parts(figures: dict[str, Any]) -> Iterator[str]:
    rows = [(title, *_row(figures[name])) for name, title in _TITLES.items() if name in figures]
    yield _table(("texts", "n", "16 labels", "5 groups", "macro F1", "surest 80 %", "calibration error"), rows)
    yield "### By language (share of right labels)"
    languages = sorted(figures["written"]["languages"].items(), key=lambda one: (-one[1][0], one[0]))
    plain = figures["plain"]["languages"]
    rows = [(name, *map(str, (_percent(share), n, _percent(plain[name][0]), plain[name][1]))) for name, (share, n) in languages]
    yield _table(("language", "written", "n", "plain", "n"), rows)
    yield "### By label (F1)"
    labels = [(f"`{label}`", *(_percent(figures[f"{name}_f1"].get(label)) for name in _JUDGED)) for label in Reason]
    yield _table(("label", *_JUDGED), labels)
    for name in _JUDGED:
        yield f"### Confusion, {name} texts\n\nRows are what is true, columns what was said."
        yield _confusion(figures[f"{name}_confusion"])


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    shares = (one[name] for name in ("accuracy", "groups", "macro_f1", "surest_80"))
    return str(one["texts"]), *map(_percent, shares), f"{one['ece']:.3f}"


def _confusion(table: list[list[int]]) -> str:
    labels = list(Reason)
    named = zip(labels, table, strict=True)
    rows = ((f"`{label}` ({_SHORT[label]})", *(str(n) if n else "" for n in row)) for label, row in named)
    return _table(("", *(_SHORT[label] for label in labels)), rows)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.3f}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
