"""
An empty Streamlit page with the map of the app and one control: the least that a rerun can take.

Started by the screen jobs beside the app; everything to show is worked out before the first page is shown.
"""

import copy

import streamlit as st
from streamlit_folium import st_folium

from geo.scenarios import Scenario
from layers.answer import Ask, answer
from layers.basemap import CENTRES
from layers.maps import layer_control, map_groups
from layers.outputs import map_frames, provenance
from tests.bench.screen import CLOSED, MINERAL, PLACE
from views.answers import drawn
from views.atlas import HEIGHT_PX, bare_map


@st.cache_resource
def _groups() -> dict[str, list]:
    """Draw every map once."""
    made = {}
    for count, name in enumerate(("", *CLOSED)):  # one more at a time, as the app's list grows
        found = answer(Ask(MINERAL, PLACE), Scenario(close=frozenset(list(CLOSED)[:count])))
        frames = map_frames(found, drawn(found, efficient=False))
        made[name] = map_groups(frames, provenance=provenance(found))
    return made


def page() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Empty", layout="wide")
    groups = _groups()
    picked = st.selectbox("Chokepoints closed", list(groups), key="close")
    st_folium(
        bare_map(next(iter(CENTRES))),
        key="map",
        height=HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=copy.deepcopy(groups[picked]),
        layer_control=layer_control(),
    )


if __name__ == "__main__":  # Streamlit runs it under this name; a test that imports it draws nothing
    page()
