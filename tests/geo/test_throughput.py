"""A passage at part of its capacity: its share, the ways round it, and what delivers."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from geo.allocation import allocate
from geo.allocation_model import AllocationOptions
from geo.flow_compare import STATUSES, arc_status, delivery_gap_t, demand_status, path_status
from geo.flow_paths import flow_paths
from geo.throughput import gross_past, passage_table, pro_rata, with_detours
from tests.geo.supply_cases import random_case, toy

PASSAGES = ("malacca", "panama", "suez")
PENALTY_USD_T = 10_000.0


def fleet(arcs, seed):
    """Give every arc some ways of its own, each past other passages; the last of some passes none of them."""
    draw = np.random.default_rng(seed)
    ways = {}
    for arc_id, passed in arcs["chokepoints"].items():
        own = [(float(arcs.loc[arc_id, "cost_usd_t"]), passed)]
        for _ in range(int(draw.integers(0, 5))):
            other = tuple(name for name in PASSAGES if draw.random() < 0.4)
            own.append((own[0][0] + float(draw.integers(1, 80)), other))
        ways[arc_id] = own
    return ways


def pricing(arcs, ways):
    """Price arcs by the cheapest of their ways that keeps off what is shut."""

    def ways_round(shut):
        rows = {}
        for arc_id, own in ways.items():
            left = [way for way in own if not shut.intersection(way[1])]
            if left:
                rows[arc_id] = min(left)
        kept = arcs.loc[list(rows)]
        costs = [cost for cost, _ in rows.values()]
        return kept.assign(cost_usd_t=costs, time_h=costs, chokepoints=[passed for _, passed in rows.values()])

    return ways_round


def case_of(seed):
    """Draw a network with ways round its passages, ores of two gross tonnes a contained one."""
    sites, arcs, demand = random_case(seed)
    arcs = arcs.assign(gross_per_contained=2.0, time_h=arcs["cost_usd_t"])
    return sites, arcs, demand, pricing(arcs, fleet(arcs, seed))


def solved(seed, left):
    """Allocate with passages at part of their capacity; the base allocation where there are none."""
    sites, _, demand, ways_round = case_of(seed)
    plain = AllocationOptions(unmet_usd_t=PENALTY_USD_T)
    base_arcs = ways_round(frozenset())
    base = allocate(sites, base_arcs, demand, options=plain)
    if not left:
        return base, base_arcs
    limits = pro_rata(gross_past(base.flows, base_arcs), left)
    found = with_detours(base_arcs, left, ways_round)
    options = AllocationOptions(unmet_usd_t=PENALTY_USD_T, throughput=limits)
    return allocate(sites, found, demand, options=options), found


def total_usd(answer):
    return float(answer.status["cost_usd_yr"] + answer.status["unmet_usd_yr"])


@pytest.mark.parametrize("seed", range(8))
def test_for_every_set_of_passages_the_cheapest_way_that_keeps_off_it_is_there(seed):
    _, arcs, _, ways_round = case_of(seed)
    found = with_detours(ways_round(frozenset()), PASSAGES, ways_round)
    assert found.index.is_unique
    assert len(found) > len(arcs), "the drawn ways hold no detour: the test would test nothing"
    for bits in range(2 ** len(PASSAGES)):
        shut = frozenset(name for place, name in enumerate(PASSAGES) if bits >> place & 1)
        free = found[[not shut.intersection(passed) for passed in found["chokepoints"]]]
        best = free.groupby("direct")["cost_usd_t"].min().sort_index()
        expected = ways_round(shut)["cost_usd_t"].sort_index()
        assert best.to_dict() == expected.to_dict()
    assert all(
        not set(off).intersection(passed) for off, passed in zip(found["avoids"], found["chokepoints"], strict=True)
    )


@pytest.mark.parametrize("seed", range(8))
def test_nothing_left_is_the_full_closure_and_everything_left_the_base_case(seed):
    sites, _, demand, ways_round = case_of(seed)
    plain = AllocationOptions(unmet_usd_t=PENALTY_USD_T)
    none, _ = solved(seed, {"panama": 0.0, "suez": 0.0})
    closed = allocate(sites, ways_round(frozenset({"panama", "suez"})), demand, options=plain)
    assert total_usd(none) == pytest.approx(total_usd(closed), rel=1e-7)
    assert none.status["unmet_t_yr"] == pytest.approx(closed.status["unmet_t_yr"], abs=1e-6)
    whole, _ = solved(seed, {"panama": 1.0, "suez": 1.0})
    base, _ = solved(seed, {})
    assert total_usd(whole) == pytest.approx(total_usd(base), rel=1e-7)


@pytest.mark.parametrize("seed", range(8))
def test_less_left_never_delivers_more_and_never_costs_less(seed):
    factors = (1.0, 0.8, 0.5, 0.2, 0.05, 0.0)
    answers = [solved(seed, {"panama": factor})[0] for factor in factors]
    unmet = [answer.status["unmet_t_yr"] for answer in answers]
    cost = [total_usd(answer) for answer in answers]
    assert all(less >= more - 1e-6 for more, less in pairwise(unmet))
    assert all(less >= more - 1e-4 for more, less in pairwise(cost))


def test_the_share_holds_the_rest_goes_round_and_every_tonne_has_a_status():
    sites, arcs, demand = toy()
    arcs = arcs.assign(gross_per_contained=2.0)
    base = allocate(sites, arcs, demand, options=AllocationOptions(unmet_usd_t=PENALTY_USD_T))
    panama = [name for name in arcs.index if "panama" in arcs.loc[name, "chokepoints"]]
    past = base.flows.loc[panama, "t_yr"].sum()
    assert gross_past(base.flows, arcs)["panama"] == pytest.approx(2.0 * past)

    def ways_round(shut):
        longer = arcs.loc[["plant_chn>USA"]].assign(cost_usd_t=70.0, time_h=487.6, chokepoints=[("magellan",)])
        return longer if "panama" in shut else arcs

    found = with_detours(arcs, ["panama"], ways_round)
    assert found.index.difference(arcs.index).tolist() == ["plant_chn>USA round panama"]
    limits = pro_rata(gross_past(base.flows, arcs), {"panama": 0.25})
    options = AllocationOptions(unmet_usd_t=PENALTY_USD_T, throughput=limits)
    now = allocate(sites, found, demand, options=options)
    table = passage_table((base.flows, arcs), (now.flows, found), {"panama": 0.25})
    assert table.loc["panama", "through_t_yr"] == pytest.approx(0.25 * 2.0 * past)
    assert table.loc["panama", "round_t_yr"] == pytest.approx(0.75 * 2.0 * past)
    assert table.loc["panama", "elsewhere_t_yr"] == pytest.approx(0.0, abs=1e-6)
    assert table.loc["panama", "round_by"] == ("magellan",)
    status = arc_status(arcs, found, ["panama"])
    assert status["plant_chn>USA round panama"] == "degraded", "75 % dearer than the arc that it stands in for"
    parts = path_status(flow_paths(base.flows, sites), flow_paths(now.flows, sites), status)
    tonnes = demand_status(parts, base.balance, now.balance)
    assert tonnes[list(STATUSES)].sum(axis=1).to_numpy() == pytest.approx(tonnes["demand_t_yr"].to_numpy(), abs=1e-9)
    assert delivery_gap_t(arcs, now.flows) == pytest.approx(0.75 * past * 87.6 / 8760.0)
    price = now.duals[now.duals["kind"].eq("throughput")].iloc[0]
    assert price["value_usd_t"] == pytest.approx(30.0 / 2.0), "what the detour costs more, by gross tonne"


def test_a_mineral_without_a_share_keeps_none():
    assert pro_rata(pd.Series(dtype=float), {"suez": 0.9})[0].gross_t_yr == 0.0
