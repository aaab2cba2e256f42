"""The sidebar: every control of the question, each under its name in the address."""

import streamlit as st

from geo.scenarios import LICENCES
from layers.basemap import CENTRES
from layers.licences import licence_rules
from layers.starts import STARTS
from views import brought, fields, state
from views.groups import group_control
from views.text import (
    chokepoint,
    chokepoint_kinds,
    country,
    country_names,
    hub_names,
    mineral_names,
    plain,
    products,
    words,
)

_STARTS = {"both": "Both", "mined": "Mines", "recycled": "Recycling"}
_KIND = {"land_border": "land border", "port": "port", "ferry": "ferry"}


def sidebar() -> None:
    """Draw all controls."""
    with st.sidebar:
        _question()
        shocks()
        _means()
        _weights()
        st.segmented_control(
            "Centre the map on", list(CENTRES), key="centre", format_func=words, required=True, width="stretch"
        )
        st.button("Reset everything", on_click=state.reset, width="stretch")


def _question() -> None:
    """Ask what is wanted where."""
    minerals, hubs = mineral_names(), hub_names()
    st.selectbox("Mineral", list(minerals), key="mineral", format_func=minerals.__getitem__)
    st.selectbox("Needed in", list(hubs), key="hub", format_func=hubs.__getitem__)
    product()
    _start()


def product() -> None:
    """Ask for the final product."""
    names = products(st.session_state["mineral"])
    st.selectbox(
        "As", list(names), key="product", format_func=lambda stage: f"{words(stage)}: {names[stage]}",
        help="The product that is delivered; later products add a stage.",
    )  # fmt: skip


def _start() -> None:
    """Ask whether mines, recycling plants or both are to be seen."""
    st.segmented_control(
        "Starting at", STARTS, key="start", format_func=_STARTS.__getitem__, required=True, width="stretch",
        help="Recycling plants near a hub win on cost and risk: leave them out to compare mines. "
        "Ranks are then among what is shown; scores stay.",
    )  # fmt: skip


def shocks() -> None:
    """Ask what goes wrong."""
    st.subheader("What goes wrong")
    _presets()
    st.multiselect(
        "Chokepoints closed", fields.closable(), key="close", format_func=_chokepoint_label,
        placeholder="None: base case",
    )  # fmt: skip
    st.multiselect(
        "Countries out", list(country_names()), key="avoid", format_func=country, placeholder="None",
        help="Nothing comes from there and nothing moves through.",
    )  # fmt: skip
    names = fields.outable(st.session_state["mineral"], brought.own().facilities)
    st.multiselect("Facilities out", list(names), key="outages", format_func=names.__getitem__, placeholder="None")
    if st.session_state["partial"]:
        cut = [f"{chokepoint(item)} at {share:.0%}" for item, share in st.session_state["partial"].items()]
        st.caption(f"From your scenario file, partly closed: {plain(', '.join(cut))}.")
    if rest := st.session_state["rest"]:
        st.caption(f"From your scenario file: {plain(', '.join(map(words, rest)).lower())}.")


def _presets() -> None:
    """Ask for scenarios by name, which hold together with the rest."""
    notes = fields.preset_notes()
    st.multiselect(
        "Scenarios by name", list(notes), key="presets", format_func=lambda name: notes[name][0],
        placeholder="None: base case",
    )  # fmt: skip
    for name in st.session_state["presets"]:
        st.caption(plain(notes[name][1]))


def _licences() -> None:
    """Ask what becomes of the exports that need a licence."""
    refused = st.segmented_control(
        "Export licences are", LICENCES, key="licences", format_func=words, required=True, width="stretch",
        help="Nobody publishes how many are given. Granted: the rule is listed and closes nothing. Refused: it closes "
        "what it names, as a ban, while it is in force.",
    ) == LICENCES[1]  # fmt: skip
    st.multiselect(
        "Granted all the same" if refused else "Refused all the same", licence_rules(), key="licences_but",
        placeholder="None",
    )  # fmt: skip
    if st.session_state["as_of"] is None and (refused or st.session_state["licences_but"]):
        st.caption("No licence rule acts without a date: choose one above.")


def _rules() -> None:
    """Ask which dated rules hold whose status nobody knows."""
    if st.session_state["as_of"] is None and not st.session_state["hold"]:
        return
    st.multiselect(
        "Rules that hold, though what follows is not known", fields.rule_ids(), key="hold", placeholder="None",
        help="A suspension that has ended without a known successor holds only if you say so.",
    )  # fmt: skip


def _chokepoint_label(identifier: str) -> str:
    """Name a chokepoint, saying where it is not at sea."""
    kind = _KIND.get(chokepoint_kinds().get(identifier, ""))
    return f"{chokepoint(identifier)} · {kind}" if kind else chokepoint(identifier)


def _means() -> None:
    """Ask by what means, for whom, when."""
    group_control("Allies", "Scores whether every country of a corridor is in the group.")
    ways()


def ways() -> None:
    """Ask by which ships, modes and passages, and for which day."""
    with st.expander("Ships, modes, passages, date"):
        st.selectbox(
            "Vessel class", ["", *fields.VESSELS], key="vessel",
            format_func=lambda name: words(name) if name else "Automatic, by cargo",
        )  # fmt: skip
        st.pills("Modes", fields.MODES, key="modes", selection_mode="multi", format_func=words)
        st.multiselect(
            "Open what is normally closed", fields.passages(), key="reopen", format_func=chokepoint, placeholder="None"
        )
        st.toggle("Count planned sites", key="planned", help="Facilities and lines planned or under construction.")
        st.date_input(
            "Date of the scenario", key="as_of", value=None,
            help="The day whose trade rules hold (without one none does), and the date on maps and files.",
        )  # fmt: skip
        _licences()
        _rules()


def _weights() -> None:
    """Ask how much each criterion counts."""
    with st.expander("Weights of the criteria"):
        st.caption("0 leaves a criterion out; only the proportions count.")
        for pillar, criteria in fields.weighted():
            st.markdown(f"**{plain(words(pillar))}**")
            for name, label in criteria:
                st.slider(label, 0.0, fields.MAX_WEIGHT, step=0.5, key=f"{fields.WEIGHT}{name}")
