"""Measuring: the z-score of every phrase of two sides, and of phrases that were joined."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import odds
from .entries import Entry
from .phrases import Phrases
from .sides import Sides

if TYPE_CHECKING:
    from numpy import bool_, float64, int64
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Measure:
    """How many texts of either side hold each phrase, and how many of the praise of the same goods, whose texts have numbers
    below `praised`. `share` is how many times as many ordinary texts there are as such praise.

    What belongs to the goods ("jeans") is no complaint although other goods' texts lack it. So a phrase counts as at least as
    frequent in the background as it is in the goods' own praise, less a standard error.
    """

    complaints: NDArray[int64]
    background: NDArray[int64]
    praise: NDArray[int64]
    praised: int
    share: float

    @classmethod
    def of(cls, found: Phrases, compared: Sides) -> Measure:
        """The counts of two sides; their texts are numbered as the sides have them, complaints, praise, then the others."""
        import numpy as np

        many = len(compared.complaints)
        praised = many + len(compared.praise)
        share = len(compared.background) / max(1, len(compared.praise))

        def count(of: NDArray[bool_]) -> NDArray[int64]:
            return np.bincount(found.phrase[of], minlength=found.count)

        ours, own = found.text < many, (found.text >= many) & (found.text < praised)
        return cls(count(ours), count(~ours), count(own), praised, share)

    def every(self) -> NDArray[float64]:
        """The z-scores of all phrases."""
        return self._z(self.complaints, self.background, self.praise)

    def again(self, one: Entry) -> Entry:
        """An entry with the z-score of all its texts: those of joined phrases count as one phrase's."""
        import numpy as np

        praise = sum(text < self.praised for text in one.background)
        counts = (np.array([number]) for number in (len(one.complaints), len(one.background), praise))
        return replace(one, z=float(self._z(*counts)[0]))

    def _z(self, complaints: NDArray[int64], background: NDArray[int64], praise: NDArray[int64]) -> NDArray[float64]:
        import numpy as np

        ordinary = np.maximum(background, self.share * (praise - np.sqrt(praise)))
        return odds.z_scores(complaints, ordinary, odds.Mass(int(self.complaints.sum()), int(self.background.sum())))
