"""
Builds `land.npz`: the world's railways and highways (OpenStreetMap, ODbL), merged, mended and contracted.

Each node knows its country; each edge knows every country that it runs through, so that an exclusion can hold for the
whole path. The lines of `data/links.csv` that the packaged graphs miss are added, each with its id.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.distance import Floats, Ints, NearestNodes, geodesic_km, lon_step

from .osm_literals import read_lines, source_wheel
from .store import quantized, save_arrays
from .topology import Lines, closed_loops, contracted, densified, joined, merged, without_scraps

OUTPUT = "land.npz"
MODES = ("rail", "road", "ferry")
STEP_KM = 30.0  # a site is at most half of this from a node of the line that it lies on
LINK_GAP_KM = 25.0  # the end of a supplement line joins the network within this distance
KM_PER_DEGREE = 111.0  # only to size a search in degrees
COAST_KM = 25.0  # a node in the water takes the country of the nearest land within this distance
SAMPLE_KM = 5.0  # how closely an edge is sampled for the countries it runs through

# grid (degrees), gap to bridge (km), least size of a component (km): see docs/method.md, "Land"
RECIPES = {"rail": ("world_railways", 0.005, 5.0, 20.0), "road": ("world_highways", 0.02, 3.0, 50.0)}


def build(raw_dir: Path, out_dir: Path, *, tables: Path) -> list[Path]:
    """Write the land network to `out_dir` from the wheel in `raw_dir` (fetched if absent) and `tables`."""
    wheel = source_wheel(raw_dir)
    lines, shapes = zip(*(mode_lines(wheel, mode) for mode in RECIPES), strict=True)
    offset = len(lines[0].lon)
    both = Lines(
        np.concatenate([part.lon for part in lines]),
        np.concatenate([part.lat for part in lines]),
        np.r_[lines[0].tail, lines[1].tail + offset],
        np.r_[lines[0].head, lines[1].head + offset],
        np.concatenate([part.length_km for part in lines]),
    )
    mode = np.repeat([0, 1], [len(part.tail) for part in lines])
    node_mode = np.repeat([0, 1], [len(part.lon) for part in lines])
    both, mode, node_mode, link, link_ids = with_links(both, mode, node_mode, pd.read_csv(tables / "links.csv"))
    bends = [*shapes[0], *shapes[1], *[np.empty((0, 2))] * (len(mode) - sum(map(len, shapes)))]
    iso3, country, crossed_edge, crossed = countries_of(both, out_dir / "countries.parquet")
    path = out_dir / OUTPUT
    save_arrays(
        path,
        lon=quantized(both.lon),
        lat=quantized(both.lat),
        node_mode=node_mode.astype(np.uint8),
        country=country.astype(np.int16),
        tail=both.tail.astype(np.int32),
        head=both.head.astype(np.int32),
        length_km=both.length_km.astype(np.float32),
        mode=mode.astype(np.uint8),
        link=link.astype(np.int16),
        link_ids=np.array(link_ids, dtype=np.str_),
        iso3=np.array(iso3, dtype=np.str_),
        crossed_edge=crossed_edge.astype(np.int32),
        crossed_country=crossed.astype(np.int16),
        bend_count=np.array([len(bend) for bend in bends], dtype=np.uint8),
        bends=quantized(np.concatenate(bends)),
    )
    return [path]


def mode_lines(wheel: Path, mode: str) -> tuple[Lines, list[Floats]]:
    """Prepare one mode's graph; also give the bends of each edge between its ends, as (lon, lat)."""
    name, grid_deg, gap_km, least_km = RECIPES[mode]
    lines = without_scraps(joined(merged(read_lines(wheel, name), grid_deg=grid_deg), gap_km=gap_km), least_km=least_km)
    if mode == "rail":
        lines = closed_loops(lines, gap_km=gap_km, detour=8.0)
    small, shapes = contracted(lines, step_km=STEP_KM)
    final = densified(small, step_km=STEP_KM)
    whole = small.length_km <= STEP_KM  # a longer edge is one straight chord, cut by `densified`, with no bends
    bends = [bend_points(lines, shape) for shape, kept in zip(shapes, whole, strict=True) if kept]
    return final, bends + [np.empty((0, 2))] * (len(final.tail) - len(bends))


def bend_points(lines: Lines, shape: Ints) -> Floats:
    """Give the inner vertices of an edge, thinned to what a map shows (0.002 degree)."""
    if len(shape) <= 2:  # noqa: PLR2004
        return np.empty((0, 2))
    coords = np.column_stack((lines.lon[shape], lines.lat[shape]))
    thin: Floats = shapely.get_coordinates(shapely.simplify(shapely.linestrings(coords), 0.002))
    return thin[1:-1][:255]


def with_links(
    lines: Lines, mode: Ints, node_mode: Ints, links: pd.DataFrame
) -> tuple[Lines, Ints, Ints, Ints, list[str]]:
    """Add the supplement lines, each joined at both ends to the nearest node of its mode (a ferry: of any)."""
    tag = np.full(len(mode), -1)
    node_mode = node_mode.copy()
    for position, row in enumerate(links.itertuples(index=False)):
        code = MODES.index("rail" if row.mode == "bridge" else row.mode)
        coords = shapely.get_coordinates(shapely.from_wkt(row.coordinates))
        chord = geodesic_km(coords[:-1, 0], coords[:-1, 1], coords[1:, 0], coords[1:, 1])
        stretch = max(1.0, row.length_km / chord.sum()) if pd.notna(row.length_km) else 1.0
        near = np.flatnonzero(node_mode == code) if code < 2 else np.arange(len(node_mode))  # noqa: PLR2004
        finder = NearestNodes(lines.lon[near], lines.lat[near])
        end, node, gap = finder.query(coords[[0, -1], 0], coords[[0, -1], 1], k=1, within_km=LINK_GAP_KM)
        line = densified(
            Lines(coords[:, 0], coords[:, 1], np.arange(len(chord)), np.arange(1, len(coords)), chord * stretch),
            step_km=STEP_KM,
        )
        first = len(lines.lon)
        lines = Lines(
            np.r_[lines.lon, line.lon],
            np.r_[lines.lat, line.lat],
            np.r_[lines.tail, line.tail + first, first + np.where(end == 0, 0, len(coords) - 1)],
            np.r_[lines.head, line.head + first, near[node]],
            np.r_[lines.length_km, line.length_km, gap],
        )
        added = len(line.tail) + len(end)
        mode = np.r_[mode, np.full(added, code)]
        tag = np.r_[tag, np.full(added, position)]
        node_mode = np.r_[node_mode, np.full(len(line.lon), code)]
    return lines, mode, node_mode, tag, list(links["link_id"])


def countries_of(lines: Lines, polygons: Path) -> tuple[list[str], Ints, Ints, Ints]:
    """
    Find the country of each node, and of each edge those that neither of its ends lies in.

    Returns
    -------
    iso3, country, crossed_edge, crossed_country
        The codes; the code of each node (-1 at sea); pairs of edge and code for countries only passed through.
    """
    frame = gpd.read_parquet(polygons).dissolve("iso3").reset_index()
    iso3 = list(frame["iso3"])
    country = locate(frame, lines.lon, lines.lat, coast_km=COAST_KM)
    count = np.maximum(np.ceil(lines.length_km / SAMPLE_KM).astype(int), 1) - 1
    edge = np.repeat(np.arange(len(count)), count)
    share = (np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + 1) / (count[edge] + 1)
    tail, head = lines.tail[edge], lines.head[edge]
    lon = lines.lon[tail] + share * lon_step(lines.lon[tail], lines.lon[head])
    lat = lines.lat[tail] + share * (lines.lat[head] - lines.lat[tail])
    seen = locate(frame, lon, lat, coast_km=0.0)
    other = (seen >= 0) & (seen != country[tail]) & (seen != country[head])
    pairs = np.unique(np.column_stack((edge[other], seen[other])), axis=0)
    return iso3, country, pairs[:, 0], pairs[:, 1]


def locate(frame: gpd.GeoDataFrame, lon: Floats, lat: Floats, *, coast_km: float) -> Ints:
    """Give the row of the polygon that holds each point, or the nearest within `coast_km`, else -1."""
    points = shapely.points(lon, lat)
    polygons = frame.geometry.to_numpy()
    shapely.prepare(polygons)
    found = np.full(len(points), -1)
    polygon, point = shapely.STRtree(points).query(polygons, predicate="contains")
    found[point[::-1]] = polygon[::-1]
    if coast_km:
        lost = np.flatnonzero(found < 0)
        index, polygon = shapely.STRtree(polygons).query_nearest(
            points[lost], max_distance=coast_km / KM_PER_DEGREE, all_matches=False
        )
        found[lost[index]] = polygon
    return found
