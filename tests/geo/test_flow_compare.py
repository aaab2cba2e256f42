"""Two allocations side by side, on the drawn supply network."""

import numpy as np
import pandas as pd
import pytest

from geo.allocation import allocate
from geo.allocation_model import AllocationOptions
from geo.flow_compare import (
    allied_t_yr,
    arc_status,
    delivery_gap_t,
    demand_status,
    path_changes,
    path_status,
    stage_hhi,
)
from geo.flow_paths import flow_paths
from tests.geo.supply_cases import toy

OPTIONS = AllocationOptions(unmet_usd_t=1000.0)


def solved(arcs, sites, demand, closed=()):
    effects = pd.DataFrame(
        {"arc_id": list(closed), "rule_id": "r", "effect": "blocked", "value": np.nan, "origin_iso3": None}
    )
    answer = allocate(sites, arcs, demand, options=OPTIONS, effects=effects)
    return answer, flow_paths(answer.flows, sites)


def accounted(arcs, changed, closed=(), throttled=()):
    sites, _, demand = toy()
    base, base_paths = solved(arcs, sites, demand)
    now, paths = solved(changed, sites, demand, closed)
    parts = path_status(base_paths, paths, arc_status(arcs, changed, throttled))
    return demand_status(parts, base.balance, now.balance)


@pytest.mark.parametrize("factor", [1.0, 1.2, 4.0])
@pytest.mark.parametrize("closed", [(), ("plant_chn>USA",), ("plant_chn>USA", "plant_chn>JPN")])
def test_every_tonne_of_demand_has_one_status(factor, closed):
    _, arcs, _ = toy()
    changed = arcs.assign(
        cost_usd_t=arcs["cost_usd_t"].where(arcs["chokepoints"].map(len) == 0, arcs["cost_usd_t"] * factor)
    )
    table = accounted(arcs, changed, closed)
    names = ["open", "rerouted", "degraded", "stranded", "unknown"]
    assert table[names].sum(axis=1).to_numpy() == pytest.approx(table["demand_t_yr"].to_numpy(), abs=1e-6)
    assert (table[names] >= 0).all(axis=None)


def test_nothing_changed_is_open_or_was_unknown_before():
    _, arcs, _ = toy()
    table = accounted(arcs, arcs)
    assert (table[["rerouted", "degraded", "stranded"]].to_numpy() == 0).all()


def test_a_stretched_or_throttled_way_is_degraded_and_a_longer_one_rerouted():
    _, arcs, _ = toy()
    longer = arcs.assign(cost_usd_t=arcs["cost_usd_t"] * 1.1)
    much = arcs.assign(cost_usd_t=arcs["cost_usd_t"] * 1.6)
    assert set(arc_status(arcs, longer)) == {"rerouted"}
    assert set(arc_status(arcs, much)) == {"degraded"}
    slow = arc_status(arcs, arcs, ["panama"])
    assert set(slow[arcs["chokepoints"].map(lambda names: "panama" in names)]) == {"degraded"}
    assert set(slow[arcs["chokepoints"].map(lambda names: "panama" not in names)]) == {"open"}


def test_what_a_ban_takes_is_stranded_or_comes_from_elsewhere():
    _, arcs, _ = toy()
    table = accounted(arcs, arcs, ("plant_chn>USA", "plant_chn>JPN"))
    assert table["stranded"].sum() > 0
    assert table["rerouted"].sum() > 0


def test_concentration_alliance_gap_and_changes_by_hand():
    sites, arcs, demand = toy()
    _, base_paths = solved(arcs, sites, demand)
    now, paths = solved(arcs, sites, demand, ("plant_chn>USA", "plant_chn>JPN"))
    assert stage_hhi(now.flows, sites)["mining"] == pytest.approx(
        10_000.0
    )  # only the plant in Japan is left: the cheaper mine
    assert allied_t_yr(paths, {"USA"}).sum() == pytest.approx(5.0)  # the scrap yard
    slower = now.flows.assign(time_h=now.flows["time_h"] + 87.6)
    assert delivery_gap_t(arcs, slower) == pytest.approx(now.flows["t_yr"].sum() * 0.01)
    assert delivery_gap_t(arcs, now.flows) == 0.0
    changes = path_changes(base_paths, paths)
    assert changes["change_t_yr"].sum() == pytest.approx(paths["t_yr"].sum() - base_paths["t_yr"].sum())
    assert path_changes(base_paths, base_paths).empty
