"""Scores: goalposts, monotone, no rank reversal, unknown never read as good, cross-checks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pymcdm.methods import TOPSIS

from geo.crosscheck import agreement, comparable, cross_check
from geo.errors import ContractError, UnknownIdError
from geo.scores import CriteriaTable, criteria_table, normalise, score, score_parts, transport_criteria, weights

FLOOR = 0.01
CRITERIA = pd.DataFrame(
    {
        "label": ["Cost", "Time", "Allied"],
        "unit": ["USD/t", "days", "0-1"],
        "goalpost_best": [10.0, 5.0, 1.0],
        "goalpost_worst": [1000.0, 105.0, 0.0],
        "scale": ["log", "linear", "linear"],
        "weight_default": [2.0, 1.0, 1.0],
    },
    index=pd.Index(["cost_usd_t", "time_days", "allied_chain"], name="criterion"),
)
WEIGHT = weights(CRITERIA)

share = st.floats(0, 1, allow_subnormal=False)
rows = st.lists(st.tuples(share, share, share), min_size=2, max_size=12)
rows_with_gaps = st.lists(st.tuples(*[st.one_of(st.just(np.nan), share)] * 3), min_size=1, max_size=12)


def frame(values):
    index = pd.Index([f"c{i:02d}" for i in range(len(values))], name="corridor_id")
    return pd.DataFrame(values, columns=CRITERIA.index, index=index, dtype=float)


def corridors():
    return pd.DataFrame(
        {
            "status": ["open", "rerouted", "stranded"],
            "cost_usd_t": [100.0, 10.0, np.nan],
            "time_h": [55 * 24.0, np.nan, np.nan],
            "time_p95_h": np.nan,
            "co2e_kg_t": np.nan,
            "maturity": 1.0,
        },
        index=pd.Index(["a", "b", "s"], name="corridor_id"),
    )


def table():
    alliance = pd.DataFrame(
        {"allied_chain": [1.0, 0.0, 1.0], "allied_chain_truth": "compiled", "outside": ""}, index=["a", "b", "s"]
    )
    return criteria_table(corridors(), CRITERIA, parts=[transport_criteria(corridors()), alliance])


def test_readme_topsis_is_reproduced():
    matrix = np.array([[4, 4], [1, 5], [3, 2], [4, 2]])
    answer = TOPSIS()(matrix, np.array([0.5, 0.5]), np.array([1, -1]), validation=False)
    assert answer == pytest.approx([0.6126, 0, 0.7829, 1], abs=5e-5)


def test_readme_topsis_of_2025_is_reproduced():
    matrix = np.array([[4, 4, 0.2], [1, 5, 0.5], [3, 2, 0.3], [4, 3, 0.5]])
    answer = TOPSIS()(matrix, np.array([0.3, 0.5, 0.2]), np.array([1, -1, 1]), validation=False)
    assert answer == pytest.approx([0.469, 0.255, 0.765, 0.747], abs=5e-4)


def test_goalposts_clip_and_keep_the_unknown():
    values = frame([(10, 5, 1), (1000, 105, 0), (1, 0, 2), (np.inf, np.inf, -1), (100, 55, np.nan)])
    u = normalise(values, CRITERIA)
    assert u.iloc[:4].to_numpy().tolist() == [[1, 1, 1], [0, 0, 0], [1, 1, 1], [0, 0, 0]]
    assert u.iloc[4].tolist() == pytest.approx([0.5, 0.5, np.nan], nan_ok=True)
    with pytest.raises(UnknownIdError, match="charm"):
        normalise(values.assign(charm=1.0), CRITERIA)


def test_table_carries_truth_and_a_stranded_corridor_has_none():
    built = table()
    assert built.truth.loc["a"].tolist() == ["estimated", "estimated", "compiled"]
    assert built.truth.loc["b"].tolist() == ["estimated", "unknown", "compiled"]
    assert built.raw.loc["s"].isna().all()
    scored = score(normalise(built.raw, CRITERIA), WEIGHT, floor=FLOOR)
    assert scored.loc["s", ["score", "score_low", "score_high"]].isna().all()
    assert pd.isna(scored.loc["s", "rank"])
    assert scored.loc["b", "unknown"] == ("time_days",)
    assert scored.loc["b", "known_weight"] == pytest.approx(0.75)


def test_a_criterion_missing_or_given_twice_is_an_error():
    part = transport_criteria(corridors())
    with pytest.raises(ContractError, match="cost_usd_t is in 2 parts; time_days is in 2 parts; allied_chain is in 0"):
        criteria_table(corridors(), CRITERIA, parts=[part, part])


def test_truth_may_not_contradict_its_value():
    built = table()
    claims = built.truth.copy()
    claims.loc["b", "time_days"] = "reported"
    with pytest.raises(ContractError, match="contradicts the value in time_days"):
        CriteriaTable(built.raw, claims)
    with pytest.raises(ContractError, match="same, unique labels"):
        CriteriaTable(built.raw, built.truth.iloc[::-1])


def test_weights_sum_to_one_and_bad_ones_are_refused():
    assert WEIGHT.to_dict() == {"cost_usd_t": 0.5, "time_days": 0.25, "allied_chain": 0.25}
    chosen = weights(CRITERIA, chosen={"cost_usd_t": 0, "time_days": 3})
    assert chosen.to_dict() == {"cost_usd_t": 0, "time_days": 0.75, "allied_chain": 0.25}
    with pytest.raises(UnknownIdError):
        weights(CRITERIA, chosen={"charm": 1})
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(ContractError):
            weights(CRITERIA, chosen={"cost_usd_t": bad})
    with pytest.raises(ContractError):
        weights(CRITERIA, chosen=dict.fromkeys(CRITERIA.index, 0))


def test_parts_add_up_to_the_score():
    built = table()
    parts = score_parts(built, CRITERIA, WEIGHT, floor=FLOOR)
    scored = score(normalise(built.raw, CRITERIA), WEIGHT, floor=FLOOR)["score"]
    logs = parts.groupby("corridor_id")["contribution"].sum(min_count=1)
    assert np.exp(logs).tolist() == pytest.approx(scored.tolist(), nan_ok=True)
    assert parts.groupby("corridor_id")["weight_used"].sum().tolist() == pytest.approx([1, 1, 0])
    assert parts.loc[parts["value"].isna(), "truth_state"].eq("unknown").all()
    assert len(parts) == 9


@given(rows, st.integers(0, 2), share)
def test_a_better_criterion_never_lowers_the_score(values, column, step):
    u = frame(values)
    better = u.copy()
    better.iloc[0, column] = min(1.0, u.iloc[0, column] + step)
    before, after = (score(x, WEIGHT, floor=FLOOR)["score"] for x in (u, better))
    assert after.iloc[0] >= before.iloc[0] - 1e-12
    assert after.iloc[1:].equals(before.iloc[1:])


@given(rows)
def test_leaving_the_worst_out_reorders_nobody(values):
    u = frame(values)
    whole = score(u, WEIGHT, floor=FLOOR)
    rest = score(u.drop(whole["score"].idxmin()), WEIGHT, floor=FLOOR)
    assert rest["score"].equals(whole.loc[rest.index, "score"])
    assert rest["rank"].equals(whole.loc[rest.index, "rank"])


@given(rows_with_gaps, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(values, random):
    u = frame(values)
    order = list(u.index)
    random.shuffle(order)
    pd.testing.assert_frame_equal(score(u, WEIGHT, floor=FLOOR), score(u.loc[order], WEIGHT, floor=FLOOR).loc[u.index])


@given(rows, st.integers(0, 2), share)
def test_hiding_a_value_widens_the_bounds_and_never_lifts_the_low_one(values, column, truth):
    u = frame(values)
    u.iloc[0, column] = truth
    hidden = u.copy()
    hidden.iloc[0, column] = np.nan
    full, less = (score(x, WEIGHT, floor=FLOOR).iloc[0] for x in (u, hidden))
    assert less["score_low"] <= full["score_low"] + 1e-12
    assert less["score_high"] >= full["score_high"] - 1e-12
    assert less["score_low"] - 1e-12 <= less["score"] <= less["score_high"] + 1e-12
    assert full["score_low"] == pytest.approx(full["score"]) == pytest.approx(full["score_high"])


def test_cross_checks_agree_where_one_corridor_beats_the_other_everywhere():
    matrix, kept = comparable(frame([(0.9, 0.8, 1), (0.5, 0.5, np.nan), (0.1, 0.2, 0), (np.nan,) * 3]), WEIGHT)
    assert list(matrix.columns) == ["cost_usd_t", "time_days"]
    assert kept.sum() == pytest.approx(1)
    assert len(matrix) == 3
    assert agreement(cross_check(matrix, kept, floor=FLOOR)).to_dict() == pytest.approx(
        {"weighted_sum": 1, "topsis": 1, "promethee_ii": 1}
    )


def test_cross_check_of_equal_corridors_has_no_answer_and_of_gaps_is_refused():
    equal = cross_check(frame([(0.5, 0.5, 0.5)] * 2), WEIGHT, floor=FLOOR)
    assert equal[["topsis", "promethee_ii"]].isna().all(axis=None)
    assert agreement(equal).isna().all()
    with pytest.raises(ContractError):
        cross_check(frame([(0.5, np.nan, 0.5)]), WEIGHT, floor=FLOOR)


@settings(max_examples=25)
@example([(0.0, 0.0, 0.0), (0.0, 0.0, 7.9e-219)])  # TOPSIS squares differences
@given(rows)
def test_weighted_sum_is_the_plain_one(values):
    u = frame(values)
    assert cross_check(u, WEIGHT, floor=FLOOR)["weighted_sum"].tolist() == pytest.approx((u @ WEIGHT).tolist())
