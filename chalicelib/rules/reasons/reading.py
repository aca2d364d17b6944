"""Reading a buyer's words: from a platform's code and a text to a reason, with everything that speaks for it. Pure.

The code comes first: a precise one (TOO_SMALL) decides, a weak one (OTHER, DEFECTIVE ...) is a prior that the words may
correct. Words that contradict a precise code are told as a conflict, and both are kept. How sure a reading is: the model's
own calibrated probability where words decided; the figures below where a code did.

Somebody who wants to ask a larger model about what stays uncertain does so between `read` and whoever keeps the result: a
`Classified` with a low confidence goes in, another with a source of its own comes out. None is built in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...model.words import REASON_GROUPS, Reason
from . import evidence, guard, hits, model, normal
from .hits import Hit

Embed = Callable[[Sequence[str]], Any]

# How sure a code alone is, by whether it says one thing or many; and a precise one beside words that agree or contradict.
PRECISE, WEAK, AGREED, CONTESTED, SILENT = 0.9, 0.5, 0.97, 0.6, 0.95
SURE = 0.6  # from here on words contradict a precise code
SECOND, SHARE = 0.12, 0.2  # a further reason: its probability, at least this, and this share of the first's
PRIOR = 0.6  # what a weak code weighs beside the words
TAG = 0.5


@dataclass(frozen=True, slots=True)
class Stated:
    """What a platform's code says: its label, whether it says that precisely, and a second label it may mean."""

    label: Reason
    precise: bool = False
    also: Reason | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be read: a buyer's words, and the code beside them."""

    text: str
    stated: Stated | None = None


@dataclass(frozen=True, slots=True)
class Classified:
    """A reason. `confidence` is 0 to 1, `top` the three likeliest labels with theirs, `secondary` further reasons named, `tags`
    what else was said. `source`: "code", "text", "code+text" or "none". `conflict` is what the words say where a precise code
    says something else. `engine` says what read the text: "e5+ngrams+rules", or "ngrams+rules" where the encoder could not be
    loaded. `model` is the version."""

    label: Reason
    confidence: float
    top: tuple[tuple[Reason, float], ...]
    secondary: tuple[Reason, ...] = ()
    tags: tuple[str, ...] = ()
    source: str = "text"
    conflict: Reason | None = None
    evidence: tuple[evidence.Evidence, ...] = ()
    engine: str = ""
    model: str = ""

    @property
    def group(self) -> str:
        """The label's group."""
        return REASON_GROUPS[self.label]

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON: probabilities to four places."""
        return {
            "label": str(self.label), "group": self.group, "confidence": round(self.confidence, 4),
            "top": [[str(label), round(share, 4)] for label, share in self.top],
            "secondary": list(map(str, self.secondary)), "tags": list(self.tags), "source": self.source,
            "conflict": str(self.conflict) if self.conflict else None,
            "evidence": [{"words": one.words, "why": one.why} for one in self.evidence], "engine": self.engine,
            "model": self.model,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A text ready to be scored: cleaned, plain, phrases, commands that were left out."""

    cleaned: str
    plain: str
    found: tuple[Hit, ...]
    commands: tuple[str, ...]

    @property
    def silent(self) -> bool:
        return not any(char.isalpha() for char in self.cleaned)


def read(asked: Sequence[Asked], head: model.Head, embed: Embed | None) -> list[Classified]:
    """The reason of each, in their order. `embed` gives the encoder's vectors (None where there is no encoder)."""
    ready = [prepared(one.text) for one in asked]
    vectors = _vectors(ready, embed)
    return [_read(one, text, head, meant) for one, text, meant in zip(asked, ready, vectors, strict=True)]


def prepared(text: str) -> _Prepared:
    """A text ready to be scored."""
    cleaned, commands = guard.without_commands(normal.clean(text))
    plain = normal.plain(cleaned)
    return _Prepared(cleaned, plain, tuple(hits.hits(plain)), commands)


def _vectors(ready: Sequence[_Prepared], embed: Embed | None) -> list[Any]:
    """The vector of each text; texts that are equal are embedded once, silent ones not at all."""
    if embed is None:
        return [None] * len(ready)
    every = list(dict.fromkeys(one.cleaned for one in ready if not one.silent))
    rows = dict(zip(every, embed(every), strict=True)) if every else {}
    return [None if one.silent else rows[one.cleaned] for one in ready]


def _read(asked: Asked, text: _Prepared, head: model.Head, vector: Any | None) -> Classified:
    engine = "ngrams+rules" if vector is None else "e5+ngrams+rules"
    if text.silent:
        return replace(_silent(asked.stated, text), model=head.version)
    stated = asked.stated
    found = model.scores(head, text.plain, text.found, vector)
    if stated and not stated.precise and stated.label is not Reason.OTHER:
        found = _with_prior(found, stated)
    shares = _shares(found)
    ranked = sorted(((label, shares[n]) for n, label in enumerate(model.LABELS)), key=lambda one: -one[1])
    label, sure = ranked[0]
    said = model.tags(head, text.found, vector)
    result = Classified(
        label, sure, tuple(ranked[:3]), tuple(_further(ranked)), tuple(tag for tag, share in said.items() if share >= TAG),
        "code+text" if stated else "text", None, (), engine, head.version,
    )  # fmt: skip
    result = _under(stated, result) if stated and stated.precise else result
    if text.commands:
        result = replace(result, confidence=result.confidence * guard.DOUBT)
    return replace(result, evidence=evidence.of(result.label, text, stated is not None, head))


def _silent(stated: Stated | None, text: _Prepared) -> Classified:
    """Nothing was written: the code alone, or no reason at all."""
    label = stated.label if stated else Reason.OTHER
    sure = (PRECISE if stated.precise else WEAK) if stated else SILENT
    sure *= guard.DOUBT if text.commands else 1
    told = tuple(evidence.Evidence(words[:80], "command left out") for words in text.commands[:1])
    return Classified(label, sure, ((label, sure),), (), (), "code" if stated else "none", None, told, "none")


def _under(stated: Stated, read: Classified) -> Classified:
    """A precise code decides; what the words say else is a second reason, and a conflict where they are sure of it."""
    share = dict(read.top)
    if read.label in (stated.label, stated.also):
        more = tuple(label for label in read.secondary if label is not stated.label)
        return replace(read, label=stated.label, confidence=max(AGREED, read.confidence), secondary=more)
    against = read.label is not Reason.OTHER and share[read.label] >= SURE
    told = dict.fromkeys((read.label, *read.secondary))
    further = tuple(label for label in told if label not in (stated.label, Reason.OTHER))
    return replace(
        read, label=stated.label, confidence=CONTESTED if against else PRECISE, secondary=further if against else (),
        conflict=read.label if against else None,
    )  # fmt: skip


def _with_prior(found: Any, stated: Stated) -> Any:
    """Scores with what a weak code makes likely before a word is read."""
    import numpy as np

    prior = np.full(len(model.LABELS), 0.02)
    prior[model.LABELS.index(stated.label)] = 0.5
    if stated.also:
        prior[model.LABELS.index(stated.also)] = 0.2
    return found + PRIOR * np.log(prior / prior.sum())


def _further(ranked: Sequence[tuple[Reason, float]]) -> list[Reason]:
    least = max(SECOND, SHARE * ranked[0][1])
    return [label for label, share in ranked[1:4] if share >= least and label is not Reason.OTHER]


def _shares(found: Any) -> list[float]:
    import numpy as np

    raised = np.exp(found - found.max())
    return [float(one) for one in raised / raised.sum()]
