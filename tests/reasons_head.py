"""A head that one can see through: a few words decide, by n-grams and phrases; and an encoder that hears one word more."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from chalicelib.model.words import Reason
from chalicelib.rules.reasons import grams, hits, model

WORDS = {
    "small": Reason.SIZE_TOO_SMALL, "large": Reason.SIZE_TOO_LARGE, "broken": Reason.QUALITY_DEFECT,
    "late": Reason.LATE_DELIVERY, "cheaper": Reason.BETTER_PRICE, "छोटा": Reason.SIZE_TOO_SMALL,
}  # fmt: skip
HEARD = WORDS | {"snug": Reason.SIZE_TOO_SMALL}
TAGS = ("smell", "packaging")
# As phrases.toml is written: what they stand for, by language.
PHRASES = """
[size_too_small]
en = ["too small", "runs? small"]
hi = ["बहुत छोटा"]
th = ["คับเกินไป", "เล็กกว่าที่คำนวณ"]
[quality_defect]
en = ["broke*"]
fr = ["déchiré"]
["tag:smell"]
en = ["smell*"]
[denial]
en = ["not", "never"]
"""


def arrays(version: str = "1") -> dict[str, Any]:
    """The weights of the head by name: what decides is set by hand, what does not is noise, the same each time."""
    noise, count, size = np.random.default_rng(int(version)), len(model.LABELS), 384
    weights = noise.normal(0, 1e-3, (2**grams.BITS, count)).astype(np.float32)
    for word, label in WORDS.items():
        weights[grams._words(word), model.LABELS.index(label)] += 60
    names = hits.names()
    told = np.array([[6.0 * (name == label) for label in model.LABELS] for name in names], np.float32)
    return {
        "grams": weights, "grams_bias": np.zeros(count), "phrases": told, "phrases_bias": np.zeros(count),
        "meaning": 10 * np.eye(size, count), "meaning_bias": np.zeros(count), "doubt": np.float32(0.5),
        "lone_doubt": np.float32(0.5),
        "shares": np.array([0.4, 0.3, 0.3]), "lone_shares": np.array([0.5, 0.5]), "tag_meaning": np.zeros((size, len(TAGS))),
        "tag_bias": np.full(len(TAGS), -2.0), "tag_phrase": np.full(len(TAGS), 4.0),
    }  # fmt: skip


def packed(version: str = "1") -> bytes:
    """The head as the file that is installed."""
    out = BytesIO()
    with ZipFile(out, "w") as zipped:
        for name, value in arrays(version).items():
            raw = BytesIO()
            np.save(raw, value)
            zipped.writestr(f"{name}.npy", raw.getvalue())
        zipped.writestr("card.json", f'{{"version": "{version}", "tags": ["smell", "packaging"]}}')
    return out.getvalue()


@lru_cache(maxsize=None)
def head(version: str = "1") -> model.Head:
    """The head, made once: where it is asked for, `phrases` are in force."""
    return model.load(packed(version))


def embed(texts: Sequence[str]) -> Any:
    """The encoder: a unit vector that points to the labels of the words it hears; the first of them loudest."""
    found = np.zeros((len(texts), 384), np.float32)
    for row, text in zip(found, texts, strict=True):
        for n, label in enumerate(label for word, label in HEARD.items() if word in text):
            row[model.LABELS.index(label)] = 1 / (n + 1)
        row /= max(1.0, float(np.linalg.norm(row)))
    return found


@pytest.fixture
def phrases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The phrases of this file in the place of those that are installed."""
    (tmp_path / "phrases.toml").write_text(PHRASES, "utf-8")
    monkeypatch.setattr(hits, "_FILE", tmp_path / "phrases.toml")
    hits._book.cache_clear()
    yield
    hits._book.cache_clear()
