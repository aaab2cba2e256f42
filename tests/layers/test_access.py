"""The last mile of a site along real roads: the extract of Helsinki that pyrosm ships."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import osmnx as ox
import pandas as pd
import pytest
from pyrosm import get_data
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo.distance import geodesic_km
from geo.network import ROUTED_ACCESS, Kind, Mode
from geo.scenarios import Scenario
from geo.sites import access_edges, with_sites
from layers.access import NODE_SNAP_KM, roads_in_file, with_routed_access
from layers.osm import read_roads
from layers.routes import route
from layers.transport import network

HERE = (24.9500, 60.1700)  # inside the extract; the nearest road node of the network lies 0.65 km to the west of it
CIRCUITY = 1.3


@pytest.fixture(scope="module")
def helsinki():
    return read_roads(Path(get_data("helsinki_pbf")))


@pytest.fixture(scope="module")
def joined():
    site = pd.DataFrame({"lon": [HERE[0]], "lat": [HERE[1]], "country": [-1]}, index=pd.Index(["here"], name="site_id"))
    return with_sites(network(), site, kinds=(Kind.RAIL, Kind.ROAD, Kind.PORT))


@pytest.fixture(scope="module")
def routed(joined, helsinki):
    return with_routed_access(joined, "here", helsinki)


def changed(before, after):
    return np.flatnonzero(before.edges["mode"].to_numpy() != after.edges["mode"].to_numpy())


def test_every_stretch_is_as_long_as_scipy_finds_it(joined, routed, helsinki):
    """Another engine: from the road under one end to its far junction, csgraph between junctions, and back on."""
    links = changed(joined, routed.network)
    assert len(links) >= 2
    for edge in links:
        ends = joined.nodes.loc[joined.edges.loc[edge, ["tail", "head"]], ["lon", "lat"]].to_numpy()
        assert routed.network.edges.loc[edge, "length_km"] == pytest.approx(
            _other_km(helsinki, *ends), rel=5e-3
        )  # pyrosm measures on a sphere


def _other_km(graph, start, end):
    """Add up straight end, rest of the first road, junctions by csgraph, part of the last road, straight end."""
    roads = ox.graph_to_gdfs(graph, nodes=False, fill_edge_geometry=True).reset_index()
    flat = roads.geometry.to_crs(graph_crs := roads.estimate_utm_crs())
    nodes = {node: place for place, node in enumerate(graph)}
    tail, head = roads["u"].map(nodes).to_numpy(), roads["v"].map(nodes).to_numpy()
    shortest = roads.assign(tail=tail, head=head).groupby(["tail", "head"])["length"].min()
    matrix = csr_matrix((shortest, shortest.index.to_frame().to_numpy().T), shape=(len(nodes), len(nodes)))
    hops_m = dijkstra(matrix)
    points = gpd.GeoSeries.from_xy([start[0], end[0]], [start[1], end[1]], crs="EPSG:4326").to_crs(graph_crs)
    gaps = [flat.distance(point) for point in points]
    under = [np.flatnonzero(gap < gap.min() + 1e-3) for gap in gaps]
    along = [flat.project(point) for point in points]
    share = [place / flat.length for place in along]
    found = [
        (1 - share[0][a]) * roads["length"][a] + hops_m[head[a], tail[b]] + share[1][b] * roads["length"][b]
        for a in under[0]
        for b in under[1]
        if a != b
    ]
    return (min(found) + gaps[0].min() + gaps[1].min()) / 1000


def test_its_bends_are_the_road_and_measure_its_length(joined, routed):
    world = routed.network
    for edge in changed(joined, world):
        row = world.edges.loc[edge]
        bends = world.bends[world.bend_start[edge] : world.bend_start[edge + 1]]
        ends = world.nodes.loc[[row["tail"], row["head"]], ["lon", "lat"]].to_numpy()
        line = np.vstack((ends[:1], bends, ends[1:]))
        assert geodesic_km(*line[:-1].T, *line[1:].T).sum() == pytest.approx(row["length_km"], rel=1e-6)
        assert Mode(int(row["mode"])) in ROUTED_ACCESS


def test_nothing_else_changes_and_the_network_handed_in_stays(joined, routed):
    world, touched = routed.network, changed(joined, routed.network)
    same = np.setdiff1d(np.arange(len(world.edges)), touched)
    columns = ["tail", "head", "mode", "length_km", "chokepoints"]
    pd.testing.assert_frame_equal(world.edges.loc[same, columns], joined.edges.loc[same, columns])
    before, after = np.diff(joined.bend_start), np.diff(world.bend_start)
    assert (before[same] == after[same]).all()
    last = same[after[same] > 0][-1]
    assert (world.bends[world.bend_start[last]] == joined.bends[joined.bend_start[last]]).all()
    assert set(touched) | set(routed.reasons) == set(access_edges(joined, "here"))


def test_a_node_outside_the_extract_keeps_its_straight_stretch_and_says_why(joined, helsinki, routed):
    west = max(x for _, x in helsinki.nodes(data="x"))
    port = int(joined.ports.loc["FIHEL", "node"])  # 0.7 km east of the easternmost road
    assert geodesic_km(west, 60.1667, *joined.nodes.loc[port, ["lon", "lat"]]) > NODE_SNAP_KM
    edge = joined.edges.index[(joined.edges["head"] == port) & (joined.edges["mode"] == Mode.ACCESS)][0]
    assert routed.network.edges.loc[edge, "mode"] == Mode.ACCESS
    assert "outside these roads" in routed.reasons[edge]


def test_circuity_is_not_charged_on_a_routed_road(helsinki):
    scenario = Scenario(modes=frozenset({"road"}))
    straight = route("24.938,60.166", "DEHAM", scenario)
    along = route("24.938,60.166", "DEHAM", scenario, roads=lambda *site: with_routed_access(*site, helsinki))
    ends = {name: answer["from"]["access"] for name, answer in (("straight", straight), ("routed", along))}
    assert [ends[name]["kind"] for name in ends] == ["straight", "routed"]
    assert (ends["routed"]["source"], len(ends["routed"]["source_sha256"])) == ("Helsinki.osm.pbf", 64)
    rate = {
        name: leg["cost_usd_t"] / leg["length_km"]
        for name, leg in (("straight", straight["legs"][0]), ("routed", along["legs"][0]))
    }
    assert rate["straight"] == pytest.approx(CIRCUITY * rate["routed"], rel=1e-3)
    assert (straight["to"]["access"], straight["from"]["access"]["reason"]) == (None, "no roads were given")


def test_the_command_line_reads_the_file_and_refuses_another(tmp_path):
    assert callable(roads_in_file(Path(get_data("helsinki_pbf"))))
    with pytest.raises(ValueError, match="roads come as OSM XML"):
        roads_in_file(tmp_path / "roads.shp")
