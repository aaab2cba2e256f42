"""Take an optimum apart into corridors: chains of arcs from a source to a hub, each with its tonnes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

_NOTHING = 1e-9
"""Share of all tonnes below which a remainder is rounding."""


@dataclass(frozen=True)
class _Walk:
    """One chain, hub end first: positions of arcs, and tonnes on each per tonne delivered."""

    arcs: tuple[int, ...]
    ratio: tuple[float, ...]


def flow_paths(flows: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """
    Decompose flows into paths, widest first.

    From every hub backwards along the arc with most tonnes left, to a source; the path carries what its narrowest
    arc has left. Each path empties an arc, so there are at most as many paths as arcs. The decomposition is one of
    many: plants mix, so which mine's tonne reaches which hub is book-keeping; the tonnes on each arc are not.

    Parameters
    ----------
    flows
        From `geo.allocation.allocate`: index ``arc_id``; ``from_id, to_id, t_yr, cost_usd_t, time_h``.
    sites
        Index ``site_id``; ``stage, country_iso3, yield, source``.

    Returns
    -------
    paths
        ``hub``, ``t_yr`` (delivered), ``source_t_yr`` (that leave the source for it), ``site_ids``, ``arc_ids``,
        ``stages``, ``countries`` (tuples, in order of travel), ``cost_usd_t`` (per tonne delivered), ``time_h``.
    """
    moving = flows[flows["t_yr"] > 0].sort_index()
    left = moving["t_yr"].to_numpy(dtype=float).copy()
    nothing = _NOTHING * max(left.sum(), 1.0)
    into = {str(node): np.asarray(rows) for node, rows in moving.groupby("to_id").indices.items()}
    starts = moving["from_id"].to_numpy()
    yields = sites["yield"].where(~sites["source"].astype(bool), 1.0).to_dict()
    stage, country = sites["stage"].to_dict(), sites["country_iso3"].to_dict()
    facts = [
        (arc, start, stage[start], country[start], cost, hours)
        for arc, start, cost, hours in zip(moving.index, starts, moving["cost_usd_t"], moving["time_h"], strict=True)
    ]
    found = []
    for hub in sorted(set(into) - set(sites.index)):
        while walk := _walk_back(hub, into, starts, left, yields, nothing):
            tonnes = min(left[arc] / ratio for arc, ratio in zip(walk.arcs, walk.ratio, strict=True))
            left[list(walk.arcs)] -= tonnes * np.array(walk.ratio)
            found.append(_path(hub, tonnes, walk, facts))
    columns = ["hub", "t_yr", "source_t_yr", "site_ids", "arc_ids", "stages", "countries", "cost_usd_t", "time_h"]
    paths = pd.DataFrame(found, columns=columns).sort_values(["hub", "t_yr", "arc_ids"], ascending=[True, False, True])
    return paths.reset_index(drop=True).rename_axis("path")


def _walk_back(
    hub: str,
    into: dict[str, np.ndarray],
    starts: np.ndarray,
    left: np.ndarray,
    yields: dict[str, float],
    nothing: float,
) -> _Walk | None:
    """Follow the widest arcs from a hub back to a source; nothing if no tonnes are left."""
    arcs: list[int] = []
    ratio: list[float] = []
    node, per_t = hub, 1.0
    while node in into:
        rows = into[node]
        widest = int(rows[np.argmax(left[rows])])
        if left[widest] <= nothing:
            return None
        arcs.append(widest)
        ratio.append(per_t)
        node = starts[widest]
        per_t /= yields[node]
    return _Walk(tuple(arcs), tuple(ratio))


def _path(
    hub: str, tonnes: float, walk: _Walk, facts: list[tuple[str, str, str, str, float, float]]
) -> dict[str, object]:
    """Describe one chain in order of travel."""
    arcs, starts, stages, countries, costs, hours = zip(*(facts[arc] for arc in walk.arcs[::-1]), strict=True)
    ratio = walk.ratio[::-1]
    return {
        "hub": hub,
        "t_yr": tonnes,
        "source_t_yr": tonnes * ratio[0],
        "site_ids": starts,
        "arc_ids": arcs,
        "stages": stages,
        "countries": countries,
        "cost_usd_t": sum(share * float(cost) for share, cost in zip(ratio, costs, strict=True)),
        "time_h": float(sum(hours)),
    }
