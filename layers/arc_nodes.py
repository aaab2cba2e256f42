"""Where the arcs of an allocation start and end on the network, and the edges that fall with a closure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from geo.allocation_model import AllocationModel
from geo.distance import Ints
from layers.planner import hub_site, world
from layers.supply import SEPARATOR, Supply

REROUTED: Final = ("chokepoint", "port")
"""Kinds of components that cargo goes round."""


@dataclass(frozen=True, eq=False)
class StageNodes:
    """The arcs of one stage, that keep off the same limited passages, as places in a matrix."""

    name: str
    leave: Ints
    arrive: Ints
    row: Ints
    column: Ints
    place: Ints
    same: np.ndarray
    """Arcs inside one works, which no closure touches."""
    kept_off: Ints
    """Edges of the passages at part of their capacity that these arcs do not pass."""
    passed: Ints
    """Which of `ways` each arc has."""
    ways: tuple[frozenset[str], ...]
    """Chokepoints that arcs pass."""

    def touched(self, closed: Sequence[str]) -> "StageNodes":
        """
        Keep the arcs that a closure can make dearer: those that pass a chokepoint of it.

        An arc is said to pass what any of its least-cost ways passes (`geo.exposure`), so the ways of all others stay
        open, and a closure makes nothing cheaper. What ports arcs pass is not known here: a closed port may touch all.
        """
        if any(item.startswith("port:") for item in closed):
            return self
        shut = {item.removeprefix("chokepoint:") for item in closed}
        hit = np.flatnonzero(np.array([not shut.isdisjoint(names) for names in self.ways], dtype=bool)[self.passed])
        rows, row = np.unique(self.row[hit], return_inverse=True)
        columns, column = np.unique(self.column[hit], return_inverse=True)
        return replace(
            self,
            leave=self.leave[rows],
            arrive=self.arrive[columns],
            row=row,
            column=column,
            place=self.place[hit],
            same=self.same[hit],
            passed=self.passed[hit],
        )


def stage_nodes(model: AllocationModel, supply: Supply) -> list[StageNodes]:
    """
    Look the nodes of every arc up, by stage and by the limited passages that the arc keeps off.

    An arc that no limit counts must not pass a limited passage when something else closes.
    """
    limited = frozenset(model.program.rows.loc[model.program.rows["kind"].eq("throughput"), "subject"])
    off = [tuple(sorted(limited.difference(passed))) for passed in model.arcs["chokepoints"]]
    places = pd.DataFrame({"stage": model.arcs["stage"].to_numpy(), "off": off})
    groups = places.groupby(["stage", "off"], sort=False).indices.items()
    return [_nodes(model.arcs, supply.hubs, np.asarray(place), stage, names) for (stage, names), place in groups]


def _nodes(arcs: pd.DataFrame, hubs: Sequence[str], place: Ints, stage: str, off: Sequence[str]) -> StageNodes:
    """Look the nodes of some arcs up."""
    start = np.array([arc_end(item, hubs) for item in arcs["from_id"].to_numpy()[place]], dtype=object)
    end = np.array([arc_end(item, hubs) for item in arcs["to_id"].to_numpy()[place]], dtype=object)
    row, starts = pd.factorize(start)
    column, ends = pd.factorize(end)
    passed, ways = pd.factorize(arcs["chokepoints"].iloc[place])
    sites = world().router.network.sites
    return StageNodes(
        name=stage,
        leave=sites.loc[starts, "leave"].to_numpy(np.int64),
        arrive=sites.loc[ends, "arrive"].to_numpy(np.int64),
        row=row,
        column=column,
        place=place,
        same=start == end,
        kept_off=shut_edges([f"chokepoint:{name}" for name in off]),
        passed=passed,
        ways=tuple(frozenset(names) for names in ways),
    )


def arc_end(identifier: str, hubs: Sequence[str]) -> str:
    """Name the site of the network that stands for a site or hub of the frames."""
    return hub_site(identifier) if identifier in hubs else identifier.rsplit(SEPARATOR, 1)[0]


def shut_edges(closed: Sequence[str]) -> Ints:
    """List the edges that fall with chokepoints and ports; other components shut none."""
    network = world().router.network
    ids = {kind: {item.split(":", 1)[1] for item in closed if item.startswith(f"{kind}:")} for kind in REROUTED}
    shut = (network.columns.chokepoints & network.bits(ids["chokepoint"])) != 0
    nodes = network.ports["node"].reindex(sorted(ids["port"])).to_numpy(np.int64)
    shut |= np.isin(network.columns.tail, nodes) | np.isin(network.columns.head, nodes)
    return np.flatnonzero(shut).astype(np.int64)
