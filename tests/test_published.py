"""Our numbers beside published ones: within tolerance, or in a list that must stay true."""

import pandas as pd
import pytest

from geo.network import Kind, Mode
from layers import validation
from layers.catalog import read_table

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
    return validation.published_table()


@pytest.fixture(scope="module")
def benchmarks():
    return validation.benchmark_table()


def test_every_published_distance_is_measured(table):
    assert list(table.columns) == list(validation.COLUMNS)
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
    assert len(benchmarks) == len(validation._RUNS)
    assert benchmarks["ours"].notna().all()


def test_a_published_distance_without_a_way_is_none_and_a_miss(monkeypatch):
    monkeypatch.setattr(validation, "trace", lambda *_args, **_options: None)
    table = validation.published_table()
    assert table["ours"].isna().all()
    assert not table["passes"].any()
    assert "| none |" in validation._distance_line(next(table.itertuples()))


def test_the_committed_report_of_published_figures_is_what_the_code_writes():
    committed = validation.REPORT.read_text(encoding="utf-8")
    assert committed == validation.report(), "run python -m layers.validation --write"


def test_kolwezi_reaches_lobito_by_rail_alone(table):
    row = table[(table["origin"] == "Kolwezi") & (table["destination"] == "Lobito")].iloc[0]
    assert row["ours"] == pytest.approx(1739, rel=0.2)
    run = validation._RUNS["Kolwezi-Lobito rail", "distance"]
    way = validation._way(run, frozenset())
    modes = set(validation._router(frozenset({"rail", "road"})).network.edges["mode"].to_numpy()[way.edges])
    assert modes <= {Mode.RAIL, Mode.ACCESS, Mode.ACCESS_RAIL}
    assert way.length_km == pytest.approx(1739, rel=0.2)


def test_every_published_place_joins_the_network_by_land_or_sea():
    places = validation._places()
    named = {place for run in validation._RUNS.values() for place in (run.origin, run.destination)}
    assert named <= set(places.index)
    assert places.index.is_unique
    assert not pd.isna(places[["lon", "lat"]]).to_numpy().any()
    assert Kind.SEA in validation._router(frozenset({"sea"})).network.nodes["kind"].to_numpy()
