"""
What an allocation is written from: the frames checked, sorted by id, and cut to what is known.

The ids of thousands of arcs are looked up once, here; from then on an end of an arc is a position.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pandas.api.extensions import ExtensionArray

from geo.allocation_check import check, in_order
from geo.allocation_rows import rows_of
from geo.builder import Rows
from geo.frames import ById, as_arrow, as_text, by_id, places, taken
from geo.program import Array, Ints

_PER_MILLE: Final = 1000.0
_KINDS: Final = pa.array(["source", "plant", "hub"], type=pa.large_string())


@dataclass(frozen=True, eq=False)
class Used:
    """
    The sites, arcs and hubs of a programme, all sorted by id, so that the order of rows is nothing.

    Arrays throughout: the frames, cut to what is in use, are made when somebody reads them.
    """

    given: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
    """Sites, arcs and demand as they came."""
    by_id: tuple[ById, ById]
    """All sites and all hubs."""
    kept: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
    """Which of them are in use, by id."""
    sources: npt.NDArray[np.bool_]
    """Of all sites, by id."""
    site_rows: Ints
    """Rows of the frames in use, by id."""
    arc_rows: Ints
    hub_rows: Ints
    site_ids: pd.Index
    """Ids of them."""
    arc_ids: pd.Index
    hub_ids: pd.Index
    arc_words: tuple[ExtensionArray, ...]
    """What the flows say of their arcs: ``from_id, to_id, stage``."""
    source: npt.NDArray[np.bool_]
    """Of each site in use."""
    counts_out: npt.NDArray[np.bool_]
    """Sites whose capacity counts what they give out."""
    capacity_t_yr: Array
    yields: Array
    cost_usd_t: Array
    """Of each arc in use."""
    time_h: Array
    demand_t_yr: Array
    """Of each hub in use."""
    tail: Ints
    """Row of `sites` that each arc leaves."""
    head: Ints
    """Row of `sites` that each arc leads to, or their number and the row of `demand`."""
    left_out: Mapping[str, int]

    @cached_property
    def sites(self) -> pd.DataFrame:
        """The sites in use, with the capacity as used, ``capacity_unknown`` (bool) and ``capacity_on``."""
        kept = self.given[0].iloc[self.site_rows]
        frame = kept.assign(capacity_t_yr=self.capacity_t_yr, capacity_unknown=kept["capacity_t_yr"].isna())
        return frame if "capacity_on" in frame else frame.assign(capacity_on="in")

    @cached_property
    def arcs(self) -> pd.DataFrame:
        """The arcs in use."""
        return self.given[1].iloc[self.arc_rows]

    @cached_property
    def demand(self) -> pd.DataFrame:
        """The hubs in use."""
        return self.given[2].iloc[self.hub_rows]

    @property
    def scale_t(self) -> float:
        """Tonnes in one unit of a programme: a thousandth of all that is asked for."""
        return max(float(self.demand_t_yr.sum()), 1.0) / _PER_MILLE

    @cached_property
    def rows(self) -> Rows:
        """What every programme on these frames begins with."""
        return rows_of(self)

    @cached_property
    def site_words(self) -> tuple[list[str], list[str]]:
        """Id of each site in use; its stage and country."""
        stages, countries = (as_arrow(self.given[0][name].array) for name in ("stage", "country_iso3"))
        known = zip(*(each.take(self.site_rows).to_pylist() for each in (stages, countries)), strict=True)
        words = [f"{stage}, {'country unknown' if country is None else country}" for stage, country in known]
        return self.site_ids.tolist(), words

    @cached_property
    def nodes(self) -> "Nodes":
        """Every site and hub that was asked about."""
        sites, hubs = self.by_id
        held = np.flatnonzero(np.concatenate(self.kept))
        count = len(sites.rows) + len(hubs.rows)
        place, capacity, need = np.full(count, -1), np.full(count, np.nan), np.full(count, np.nan)
        place[held] = np.arange(len(held))
        capacity[held[: len(self.site_rows)]] = self.capacity_t_yr
        need[held[len(self.site_rows) :]] = self.demand_t_yr
        kind = np.full(count, 2)
        kind[: len(sites.rows)] = ~self.sources
        ids = pa.concat_arrays([sites.ids, hubs.ids])
        return Nodes(
            ids=pd.Index(as_text(ids), name="node_id", copy=False),
            kind=as_text(_KINDS.take(pa.array(kind))),
            capacity_t_yr=capacity,
            demand_t_yr=need,
            place=place,
        )


@dataclass(frozen=True, eq=False)
class Nodes:
    """Sites and hubs by id, sites first, with those that were left out."""

    ids: pd.Index
    kind: ExtensionArray
    """``source, plant, hub``."""
    capacity_t_yr: Array
    """Null where left out."""
    demand_t_yr: Array
    place: Ints
    """Position among the sites and hubs in use; -1 where left out."""


def in_use(
    sites: pd.DataFrame, arcs: pd.DataFrame, demand: pd.DataFrame, *, unknown_capacity_t_yr: float | None
) -> Used:
    """
    Check the frames of :func:`geo.allocation_model.build`, sort them, and leave out what is unknown, counted.

    Raises
    ------
    ContractError
        Naming every breach at once.
    """
    site, arc, hub = (by_id(frame.index) for frame in (sites, arcs, demand))
    source, numbers = sites["source"].to_numpy(dtype=bool), _numbers(sites, arcs, demand)
    words = [arcs[name].array for name in ("from_id", "to_id", "stage")]
    tail, head, unique = _ends(sites.index, demand.index, words)
    check((sites, arcs, demand), numbers, source, tail, head, unique=(arc.unique, unique))
    cost, hours, need = (numbers[name] for name in ("cost_usd_t", "time_h", "demand_t_yr"))
    capacity = numbers["capacity_t_yr"]
    if unknown_capacity_t_yr is not None:
        capacity = np.where(np.isnan(capacity), unknown_capacity_t_yr, capacity)
    kept = ~np.isnan(capacity)[site.rows], ~np.isnan(need)[hub.rows]
    site_rows, hub_rows = site.rows[kept[0]], hub.rows[kept[1]]
    place = np.full(len(sites) + len(demand), -1)
    place[np.concatenate([site_rows, len(sites) + hub_rows])] = np.arange(len(site_rows) + len(hub_rows))
    tail, head = place[tail], place[head]
    ends = (tail >= 0) & (head >= 0)
    priced = np.isfinite(cost) & ~np.isnan(hours)
    kept_arcs = (ends & priced)[arc.rows]
    arc_rows = arc.rows[kept_arcs]
    site_ids = site.index(kept[0], sites.index)
    in_order(site_ids, tail[arc_rows], head[arc_rows])
    return Used(
        given=(sites, arcs, demand),
        by_id=(site, hub),
        kept=kept,
        sources=source[site.rows],
        site_rows=site_rows,
        arc_rows=arc_rows,
        hub_rows=hub_rows,
        site_ids=site_ids,
        arc_ids=arc.index(kept_arcs, arcs.index, name="arc_id"),
        hub_ids=hub.index(kept[1], demand.index),
        arc_words=tuple(taken(each, arc_rows) for each in words),
        source=source[site_rows],
        counts_out=_counts_out(sites)[site_rows],
        capacity_t_yr=capacity[site_rows],
        yields=numbers["yield"][site_rows],
        cost_usd_t=cost[arc_rows],
        time_h=hours[arc_rows],
        demand_t_yr=need[hub_rows],
        tail=tail[arc_rows],
        head=head[arc_rows],
        left_out={
            "sites_without_capacity": int(np.isnan(numbers["capacity_t_yr"]).sum()),
            "sites_left_out": len(sites) - len(site_rows),
            "hubs_without_demand": len(demand) - len(hub_rows),
            "arcs_without_ends": int((~ends).sum()),
            "arcs_without_cost": int((ends & ~priced).sum()),
        },
    )


def _numbers(sites: pd.DataFrame, arcs: pd.DataFrame, demand: pd.DataFrame) -> dict[str, Array]:
    """Read the columns of numbers."""
    frames = {"capacity_t_yr": sites, "yield": sites, "cost_usd_t": arcs, "time_h": arcs, "demand_t_yr": demand}
    return {name: frame[name].to_numpy(dtype=float) for name, frame in frames.items()}


def _ends(sites: pd.Index, hubs: pd.Index, words: list[ExtensionArray]) -> tuple[Ints, Ints, bool]:
    """Find the site or hub at both ends of each arc, hubs after the sites; tell whether no two of them have one id."""
    nodes = pa.concat_arrays([as_arrow(sites.array), as_arrow(hubs.array)])
    tail, head, itself = places(nodes, as_arrow(words[0]), as_arrow(words[1]), nodes)
    return tail, head, bool((itself == np.arange(len(nodes))).all())


def _counts_out(sites: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Mark the sites whose capacity counts what they give out: sources, and plants that say so."""
    source = sites["source"].to_numpy(dtype=bool)
    return source | (sites["capacity_on"].to_numpy() == "out") if "capacity_on" in sites else source
