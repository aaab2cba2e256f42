"""Screen *Flows*: who gets what, by which ways, and who goes short."""

import copy
import html
from functools import lru_cache

import folium
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit_folium import st_folium

from geo.flow_compare import STATUSES
from layers.basemap import base_map
from layers.countries import basemap
from layers.flow_outputs import flow_files, flow_provenance
from layers.flow_ways import flow_arcs
from layers.flows import Flows, Wants, allocate_case
from layers.maps import build_map, layer_control
from layers.planner import world
from layers.provenance import BOUNDARIES, OSM_CREDIT
from views.atlas import ASSETS, HEIGHT_PX
from views.charts import CONFIG
from views.flow_controls import chosen, files, told
from views.text import country, hub_names, mineral_names, plain, units

_KEPT = 16
_CENTRE = "atlantic"
_STATUS_COLOUR = {
    "open": "#0072B2", "rerouted": "#56B4E9", "degraded": "#E69F00", "stranded": "#D55E00", "unknown": "#BBBBBB",
}  # fmt: skip


def render() -> None:
    """Draw the screen."""
    asked = chosen()
    with st.spinner("Sharing out the supply ..."):
        found = allocate_case(Wants(asked.mineral, hubs=asked.hubs, group=asked.group), asked.scenario)
    st.title(plain(f"Who gets {mineral_names()[asked.mineral]}: {asked.scenario.name}"), anchor=False)
    told(found.findings)
    draw_map(found)
    st.caption(f"{OSM_CREDIT}. {BOUNDARIES} Width: contained tonnes a year.")
    left, right = st.columns(2)
    unit = units()[asked.mineral]
    with left:
        st.subheader("From mine over plant to hub", anchor=False)
        st.plotly_chart(sankey(found), config=CONFIG, key="sankey")
    with right:
        st.subheader(f"What becomes of the need, {unit} a year", anchor=False)
        st.plotly_chart(status_figure(found), config=CONFIG, key="status")
    st.subheader("Base case and scenario", anchor=False)
    st.dataframe(found.summary)
    if len(found.changes):
        st.subheader("What changes most", anchor=False)
        st.dataframe(found.changes.reset_index())
    with st.expander("The inputs behind it: need, prices of capacity and rules"):
        st.dataframe(found.now.supply.demand)
        duals = found.now.allocation.duals
        st.dataframe(duals[duals["binding"]][["kind", "subject", "value_usd_t", "sentence"]])
    files(_files(found))


@lru_cache(maxsize=_KEPT)
def _files(found: Flows) -> dict[str, str]:
    return flow_files([found])


@lru_cache(maxsize=_KEPT)
def _groups(found: Flows) -> list[folium.FeatureGroup]:
    """Make the layers of the map once an answer."""
    arcs = flow_arcs(found)
    points = world().chokepoints.copy()
    points["state"] = points["default_open"].astype(bool).map({True: "open", False: "closed"})
    points.loc[points.index.isin([item for item, _ in found.asked.partial]), "state"] = "partial"
    points.loc[points.index.isin(found.asked.close), "state"] = "closed"
    frames = {"corridors": arcs, "chokepoints": points, "hub": world().hubs.loc[list(found.wants.hubs)]}
    _, groups = build_map(
        frames, basemap=basemap(), provenance=flow_provenance([found]), centre=_CENTRE, width_by="t_yr", assets=ASSETS
    )
    return groups


def draw_map(found: Flows) -> None:
    """Draw the ways, as wide as what they carry."""
    st_folium(
        base_map(basemap(), centre=_CENTRE, assets=ASSETS), key="flow-map", height=HEIGHT_PX, use_container_width=True,
        returned_objects=[], feature_group_to_add=copy.deepcopy(_groups(found)), layer_control=layer_control(),
    )  # fmt: skip


def sankey(found: Flows) -> go.Figure:
    """Draw tonnes from country to country, stage by stage, to the hubs, as they are in the scenario."""
    flows, sites = found.now.allocation.flows, found.now.supply.sites
    flows = flows[flows["t_yr"] > 0]
    places = sites["country_iso3"].map(country) + ", " + sites["stage"].str.replace("_", " ")
    ends = places.to_dict() | hub_names()
    pairs = pd.DataFrame({"start": flows["from_id"].map(ends), "end": flows["to_id"].map(ends), "t": flows["t_yr"]})
    links = pairs.groupby(["start", "end"], as_index=False)["t"].sum()
    names = list(dict.fromkeys([*links["start"], *links["end"]]))
    at = {name: place for place, name in enumerate(names)}
    figure = go.Figure(
        go.Sankey(
            node={"label": [html.escape(name) for name in names], "pad": 12, "color": "#56B4E9"},
            link={"source": links["start"].map(at), "target": links["end"].map(at), "value": links["t"]},
        )
    )
    return figure.update_layout(height=420, margin={"l": 4, "r": 4, "t": 8, "b": 8})


def status_figure(found: Flows) -> go.Figure:
    """Draw the need of each hub by what becomes of it."""
    figure = go.Figure()
    for status in STATUSES:
        figure.add_bar(
            y=found.status.index, x=found.status[status], name=status, orientation="h",
            marker_color=_STATUS_COLOUR[status], hovertemplate="%{y}: %{x:,.0f} t<extra>" + status + "</extra>",
        )  # fmt: skip
    return figure.update_layout(barmode="stack", height=420, margin={"l": 4, "r": 4, "t": 8, "b": 8})
