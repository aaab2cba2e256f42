"""Builds `sea.npz`: the MARNET shipping lanes that the searoute package ships (EUPL-1.2), cut every 100 km."""

import runpy
from importlib.resources import files
from pathlib import Path

import numpy as np

from geo.distance import geodesic_km, wrap_lon

from .store import quantized, save_arrays
from .topology import Lines, densified, simple

STEP_KM = 100.0  # the longest way from a point at sea to a node is half of this, plus its distance to the lane
SEAM_NORTH_LAT = 62.0  # north of this MARNET's seam along 180 degrees runs over Chukotka, past the Bering Strait
OUTPUT = "sea.npz"


def build(raw_dir: Path, out_dir: Path) -> list[Path]:
    """Write the sea lanes to `out_dir`; `raw_dir` is not needed, the lanes come with an installed package."""
    del raw_dir
    lanes = densified(read_lanes(), step_km=STEP_KM)
    path = out_dir / OUTPUT
    save_arrays(
        path,
        lon=quantized(lanes.lon),
        lat=quantized(lanes.lat),
        tail=lanes.tail.astype(np.int32),
        head=lanes.head.astype(np.int32),
        length_km=lanes.length_km.astype(np.float32),
    )
    return [path]


def read_lanes() -> Lines:
    """
    Read MARNET with longitudes brought into [-180, 180).

    Seven of its nodes lie past 180 degrees and its seam at the antimeridian is drawn twice; both fold into one.
    """
    source = files("searoute").joinpath("data/marnet_dict.py")
    edges = runpy.run_path(str(source))["edge_list"]
    ends = np.array([[*a, *b] for a, around in edges.items() for b in around], dtype=float)
    seam = (np.abs(ends[:, 0]) == 180) & (np.abs(ends[:, 2]) == 180) & (ends[:, [1, 3]].max(axis=1) > SEAM_NORTH_LAT)  # noqa: PLR2004
    ends = ends[~seam]
    points = np.round(np.column_stack((wrap_lon(ends[:, [0, 2]].ravel()), ends[:, [1, 3]].ravel())), 6)
    unique, index = np.unique(points, axis=0, return_inverse=True)
    tail, head = index.reshape(-1, 2).T
    lon, lat = unique[:, 0], unique[:, 1]
    return simple(Lines(lon, lat, tail, head, geodesic_km(lon[tail], lat[tail], lon[head], lat[head])))
