"""The table: what complaints say more often than ordinary texts, the surest first.

Two sides are chosen (sides.py), read as phrases (words.py, phrases.py) and compared (odds.py); phrases that are parts of one
another are folded (folding.py), those that mean the same merged (merging.py). docs/keywords.md tells it in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import entries, folding, merging, odds, phrases, sides, words
from .entries import Entry
from .measure import Measure
from .merging import Embed
from .phrases import Phrases
from .sides import Sides
from .values import Example, Keyword, Spelling, Text

LEAST, LEAST_OF_FEW, FEW = 3, 2, 30  # texts that hold a phrase; fewer where there are fewer than 30 complaints
SURE, SURE_UNKNOWN = 1.0, 2.5  # the least z-score shown, and that of phrases of which no list says what they speak of
_POOL = 8  # candidates looked at for each entry of the table
_EXAMPLES, _AROUND = 3, 50  # excerpts, and characters shown on either side of a phrase
_SPELLINGS = 40


def table(
    texts: Iterable[Text], sku: str | None = None, category: str | None = None, embed: Embed | None = None, most: int = 50
) -> list[Keyword]:
    """What complaints about a SKU say, else those of a category, else all; at most so many entries, best first.

    With `embed` (see merging.Embed) phrases of several languages that mean the same are one entry. The same texts give the same
    table, in whatever order they come.
    """
    compared = sides.sides(texts, sku, category)
    if not compared.complaints or most < 1:
        return []
    every = [*compared.complaints, *compared.background]
    found = phrases.found(words.corpus(compared.complaints, compared.background))
    measure = Measure.of(found, compared)
    ranked = map(measure.again, merging.by_stem(_candidates(found, measure, compared, most)))
    kept = folding.folded(sorted(ranked, key=lambda one: one.order))
    merged = merging.by_meaning(kept[: 3 * most], embed, measure.again)
    best = sorted((measure.again(one) for one in merged), key=lambda one: one.order)[:most]
    return [_keyword(one, found, compared, every) for one in best]


def _candidates(found: Phrases, measure: Measure, compared: Sides, most: int) -> list[Entry]:
    """The phrases that may come into the table, best first."""
    import numpy as np

    least = LEAST if len(compared.complaints) >= FEW else LEAST_OF_FEW
    z = measure.every()
    able = (measure.complaints >= least) & (z >= SURE)
    chosen = np.flatnonzero(able)
    spans = np.searchsorted(found.phrase, np.stack([chosen, chosen + 1]))
    labels = [one.label for one in compared.complaints]
    made = [entries.entry(found, (int(a), int(b)), labels, float(z[n])) for n, a, b in zip(chosen, *spans, strict=True)]
    shown = [one for one in made if one.z >= SURE_UNKNOWN or one.aspect or any(name != "!" for name in one.direction)]
    return sorted(shown, key=lambda one: one.order)[: _POOL * most]


def _keyword(one: Entry, found: Phrases, compared: Sides, every: Sequence[Text]) -> Keyword:
    held, ordinary = len(one.complaints), len(one.background)
    of, of_ordinary = len(compared.complaints), len(compared.background)
    praise = [text for text in compared.background if not text.complaint]
    praised = sum(not every[text].complaint for text in one.background)
    lift, low, high = (round(value, 2) for value in odds.lift(held, of, ordinary, of_ordinary))
    language, phrase = one.name
    return Keyword(
        phrase=phrase, language=language, aspect=one.aspect, direction=one.direction, z=round(one.z, 2), lift=lift, low=low,
        high=high, n_complaints=held, complaints=of, n_returns=sum(every[text].kind == "return" for text in one.complaints),
        n_background=ordinary, background=of_ordinary, polarity=round(odds.polarity(held, of, praised, len(praise)), 2),
        label=entries.label_of(one.complaints, [text.label for text in compared.complaints]), spellings=_spellings(one),
        examples=_examples(one, found, every),
    )  # fmt: skip


def _spellings(one: Entry) -> tuple[Spelling, ...]:
    ordered = sorted(one.spellings.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Spelling(language, spelt, texts) for (language, spelt), texts in ordered[:_SPELLINGS])


def _examples(one: Entry, found: Phrases, every: Sequence[Text]) -> tuple[Example, ...]:
    """The complaints with the lowest ids, written as the entry is named where there are such."""
    places = sorted(one.places.items(), key=lambda pair: (found.written(pair[1]) != one.name[1], pair[0]))
    return tuple(Example(every[text].id, _excerpt(found, at)) for text, at in places[:_EXAMPLES])


def _excerpt(found: Phrases, at: int) -> str:
    """The words around a phrase, on one line, cut between words where there are any."""
    corpus = found.corpus
    text, start, end = corpus.texts[found.text[at]], corpus.start[found.first[at]], corpus.end[found.last[at]]
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    before = f"…{before.partition(' ')[2] or before}" if start > _AROUND else before
    after = f"{after.rpartition(' ')[0] or after}…" if end + _AROUND < len(text) else after
    return " ".join(f"{before}{text[start:end]}{after}".split())
