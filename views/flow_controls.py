"""What the screens of who gets what ask alike: a mineral, who competes for it, what goes wrong, on which day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from geo.scenarios import Scenario
from layers.names import named
from layers.planner import default_product, world
from layers.supply import DEFAULT_HUBS
from views import controls, state
from views.flow_fields import OF_SCREEN
from views.groups import group_control
from views.text import hub_names, mineral_names, plain, words


@dataclass(frozen=True)
class Chosen:
    """The choices of the sidebar."""

    mineral: str
    hubs: tuple[str, ...]
    scenario: Scenario
    group: str | None
    final_stage: str | None
    """The product, where it is not what a screen without this choice takes."""


def chosen(screen: str, *, one_mineral: bool = True, beside: Callable[[], None] | None = None) -> Chosen:
    """Restore the screen's choices, draw the sidebar with what the screen has beside it, and give what is chosen."""
    with st.spinner("Loading the network and the facilities, once ..."):
        world()
    state.restore(screen)
    minerals, hubs = mineral_names(), hub_names()
    with st.sidebar:
        if one_mineral:
            st.selectbox("Mineral", list(minerals), key="mineral", format_func=minerals.__getitem__)
        if "product" in OF_SCREEN[screen]:
            controls.product()
        with st.expander(f"Who competes: {len(st.session_state['hubs']) or len(DEFAULT_HUBS)} hubs"):
            st.multiselect("Hubs", list(hubs), key="hubs", format_func=hubs.__getitem__, placeholder="The usual seven")
        controls.shocks()
        group_control("Club", "Its members pool their need and count as allied.")
        if beside is not None:
            beside()
        controls.ways()
        st.button("Reset everything", on_click=state.reset, width="stretch")
    state.warn()
    places = tuple(st.session_state["hubs"]) or DEFAULT_HUBS
    mineral, product = st.session_state["mineral"], st.session_state["product"]
    other = product if "product" in OF_SCREEN[screen] and product != default_product(mineral) else None
    return Chosen(mineral, places, state.scenario(), st.session_state["alliance"] or None, other)


def cargo(asked: Chosen) -> str:
    """Name what is asked for: the mineral, and the product where it is not the usual one."""
    made = f" as {words(asked.final_stage).lower()}" if asked.final_stage else ""
    return f"{mineral_names()[asked.mineral].lower()}{made}"


def title(what: str, asked: Scenario) -> None:
    """Head a screen with what it shows of which scenario."""
    st.title(plain(f"{what}: {'base case' if asked.name == 'base' else asked.name}"), anchor=False)


def told(findings: tuple[str, ...], most: int = 8) -> None:
    """Show findings in words, as plain text, names in place of ids; the first few at once."""
    st.markdown("\n".join(f"- {plain(named(line))}" for line in findings[:most]))
    if findings[most:]:
        with st.expander(f"{len(findings) - most} more findings"):
            st.markdown("\n".join(f"- {plain(named(line))}" for line in findings[most:]))


def files(made: Mapping[str, str] | Callable[[], Mapping[str, str]]) -> None:
    """Offer files for download; a function makes them when the popover is drawn."""
    with st.popover("Files"):
        st.caption("What is on the screen, with scenario, date, sources and licences inside.")
        for name, text in (made() if callable(made) else made).items():
            st.download_button(name, text, file_name=name, key=f"file_{name}", on_click="ignore", width="stretch")
