"""
Two allocations side by side: what becomes of the tonnes, what it costs, who supplies, how much is under way.

All tonnes are contained tonnes a year. A plant mixes what comes in, so which mine's tonne reaches which hub is
book-keeping of `geo.flow_paths`; sums by arc, hub and country are not.
"""

from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd

from geo.ways import DEGRADED_STRETCH

STATUSES: Final = ("open", "rerouted", "degraded", "stranded", "unknown")
_SAME: Final = 1e-6  # relative: below this a cost or time is the same way
_HOURS_PER_YEAR: Final = 8760.0


def arc_status(base: pd.DataFrame, arcs: pd.DataFrame, throttled: Collection[str] = ()) -> pd.Series:
    """
    Say what a scenario does to the way of each arc that is left.

    Parameters
    ----------
    base, arcs
        Index ``arc_id``; ``cost_usd_t, time_h``; `arcs` also ``chokepoints`` (tuples). A way that `base` does not
        have is held against the arc of `base` between the same places (``from_id, to_id``), one arc a pair.
    throttled
        Chokepoints at part of their capacity.

    Returns
    -------
    status
        ``open`` (as in the base case), ``rerouted``, ``degraded`` (more than 1.5 times as dear or slow, or past a
        throttled chokepoint).
    """
    before = _before(base, arcs)
    now = arcs[["cost_usd_t", "time_h"]]
    floor = _SAME * now.clip(lower=1.0)
    stretched = (now > before * DEGRADED_STRETCH + floor).any(axis=1)
    # the time is told by differences of rounded costs; the cost itself tells whether the way is another
    other = (now["cost_usd_t"] - before["cost_usd_t"]).abs() > floor["cost_usd_t"]
    slow = set(throttled)
    passes = np.array([bool(slow.intersection(names)) for names in arcs["chokepoints"]], dtype=bool)
    degraded = passes | (other & stretched).to_numpy()
    status = np.select([degraded, (other | before["cost_usd_t"].isna()).to_numpy()], ["degraded", "rerouted"], "open")
    return pd.Series(status, index=arcs.index, name="status")


def _before(base: pd.DataFrame, arcs: pd.DataFrame) -> pd.DataFrame:
    """Give cost and time of each arc in the base case: of the arc itself, else of the one that it stands in for."""
    found = base[["cost_usd_t", "time_h"]].reindex(arcs.index)
    new = arcs.index[~arcs.index.isin(base.index)]
    if len(new):
        pairs = pd.MultiIndex.from_frame(arcs.loc[new, ["from_id", "to_id"]])
        held = base[base["from_id"].isin(pairs.get_level_values(0))].set_index(["from_id", "to_id"])
        found.loc[new] = held[["cost_usd_t", "time_h"]].reindex(pairs).to_numpy()
    return found


def path_status(base: pd.DataFrame, paths: pd.DataFrame, status: pd.Series) -> pd.DataFrame:
    """
    Split the tonnes of each path by what happened to it.

    Parameters
    ----------
    base, paths
        From `geo.flow_paths.flow_paths`.
    status
        From `arc_status`.

    Returns
    -------
    parts
        ``path, hub, status, t_yr``. A path is as bad as its worst arc; tonnes on an open path beyond those it
        carried in the base case come instead of others and count as ``rerouted``.
    """
    order = {name: place for place, name in enumerate(STATUSES)}
    held = base.groupby(["hub", "site_ids"])["t_yr"].sum().to_dict()
    rows = []
    for path in paths.itertuples():
        worst = max((str(status[arc]) for arc in path.arc_ids), key=order.__getitem__)
        before = held.get((path.hub, path.site_ids), 0.0)
        kept = min(path.t_yr, before) if worst == "open" else 0.0
        rows.append((path.Index, path.hub, "open", kept))
        rows.append((path.Index, path.hub, "rerouted" if worst == "open" else worst, path.t_yr - kept))
        held[path.hub, path.site_ids] = before - kept
    parts = pd.DataFrame(rows, columns=["path", "hub", "status", "t_yr"])
    return parts[parts["t_yr"] > 0].reset_index(drop=True)


def demand_status(parts: pd.DataFrame, base: pd.DataFrame, balance: pd.DataFrame) -> pd.DataFrame:
    """
    Account for every tonne of demand.

    Parameters
    ----------
    parts
        From `path_status`.
    base, balance
        The balances of both allocations; rows of kind ``hub`` are read.

    Returns
    -------
    table
        Index ``hub``, a column a status; rows sum to ``demand_t_yr``. ``unknown``: unmet in the base case already
        (the data do not say who supplies it); ``stranded``: unmet because of the scenario.
    """
    hubs = balance[balance["kind"].eq("hub") & balance["unmet_t_yr"].notna()]
    unmet_before = base["unmet_t_yr"].reindex(hubs.index)
    table = parts.pivot_table(index="hub", columns="status", values="t_yr", aggfunc="sum")
    table = table.reindex(index=hubs.index, columns=list(STATUSES)).fillna(0.0)  # no tonne of a status is none
    table["unknown"] = np.minimum(hubs["unmet_t_yr"], unmet_before)
    table["stranded"] = hubs["unmet_t_yr"] - table["unknown"]
    # the decomposition drops remainders of rounding; the balance has them
    table = table.clip(lower=0.0)
    moved = table[["open", "rerouted", "degraded"]].sum(axis=1)
    got = hubs["demand_t_yr"] - hubs["unmet_t_yr"]
    largest = table[["open", "rerouted", "degraded"]].idxmax(axis=1)
    for hub, status in largest.items():
        table.loc[hub, status] += got[hub] - moved[hub]
    return table.rename_axis("hub").assign(demand_t_yr=hubs["demand_t_yr"])


def stage_shares_of(flows: pd.DataFrame, sites: pd.DataFrame) -> pd.Series:
    """Return the share of each country in the tonnes that leave each stage, on index ``stage, country_iso3``."""
    country = flows["from_id"].map(sites["country_iso3"]).rename("country_iso3")
    tonnes = flows.groupby(["stage", country])["t_yr"].sum()
    tonnes = tonnes[tonnes > 0]
    return (tonnes / tonnes.groupby("stage").transform("sum")).rename("share")


def stage_hhi(flows: pd.DataFrame, sites: pd.DataFrame) -> pd.Series:
    """Return the Herfindahl-Hirschman index (0 to 10,000) of each stage over the countries that the tonnes leave."""
    share = 100.0 * stage_shares_of(flows, sites)
    return share.pow(2).groupby("stage").sum().rename("hhi")


def allied_t_yr(paths: pd.DataFrame, members: Collection[str]) -> pd.Series:
    """Return, by hub, the tonnes whose facilities all lie inside a group; the countries they pass do not count."""
    inside = set(members)
    allied = paths["countries"].map(inside.issuperset).astype(bool)
    return paths["t_yr"].where(allied, 0.0).groupby(paths["hub"]).sum()


def delivery_gap_t(base: pd.DataFrame, flows: pd.DataFrame) -> float:
    """
    Return the tonnes that are missing once while goods take longer: flow times extra hours, over the year.

    Arcs that the base case does not use count with the hours that their way took in it, a detour with those of the
    way that it stands in for.
    """
    extra = (flows["time_h"] - _before(base, flows)["time_h"]).clip(lower=0.0)
    return float((flows["t_yr"] * extra).sum(min_count=1) / _HOURS_PER_YEAR) if len(flows) else 0.0


def path_changes(base: pd.DataFrame, paths: pd.DataFrame, *, most: int = 10) -> pd.DataFrame:
    """
    List the paths whose tonnes change most.

    Returns
    -------
    changes
        Index ``hub, site_ids``: ``base_t_yr, t_yr, change_t_yr``, largest change first.
    """
    keys = ["hub", "site_ids"]
    before, after = (frame.groupby(keys)["t_yr"].sum() for frame in (base, paths))
    table = pd.concat({"base_t_yr": before, "t_yr": after}, axis=1).fillna(0.0)  # a path not used carries nothing
    table["change_t_yr"] = table["t_yr"] - table["base_t_yr"]
    order = table["change_t_yr"].abs().sort_values(ascending=False, kind="stable").index
    changed = table.loc[order]
    return changed[changed["change_t_yr"].abs() > _SAME * max(table["t_yr"].sum(), 1.0)].head(most)
