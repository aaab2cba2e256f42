"""Stocks last as long as a hand count says, and the plan is the optimum that scipy finds."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from geo.errors import BadInputError, ContractError
from geo.stockpile import days_of_cover, drawdown, rank_measures, survival, weekly_gap
from geo.stockpile_plan import PlanOptions, cvar, purchase_plan


def item(**changes):
    plain = {"stock_t": 60.0, "demand_t_yr": 365.0, "share_lost": 0.9, "lead_weeks": 104.0, "ramp_weeks": 52.0}
    return pd.DataFrame(plain | changes, index=["gallium"])


def test_gallium_is_empty_in_week_nine_and_needs_824_days():
    answer = survival(item()).loc["gallium"]
    assert answer["empty_week"] == 9
    assert round(answer["bridge_days"]) == 824
    assert answer["short"]
    table = drawdown(item(), weeks=12)["unmet_t"].loc["gallium"]
    assert (table > 0).idxmax() == 9


def test_a_stock_of_the_bridge_meets_every_week_and_a_kilogram_less_does_not():
    bridge = survival(item()).loc["gallium", "bridge_t"]
    assert np.isinf(survival(item(stock_t=bridge + 1e-9)).loc["gallium", "empty_week"])
    assert survival(item(stock_t=bridge - 1e-3)).loc["gallium", "short"]


@given(
    stock=st.floats(0, 500), lost=st.floats(0, 1), lead=st.floats(0, 60), ramp=st.floats(0, 60), more=st.floats(0, 100)
)
@settings(max_examples=60)
def test_more_stock_never_runs_out_sooner_and_tonnes_add_up(stock, lost, lead, ramp, more):
    mine = item(stock_t=stock, share_lost=lost, lead_weeks=lead, ramp_weeks=ramp)
    first, second = (
        survival(frame).loc["gallium", "empty_week"] for frame in (mine, mine.assign(stock_t=stock + more))
    )
    assert second >= first
    table = drawdown(mine, weeks=130)
    used = stock - table["stock_t"].iloc[-1]
    assert table["gap_t"].sum() == pytest.approx(used + table["unmet_t"].sum(), abs=1e-6)


def test_without_a_ramp_the_alternatives_step_in_after_the_lead():
    gap = weekly_gap(item(lead_weeks=2.0, ramp_weeks=0.0), weeks=5).loc["gallium"]
    assert (gap > 0).tolist() == [True, True, True, False, False]


def test_unknown_stays_unknown_and_nothing_lost_lasts_for_ever():
    assert survival(item(lead_weeks=np.nan)).loc["gallium", ["empty_week", "short"]].isna().all()
    assert survival(item(stock_t=np.nan))["empty_week"].isna().all()
    assert np.isinf(days_of_cover(item(share_lost=0.0)).loc["gallium"])
    assert not survival(item(share_lost=0.0)).loc["gallium", "short"]
    with pytest.raises(ContractError, match="share_lost above 1"):
        survival(item(share_lost=1.2))


def test_goods_in_transit_delay_the_empty_week():
    receipts = pd.DataFrame({0: [12.6]}, index=["gallium"])
    assert survival(item(), receipts=receipts).loc["gallium", "empty_week"] == 11
    table = drawdown(item(), weeks=12, receipts=receipts)["unmet_t"].loc["gallium"]
    assert (table > 0).idxmax() == 11


def test_measures_are_ranked_by_days_per_dollar_and_unknown_cost_comes_last():
    measures = pd.DataFrame(
        {
            "item": "gallium",
            "add_stock_t": [60.0, 60.0, 10.0],
            "less_lead_weeks": [0.0, 0.0, 0.0],
            "less_share_lost": 0.0,
            "cost_usd": [2e6, np.nan, 1e6],
        },
        index=["double", "no price", "a little"],
    )
    ranked = rank_measures(item(), measures)
    assert ranked.index.tolist() == ["double", "a little", "no price"]
    assert ranked.loc["double", "days_gained"] == pytest.approx(9 * 365 / 52)


# ---------------- what to buy
def plan_case(seed=1, scenarios=40):
    draw = np.random.default_rng(seed)
    names = ["copper", "gallium", "tin"]
    minerals = pd.DataFrame(
        {
            "price_usd_t": [9e3, 4e5, 3e4],
            "loss_usd_t": [3e4, 8e6, 9e4],
            "market_t": [1e5, 40.0, 5e3],
            "stock_t": [0.0, 5.0, 0.0],
        },
        index=pd.Index(names, name="mineral"),
    )
    hit = draw.random((scenarios, 3)) < 0.3
    shortfalls = pd.DataFrame(hit * draw.uniform(0, [5e4, 60.0, 8e3], (scenarios, 3)), columns=names)
    probability = pd.Series(draw.dirichlet(np.ones(scenarios)), index=shortfalls.index)
    return minerals, shortfalls, probability


def options(budget=1e8, tail_weight=0.5):
    return PlanOptions(budget_usd=budget, tail=0.9, tail_weight=tail_weight)


def weighted(plan, tail_weight=0.5):
    return (1 - tail_weight) * plan.losses.loc["with", "expected_usd"] + tail_weight * plan.losses.loc[
        "with", "cvar_usd"
    ]


def judge(minerals, shortfalls, probability, asked):
    """The same programme in tonnes and dollars, every cell written out, for scipy."""
    count, cells = len(minerals), shortfalls.size
    scenarios = len(shortfalls)
    worth = minerals["loss_usd_t"].to_numpy()
    short = np.maximum(shortfalls.to_numpy() - minerals["stock_t"].to_numpy(), 0)
    weight = probability.to_numpy()
    cost = np.r_[
        np.zeros(count),
        (1 - asked.tail_weight) * (weight[:, None] * worth).ravel(),
        asked.tail_weight,
        asked.tail_weight / (1 - asked.tail) * weight,
    ]
    covered = np.c_[np.tile(-np.eye(count), (scenarios, 1)), -np.eye(cells), np.zeros((cells, 1 + scenarios))]
    per_scenario = np.kron(np.eye(scenarios), worth)
    tails = np.c_[np.zeros((scenarios, count)), per_scenario, -np.ones((scenarios, 1)), -np.eye(scenarios)]
    budget = np.r_[minerals["price_usd_t"], np.zeros(cells + 1 + scenarios)][None]
    bounds = [(0, most) for most in minerals["market_t"]] + [(0, None)] * (cells + 1 + scenarios)
    answer = linprog(
        cost, np.r_[covered, tails, budget], np.r_[-short.ravel(), np.zeros(scenarios), asked.budget_usd], bounds=bounds
    )
    assert answer.success
    return answer.fun


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("tail_weight", [0.0, 0.5, 1.0])
def test_the_plan_is_the_optimum_scipy_finds(seed, tail_weight):
    case = plan_case(seed)
    plan = purchase_plan(*case, options=options(tail_weight=tail_weight))
    assert weighted(plan, tail_weight) == pytest.approx(judge(*case, options(tail_weight=tail_weight)), rel=1e-6)
    assert plan.purchases["spend_usd"].sum() <= 1e8 * (1 + 1e-9)
    assert (plan.purchases["buy_t"] <= case[0]["market_t"] * (1 + 1e-9)).all()


@pytest.mark.parametrize("budget", [1e15, 1e20, 1e30])
def test_a_budget_beyond_all_markets_buys_what_one_that_just_suffices_does(budget):
    case = plan_case()
    enough, huge = (purchase_plan(*case, options=options(spent)) for spent in (1e12, budget))
    assert enough.purchases["buy_t"].sum() > 0
    assert huge.purchases["buy_t"].to_numpy() == pytest.approx(enough.purchases["buy_t"].to_numpy(), rel=1e-6)
    assert huge.last_dollar_usd == pytest.approx(0.0, abs=1e-9)


def test_the_last_dollar_is_worth_what_a_larger_budget_saves():
    case = plan_case()
    small, large = (purchase_plan(*case, options=options(budget)) for budget in (1e7, 1e7 + 10.0))
    assert (weighted(small) - weighted(large)) / 10.0 == pytest.approx(small.last_dollar_usd, rel=1e-3)
    values = [purchase_plan(*case, options=options(budget)).last_dollar_usd for budget in (1e6, 1e7, 1e8, 1e10)]
    assert values == sorted(values, reverse=True)
    assert values[-1] == 0.0


def test_a_mineral_with_an_unknown_number_stays_in_the_answer_unknown():
    minerals, shortfalls, probability = plan_case()
    minerals.loc["tin", "price_usd_t"] = np.nan
    plan = purchase_plan(minerals, shortfalls, probability, options=options())
    assert plan.purchases.loc["tin"].isna().all()
    assert plan.purchases.loc["gallium"].notna().all()


def test_cvar_is_the_mean_of_the_tail():
    losses = np.arange(100.0)
    assert cvar(losses, np.full(100, 0.01), tail=0.95) == pytest.approx(97.0)
    assert cvar(losses, np.full(100, 0.01), tail=0.0) == pytest.approx(49.5)


def test_a_plan_that_cannot_be_made_says_why():
    minerals, shortfalls, probability = plan_case()
    with pytest.raises(ContractError, match="no shortfalls for tin; probabilities"):
        purchase_plan(minerals, shortfalls.drop(columns="tin"), probability * 2, options=options())
    with pytest.raises(BadInputError, match="budget above 0"):
        options(budget=0.0)
