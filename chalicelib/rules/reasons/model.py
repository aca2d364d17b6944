"""The text model: one head over three kinds of evidence. Numbers in, numbers out; the weights are data (package reasons_model).

What a text means (a vector of 384 numbers from the tuned encoder), its hashed character n-grams, and the phrases found in it
each give a log-probability for each label; a softmax of their weighted sum is the probability. The weights, and by their size
the temperature, are fitted on texts that training did not see: one set for all three, one for where there is no encoder. Long
texts are read whole and sentence by sentence.
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
from . import grams, hits

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


def scores(head: Head, plain: str, found: Sequence[hits.Hit], vectors: Any | None) -> Array:
    """Log-probabilities of the labels. `vectors` are the encoder's: of the whole text, then of its sentences (or none of
    these, where it has but one); None without an encoder."""
    import numpy as np

    weights = head.arrays
    parts = [_gram_scores(weights, plain), weights["phrases"].T @ _phrases(found) + weights["phrases_bias"]]
    if vectors is not None:
        parts.insert(0, _meant(head, vectors))
    shares = weights["lone_shares" if vectors is None else "shares"]
    return _log_softmax(sum((share * part for share, part in zip(shares, parts, strict=True)), np.zeros(len(LABELS))))


def _meant(head: Head, vectors: Any) -> Array:
    """The encoder's evidence: of the whole text; where there are sentences, mixed with the strongest of them."""
    import numpy as np

    each = _log_softmaxes(np.asarray(vectors, dtype=np.float32) @ head.arrays["meaning"] + head.arrays["meaning_bias"])
    if len(each) == 1:
        return np.asarray(each[0], dtype=np.float32)
    share = float(head.arrays["sentence_share"])
    strongest = np.log(np.exp(each[1:]).max(0))
    return np.asarray((1 - share) * each[0] + share * strongest, dtype=np.float32)


def tags(head: Head, found: Sequence[hits.Hit], vectors: Any | None) -> dict[str, float]:
    """The probability of each tag. Without an encoder a tag is as sure as that a phrase of its was found."""
    import numpy as np

    hit = {one.name.removeprefix("tag:") for one in found if one.name.startswith("tag:")}
    if vectors is None:
        return {tag: 0.8 if tag in hit else 0.0 for tag in head.tags}
    odds = np.asarray(vectors, dtype=np.float32)[0] @ head.arrays["tag_meaning"] + head.arrays["tag_bias"]
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
    found: Array = _log_softmaxes(values[None])[0]
    return found


def _log_softmaxes(values: Any) -> Array:
    import numpy as np

    shifted = values - values.max(1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(1, keepdims=True)), dtype=np.float32)
