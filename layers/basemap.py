"""
The map under the data: countries, panes, Leaflet and nothing else.

It asks for no tile and no library but Leaflet. It starts on the Atlantic or on the Pacific; to either side the world is
drawn again (`web/runtime.js`), so that a crossing of either is one line. No map is kept: st_folium writes into the map
it is given, and a kept one loses its layers on the second run.
"""

from collections.abc import Sequence
from typing import Any

import folium
from folium.template import Template

from geo.errors import BadInputError
from layers import style
from layers.safe import Runtime, SafeGeoJson

CENTRES = {"atlantic": 0.0, "pacific": 150.0}
VENDORED = "vendor:leaflet/"  # an address that only `layers.standalone` resolves

_PANES = {"countries": 250, "legs": 390, "base": 400, "lost": 410, "scenario": 420, "points": 450}
_SOUTH, _NORTH = -58.0, 74.0
_AROUND_DEG = 360.0
_OFFLINE = "Countries (no network)"


class LeanMap(folium.Map):
    """
    A Folium map that asks for Leaflet only: no jQuery, Bootstrap or icon fonts, and no fixed zoom on phones.

    Parameters
    ----------
    assets
        Where ``leaflet.js`` and ``leaflet.css`` are: a relative address of the app, or `VENDORED`.
    scripts
        Addresses of more scripts that the page loads first.
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

    def __init__(self, *, assets: str = VENDORED, scripts: Sequence[str] = (), **options: Any) -> None:
        super().__init__(**options)
        self.default_js = [("leaflet", f"{assets}leaflet.js"), *((address, address) for address in scripts)]
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


def base_map(
    countries: str, *, centre: str = "atlantic", assets: str = VENDORED, scripts: Sequence[str] = ()
) -> LeanMap:
    """
    Make the map that stays: countries, panes and the script the layers call.

    Parameters
    ----------
    countries
        JavaScript that gives the countries: `layers.countries.basemap`, or the name that one of `scripts` gives them.
    assets, scripts
        Where Leaflet is, and what else the page loads first (see `LeanMap`).
    """
    middle = centre_lon(centre)
    world = [[_SOUTH, middle - 180], [_NORTH, middle + 180]]
    drawn = LeanMap(
        assets=assets,
        scripts=scripts,
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
        countries, style=style.COUNTRIES, pane="countries", options=quiet, name=_OFFLINE, overlay=False
    )
    drawn.countries.control = False  # nothing to choose from until tiles are offered
    drawn.countries.add_to(drawn)
    return drawn
