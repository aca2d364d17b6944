"""The engine's tokenizer again, for training alone: SentencePiece's unigram model, the likeliest cut of a text into pieces.

It must cut as the engine does; a test compares the numbers of tokens, and the embeddings that come of them.
"""

from __future__ import annotations

from .weights import Vocabulary

_SPACE = "\u2581"
PREFIX = "query: "


class Tokenizer:
    """Texts into numbers of pieces."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._known = {}
        for number, piece in enumerate(vocabulary.pieces):
            self._known.setdefault(piece.decode("utf-8", "surrogateescape"), number)
        self._scores = vocabulary.scores.tolist()
        self._longest = max(map(len, self._known))
        self._lost = min(self._scores) - 10
        self._vocabulary = vocabulary

    def __call__(self, text: str, most: int) -> list[int]:
        """The pieces of "query: " and a text, between the marks of beginning and end; at most `most` of them."""
        cut = self._cut(self._prepared(PREFIX + text))
        return [self._vocabulary.bos, *cut[: most - 2], self._vocabulary.eos]

    def _prepared(self, text: str) -> str:
        replaced = self._vocabulary.replaced
        told = "".join("".join(map(chr, replaced[ord(char)])) if ord(char) in replaced else char for char in text)
        while "  " in told:
            told = told.replace("  ", " ")
        return (told if told.startswith(" ") else f" {told}").replace(" ", _SPACE)

    def _cut(self, text: str) -> list[int]:
        """Viterbi's path: the pieces whose scores sum highest; what is no piece is a character unknown."""
        best, came = [0.0, *[float("-inf")] * len(text)], [(0, 0)] * (len(text) + 1)
        unknown = self._vocabulary.unk
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                number = self._known.get(text[start:end])
                if number is not None and number != unknown and best[start] + self._scores[number] > best[end]:
                    best[end], came[end] = best[start] + self._scores[number], (start, number)
            if best[start] + self._lost > best[start + 1]:
                best[start + 1], came[start + 1] = best[start] + self._lost, (start, unknown)
        found, end = [], len(text)
        while end:
            end, number = came[end]
            found.append(number)
        return found[::-1]
