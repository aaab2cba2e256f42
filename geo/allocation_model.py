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

from geo.allocation_input import Used, in_use
from geo.builder import Builder
from geo.errors import BadInputError, ContractError
from geo.program import Array, Ints, Program
from geo.tracks import Track, add_allied_share, add_content_limits, add_country_caps, any_of

NO_EFFECTS: Final = pd.DataFrame({"arc_id": [], "rule_id": [], "effect": [], "value": [], "origin_iso3": []})


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
    """A programme with what is needed to read its answer; all sorted by id, so the order of rows is nothing."""

    program: Program
    used: Used
    """What it is written from: those in use only."""
    unmet: Ints
    """Column of the unmet tonnes of each hub."""
    scale_t: float
    """Tonnes in one unit of the programme."""
    hours: Array
    """Hours per unit of each column, for the second pass."""

    @property
    def sites(self) -> pd.DataFrame:
        """Index ``site_id``; ``capacity_t_yr`` as used; those in use only."""
        return self.used.sites

    @property
    def arcs(self) -> pd.DataFrame:
        """Index ``arc_id``; those in use only; column position = row position."""
        return self.used.arcs

    @property
    def demand(self) -> pd.DataFrame:
        """Index ``hub``; those with a known demand."""
        return self.used.demand

    @property
    def tail(self) -> Ints:
        """Row of `sites` that each arc leaves."""
        return self.used.tail

    @property
    def head(self) -> Ints:
        """Row of `sites` that each arc leads to, or their number and the row of `demand`."""
        return self.used.head

    @property
    def left_out(self) -> Mapping[str, int]:
        """Counts: sites without capacity, hubs without demand, arcs that lead nowhere or have no cost."""
        return self.used.left_out


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
    used = in_use(sites, arcs, demand, unknown_capacity_t_yr=options.unknown_capacity_t_yr)
    return write(used, options=options, effects=effects)


def write(used: Used, *, options: AllocationOptions, effects: pd.DataFrame = NO_EFFECTS) -> AllocationModel:
    """
    Write the allocation as `build` does, from frames checked before: other rules or options need no new check.

    ``options.unknown_capacity_t_yr`` is not read here: `used` has it already.
    """
    scale, builder = used.scale_t, Builder(used.rows)
    flow = builder.add_columns("flow", used.arc_ids, cost=_costs(used, effects), upper=_open(used, effects))
    unmet = builder.add_columns("unmet", used.hub_ids, cost=options.unmet_usd_t, upper=used.demand_t_yr / scale)
    _add_limits(builder, used, flow, options, effects, scale)
    track = Track(builder, used, flow, scale)
    add_country_caps(track, options.caps)
    if options.allied is not None:
        add_allied_share(track, options.allied)
    add_content_limits(track, effects)
    program = builder.program()
    hours = np.zeros(len(program.cost))
    hours[flow] = used.time_h
    return AllocationModel(program, used, unmet, scale, hours)


def _check_share(share: float, what: str) -> None:
    """Refuse a share outside 0 to 1."""
    if not 0 <= share <= 1:
        msg = f"{what} is {share}: give a number from 0 to 1"
        raise BadInputError(msg)


def _costs(used: Used, effects: pd.DataFrame) -> Array:
    """Add the tariffs (USD per contained tonne) to the freight."""
    if not any_of(effects, "tariff"):
        return used.cost_usd_t
    tariffs = effects[effects["effect"].eq("tariff")].groupby("arc_id")["value"].sum()
    # no tariff on an arc is none, not an unknown one
    return used.cost_usd_t + tariffs.reindex(used.arc_ids).fillna(0.0).to_numpy(dtype=float)


def _open(used: Used, effects: pd.DataFrame) -> Array:
    """Give blocked arcs no room."""
    if not any_of(effects, "blocked"):
        return np.full(len(used.arc_rows), np.inf)
    blocked = effects.loc[effects["effect"].eq("blocked"), "arc_id"]
    return np.where(used.arc_ids.isin(blocked), 0.0, np.inf)


def _add_limits(
    builder: Builder,
    used: Used,
    flow: Ints,
    options: AllocationOptions,
    effects: pd.DataFrame,
    scale: float,
) -> None:
    """Write the throughput of places and the quotas of rules."""
    if options.throughput and "gross_per_contained" not in used.arcs:
        msg = "throughput counts gross tonnes: the arcs need gross_per_contained"
        raise ContractError(msg)
    for limit in options.throughput:
        passes = np.array([limit.place_id in places for places in _places(used.arcs)], dtype=bool)
        row = builder.add_rows("throughput", [limit.place_id], upper=limit.gross_t_yr / scale)
        builder.put(np.repeat(row, passes.sum()), flow[passes], used.arcs.loc[passes, "gross_per_contained"])
    if not any_of(effects, "quota"):
        return
    for rule_id, rows in effects[effects["effect"].eq("quota")].groupby("rule_id"):
        row = builder.add_rows("quota", [str(rule_id)], upper=float(rows["value"].iloc[0]) / scale)
        counted = used.arc_ids.isin(rows["arc_id"])
        builder.put(np.repeat(row, counted.sum()), flow[counted], 1.0)


def _places(arcs: pd.DataFrame) -> list[tuple[str, ...]]:
    """List the chokepoints and ports of each arc."""
    ports = arcs["ports"] if "ports" in arcs else [()] * len(arcs)
    return [tuple(chokepoints) + tuple(port) for chokepoints, port in zip(arcs["chokepoints"], ports, strict=True)]
