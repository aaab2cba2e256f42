"""The allocation keeps its identities, agrees with another solver, and answers each option as drawn by hand."""

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from geo import solver
from geo.allocation import allocate, allocate_used
from geo.allocation_input import in_use
from geo.allocation_model import AlliedShare, AllocationOptions, CountryCap, Throughput, build
from geo.errors import BadInputError, ContractError
from geo.flow_paths import flow_paths
from geo.solver import Prepared, solve, solve_in_order
from tests.geo.supply_cases import ALLIES, arcs_frame, demand_frame, effects_frame, random_case, toy

OPTIONS = AllocationOptions(unmet_usd_t=10_000.0)
EXACT = 1e-6


def delivered(answer):
    hubs = answer.balance[answer.balance["kind"].eq("hub")]
    return float(hubs["in_t_yr"].sum())


def assert_identities(answer, sites):
    nodes = answer.balance.join(sites["yield"])
    plants = nodes[nodes["kind"].eq("plant") & nodes["in_t_yr"].notna()]
    assert np.allclose(plants["out_t_yr"], plants["in_t_yr"] * plants["yield"], rtol=0, atol=EXACT)
    hubs = nodes[nodes["kind"].eq("hub") & nodes["demand_t_yr"].notna()]
    assert np.allclose(hubs["in_t_yr"] + hubs["unmet_t_yr"], hubs["demand_t_yr"], rtol=0, atol=EXACT)
    sources = nodes[nodes["kind"].eq("source") & nodes["capacity_t_yr"].notna()]
    assert (sources["out_t_yr"] <= sources["capacity_t_yr"] + EXACT).all()
    assert (plants["in_t_yr"] <= plants["capacity_t_yr"] + EXACT).all()


def path_optimum(sites, arcs, demand, penalty):
    """Every chain as a column, solved by scipy: another formulation and another front end."""
    by_start = {site: list(rows.index) for site, rows in arcs.groupby("from_id")}
    chains = [(arc,) for site in sites.index[sites["source"]] for arc in by_start.get(site, [])]
    whole = []
    while chains:
        grown = []
        for chain in chains:
            end = arcs.loc[chain[-1], "to_id"]
            (whole if end in demand.index else grown).append(chain)
        chains = [(*chain, arc) for chain in grown for arc in by_start.get(arcs.loc[chain[-1], "to_id"], [])]
    columns, cost, hubs = [], [], []
    for chain in whole:
        use, price, tonnes = dict.fromkeys(sites.index, 0.0), 0.0, 1.0
        for arc in reversed(chain):
            site = arcs.loc[arc, "from_id"]
            price += tonnes * arcs.loc[arc, "cost_usd_t"]
            tonnes = tonnes if sites.loc[site, "source"] else tonnes / sites.loc[site, "yield"]
            use[site] += tonnes
        columns.append(list(use.values()))
        cost.append(price)
        hubs.append([float(arcs.loc[chain[-1], "to_id"] == hub) for hub in demand.index])
    unmet = np.eye(len(demand))
    answer = linprog(
        np.r_[cost, np.full(len(demand), penalty)],
        A_ub=np.c_[np.array(columns).T, np.zeros((len(sites), len(demand)))],
        b_ub=sites["capacity_t_yr"],
        A_eq=np.c_[np.array(hubs).T, unmet],
        b_eq=demand["demand_t_yr"],
        method="highs",
    )
    assert answer.success
    return answer.fun


@pytest.mark.parametrize("seed", range(8))
def test_arcs_and_paths_give_the_same_optimum(seed):
    sites, arcs, demand = random_case(seed)
    answer = allocate(sites, arcs, demand, options=OPTIONS)
    expected = path_optimum(sites, arcs, demand, OPTIONS.unmet_usd_t)
    assert answer.status["cost_usd_yr"] + answer.status["unmet_usd_yr"] == pytest.approx(expected, rel=1e-9)
    assert_identities(answer, sites)


@pytest.mark.parametrize("seed", range(4))
def test_scipy_finds_the_same_optimum_of_the_programme_with_all_options(seed):
    sites, arcs, demand = random_case(seed)
    program = build(sites, arcs.assign(gross_per_contained=2.0), demand, options=all_options()).program
    bounds = np.c_[program.lower, program.upper]
    matrix = program.matrix.toarray()
    judge = linprog(
        program.cost,
        A_ub=np.r_[matrix[np.isfinite(program.row_upper)], -matrix[np.isfinite(program.row_lower)]],
        b_ub=np.r_[
            program.row_upper[np.isfinite(program.row_upper)], -program.row_lower[np.isfinite(program.row_lower)]
        ],
        bounds=bounds,
    )
    assert solve(program).objective == pytest.approx(judge.fun, rel=1e-8)


def all_options():
    hubs = frozenset({"USA", "JPN"})
    return AllocationOptions(
        unmet_usd_t=10_000.0,
        allied=AlliedShare(members=ALLIES, share=0.3, hubs=hubs),
        caps=(CountryCap(share=0.5, home=frozenset({"USA"}), hubs=hubs),),
        throughput=(Throughput("panama", 20.0),),
    )


@given(seed=st.integers(0, 10_000), data=st.data())
@settings(max_examples=30)
def test_banning_more_never_delivers_more(seed, data):
    sites, arcs, demand = random_case(seed, mines=3, plants=2)
    banned = data.draw(st.sets(st.sampled_from(list(arcs.index))))
    more = banned | data.draw(st.sets(st.sampled_from(list(arcs.index))))
    tonnes = [
        delivered(allocate(sites, arcs, demand, options=OPTIONS, effects=blocked(arc_ids)))
        for arc_ids in (set(), banned, more)
    ]
    assert tonnes[0] + EXACT >= tonnes[1]
    assert tonnes[1] + EXACT >= tonnes[2]


def blocked(arc_ids):
    return effects_frame([(arc, "rule", "blocked", np.nan, None, None) for arc in sorted(arc_ids)])


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15)
def test_the_order_of_rows_changes_nothing(seed):
    sites, arcs, demand = random_case(seed)
    first = allocate(sites, arcs, demand, options=OPTIONS)
    shuffled = [frame.sample(frac=1, random_state=seed) for frame in (sites, arcs, demand)]
    second = allocate(*shuffled, options=OPTIONS)
    pd.testing.assert_frame_equal(first.flows, second.flows)
    pd.testing.assert_frame_equal(first.balance, second.balance)
    pd.testing.assert_frame_equal(first.duals, second.duals)


def test_the_toy_is_supplied_as_drawn():
    sites, arcs, demand = toy()
    answer = allocate(sites, arcs, demand, options=OPTIONS)
    assert delivered(answer) == pytest.approx(80.0)
    assert answer.flows.loc["mine_chn>plant_chn", "t_yr"] == pytest.approx(100.0)
    assert answer.balance.loc["USA", "unmet_t_yr"] == pytest.approx(0.0, abs=EXACT)


def test_equal_costs_are_told_apart_by_time():
    sites, arcs, demand = toy()
    twin = arcs.loc[["plant_chn>JPN"]].rename(index={"plant_chn>JPN": "a_slow_twin"}).assign(time_h=500.0)
    answer = allocate(sites, pd.concat([arcs, twin]), demand, options=OPTIONS)
    assert answer.flows.loc["a_slow_twin", "t_yr"] == 0.0
    assert answer.flows.loc["plant_chn>JPN", "t_yr"] == pytest.approx(30.0)
    assert abs(answer.status["tie_break_cost_usd_yr"]) < 1e-3


def test_an_allied_share_moves_tonnes_to_allied_chains_or_leaves_demand_unmet():
    sites, arcs, demand = toy()
    rule = AlliedShare(members=ALLIES, share=0.5, hubs=frozenset({"USA", "JPN"}))
    answer = allocate(sites, arcs, demand, options=AllocationOptions(unmet_usd_t=10_000.0, allied=rule))
    # allied: 30 t by AUS-JPN and 5 t of scrap, so 70 t in all may be delivered
    assert delivered(answer) == pytest.approx(70.0)
    assert answer.duals.set_index("kind").loc["allied_share", "binding"]


def test_a_cap_per_country_counts_every_stage_the_tonnes_passed():
    sites, arcs, demand = toy()
    hubs = frozenset({"USA"})
    mined = CountryCap(share=0.2, home=frozenset({"USA", "JPN", "AUS"}), hubs=hubs, stages=frozenset({"mining"}))
    answer = allocate(sites, arcs, demand, options=AllocationOptions(unmet_usd_t=10_000.0, caps=(mined,)))
    # 10 of 50 t from Chinese ore; 5 t scrap; Australian ore 100 t x 0.5 is enough for the rest
    assert answer.balance.loc["USA", "unmet_t_yr"] == pytest.approx(0.0, abs=EXACT)
    assert (
        answer.flows.loc["mine_aus>plant_chn", "t_yr"] + answer.flows.loc["mine_aus>plant_jpn", "t_yr"] >= 70.0 - EXACT
    )
    refined = CountryCap(share=0.2, home=frozenset({"USA"}), hubs=hubs, stages=frozenset({"refining"}))
    answer = allocate(sites, arcs, demand, options=AllocationOptions(unmet_usd_t=10_000.0, caps=(refined,)))
    assert answer.balance.loc["USA", "unmet_t_yr"] == pytest.approx(25.0)  # 10 CHN + 10 JPN + 5 scrap
    assert set(answer.duals.loc[answer.duals["kind"].eq("country_cap") & answer.duals["binding"], "subject"]) == {
        "CHN",
        "JPN",
    }


def test_marks_cannot_hide_on_another_hub():
    """A plant that takes 60 % Chinese ore sends at least 20 t of it to a hub that takes all but 40 t."""
    sites, arcs, _ = toy()
    sites = sites.drop(index=["plant_jpn", "scrap_usa"])
    arcs = arcs[arcs["from_id"].isin(sites.index) & arcs["to_id"].isin([*sites.index, "USA", "JPN"])]
    sites.loc["mine_aus", "capacity_t_yr"] = 20.0
    cap = CountryCap(share=0.0, home=frozenset({"AUS"}), hubs=frozenset({"USA"}), stages=frozenset({"mining"}))
    answer = allocate(
        sites, arcs, demand_frame(USA=50.0, JPN=10.0), options=AllocationOptions(unmet_usd_t=10_000.0, caps=(cap,))
    )
    assert answer.balance.loc["USA", "in_t_yr"] == pytest.approx(10.0)


def test_a_quota_a_tariff_and_a_passage_bind():
    sites, arcs, demand = toy()
    out_of_china = [(arc, "quota", "quota", 15.0, None, None) for arc in ("plant_chn>USA", "plant_chn>JPN")]
    answer = allocate(sites, arcs, demand, options=OPTIONS, effects=effects_frame(out_of_china))
    assert answer.flows.loc[["plant_chn>USA", "plant_chn>JPN"], "t_yr"].sum() == pytest.approx(15.0)
    assert "quota" in answer.duals.loc[answer.duals["binding"], "subject"].tolist()
    tariff = effects_frame([("plant_chn>JPN", "tariff", "tariff", 5_000.0, None, None)])
    answer = allocate(sites, arcs, demand, options=OPTIONS, effects=tariff)
    assert answer.flows.loc["plant_jpn>JPN", "t_yr"] == pytest.approx(30.0)
    narrow = AllocationOptions(unmet_usd_t=10_000.0, throughput=(Throughput("panama", 60.0),))
    answer = allocate(sites, arcs.assign(gross_per_contained=2.0), demand, options=narrow)
    assert answer.balance.loc["USA", "in_t_yr"] == pytest.approx(35.0)
    with pytest.raises(ContractError, match="gross_per_contained"):
        allocate(sites, arcs, demand, options=narrow)


def test_a_content_rule_keeps_the_origin_out_of_goods_made_elsewhere():
    sites, arcs, demand = toy()
    sites.loc["mine_aus", "capacity_t_yr"] = 20.0
    rule = effects_frame(
        [(arc, "content", "content", 0.0, "CHN", "mining") for arc in ("plant_chn>USA", "plant_jpn>USA")]
    )
    answer = allocate(sites, arcs, demand, options=OPTIONS, effects=rule)
    assert answer.balance.loc["USA", "in_t_yr"] == pytest.approx(15.0)  # 10 of Australian ore, 5 scrap


def test_unknown_is_left_out_and_counted_or_bounded_never_endless():
    sites, arcs, demand = toy()
    sites.loc["plant_chn", "capacity_t_yr"] = np.nan
    demand.loc["KOR"] = np.nan
    arcs.loc["plant_jpn>JPN", "cost_usd_t"] = np.nan
    answer = allocate(sites, arcs, demand, options=OPTIONS)
    assert answer.status["sites_left_out"] == 1
    assert answer.status["hubs_without_demand"] == 1
    assert answer.status["arcs_without_cost"] == 1
    assert pd.isna(answer.balance.loc["plant_chn", "in_t_yr"])
    assert pd.isna(answer.balance.loc["KOR", "unmet_t_yr"])
    bounded = allocate(sites, arcs, demand, options=AllocationOptions(unmet_usd_t=10_000.0, unknown_capacity_t_yr=40.0))
    assert bounded.balance.loc["plant_chn", "in_t_yr"] == pytest.approx(40.0)
    assert bounded.status["sites_without_capacity"] == 1


def test_a_capacity_may_count_what_comes_out():
    sites, arcs, _ = toy()
    sites["capacity_on"] = "out"
    answer = allocate(sites, arcs, demand_frame(USA=0.0, JPN=100.0), options=OPTIONS)
    assert answer.balance.loc["plant_chn", "out_t_yr"] + answer.balance.loc["plant_jpn", "out_t_yr"] == pytest.approx(
        100
    )


@pytest.mark.parametrize("seed", range(5))
def test_paths_add_up_to_what_is_delivered_and_to_what_it_costs(seed):
    sites, arcs, demand = random_case(seed)
    answer = allocate(sites, arcs, demand, options=OPTIONS)
    paths = flow_paths(answer.flows, sites)
    assert paths["t_yr"].sum() == pytest.approx(delivered(answer), abs=EXACT)
    assert (paths["t_yr"] * paths["cost_usd_t"]).sum() == pytest.approx(answer.status["cost_usd_yr"], rel=1e-8)
    assert paths["source_t_yr"].sum() == pytest.approx(
        answer.balance.loc[answer.balance["kind"].eq("source"), "out_t_yr"].sum(), abs=EXACT
    )
    assert all(site_ids[0].startswith("m") for site_ids in paths["site_ids"])


def test_a_price_is_what_one_more_tonne_saves():
    sites, arcs, demand = random_case(3)
    answer = allocate(sites, arcs, demand, options=OPTIONS)
    capacity = answer.duals[answer.duals["kind"].eq("capacity")].set_index("subject")["value_usd_t"]
    site = capacity.idxmax()
    sites.loc[site, "capacity_t_yr"] += 1e-3
    wider = allocate(sites, arcs, demand, options=OPTIONS)
    totals = [status["cost_usd_yr"] + status["unmet_usd_yr"] for status in (answer.status, wider.status)]
    assert (totals[0] - totals[1]) / 1e-3 == pytest.approx(capacity[site], rel=1e-4)
    assert (capacity >= -EXACT).all()


def test_a_warm_solve_gives_what_a_fresh_one_gives_in_any_order():
    sites, arcs, demand = random_case(5, mines=8, plants=6)
    program = build(sites, arcs, demand, options=OPTIONS).program
    closures = [np.where(np.arange(len(program.upper)) % 7 == n, 0.0, program.upper) for n in range(5)]
    closures = [np.where(program.columns["kind"].eq("unmet"), program.upper, closed) for closed in closures]
    warm = Prepared(program)
    forth = [warm.solve(upper=closed).objective for closed in closures]
    back = [warm.solve(upper=closed).objective for closed in reversed(closures)][::-1]
    assert forth == back
    fresh = [Prepared(program).solve(upper=closed).objective for closed in closures]
    assert forth == fresh


def test_a_warm_solve_forgets_what_the_question_before_changed():
    sites, arcs, demand = random_case(5, mines=8, plants=6)
    program = build(sites, arcs, demand, options=OPTIONS).program
    shut = np.where(np.arange(len(program.upper)) % 7 == 1, 0.0, program.upper)
    dear, tight = program.cost * 1.5, np.where(np.isfinite(program.row_upper), program.row_upper * 1.01, np.inf)
    asked = [
        {"upper": shut, "cost": dear},
        {"upper": program.upper},
        {"upper": program.upper, "row_upper": tight},
        {"upper": shut, "row_upper": tight},
        {"upper": shut},
        {"upper": program.upper, "cost": dear},
    ]
    warm = Prepared(program)
    for one in [*asked, *asked[::-1]]:
        found, fresh = warm.solve(**one), Prepared(program, base=solve(program)).solve(**one)
        assert np.array_equal(found.amounts, fresh.amounts)
        assert np.array_equal(found.row_duals, fresh.row_duals)


def test_frames_checked_once_answer_every_rule_to_the_last_digit():
    sites, arcs, demand = random_case(5, mines=8, plants=6)
    every = {"tariff": arcs.index[::3], "quota": arcs.index[::4], "blocked": arcs.index[::5]}
    rules = [
        effects_frame([(arc, "rule", kind, 40.0, None, None) for arc in held])
        for kind, held in [*every.items(), ("", [])]
    ]
    used = in_use(sites, arcs, demand, unknown_capacity_t_yr=None)
    for effects in [*rules, *rules[::-1]]:
        kept = allocate_used(used, options=OPTIONS, effects=effects)
        fresh = allocate(sites, arcs, demand, options=OPTIONS, effects=effects)
        for name in ("flows", "balance", "duals"):
            pd.testing.assert_frame_equal(getattr(kept, name), getattr(fresh, name), check_exact=True)
        pd.testing.assert_series_equal(kept.status, fresh.status, check_exact=True)


def test_the_second_pass_answers_as_a_solver_that_never_saw_the_first(monkeypatch):
    passed, plain = [], solver._pass
    monkeypatch.setattr(solver, "_pass", lambda highs, program: (passed.append(program), plain(highs, program)))
    for seed in range(4):
        model = build(*random_case(seed, mines=8, plants=6), options=OPTIONS)
        _, last = solve_in_order(model.program, model.hours)
        fresh = solve(passed[-1])
        assert passed[-1].cost is model.hours
        assert np.array_equal(last.amounts, fresh.amounts)
        assert np.array_equal(last.row_duals, fresh.row_duals)


def test_a_solver_that_answered_others_answers_as_a_new_one():
    models = [build(*random_case(seed, mines=8, plants=6), options=OPTIONS) for seed in range(4)]
    fresh = []
    for model in models:
        solver._IDLE.clear()
        fresh.append(solve_in_order(model.program, model.hours))
    assert len(solver._IDLE) == 1
    for (first, last), model in zip([*fresh, *fresh[::-1]], [*models, *models[::-1]], strict=True):
        for new, lent in zip((first, last), solve_in_order(model.program, model.hours), strict=True):
            assert np.array_equal(new.amounts, lent.amounts)
            assert np.array_equal(new.row_duals, lent.row_duals)
            assert np.array_equal(new.reduced_costs, lent.reduced_costs)
    assert len(solver._IDLE) == 1


def test_a_solver_that_failed_is_not_lent_again(monkeypatch):
    model = build(*random_case(5, mines=8, plants=6), options=OPTIONS)
    solver._IDLE.clear()
    monkeypatch.setattr(solver, "_residual", lambda *_: np.inf)
    with pytest.raises(solver.SolverError):
        solve_in_order(model.program, model.hours)
    assert not solver._IDLE


def test_an_answer_that_does_not_hold_is_solved_again_from_nothing_and_refused_if_it_still_does_not(monkeypatch):
    sites, arcs, demand = random_case(5, mines=8, plants=6)
    program = build(sites, arcs, demand, options=OPTIONS).program
    good, warm, looked = solve(program), Prepared(program), solver._residual
    assert not good.cold

    def failing(times):
        left = iter([np.inf] * times)
        monkeypatch.setattr(solver, "_residual", lambda *found: next(left, looked(*found)))

    for again in (lambda: solve(program), lambda: warm.solve(upper=program.upper)):
        failing(1)
        second = again()
        assert second.cold
        assert second.objective == pytest.approx(good.objective, rel=1e-9)
        failing(2)
        with pytest.raises(solver.SolverError, match="largest violation inf"):
            again()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s, a, d: (s, a.assign(cost_usd_t=-1.0), d), "cost_usd_t"),
        (lambda s, a, d: (s.assign(**{"yield": 0.0}), a, d), "yield"),
        (lambda s, a, d: (s.assign(capacity_t_yr=np.inf), a, d), "capacity_t_yr"),
        (lambda s, a, d: (s, a.assign(to_id="nowhere"), d), "to_id"),
        (lambda s, a, d: (s, a.assign(to_id="mine_aus"), d), "takes nothing in"),
        (lambda s, a, d: (s, a.assign(from_id="USA"), d), "from_id is no site"),
        (lambda s, a, d: (s, pd.concat([a, a.iloc[:1]]), d), r"arc_id is not unique: mine_\w+>plant_\w+ \(1\)"),
        (lambda s, a, d: (pd.concat([s, s.iloc[1:2]]), a, d), r"site_id is not unique: \w+ \(1\)"),
        (lambda s, a, d: (s, a, pd.concat([d, d])), "hub is not unique"),
        (lambda s, a, d: (s, a, d.rename({"USA": "plant_jpn"})), r"one id for a site and a hub: plant_jpn \(1\)"),
    ],
)
def test_frames_that_cannot_be_used_are_refused_with_the_reason(change, message):
    with pytest.raises(ContractError, match=message):
        allocate(*change(*toy()), options=OPTIONS)


def test_a_circle_of_plants_is_refused():
    sites, arcs, demand = toy()
    circle = arcs_frame([("plant_chn", "plant_jpn", 1.0, 1.0, ()), ("plant_jpn", "plant_chn", 1.0, 1.0, ())], sites)
    with pytest.raises(ContractError, match="circle: plant_chn, plant_jpn"):
        allocate(sites, pd.concat([arcs, circle]), demand, options=OPTIONS)


def test_nonsense_options_are_refused():
    for bad in (
        lambda: AllocationOptions(unmet_usd_t=0.0),
        lambda: AllocationOptions(unmet_usd_t=1.0, unknown_capacity_t_yr=float("inf")),
        lambda: AlliedShare(members=ALLIES, share=1.5, hubs=frozenset()),
        lambda: Throughput("suez", float("nan")),
    ):
        with pytest.raises(BadInputError):
            bad()


def test_scales_apart_by_a_factor_of_ten_thousand_give_the_same_shares():
    sites, arcs, demand = random_case(2)
    small = allocate(sites, arcs, demand, options=OPTIONS)
    sites["capacity_t_yr"] *= 1e4
    large = allocate(sites, arcs, demand * 1e4, options=OPTIONS)
    assert np.allclose(large.flows["t_yr"], small.flows["t_yr"] * 1e4, rtol=1e-9)
    assert list(itertools.chain(large.duals["sentence"])) == list(small.duals["sentence"])


def test_the_solver_keeps_off_standard_output():
    code = "from tests.geo.test_allocation import *; allocate(*toy(), options=OPTIONS)"
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout == ""


def test_a_content_rule_on_arcs_that_are_left_out_binds_the_others():
    sites, arcs, demand = toy()
    sites = sites.assign(capacity_t_yr=sites["capacity_t_yr"].where(sites.index != "plant_chn"))
    rows = [(arc, "content", "content", 0.0, "CHN", "mining") for arc in arcs.index[arcs["stage"].eq("refining")]]
    answer = allocate(sites, arcs, demand, options=OPTIONS, effects=effects_frame(rows))
    assert not answer.flows.index.str.startswith("plant_chn").any()
    assert answer.flows.loc[["mine_chn>plant_jpn"], "t_yr"].sum() == pytest.approx(0.0)
    assert answer.flows.loc["mine_aus>plant_jpn", "t_yr"] > 0


@pytest.mark.parametrize(("need_t_yr", "told"), [(50.0, ": it does not come, this is the penalty."), (20.0, " USD/t.")])
def test_a_last_tonne_that_does_not_come_is_said_to_be_priced_at_the_penalty(need_t_yr, told):
    sites = pd.DataFrame(
        {"stage": ["mining"], "country_iso3": ["AUS"], "capacity_t_yr": [40.0], "yield": [1.0], "source": [True]},
        index=["mine"],
    )
    arcs = pd.DataFrame(
        {"from_id": ["mine"], "to_id": ["USA"], "stage": ["mining"], "cost_usd_t": [10.0], "time_h": [1.0],
         "chokepoints": [()], "countries": [("AUS", "USA")]}, index=["a"],
    )  # fmt: skip
    demand = pd.DataFrame({"demand_t_yr": [need_t_yr]}, index=["USA"])
    duals = allocate(sites, arcs, demand, options=OPTIONS).duals
    sentence = duals.loc[duals["kind"].eq("demand"), "sentence"].item()
    assert sentence.endswith(told)
    assert ("penalty" in sentence) == (need_t_yr > 40.0)
