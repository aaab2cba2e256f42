"""
The allocation as a linear programme: what may be asked of it, and how frames become rows and columns.

Minimise freight plus a penalty on unmet demand over the arcs of one mineral, in contained tonnes a year; every plant
gives out its yield of what it takes in. Unmet demand makes every question feasible. The rules that look at where a
tonne was *before* (a cap per country and stage, an allied chain, a content threshold) follow marked tonnes through
the plants in `geo.tracks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.errors import BadInputError, ContractError
from geo.solver import Array, Builder, Ints, Program
from geo.tracks import Track, add_allied_share, add_content_limits, add_country_caps, in_order

NO_EFFECTS: Final = pd.DataFrame({"arc_id": [], "rule_id": [], "effect": [], "value": [], "origin_iso3": []})
_PER_MILLE = 1000.0


@dataclass(frozen=True)
class AlliedShare:
    """At least `share` of what the hubs receive comes by chains whose sites and arcs all lie inside `members`."""

    members: frozenset[str]
    share: float
    hubs: frozenset[str]

    def __post_init__(self) -> None:
        _check_share(self.share, "allied share")


@dataclass(frozen=True)
class CountryCap:
    """
    At most `share` of the demand of `hubs` passes any one country outside `home` at any one stage.

    Regulation (EU) 2024/1252, article 5: 65 % of the Union's yearly consumption, at each stage of processing.
    """

    share: float
    home: frozenset[str]
    hubs: frozenset[str]
    stages: frozenset[str] | None = None
    """Stages that count; all by default."""

    def __post_init__(self) -> None:
        _check_share(self.share, "share per country")


@dataclass(frozen=True)
class Throughput:
    """What a chokepoint or port lets through in a year, in gross tonnes."""

    place_id: str
    gross_t_yr: float

    def __post_init__(self) -> None:
        if not self.gross_t_yr >= 0:
            msg = f"throughput of {self.place_id}: give gross tonnes a year, 0 or more"
            raise BadInputError(msg)


@dataclass(frozen=True)
class AllocationOptions:
    """What is asked besides sites, arcs and demand."""

    unmet_usd_t: float
    """Penalty on a contained tonne that does not arrive; above every delivered cost, or the cheap stays unmet."""
    unknown_capacity_t_yr: float | None = None
    """Bound for sites whose capacity is unknown; by default they are left out and counted."""
    allied: AlliedShare | None = None
    caps: tuple[CountryCap, ...] = ()
    throughput: tuple[Throughput, ...] = ()
    break_ties: bool = True
    """Among equally cheap allocations take the fastest."""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.unmet_usd_t) and self.unmet_usd_t > 0):
            msg = f"unmet_usd_t is {self.unmet_usd_t}: give a positive number of USD per tonne"
            raise BadInputError(msg)
        bound = self.unknown_capacity_t_yr
        if bound is not None and not (np.isfinite(bound) and bound >= 0):
            msg = f"unknown_capacity_t_yr is {bound}: give tonnes a year, or leave it out"
            raise BadInputError(msg)


@dataclass(frozen=True, eq=False)
class AllocationModel:
    """A programme with what is needed to read its answer; all frames sorted by id, so the order of rows is nothing."""

    program: Program
    sites: pd.DataFrame
    """Index ``site_id``; ``capacity_t_yr`` as used; those in use only."""
    arcs: pd.DataFrame
    """Index ``arc_id``; those in use only; column position = row position."""
    demand: pd.DataFrame
    """Index ``hub``; those with a known demand."""
    unmet: Ints
    """Column of the unmet tonnes of each hub."""
    scale_t: float
    """Tonnes in one unit of the programme."""
    hours: Array
    """Hours per unit of each column, for the second pass."""
    left_out: Mapping[str, int]
    """Counts: sites without capacity, hubs without demand, arcs that lead nowhere or have no cost."""


def build(
    sites: pd.DataFrame,
    arcs: pd.DataFrame,
    demand: pd.DataFrame,
    *,
    options: AllocationOptions,
    effects: pd.DataFrame = NO_EFFECTS,
) -> AllocationModel:
    r"""
    Write the allocation as a linear programme.

    .. math:: \min \sum_a (c_a + t_a) x_a + P \sum_h u_h

    subject to :math:`\sum_{out} x \le K` (sources), :math:`\sum_{out} x = y \sum_{in} x` and
    :math:`\sum_{in} x \le K` (plants), :math:`\sum_{in} x + u_h = D_h` (hubs), and the options.

    Parameters
    ----------
    sites
        Index ``site_id``; ``stage``, ``country_iso3``, ``capacity_t_yr`` (contained; null = unknown), ``yield``
        (contained out per contained in; not read at sources), ``source`` (bool: mine or recycling plant).
        Optional ``capacity_on``: ``in`` (the default) or ``out``, what a plant's capacity counts.
    arcs
        Index ``arc_id``; ``from_id`` (site), ``to_id`` (site or hub), ``stage`` (that the product has left),
        ``cost_usd_t`` (per contained tonne; null = unknown, inf = stranded: both left out and counted), ``time_h``,
        ``chokepoints`` and ``countries`` (tuples). Optional ``ports`` (tuples) and ``gross_per_contained`` (t/t),
        which throughput needs.
    demand
        Index ``hub``; ``demand_t_yr`` (contained; null = unknown, left out and counted).
    options, effects
        What is asked; what rules do to arcs, from `geo.policies.evaluate`.

    Raises
    ------
    ContractError
        If ids are not unique or lead nowhere, numbers are out of range, a source takes in, or sites form a circle.
    """
    used, left_out = _in_use(sites, arcs, demand, options)
    site, arc, hub = used
    in_order(site.index, arc)
    scale = max(float(hub["demand_t_yr"].sum()), 1.0) / _PER_MILLE
    builder = Builder()
    flow = builder.add_columns("flow", arc.index, cost=_costs(arc, effects), upper=_open(arc, effects))
    unmet = builder.add_columns("unmet", hub.index, cost=options.unmet_usd_t, upper=hub["demand_t_yr"] / scale)
    _add_sites(builder, site, arc, flow, scale)
    _add_demand(builder, hub, arc, flow, unmet, scale)
    _add_limits(builder, arc, flow, options, effects, scale)
    track = Track(builder, site, arc, hub, flow, scale)
    add_country_caps(track, options.caps)
    if options.allied is not None:
        add_allied_share(track, options.allied)
    add_content_limits(track, effects)
    program = builder.program()
    hours = np.zeros(len(program.cost))
    hours[flow] = arc["time_h"].to_numpy(dtype=float)
    return AllocationModel(program, site, arc, hub, unmet, scale, hours, left_out)


def _check_share(share: float, what: str) -> None:
    """Refuse a share outside 0 to 1."""
    if not 0 <= share <= 1:
        msg = f"{what} is {share}: give a number from 0 to 1"
        raise BadInputError(msg)


def _in_use(
    sites: pd.DataFrame, arcs: pd.DataFrame, demand: pd.DataFrame, options: AllocationOptions
) -> tuple[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], dict[str, int]]:
    """Check the frames, sort them, and leave out what is unknown, counted."""
    _check(sites, arcs, demand)
    filled = sites.sort_index().assign(capacity_unknown=sites["capacity_t_yr"].isna())
    if "capacity_on" not in filled:
        filled["capacity_on"] = "in"
    if options.unknown_capacity_t_yr is not None:
        filled["capacity_t_yr"] = filled["capacity_t_yr"].fillna(options.unknown_capacity_t_yr)
    site = filled[filled["capacity_t_yr"].notna()]
    hub = demand.sort_index()
    hub = hub[hub["demand_t_yr"].notna()]
    ends = arcs["from_id"].isin(site.index) & arcs["to_id"].isin(site.index.union(hub.index))
    priced = np.isfinite(arcs["cost_usd_t"].astype(float)) & arcs["time_h"].notna()
    arc = arcs[ends & priced].sort_index()
    left_out = {
        "sites_without_capacity": int(sites["capacity_t_yr"].isna().sum()),
        "sites_left_out": len(sites) - len(site),
        "hubs_without_demand": len(demand) - len(hub),
        "arcs_without_ends": int((~ends).sum()),
        "arcs_without_cost": int((ends & ~priced).sum()),
    }
    return (site, arc, hub), left_out


def _check(sites: pd.DataFrame, arcs: pd.DataFrame, demand: pd.DataFrame) -> None:
    """Gather every breach, then raise once."""
    nodes = sites.index.union(demand.index)
    source = sites["source"].astype(bool)
    takes = set(arcs["to_id"]) & set(sites.index[source])
    yields = sites.loc[~source, "yield"]
    breaches = {
        "site_id is not unique": sites.index[sites.index.duplicated()],
        "arc_id is not unique": arcs.index[arcs.index.duplicated()],
        "hub is not unique": demand.index[demand.index.duplicated()],
        "one id for a site and a hub": sites.index.intersection(demand.index),
        "capacity_t_yr must be 0 or more": sites.index[(sites["capacity_t_yr"] < 0) | np.isinf(sites["capacity_t_yr"])],
        "yield must be more than 0": yields.index[~(yields > 0)],
        "demand_t_yr must be 0 or more": demand.index[(demand["demand_t_yr"] < 0) | np.isinf(demand["demand_t_yr"])],
        "from_id is no site": arcs.index[~arcs["from_id"].isin(sites.index)],
        "to_id is no site or hub": arcs.index[~arcs["to_id"].isin(nodes)],
        "cost_usd_t must be 0 or more": arcs.index[arcs["cost_usd_t"] < 0],
        "a source takes nothing in": pd.Index(sorted(takes)),
    }
    faults = [f"{what}: {', '.join(map(str, ids[:5]))} ({len(ids)})" for what, ids in breaches.items() if len(ids)]
    if faults:
        msg = f"the allocation cannot be written: {'; '.join(faults)}"
        raise ContractError(msg)


def _costs(arcs: pd.DataFrame, effects: pd.DataFrame) -> Array:
    """Add the tariffs (USD per contained tonne) to the freight."""
    tariffs = effects[effects["effect"].eq("tariff")].groupby("arc_id")["value"].sum()
    extra = tariffs.reindex(arcs.index).fillna(0.0)  # no tariff on an arc is none, not an unknown one
    return (arcs["cost_usd_t"] + extra).to_numpy(dtype=float)


def _open(arcs: pd.DataFrame, effects: pd.DataFrame) -> Array:
    """Give blocked arcs no room."""
    blocked = effects.loc[effects["effect"].eq("blocked"), "arc_id"]
    return np.where(arcs.index.isin(blocked), 0.0, np.inf)


def _add_sites(builder: Builder, sites: pd.DataFrame, arcs: pd.DataFrame, flow: Ints, scale: float) -> None:
    """Write capacity for every site, and out = yield x in for every plant."""
    capacity = builder.add_rows("capacity", sites.index, upper=sites["capacity_t_yr"] / scale)
    outward = sites.index.get_indexer(arcs["from_id"])
    counts_out = (sites["source"].astype(bool) | sites["capacity_on"].eq("out")).to_numpy()
    builder.put(capacity[outward[counts_out[outward]]], flow[counts_out[outward]], 1.0)
    inward = sites.index.get_indexer(arcs["to_id"])
    counts_in = (inward >= 0) & ~counts_out[inward]
    builder.put(capacity[inward[counts_in]], flow[counts_in], 1.0)
    plants = sites.index[~sites["source"].astype(bool)]
    balance = builder.add_rows("balance", plants, lower=0.0, upper=0.0)
    leaves, enters = plants.get_indexer(arcs["from_id"]), plants.get_indexer(arcs["to_id"])
    builder.put(balance[leaves[leaves >= 0]], flow[leaves >= 0], 1.0)
    yields = sites["yield"].reindex(plants).to_numpy(dtype=float)
    builder.put(balance[enters[enters >= 0]], flow[enters >= 0], -yields[enters[enters >= 0]])


def _add_demand(
    builder: Builder, hubs: pd.DataFrame, arcs: pd.DataFrame, flow: Ints, unmet: Ints, scale: float
) -> None:
    """Write delivered + unmet = demand."""
    size = hubs["demand_t_yr"] / scale
    rows = builder.add_rows("demand", hubs.index, lower=size, upper=size)
    arrives = hubs.index.get_indexer(arcs["to_id"])
    builder.put(rows[arrives[arrives >= 0]], flow[arrives >= 0], 1.0)
    builder.put(rows, unmet, 1.0)


def _add_limits(
    builder: Builder,
    arcs: pd.DataFrame,
    flow: Ints,
    options: AllocationOptions,
    effects: pd.DataFrame,
    scale: float,
) -> None:
    """Write the throughput of places and the quotas of rules."""
    if options.throughput and "gross_per_contained" not in arcs:
        msg = "throughput counts gross tonnes: the arcs need gross_per_contained"
        raise ContractError(msg)
    for limit in options.throughput:
        passes = np.array([limit.place_id in places for places in _places(arcs)], dtype=bool)
        row = builder.add_rows("throughput", [limit.place_id], upper=limit.gross_t_yr / scale)
        builder.put(np.repeat(row, passes.sum()), flow[passes], arcs.loc[passes, "gross_per_contained"])
    for rule_id, rows in effects[effects["effect"].eq("quota")].groupby("rule_id"):
        row = builder.add_rows("quota", [rule_id], upper=float(rows["value"].iloc[0]) / scale)
        counted = arcs.index.isin(rows["arc_id"])
        builder.put(np.repeat(row, counted.sum()), flow[counted], 1.0)


def _places(arcs: pd.DataFrame) -> list[tuple[str, ...]]:
    """List the chokepoints and ports of each arc."""
    ports = arcs["ports"] if "ports" in arcs else [()] * len(arcs)
    return [tuple(chokepoints) + tuple(port) for chokepoints, port in zip(arcs["chokepoints"], ports, strict=True)]
