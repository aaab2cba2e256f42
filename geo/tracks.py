"""
Marked tonnes: rules that depend on where a tonne has been.

A mark is set where a tonne leaves a stage (its country) and follows it through every later plant: out of a plant
goes its yield of each mark it took in. The plants may assign the marks of what they take in to what they give out as
suits the optimum (book-keeping by mass balance), so a rule binds only where no assignment keeps it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.allocation_check import in_order
from geo.allocation_input import Used
from geo.builder import Builder
from geo.program import Ints

if TYPE_CHECKING:
    from geo.allocation_model import AlliedShare, CountryCap


@dataclass(frozen=True, eq=False)
class Track:
    """What the rules on marked tonnes write into: the builder, and what is in use in the order of its columns."""

    builder: Builder
    used: Used
    flow: Ints
    scale_t: float


@dataclass(frozen=True, eq=False)
class _Marked:
    """Columns that carry one mark over the arcs: ``arc`` (position), ``mark``, ``column``."""

    frame: pd.DataFrame

    def at(self, arcs: np.ndarray, mark: str) -> np.ndarray:
        """Return the columns that carry `mark` on the arcs picked out by a boolean array."""
        own = self.frame[self.frame["mark"].eq(mark)]
        return own.loc[arcs[own["arc"].to_numpy()], "column"].to_numpy()


def add_country_caps(track: Track, caps: Iterable["CountryCap"]) -> None:
    """Write, for each cap, stage and country outside its home, what may pass there on the way to its hubs."""
    for cap in caps:
        sites, arcs = track.used.sites, track.used.arcs
        hubs = sorted(cap.hubs & set(track.used.hub_ids))
        arrives = arcs["to_id"].isin(hubs).to_numpy()
        most = cap.share * float(track.used.demand.loc[hubs, "demand_t_yr"].sum()) / track.scale_t
        for stage in sorted(set(sites["stage"]) & set(cap.stages or sites["stage"])):
            outside = sites["stage"].eq(stage) & ~sites["country_iso3"].isin(cap.home)
            marks = sorted(set(sites.loc[outside, "country_iso3"].dropna()))
            marked = _mark(track, stage, marks)
            rows = track.builder.add_rows("country_cap", marks, upper=most, detail=f"{stage} to {', '.join(hubs)}")
            for row, mark in zip(rows, marks, strict=True):
                columns = marked.at(arrives, mark)
                track.builder.put(np.repeat(row, len(columns)), columns, 1.0)


def add_allied_share(track: Track, rule: "AlliedShare") -> None:
    """Write the least share of what arrives that came by allied sites and arcs only."""
    sites, arcs, builder = track.used.sites, track.used.arcs, track.builder
    inside = sites["country_iso3"].isin(rule.members)
    by_way = np.array([set(way) <= rule.members for way in arcs["countries"]], dtype=bool)
    allied = np.flatnonzero(inside.reindex(arcs["from_id"]).to_numpy() & by_way)
    columns = builder.add_columns("allied", arcs.index[allied], cost=0.0, upper=np.inf)
    part = builder.add_rows("allied_part", arcs.index[allied], upper=0.0)
    builder.put(part, columns, 1.0)
    builder.put(part, track.flow[allied], -1.0)
    plants = sites.index[inside & ~sites["source"].astype(bool)]
    kept = builder.add_rows("allied_balance", plants, upper=0.0)
    leaves, enters = (plants.get_indexer(arcs[end].to_numpy()[allied]) for end in ("from_id", "to_id"))
    builder.put(kept[leaves[leaves >= 0]], columns[leaves >= 0], 1.0)
    yields = sites["yield"].reindex(plants).to_numpy(dtype=float)
    builder.put(kept[enters[enters >= 0]], columns[enters >= 0], -yields[enters[enters >= 0]])
    arrives = arcs["to_id"].isin(rule.hubs).to_numpy()
    row = builder.add_rows("allied_share", [", ".join(sorted(rule.hubs))], lower=0.0, detail=f"{rule.share:g}")
    builder.put(np.repeat(row, arrives[allied].sum()), columns[arrives[allied]], 1.0)
    builder.put(np.repeat(row, arrives.sum()), track.flow[arrives], -rule.share)


def add_content_limits(track: Track, effects: pd.DataFrame) -> None:
    """
    Write content thresholds: on each arc named, tonnes of the origin are at most `value` of the flow.

    ``effects`` rows with effect ``content``: ``arc_id, rule_id, value`` (share), ``origin_iso3`` and ``origin_stage``
    (where the origin is set).
    """
    if not any_of(effects, "content"):
        return
    # an arc that the model left out (an end without a known capacity or demand) carries nothing to be bound
    rows = effects[effects["effect"].eq("content") & effects["arc_id"].isin(track.used.arcs.index)]
    for (rule_id, stage, origin), group in rows.groupby(["rule_id", "origin_stage", "origin_iso3"]):
        marked = _mark(track, str(stage), [str(origin)]).frame
        position = track.used.arcs.index.get_indexer(group["arc_id"])
        share = pd.Series(group["value"].to_numpy(dtype=float), index=position)
        bound = marked[marked["arc"].isin(position)]
        limit = track.builder.add_rows("content", [rule_id] * len(bound), upper=0.0, detail=f"{origin} {stage}")
        track.builder.put(limit, bound["column"], 1.0)
        track.builder.put(limit, track.flow[bound["arc"].to_numpy()], -share.reindex(bound["arc"]).to_numpy())


def any_of(effects: pd.DataFrame, kind: str) -> bool:
    """Tell whether rules have an effect of a kind: most questions have none, and frames without rows take time too."""
    return len(effects) > 0 and kind in set(effects["effect"])


def _mark(track: Track, stage: str, marks: Collection[str]) -> _Marked:
    """Carry the country in which a tonne leaves `stage` through all later plants."""
    sites, arcs, builder = track.used.sites, track.used.arcs, track.builder
    set_at = sites.index[sites["stage"].eq(stage)]
    carried = _carried(track, set(set_at), set(marks))
    pairs = [(arc, mark) for arc, site in enumerate(arcs["from_id"]) for mark in carried[site]]
    frame = pd.DataFrame(pairs, columns=["arc", "mark"]).astype({"arc": np.int64, "mark": object})
    # What has just got its mark is the flow itself; only what leaves a later plant is a mixture.
    mixed = ~arcs["from_id"].isin(set_at).to_numpy()[frame["arc"]]
    frame["column"] = track.flow[frame["arc"]]
    if mixed.any():
        along = frame.loc[mixed, "arc"].to_numpy()
        columns = builder.add_columns(
            "marked", arcs.index[along] + "|" + frame.loc[mixed, "mark"], cost=0.0, upper=np.inf
        )
        frame.loc[mixed, "column"] = columns
        number, position = pd.factorize(along)
        part = builder.add_rows("marked_part", arcs.index[position], upper=0.0)
        builder.put(part[number], columns, 1.0)
        builder.put(part, track.flow[position], -1.0)
        _balance_marks(track, frame, set_at)
    return _Marked(frame)


def _balance_marks(track: Track, frame: pd.DataFrame, set_at: pd.Index) -> None:
    """Write that a plant gives out its yield of each mark it takes in."""
    sites, arcs = track.used.sites, track.used.arcs
    leaves = arcs["from_id"].to_numpy()[frame["arc"]]
    enters = arcs["to_id"].to_numpy()[frame["arc"]]
    taken = -sites["yield"].reindex(enters).to_numpy(dtype=float)
    ends = pd.concat([frame.assign(site=leaves, coefficient=1.0), frame.assign(site=enters, coefficient=taken)])
    plants = sites.index[~sites["source"].astype(bool)].difference(set_at)
    ends = ends[ends["site"].isin(plants)]
    number, labels = pd.factorize(ends["site"] + "|" + ends["mark"])
    rows = track.builder.add_rows("marked_balance", labels, lower=0.0, upper=0.0)
    track.builder.put(rows[number], ends["column"], ends["coefficient"])


def _carried(track: Track, set_at: set[str], marks: set[str]) -> dict[str, list[str]]:
    """List the marks that may leave each site, following the arcs from the sources on."""
    sites, arcs = track.used.sites, track.used.arcs
    country = sites["country_iso3"].to_dict()
    found = {site: {country[site]} & marks if site in set_at else set() for site in sites.index}
    after = arcs[arcs["to_id"].isin(sites.index)].groupby("from_id")["to_id"].agg(set).to_dict()
    for site in sites.index[in_order(sites.index, track.used.tail, track.used.head)]:
        for following in after.get(site, set()) - set_at:
            found[following] |= found[site]
    return {site: sorted(own) for site, own in found.items()}
