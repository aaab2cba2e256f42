"""What the screens of who gets what ask alike: a mineral, who competes for it, what goes wrong, on which day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from geo.scenarios import Scenario
from layers.planner import world
from layers.presets import joined, preset, presets
from layers.supply import DEFAULT_HUBS
from views import controls, state
from views.flow_fields import rule_ids
from views.groups import group_control
from views.names import named
from views.text import chokepoint, country, hub_names, listed, mineral_names, plain


@dataclass(frozen=True)
class Chosen:
    """The choices of the sidebar."""

    mineral: str
    hubs: tuple[str, ...]
    scenario: Scenario
    group: str | None


def chosen(screen: str, *, one_mineral: bool = True, beside: Callable[[], None] | None = None) -> Chosen:
    """Restore the screen's choices, draw the sidebar with what the screen has beside it, and give what is chosen."""
    with st.spinner("Loading the network and the facilities, once ..."):
        world()
    state.restore(screen)
    minerals, hubs = mineral_names(), hub_names()
    with st.sidebar:
        if one_mineral:
            st.selectbox("Mineral", list(minerals), key="mineral", format_func=minerals.__getitem__)
        with st.expander(f"Who competes: {len(st.session_state['hubs']) or len(DEFAULT_HUBS)} hubs"):
            st.multiselect("Hubs", list(hubs), key="hubs", format_func=hubs.__getitem__, placeholder="The usual seven")
        _presets()
        controls.shocks()
        group_control("Club", "Its members pool their need and count as allied.")
        _rules()
        if beside is not None:
            beside()
        controls.ways()
        st.button("Reset everything", on_click=state.reset, width="stretch")
    state.warn()
    places = tuple(st.session_state["hubs"]) or DEFAULT_HUBS
    return Chosen(st.session_state["mineral"], places, scenario(), st.session_state["alliance"] or None)


def scenario() -> Scenario:
    """Join what the controls and the presets say; the name is in words."""
    own, names = state.scenario(), st.session_state["presets"]
    decided = dict(own.decisions) | dict.fromkeys(st.session_state["hold"], True)
    own = own.model_copy(update={"decisions": frozenset(decided.items())})
    found = joined([own, *(preset(name) for name in names)])
    return found.model_copy(update={"name": scenario_words(own, names)})


def scenario_words(own: Scenario, names: list[str]) -> str:
    """Name a scenario by its presets and what else goes wrong."""
    table = presets()
    parts = [str(table.loc[name, "name"]) for name in names]
    parts += [f"{listed(sorted(map(chokepoint, own.close)), 3)} closed"] if own.close else []
    parts += [f"without {listed(sorted(map(country, own.avoid)), 3)}"] if own.avoid else []
    parts += [f"{len(own.outages)} facilities out"] if own.outages else []
    parts += [f"{chokepoint(item)} at {share:.0%}" for item, share in sorted(own.partial)]
    return "; ".join(parts)[:120] or "base"


def title(what: str, asked: Scenario) -> None:
    """Head a screen with what it shows of which scenario."""
    st.title(plain(f"{what}: {'base case' if asked.name == 'base' else asked.name}"), anchor=False)


def _presets() -> None:
    """Ask for scenarios by name, which hold together with the rest."""
    table = presets()
    st.multiselect(
        "Scenarios by name", list(table.index), key="presets", format_func=table["name"].to_dict().__getitem__,
        placeholder="None: base case",
    )  # fmt: skip
    for name in st.session_state["presets"]:
        row = table.loc[name]
        st.caption(plain(f"{row['name']}: {row['source']} ({row['truth_state']})."))


def _rules() -> None:
    """Ask which dated rules hold whose status nobody knows."""
    if st.session_state["as_of"] is None and not st.session_state["hold"]:
        return
    st.multiselect(
        "Rules that hold, though what follows is not known", rule_ids(), key="hold", placeholder="None",
        help="A suspension that has ended without a known successor holds only if you say so.",
    )  # fmt: skip


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
