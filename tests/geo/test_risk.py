"""Chokepoint risk: the formulas against simulation and hand counts."""

import numpy as np
import pandas as pd
import pytest

from geo.errors import BadInputError, ContractError
from geo.recourse import delay_if_closed, expected_outcome, state_probabilities, worst_delay
from geo.risk import DAYS_PER_YEAR, chokepoint_risk, common_shocks, corridor_risk, renewal, single_events

HAZARDS = pd.DataFrame(
    [
        ("suez", "war", 0.275, 70.0, 0.5),
        ("suez", "blockage", 0.05, 3.0, 1.0),
        ("bab", "war", 0.45, 38.0, 0.5),
        ("malacca", "storm", 0.2, 5.0, 1.0),
        ("kerch", "war", np.nan, 30.0, 1.0),
    ],
    columns=["chokepoint_id", "hazard", "annual_rate", "duration_days", "severity"],
)
RED_SEA = pd.DataFrame(
    [("red_sea", "suez", "war", 0.2, 60.0, 0.5), ("red_sea", "bab", "war", 0.2, 60.0, 0.5)],
    columns=["event", "chokepoint_id", "hazard", "annual_rate", "duration_days", "severity"],
)


def corridors(*crossed):
    index = pd.Index([f"c{i}" for i in range(len(crossed))], name="corridor_id")
    return pd.DataFrame({"chokepoints": list(crossed)}, index=index)


def test_renewal_formulas_meet_a_simulated_strait():
    rate, days, cv = 0.5, 120.0, 1.5
    row = pd.DataFrame({"annual_rate": [rate], "duration_days": [days], "severity": [1.0]})
    answer = renewal(row, horizon_yr=2, duration_cv=cv).iloc[0]
    stream = np.random.default_rng(7)
    sigma = np.sqrt(np.log1p(cv**2))
    up = stream.exponential(DAYS_PER_YEAR / rate, 200_000)
    down = stream.lognormal(np.log(days) - sigma**2 / 2, sigma, 200_000)
    assert down.sum() / (up + down).sum() == pytest.approx(answer["unavailability"], rel=0.02)
    assert (up < 2 * DAYS_PER_YEAR).mean() == pytest.approx(answer["p_onset"], abs=0.005)
    # Ships arrive at random moments of the closed time: long closures are met more often.
    arrivals = stream.uniform(0, down.sum(), 200_000)
    ends = np.cumsum(down)
    wait = ends[np.searchsorted(ends, arrivals)] - arrivals
    assert wait.mean() == pytest.approx(answer["residual_wait_days"], rel=0.1)
    assert answer["closure_days_yr"] == pytest.approx(DAYS_PER_YEAR * answer["unavailability"])


def test_hazards_combine_and_an_incomplete_one_makes_the_chokepoint_unknown():
    table = chokepoint_risk(HAZARDS, horizon_yr=3, duration_cv=1)
    each = renewal(HAZARDS, horizon_yr=3, duration_cv=1)["blocked_share"]
    assert table.loc["suez", "closed_share"] == pytest.approx(1 - (1 - each[0]) * (1 - each[1]))
    assert table.loc["suez", "p_onset"] == pytest.approx(1 - np.exp(-3 * 0.325))
    assert table.loc["kerch", ["closed_share", "closure_days_yr", "p_onset"]].isna().all()
    assert table["hazards_unknown"].to_dict() == {"bab": 0, "kerch": 1, "malacca": 0, "suez": 0}


def test_corridor_closure_is_a_union_and_unknown_is_counted():
    risk = corridor_risk(
        corridors(("suez", "bab"), ("malacca",), ("suez", "kerch", "magellan"), ()), single_events(HAZARDS)
    )
    days = chokepoint_risk(HAZARDS, horizon_yr=1, duration_cv=1)["closure_days_yr"]
    assert days["bab"] < risk.loc["c0", "closure_days_yr"] < days["suez"] + days["bab"]
    assert risk.loc["c1", "closure_days_yr"] == pytest.approx(days["malacca"])
    assert np.isnan(risk.loc["c2", "closure_days_yr"])
    assert risk.loc["c2", "closure_days_known_yr"] == pytest.approx(days["suez"])
    assert risk["chokepoints_unknown"].tolist() == [0, 0, 2, 0]
    assert risk.loc["c3", "closure_days_yr"] == 0


def test_a_joint_event_counts_once_for_a_corridor_past_both():
    apart = corridor_risk(corridors(("suez", "bab")), single_events(HAZARDS)).loc["c0", "closure_days_yr"]
    joint = corridor_risk(corridors(("suez", "bab")), common_shocks(HAZARDS, RED_SEA)).loc["c0", "closure_days_yr"]
    assert joint < apart
    rates = common_shocks(HAZARDS, RED_SEA).groupby("chokepoint_id")["annual_rate"].sum()
    assert rates["suez"] == pytest.approx(0.325)
    assert rates["bab"] == pytest.approx(0.45)


def test_every_breach_of_a_joint_event_is_named():
    wrong = pd.DataFrame(
        [("x", "suez", "war", 0.9, 60.0, 0.5), ("x", "bab", "flood", 0.1, 60.0, 0.5)], columns=RED_SEA.columns
    )
    with pytest.raises(ContractError) as error:
        common_shocks(HAZARDS, wrong)
    assert "bab/flood: no such hazard" in str(error.value)
    assert "suez/war exceeds" in str(error.value)
    assert "event x: rows disagree" in str(error.value)


def test_state_probabilities_agree_with_the_union():
    events = common_shocks(HAZARDS, RED_SEA)
    states = state_probabilities(["suez", "bab", "malacca"], events)
    assert len(states) == 8
    assert states.sum() == pytest.approx(1)
    open_share = corridor_risk(corridors(("suez", "bab", "malacca")), events).loc["c0", "availability"]
    assert states.loc[[frozenset()]].item() == pytest.approx(open_share)
    both = sum(p for shut, p in states.items() if {"suez", "bab"} <= shut)
    alone = {k: sum(p for shut, p in states.items() if k in shut) for k in ("suez", "bab")}
    assert both > alone["suez"] * alone["bab"]


def test_states_refuse_seven_and_are_unknown_without_rates():
    events = single_events(HAZARDS)
    with pytest.raises(BadInputError, match="at most 6"):
        state_probabilities("abcdefg", events)
    assert state_probabilities(["suez", "kerch"], events).isna().all()
    assert state_probabilities(["suez", "magellan"], events).isna().all()


def test_recourse_weighs_states_strandings_and_gaps():
    index = pd.Index([frozenset(), frozenset({"a"}), frozenset({"b"}), frozenset({"a", "b"})], tupleize_cols=False)
    p = pd.Series([0.8, 0.1, 0.05, 0.05], index=index)
    hours = dict(zip(index, [600.0, 700.0, 800.0, np.inf], strict=True))
    result = expected_outcome(p, hours)
    assert result["p_stranded"] == pytest.approx(0.05)
    assert result["expected"] == pytest.approx((0.8 * 600 + 0.1 * 700 + 0.05 * 800) / 0.95)
    del hours[index[2]]
    gap = expected_outcome(p, hours)
    assert np.isnan(gap["expected"])
    assert gap["p_unknown"] == pytest.approx(0.05)


def test_worst_delay_keeps_stranding_and_unknown_apart():
    lanes = corridors(("suez", "bab"), ("suez", "bab"), ("suez", "bab"), ())
    detours = pd.DataFrame(
        {"suez": [240.0, 240.0, np.nan, 1.0], "bab": [120.0, np.nan, np.inf, 1.0]}, index=lanes.index
    )
    delays = delay_if_closed(lanes, detours)
    worst = worst_delay(lanes, delays)
    assert len(delays) == 6
    assert worst["closure_delay_days"].tolist() == pytest.approx([10.0, np.nan, np.inf, 0.0], nan_ok=True)
    assert worst["closure_delays_unknown"].tolist() == [0, 1, 1, 0]
    assert worst.loc["c0", "closure_delay_at"] == "suez"
