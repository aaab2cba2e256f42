"""Legs over the open sea: clear of land and ice, shorter than the lanes, and never a way round a gate."""

from itertools import combinations
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from geo.distance import geodesic_km, polyline_km
from geo.network import Mode, Network, pieces
from layers.build.legs import LEAST_KM, LEAST_RATIO, MOST_LEGS, MOST_RATIO, open_sea_legs
from layers.build.open_sea import CLEAR_KM, NORTH_LAT, SOUTH_LAT, OpenSea
from layers.build.topology import Lines
from layers.catalog import DATA
from layers.transport import network

POLYGONS = DATA / "network" / "countries.parquet"
GATES = ["chokepoint_id", "lon1", "lat1", "lon2", "lat2"]
# Every ocean once, and an enclosed sea.
HARBOURS = ["NLRTM", "USNYC", "USHOU", "BRSSZ", "ZADUR", "INNSA", "SARTA", "SGSIN", "CNSHA", "JPYOK", "AUFRE", "USLAX"]


class Sea(NamedTuple):
    """The network at sea: its edges, which of them are legs, the ends of all, and the nodes they join."""

    world: Network
    edges: pd.DataFrame
    ends: np.ndarray
    nodes: np.ndarray

    def matrix(self, edges):
        rows, cols, km = edges["tail"].to_numpy(), edges["head"].to_numpy(), np.maximum(edges["length_km"], 1e-6)
        return csr_matrix((np.r_[km, km], (np.r_[rows, cols], np.r_[cols, rows])), shape=(len(self.nodes),) * 2)

    def passages(self):
        bits = self.edges["chokepoints"].to_numpy()
        return [item for item in self.world.chokepoints if (bits & self.world.bits({item})).any()]

    def left(self, closed):
        """Give the matrices that are left with some passages shut: lanes and legs, and lanes alone."""
        rest = self.edges[(self.edges["chokepoints"].to_numpy() & self.world.bits(set(closed))) == 0]
        return self.matrix(rest), self.matrix(rest[~rest["leg"]])


@pytest.fixture(scope="module")
def sea():
    world = network()
    rows = np.flatnonzero(world.edges["mode"].isin([Mode.SEA, Mode.PORT_SEA]))
    bend_count = np.diff(world.bend_start)[rows]
    edges = world.edges.iloc[rows].assign(bend_count=bend_count, leg=bend_count > 0).reset_index(drop=True)
    lon, lat = world.columns.lon, world.columns.lat
    ends = np.column_stack([column[edges[end]] for end in ("tail", "head") for column in (lon, lat)])
    nodes, place = np.unique(edges[["tail", "head"]].to_numpy(), return_inverse=True)
    edges[["tail", "head"]] = place.reshape(-1, 2)  # numbered among those at sea
    return Sea(world, edges, ends, nodes)


@pytest.fixture(scope="module")
def drawn(sea):
    """Every leg as its straight pieces."""
    edges, legs = sea.edges, sea.edges["leg"].to_numpy()
    leg, lines = pieces(
        sea.ends[legs], sea.world.bends[: edges["bend_count"].sum()], edges.loc[legs, "bend_count"].to_numpy()
    )
    return edges[legs].reset_index(drop=True), leg, lines


# ---------------- no closure leaks
def test_whatever_two_passages_are_shut_legs_join_no_ports_that_lanes_leave_apart(sea):
    names = sea.passages()
    assert len(names) >= 36
    for closed in [(), *((item,) for item in names), *combinations(names, 2), names]:
        with_legs, alone = (connected_components(part, directed=False)[0] for part in sea.left(closed))
        assert with_legs == alone, closed


@pytest.mark.parametrize("closed", [(), ("suez",), ("suez", "panama"), ("malacca", "sunda", "lombok"), ("luzon",)])
def test_legs_make_no_way_longer_and_none_shorter_than_their_bound(sea, closed):
    ports = np.searchsorted(sea.nodes, sea.world.ports.loc[HARBOURS, "node"].to_numpy())
    matrices = sea.left({*closed, "northwest_passage", "northern_sea_route"})
    now, before = (dijkstra(part, indices=ports)[:, ports] for part in matrices)
    assert np.array_equal(np.isinf(now), np.isinf(before))
    apart = np.isfinite(before) & (before > 0)
    assert (now[apart] <= before[apart] + 1e-6).all()
    assert (now[apart] >= before[apart] / MOST_RATIO).all()
    assert (now[apart] < 0.99 * before[apart]).any(), "the legs straighten nothing"


@pytest.mark.slow
def test_the_lanes_offer_a_way_past_no_gate_beside_every_leg(sea):
    """What makes a leak impossible, leg by leg: by Dijkstra on the lanes that pass no gate at all."""
    edges = sea.edges
    legs, lanes = edges[edges["leg"]], edges[~edges["leg"] & (edges["mode"] == Mode.SEA)]
    assert (legs["chokepoints"] == 0).all()
    starts, place = np.unique(legs["tail"], return_inverse=True)
    free = sea.matrix(lanes[lanes["chokepoints"] == 0])
    ratio = dijkstra(free, indices=starts)[place, legs["head"].to_numpy()] / legs["length_km"].to_numpy()
    assert (ratio > LEAST_RATIO - 1e-4).all()
    assert (ratio < MOST_RATIO + 1e-4).all()


# ---------------- where they run
def test_legs_keep_off_land_and_ice(drawn):
    _, _, lines = drawn
    parts = shapely.linestrings(lines.reshape(-1, 2, 2))
    assert ((lines[:, [1, 3]] >= SOUTH_LAT - 0.1) & (lines[:, [1, 3]] <= NORTH_LAT + 0.1)).all()
    land = shapely.get_parts(gpd.read_parquet(POLYGONS).geometry.to_numpy())
    near_deg = 0.95 * CLEAR_KM / 111.3  # nowhere more than the margin, and a chord lies within 1.4 km of the geodesic
    for turn in (-360.0, 0.0, 360.0):
        moved = shapely.transform(parts, lambda xy, turn=turn: xy + np.array([turn, 0.0]))
        assert shapely.STRtree(moved).query(land, predicate="dwithin", distance=near_deg).size == 0


def test_a_leg_is_as_long_as_its_geodesic_and_is_drawn_as_long(drawn):
    legs, leg, lines = drawn
    length = legs["length_km"].to_numpy()
    drawn_km = np.bincount(leg, geodesic_km(*lines.T))
    np.testing.assert_allclose(drawn_km, length, rtol=1e-4)
    assert length.min() >= LEAST_KM


def test_legs_are_the_only_bent_edges_at_sea_and_as_few_as_said(sea):
    assert (sea.edges.loc[sea.edges["leg"], "mode"] == Mode.SEA).all()
    assert 100 < sea.edges["leg"].sum() <= MOST_LEGS


# ---------------- on a drawn sea
@pytest.fixture(scope="module")
def islet(tmp_path_factory):
    """One islet, 10 km wide, at 5 degrees east."""
    path = tmp_path_factory.mktemp("sea") / "countries.parquet"
    gpd.GeoDataFrame(geometry=[shapely.box(4.95, -0.05, 5.05, 0.05)], crs="EPSG:4326").to_parquet(path)
    return path


def zigzag(lat=0.0, dent=2.0):
    """Lanes from 0 to 10 degrees east by way of a dent to the north, with stubs that make junctions of the ends."""
    points = np.array([(0, 0), (5, dent), (10, 0), (-1, 1), (-1, -1), (11, 1), (11, -1)], dtype=float) + np.array(
        [0, lat]
    )
    tail, head = np.array([0, 1, 3, 4, 5, 6]), np.array([1, 2, 0, 0, 2, 2])
    lon, lat = points.T
    return Lines(lon, lat, tail, head, geodesic_km(lon[tail], lat[tail], lon[head], lat[head]))


def found(lanes, polygons, *gates):
    ports = pd.DataFrame({"lon": lanes.lon[[3, 5]], "lat": lanes.lat[[3, 5]]})
    legs = open_sea_legs(lanes, polygons, gates=pd.DataFrame(gates, columns=GATES), ports=ports)
    return {(int(a), int(b)) for a, b in zip(legs.tail, legs.head, strict=True)}, legs


def test_a_zigzag_is_straightened_and_drawn_along_the_geodesic(islet):
    ends, legs = found(zigzag(lat=30.0), islet)
    assert (0, 2) in ends
    row = [*zip(legs.tail.tolist(), legs.head.tolist(), strict=True)].index((0, 2))
    first = int(legs.bend_count[:row].sum())
    bends = legs.bends[first : first + legs.bend_count[row]]
    assert bends[:, 1].min() > 30.0  # a great circle bows to the pole
    line = np.vstack([(0, 30), bends, (10, 30)])
    assert polyline_km(line) == pytest.approx(legs.length_km[row], rel=1e-5)


@pytest.mark.parametrize(("lat", "dent"), [(0.0, 2.0), (62.0, 2.0), (-60.0, 2.0), (30.0, 0.0), (30.0, 6.0)])
def test_no_leg_over_an_islet_in_ice_beside_a_straight_lane_or_far_from_it(islet, lat, dent):
    """A lane as straight as the geodesic needs no leg; one that goes far round has a reason that we do not know."""
    assert (0, 2) not in found(zigzag(lat, dent), islet)[0]


def test_no_leg_crosses_a_gate_or_slips_past_the_end_of_one(islet):
    aside = ("strait", 5.0, 36.0, 5.0, 38.0)
    assert (0, 2) in found(zigzag(lat=30.0), islet, aside)[0]
    across = ("strait", 5.0, 28.0, 5.0, 36.0)
    assert (0, 2) not in found(zigzag(lat=30.0), islet, across)[0]
    lanes_only = ("strait", 5.0, 31.0, 5.0, 36.0)
    assert (0, 2) not in found(zigzag(lat=30.0), islet, lanes_only)[0], "the leg slips past the end of the gate"
    leg_only = ("strait", 5.0, 28.0, 5.0, 31.0)
    assert (0, 2) not in found(zigzag(lat=30.0), islet, leg_only)[0]


def test_the_open_sea_keeps_its_margin_from_an_islet(islet):
    south = np.array([-0.05 - (CLEAR_KM + gap) / 110.6 for gap in (-3.0, 3.0)])
    sea = OpenSea(islet)
    assert sea.holds(np.full(2, 5.0), south).tolist() == [False, True]
    assert sea.clear(np.full(2, 2.3), south, np.full(2, 7.1), south).tolist() == [False, True]
