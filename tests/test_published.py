"""Our numbers beside published ones: within tolerance, or in a list that must stay true."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.network import Kind, Mode
from layers import validation, validation_ways
from layers.catalog import read_table
from tests.results import moved, problems

# (origin, destination): our figure in the row's unit, and why it is off. A listed row that passes fails the test.
KNOWN_MISSES = {
    ("MountainPass", "LongBeach"): (477, "the published way is the road; the cheapest is the railway, by Barstow"),
    ("Sorowako", "MaliliPort"): (47, "a mine road over hills; we have a straight access of 8 km and the valley road"),
    ("Escondida", "Antofagasta"): (219, "the published way is the road; the cheapest is the railway"),
    ("LasBambas", "Matarani"): (459, "the published way detours by lorry to the railway at Pillones; ours is the road"),
    ("Manono", "Kolwezi"): (1071, "140 km to the nearest railway at Kabalo; the direct track is not a mapped highway"),
}
KNOWN_BENCHMARK_MISSES = {
    ("Kolwezi-Lobito rail", "transit time"): 4.6,
    ("Kolwezi-Dar es Salaam", "transit time"): 5.6,
    ("Kolwezi-Durban road", "transit time"): 7.4,
    ("Kolwezi-Durban road", "distance"): 2748,
    ("Solwezi-Walvis Bay road", "cost"): 203,
    ("Solwezi-Walvis Bay road", "transit time"): 4.7,
    ("Solwezi-Dar es Salaam road", "cost"): 208,
    ("Solwezi-Dar es Salaam road", "transit time"): 5.3,
    ("Lubumbashi-Dar es Salaam road", "transit time"): 5.0,
    ("Middle Corridor China border-Constanta", "transit time"): 25.7,
    ("Kazakhstan-Baku (TITR)", "transit time"): 6.8,
    ("TITR to Poti", "transit time"): 9.2,
    ("Asia-NW Europe Cape vs Suez", "extra time"): 9.4,
}


@pytest.fixture(scope="module")
def table():
    return validation_ways.published_table()


@pytest.fixture(scope="module")
def benchmarks():
    return validation_ways.benchmark_table()


def test_every_published_distance_is_measured(table):
    assert list(table.columns) == list(validation_ways.COLUMNS)
    assert len(table) == len(read_table("published_distances"))
    assert table["ours"].notna().all()
    assert (table["ours"] > 0).all()


def test_published_distances_are_within_tolerance_or_listed_as_known_misses(table):
    missed = table[~table["passes"]].set_index(["origin", "destination"])["ours"]
    expected = {pair: figure for pair, (figure, _) in KNOWN_MISSES.items()}
    assert set(missed.index) == set(expected), "a listed miss that passes leaves the list; a new one needs its reason"
    assert missed.to_dict() == pytest.approx(expected, rel=0.01)


def test_no_published_sea_distance_misses_and_their_median_error_is_small(table):
    sea = table[table["quantity"] == "sea_distance"]
    assert sea["passes"].all()
    assert sea["difference_pct"].abs().median() <= 1.2


def test_published_benchmarks_are_met_or_listed_as_known_misses(benchmarks):
    missed = benchmarks[~benchmarks["passes"]].set_index(["corridor", "metric"])["ours"]
    assert set(missed.index) == set(KNOWN_BENCHMARK_MISSES)
    assert missed.to_dict() == pytest.approx(KNOWN_BENCHMARK_MISSES, rel=0.02)


def test_every_run_answers_a_published_benchmark(benchmarks):
    assert len(benchmarks) == len(validation_ways._RUNS)
    assert benchmarks["ours"].notna().all()


def test_a_published_distance_without_a_way_is_none_and_a_miss(monkeypatch):
    monkeypatch.setattr(validation_ways, "trace", lambda *_args, **_options: None)
    table = validation_ways.published_table()
    assert table["ours"].isna().all()
    assert not table["passes"].any()
    rows = validation._distances().assign(difference_pct=float("nan"))
    assert "| none |" in validation._line(next(rows.itertuples()))


@pytest.fixture(scope="module")
def figures():
    return validation.figures()


def test_the_committed_files_of_published_figures_are_what_the_code_writes(figures):
    hint = "run python -m layers.validation --write"
    assert validation.FIGURES.read_text(encoding="utf-8") == validation.rows_text(figures), hint
    assert validation.REPORT.read_text(encoding="utf-8") == validation.report(figures), hint
    pd.testing.assert_frame_equal(validation.committed(), figures, check_dtype=False)


def test_every_published_figure_has_a_kind_a_range_and_a_source(figures):
    assert figures["figure"].is_unique
    assert set(figures["kind"]) == set(validation.KINDS)
    assert (figures["low"] <= figures["high"]).all()
    assert figures["source"].str.len().gt(0).all()
    within = figures["ours"].between(figures["low"] - 0.1, figures["high"] + 0.1)  # both are rounded to one decimal
    assert not (figures["passes"] & ~within).any()


def test_a_share_is_unknown_and_not_zero_where_no_plant_has_a_known_capacity(figures):
    shares = figures.set_index("figure")
    for mineral in ("tungsten", "antimony", "titanium"):
        row = shares.loc[f"Share of China in {mineral}, refining"]
        assert np.isnan(row["ours"])
        assert "no plant of the country" in row["note"]
        assert not row["passes"]


def test_published_shares_of_issue_3_are_recomputed(figures):
    shares = figures[figures["kind"] == "Share"].set_index("figure")
    assert len(shares) == len(read_table("published_shares"))
    quota = shares[shares.index.str.startswith("Quota of")]
    assert quota["passes"].tolist() == [True]
    assert quota["ours"].tolist() == pytest.approx([100 * 96_600 / 226_000], abs=0.1)
    assert shares.index.str.startswith("Demand for").sum() == 6
    assert shares.index.str.startswith("Share of China in").sum() == 14
    assert 0 < shares["passes"].sum() < len(shares), "shares are not fitted: some miss, and are shown as misses"


def test_a_published_figure_moves_only_with_a_line_under_results():
    found = problems(validation.committed())
    assert found == [], "add under a Results heading of CHANGELOG.md:\n" + "\n".join(found)


def test_a_moved_a_new_and_a_lost_figure_are_noticed():
    table = validation.committed()
    row = table.index[3]
    shifted = table.assign(ours=table["ours"].where(table.index != row, table["ours"] + 7))
    (line,) = problems(shifted)
    assert table.loc[row, "figure"] in line
    assert problems(shifted, moved(line)) == []
    (line,) = problems(table.drop(row))
    assert "gone" in line
    extra = table.iloc[[row]].assign(figure="Nowhere to Nowhere")
    (line,) = problems(pd.concat([table, extra]))
    assert "Nowhere" in line


def test_the_published_results_that_we_meet_are_listed_and_stay_met():
    """`tests/published.csv`: one that is met no longer, or met at last, leaves or joins the list, and is told."""
    listed = pd.read_csv(Path(__file__).with_name("published.csv"), keep_default_na=False)
    table = validation.committed()
    met = table[table["passes"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(listed, met[list(listed.columns)], check_dtype=False)
    inside = met["ours"].between(listed["low"], listed["high"])
    assert inside.all(), met.loc[~inside, "figure"].tolist()


def test_kolwezi_reaches_lobito_by_rail_alone(table):
    row = table[(table["origin"] == "Kolwezi") & (table["destination"] == "Lobito")].iloc[0]
    assert row["ours"] == pytest.approx(1739, rel=0.2)
    run = validation_ways._RUNS["Kolwezi-Lobito rail", "distance"]
    way = validation_ways._way(run, frozenset())
    modes = set(validation_ways._router(frozenset({"rail", "road"})).network.edges["mode"].to_numpy()[way.edges])
    assert modes <= {Mode.RAIL, Mode.ACCESS, Mode.ACCESS_RAIL}
    assert way.length_km == pytest.approx(1739, rel=0.2)


def test_every_published_place_joins_the_network_by_land_or_sea():
    places = validation_ways._places()
    named = {place for run in validation_ways._RUNS.values() for place in (run.origin, run.destination)}
    assert named <= set(places.index)
    assert places.index.is_unique
    assert not pd.isna(places[["lon", "lat"]]).to_numpy().any()
    assert Kind.SEA in validation_ways._router(frozenset({"sea"})).network.nodes["kind"].to_numpy()
