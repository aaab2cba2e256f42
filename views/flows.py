"""Screen *Flows*: who gets what, by which ways, and who goes short."""

import copy
import dataclasses
from functools import lru_cache
from typing import Any, cast

import folium
import streamlit as st
from streamlit_folium import st_folium

from geo.plant_inputs import BOUNDS, Bound
from layers.choice import Choice
from layers.flow_outputs import flow_files, flow_provenance
from layers.flow_ways import flow_arcs
from layers.flows import Flows, Wants, allocate_case
from layers.maps import corridor_bounds, layer_control, map_groups
from layers.names import named
from layers.planner import world
from layers.points import chokepoint_states
from layers.provenance import BOUNDARIES, OSM_CREDIT
from layers.safe import SafeGroup
from views import state
from views.atlas import HEIGHT_PX, bare_map
from views.charts import CONFIG
from views.flow_controls import Chosen, cargo, chosen, files, title, told
from views.flow_figures import (
    changes_table,
    inputs_table,
    need_table,
    passages_table,
    rules_shown,
    sankey,
    stages_table,
    status_figure,
    status_table,
    summary_table,
)
from views.text import number, plain, units

SCREEN = "flows"
_KEPT = 16
_TABLE_PX = 400
_CENTRE = "atlantic"
_BOUNDS = {"stated": "As stated", "least": "As little as may be", "most": "As much as may be"}
_FIGURES = (  # measure, label, scale, decimals, unit
    ("unmet_share", "Need that is met", 100.0, 0, " %"),
    ("unmet_t_yr", "Unmet, t/yr", 1.0, 0, ""),
    ("cost_usd_t", "Transport, USD/t", 1.0, 0, ""),
    ("days", "Days on the way, mean", 1.0, 1, ""),
)  # fmt: skip


def render() -> None:
    """Draw the screen."""
    asked = chosen(SCREEN, beside=_sharing)
    with st.spinner("Sharing out the supply ..."):
        found = allocate_case(_wants(asked), asked.scenario)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        title(f"Who gets {cargo(asked)}", asked.scenario)
        files(lambda: _files(found))
    figures(found)
    told(found.findings)
    draw_map(found)
    st.caption(f"{OSM_CREDIT}. {BOUNDARIES} Width of a line: contained tonnes a year.")
    _charts(found)
    _tables(found)
    state.publish(SCREEN)


def _sharing() -> None:
    """Ask for what the club and the rules want besides."""
    with st.expander("Rules of the sharing"):
        st.slider(
            "Least share of the club's need from the club", 0.0, 1.0, step=0.05, key="allied_share", format="percent",
            disabled=not st.session_state["alliance"], help="Needs a club. 0: no such rule.",
        )  # fmt: skip
        st.toggle(
            "At most 65 % of the EU's supply from one country", key="crma",
            help="At each stage: Regulation (EU) 2024/1252, article 5.",
        )  # fmt: skip
        st.selectbox(
            "What plants lose of sulphur and power", BOUNDS, key="inputs", format_func=_BOUNDS.__getitem__,
            help="Where a closure takes an input from plants: the loss that is stated, or the bounds of what is known.",
        )  # fmt: skip


def _wants(asked: Chosen) -> Wants:
    """Put what is chosen into the terms of the allocation."""
    share, bound = st.session_state["allied_share"], cast("Bound", st.session_state["inputs"])
    return Wants(
        asked.mineral, hubs=asked.hubs, final_stage=asked.final_stage, group=asked.group,
        allied_share=share if asked.group and share else None,
        crma_cap=st.session_state["crma"], inputs_at=bound,
    )  # fmt: skip


def figures(found: Flows) -> None:
    """Show four figures, each against the base case."""
    if not len(found.status):
        return
    with st.container(horizontal=True, key="figures"):
        for measure, label, scale, decimals, unit in _FIGURES:
            row = scale * found.summary.loc[measure]
            value, change = row["scenario"], row["change"]
            if measure == "unmet_share":
                value, change = 100.0 - value, -change
            told_change = None if found.asked.is_base else _against(change, decimals, unit)
            st.metric(
                label, number(value, decimals=decimals) + unit, told_change, border=True, **_colour(change, measure)
            )


def _against(change: float, decimals: int, unit: str) -> str:
    """Write a change from the base case."""
    rounded = round(float(change), decimals)
    return f"{rounded:+,.{decimals}f}{unit} from base" if rounded else "as in the base case"


def _colour(change: float, measure: str) -> dict[str, Any]:
    """Colour a change by whether it is for the worse; hardly any has neither colour nor arrow."""
    if abs(change) < 0.05:  # noqa: PLR2004 - below what is shown
        return {"delta_color": "off", "delta_arrow": "off"}
    return {"delta_color": "normal" if measure == "unmet_share" else "inverse"}


def _charts(found: Flows) -> None:
    """Draw where the tonnes go, and what becomes of the need."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("From mine over plant to hub", anchor=False)
        alt = "Tonnes from mining countries over plants to hubs"
        st.plotly_chart(sankey(found), config=CONFIG, key="sankey", alt=alt)
    with right:
        st.subheader(f"What becomes of the need, {units()[found.wants.mineral]} a year", anchor=False)
        alt = "Need of each hub: open, rerouted, degraded, stranded, unknown"
        st.plotly_chart(status_figure(found), config=CONFIG, key="status", alt=alt)


def _tables(found: Flows) -> None:
    """List both cases, the tonnes by hub, what changes most, and the inputs."""
    figure, whole = st.column_config.NumberColumn(format="localized"), st.column_config.NumberColumn(format="%,.0f")
    wide = st.column_config.TextColumn(width=270)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Base case" if found.asked.is_base else "Base case and scenario", anchor=False)
        table = summary_table(found)
        formats = dict.fromkeys(("Base case", "Scenario", "Change"), figure) | {"Measure": wide}
        st.dataframe(table, hide_index=True, placeholder="unknown", column_config=formats, height="content",
                     alt="Measures of both cases")  # fmt: skip
        st.caption("HHI: the sum of squared shares in per cent; 10,000 is one country alone.")
    with right:
        st.subheader("Every tonne of need, by hub", anchor=False)
        table = status_table(found)
        st.dataframe(table, hide_index=True, column_config=dict.fromkeys(table.columns[1:], whole), height="content",
                     alt="Tonnes of need by what becomes of them")  # fmt: skip
        st.caption(
            "Open, rerouted, degraded, stranded and unknown add up to the need. Unknown: unmet in the base case."
        )
    if len(found.changes):
        st.subheader("The corridors whose tonnes change most", anchor=False)
        table = changes_table(found)
        st.dataframe(table, hide_index=True, column_config=dict.fromkeys(table.columns[2:], figure), height="content",
                     alt="Corridors whose tonnes change most")  # fmt: skip
    _held_back(found)
    _worth(found)
    with st.expander("Trade rules: what holds on the day, and what each closes"):
        st.dataframe(rules_shown(found), hide_index=True, placeholder="unknown", height=_TABLE_PX,
                     alt="Trade rules of the mineral")  # fmt: skip
    with st.expander("The inputs behind it: what each hub needs"):
        st.dataframe(need_table(found), hide_index=True, placeholder="unknown", height="content",
                     column_config={"Need, t/yr": figure}, alt="What each hub needs")  # fmt: skip


def _worth(found: Flows) -> None:
    """Say what more capacity is worth, by stage and by what binds."""
    st.subheader("What one more tonne would be worth", anchor=False)
    if len(found.status):
        figure = st.column_config.NumberColumn(format="localized")
        table = stages_table(found)
        formats = dict.fromkeys(table.columns[2::3], figure)
        st.dataframe(table, hide_index=True, placeholder="unknown", height="content", column_config=formats,
                     alt="What more of each stage is worth")  # fmt: skip
        st.caption(
            "The most that a little more capacity at one facility saves in freight and unmet need: each is solved "
            "again with a thousandth of the need more. Outside: without the country that has most known capacity."
        )
    prices(found)


def _held_back(found: Flows) -> None:
    """List the passages at part of their capacity, and the plants that lose an input, where there are any."""
    whole = st.column_config.NumberColumn(format="%,.0f")
    if len(found.passages):
        st.subheader("Passages at part of their capacity", anchor=False)
        table = passages_table(found)
        st.dataframe(table, hide_index=True, height="content", column_config=dict.fromkeys(table.columns[1:-1], whole),
                     alt="Passages at part of their capacity")  # fmt: skip
        st.caption(
            "Nobody publishes how many tonnes of a mineral a passage could carry: the mineral keeps its share of what "
            "passes in the base case."
        )
    if len(found.now.short):
        st.subheader("Plants that lose an input", anchor=False)
        table = inputs_table(found)
        numbers = dict.fromkeys(("Capacity, t/yr", "Left, t/yr"), whole)
        st.dataframe(table, hide_index=True, placeholder="unknown", height=min(_TABLE_PX, 38 + 35 * len(table)),
                     column_config=numbers, alt="Plants that lose an input")  # fmt: skip


def prices(found: Flows, most: int = 6) -> None:
    """Say in words what binds, plants first, the highest price of each kind first."""
    duals = found.now.allocation.duals
    rows = duals[duals["binding"]]
    if rows.empty:
        st.markdown("Nothing binds: no plant is full, no rule holds anything back.")
        return
    lines = [f"- {plain(named(sentence))}" for sentence in rows["sentence"]]
    st.markdown("\n".join(lines[:most]))
    if lines[most:]:
        with st.expander(f"All {len(lines)} prices"):
            st.markdown("\n".join(lines[most:]))


@lru_cache(maxsize=_KEPT)
def _files(found: Flows) -> dict[str, str]:
    return flow_files([found])


@lru_cache(maxsize=_KEPT)
def _groups(found: Flows) -> tuple[list[folium.FeatureGroup], list[list[float]] | None]:
    """Make the layers of the map, and what it shows first, once an answer."""
    arcs = flow_arcs(found)
    arcs["reason"] = arcs["reason"].map(lambda reason: named(reason) if isinstance(reason, str) else reason)
    points = world().chokepoints.copy()
    points["state"] = chokepoint_states(points, found.asked)
    sites = found.now.supply.sites
    used = sites.loc[sites.index.isin(arcs["from_id"]), "facility_id"]
    works = world().facilities
    works = works[works["facility_id"].isin(used)].drop_duplicates("facility_id").set_index("facility_id")
    frames = {"corridors": arcs, "facilities": works, "chokepoints": points}
    frames["hub"] = world().hubs.loc[list(found.wants.hubs)]
    heading = "Base case" if found.asked.name == "base" else found.asked.name  # the page names the mineral
    said = dataclasses.replace(flow_provenance([found]), scenario=heading)
    groups = map_groups(frames, provenance=said, centre=_CENTRE, width_by="t_yr")
    return groups, corridor_bounds(arcs, centre=_CENTRE) if len(arcs) else None


def draw_map(found: Flows) -> None:
    """Draw the ways, as wide as what they carry."""
    groups, bounds = _groups(found)
    first = SafeGroup(control=False)
    wants = found.wants
    Choice(None, bounds=bounds, question=f"{wants.mineral} {wants.final_stage} {wants.hubs}").add_to(first)
    st_folium(
        bare_map(_CENTRE), key="flow-map", height=HEIGHT_PX, use_container_width=True,
        returned_objects=[], feature_group_to_add=[*copy.deepcopy(groups), first], layer_control=layer_control(),
    )  # fmt: skip
