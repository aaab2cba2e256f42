"""Ensembles: the years drawn follow their law, equal bits whatever runs them, and checkpoints that resume."""

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from geo.ensemble import distributions, fan
from geo.ensemble_events import check_catalogue, chokepoint_events, draw, unknown_events
from geo.ensemble_plan import _in_turn
from geo.ensemble_run import Case, solve_all
from geo.errors import BadInputError, ContractError
from geo.risk import DAYS_PER_YEAR
from geo.solver import solve
from layers.ensemble_checkpoint import Checkpoint
from tests.geo.ensemble_cases import Detours, catalogue, ensemble, fingerprint, model, planned


def one_event(**numbers):
    values = {"annual_rate": 1.0, "duration_days": 20.0, "severity": 1.0} | numbers
    rows = pd.DataFrame([{"event": "e", "chokepoint_id": "suez", **values}])
    return chokepoint_events(rows, duration_cv=1.0, source="test")


def test_a_case_has_one_name_however_wide_its_places_are_stored():
    built = model()
    wide = built.program.matrix.copy()
    wide.indptr, wide.indices = wide.indptr.astype(np.int64), wide.indices.astype(np.int64)
    assert Case.of(built).digest == Case.of(replace(built, program=replace(built.program, matrix=wide))).digest


# ---------------- draws
@pytest.mark.parametrize(("rate", "days", "share"), [(0.5, 30.0, 1.0), (4.0, 10.0, 0.25), (0.2, 200.0, 0.5)])
def test_closed_days_follow_the_stationary_queue(rate, days, share):
    years = 8000
    drawn = draw(one_event(annual_rate=rate, duration_days=days, severity=share), years=years, seed=3)
    closed = np.bincount(drawn.year, drawn.days, minlength=years)
    expected = DAYS_PER_YEAR * -np.expm1(-rate * share * days / DAYS_PER_YEAR)
    assert abs(closed.mean() - expected) < 4 * closed.std() / np.sqrt(years)


def test_a_year_is_the_same_whatever_else_is_drawn():
    short, long = draw(catalogue(), years=40, seed=5), draw(catalogue(), years=400, seed=5)
    for year in range(40):
        assert stretches(short, year) == stretches(long, year)
    assert draw(catalogue(), years=40, seed=6).days.tolist() != short.days.tolist()


def stretches(drawn, year):
    rows = drawn.year == year
    return [(drawn.states[state], days) for state, days in zip(drawn.state[rows], drawn.days[rows], strict=True)]


def test_years_hold_no_more_than_a_year_and_joint_events_shut_all_targets():
    drawn = draw(catalogue(), years=2000, seed=1)
    assert (np.bincount(drawn.year, drawn.days) <= DAYS_PER_YEAR + 1e-9).all()
    assert (drawn.days > 0).all()
    assert (np.diff(drawn.year) >= 0).all()
    assert list(drawn.states) == sorted(set(drawn.states))
    assert ("chokepoint:malacca", "chokepoint:suez") in drawn.states


def test_more_targets_than_a_word_has_bits():
    rows = pd.DataFrame({"event": [f"e{n:03}" for n in range(150)], "chokepoint_id": [f"c{n:03}" for n in range(150)]})
    frame = chokepoint_events(
        rows.assign(annual_rate=1.0, duration_days=3.0, severity=1.0), duration_cv=0.5, source="t"
    )
    drawn = draw(frame, years=30, seed=0)
    assert {item for state in drawn.states for item in state} == {f"chokepoint:c{n:03}" for n in range(150)}


def test_an_unknown_number_is_named_and_never_drawn():
    frame = pd.concat([one_event(), one_event(severity=np.nan).set_axis(["x"])])
    assert unknown_events(frame) == ("x",)
    drawn = draw(frame, years=50, seed=1)
    assert np.array_equal(drawn.days, draw(one_event(), years=50, seed=1).days)


def test_nothing_to_draw_leaves_every_year_open():
    drawn = draw(one_event(annual_rate=0.0), years=10, seed=1)
    assert drawn.states == ()
    assert len(drawn.days) == 0


@pytest.mark.parametrize("numbers", [{"annual_rate": -1.0}, {"severity": 1.5}, {"duration_days": np.inf}])
def test_bad_catalogues_are_refused(numbers):
    with pytest.raises(ContractError):
        draw(one_event(**numbers), years=1, seed=0)


def test_bad_targets_years_and_seeds_are_refused():
    with pytest.raises(ContractError, match="targets"):
        check_catalogue(one_event().assign(targets=[("ship:1",)]))
    for options in ({"years": 0, "seed": 1}, {"years": 1, "seed": -1}):
        with pytest.raises(BadInputError):
            draw(one_event(), **options)


# ---------------- plan
def test_joint_closures_beyond_the_cap_are_lower_bounds():
    made = model()
    case, _, exact = planned(made, 400)
    _, _, capped = planned(made, 400, most_joint=0)
    assert not exact.bounded.any()
    assert capped.bounded.any()
    assert capped.closures_priced == 3
    full, low = solve_all(case, exact.changes), solve_all(case, capped.changes)
    gap = full.answers[exact.of_state, 0] - low.answers[capped.of_state, 0]
    assert gap.min() > -1e-6 * abs(full.answers[0, 0])


def test_a_state_is_solved_as_its_own_programme():
    made = model()
    case, draws, found = planned(made, 300)
    solved = solve_all(case, found.changes)
    for place in range(0, len(draws.states), 9):
        shut = {item.split(":")[1] for item in draws.states[place] if item.startswith("chokepoint")}
        cost, _ = Detours(made.arcs)(tuple(shut))
        out = {item.split(":")[1] for item in draws.states[place] if item.startswith("facility")}
        cost[(made.arcs["from_id"].isin(out) | made.arcs["to_id"].isin(out)).to_numpy()] = np.inf
        parts = {name: getattr(made.program, name) for name in made.program.__dataclass_fields__}
        new, upper = parts["cost"].copy(), parts["upper"].copy()
        open_arcs = np.isfinite(cost)
        new[: len(cost)] = np.where(open_arcs, cost, new[: len(cost)])
        upper[: len(cost)] = np.where(open_arcs, upper[: len(cost)], 0.0)
        alone = solve(type(made.program)(**(parts | {"cost": new, "upper": upper}))).objective * made.scale_t
        assert solved.answers[found.of_state[place], 0] == pytest.approx(alone, rel=1e-9)


# ---------------- results
def test_results_add_up():
    answer = ensemble(500)
    years, states = answer.years, answer.states
    assert answer.summary.loc["loss_usd", "mean"] == pytest.approx(
        (states["days_yr"] * states["loss_usd_yr"]).sum() / DAYS_PER_YEAR
    )
    assert years.filter(like="unmet_t_").sum(axis=1).to_numpy() == pytest.approx(years["unmet_t"].to_numpy())
    assert answer.leading.groupby("hub")["time_share"].sum().to_numpy() == pytest.approx(1.0)
    assert answer.leading.groupby("hub")["year_share"].sum().to_numpy() == pytest.approx(1.0)
    assert states["loss_share"].sum() == pytest.approx(1.0)
    assert (years["loss_usd"] > -1e-6 * answer.base["freight_usd"]).all()


def test_standard_errors_shrink_with_the_years_and_are_unknown_for_few():
    draws = np.random.default_rng(0).lognormal(size=40_000)
    few, many = (distributions(pd.DataFrame({"x": draws[:count]})).loc["x"] for count in (400, 40_000))
    assert many["mean_se"] == pytest.approx(few["mean_se"] / 10, rel=0.4)
    assert many["p95_se"] == pytest.approx(few["p95_se"] / 10, rel=0.6)
    assert np.isnan(distributions(pd.DataFrame({"x": [1.0]})).loc["x", "mean_se"])
    assert np.isnan(distributions(pd.DataFrame({"x": draws[:20]})).loc["x", "p99_se"])


# ---------------- bits
@pytest.fixture(scope="module")
def serial():
    alone = ensemble(chunk=10_000)
    assert alone.solves > 200  # several chunks of the largest size below
    return fingerprint(alone)


@pytest.mark.parametrize("chunk", [1, 37, 200])
def test_same_bits_for_any_chunk(serial, chunk):
    assert fingerprint(ensemble(chunk=chunk)) == serial


@pytest.mark.parametrize("chunk", [7, 37])
def test_same_bits_on_two_processes(serial, chunk):
    with parallel_config(backend="loky", n_jobs=2):
        assert fingerprint(ensemble(chunk=chunk)) == serial


def test_same_bits_when_stopped_and_resumed(serial, tmp_path):
    path = tmp_path / "work" / "ensemble.npz"

    def stop_early(what, done, _count):
        return what == "closures" or done < 100

    with pytest.raises(BadInputError, match="resume"):
        ensemble(chunk=7, store=Checkpoint(path), progress=stop_early)
    told = []
    resumed = ensemble(chunk=7, store=Checkpoint(path), progress=lambda *step: told.append(step) or True)
    assert fingerprint(resumed) == serial
    assert told[0][1] > 100
    again = []
    assert fingerprint(ensemble(store=Checkpoint(path), progress=lambda *step: again.append(step) or True)) == serial
    assert again == []


def test_closures_priced_in_turn_are_all_there_and_little_opens_between_two():
    names = ["a", "b", "c", "d"]
    every = [given for size in range(1, 5) for given in combinations(names, size)]
    turns = _in_turn(every)
    assert sorted(turns) == sorted(every)
    assert all(len(set(one) ^ set(other)) == 1 for one, other in pairwise([(), *turns]))
    assert _in_turn(every[::-1]) == turns


def test_pricing_resumes_too(tmp_path):
    path, made = tmp_path / "plan.npz", model()
    _, _, stopped = planned(made, 200, store=Checkpoint(path), progress=lambda _, done, __: done < 3)
    assert not stopped.complete
    told = []
    _, _, resumed = planned(made, 200, store=Checkpoint(path), progress=lambda *step: told.append(step) or True)
    assert resumed.complete
    assert told[0][1] == 4


def test_a_checkpoint_of_another_question_is_refused(tmp_path):
    path = tmp_path / "ensemble.npz"
    case, _, found = planned(model(), 50)
    solve_all(case, found.changes, store=Checkpoint(path))
    with pytest.raises(BadInputError, match="another question"):
        solve_all(Case.of(model(8)), found.changes, store=Checkpoint(path))
    path.write_bytes(b"no archive")
    with pytest.raises(BadInputError, match="no checkpoint"):
        Checkpoint(path)


def test_the_order_of_the_catalogue_changes_nothing():
    shuffled = catalogue().sample(frac=1, random_state=1)
    assert np.array_equal(draw(shuffled, years=50, seed=2).days, draw(catalogue(), years=50, seed=2).days)


def test_a_fan_widens_and_keeps_its_order():
    spread = fan(ensemble(1000).years["loss_usd"], horizon_yr=10)
    assert (spread[["p1", "p5", "p10", "p50", "p90", "p95", "p99"]].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert (spread["p99"] - spread["p1"]).is_monotonic_increasing
    with pytest.raises(BadInputError, match="no future"):
        fan(pd.Series([1.0]), horizon_yr=2)
