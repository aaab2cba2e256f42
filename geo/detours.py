"""What each corridor loses when one of its chokepoints shuts: the extra hours of the next best way, leg by leg."""

from collections.abc import Sequence

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
    passing: dict[tuple[str, Cargo], dict[Stop, None]] = {}
    for corridor in corridors:
        for stop, way in zip(corridor.stops, corridor.ways, strict=False):
            for chokepoint in way.chokepoints:
                cargo = finder.question.cargo(stop.stage, scenario)
                passing.setdefault((chokepoint, cargo), {})[stop.direct] = None
    asked = [(chokepoint, stop) for (chokepoint, _), stops in passing.items() for stop in stops]
    if not scenario.is_base:
        for chokepoint, stop in asked:  # all of the base case first: the engine changes its weights once a chokepoint
            if finder.is_kept(stop, scenario):
                finder.detour(chokepoint, stop, scenario.base)
    ways = {(chokepoint, stop): finder.detour(chokepoint, stop, scenario) for chokepoint, stop in asked}
    hours = {key: way.time_h if way is not None else np.inf for key, way in ways.items()}
    rows = {corridor.corridor_id: _delays(corridor, hours) for corridor in corridors}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("corridor_id")


def _delays(corridor: Corridor, hours: dict[tuple[str, Stop], float]) -> dict[str, float]:
    """Add up, for each chokepoint, the extra hours over the legs that pass it."""
    delays: dict[str, float] = {}
    for stop, way in zip(corridor.stops, corridor.ways, strict=False):
        for chokepoint in way.chokepoints:
            delays[chokepoint] = delays.get(chokepoint, 0.0) + _extra(way, hours[chokepoint, stop.direct])
    return delays


def _extra(way: Way, time_h: float) -> float:
    """Give the extra hours; the dearer way may be the faster, and that is no delay."""
    return max(time_h - way.time_h, 0.0)
