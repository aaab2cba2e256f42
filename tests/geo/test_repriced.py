"""Closures whose cargo takes other ways: the prices of the ways left, by hand on the drawn supply network."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from geo.allocation import allocate
from geo.allocation_model import AllocationOptions, build
from geo.contingency import closed_loss, components, pair_losses, single_losses
from geo.interdiction import worst_closures
from tests.geo.supply_cases import toy

OPTIONS = AllocationOptions(unmet_usd_t=1000.0)


@pytest.fixture
def case():
    sites, arcs, demand = toy()
    model = build(sites, arcs, demand, options=OPTIONS)
    parts = components(model.arcs, model.sites)
    routed = pd.DataFrame({"kind": "chokepoint", "name": ["panama", "malacca"], "arc_ids": [(), ()]})
    routed.index = pd.Index(["chokepoint:panama", "chokepoint:malacca"], name="component_id")

    def freight(closed):
        names = {item.split(":")[1] for item in closed if item.startswith("chokepoint:")}
        hit = model.arcs["chokepoints"].map(lambda passed: bool(names.intersection(passed))).to_numpy()
        lost = hit & ("malacca" in names)
        cost = model.arcs["cost_usd_t"].to_numpy(float) + np.where(hit, 7.0, 0.0)
        return np.where(lost, np.inf, cost) if names else None

    return (sites, arcs, demand), model, pd.concat([routed, parts[parts["kind"].eq("country")]]), freight


def test_a_detour_costs_what_the_allocation_with_dearer_arcs_costs(case):
    (sites, arcs, demand), model, parts, freight = case
    losses = single_losses(model, parts, repriced=freight).table
    base = allocate(sites, arcs, demand, options=OPTIONS).status
    dearer = arcs.assign(
        cost_usd_t=arcs["cost_usd_t"] + arcs["chokepoints"].map(lambda names: 7.0 * ("panama" in names))
    )
    after = allocate(sites, dearer, demand, options=OPTIONS).status
    total = ["cost_usd_yr", "unmet_usd_yr"]
    assert losses.loc["chokepoint:panama", "extra_usd_yr"] == pytest.approx(after[total].sum() - base[total].sum())


def test_where_nothing_is_left_the_arcs_fall(case):
    (sites, arcs, demand), model, parts, freight = case
    losses = single_losses(model, parts, repriced=freight).table
    cut = arcs[arcs["chokepoints"].map(lambda names: "malacca" not in names)]
    base, after = (allocate(sites, one, demand, options=OPTIONS).status for one in (arcs, cut))
    total = ["cost_usd_yr", "unmet_usd_yr"]
    assert losses.loc["chokepoint:malacca", "extra_usd_yr"] == pytest.approx(after[total].sum() - base[total].sum())


def test_pairs_and_single_questions_agree(case):
    _, model, parts, freight = case
    singles = single_losses(model, parts, repriced=freight).table
    pairs = pair_losses(model, parts, singles, repriced=freight).table
    for pair, row in pairs.iterrows():
        assert row["extra_usd_yr"] == pytest.approx(closed_loss(model, parts, pair, repriced=freight)["extra_usd_yr"])
        assert row["extra_usd_yr"] >= singles.loc[list(pair), "extra_usd_yr"].max() - 1e-6


@pytest.mark.parametrize("k", [1, 2])
def test_the_worst_few_with_detours_are_those_that_enumeration_finds(case, k):
    _, model, parts, freight = case
    singles = single_losses(model, parts, repriced=freight).table
    listed = singles if k == 1 else pair_losses(model, parts, singles, repriced=freight).table
    found = worst_closures(model, parts, k=k, repriced=freight)
    assert found.proven
    assert found.extra_usd_yr == pytest.approx(listed["extra_usd_yr"].max(), rel=1e-6)
    routed = parts[parts["kind"].eq("chokepoint")]
    worst = singles.loc[routed.index, "extra_usd_yr"].max()
    held = worst_closures(model, routed, k=1, repriced=freight)
    assert held.extra_usd_yr == pytest.approx(worst), "a detour is no closure"


def test_detours_that_overlap_cost_less_than_their_sum_and_the_next_set_is_asked_for(case):
    _, model, parts, freight = case
    routed = parts.loc[["chokepoint:panama", "chokepoint:panama", "chokepoint:malacca"]]
    routed.index = pd.Index(["chokepoint:panama", "port:panama", "chokepoint:malacca"], name="component_id")

    def overlapping(closed):
        return freight(tuple(sorted({f"chokepoint:{item.split(':')[1]}" for item in closed})))

    pairs = list(combinations(routed.index, 2))
    worst = max(closed_loss(model, routed, pair, repriced=overlapping)["extra_usd_yr"] for pair in pairs)
    found = worst_closures(model, routed, k=2, repriced=overlapping)
    assert found.proven
    assert found.extra_usd_yr == pytest.approx(worst)
