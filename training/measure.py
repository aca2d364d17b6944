"""How good the classifier is, on texts it never saw: figures by label, language and kind, and the page that tells them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from chalicelib.model.words import REASON_GROUPS
from chalicelib.rules.reasons.reading import Classified

from .data import LABELS, LANGUAGES, Example

BINS = 15


def figures(examples: Sequence[Example], found: Sequence[Classified]) -> dict[str, Any]:
    """The measures of ../classifier targets: accuracy by label and group, macro F1, the surest 80 %, calibration, languages."""
    right = np.array([one.label == said.label for one, said in zip(examples, found, strict=True)])
    grouped = np.array([one.group == said.group for one, said in zip(examples, found, strict=True)])
    sure = np.array([said.confidence for said in found])
    languages = {language: _share(right, [one.language == language for one in examples]) for language in LANGUAGES}
    known = {language: share for language, (share, n) in languages.items() if n}
    return {
        "texts": len(examples), "accuracy": _mean(right), "groups": _mean(grouped),
        "macro_f1": round(float(np.mean(list(f1(examples, found).values()))), 4),
        "surest_80": _mean(right[np.argsort(-sure, kind="stable")[: round(0.8 * len(sure))]]),
        "ece": round(calibration(right, sure), 4),
        "worst_language": min(known.items(), key=lambda one: one[1]) if known else None, "languages": languages,
    }  # fmt: skip


def f1(examples: Sequence[Example], found: Sequence[Classified]) -> dict[str, float]:
    """F1 of each label that occurs."""
    hit, said, true = Counter(), Counter(), Counter()  # type: ignore[var-annotated]
    for one, read in zip(examples, found, strict=True):
        true[one.label] += 1
        said[read.label] += 1
        hit[one.label] += one.label == read.label
    return {label: 2 * hit[label] / (said[label] + true[label]) for label in LABELS if true[label]}


def calibration(right: np.ndarray, sure: np.ndarray) -> float:
    """Expected calibration error: how far confidence is from accuracy, over 15 bins of equal width, by their sizes."""
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    there = [bins == n for n in range(BINS) if (bins == n).any()]
    return float(sum(abs(right[some].mean() - sure[some].mean()) * some.mean() for some in there))


def confusion(examples: Sequence[Example], found: Sequence[Classified]) -> list[list[int]]:
    """Rows are true labels, columns what was said."""
    table = [[0] * len(LABELS) for _ in LABELS]
    for one, said in zip(examples, found, strict=True):
        table[LABELS.index(one.label)][LABELS.index(said.label)] += 1
    return table


def agreement(first: Sequence[str], second: Sequence[str]) -> dict[str, float]:
    """How two readers agree: the share of equal labels and of equal groups, and Cohen's kappa."""
    same = np.mean([one == two for one, two in zip(first, second, strict=True)])
    chance = sum(first.count(label) * second.count(label) for label in set(first)) / len(first) ** 2
    groups = np.mean([REASON_GROUPS[one] == REASON_GROUPS[two] for one, two in zip(first, second, strict=True)])  # type: ignore[index]
    return {"texts": len(first), "labels": round(float(same), 4), "groups": round(float(groups), 4),
            "kappa": round(float((same - chance) / (1 - chance)), 4)}  # fmt: skip


def _share(right: np.ndarray, chosen: Sequence[bool]) -> tuple[float, int]:
    picked = right[np.array(chosen)]
    return (_mean(picked), len(picked)) if len(picked) else (0.0, 0)


def _mean(values: np.ndarray) -> float:
    return round(float(values.mean()), 4)
