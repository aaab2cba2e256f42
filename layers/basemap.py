"""
The map under the data: countries, panes, Leaflet and nothing else.

It asks for no tile and no library but Leaflet. It starts on the Atlantic or on the Pacific; to either side the
world is drawn again (`web/runtime.js`), so that a crossing of either is one line. Its *text* is cached
(`_countries_code`), never the map: st_folium writes into the map it is given, and a cached one loses its layers on
the second run.
"""

import functools
import json
from typing import Any

import folium
import shapely
from folium.template import Template

from geo.errors import BadInputError
from layers import features, style
from layers.safe import Runtime, SafeGeoJson, map_code
from layers.turns import whole

CENTRES = {"atlantic": 0.0, "pacific": 150.0}
VENDORED = "vendor:leaflet/"  # an address that only `layers.standalone` resolves

_PANES = {"countries": 250, "legs": 390, "base": 400, "lost": 410, "scenario": 420, "points": 450}
_SOUTH, _NORTH = -58.0, 74.0
_AROUND_DEG = 360.0
_OFFLINE = "Countries (no network)"
_DECIMALS = 2


class LeanMap(folium.Map):
    """
    A Folium map that asks for Leaflet only: no jQuery, Bootstrap or icon fonts, and no fixed zoom on phones.

    Parameters
    ----------
    assets
        Where ``leaflet.js`` and ``leaflet.css`` are: a relative address of the app, or `VENDORED`.
    options
        Passed to `folium.Map`.

    Attributes
    ----------
    countries, runtime
        The layer of countries and the map's own script, once `base_map` has drawn them.
    """

    countries: SafeGeoJson
    runtime: Runtime

    _template = Template(
        "{% macro header(this, kwargs) %}<style>html, body {margin: 0; height: 100%} "
        "#{{ this.get_name() }} {position: relative; "
        "width: {{ this.width[0] }}{{ this.width[1] }}; height: {{ this.height[0] }}{{ this.height[1] }}}"
        "</style>{% endmacro %}"
        '{% macro html(this, kwargs) %}<div class="folium-map" id="{{ this.get_name() }}" ></div>{% endmacro %}'
        "{% macro script(this, kwargs) %}var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, "
        "{center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}});"
        "L.control.zoom({position: 'topright'}).addTo({{ this.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self, *, assets: str = VENDORED, **options: Any) -> None:
        super().__init__(**options)
        self.default_js = [("leaflet", f"{assets}leaflet.js")]
        self.default_css = [("leaflet_css", f"{assets}leaflet.css")]


def centre_lon(centre: str) -> float:
    """
    Look up the meridian of a named centre.

    Examples
    --------
    >>> centre_lon("pacific")
    150.0
    """
    try:
        return CENTRES[centre]
    except KeyError:
        msg = f"no map centre {centre!r}: use {' or '.join(CENTRES)}"
        raise BadInputError(msg) from None


@functools.lru_cache(maxsize=4)
def _countries_code(text: str) -> str:
    """Write the countries as the map takes them, once."""
    return map_code(countries_drawn(text), _DECIMALS)


def countries_drawn(text: str) -> features.Collection:
    """
    Turn the countries' GeoJSON into what the map draws.

    A country that the antimeridian does not cut is passed on as it is written, for the first page waits; a cut one is
    made one shape, or the cut would look like a border.

    Parameters
    ----------
    text
        FeatureCollection of polygons cut at the antimeridian, with property ``name``
        (``data/network/basemap.geojson``).
    """
    found = json.loads(text, parse_float=_two_decimals)["features"]
    shapes = shapely.get_parts(shapely.from_geojson(text))
    west, _, east, _ = shapely.bounds(shapes).T
    cut = (west <= -_AROUND_DEG / 2) | (east >= _AROUND_DEG / 2)
    kept = [
        _made_whole(shape) if at_edge else {"type": "Feature", "geometry": feature["geometry"], "properties": {}}
        for feature, shape, at_edge in zip(found, shapes, cut.tolist(), strict=True)
    ]
    return features.collection(kept)


def _two_decimals(written: str) -> float:
    """Read a coordinate no finer than the map shows it."""
    return round(float(written), _DECIMALS)


def _made_whole(shape: shapely.Geometry) -> dict[str, Any]:
    """Join what the antimeridian cuts; Antarctica, which goes round, has no neighbour to draw a border to."""
    shape = whole(shape, 0.0)
    around = shape.bounds[2] - shape.bounds[0] >= _AROUND_DEG
    looks = {"_s": {"color": style.LAND}} if around else {}
    return {"type": "Feature", "geometry": features.rounded(shape, _DECIMALS), "properties": looks}


def base_map(basemap: str, *, centre: str = "atlantic", assets: str = VENDORED) -> LeanMap:
    """
    Make the map that stays: countries, panes and the script the layers call.

    Parameters
    ----------
    basemap
        Text of the countries' GeoJSON (see `countries_drawn`).
    assets
        Where Leaflet is (see `LeanMap`).
    """
    middle = centre_lon(centre)
    world = [[_SOUTH, middle - 180], [_NORTH, middle + 180]]
    drawn = LeanMap(
        assets=assets,
        location=[20, middle],
        zoom_start=2,
        tiles=None,
        max_bounds=True,
        min_lat=-85,
        max_lat=85,
        min_lon=middle - _AROUND_DEG,
        max_lon=middle + _AROUND_DEG,
        attributionControl=False,  # ours is text, with every source (`panels`)
        zoomControl=False,
        zoomSnap=0.25,
        minZoom=0,
        maxZoom=10,
    )
    drawn.runtime = Runtime({"panes": _PANES, "sea": style.SEA, "bounds": world})
    drawn.add_child(drawn.runtime)
    quiet = {"tip": False, "interactive": False}
    drawn.countries = SafeGeoJson(
        _countries_code(basemap), style=style.COUNTRIES, pane="countries", options=quiet, name=_OFFLINE, overlay=False
    )
    drawn.countries.control = False  # nothing to choose from until tiles are offered
    drawn.countries.add_to(drawn)
    return drawn
