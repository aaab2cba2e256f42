"""
Builds `sea.npz`: the MARNET shipping lanes that the searoute package ships, cut every 100 km, and straight legs.

The legs join nodes of MARNET over the open sea where its lanes zigzag (:mod:`layers.build.legs`). Lanes and legs are
one derived work, under MARNET's licence (EUPL-1.2): `data/sources.csv` says what was changed.
"""

import runpy
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from geo.distance import geodesic_km, wrap_lon

from .countries import POLYGONS
from .legs import open_sea_legs
from .store import degrees, quantized, save_arrays
from .topology import Lines, densified, simple

STEP_KM = 100.0  # the longest way from a point at sea to a node is half of this, plus its distance to the lane
SEAM_NORTH_LAT = 62.0  # north of this MARNET's seam along 180 degrees runs over Chukotka, past the Bering Strait
OUTPUT = "sea.npz"


def build(raw_dir: Path, out_dir: Path, *, tables: Path) -> list[Path]:
    """
    Write lanes and legs to `out_dir`; edges are the lanes first, then the legs, the only ones that bend.

    `raw_dir` is not needed: the lanes come with an installed package. The legs ask the polygons in `out_dir` where land
    is, and `tables` for ports and gates.
    """
    del raw_dir
    lanes = densified(read_lanes(), step_km=STEP_KM)
    lanes = replace(lanes, lon=degrees(quantized(lanes.lon)), lat=degrees(quantized(lanes.lat)))  # as they are read
    ports = pd.read_csv(tables / "ports.csv", usecols=["lon", "lat", "gateway"]).query("gateway")
    legs = open_sea_legs(lanes, out_dir / POLYGONS, gates=pd.read_csv(tables / "gates.csv"), ports=ports)
    path = out_dir / OUTPUT
    save_arrays(
        path,
        lon=quantized(lanes.lon),
        lat=quantized(lanes.lat),
        tail=np.r_[lanes.tail, legs.tail].astype(np.int32),
        head=np.r_[lanes.head, legs.head].astype(np.int32),
        length_km=np.r_[lanes.length_km, legs.length_km].astype(np.float32),
        bend_count=np.r_[np.zeros(len(lanes.tail)), legs.bend_count].astype(np.uint8),
        bends=quantized(legs.bends),
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
