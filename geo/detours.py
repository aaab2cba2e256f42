"""What each corridor loses when one of its chokepoints shuts: the extra hours of the next best way, leg by leg."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.corridors import Finder
from geo.questions import Corridor, Stop
from geo.router import Cargo
from geo.scenarios import Scenario
from geo.ways import Way


def detours_h(finder: Finder, corridors: Sequence[Corridor], scenario: Scenario) -> pd.DataFrame:
    """
    Shut each chokepoint in turn and trace the legs that pass it again.

    Parameters
    ----------
    finder
        Its router and question.
    corridors
        Corridors with ways; a stranded one has no row of numbers.
    scenario
        What is shut already.

    Returns
    -------
    detours
        Index `corridor_id`, a column a chokepoint: extra hours, infinite where no way is left, null where the
        corridor does not pass it.
    """
    passing: dict[tuple[str, Cargo], set[Stop]] = {}
    for corridor in corridors:
        for stop, way in zip(corridor.stops, corridor.ways, strict=False):
            for chokepoint in way.chokepoints:
                passing.setdefault((chokepoint, finder.question.cargo(stop.stage, scenario)), set()).add(stop)
    hours: dict[tuple[str, Stop], float] = {}
    for (chokepoint, _), stops in passing.items():  # in this order the engine shuts each chokepoint once
        for stop in stops:
            round_about = finder.detour(chokepoint, replace(stop, port=None, entry=None), scenario)
            hours[chokepoint, stop] = round_about.time_h if round_about is not None else np.inf
    rows = {corridor.corridor_id: _delays(corridor, hours) for corridor in corridors}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("corridor_id")


def _delays(corridor: Corridor, hours: dict[tuple[str, Stop], float]) -> dict[str, float]:
    """Add up, for each chokepoint, the extra hours over the legs that pass it."""
    delays: dict[str, float] = {}
    for stop, way in zip(corridor.stops, corridor.ways, strict=False):
        for chokepoint in way.chokepoints:
            delays[chokepoint] = delays.get(chokepoint, 0.0) + _extra(way, hours[chokepoint, stop])
    return delays


def _extra(way: Way, time_h: float) -> float:
    """Give the extra hours; the dearer way may be the faster, and that is no delay."""
    return max(time_h - way.time_h, 0.0)
