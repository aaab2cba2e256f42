"""The map of an answer inside the app: Leaflet from our own folder, the base kept, the groups changed."""

import copy
import dataclasses
from functools import lru_cache
from pathlib import Path

import folium
import streamlit as st
import streamlit.components.v1 as components
from streamlit_folium import st_folium

import layers
from layers.answer import Answer
from layers.basemap import LeanMap, base_map
from layers.choice import Choice
from layers.countries import IN_PAGE, basemap_script
from layers.facilities import of_mineral
from layers.maps import corridor_bounds, layer_control, map_groups, site_groups
from layers.outputs import map_frames, provenance
from layers.own import Rows
from layers.planner import world_with
from layers.safe import SafeGroup
from views.answers import KEPT, drawn, map_key
from views.summary import asked_words

_FOLDERS = {"leaflet": Path(layers.__file__).parent / "vendor" / "leaflet", "countries": basemap_script().parent}
for _name, _folder in _FOLDERS.items():
    components.declare_component(_name, path=str(_folder))
# Relative to the map's own frame, so that it also holds behind a proxy with a path of its own.
ASSETS = f"../{__name__}.leaflet/"
_COUNTRIES = f"../{__name__}.countries/{basemap_script().name}"
HEIGHT_PX = 600


def draw(found: Answer, *, centre: str, efficient: bool) -> None:
    """Draw corridors of both cases, facilities, ports, chokepoints and hub; a click on a corridor chooses it."""
    key = f"map-{centre}"
    groups = [*copy.deepcopy(_groups(found, centre, efficient)), _choice(found, centre, efficient)]
    st_folium(
        bare_map(centre),
        key=key,
        height=HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=groups,
        layer_control=layer_control(),
        on_change=lambda: _clicked(key),
    )


def bare_map(centre: str) -> LeanMap:
    """Make the map that stays on a page: its countries are a script that a browser loads once, not with each answer."""
    return base_map(IN_PAGE, centre=centre, assets=ASSETS, scripts=[_COUNTRIES])


def _clicked(key: str) -> None:
    """Choose the corridor that was clicked; other things on the map only show their pop-up."""
    clicked = (st.session_state.get(key) or {}).get("last_active_drawing") or {}
    properties = clicked.get("properties") or {}
    if properties.get("key"):
        st.session_state["corridor"] = str(properties["id"])


def _choice(found: Answer, centre: str, efficient: bool) -> folium.FeatureGroup:  # noqa: FBT001 passed on
    """Make the layer that shows what is chosen."""
    group = SafeGroup(control=False)
    question = f"{found.ask.mineral} {found.ask.hub} {centre}"
    key = map_key(found, st.session_state["corridor"])
    Choice(key, bounds=_bounds(found, centre, efficient), question=question).add_to(group)
    return group


@lru_cache(maxsize=KEPT)
def _bounds(found: Answer, centre: str, efficient: bool) -> list[list[float]] | None:  # noqa: FBT001 a cache key
    """Find what to show first."""
    return corridor_bounds(drawn(found, efficient), centre=centre)


@lru_cache(maxsize=KEPT)
def _groups(found: Answer, centre: str, efficient: bool) -> list[folium.FeatureGroup]:  # noqa: FBT001 a cache key
    """Keep the groups of an answer as they were before any page: st_folium writes into what it is given."""
    frames = map_frames(found, drawn(found, efficient))
    asked = asked_words(found)
    heading = asked[0].upper() + asked[1:]  # the page has mineral and hub in its own heading
    said = dataclasses.replace(provenance(found), scenario=heading)
    sites = _sites(found.ask.mineral, found.ask.own.facilities, centre)
    return map_groups(frames, provenance=said, centre=centre, sites=sites)


@lru_cache(maxsize=KEPT)
def _sites(mineral: str, places: Rows | None, centre: str) -> list[folium.FeatureGroup]:
    """Keep what every scenario of a mineral draws alike."""
    return site_groups(of_mineral(world_with(places).facilities, mineral), centre=centre)
