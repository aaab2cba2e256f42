"""
Which plant can take what a mine ships: a works built for brine takes no spodumene.

What a site ships or takes is told for some sites only. Two sites fit unless both are told and share nothing: what is
not known keeps nobody apart, and `shared` says which pairs are known to fit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Told = Mapping[str, frozenset[str]]
"""Feeds by `facility_id`; a site that is not there is not known."""
_UNKNOWN: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True)
class Feeds:
    """What the mines of one mineral ship, and what its plants take, as far as it is known."""

    ships: Told = field(default_factory=dict)
    takes: Told = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether any pair can be held apart."""
        return bool(self.ships and self.takes)

    def shared(self, start: str, end: str) -> frozenset[str]:
        """Give the feeds that one site ships and the other takes; empty where that is not known of both."""
        return self.ships.get(start, _UNKNOWN) & self.takes.get(end, _UNKNOWN)

    def apart(self, starts: Sequence[str], ends: Sequence[str]) -> npt.NDArray[np.bool_]:
        """
        Mark the pairs that do not fit, a row a start, a column an end.

        Examples
        --------
        >>> feeds = Feeds({"salar": frozenset({"brine"})}, {"converter": frozenset({"hard_rock"})})
        >>> feeds.apart(["salar", "mine"], ["converter", "plant"]).tolist()
        [[True, False], [False, False]]
        """
        row, shipped = _coded(self.ships, starts)
        column, taken = _coded(self.takes, ends)
        pairs = [[bool(one and other and not one & other) for other in taken] for one in shipped]
        return np.array(pairs, dtype=bool).reshape(len(shipped), len(taken))[np.ix_(row, column)]


NOT_TOLD: Final = Feeds()


def _coded(told: Told, places: Sequence[str]) -> tuple[list[int], list[frozenset[str]]]:
    """Give each place the number of what is told of it: there are few feeds and many sites."""
    own = [told.get(place, _UNKNOWN) for place in places]
    number = {feed: code for code, feed in enumerate(dict.fromkeys(own))}
    return [number[feed] for feed in own], list(number)


def unfed(feeds: Feeds, plants: pd.DataFrame, names: Sequence[str]) -> frozenset[str]:
    """
    Name the sources whose product none of the plants of the next stage takes, as far as both are told.

    Parameters
    ----------
    plants
        Indexed by `facility_id`, a row a stage: `stage`, `kind`, `source`.
    names
        Stages in order.
    """
    lost: set[str] = set()
    for stage, following in pairwise(names):
        starts = plants.index[plants["stage"].eq(stage) & plants["source"].astype(bool)]
        ends = plants.index[plants["stage"].eq(following) & plants["kind"].eq("processing")]
        if len(ends):
            lost |= set(starts[feeds.apart(list(starts), list(ends)).all(axis=1)])
    return frozenset(lost)
