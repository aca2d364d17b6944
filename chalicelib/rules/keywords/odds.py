"""Over-representation: how much more often complaints hold a phrase than ordinary texts, and how sure that is.

The log-odds ratio with an informative Dirichlet prior, in units of its standard error, after Monroe, Colaresi and Quinn
("Fightin' Words", Political Analysis 16(4), 2008), section 3.5.1, equations 20 to 22; and the ratio of shares with its 95 %
interval by the log method (Katz et al., Biometrics 34, 1978), half a text added to each side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray

# The prior weighs as much as so large a part of all that was counted: enough to hold back what was seen once or twice.
PRIOR = 0.1
_NORMAL = 1.959964  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Mass:
    """All that was counted on either side: pairs of a phrase and a text that holds it."""

    complaints: int
    background: int


def z_scores(complaints: NDArray[int64], background: NDArray[int64], mass: Mass) -> NDArray[float64]:
    """The z-score of each phrase, from the number of its texts on either side. The prior is the share it has of both."""
    import numpy as np

    ours, theirs = complaints.astype(np.float64), background.astype(np.float64)
    total = max(1, mass.complaints + mass.background)
    prior = PRIOR * (ours + theirs)
    whole = PRIOR * total
    odds = _log_odds(ours + prior, mass.complaints + whole) - _log_odds(theirs + prior, mass.background + whole)
    return odds / np.sqrt(1 / np.maximum(ours + prior, 1e-9) + 1 / np.maximum(theirs + prior, 1e-9))


def _log_odds(held: NDArray[float64], of: float) -> NDArray[float64]:
    import numpy as np

    held = np.maximum(held, 1e-9)
    return np.log(held) - np.log(np.maximum(of - held, 1e-9))


def lift(held: int, of: int, ordinary: int, of_ordinary: int) -> tuple[float, float, float]:
    """How many times larger the share of complaints that hold a phrase is than that of ordinary texts; its 95 % interval."""
    ours, theirs = (held + 0.5) / (of + 0.5), (ordinary + 0.5) / (of_ordinary + 0.5)
    error = math.sqrt(max(0.0, 1 / (held + 0.5) - 1 / (of + 0.5) + 1 / (ordinary + 0.5) - 1 / (of_ordinary + 0.5)))
    ratio = ours / theirs
    return ratio, ratio * math.exp(-_NORMAL * error), ratio * math.exp(_NORMAL * error)


def polarity(held: int, of: int, praised: int, of_praise: int) -> float:
    """-1 where only complaints hold a phrase, 0 where they do as often as praise does, 1 where only praise does.

    As if there were as many texts of praise as of complaint, and a text more on each side that holds the phrase.
    """
    praise = praised * of / of_praise if of_praise else 0.0
    return (praise - held) / (praise + held + 2)
