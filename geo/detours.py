"""What each corridor loses when one of its chokepoints shuts: the extra hours of the next best way, leg by leg."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geo.corridors import Corridor, Finder, Stop
from geo.router import Cargo
from geo.scenarios import Scenario
from geo.ways import Way, trace_on


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
    for (chokepoint, cargo), stops in passing.items():
        hours |= {(chokepoint, stop): time_h for stop, time_h in _shut_one(finder, scenario, chokepoint, cargo, stops)}
    rows = {corridor.corridor_id: _delays(corridor, hours) for corridor in corridors}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("corridor_id")


def _shut_one(
    finder: Finder, scenario: Scenario, chokepoint: str, cargo: Cargo, stops: set[Stop]
) -> list[tuple[Stop, float]]:
    """Trace some legs with one more chokepoint shut."""
    router = finder.router
    edges = np.flatnonzero(router.network.columns.chokepoints & router.network.bits({chokepoint}))
    metric = router.metric(scenario, cargo).closing(edges)
    ways = [(stop, trace_on(router, metric, cargo, origin=stop.origin, destination=stop.destination)) for stop in stops]
    return [(stop, way.time_h if way is not None else np.inf) for stop, way in ways]


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
