"""The ranked table: one row a corridor, linked to the map."""

from typing import Any

import pandas as pd
import streamlit as st

from layers.answer import Answer
from layers.features import known, unsure
from layers.names import told_apart
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
_ROW_PX, _HEAD_PX, _MOST_ROWS = 66, 38, 8  # Streamlit wraps text in rows above 64 px: names of facilities are long
_HALF_PER_CENT = 0.005
_STALE = "_table"


def columns() -> dict[str, Any]:
    """Describe the columns: heading, width, format."""
    figure, text = st.column_config.NumberColumn, st.column_config.TextColumn
    told = {
        "score": "0 worst, 1 best. Sure: all that is unknown at its worst; the rank goes by it. Then: at its best",
        "certain": "Share of 10,000 draws of weights in which it leads; corridors the data cannot tell it from",
        "capacity": "Contained tonnes, of the smallest stage",
        "unsure": "What the corridor takes for granted of its facilities",
    }
    return {
        "rank": figure("Rank", width=48, format="%d"),
        "corridor": text("Corridor", width=352),
        "status": text("Status", width=92),
        "score": text("Score, sure", width=112, help=told["score"]),
        "cost": figure("USD/t", width=62, format="localized", help="Transport per contained tonne delivered"),
        "days": figure("Days", width=52, format="%.1f", help="Median"),
        "days_p95": figure("P95", width=52, format="%.1f", help="Days that 95 of 100 shipments stay below"),
        "co2e": figure("kg CO₂e/t", width=78, format="localized", help="Well to wheel, per contained tonne"),
        "chokepoints": text("Chokepoints", width=190),
        "allied": text("Allied", width=66, help="Whether every country of the corridor is in the group chosen"),
        "capacity": text("Capacity a year", width=160, help=told["capacity"]),
        "certain": text("How sure the rank is", width=230, help=told["certain"]),
        "unsure": text("Not known", width=230, help=told["unsure"]),
    }


def table_frame(found: Answer, rows: pd.DataFrame) -> pd.DataFrame:
    """Write the rows of `ranked` for a person; unknown stays null."""
    unit = units()[found.ask.mineral]
    allied = found.scenario.table.raw["allied_chain"].reindex(rows.index)
    first, level = found.scenario.first_share.reindex(rows.index).tolist(), _level(found, rows.index)
    records = rows.to_dict("records")
    frame = pd.DataFrame(
        {
            "rank": rows["rank"],
            "corridor": told_apart([corridor_name(row, hub=False) for row in records], rows),
            "status": rows["status"].map(_STATUS),
            "score": [_range(row) for row in records],
            "cost": rows["cost_usd_t"].round(),
            "days": rows["time_h"].map(days),
            "days_p95": rows["time_p95_h"].map(days),
            "co2e": rows["co2e_kg_t"].round(),
            "chokepoints": [_chokepoints(row) for row in records],
            "allied": allied.map(_ALLIED).fillna(UNKNOWN),
            "capacity": [tonnes(row["capacity_t_yr"], row["capacity_truth"], unit) for row in records],
            "certain": [_certain(*each) for each in zip(first, level, strict=True)],
            "unsure": [unsure(row) for row in records],
        },
        index=rows.index,
    )
    return frame if found.asked.alliance else frame.drop(columns="allied")


def _level(found: Answer, ids: pd.Index) -> list[int]:
    """Count for each corridor those that the data cannot tell from it."""
    pairs = found.scenario.not_separable
    return pairs.sum(axis=1).reindex(ids, fill_value=0).astype(int).tolist() if len(pairs) else [0] * len(ids)


def _certain(first_share: float, others: int) -> str | None:
    """Say how sure a rank is, in words."""
    if not known(first_share):
        return None
    share = f"leads in {first_share:.0%}" if first_share >= _HALF_PER_CENT else "never leads"
    return f"{share}; " + (f"not separable from {others}" if others else "stands apart")


def _range(row: dict[str, Any]) -> str | None:
    """Write the score that is sure, by which rows are ranked, and how far the unknown could lift it."""
    return f"{row['score_low']:.2f} (to {row['score_high']:.2f})" if known(row["score"]) else None


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
        row_height=_ROW_PX,
        height=_ROW_PX * min(len(ids), _MOST_ROWS) + _HEAD_PX,
        placeholder="–",  # noqa: RUF001 a dash for a gap
        key=key,
        on_select=lambda: _selected(key, ids),
        selection_mode="single-row",
        selection_default={"selection": {"rows": place}},
        alt=f"{len(ids)} corridors, best first; choose one for its legs and score",
    )
    st.caption(_certainty(found, rows))


def _table_key(ids: list[str], chosen: str) -> str:
    """
    Make a new table when the choice came from elsewhere, or the rows under a choice change: its own is by place.

    With nothing chosen it stays, and takes the new rows: a new one takes the page as long to make as the map to draw.
    """
    last_ids, last_chosen, version = st.session_state.get(_STALE, ([], "", 0))
    if chosen != last_chosen or (chosen and ids != last_ids):
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
    name, others = plain(corridor_name(live.iloc[0])), _level(found, live.index[:1])[0]
    share = found.scenario.first_share.get(live.index[0])
    held = f"First: {name}" + (f", leading in {share:.1%} of 10,000 draws of weights. " if known(share) else ". ")
    if others:
        return f"{held}Not separable: the data cannot tell it from {others} other corridors. Read those as level."
    return f"{held}The data tell it apart from every other corridor."
