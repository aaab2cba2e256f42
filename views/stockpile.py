"""Screen *Stockpile*: how long stocks last, and what to buy."""

import plotly.graph_objects as go
import streamlit as st

from layers.flow_outputs import stockpile_files
from layers.stockpile import Cover, buying, cover
from views.charts import CONFIG
from views.flow_controls import chosen, files, told
from views.text import hub_names, mineral_names, plain

_BILLION = 1e9
_BUDGET_BN = 12.0


def render() -> None:
    """Draw the screen."""
    asked = chosen()
    st.title(plain(f"How long stocks last: {asked.scenario.name}"), anchor=False)
    names, hubs = mineral_names(), hub_names()
    minerals = st.multiselect(
        "Minerals to stock", list(names), default=[asked.mineral], key="stock_minerals", format_func=names.__getitem__
    )
    buyer = st.selectbox("Who buys", asked.hubs, key="stock_buyer", format_func=hubs.__getitem__)
    budget = st.number_input("Budget, bn USD", 0.1, 100.0, _BUDGET_BN, key="stock_budget")
    held = st.number_input(
        "Held already, days of demand", 0.0, 1000.0, 0.0, key="stock_days",
        help="Stocks are rarely published: this is your number, for everyone.",
    )  # fmt: skip
    if not minerals:
        st.info("Choose at least one mineral.")
        return
    lasting = cover(minerals, asked.scenario, hubs=asked.hubs, stock_days=held)
    told(lasting.findings)
    if lasting.items["share_lost"].gt(0).any():
        st.plotly_chart(cover_figure(lasting), config=CONFIG, key="cover")
    st.dataframe(lasting.items.reset_index())
    if len(lasting.measures):
        st.subheader("What gains days, by dollar", anchor=False)
        st.dataframe(lasting.measures)
    st.subheader("What to buy against the presets", anchor=False)
    if not st.toggle("Make the plan (the first time a mineral takes about half a minute)", key="stock_plan"):
        return
    with st.spinner("Trying every preset ..."):
        plan = buying(minerals, budget_usd=budget * _BILLION, buyer=buyer, stock_days=held)
    told(plan.findings)
    st.dataframe(plan.minerals.join(plan.plan.purchases))
    with st.expander("Shortfalls by preset, tonnes"):
        st.dataframe(plan.shortfalls_t.assign(probability=plan.probability))
    files(stockpile_files(plan, lasting, asked.scenario))


def cover_figure(lasting: Cover) -> go.Figure:
    """Draw the stock of each mineral and hub that loses supply, week by week."""
    figure = go.Figure()
    names, hubs = mineral_names(), hub_names()
    for (mineral, hub), row in lasting.items[lasting.items["share_lost"] > 0].iterrows():
        weeks = lasting.weeks.loc[(mineral, hub)]
        share = weeks["unmet_t"].cumsum() / row["demand_t_yr"] * 365
        figure.add_scatter(x=weeks.index, y=share, name=f"{names[mineral]}, {hubs[hub]}", mode="lines")
    figure.update_xaxes(title="Week")
    figure.update_yaxes(title="Days of demand missed so far")
    return figure.update_layout(height=360, margin={"l": 4, "r": 4, "t": 8, "b": 8})
