"""
Lines and areas as whole numbers: what the map's page is sent in place of GeoJSON.

A vertex is two whole numbers, longitude and latitude in the last decimal that the map shows, each as the step from the
vertex before it. That is less than half the text, and the page reads it without making an array for every vertex.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

_LINES = {"LineString", "MultiLineString", "Polygon", "MultiPolygon"}


def stepped(geometry: Mapping[str, Any], decimals: int) -> dict[str, Any]:
    """
    Write lines and areas as steps; anything else stays GeoJSON.

    Parameters
    ----------
    geometry
        GeoJSON, degrees.
    decimals
        How many decimals of a degree are kept.

    Returns
    -------
    geometry
        ``type``, ``grain`` (units a degree) and ``steps``: nested as the coordinates are, but each line flat. Heights
        are left out: a map has none.

    Raises
    ------
    ValueError
        For a vertex that is nowhere (NaN or infinity).

    Examples
    --------
    >>> stepped({"type": "LineString", "coordinates": [[170.0, 0.5], [190.0, 2.0]]}, 1)
    {'type': 'LineString', 'grain': 10, 'steps': [1700, 5, 200, 15]}
    >>> stepped({"type": "Point", "coordinates": [1.0, 2.0]}, 1)
    {'type': 'Point', 'coordinates': [1.0, 2.0]}
    """
    kind = geometry["type"]
    if kind not in _LINES:
        return dict(geometry)
    grain = 10**decimals
    return {"type": kind, "grain": grain, "steps": _walked(geometry["coordinates"], grain)}


def _walked(coordinates: Any, grain: int) -> list[Any]:
    """Turn each line into steps, at any depth of nesting."""
    if not isinstance(coordinates[0][0], int | float):
        return [_walked(part, grain) for part in coordinates]
    at = np.asarray(coordinates, dtype=float)[:, :2]
    if not np.isfinite(at).all():  # as whole numbers they would be places
        msg = "a line or area has a vertex that is NaN or infinite: leave it out, or give its place"
        raise ValueError(msg)
    whole = np.rint(at * grain).astype(np.int64)
    whole[1:] -= whole[:-1].copy()
    steps: list[int] = whole.ravel().tolist()
    return steps
