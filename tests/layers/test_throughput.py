"""A passage at part of its capacity, on the real network: the drought at Panama binds and sends tonnes round."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from geo.__main__ import main
from geo.allocation_model import build
from geo.flow_compare import STATUSES
from geo.scenarios import Scenario
from geo.throughput import gross_past
from geo.ways import trace
from layers.arc_nodes import arc_end
from layers.ensemble_case import detours
from layers.flow_outputs import flow_files
from layers.flow_ways import flow_arcs
from layers.flows import Wants, allocate_case, asked_of, case
from layers.planner import default_product, finder, world
from layers.presets import preset
from layers.stress import stress
from layers.supply import supply

PANAMA = 0.667
TIN = Wants("tin")


def at(factor, wants=TIN, **more):
    """Allocate with the canal at part of its capacity; the validator of scenarios keeps 0 and 1 for closing and not."""
    asked = Scenario(**more).model_copy(update={"partial": frozenset({("panama", factor)})})
    return case(wants, asked)


@pytest.fixture(scope="module")
def lithium():
    return allocate_case(Wants("lithium"), preset("panama_drought"))


def test_the_drought_holds_lithium_to_its_share_and_the_rest_goes_round_south_america(lithium):
    row = lithium.passages.loc["panama"]
    past = gross_past(lithium.base.allocation.flows, lithium.base.supply.arcs)["panama"]
    assert past > 10_000, "lithium from Chile to the Atlantic passes the canal"
    assert row["base_t_yr"] == pytest.approx(past)
    assert row["through_t_yr"] == pytest.approx(PANAMA * past, rel=1e-6)
    assert row["round_t_yr"] == pytest.approx((1 - PANAMA) * past, rel=1e-6)
    assert row["round_by"] == ("magellan",)
    dearer = lithium.summary.loc["cost_usd_yr", "change"]
    price = lithium.now.allocation.duals.query("kind == 'throughput'").iloc[0]["value_usd_t"]
    assert dearer == pytest.approx(price * row["round_t_yr"], rel=0.02), "one way round: its price times its tonnes"
    assert any(line.startswith("panama at 67%: of ") and "go round by magellan" in line for line in lithium.findings)


def test_statuses_add_up_and_the_late_tonnes_count(lithium):
    table = lithium.status
    assert table[list(STATUSES)].sum(axis=1).to_numpy() == pytest.approx(table["demand_t_yr"].to_numpy(), abs=1e-6)
    assert table[["rerouted", "degraded"]].sum().sum() > 0
    flows, arcs = lithium.now.allocation.flows, lithium.now.supply.arcs
    off = flows.index[arcs["avoids"].map(len).reindex(flows.index) > 0]
    direct = lithium.base.supply.arcs.loc[arcs.loc[off, "direct"], "time_h"].to_numpy()
    late = float((flows.loc[off, "t_yr"] * np.maximum(flows.loc[off, "time_h"] - direct, 0.0)).sum()) / 8760.0
    assert late > 1.0
    assert lithium.summary.loc["delivery_gap_t", "scenario"] == pytest.approx(late, rel=1e-6)


def test_detours_are_drawn_and_priced_by_the_way_they_take(lithium):
    arcs = flow_arcs(lithium)
    off = arcs[arcs["avoids"].map(len) > 0]
    assert len(off)
    asked = finder("lithium", "USA", default_product("lithium"))
    for row in off.itertuples():
        cargo = asked.question.cargo(row.stage, Scenario())
        origin, destination = (arc_end(end, lithium.wants.hubs) for end in (row.from_id, row.to_id))
        closed = Scenario(close=frozenset({"panama"}))
        way = trace(world().router, closed, cargo, origin=origin, destination=destination)
        assert set(way.chokepoints) == set(row.chokepoints)
        assert "panama" not in way.chokepoints
        assert row.length_km == pytest.approx(way.length_km)
        assert row.status in ("rerouted", "degraded")


@pytest.mark.parametrize("mineral", ["tin", "nickel", "graphite"])
def test_nothing_left_is_the_full_closure_and_everything_left_the_base_case(mineral):
    wants = Wants(mineral)
    none, closed = at(0.0, wants), case(wants, Scenario(close=frozenset({"panama"})))
    whole, base = at(1.0, wants), case(wants, Scenario())
    for one, other in ((none, closed), (whole, base)):
        for measure in ("cost_usd_yr", "unmet_t_yr"):
            assert one.allocation.status[measure] == pytest.approx(other.allocation.status[measure], rel=1e-6, abs=1e-4)


def test_less_left_never_delivers_more_and_never_costs_less():
    steps = [at(factor).allocation.status for factor in (1.0, 0.667, 0.4, 0.1, 0.0)]
    for name, room in (("unmet_t_yr", 1e-4), ("cost_usd_yr", 1.0)):
        told = [step[name] for step in steps]
        assert all(less >= more - room for more, less in pairwise(told))
    assert steps[-1]["cost_usd_yr"] > steps[0]["cost_usd_yr"] + 1e5


def test_two_passages_keep_their_shares_together_and_a_closed_one_stays_closed():
    asked = Scenario(
        close=frozenset({"suez"}), partial=frozenset({("panama", 0.5), ("magellan", 0.5), ("malacca", 0.5)})
    )
    found = allocate_case(Wants("graphite"), asked)
    past = gross_past(found.now.allocation.flows, found.now.supply.arcs)
    assert (found.passages["through_t_yr"] <= found.passages["limit_t_yr"] * (1 + 1e-6) + 1e-3).all()
    assert found.passages["through_t_yr"].to_dict() == pytest.approx(
        {name: float(past.get(name, 0.0)) for name in found.passages.index}
    )
    assert "suez" not in past.index
    assert found.summary.loc["cost_usd_yr", "change"] > 0


def test_a_port_at_half_of_its_capacity_holds_copper_belt_cobalt_to_half():
    found = allocate_case(Wants("cobalt"), Scenario(partial=frozenset({("lobito_port", 0.5)})))
    row = found.passages.loc["lobito_port"]
    assert row["base_t_yr"] > 100_000
    assert row["through_t_yr"] == pytest.approx(0.5 * row["base_t_yr"], rel=1e-6)
    assert row["round_t_yr"] > 0
    assert found.summary.loc["cost_usd_yr", "change"] > 0


def test_a_mineral_that_does_not_pass_says_so():
    found = allocate_case(Wants("gallium"), preset("panama_drought"))
    assert any("no share to keep" in line for line in found.findings)
    assert found.summary.loc["cost_usd_yr", "change"] == 0.0


def test_stress_on_top_of_a_drought_prices_the_closure_of_the_canal_as_what_is_left_of_it():
    """Closing it costs less than with the canal whole: a third goes round already."""
    drought = stress(TIN, preset("panama_drought")).singles.loc["chokepoint:panama"]
    calm = stress(TIN, Scenario()).singles.loc["chokepoint:panama"]
    closed = case(TIN, Scenario(close=frozenset({"panama"}))).allocation.status["cost_usd_yr"]
    assert drought["extra_freight_usd_yr"] == pytest.approx(
        closed - at(PANAMA).allocation.status["cost_usd_yr"], rel=1e-3
    )
    assert 0 < drought["extra_usd_yr"] < calm["extra_usd_yr"]


def test_closures_on_top_price_each_arc_off_the_passages_that_no_limit_counts_it_past():
    """The ensemble and stress: an arc that keeps off the canal does not slip back through it when Magellan shuts."""
    asked = preset("panama_drought")
    found, options = asked_of(Wants("lithium"), asked)
    model = build(found.sites, found.arcs, found.demand, options=options)
    priced = detours(model, found, asked)

    def shut(*names):
        return supply("lithium", Scenario(close=frozenset(names))).arcs["cost_usd_t"]

    arcs = model.arcs
    past = arcs["chokepoints"].map(lambda names: "panama" in names)
    off = arcs["avoids"].map(len) > 0
    assert past.any()
    assert off.any()
    for closed in (("panama",), ("magellan",)):
        cost = pd.Series(priced(closed)[0], index=arcs.index)
        through = shut(*closed).reindex(arcs.loc[past, "direct"]).fillna(np.inf)
        around = shut("panama", *closed).reindex(arcs.loc[off, "direct"]).fillna(np.inf)
        assert cost[past].to_numpy() == pytest.approx(through.to_numpy(), rel=1e-9)
        assert cost[off].to_numpy() == pytest.approx(around.to_numpy(), rel=1e-9)
    assert (cost[off].to_numpy() > arcs.loc[off, "cost_usd_t"].to_numpy() + 1e-6).any(), "Magellan is on some way"


def test_the_files_and_the_command_tell_it(tmp_path, lithium):
    files = flow_files([lithium])
    assert files["passages.csv"].startswith("row,passage,share_left")
    assert "Panama Canal at 67%" in files["findings.txt"]
    command = ["allocate", "--mineral", "tin", "--scenario", "panama_drought", "--out", str(tmp_path)]
    assert main(command) == 0
    row = pd.read_csv(tmp_path / "passages.csv").iloc[0]
    assert row["passage"] == "panama"
    assert row["through_t_yr"] == pytest.approx(row["limit_t_yr"], rel=1e-6)
    duals = pd.read_csv(tmp_path / "duals.csv")
    assert (duals["kind"] == "throughput").any()
