"""The screen that does the whole job: what is asked, what is left, on a map, in a table, in words."""

import streamlit as st

from layers.planner import world
from views import atlas, controls, state, summary, table
from views.answers import answered
from views.text import plain


def render() -> None:
    """Draw the screen."""
    with st.spinner("Loading the network and the facilities, once ..."):
        world()
    state.restore()
    controls.sidebar()
    state.publish()
    if wrong := state.problems():
        st.warning(f"Left out, as this app does not know it: {plain('; '.join(wrong))}")
    with st.spinner("Finding what still gets through ..."):
        found = answered(state.ask(), state.scenario(), tuple(sorted(state.weights().items())))
    summary.headline(found)
    summary.figures(found)
    efficient = st.session_state["efficient"]
    atlas.draw(found, centre=st.session_state["centre"], efficient=efficient)
    table.ranked_table(found, efficient=efficient)
