"""One corridor in full: legs, cost and time by leg, parts of the score with their inputs, what a closure would add."""

import pandas as pd
import streamlit as st

from layers.answer import Answer
from layers.features import known, unsure
from layers.scoring import tables
from layers.style import MODE_LABEL
from views import charts
from views.answers import case, now
from views.text import chokepoint, corridor_name, country, days, number, plain, readable, words


def detail(found: Answer) -> None:
    """Draw the chosen corridor, or say how to choose one."""
    corridor_id = st.session_state["corridor"]
    rows = now(found)
    if corridor_id not in rows.index:
        st.info("Choose a row of the table or a line on the map: its legs, costs and score open here.")
        return
    row = rows.loc[corridor_id]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(plain(corridor_name(row)), anchor=False, width="content")
        st.button("Close", on_click=_let_go)
    _status(row)
    legs = found.legs[found.legs["corridor_id"] == corridor_id]
    live = row["status"] not in {"stranded", "unknown"} and corridor_id in found.scenario.score.index
    left, right = st.columns([3, 1], gap="medium")
    with left:
        if legs.empty:
            st.info("No way is known in either case: there are no legs to show.")
        else:
            figure = charts.legs_figure(legs)
            st.plotly_chart(figure, config=charts.CONFIG, key="legs", alt="Cost and time of each leg, by mode")
    if live:
        with right:
            _delays(found, corridor_id, row)
    if len(legs):
        _leg_table(legs)
    if live:
        _parts(found, corridor_id)


def _let_go() -> None:
    st.session_state["corridor"] = ""


def _status(row: pd.Series) -> None:
    """Say what became of it, and why."""
    reason = f": {readable(row['reason'])}" if known(row["reason"]) else ""
    through = (
        f" Through {', '.join(map(country, row['transit_countries']))}." if known(row["transit_countries"]) else ""
    )
    doubt = f" Not known: {unsure(row)}." if unsure(row) else ""
    st.markdown(plain(f"{words(row['status'])}{reason}.{through}{doubt}"))


def _leg_table(legs: pd.DataFrame) -> None:
    """List the legs of the newest case."""
    last = legs[legs["case"] == legs["case"].iloc[-1]].sort_values("leg_no")
    frame = pd.DataFrame(
        {
            "Leg": last["leg_no"],
            "From": last["from_name"],
            "To": last["to_name"],
            "By": last["mode"].map(MODE_LABEL),
            "km": last["length_km"],
            "Days": last["time_h"].map(days),
            "USD/t contained": last["cost_contained_usd_t"],
            "kg CO₂e/t contained": last["co2e_contained_kg_t"],
            "Chokepoints": [", ".join(map(chokepoint, items)) or "none" for items in last["chokepoints"]],
        }
    )
    figure = st.column_config.NumberColumn
    st.dataframe(
        frame, hide_index=True, height="content", alt="Legs of the corridor", placeholder="unknown",
        column_config={
            "km": figure(format="%,.1f"),
            "Days": figure(format="%.2f"),
            "USD/t contained": figure(format="%,.1f"),
            "kg CO₂e/t contained": figure(format="%,.1f"),
            "Chokepoints": st.column_config.TextColumn(width=260),
        },
    )  # fmt: skip
    st.caption("First and last miles are straight lines to the nearest line of the network, with a detour factor.")


def _parts(found: Answer, corridor_id: str) -> None:
    """List every part of the score with its inputs."""
    st.markdown("**Parts of the score**")
    parts = found.scenario.parts
    own = parts[parts["corridor_id"] == corridor_id].set_index("criterion")
    rules = tables()[0].reindex(own.index)
    frame = pd.DataFrame(
        {
            "Criterion": own["label"],
            "Value": own["value"],
            "Unit": own["unit"],
            "Best": own["goalpost_best"],
            "Worst": own["goalpost_worst"],
            "Part (0-1)": own["normalised"],
            "Weight": own["weight"],
            "Truth": own["truth_state"],
            "Why these goalposts": rules["why"],
            "Source": rules["source"],
        }
    )
    figure = st.column_config.NumberColumn
    st.dataframe(
        frame, hide_index=True, height="content", placeholder="unknown", alt="Parts of the score",
        column_config={
            "Value": figure(format="%,.4g"),
            "Part (0-1)": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1),
            "Weight": figure(format="percent"),
            "Unit": st.column_config.TextColumn(width=140),
            "Why these goalposts": st.column_config.TextColumn(width=260),
            "Source": st.column_config.TextColumn(width=140),
        },
    )  # fmt: skip
    score = found.scenario.score.loc[corridor_id]
    st.caption(
        f"Weighted geometric mean of the known parts: {number(score['score'], decimals=2)}, which carry "
        f"{score['known_weight']:.0%} of the weight. With the unknown parts at worst and at best: "
        f"{number(score['score_low'], decimals=2)} to {number(score['score_high'], decimals=2)}."
    )


def _delays(found: Answer, corridor_id: str, row: pd.Series) -> None:
    """Say what the closure of each chokepoint on the way would add."""
    st.markdown("**If a chokepoint on the way shuts**")
    delays = found.scenario.delays
    own = delays[delays["corridor_id"] == corridor_id]
    if own.empty:
        st.markdown("It passes no chokepoint.")
    for item in own.sort_values("delay_days", ascending=False).to_dict("records"):
        told = f"+{item['delay_days']:,.1f} days" if known(item["delay_days"]) else "no other way: stranded"
        st.markdown(f"- {plain(chokepoint(item['chokepoint_id']))}: {told}")
    st.caption(f"Longest first or last mile outside the network: {number(row['access_km'], decimals=1)} km.")
    before = case(found, "base")
    if not found.asked.is_base and row.name in before.index:
        extra = days(row["time_h"] - before.loc[row.name, "time_h"])
        if extra is not None:
            st.caption(f"Against the base case: {extra:+,.1f} days.")
