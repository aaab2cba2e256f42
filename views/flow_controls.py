"""What the screens of issue 3 ask alike: a mineral, who competes for it, what goes wrong, on which day."""

from dataclasses import dataclass

import streamlit as st

from geo.scenarios import Scenario
from layers.planner import world
from layers.presets import joined, preset, presets
from layers.supply import DEFAULT_HUBS
from views.text import group_names, hub_names, mineral_names, plain

PARTNERSHIP = "msp+eu"


@dataclass(frozen=True)
class Chosen:
    """The choices of the sidebar."""

    mineral: str
    hubs: tuple[str, ...]
    scenario: Scenario
    group: str | None


def chosen() -> Chosen:
    """Draw the sidebar and give what is chosen."""
    with st.spinner("Loading the network and the facilities, once ..."):
        world()
    minerals, hubs, groups = mineral_names(), hub_names(), {PARTNERSHIP: "MSP with all EU members"} | group_names()
    with st.sidebar:
        mineral = st.selectbox("Mineral", list(minerals), key="flow_mineral", format_func=minerals.__getitem__)
        places = st.multiselect(
            "Who competes", list(hubs), default=list(DEFAULT_HUBS), key="flow_hubs", format_func=hubs.__getitem__
        )
        scenario = _scenario()
        group = st.selectbox(
            "Club", ["", *groups], key="flow_group", format_func=lambda name: groups.get(name, "No club")
        )
    return Chosen(mineral, tuple(places) or DEFAULT_HUBS, scenario, group or None)


def _scenario() -> Scenario:
    """Ask for presets, which hold together, and the day whose rules hold."""
    table = presets()
    names = st.multiselect(
        "What goes wrong", list(table.index), key="flow_presets", format_func=table["name"].to_dict().__getitem__,
        placeholder="Nothing: base case",
    )  # fmt: skip
    for name in names:
        st.caption(plain(f"Source: {table.loc[name, 'source']} ({table.loc[name, 'truth_state']})."))
    day = st.date_input(
        "Trade rules of the day", value=None, key="flow_day", help="Without a day no dated rule holds, in both cases."
    )
    found = joined([preset(name) for name in names]) if names else Scenario()
    title = "; ".join(str(table.loc[name, "name"]) for name in names)[:120] or "base"
    return found.model_copy(update={"as_of": day, "name": title})


def told(findings: tuple[str, ...]) -> None:
    """Show findings as plain text."""
    st.markdown("\n".join(f"- {plain(line)}" for line in findings))


def files(made: dict[str, str]) -> None:
    """Offer files for download."""
    with st.container(horizontal=True):
        for name, text in made.items():
            st.download_button(name, text, file_name=name, key=f"file_{name}")
