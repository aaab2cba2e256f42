"""What changed against the base case: in sentences, in counts, source by source, corridor by corridor."""

import pandas as pd
import streamlit as st

from layers.answer import Answer
from layers.features import known
from layers.names import told_apart
from views.answers import case, now
from views.text import corridor_name, country, days, plain, readable, tonnes, units, words

STATUSES = ("open", "rerouted", "degraded", "stranded", "unknown")
_MEANING = {
    "open": "same way as before",
    "rerouted": "another way, at most half dearer",
    "degraded": "over half dearer",
    "stranded": "no way left",
    "unknown": "beyond our network or our plants",
}


def changes(found: Answer) -> None:
    """Draw the section."""
    st.markdown("\n".join(f"- {plain(readable(finding))}" for finding in found.findings))
    if found.asked.is_base:
        st.info("Nothing is closed or excluded: close a chokepoint or take out a country on the left, and compare.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**By status**")
        st.dataframe(_counts(found), hide_index=True, alt="Corridors and sources by status", height="content")
    with right:
        st.markdown("**Sources cut off**")
        _cut_off(found)
    st.markdown("**Corridor by corridor**")
    _differences(found)


def _counts(found: Answer) -> pd.DataFrame:
    """Count corridors of the base case and sources by status."""
    rows = now(found)
    kept = rows.loc[rows.index.isin(case(found, "base").index), "status"].value_counts()
    sources = found.sources["status"].value_counts()
    return pd.DataFrame(
        {
            "Status": list(map(words, STATUSES)),
            "Corridors": [int(kept.get(status, 0)) for status in STATUSES],
            "Sources": [int(sources.get(status, 0)) for status in STATUSES],
            "Meaning": [_MEANING[status] for status in STATUSES],
        }
    )


def _cut_off(found: Answer) -> None:
    """Name the sources that reached the hub and no longer do."""
    rows = found.sources
    cut = rows[(rows["status"] == "stranded") & rows["base_cost_usd_t"].notna()]
    if cut.empty:
        st.markdown("None: every source that reached the hub still does.")
        return
    unit = units()[found.ask.mineral]
    frame = pd.DataFrame(
        {
            "Source": cut["name"],
            "Country": cut["country_iso3"].map(country),
            "Stage": cut["stage"].map(words),
            "Capacity a year": [tonnes(value, "", unit) for value in cut["capacity_t_yr"]],
            "Cost before, USD/t": cut["base_cost_usd_t"].round(),
        }
    )
    config = {"Cost before, USD/t": st.column_config.NumberColumn(format="localized")}
    st.dataframe(frame, hide_index=True, alt=f"{len(cut)} sources cut off", column_config=config)


def _differences(found: Answer) -> None:
    """Set both cases side by side, the largest delay first."""
    base, rows = case(found, "base"), now(found)
    both = rows[rows.index.isin(base.index)]
    was = base.reindex(both.index)
    frame = pd.DataFrame(
        {
            "Corridor": told_apart([corridor_name(row, hub=False) for row in both.to_dict("records")], both),
            "Status": both["status"].map(words),
            "Days before": was["time_h"].map(days),
            "Days more": (both["time_h"] - was["time_h"]).map(days),
            "USD/t before": was["cost_usd_t"].round(),
            "USD/t more": (both["cost_usd_t"] - was["cost_usd_t"]).round(),
            "kg CO₂e/t more": (both["co2e_kg_t"] - was["co2e_kg_t"]).round(),
            "Why": [readable(reason) if known(reason) else "" for reason in both["reason"]],
        }
    )
    changed = frame[(both["status"] != "open")]
    if changed.empty:
        st.markdown("Every corridor of the base case goes as before.")
        return
    order = changed["Days more"].sort_values(ascending=False, na_position="first").index
    figure = st.column_config.NumberColumn
    st.dataframe(
        changed.loc[order], hide_index=True, placeholder="stranded", alt="Corridors that changed",
        height=35 * min(len(changed), 12) + 38,
        column_config={
            "Corridor": st.column_config.TextColumn(width=352),
            "Days before": figure(format="%.1f"),
            "Days more": figure(format="%+.1f"),
            "USD/t before": figure(format="localized"),
            "USD/t more": figure(format="%+,.0f"),
            "kg CO₂e/t more": figure(format="%+,.0f"),
            "Why": st.column_config.TextColumn(width=320),
        },
    )  # fmt: skip
    st.caption(f"{len(frame) - len(changed)} corridors go as before and are not listed.")
