"""Draws a closed area: a click on the map sets a corner, a table beside it takes corners by keyboard."""

import csv
import io
from collections.abc import Callable
from typing import Any

import folium
import pandas as pd
import shapely
import streamlit as st
from streamlit_folium import st_folium

from layers import style
from layers.features import area_features
from layers.maps import layer_control
from layers.safe import SafeGeoJson, SafeGroup
from layers.uploads import Kind
from views import brought
from views.atlas import bare_map

_CORNERS, _VERSION, _LAST, _DRAWN = "_corners", "_corners_version", "_corners_click", "_corners_drawn"
_NAME = "closure_name"
_FILE = "drawn.csv"
_FEWEST = 3
_MAP_PX = 420
_CENTRE = "atlantic"

Take = Callable[[Kind, str, bytes], None]


def draw(take: Take) -> None:
    """Offer map and table; the finished ring goes the way of a file."""
    with st.expander("Draw an area", expanded=not brought.areas()):
        st.caption("Click the map to set corners one after the other, or type them; three or more make an area.")
        left, right = st.columns([3, 1], gap="medium")
        with left:
            st_folium(
                bare_map(_CENTRE),
                key="closure-map", height=_MAP_PX, use_container_width=True, returned_objects=["last_clicked"],
                feature_group_to_add=[_shown()], layer_control=layer_control(), on_change=_clicked,
            )  # fmt: skip
        with right:
            st.text_input("Name of the area", "Drawn area", key=_NAME, max_chars=80)
            table = _table()
            st.button(
                "Close this area", key="closure_go", disabled=len(table) < _FEWEST, on_click=_finish, args=(take, table)
            )
            st.button("Start again", key="closure_clear", on_click=_set, args=([],))


def _table() -> list[tuple[float, float]]:
    """Show the corners for edits and give those that are whole."""
    frame = pd.DataFrame(_corners(), columns=["lon", "lat"], dtype=float)
    degrees = st.column_config.NumberColumn
    edited = st.data_editor(
        frame, num_rows="dynamic", hide_index=True, key=f"corners-{st.session_state.get(_VERSION, 0)}",
        column_config={
            "lon": degrees("Longitude", min_value=-180.0, max_value=180.0, format="%.3f"),
            "lat": degrees("Latitude", min_value=-90.0, max_value=90.0, format="%.3f"),
        },
    )  # fmt: skip
    whole = edited.dropna()
    return list(zip(whole["lon"].tolist(), whole["lat"].tolist(), strict=True))


def _corners() -> list[tuple[float, float]]:
    """Give the corners that were set by clicks."""
    found: list[tuple[float, float]] = st.session_state.get(_CORNERS, [])
    return found


def _set(corners: list[tuple[float, float]]) -> None:
    """Take corners over; the table is made anew, as its edits hold for the old ones."""
    st.session_state[_CORNERS] = corners
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1


def _clicked() -> None:
    """Add the point that was clicked, once."""
    point: dict[str, Any] = (st.session_state.get("closure-map") or {}).get("last_clicked") or {}
    if point and point != st.session_state.get(_LAST):
        st.session_state[_LAST] = point
        lon = (float(point["lng"]) + 180.0) % 360.0 - 180.0
        _set([*_corners(), (round(lon, 3), round(float(point["lat"]), 3))])


def _finish(take: Take, corners: list[tuple[float, float]]) -> None:
    """Hand the areas drawn so far over as a file: the same checks hold for them."""
    name = st.session_state.get(_NAME) or "Drawn area"
    upload = brought.uploads().get("closure")
    before = st.session_state.get(_DRAWN, []) if upload is not None and upload.file_name == _FILE else []
    drawn = [*before, (name, shapely.to_wkt(shapely.Polygon(corners), rounding_precision=6))]
    st.session_state[_DRAWN] = drawn
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("name", "wkt"), *drawn])
    take("closure", _FILE, text.getvalue().encode())
    _set([])


def _shown() -> folium.FeatureGroup:
    """Draw the areas in use and the ring so far."""
    group = SafeGroup(control=False)
    rows = [(f"Closed area {number}", shapely.from_wkt(text)) for number, text in enumerate(sorted(brought.areas()), 1)]
    corners = _corners()
    if len(corners) >= _FEWEST:
        rows.append(("Not yet closed", shapely.Polygon(corners)))
    areas = pd.DataFrame(rows, columns=["name", "geometry"])
    SafeGeoJson(area_features(areas, centre_lon=0.0), style=style.AREA).add_to(group)
    points = [_point(*corner) for corner in corners]
    SafeGeoJson({"type": "FeatureCollection", "features": points}, style=style.CHOKEPOINT["partial"]).add_to(group)
    return group


def _point(lon: float, lat: float) -> dict[str, Any]:
    """Make a corner, named by where it is."""
    at = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "properties": {"name": f"{lon}, {lat}"}, "geometry": at}
