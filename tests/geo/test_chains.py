"""Chains: prices found by hand, none left out, and which are kept for tracing."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import chains as module
from geo.chains import all_chains, by_plants, candidates, first_facility, gross_moved
from geo.errors import BadInputError

STAGES = pd.DataFrame(
    {"contained_fraction": [0.05, 0.5, 1.0], "yield": [0.9, 0.8, 0.5]}, index=["mining", "refining", "alloy"]
)
NAMES = list(STAGES.index)


def facilities(mines, plants, alloys, *, recyclers=0):
    rows = [(f"m{i}", "mine", "mining", True) for i in range(mines)]
    rows += [(f"p{i}", "processing", "refining", False) for i in range(plants)]
    rows += [(f"r{i}", "recycling", "refining", True) for i in range(recyclers)]
    rows += [(f"a{i}", "processing", "alloy", False) for i in range(alloys)]
    return pd.DataFrame(rows, columns=["facility_id", "kind", "stage", "source"]).set_index("facility_id")


def leg_usd_t(origin, destination):
    """Any fixed price: unlike for each pair, and some pairs without a way."""
    key = sum(ord(letter) * 7**place for place, letter in enumerate(origin + destination))
    return np.inf if key % 11 == 0 else float(key % 97 + 1)


def cost(stage, origins, destinations):
    grid = [[leg_usd_t(origin, destination) for destination in destinations] for origin in origins]
    return np.array(grid, dtype=float).reshape(len(origins), len(destinations))


def test_what_moves_before_a_lossy_stage_and_as_a_poor_product_counts_for_more():
    # one delivered: 1 t of alloy; before it 1 / 0.5 contained = 2 / 0.5 = 4 t salt; 2 / 0.8 = 2.5 / 0.05 = 50 t ore
    assert gross_moved(STAGES).to_dict() == pytest.approx({"mining": 50.0, "refining": 4.0, "alloy": 1.0})


def test_a_chain_costs_the_sum_of_its_legs_times_what_moves():
    prices = {"mining": 2.0, "refining": 10.0, "alloy": 7.0}
    found = all_chains(STAGES, facilities(1, 1, 1), "hub", lambda stage, a, b: np.full((len(a), len(b)), prices[stage]))
    assert found["cost_usd_t"].tolist() == [2 * 50 + 10 * 4 + 7]


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2))
def test_no_chain_is_left_out(mines, plants, alloys, recyclers):
    plant_table = facilities(mines, plants, alloys, recyclers=recyclers)
    found = all_chains(STAGES, plant_table, "hub", cost)
    at = {kind: [name for name in plant_table.index if name[0] == kind] for kind in "mpra"}
    by_hand = {}
    for way in [*product(at["m"], at["p"], at["a"]), *product(at["r"], at["a"])]:
        ends = zip(way, [*way[1:], "hub"], NAMES[-len(way) :], strict=True)
        by_hand[way] = sum(leg_usd_t(a, b) * gross_moved(STAGES)[stage] for a, b, stage in ends)
    listed = {
        tuple(row[name] for name in NAMES if pd.notna(row[name])): row["cost_usd_t"] for row in found.to_dict("records")
    }
    assert len(found) == len(listed)
    assert listed == pytest.approx(by_hand)
    assert found["cost_usd_t"].is_monotonic_increasing


def test_no_facility_at_all_is_no_chain_and_stays_a_table_of_numbers():
    found = all_chains(STAGES, facilities(0, 2, 2), "hub", cost)
    assert found.empty
    assert found["cost_usd_t"].dtype == float
    assert by_plants(found, pd.Series(dtype=object), NAMES).empty


def test_a_question_too_large_for_the_machine_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(module, "MOST_CHAINS", 10)
    with pytest.raises(BadInputError, match="12 chains"):
        all_chains(STAGES, facilities(4, 3, 1), "hub", cost)


def chains_of(rows):
    return pd.DataFrame(rows, columns=["mining", "refining", "cost_usd_t"])


COUNTRY = pd.Series({"m0": "AUS", "m1": "AUS", "m2": "CHL", "p0": "CHN", "p1": "USA", "r0": "USA"})


def test_of_mines_in_one_country_the_cheapest_stays_and_counts_the_others():
    table = chains_of(
        [
            ("m1", "p0", 5.0),
            ("m0", "p0", 6.0),
            ("m2", "p0", 7.0),
            ("m0", "p1", 8.0),
            (None, "r0", 9.0),
            ("m2", "p1", np.inf),
        ]
    )
    kept = by_plants(table, COUNTRY, ["mining", "refining"])
    told = kept[["mining", "refining", "sources"]].fillna("").to_numpy().tolist()
    assert told == [["m1", "p0", 2], ["m2", "p0", 1], ["m0", "p1", 1], ["", "r0", 1]]


@given(st.permutations(range(6)))
def test_the_order_of_the_rows_does_not_matter(order):
    table = chains_of([(f"m{i % 3}", f"p{i // 3}", float(i)) for i in range(6)])
    kept = by_plants(table.iloc[list(order)], COUNTRY, ["mining", "refining"])
    assert kept["cost_usd_t"].tolist() == [0.0, 2.0, 3.0, 5.0]
    assert kept["sources"].tolist() == [2, 1, 2, 1]


def test_where_the_mine_is_all_there_is_each_mine_counts_for_itself():
    table = pd.DataFrame({"mining": ["m0", "m1"], "cost_usd_t": [1.0, 2.0]})
    assert by_plants(table, COUNTRY, ["mining"])["sources"].tolist() == [1, 1]


def test_a_chain_starts_at_its_first_facility():
    table = chains_of([("m0", "p0", 1.0), (None, "r0", 2.0)])
    assert first_facility(table, ["mining", "refining"]).tolist() == ["m0", "r0"]


def test_the_best_of_each_kind_is_traced_beside_the_cheapest():
    table = chains_of([("m0", "p0", 1.0), ("m1", "p0", 2.0), ("m2", "p0", 3.0), ("m2", "p1", 4.0), (None, "r0", 5.0)])
    table["capacity_t_yr"] = [1.0, 100.0, None, 1.0, 1.0]
    kept = candidates(table, COUNTRY, frozenset({"CHL", "USA"}), names=["mining", "refining"], most=2)
    # pairs of countries: rows 0, 2; most capacity: 1; allied all along: 3; the recycler has no place among two
    assert kept.index.tolist() == [0, 1, 2, 3]
    assert candidates(table, COUNTRY, frozenset(), names=["mining", "refining"], most=4).index.tolist() == [
        0,
        1,
        2,
        3,
        4,
    ]
