"""Passages at part of their capacity: what fits passes, the rest goes round, and less capacity never delivers more."""

from functools import lru_cache

import pytest

from geo.scenarios import Scenario
from layers.flows import Wants, allocate_case
from layers.throttled import around, past_t_yr

WANTS = Wants("lithium")
TO_THE_FULL = 1e-6
NEXT_TO_NOTHING = 1e-12  # a share of 0 is a closure, and must be asked for as one


@lru_cache(maxsize=8)
def drought(share):
    return allocate_case(WANTS, Scenario(partial=frozenset({("panama", share)})))


def past_panama(case):
    return past_t_yr(case.supply.arcs, case.allocation.flows, "panama")


def cost(case):
    status = case.allocation.status
    return status["cost_usd_yr"] + status["unmet_usd_yr"]


def test_two_thirds_of_the_canal_let_two_thirds_of_the_mineral_pass_and_the_rest_goes_round():
    found = drought(2 / 3)
    assert past_panama(found.base) > 0
    assert past_panama(found.now) == pytest.approx(2 / 3 * past_panama(found.base), rel=TO_THE_FULL)
    flows = found.now.allocation.flows
    round_it = flows[[bool(around(arc)) for arc in flows.index]]
    assert round_it["t_yr"].sum() > 0
    assert not any("panama" in found.now.supply.arcs.loc[arc, "chokepoints"] for arc in round_it.index)
    assert found.summary.loc["cost_usd_yr", "change"] > 0
    assert found.summary.loc["delivery_gap_t", "scenario"] > 0
    assert any(line.startswith("panama at 67%") and "go round it" in line for line in found.findings)


def test_every_tonne_of_need_is_accounted_for():
    status = drought(2 / 3).status
    parts = status[["open", "rerouted", "degraded", "stranded", "unknown"]]
    assert parts.sum(axis=1).to_numpy() == pytest.approx(status["demand_t_yr"].to_numpy(), rel=TO_THE_FULL)
    assert status["rerouted"].sum() + status["degraded"].sum() > 0


def test_less_capacity_never_costs_less():
    costs = [cost(drought(share).now) for share in (0.9, 2 / 3, 0.3, NEXT_TO_NOTHING)]
    assert costs == sorted(costs)
    assert cost(drought(0.9).base) <= costs[0]


def test_a_passage_with_next_to_no_capacity_is_a_closed_one():
    shut = allocate_case(WANTS, Scenario(close=frozenset({"panama"})))
    assert cost(drought(NEXT_TO_NOTHING).now) == pytest.approx(cost(shut.now), rel=TO_THE_FULL)
    assert past_panama(drought(NEXT_TO_NOTHING).now) == pytest.approx(0.0, abs=TO_THE_FULL)


def test_a_mineral_that_does_not_pass_is_told_so():
    found = allocate_case(Wants("gallium"), Scenario(partial=frozenset({("magellan", 0.5)})))
    assert any(line.startswith("magellan at 50% binds nothing") for line in found.findings)
