"""The text model: one head over three kinds of evidence. Numbers in, numbers out; the weights are data (package reasons_model).

What a text means (a vector of 384 numbers from the tuned encoder), its hashed character n-grams, and the phrases found in it
each give a log-probability for each label; a softmax of their weighted sum is the probability. The weights, and by their size
the temperature, are fitted on texts that training did not see: one set for all three, one for where there is no encoder. Long
texts say more and mean less of it, so the longer a text the flatter its probabilities (`doubt`, fitted too).
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ...model.words import Reason
from . import grams, hits, normal

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Array = NDArray[float32]

PACKAGE = "reasons_model"
HEAD = "head.npz"
LABELS: tuple[Reason, ...] = tuple(Reason)


@dataclass(frozen=True, slots=True)
class Head:
    """The weights. Matrices have a column for each label (tags: for each tag); `card` says version and how it was trained."""

    arrays: dict[str, Any]
    card: dict[str, Any]

    @property
    def version(self) -> str:
        """The model's version, which every reading carries."""
        return str(self.card["version"])

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags it knows, in their order."""
        return tuple(self.card["tags"])


@lru_cache(maxsize=1)
def head() -> Head:
    """The head that is installed. FileNotFoundError or ModuleNotFoundError where there is none."""
    return load(resources.files(PACKAGE).joinpath(HEAD).read_bytes())


def load(data: bytes) -> Head:
    """The head in a file's bytes: arrays as .npy, and card.json, in one zip."""
    import numpy as np

    with zipfile.ZipFile(BytesIO(data)) as zipped:
        arrays = {
            name.removesuffix(".npy"): np.load(BytesIO(zipped.read(name))).astype(np.float32)
            for name in zipped.namelist() if name.endswith(".npy")
        }  # fmt: skip
        return Head(arrays, json.loads(zipped.read("card.json")))


def scores(head: Head, plain: str, found: Sequence[hits.Hit], vector: Any | None) -> Array:
    """Log-probabilities of the labels. `vector` is the encoder's of the text; None without an encoder."""
    import numpy as np

    lone, parts = ("lone_" if vector is None else ""), told(head, plain, found, vector)
    summed = (head.arrays[f"{lone}shares"][:, None] * parts).sum(0)
    return _log_softmax(summed * np.exp(-float(head.arrays[f"{lone}doubt"]) * length(plain)))


def told(head: Head, plain: str, found: Sequence[hits.Hit], vector: Any | None) -> Array:
    """What each kind of evidence says, a row each: meaning (where there is an encoder), n-grams, phrases."""
    import numpy as np

    weights = head.arrays
    rows = [_gram_scores(weights, plain), _log_softmax(weights["phrases"].T @ _phrases(found) + weights["phrases_bias"])]
    if vector is not None:
        rows.insert(0, _log_softmax(np.asarray(vector, dtype=np.float32) @ weights["meaning"] + weights["meaning_bias"]))
    return np.array(rows, dtype=np.float32)


def length(plain: str) -> float:
    """How long a text is, 1 for the longest that is read. The longer, the less sure what it says altogether."""
    return min(1.0, len(plain) / (normal.HEAD + normal.TAIL))


def tags(head: Head, found: Sequence[hits.Hit], vector: Any | None) -> dict[str, float]:
    """The probability of each tag. Without an encoder a tag is as sure as that a phrase of its was found."""
    import numpy as np

    hit = {one.name.removeprefix("tag:") for one in found if one.name.startswith("tag:")}
    if vector is None:
        return {tag: 0.8 if tag in hit else 0.0 for tag in head.tags}
    odds = np.asarray(vector, dtype=np.float32) @ head.arrays["tag_meaning"] + head.arrays["tag_bias"]
    odds = odds + np.array([head.arrays["tag_phrase"][n] * (tag in hit) for n, tag in enumerate(head.tags)])
    return dict(zip(head.tags, (1 / (1 + np.exp(-odds))).tolist(), strict=True))


def weight_of(head: Head, words: str, label: int) -> float:
    """How much the n-grams of some words speak for a label, against the mean of all: evidence for people."""
    matrix = head.arrays["grams"]
    found, _ = grams.features(words)
    return float((matrix[found, label] - matrix[found].mean(1)).sum())


def _gram_scores(weights: dict[str, Any], plain: str) -> Array:
    import numpy as np

    found, values = grams.features(plain)
    return np.asarray(_log_softmax(values @ weights["grams"][found] + weights["grams_bias"]), dtype=np.float32)


def _phrases(found: Sequence[hits.Hit]) -> Array:
    """Which phrases were found, as the head counts them: 1 each, however often."""
    import numpy as np

    there = {hit.name for hit in found}
    return np.array([name in there for name in hits.names()], dtype=np.float32)


def _log_softmax(values: Any) -> Array:
    import numpy as np

    shifted = values - values.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), dtype=np.float32)
