"""How it is computed and from what: sources with licences, limits, method."""

from pathlib import Path
from typing import Any

import streamlit as st

from layers.catalog import sources
from layers.provenance import BOUNDARIES, OSM_CREDIT

DOCS = Path(__file__).resolve().parent.parent / "docs"
_NOTES = {"method.md": "Method: formulas and sources", "limits.md": "Limits, in numbers"}


def method() -> None:
    """Draw the section."""
    st.markdown(
        "Least-cost ways on a graph of sea lanes, ports, railways and roads, per gross tonne; chains of facilities "
        "priced per contained tonne of the mineral. A scenario is a new view of the same graph. "
        "Scores are weighted geometric means over fixed goalposts, with every part shown."
    )
    for name, title in _NOTES.items():
        path = DOCS / name
        if path.is_file():
            with st.expander(title):
                st.markdown(path.read_text(encoding="utf-8"))
    st.markdown("**Sources and licences**")
    table = sources()[["title", "publisher", "licence", "as_of", "note", "licence_url"]]
    names: dict[str, Any] = {
        "title": "What",
        "publisher": "Publisher",
        "licence": "Licence",
        "as_of": "As of",
        "note": "Note",
        "licence_url": st.column_config.LinkColumn("Licence text", display_text="open"),
    }
    st.dataframe(table, hide_index=True, column_config=names, placeholder="–", alt="Sources and licences")  # noqa: RUF001 a dash for a gap
    st.caption(f"{OSM_CREDIT}. {BOUNDARIES}")
