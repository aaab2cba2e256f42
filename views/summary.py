"""The answer in one sentence and four figures, each against the base case."""

from typing import Any

import pandas as pd
import streamlit as st

from layers.answer import Answer
from layers.features import known
from layers.planner import plants
from layers.scenario_words import scenario_words
from views.answers import case, now
from views.text import H_PER_DAY, hub_names, mineral_names, number, plain, readable

_NAMED = 3
LIVE = ("open", "rerouted", "degraded")
_FIGURES = (  # label, column, divided by, statistic, decimals, help
    ("Cheapest, USD/t", "cost_usd_t", 1.0, "min", 0, "Transport of the cheapest corridor left, per contained tonne"),
    ("Median days", "time_h", H_PER_DAY, "median", 1, "Median time of the base case's corridors left, door to door"),
    ("Median kg CO₂e/t", "co2e_kg_t", 1.0, "median", 0, "Well to wheel, per contained tonne; of the same corridors"),
)  # fmt: skip


def headline(found: Answer) -> None:
    """Say in words what is asked and what is left."""
    with st.container(gap="xsmall", width="stretch"):
        st.title(plain(title(found)), anchor=False)
        st.markdown(plain(readable(" ".join(found.findings[:2]))))


def title(found: Answer) -> str:
    """Name question and scenario."""
    start = {"mined": ", from mines", "recycled": ", recycled"}.get(st.session_state.get("start", ""), "")
    return f"{mineral_names()[found.ask.mineral]} to {hub_names()[found.ask.hub]}{start}: {asked_words(found)}"


def asked_words(found: Answer) -> str:
    """Say what goes wrong, short enough for a heading."""
    asked = found.asked
    if asked.restrictions and asked.name != "base":
        return asked.name
    names = plants(found.ask.mineral, found.ask.own.facilities) if asked.outages else None
    return scenario_words(asked, plants=names, most=_NAMED)


def figures(found: Answer) -> None:
    """Show four figures."""
    base, rows = case(found, "base"), now(found)
    left, was = rows[rows["status"].isin(LIVE)], base[base["status"].isin(LIVE)]
    same, new = left[left.index.isin(was.index)], int((~left.index.isin(base.index)).sum())
    kept, before_of_same = len(same), was[was.index.isin(left.index)]
    with st.container(horizontal=True, key="figures"):
        st.metric(
            "Corridors left", f"{kept} of {len(was)}", _change(kept - len(was), 0, found), border=True,
            **_colour(kept - len(was), 0, more_is="normal"),
            help=f"Corridors of the base case that still reach the hub; {new} others are found besides",
        )  # fmt: skip
        for label, column, scale, statistic, decimals, told in _FIGURES:
            # a median of like with like: corridors lost or found besides would move it
            alike = statistic == "median" and kept
            compared = (same, before_of_same) if alike else (left, was)
            after, before = (_value(frame[column], statistic, scale) for frame in compared)
            change = after - before if known(after) and known(before) else None
            st.metric(
                label, number(after, decimals=decimals) if len(left) else "none", _change(change, decimals, found),
                **_colour(change, decimals, more_is="inverse"), border=True, help=told,
            )  # fmt: skip


def _value(column: pd.Series, statistic: str, scale: float) -> Any:
    """Sum up a column; nothing known gives null."""
    return column.agg(statistic) / scale if column.notna().any() else None


def _change(difference: float | None, decimals: int, found: Answer) -> str | None:
    """Write a difference from the base case; none while there is nothing to compare."""
    if found.asked.is_base or not known(difference):
        return None
    rounded = round(float(difference or 0), decimals)
    return f"{rounded:+,.{decimals}f} from base" if rounded else "as in the base case"


def _colour(difference: float | None, decimals: int, *, more_is: str) -> dict[str, Any]:
    """Colour a change by whether it is for the worse; none has neither colour nor arrow."""
    if not known(difference) or not round(float(difference or 0), decimals):
        return {"delta_color": "off", "delta_arrow": "off"}
    return {"delta_color": more_is, "delta_arrow": "auto"}
