"""The ranked table: one row a corridor, linked to the map."""

from typing import Any

import pandas as pd
import streamlit as st

from layers.answer import Answer
from layers.features import known
from views.answers import ranked
from views.text import UNKNOWN, chokepoint, corridor_name, days, plain, tonnes, units

_STATUS = {
    "open": "● open",
    "rerouted": "↷ rerouted",
    "degraded": "◐ degraded",
    "stranded": "✕ stranded",
    "unknown": "? unknown",
}
_ALLIED = {1.0: "yes", 0.0: "no"}
_ROW_PX, _MOST_ROWS = 35, 12
_STALE = "_table"


def columns() -> dict[str, Any]:
    """Describe the columns: heading, width, format."""
    figure, text = st.column_config.NumberColumn, st.column_config.TextColumn
    told = {
        "score": "0 worst, 1 best. What is unknown counts as worst: a corridor must not lead for want of data",
        "range": "From all that is unknown at its worst to all at its best",
        "first": "Share of 10,000 draws of weights in which it ranks first",
        "tied": "Corridors that the data cannot tell from this one",
        "capacity": "Contained tonnes, of the smallest stage",
    }
    return {
        "rank": figure("Rank", width=50, format="%d"),
        "corridor": text("Corridor, source to last plant", width=370),
        "status": text("Status", width=92),
        "score": figure("Score", width=60, format="%.2f", help=told["score"]),
        "range": text("Range", width=85, help=told["range"]),
        "cost": figure("USD/t", width=66, format="localized", help="Transport per contained tonne delivered"),
        "days": figure("Days", width=58, format="%.1f", help="Median"),
        "days_p95": figure("P95", width=58, format="%.1f", help="Days that 95 of 100 shipments stay below"),
        "co2e": figure("kg CO₂e/t", width=82, format="localized", help="Well to wheel, per contained tonne"),
        "chokepoints": text("Chokepoints", width=210),
        "allied": text("Allied", width=80, help="Whether every country of the corridor is in the group chosen"),
        "capacity": text("Capacity a year", width=170, help=told["capacity"]),
        "first": figure("First in", width=70, format="percent", help=told["first"]),
        "tied": figure("Not separable from", width=130, format="%d others", help=told["tied"]),
    }


def table_frame(found: Answer, rows: pd.DataFrame) -> pd.DataFrame:
    """Write the rows of `ranked` for a person; unknown stays null."""
    scored, unit = found.scenario, units()[found.ask.mineral]
    allied = scored.table.raw["allied_chain"].reindex(rows.index)
    pairs = scored.not_separable
    tied = pairs.sum(axis=1).reindex(rows.index) if len(pairs) else pd.Series(float("nan"), index=rows.index)
    records = rows.to_dict("records")
    return pd.DataFrame(
        {
            "rank": rows["rank"],
            "corridor": [corridor_name(row, hub=False) for row in records],
            "status": rows["status"].map(_STATUS),
            "score": rows["score_low"],
            "range": [_range(row) for row in records],
            "cost": rows["cost_usd_t"].round(),
            "days": rows["time_h"].map(days),
            "days_p95": rows["time_p95_h"].map(days),
            "co2e": rows["co2e_kg_t"].round(),
            "chokepoints": [_chokepoints(row) for row in records],
            "allied": allied.map(_ALLIED).fillna(UNKNOWN if found.asked.alliance else "no group"),
            "capacity": [tonnes(row["capacity_t_yr"], row["capacity_truth"], unit) for row in records],
            "first": rows["first_share"],
            "tied": tied,
        },
        index=rows.index,
    )


def _range(row: dict[str, Any]) -> str | None:
    """Write the range of a score."""
    return f"{row['score_low']:.2f} to {row['score_high']:.2f}" if known(row["score"]) else None


def _chokepoints(row: dict[str, Any]) -> str | None:
    """Name the chokepoints; none is not the same as not known."""
    if row["status"] in {"stranded", "unknown"}:
        return None
    return ", ".join(map(chokepoint, row["chokepoints"])) or "none"


def ranked_table(found: Answer, *, efficient: bool) -> None:
    """Draw the table; choosing a row chooses the corridor."""
    rows = ranked(found, efficient)
    ids, chosen = list(rows.index), st.session_state["corridor"]
    place = [ids.index(chosen)] if chosen in ids else []
    key = _table_key(ids, chosen)
    st.dataframe(
        table_frame(found, rows),
        hide_index=True,
        column_config=columns(),
        height=_ROW_PX * (min(len(ids), _MOST_ROWS) + 1) + 3,
        placeholder="–",  # noqa: RUF001 a dash for a gap
        key=key,
        on_select=lambda: _selected(key, ids),
        selection_mode="single-row",
        selection_default={"selection": {"rows": place}},
        alt=f"{len(ids)} corridors, best first; choose one for its legs and score",
    )
    st.caption(_certainty(found, rows))


def _table_key(ids: list[str], chosen: str) -> str:
    """Make a new table when its rows change, or when the choice came from elsewhere: its own selection is by place."""
    last_ids, last_chosen, version = st.session_state.get(_STALE, ([], "", 0))
    if ids != last_ids or chosen != last_chosen:
        version += 1
    st.session_state[_STALE] = (ids, chosen, version)
    return f"table-{version}"


def _selected(key: str, ids: list[str]) -> None:
    """Take over the row that was chosen in the table; none lets go."""
    rows = st.session_state[key]["selection"]["rows"]
    st.session_state["corridor"] = ids[rows[0]] if rows else ""
    st.session_state[_STALE] = (ids, st.session_state["corridor"], st.session_state[_STALE][2])


def _certainty(found: Answer, rows: pd.DataFrame) -> str:
    """Say in words how far the first place holds."""
    live = rows[rows["score"].notna()]
    if live.empty:
        return "No corridor is left to rank."
    best = live.iloc[0]
    name = plain(corridor_name(best))
    pairs = found.scenario.not_separable
    others = int(pairs.loc[live.index[0]].sum()) if live.index[0] in pairs.index else 0
    held = (
        f"First: {name}, in {best['first_share']:.0%} of 10,000 draws of weights. "
        if known(best["first_share"])
        else ""
    )
    if others:
        return f"{held}The data cannot tell it apart from {others} other corridors: read those as level."
    return f"{held}The data tell it apart from every other corridor."
