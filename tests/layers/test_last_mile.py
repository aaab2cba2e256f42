"""Roads from OpenStreetMap and the routed last mile: on a drawn village and on a real extract of Finland."""

import shutil
import socket
from itertools import pairwise
from xml.etree import ElementTree as ET

import networkx as nx
import numpy as np
import osmnx as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyrosm import OSM, get_data
from shapely import Point

from geo.distance import geodesic_km, polyline_km
from geo.errors import BadInputError, CorridorError
from layers import osm
from layers.last_mile import LastMile, last_mile
from layers.osm import download_roads, read_roads

# A drawn village at the equator, where 0.01 degrees of longitude are 1.1132 km:
#   1 --two-way-- 2 --two-way-- 3 --one-way--> 4      a railway 1-4, a footway 1-3 and a closed road 2-4 do not count
PLACES = {1: (0.00, 0.0), 2: (0.01, 0.0), 3: (0.02, 0.0), 4: (0.03, 0.0)}
STEP_KM = 1.11319
WAYS = [
    ([1, 2, 3], {"highway": "tertiary"}),
    ([3, 4], {"highway": "track", "oneway": "yes", "access": "private"}),
    ([1, 4], {"railway": "rail"}),
    ([1, 3], {"highway": "footway"}),
    ([2, 4], {"highway": "service", "access": "no"}),
]


def write_osm(path, places, ways):
    """Write OSM XML as an export of openstreetmap.org has it."""
    root = ET.Element("osm", version="0.6")
    for node, (lon, lat) in places.items():
        ET.SubElement(root, "node", id=str(node), lon=repr(lon), lat=repr(lat))
    for number, (nodes, tags) in enumerate(ways, start=1):
        way = ET.SubElement(root, "way", id=str(number))
        for node in nodes:
            ET.SubElement(way, "nd", ref=str(node))
        for key, value in tags.items():
            ET.SubElement(way, "tag", k=key, v=value)
    ET.ElementTree(root).write(path)
    return path


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    return read_roads(write_osm(tmp_path_factory.mktemp("village") / "village.osm", PLACES, WAYS))


@pytest.fixture(scope="module")
def finland():
    """The real extract that pyrosm ships, read from its PBF."""
    return read_roads(osm.Path(get_data("test_pbf")))


def test_the_way_follows_the_road_and_is_measured_on_the_ellipsoid(village):
    way = last_mile(village, (0.005, 0.001), (0.025, -0.001))
    assert way.length_km == pytest.approx(2 * STEP_KM, rel=1e-4)
    assert way.origin_snap_km == pytest.approx(0.11057, rel=1e-3)
    assert way.total_km == pytest.approx(2 * STEP_KM + 2 * 0.11057, rel=1e-3)
    assert way.geometry.coords[0] == pytest.approx((0.005, 0.0), abs=1e-7)
    assert way.geometry.coords[-1] == pytest.approx((0.025, 0.0), abs=1e-7)
    assert way.source == "village.osm"
    assert len(way.source_sha256) == 64


def test_against_a_one_way_road_there_is_no_way_and_it_says_so(village):
    way = last_mile(village, (0.025, 0.0), (0.005, 0.0))
    assert (way.length_km, way.total_km, way.geometry) == (None, None, None)
    assert "direction of travel" in way.reason


def test_railway_footway_and_closed_road_carry_no_lorry_but_a_private_track_does(village):
    kinds = {data["highway"] for *_, data in village.edges(data=True)}
    assert kinds == {"tertiary", "track"}


def test_both_places_on_one_road_in_either_direction(village):
    for origin, target in ((0.002, 0.006), (0.006, 0.002)):
        assert last_mile(village, (origin, 0), (target, 0)).length_km == pytest.approx(0.4 * STEP_KM, rel=1e-4)


def test_same_place_is_reached_in_zero_km(village):
    way = last_mile(village, (0.004, 0), (0.004, 0))
    assert way.length_km == pytest.approx(0)
    assert way.reason == ""


def test_a_place_off_the_extract_is_not_snapped(village):
    way = last_mile(village, (0.0, 0.0), (1.0, 1.0))
    assert way.length_km is None
    assert "target is 15" in way.reason
    assert "limit 5 km" in way.reason


def test_the_graph_is_left_alone(village):
    before = nx.to_dict_of_dicts(village)
    last_mile(village, (0.0, 0.0), (0.03, 0.0))
    assert nx.to_dict_of_dicts(village) == before


@pytest.mark.parametrize("place", [(181.0, 0.0), (0.0, 91.0), (float("nan"), 0.0)])
def test_a_place_not_on_earth_is_refused(village, place):
    with pytest.raises(BadInputError, match="no longitude and latitude"):
        last_mile(village, place, (0.0, 0.0))


def test_a_last_mile_without_length_needs_a_reason():
    with pytest.raises(ValueError, match="or a reason"):
        LastMile(None, None, 0.0, 0.0, "", "drawn", None)


# ---------------- the real extract
def places(graph, seed, count):
    """Places up to about 200 m beside real junctions."""
    draw = np.random.default_rng(seed)
    nodes = [graph.nodes[node] for node in graph]
    picked = [nodes[i] for i in draw.integers(len(nodes), size=count)]
    return [(n["x"] + dx, n["y"] + dy) for n, (dx, dy) in zip(picked, draw.normal(0, 2e-3, (count, 2)), strict=True)]


def test_junction_to_junction_equals_networkx_on_geodesic_lengths(finland):
    """Another judge: plain Dijkstra between the graph's own nodes."""
    weighed = finland.copy()
    for *_, data in weighed.edges(data=True):
        data["km"] = polyline_km(np.asarray(data["geometry"].coords))
    nodes = list(weighed)
    for u, v in pairwise(nodes[:60:3]):
        ends = [(weighed.nodes[n]["x"], weighed.nodes[n]["y"]) for n in (u, v)]
        way = last_mile(finland, *ends)
        assert way.length_km == pytest.approx(nx.shortest_path_length(weighed, u, v, weight="km"), abs=1e-3)


def test_lengths_on_a_sphere_would_be_off_by_up_to_half_a_percent(finland):
    """Why we measure again: the lengths that readers of OpenStreetMap give, at 60 degrees north."""
    ratio = [d["length"] / 1000 / polyline_km(np.asarray(d["geometry"].coords)) for *_, d in finland.edges(data=True)]
    assert 0.995 < min(ratio) < max(ratio) < 0.999


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_a_way_is_never_shorter_than_the_straight_line(finland, seed):
    origin, target = places(finland, seed, 2)
    way = last_mile(finland, origin, target)
    if way.length_km is not None:
        assert way.total_km >= geodesic_km(*origin, *target) - 1e-9
        assert way.length_km == pytest.approx(polyline_km(np.asarray(way.geometry.coords)))
        ends = [Point(c) for c in (way.geometry.coords[0], way.geometry.coords[-1])]
        assert [geodesic_km(*p, e.x, e.y) for p, e in zip((origin, target), ends, strict=True)] == pytest.approx(
            [way.origin_snap_km, way.target_snap_km]
        )


def test_pbf_osm_xml_and_graphml_of_one_place_give_one_way(finland, tmp_path):
    nodes, edges = OSM(get_data("test_pbf")).get_network("all", nodes=True)
    coords = {int(n.id): (n.lon, n.lat) for n in nodes.itertuples()}
    ways = []
    for _, way in edges.groupby("id", sort=False):
        tags = {key: way[key].iloc[0] for key in ("highway", "oneway", "access") if key in way}
        chain = [int(way["u"].iloc[0]), *map(int, way["v"])]
        assert list(way["u"]) == chain[:-1]
        ways.append((chain, {key: value for key, value in tags.items() if isinstance(value, str)}))
    xml = read_roads(write_osm(tmp_path / "finland.osm", coords, ways))
    ox.save_graphml(finland, tmp_path / "finland.graphml")
    graphml = read_roads(tmp_path / "finland.graphml")
    spots = places(finland, 7, 8)
    for origin, target in pairwise(spots):
        want = last_mile(finland, origin, target)
        assert want.length_km is not None
        for graph in (xml, graphml):
            assert last_mile(graph, origin, target).total_km == pytest.approx(want.total_km, rel=1e-6)


# ---------------- files and services that fail
@pytest.mark.parametrize("name", ["roads.shp", "missing.osm", "broken.osm", "broken.graphml", "broken.pbf"])
def test_a_file_that_is_no_road_graph_is_refused_in_one_line(tmp_path, name):
    path = tmp_path / name
    if not name.startswith("missing"):
        path.write_text("<osm")
    with pytest.raises(BadInputError, match=name):
        read_roads(path)


def test_a_file_without_roads_is_refused(tmp_path):
    path = write_osm(tmp_path / "rails.osm", PLACES, [([1, 2], {"railway": "rail"})])
    with pytest.raises(BadInputError, match="no road"):
        read_roads(path)


def test_pbf_without_pyrosm_says_what_to_do(tmp_path, monkeypatch):
    path = tmp_path / "helsinki.osm.pbf"
    shutil.copy(get_data("helsinki_pbf"), path)
    monkeypatch.setitem(osm.importlib.sys.modules, "pyrosm", None)
    with pytest.raises(BadInputError, match="pip install pyrosm"):
        read_roads(path)


def test_a_download_uses_the_cache_and_puts_the_settings_back(village, monkeypatch, tmp_path):
    seen = {}

    def overpass(point, dist, custom_filter):
        seen.update(point=point, dist=dist, folder=ox.settings.cache_folder, roads=custom_filter)
        return village.copy()

    monkeypatch.setattr(ox.graph, "graph_from_point", overpass)
    before = ox.settings.cache_folder
    graph = download_roads((25.0, 60.0), radius_km=3, cache_folder=tmp_path)
    assert seen["point"] == (60.0, 25.0)
    assert seen["dist"] == 3000
    assert seen["folder"] == tmp_path
    assert "track" in seen["roads"]
    assert ox.settings.cache_folder == before
    assert graph.graph["source_sha256"] is None


def test_no_internet_is_said_in_one_line(tmp_path, monkeypatch):
    """The real call: the guard of the tests refuses the connection, as a machine without internet does."""
    monkeypatch.setattr(ox.settings, "overpass_rate_limit", False)  # else OSMnx waits a minute for its turn
    with pytest.raises(CorridorError, match="cannot be reached; hand in a file"):
        download_roads((25.0, 60.0), radius_km=1, cache_folder=tmp_path)
    assert "osmnx" not in socket.getaddrinfo.__module__  # OSMnx would leave its own there
