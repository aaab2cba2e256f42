"""Screen *Stockpile*: how long stocks last, and what to buy."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from geo.errors import CorridorError
from layers.flow_outputs import stockpile_files
from layers.names import named
from layers.presets import presets
from layers.purchase import Buying, Supposed, buying
from layers.reserve import Reserve, read_claim, reserve
from layers.stockpile import Cover, cover
from views import state
from views.charts import CONFIG, quiet
from views.flow_controls import Chosen, chosen, files, title, told
from views.flow_fields import BUDGET_BN, CHANCE_YR, CLUB, MAX_CLAIM, MAX_CLAIMS, MAX_DAYS
from views.text import hub_names, mineral_names, plain

SCREEN = "stockpile"
_BILLION, _MILLION = 1e9, 1e6
_DAYS_A_WEEK, _DAYS_A_YEAR = 7, 365
_MOST_LINES = 8
_MOST_FINDINGS = 10


def render() -> None:
    """Draw the screen."""
    asked = chosen(SCREEN, one_mineral=False)
    title("How long stocks last", asked.scenario)
    minerals = _controls(asked)
    state.publish(SCREEN)
    held = st.session_state["held"]
    with st.spinner("Sharing out the supply ..."):
        # zero days stated is not the same as nothing said: then published targets count
        lasting = cover(minerals, asked.scenario, hubs=asked.hubs, stock_days=held or None)
    told(lasting.findings)
    _cover(lasting)
    _plan(minerals, asked, lasting)


def _controls(asked: Chosen) -> list[str]:
    """Ask what is stocked, by whom, with what budget; give the minerals."""
    names, hubs, least = mineral_names(), hub_names(), BUDGET_BN
    buyers = [*asked.hubs, CLUB] if asked.group else list(asked.hubs)
    if st.session_state["buyer"] not in buyers:
        st.session_state["buyer"] = buyers[0]
    minerals = st.multiselect(
        "Minerals to stock", list(names), key="stocked", format_func=names.__getitem__,
        placeholder=names[asked.mineral],
    )  # fmt: skip
    with st.container(horizontal=True):
        st.selectbox(
            "Who buys", buyers, key="buyer", format_func=lambda one: hubs.get(one, "The club, its need pooled")
        )
        st.number_input("Budget, bn USD", least[0], least[2], key="budget")
        st.number_input(
            "Held already, days of demand", 0.0, MAX_DAYS, key="held",
            help="Stocks are rarely published: this is your number, for everyone. At 0, published targets count.",
        )  # fmt: skip
    return minerals or [asked.mineral]


def _cover(lasting: Cover) -> None:
    """Draw how stocks run down, and list when each hub runs short and what gains days."""
    if lasting.items["share_lost"].gt(0).any():
        left, right = st.columns(2, gap="medium")
        with left:
            st.subheader("Stock left, in days of demand", anchor=False)
            alt = "Stock left of each hub that loses supply, week by week"
            st.plotly_chart(stock_figure(lasting), config=CONFIG, key="cover", alt=alt)
        with right:
            st.subheader("Demand missed so far, in days", anchor=False)
            alt = "Demand missed by each hub that loses supply, week by week"
            st.plotly_chart(missed_figure(lasting), config=CONFIG, key="missed", alt=alt)
    st.subheader("When each hub runs short", anchor=False)
    _table(cover_table(lasting), "When each hub runs short")
    if len(lasting.measures):
        st.subheader("What gains days, the most for a dollar on top", anchor=False)
        _table(measures_table(lasting), "Measures by days gained for a dollar")


def _plan(minerals: list[str], asked: Chosen, lasting: Cover) -> None:
    """Make the purchase plan, when asked."""
    own = not asked.scenario.is_base
    st.subheader(f"What to buy against the scenarios by name{' and yours' if own else ''}", anchor=False)
    if own:
        st.number_input(
            "Chance of your scenario in a year", *CHANCE_YR, step=0.05, key="chance", placeholder="as usual",
            help="Left empty: the chance of the preset that it is, else 0.1. It joins those bought against.",
        )  # fmt: skip
    if not st.toggle("Make the plan (the first time a mineral takes about half a minute)", key="plan"):
        return
    buyer = st.session_state["buyer"]
    with st.spinner("Trying every scenario ..."):
        plan = buying(
            minerals,
            budget_usd=st.session_state["budget"] * _BILLION,
            buyer=str(asked.group) if buyer == CLUB else buyer,
            supposed=Supposed(asked.scenario, st.session_state["chance"] if own else None),
            stock_days=st.session_state["held"],
        )
    told(plan.findings, most=_MOST_FINDINGS)
    _table(plan_table(plan), "What to buy")
    with st.expander("The inputs behind it: shortfalls by scenario, tonnes"):
        table = plan.shortfalls_t.rename(columns=mineral_names()).round()
        names = presets()["name"].reindex(table.index)
        table.insert(0, "Scenario", names.mask(names.index == plan.own, f"Yours: {asked.scenario.name}"))
        table["Chance"] = (100 * plan.probability).round(1)
        _table(table, "Shortfalls by scenario")
    held = _reserve(lasting, plan, str(asked.group) if buyer == CLUB else buyer)
    files(lambda: stockpile_files(plan, lasting, asked.scenario, held))


def _reserve(lasting: Cover, plan: Buying, buyer: str) -> Reserve | None:
    """Ask which firms reserve tonnes of the stock, and show who gets short in which week."""
    st.subheader("Tonnes that firms reserve", anchor=False)
    st.text_area(
        "One a line: firm, mineral, tonnes, then need=t a year, priority=1 ..., hub=, as you like", key="reserve",
        height=90, placeholder="Acme, gallium, 5, priority=1", max_chars=MAX_CLAIMS * MAX_CLAIM,
    )  # fmt: skip
    lines = [line for line in st.session_state["reserve"].splitlines() if line.strip()][:MAX_CLAIMS]
    if not lines:
        return None
    hub = buyer if buyer in hub_names() else str(lasting.items.index.get_level_values("hub")[0])
    try:
        held = reserve([read_claim(line, hub=hub) for line in lines], lasting, plan, buyer=buyer)
    except CorridorError as error:
        st.error(plain(str(error)))
        return None
    told(held.findings)
    _table(reserve_table(held), "Who holds what of the stock")
    return held


def reserve_table(held: Reserve) -> pd.DataFrame:
    """List who holds what, and when each gets short, with and without the reserves."""
    rows = held.holders.reset_index()
    return pd.DataFrame(
        {
            "Holder": rows["holder"],
            "Mineral": rows["mineral"].map(mineral_names()),
            "Hub": rows["hub"].map(hub_names()),
            "Priority": [f"{value:.0f}" if pd.notna(value) else "after all" for value in rows["priority"]],
            "Reserved, t": [f"{value:,.1f}" if pd.notna(value) else "the rest" for value in rows["reserved_t"]],
            "Holds, t": rows["stock_t"].round(1),
            "Runs short": [_short_words(week) for week in rows["empty_week"]],
            "Were nothing reserved": [_short_words(week) for week in rows["empty_week_pooled"]],
        }
    )


def _short_words(week: float) -> str:
    """Say when a stock is empty."""
    if pd.isna(week):
        return "unknown: no stock published"
    return "never: bridged" if np.isinf(week) else f"day {week * _DAYS_A_WEEK:,.0f}"


def _lines(lasting: Cover) -> pd.DataFrame:
    """Pick the items that lose most."""
    items = lasting.items[lasting.items["share_lost"] > 0]
    return items.nlargest(_MOST_LINES, "share_lost")


def stock_figure(lasting: Cover) -> go.Figure:
    """Draw the stock of each mineral and hub that loses supply, week by week; unknown stocks are left out."""
    figure = go.Figure()
    for item, row in _lines(lasting).iterrows():
        stock = lasting.weeks.loc[item, "stock_t"] / row["demand_t_yr"] * _DAYS_A_YEAR
        if stock.notna().any():
            figure.add_scatter(x=stock.index, y=stock, name=_name(item), mode="lines")
    return _weekly(figure, "Days of demand in stock")


def missed_figure(lasting: Cover) -> go.Figure:
    """Draw what each mineral and hub has gone without so far."""
    figure = go.Figure()
    for item, row in _lines(lasting).iterrows():
        missed = lasting.weeks.loc[item, "unmet_t"].cumsum() / row["demand_t_yr"] * _DAYS_A_YEAR
        if missed.notna().any():
            figure.add_scatter(x=missed.index, y=missed, name=_name(item), mode="lines")
    return _weekly(figure, "Days of demand missed")


def _name(item: Any) -> str:
    """Name a mineral in a hub."""
    return f"{mineral_names()[item[0]]}, {hub_names()[item[1]]}"


def _weekly(figure: go.Figure, label: str) -> go.Figure:
    """Lay out a chart by weeks."""
    if not figure.data:
        figure.add_annotation(text="No stock is published: enter days held above", showarrow=False, x=0.5, y=0.5,
                              xref="paper", yref="paper")  # fmt: skip
    figure = quiet(figure, height=330, margin={"l": 4, "r": 12, "t": 8, "b": 8}, showlegend=True)
    figure.update_layout(legend={"orientation": "h", "y": -0.25, "yanchor": "top", "x": 0})
    figure.update_xaxes(title="Week")
    return figure.update_yaxes(title=label, rangemode="tozero")


def cover_table(lasting: Cover) -> pd.DataFrame:
    """List when each hub runs short; those that lose most on top."""
    rows = lasting.items.sort_values("share_lost", ascending=False, kind="stable").reset_index()
    short = [
        _short_words(week) if lost > 0 else "not short"
        for lost, week in zip(rows["share_lost"], rows["empty_week"], strict=True)
    ]
    return pd.DataFrame(
        {
            "Mineral": rows["mineral"].map(mineral_names()),
            "Hub": rows["hub"].map(hub_names()),
            "Runs short": short,
            "Need lost, %": (100 * rows["share_lost"]).round(),
            "Need, t/yr": rows["demand_t_yr"].round(),
            "Stock, days": (rows["stock_t"] / rows["demand_t_yr"] * _DAYS_A_YEAR).round(),
            "Under way, days": (rows["transit_weeks"] * _DAYS_A_WEEK).round(),
            "Stock that would bridge it, days": rows["bridge_days"].round(),
        }
    )


def measures_table(lasting: Cover) -> pd.DataFrame:
    """List what gains days; a cost that nobody publishes is unknown, not nothing."""
    rows = lasting.measures
    return pd.DataFrame(
        {
            "Measure": [named(str(name)) for name in rows.index],
            "Days gained": rows["days_gained"].round(),
            "Cost, M USD": (rows["cost_usd"] / _MILLION).round(1),
            "Days for a million USD": rows["days_per_musd"].round(1),
        }
    )


def plan_table(plan: Buying) -> pd.DataFrame:
    """List what is bought, and what would be without the user's scenario where it is one of those bought against."""
    rows = plan.minerals.join(plan.plan.purchases)
    table = pd.DataFrame(
        {
            "Mineral": [mineral_names()[str(name)] for name in rows.index],
            "Buy, t": rows["buy_t"].round(),
            "Spend, M USD": (rows["spend_usd"] / _MILLION).round(1),
            "Need, t/yr": rows["demand_t_yr"].round(),
            "Bought, days of need": (rows["buy_t"] / rows["demand_t_yr"] * _DAYS_A_YEAR).round(),
            "Price, USD/t": rows["price_usd_t"].round(),
            "The market gives, t/yr": rows["market_t"].round(),
        }
    )
    if plan.without is not None:
        other = plan.without.purchases.reindex(rows.index)
        table.insert(2, "Without your scenario, t", other["buy_t"].round())
        table.insert(4, "Without it, M USD", (other["spend_usd"] / _MILLION).round(1))
    return table


def _table(frame: pd.DataFrame, alt: str) -> None:
    """Draw a table with thousands separated."""
    formats = {name: st.column_config.NumberColumn(format="localized") for name in frame.select_dtypes("number")}
    st.dataframe(frame, hide_index=True, placeholder="unknown", column_config=formats, height="content", alt=alt)
