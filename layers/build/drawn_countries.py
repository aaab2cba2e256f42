"""
Turns the countries' GeoJSON into what the map's page draws: a script, so that no start has to do it again (0.2 s).

The look is ours (`layers.style`), the form that of :func:`layers.safe.map_code`.
"""

import json
from typing import Any

import shapely

from layers import features, style
from layers.countries import SCRIPT
from layers.safe import map_code
from layers.turns import whole

_AROUND_DEG = 360.0
_DECIMALS = 2


def script(text: str) -> str:
    """Write the countries of a GeoJSON text as the script that the app's page loads."""
    return SCRIPT.format(map_code(countries_drawn(text), _DECIMALS))


def countries_drawn(text: str) -> features.Collection:
    """
    Turn the countries' GeoJSON into what the map draws.

    A country that the antimeridian does not cut is passed on as it is written; a cut one is made one shape, or the cut
    would look like a border.

    Parameters
    ----------
    text
        FeatureCollection of polygons cut at the antimeridian (`layers.build.countries.basemap`).
    """
    found = json.loads(text)["features"]
    shapes = shapely.get_parts(shapely.from_geojson(text))
    west, _, east, _ = shapely.bounds(shapes).T
    cut = (west <= -_AROUND_DEG / 2) | (east >= _AROUND_DEG / 2)
    kept = [
        _made_whole(shape) if at_edge else {"type": "Feature", "geometry": feature["geometry"], "properties": {}}
        for feature, shape, at_edge in zip(found, shapes, cut.tolist(), strict=True)
    ]
    return features.collection(kept)


def _made_whole(shape: shapely.Geometry) -> dict[str, Any]:
    """Join what the antimeridian cuts; Antarctica, which goes round, has no neighbour to draw a border to."""
    shape = whole(shape, 0.0)
    around = shape.bounds[2] - shape.bounds[0] >= _AROUND_DEG
    looks = {"_s": {"color": style.LAND}} if around else {}
    return {"type": "Feature", "geometry": features.rounded(shape, _DECIMALS), "properties": looks}
