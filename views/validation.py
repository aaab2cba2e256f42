"""Screen *Validation*: every published number that the product recomputes, ours beside it, and what we miss."""

from datetime import date

import pandas as pd
import streamlit as st

from layers.catalog import sources
from layers.exports import to_csv
from layers.outputs import METHOD_VERSION
from layers.provenance import Provenance
from layers.validation import KINDS, committed
from views import state
from views.flow_controls import told
from views.flow_fields import VERDICTS
from views.text import listed

SCREEN = "validation"
_MET, _MISSED = "✓ met", "✕ missed"
_COLUMNS = {
    "figure": "Published figure", "kind": "Kind", "unit": "Unit", "published": "Published", "ours": "Ours",
    "difference_pct": "Difference", "range": "Passes within", "passes": "Verdict", "source": "Source", "note": "Note",
}  # fmt: skip


@st.cache_data
def _figures() -> pd.DataFrame:
    """Read the figures once; a test holds the file to what the code computes."""
    return committed()


def render() -> None:
    """Draw the screen."""
    state.restore(SCREEN)
    table = _figures()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title("Our numbers beside published ones", anchor=False)
        files = st.empty()
    state.warn()
    told(findings(table))
    with st.container(horizontal=True, key="figures"):
        for kind in KINDS:
            own = table[table["kind"] == kind]
            help_ = f"Median difference {own['difference_pct'].abs().median():.1f} %"
            st.metric(kind, f"{int(own['passes'].sum())} of {len(own)}", border=True, help=help_)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.pills("Kind", KINDS, key="kind", selection_mode="multi")
        st.segmented_control("Show", VERDICTS, key="verdict", required=True)
    rows = chosen(table, st.session_state["kind"], st.session_state["verdict"])
    _draw(rows)
    files.download_button("These rows, CSV", lambda: _csv(rows), "validation.csv", "text/csv", on_click="ignore")
    st.caption(
        "Nothing is fitted to a row. A test computes every figure again, and fails when one moves without a line in "
        "the changelog. Why a row misses: Explore, Method & data, Limits."
    )
    state.publish(SCREEN)


def findings(table: pd.DataFrame) -> tuple[str, ...]:
    """Say what holds and what does not, in words."""
    met = table.groupby("kind")["passes"].agg(["sum", "size"]).reindex(KINDS)
    sure = [
        f"{kind.lower()} {row['sum']} of {row['size']}" for kind, row in met.iterrows() if row["sum"] == row["size"]
    ]
    weak = [
        f"{kind.lower()} {row['sum']} of {row['size']}" for kind, row in met.iterrows() if 2 * row["sum"] < row["size"]
    ]
    missed = table[~table["passes"]]
    days = missed[missed["kind"].eq("Days")]
    told_ = [f"{int(table['passes'].sum())} of {len(table)} published figures are met, {len(missed)} are missed."]
    told_ += [f"Fully met: {', '.join(sure)}."] if sure else []
    told_ += [f"Mostly missed, so read with care: {', '.join(weak)}."] if weak else []
    if len(days) and (days["ours"] < days["published"]).all():
        told_.append("Every missed transit time is shorter than the published one: waits and queues are not in ours.")
    off = missed[missed["kind"].ne("Share")].sort_values("difference_pct", key=abs, ascending=False)
    told_.append(f"Farthest off among the ways: {listed(list(off['figure'].head(3)))}.")
    return tuple(told_)


def chosen(table: pd.DataFrame, kinds: list[str], verdict: str) -> pd.DataFrame:
    """Keep the rows of some kinds (none named: all) that are met or missed."""
    rows = table[table["kind"].isin(kinds)] if kinds else table
    return rows if verdict == VERDICTS[0] else rows[rows["passes"] == (verdict == VERDICTS[1])]


def _draw(rows: pd.DataFrame) -> None:
    """List the rows."""
    if rows.empty:
        st.info("No figure of this kind: choose another, or show all.")
        return
    span = [f"{row.low:,.0f} to {row.high:,.0f}" for row in rows.itertuples()]
    frame = rows.assign(range=span, passes=rows["passes"].map({True: _MET, False: _MISSED}))
    figure, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        frame[list(_COLUMNS)].rename(columns=_COLUMNS), hide_index=True, height=560, placeholder="none",
        alt=f"{len(rows)} published figures beside ours",
        column_config={
            "Published figure": text(width=330), "Kind": text(width=105), "Unit": text(width=55),
            "Published": figure(format="%,.1f", width=85), "Ours": figure(format="%,.1f", width=85),
            "Difference": figure(format="%+.1f %%", width=85), "Passes within": text(width=120),
            "Verdict": text(width=80), "Source": text(width=300), "Note": text(width=200),
        },
    )  # fmt: skip


def _csv(rows: pd.DataFrame) -> bytes:
    """Write the rows with where they come from."""
    own = sources()
    own = own[own["table"].isin(["published_distances", "published_shares", "benchmarks"])]
    day = date.today().isoformat()  # noqa: DTZ011 - the day on the reader's calendar
    origin = Provenance.of(own, scenario="validation", date=day, method_version=METHOD_VERSION)
    return to_csv(rows.rename_axis("row"), provenance=origin).encode("utf-8-sig")
