"""SMAA and the Pareto filter: shares sum, order does not matter, unknown is not good."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import BadInputError
from geo.pareto import non_dominated
from geo.robustness import separable, smaa

OPTIONS = {"alpha": pd.Series({"x": 1.0, "y": 1.0}), "floor": 0.01, "draws": 2000, "seed": 1}


def frame(rows):
    index = pd.Index([f"c{i:02d}" for i in range(len(rows))], name="corridor_id")
    return pd.DataFrame(rows, columns=["x", "y"], index=index, dtype=float)


def test_a_mirror_pair_splits_the_draws_and_is_not_separable():
    u = frame([(0.9, 0.2), (0.2, 0.9), (0.1, 0.1)])
    result = smaa(u, u, **OPTIONS)
    assert result.rank_acceptability.loc["c02", 3] == 1
    assert result.winning.loc["c00", "c01"] == pytest.approx(0.5, abs=0.05)
    told = separable(result.winning, low=0.25, high=0.75)
    assert not told.loc["c00", "c01"]
    assert told.loc["c00", "c02"]
    assert not told.to_numpy().diagonal().any()
    # The weights that put a corridor first lean to the criterion it is good at.
    assert result.central_weights.loc["c00", "x"] == pytest.approx(0.75, abs=0.05)
    assert result.central_weights.loc["c02"].isna().all()
    assert result.summary.loc["c02", ["expected_rank", "rank_p05", "rank_p95"]].tolist() == [3, 3, 3]


@settings(max_examples=20)
@given(
    st.lists(st.tuples(*[st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0, np.nan])] * 2), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_shares_sum_and_the_order_of_rows_does_not_matter(rows, random):
    u = frame(rows)
    order = list(u.index)
    random.shuffle(order)
    options = OPTIONS | {"draws": 203}
    result, shuffled = smaa(u, u, **options), smaa(u.loc[order], u.loc[order], **options)
    assert result.rank_acceptability.sum(axis=1).tolist() == pytest.approx([1] * len(result.summary))
    pd.testing.assert_frame_equal(result.rank_acceptability, shuffled.rank_acceptability)
    pd.testing.assert_frame_equal(result.winning, shuffled.winning)
    both = result.winning + result.winning.T
    assert np.nan_to_num(both.to_numpy(), nan=1.0) == pytest.approx(1.0)
    first = result.rank_acceptability.get(1, pd.Series(dtype=float)).to_numpy()
    assert first.sum() >= 1 - 1e-9 or not len(first)


def test_pairs_agree_with_a_plain_loop():
    rng = np.random.default_rng(3)
    u = frame(rng.random((6, 2)))
    result = smaa(u, u, **OPTIONS | {"draws": 1029})
    stream = np.random.Generator(np.random.Philox(key=1))
    w = np.vstack([stream.dirichlet([1, 1], size=n) for n in (1024, 5)])
    s = w @ np.log(0.01 + 0.99 * u.to_numpy()).T
    plain = (s[:, :, None] > s[:, None, :]).mean(axis=0)
    np.fill_diagonal(plain, np.nan)
    assert result.winning.to_numpy() == pytest.approx(plain, nan_ok=True)
    assert result.summary["first_share"].tolist() == pytest.approx(np.bincount(s.argmax(1), minlength=6) / 1029)


def test_twins_tie_and_share_the_better_rank():
    u = frame([(0.5, 0.5), (0.5, 0.5), (0.1, 0.1)])
    result = smaa(u, u, **OPTIONS)
    assert result.rank_acceptability[1].tolist() == [1, 1, 0]
    assert result.winning.loc["c00", "c01"] == 0.5


def test_unknown_is_drawn_from_the_whole_scale_and_a_blank_corridor_is_left_out():
    u = frame([(0.9, 0.9), (0.9, np.nan), (np.nan, np.nan)])
    result = smaa(u, u, **OPTIONS)
    assert list(result.summary.index) == ["c00", "c01"]
    assert result.winning.loc["c00", "c01"] == pytest.approx(0.9, abs=0.03)


def test_nothing_known_gives_empty_tables():
    u = frame([(np.nan, np.nan)])
    result = smaa(u, u, **OPTIONS)
    assert [len(x) for x in (result.rank_acceptability, result.winning, result.summary)] == [0, 0, 0]


def test_wider_bounds_blur_a_clear_order():
    u = frame([(0.6, 0.6), (0.5, 0.5)])
    exact, blurred = smaa(u, u, **OPTIONS), smaa(u - 0.4, u + 0.4, **OPTIONS)
    assert exact.winning.loc["c00", "c01"] == 1
    assert 0.5 < blurred.winning.loc["c00", "c01"] < 0.75


def test_same_seed_same_answer_and_bad_input_is_named():
    u = frame([(0.6, 0.4), (0.5, 0.5)])
    pd.testing.assert_frame_equal(smaa(u, u, **OPTIONS).winning, smaa(u, u, **OPTIONS).winning)
    with pytest.raises(BadInputError, match=r"a low is above its high; alpha must be above zero"):
        smaa(u, u - 0.1, **OPTIONS | {"alpha": pd.Series({"x": 0.0})})
    with pytest.raises(BadInputError, match="no column"):
        smaa(u, u, **OPTIONS | {"alpha": pd.Series({"z": 1.0})})


def dominates(a, b):
    return (a <= b).all() and (a < b).any()


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, 2.0, np.inf, np.nan])] * 3), max_size=12))
def test_front_agrees_with_the_definition(rows):
    table = pd.DataFrame(rows, columns=["a", "b", "c"], dtype=float)
    values = table.to_numpy()
    expected = [
        not any(dominates(other, row) or (k < i and (other == row).all()) for k, other in enumerate(values))
        for i, row in enumerate(values)
    ]
    assert non_dominated(table).tolist() == expected
    back = table.iloc[::-1]
    assert non_dominated(back).sort_index().tolist() == expected


def test_unknown_neither_dominates_nor_is_dominated():
    table = pd.DataFrame({"cost_usd_t": [np.nan, 1.0, 5.0], "time_h": [1.0, 1.0, 9.0]})
    assert non_dominated(table).tolist() == [True, True, False]


def test_more_may_be_better():
    table = pd.DataFrame({"cost_usd_t": [1.0, 1.0], "capacity_cover": [0.2, 0.9]})
    assert non_dominated(table, maximise=["capacity_cover"]).tolist() == [False, True]
