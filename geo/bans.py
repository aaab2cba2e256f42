"""
Legs that a ban stops: what leaves a stage in one country may not go to another, or to the hub.

Which rule that is and when it holds is told by the caller, as a mapping from leg to words.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.scenarios import Scenario

Leg = tuple[str, str, str]
"""Stage that the product leaves, country it leaves, country it goes to or `HUB`."""
Bans = Mapping[Leg, str]
HUB: Final = "hub"


def no_rules(_scenario: Scenario) -> Bans:
    """Stop no leg."""
    return {}


def barred(bans: Bans, stage: str, starts: Sequence[str], ends: Sequence[str]) -> npt.NDArray[np.bool_]:
    """
    Mark the pairs that a ban keeps apart, a row a start, a column an end.

    Examples
    --------
    >>> barred({("mining", "CHN", "hub"): "why"}, "mining", ["CHN", "AUS"], ["CHN", "hub"]).tolist()
    [[False, True], [False, False]]
    """
    (row, origins), (column, targets) = (pd.factorize(np.array(places, dtype=object)) for places in (starts, ends))
    pairs = np.array([[(stage, start, end) in bans for end in targets] for start in origins], dtype=bool)
    return pairs.reshape(len(origins), len(targets))[np.ix_(row, column)]


def ban_words(bans: Bans, legs: Sequence[Leg]) -> str:
    """Say which bans stop some legs, each once; empty where none does."""
    return "; ".join(dict.fromkeys(bans[leg] for leg in legs if leg in bans))
