"""The head: what the encoder's vectors, n-grams and phrases say, each by a linear model, and how much each of them counts.

The linear models are fitted on the training examples by scikit-learn; the few weights that mix them, on the development set.
"""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from chalicelib.rules.reasons import grams, hits

from .data import LABELS, TAGS, Example

Arrays = dict[str, Any]


def gram_matrix(plain: Sequence[str]) -> csr_matrix:
    """The n-grams of some texts, a row each."""
    found = [grams.features(text) for text in plain]
    starts = np.cumsum([0, *(len(numbers) for numbers, _ in found)])
    numbers, values = (np.concatenate([one[part] for one in found]) for part in (0, 1))
    return csr_matrix((values, numbers, starts), shape=(len(plain), 2**grams.BITS), dtype=np.float32)


def phrase_matrix(plain: Sequence[str]) -> np.ndarray:
    """Which phrases some texts hold, a row each."""
    names = hits.names()
    found = ({hit.name for hit in hits.hits(text)} for text in plain)
    return np.array([[name in there for name in names] for there in found], np.float32)


def fitted(train: Sequence[Example], plain: Sequence[str], encoded: Arrays) -> Arrays:
    """The linear models: n-grams and phrases by logistic regression, the encoder's head as tuning left it."""
    wanted = np.array([LABELS.index(one.label) for one in train])
    names = {"labels": "meaning", "labels0": "meaning_bias", "tags": "tag_meaning", "tags0": "tag_bias"}
    found: Arrays = {name: encoded[part] for part, name in names.items()}
    for name, matrix, strength in (("grams", gram_matrix(plain), 30.0), ("phrases", phrase_matrix(plain), 3.0)):
        with warnings.catch_warnings():
            # It says that it stopped after 200 steps. That is meant: they take minutes; more were not tried.
            warnings.simplefilter("ignore", ConvergenceWarning)
            fit = LogisticRegression(C=strength, max_iter=200).fit(matrix, wanted)
        found[name], found[f"{name}_bias"] = fit.coef_.T.astype(np.float32), fit.intercept_.astype(np.float32)
    return found | {"tag_phrase": np.full(len(TAGS), 1.5, np.float32)}


def mixed(told: np.ndarray, wanted: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, float]:
    """The shares and the doubt of long texts under which the wanted labels are likeliest.

    `told` is (texts, kinds, labels) as model.told gives it, `wanted` the labels' numbers, `lengths` as model.length.
    """

    def lost(weights: np.ndarray) -> float:
        summed = np.einsum("k,nkl->nl", weights[:-1], told) * np.exp(-weights[-1] * lengths)[:, None]
        summed -= summed.max(1, keepdims=True)
        sure = summed - np.log(np.exp(summed).sum(1, keepdims=True))
        return float(-sure[np.arange(len(wanted)), wanted].mean())

    start = np.array([*[0.6] * told.shape[1], 0.2])
    options = {"xatol": 1e-3, "fatol": 1e-5, "maxiter": 2000}
    found = minimize(lost, start, method="Nelder-Mead", options=options).x
    return np.clip(found[:-1], 0, None).astype(np.float32), float(found[-1])


def weighed(told: np.ndarray, wanted: np.ndarray, lengths: np.ndarray) -> Arrays:
    """The weights that mix the kinds of evidence, with an encoder and without one."""
    shares, doubt = mixed(told, wanted, lengths)
    lone_shares, lone_doubt = mixed(told[:, 1:], wanted, lengths)
    return {
        "shares": shares, "doubt": np.float32(doubt), "lone_shares": lone_shares, "lone_doubt": np.float32(lone_doubt),
    }  # fmt: skip


def dump(arrays: Arrays, card: dict[str, Any]) -> bytes:
    """The head as a file: 16-bit arrays and the card, zipped the same way every time."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for name, value in sorted(arrays.items()):
            raw = BytesIO()
            np.save(raw, np.asarray(value, np.float16 if np.ndim(value) == 2 else np.float32))
            _put(zipped, f"{name}.npy", raw.getvalue())
        _put(zipped, "card.json", json.dumps(card, indent=1, sort_keys=True).encode())
    return out.getvalue()


def _put(zipped: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
    zipped.writestr(entry, data)
