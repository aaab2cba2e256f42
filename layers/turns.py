"""
On which turn of the world a geometry is drawn: whole, near the middle of the map.

The map repeats what it draws a turn to either side (`web/runtime.js`), so nothing is cut at its edges.
"""

import shapely
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from layers.geometry import recentre, unwrap

_TURN = 360.0


def whole(geometry: BaseGeometry, centre_lon: float) -> BaseGeometry:
    """
    Make a geometry whole where it crosses the antimeridian, on the turn of the world nearest a meridian.

    Parameters
    ----------
    geometry
        Lines, or polygons cut at the antimeridian; degrees.
    centre_lon
        The meridian in the middle of the map; the middle of the geometry lies within 180 degrees of it.

    Returns
    -------
    geometry
        Longitudes may leave ±180; polygon halves that meet there are merged. What goes all the way round
        (Antarctica) stays cut.

    Examples
    --------
    >>> whole(shapely.LineString([(170, 0), (-170, 2)]), -100)
    <LINESTRING (-190 0, -170 2)>
    >>> halves = shapely.MultiPolygon([shapely.box(170, 0, 180, 1), shapely.box(-180, 0, -170, 1)])
    >>> whole(halves, 0).bounds
    (170.0, 0.0, 190.0, 1.0)
    """
    if geometry.is_empty:
        return geometry
    if "Line" in geometry.geom_type:
        lines = [unwrap(part) for part in shapely.get_parts(geometry) if not part.is_empty]
        made: BaseGeometry = lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
    else:
        halved = geometry.bounds[0] <= -_TURN / 2 and geometry.bounds[2] >= _TURN / 2
        made = recentre(geometry, _TURN / 2) if halved else geometry
        made = geometry if made.bounds[2] - made.bounds[0] >= _TURN else made
    west, _, east, _ = made.bounds
    turns = round((centre_lon - (west + east) / 2) / _TURN)
    return translate(made, turns * _TURN) if turns else made
