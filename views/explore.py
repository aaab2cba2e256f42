"""The screen that does the whole job: what is asked, what is left, on a map, in a table, in words."""

import streamlit as st

from layers.answer import Answer, the_finder
from layers.planner import world
from layers.provenance import BOUNDARIES, OSM_CREDIT
from views import atlas, brought, changes, controls, detail, fields, method, state, summary, supply, table, takeaway
from views.answers import answered, ranked, shown


def render() -> None:
    """Draw the screen."""
    with st.spinner("Loading the network and the facilities, once ..."):
        world()
    state.restore()
    controls.sidebar()
    state.warn()
    with st.spinner("Finding what still gets through ..."):
        whole = answered(state.ask(), state.scenario(), tuple(sorted(state.weights().items())))
        found = shown(whole, st.session_state["start"])
    centre, efficient = st.session_state["centre"], st.session_state["efficient"]
    above = st.container()
    atlas.draw(found, centre=centre, efficient=efficient)  # sent first: of all on the page it takes longest to draw
    with above:
        _heading(found, centre=centre, efficient=efficient)
    st.caption(f"{OSM_CREDIT}. {BOUNDARIES}")
    _sections(found, efficient=efficient)
    state.publish()
    finder = the_finder(found.ask, found.asked)
    finder.router.get_ready(found.asked, finder.question.cargoes(found.asked))  # while the reader reads


def _heading(found: Answer, *, centre: str, efficient: bool) -> None:
    """Say what is left, in words and figures, beside what can be taken along."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        summary.headline(found)
        takeaway.takeaway(found, centre=centre, efficient=efficient)
    brought.note()
    summary.figures(found)


def _sections(found: Answer, *, efficient: bool) -> None:
    """Draw the section that the reader picked, and only that one."""
    view = st.segmented_control(
        "Section", fields.VIEWS, key="view", required=True, label_visibility="collapsed", width="content"
    )
    if view == "Corridors":
        st.toggle(
            "Only corridors that no other beats in everything", key="efficient",
            help="In cost, P95 days, emissions, delay by a closure, worst country, allies and capacity at once.",
        )  # fmt: skip
        if ranked(found, efficient).empty:
            st.info("No corridor is known for this question. Count planned sites, or ask for an earlier product.")
            return
        table.ranked_table(found, efficient=efficient)
        detail.detail(found)
    elif view == "What changed":
        changes.changes(found)
    elif view == "Concentration":
        supply.concentrated(found)
    elif view == "Sources":
        supply.facilities(found)
    else:
        method.method()
