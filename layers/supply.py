"""
The supply of one mineral as frames: every mine and plant, every arc between them and to the hubs, what the hubs need.

The frames belong to the ways (closures, outages, vessels), not to the rules; a ban or a quota re-solves on the same
frames. Kept by mineral, product, hubs and ways.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.allocation_input import Used, in_use
from geo.corridors import Finder
from geo.distance import Floats, Ints
from geo.errors import UnknownIdError
from geo.exposure import exposure, least_cost, least_time_h
from geo.feeds import unfed
from geo.policies import with_ends
from geo.scenarios import Scenario
from layers.catalog import read_table
from layers.planner import default_product, finder, hub_site, world
from layers.trade import Need, need, reference_prices

DEFAULT_HUBS: Final = ("USA", "EU", "JPN", "KOR", "IND", "GBR", "CHN")
"""Hubs that do not overlap; Germany and France lie inside the EU."""
SEPARATOR: Final = "|"
_WAYS: Final = ("close", "areas", "reopen", "avoid", "outages", "vessel", "modes", "planned")
_WORLD: Final = "WLD"
_FIRST_YEAR: Final = 2024  # the last year the publishers report; later ones are their estimates


@dataclass(frozen=True, eq=False)
class Supply:
    """The frames of one mineral, as `geo.allocation` wants them; shared, never written."""

    mineral: str
    final_stage: str
    hubs: tuple[str, ...]
    sites: pd.DataFrame
    """Index ``facility|stage``; also ``facility_id, name, lon, lat, status, capacity_truth``."""
    arcs: pd.DataFrame
    """
    Index ``from>to``; stranded pairs are counted in `stranded_pairs`; pairs whose feeds do not fit are none.
    ``avoids``: limited passages that a way keeps off (`geo.throughput`), empty here.
    """
    demand: pd.DataFrame
    """Index ``hub``; ``demand_t_yr, truth_state, metric, year``."""
    price_usd_t: float | None
    unmet_usd_t: float
    stranded_pairs: int
    unconnected: tuple[str, ...]
    """Facilities that no line of the network reaches: what they could supply is unknown."""
    unfed: tuple[str, ...] = ()
    """Sources whose product no plant of the next stage is known or free to take."""

    @cached_property
    def used(self) -> Used:
        """What an allocation is written from, checked and cut once for all rules; unknown capacities left out."""
        return in_use(self.sites, self.arcs, self.demand, unknown_capacity_t_yr=None)


def parameter(name: str, subject: str = "all") -> float | None:
    """Give a number of `data/allocation_parameters.csv`; null where the subject has none."""
    value = _parameters().get((name, subject))
    return None if value is None else float(value)


@lru_cache(maxsize=1)
def _parameters() -> dict[tuple[str, str], float]:
    table = read_table("allocation_parameters")
    return dict(zip(zip(table["parameter"], table["subject"], strict=True), table["value"], strict=True))


def required(name: str) -> float:
    """Give a number that must be there; a missing one is an error, never zero."""
    value = parameter(name)
    if value is None:
        msg = f"allocation_parameters.csv has no {name}"
        raise UnknownIdError(msg)
    return value


def ways_of(scenario: Scenario) -> Scenario:
    """Strip a scenario to what changes ways and facilities: the key of the frames."""
    return Scenario(**{field: getattr(scenario, field) for field in _WAYS})


def supply(
    mineral: str, scenario: Scenario, *, final_stage: str | None = None, hubs: Sequence[str] = DEFAULT_HUBS
) -> Supply:
    """
    Build the frames of a mineral in a scenario.

    Raises
    ------
    UnknownIdError
        For a mineral, hub or final product that no table holds.
    """
    return _supply(mineral, ways_of(scenario), final_stage or default_product(mineral), tuple(hubs))


@lru_cache(maxsize=160)
def _supply(mineral: str, ways: Scenario, final_stage: str, hubs: tuple[str, ...]) -> Supply:
    if lost := [hub for hub in hubs if hub not in world().hubs.index]:
        msg = f"unknown hub {', '.join(lost)}; known: {', '.join(world().hubs.index)}"
        raise UnknownIdError(msg)
    asked = finder(mineral, hubs[0], final_stage)
    sites = _sites(asked, ways)
    arcs, stranded = _arcs(asked, sites, ways, hubs)
    demand = pd.DataFrame([_demand_row(mineral, final_stage, hub) for hub in hubs], index=pd.Index(hubs, name="hub"))
    price = price_usd_t(mineral)
    access = world().router.network.sites["access_km"].reindex(sites["facility_id"].unique())
    return Supply(
        mineral=mineral,
        final_stage=final_stage,
        hubs=hubs,
        sites=sites,
        arcs=arcs,
        demand=demand,
        price_usd_t=price,
        unmet_usd_t=unmet_usd_t(asked, price),
        stranded_pairs=stranded,
        unconnected=tuple(access.index[access.isna()]),
        unfed=tuple(sorted(unfed(asked.question.feeds, asked.plants(ways), list(asked.question.stages.index)))),
    )


def price_usd_t(mineral: str) -> float | None:
    """Give the latest reference price of a contained tonne."""
    prices = reference_prices()
    own = prices.loc[prices["mineral"].eq(mineral) & prices["price_usd_t"].notna(), "price_usd_t"]
    return None if own.empty else float(own.iloc[-1])


def unmet_usd_t(asked: Finder, price: float | None) -> float:
    """Give the penalty on an unmet tonne: a multiple of the price; of the cargo's worth where no price is published."""
    stages = asked.question.stages.iloc[-1]
    worth = price if price is not None else float(stages["value_usd_t"]) / float(stages["contained_fraction"])
    return required("unmet_price_multiple") * worth


def _sites(asked: Finder, ways: Scenario) -> pd.DataFrame:
    """List the facilities that work, one row a stage."""
    stages = asked.question.stages
    plants = asked.plants(ways).reset_index()
    plants = plants[plants["source"] | plants["kind"].eq("processing")]
    plants = plants[~plants["country_iso3"].isin(ways.avoid)]
    kept = ["facility_id", "name", "stage", "country_iso3", "capacity_t_yr", "capacity_truth", "status", "source"]
    sites = plants[[*kept, "lon", "lat"]].drop_duplicates(["facility_id", "stage"])
    index = pd.Index(sites["facility_id"] + SEPARATOR + sites["stage"], name="site_id")
    made = sites["stage"].map(stages["yield"]).to_numpy(dtype=float)
    return sites.set_index(index).assign(**{"yield": made, "capacity_on": "out"}).sort_index()


def _arcs(asked: Finder, sites: pd.DataFrame, ways: Scenario, hubs: tuple[str, ...]) -> tuple[pd.DataFrame, int]:
    """Price every pair of sites that follow each other, and every last site with every hub."""
    names = list(asked.question.stages.index)
    parts = []
    for stage, following in pairwise([*names, None]):
        starts = sites.index[sites["stage"].eq(stage)]
        ends = sites.index[sites["stage"].eq(following) & ~sites["source"]] if following else pd.Index(hubs)
        parts.append(_stage_arcs(asked, ways, stage, starts, ends, to_hub=following is None))
    arcs = pd.concat([part for part, _ in parts])
    country = sites["country_iso3"].to_dict()
    ends_at = arcs["to_id"].map(country)
    pairs = zip(arcs["from_id"].map(country), ends_at, strict=True)
    arcs["countries"] = [(start,) if pd.isna(end) else (start, end) for start, end in pairs]
    arcs = with_ends(arcs, sites, dict(world().hubs["members"]))
    return arcs, sum(lost for _, lost in parts)


def _stage_arcs(
    asked: Finder, ways: Scenario, stage: str, starts: pd.Index, ends: pd.Index, *, to_hub: bool
) -> tuple[pd.DataFrame, int]:
    """Price the pairs of one stage that are joined and fit; count those that would fit."""
    cargo, router = asked.question.cargo(stage, ways), asked.router
    sources = [_facility(site) for site in starts]
    targets = [hub_site(hub) for hub in ends] if to_hub else [_facility(site) for site in ends]
    cost = least_cost(router, ways, cargo, sources, targets)
    same = np.array([[start == end for end in targets] for start in sources], dtype=bool).reshape(cost.shape)
    unfit = asked.question.feeds.apart(sources, targets)
    cost[unfit] = np.inf
    cost[same] = 0.0  # a works that mines and refines moves nothing between the two
    row, column = np.nonzero(np.isfinite(cost))
    hours = np.where(same, 0.0, least_time_h(router, ways, cargo, sources, targets))[row, column]
    passed = {name: flags & ~same for name, flags in exposure(router, ways, cargo, sources, targets).items()}
    gross = 1.0 / float(asked.question.stages.loc[stage, "contained_fraction"])
    from_id, to_id = starts.to_numpy()[row], ends.to_numpy()[column]
    arcs = pd.DataFrame(
        {
            "from_id": from_id,
            "to_id": to_id,
            "stage": stage,
            "cost_usd_t": cost[row, column] * gross,
            "time_h": hours,
            "chokepoints": _names(passed, row, column),
            "gross_per_contained": gross,
            "avoids": [()] * len(row),
        },
        index=pd.Index([f"{start}>{end}" for start, end in zip(from_id, to_id, strict=True)], name="arc_id"),
    )
    return arcs, int((same | ~unfit).sum() - len(row))


def _facility(site: str) -> str:
    return site.rsplit(SEPARATOR, 1)[0]


def _names(passed: dict[str, npt.NDArray[np.bool_]], row: Ints, column: Ints) -> list[tuple[str, ...]]:
    """Name what each pair passes, as shared tuples."""
    ids = sorted(passed)
    marks = np.zeros(len(row), dtype=np.uint64)
    for place, name in enumerate(ids):
        marks |= passed[name][row, column].astype(np.uint64) << np.uint64(place)
    distinct, inverse = np.unique(marks, return_inverse=True)
    tuples = [tuple(name for place, name in enumerate(ids) if int(mark) >> place & 1) for mark in distinct]
    return [tuples[place] for place in inverse]


def _demand_row(mineral: str, final_stage: str, hub: str) -> dict[str, object]:
    """Give what a hub needs, by the published figure or else by its share of the world's output."""
    if final_stage != default_product(mineral):  # what is published counts the refined material, not what is made of it
        return _estimated(mineral, final_stage, hub)
    told = need(mineral, hub)
    part = parameter("product_share", mineral)
    value, truth = told.value_t_yr, told.truth_state
    if value is None:
        return _estimated(mineral, final_stage, hub)
    words = told.metric
    if part is not None:
        value, truth, words = value * part, "estimated", f"{words}, x {part:g} for the oxides of the chain"
    return {"demand_t_yr": value, "truth_state": truth, "metric": words, "year": told.year}


def _estimated(mineral: str, final_stage: str, hub: str) -> dict[str, object]:
    """Estimate a demand that nobody publishes: the hub's share of manufacturing times the world's output."""
    share, output = parameter("demand_share", hub), world_output(mineral, final_stage)
    if share is None or output.value_t_yr is None:
        why = f": {output.metric}" if output.value_t_yr is None else ""
        metric = f"nobody publishes a usable figure{why}"
        return {"demand_t_yr": np.nan, "truth_state": "unknown", "metric": metric, "year": None}
    metric = f"{share:.1%} (its share of the world's manufacturing) of {output.metric}"
    return {
        "demand_t_yr": share * output.value_t_yr, "truth_state": "estimated", "metric": metric, "year": output.year,
    }  # fmt: skip


def world_output(mineral: str, final_stage: str) -> Need:
    """
    Give the world's output of the final product: its own total, or that of an earlier stage less the losses.

    Of a product made of the refined material only a part is made into it: the share ``made_into`` of
    `allocation_parameters.csv` counts, and without one the output is unknown.
    """
    stages = finder(mineral, DEFAULT_HUBS[0], final_stage).question.stages
    table = read_table("production")
    rows = table[table["mineral"].eq(mineral) & table["country_iso3"].eq(_WORLD) & table["year"].le(_FIRST_YEAR)]
    kept: Floats = np.cumprod(np.r_[1.0, stages["yield"].to_numpy(dtype=float)[:0:-1]]).astype(float)
    for lost, stage in zip(kept, stages.index[::-1], strict=True):
        own = rows[rows["stage"].eq(stage) & rows["value_t"].notna()]
        if len(own):
            last = own.sort_values("year").iloc[-1]
            words = f"the world's output ({stage}, {int(last['year'])})"
            made = 1.0
            if final_stage not in (stage, default_product(mineral)):
                made = parameter("made_into", f"{mineral}:{final_stage}") or np.nan
                words += f", at most {made:.0%} of it made into {final_stage}"
            if np.isnan(made):
                return Need(None, None, f"what of the output ({stage}) is made into {final_stage}", "unknown")
            return Need(float(last["value_t"]) * float(lost) * made, int(last["year"]), words, "estimated")
    return Need(None, None, "no world total is published", "unknown")
