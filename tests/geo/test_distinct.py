"""Which corridors differ: signature, shared length within the same countries, and no matter of order."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.distance import geodesic_km
from geo.distinct import distinct, overlaps, port_clusters

EDGE_KM = np.array([10.0, 20.0, 30.0, 40.0, 100.0])


def corridor(cost, edges, *, name=None, countries="AB"):
    ways = [SimpleNamespace(edges=np.array(edges, dtype=int))]
    return SimpleNamespace(ways=ways, cost=cost, name=name or f"n{cost}", countries=countries)


def thinned(items, **options):
    kept, similar = distinct(
        items,
        cost=lambda item: item.cost,
        signature=lambda item: item.name,
        countries=lambda item: item.countries,
        edge_km=EDGE_KM,
        **options,
    )
    return [item.cost for item in kept], similar


def test_shared_length_is_held_against_the_shorter():
    ways = [corridor(1, [0, 1, 2]).ways, corridor(2, [1, 2, 3, 3]).ways, corridor(3, [4]).ways, ()]
    # 50 km shared of 60 and 90; the edge walked twice counts once
    assert overlaps(ways, EDGE_KM) == pytest.approx(
        np.array([[1, 50 / 60, 0, 0], [50 / 60, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]])
    )


def test_the_same_signature_is_the_same_corridor_wherever_it_runs():
    assert thinned([corridor(2, [4], name="x"), corridor(1, [0], name="x")]) == ([1], [1])


def test_more_than_four_fifths_in_common_is_the_same_corridor():
    assert thinned([corridor(1, [3, 0]), corridor(2, [3])]) == ([1], [1])  # 40 of 40
    # the third shares nothing with what stays, though all of it with what does not
    assert thinned([corridor(1, [0, 3]), corridor(2, [0, 3, 4]), corridor(3, [4])]) == ([1, 3], [1, 0])
    assert thinned([corridor(1, [0, 3]), corridor(2, [1, 3])]) == ([1, 2], [0, 0])  # 40 of 50: at most 0.8 stays


def test_a_plant_in_another_country_is_an_alternative_however_it_ships():
    assert thinned([corridor(1, [3]), corridor(2, [3], countries="AC")]) == ([1, 2], [0, 0])


@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 4), min_size=1), st.sampled_from("xyz"), st.sampled_from("AB")), max_size=7
    ),
    st.randoms(use_true_random=False),
)
def test_order_does_not_matter_and_none_is_lost(drawn, random):
    items = [
        corridor(cost, sorted(edges), name=f"{name}{cost % 3}", countries=at)
        for cost, (edges, name, at) in enumerate(drawn)
    ]
    kept, similar = thinned(items)
    assert len(kept) + sum(similar) == len(items)
    assert kept == sorted(kept)
    mixed = items.copy()
    random.shuffle(mixed)
    assert thinned(mixed) == (kept, similar)


def test_nothing_in_nothing_out():
    assert thinned([]) == ([], [])


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-60, 60)), min_size=1, max_size=12))
def test_every_port_lies_within_reach_of_the_port_that_leads_it(places):
    lon, lat = np.array(places).T
    ids = [f"P{row}" for row in range(len(places))]
    leader = port_clusters(ids, lon, lat)
    assert leader[ids[0]] == ids[0]
    for port, head in leader.items():
        assert leader[head] == head  # a leader leads itself
        row, at = ids.index(port), ids.index(head)
        assert at <= row
        assert geodesic_km(lon[row], lat[row], lon[at], lat[at]) <= 100 * 1.01
