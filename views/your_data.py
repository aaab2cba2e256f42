"""Screen *Your data*: a user's facilities, demand, closures and scenarios, in, out and kept."""

from typing import Final, cast

import streamlit as st

from geo.errors import CorridorError
from layers.uploads import KINDS, SUFFIXES, Kind, Upload, read_upload, templates
from layers.uploads.report import problems_csv, rows_file, rows_table
from views import brought, closure_drawing, saved_data, scenario_file, state
from views.text import plain, words

_PARTS: Final = (*KINDS, "scenario", "saved")
_READ, _REFUSED = "_read", "_refused_upload"
_SHOWN_ROWS = 200
_TOLD: Final[dict[str, str]] = {
    "facilities": "Mines and plants of your own: a name, a place, a mineral and a stage; capacity if you know it. They "
    "join ours in Explore and are marked (yours) in tables, maps and files.",
    "demand": "Tonnes that a country, or the EU, needs of a mineral in a year. They replace the need that the "
    "capacity of a corridor is held against, where the place is a hub of ours; the latest year counts.",
    "closure": "Areas that nothing passes: a strait, a sea, a province. They stay out of the page's address and are in "
    "the scenario file.",
}


def render() -> None:
    """Draw the screen."""
    st.title("Your data", anchor=False)
    st.caption(
        "What you bring stays in this session and ends with it, unless you save it. Explore, its files and evidence "
        "packs use it; Flows, Stress, Stockpile and Risk stay with our own tables."
    )
    state.restore()
    part = st.segmented_control(
        "Part", _PARTS, key="data_part", default=_PARTS[0], required=True, format_func=words,
        label_visibility="collapsed", width="content",
    )  # fmt: skip
    if part == "scenario":
        _scenario()
    elif part == "saved":
        saved_data.saved()
    else:
        _kind(cast("Kind", part))
    state.publish()  # what a scenario file brought must still be there when Explore opens


def _scenario() -> None:
    """Take a scenario in, and hand out the one that Explore shows."""
    asked, ask = state.scenario(), state.ask()
    st.markdown("What goes wrong in Explore, with its question, as one file that you can send, keep and bring back.")
    with st.container(horizontal=True):
        text = scenario_file.scenario_text(ask, asked)
        st.download_button("Download the scenario", text, "scenario.json", "application/json", on_click="ignore")
    scenario_file.uploader("data_scenario_file")
    saved_data.save_scenario(asked)


def _kind(kind: Kind) -> None:
    """Take in a file of one kind and say what came of it."""
    st.markdown(_TOLD[kind])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Templates:", width="content")
        for name, raw in templates().items():
            if name.startswith(kind):
                st.download_button(name, raw, name, on_click="ignore", key=f"template-{name}")
    if kind == "closure":
        closure_drawing.draw(_take)
    st.file_uploader(
        f"A file of {kind}", type=[suffix.lstrip(".") for suffix in SUFFIXES], key=f"file_{kind}",
        on_change=_take_file, args=(kind,), help="CSV, Excel, GeoJSON, GeoPackage, zipped Shapefile or Parquet",
    )  # fmt: skip
    if refused := st.session_state.get(_REFUSED, {}).get(kind):
        st.error(plain(refused))
    upload = st.session_state.get(_READ, {}).get(kind) or brought.uploads().get(kind)
    if upload is not None:
        _result(kind, upload)


def _take_file(kind: Kind) -> None:
    """Read the file that was handed in, or let go of the one taken away."""
    file = st.session_state[f"file_{kind}"]
    if file is None:
        _forget(kind)
    else:
        _take(kind, file.name, file.getvalue())


def _take(kind: Kind, name: str, raw: bytes) -> None:
    """Read a file and put its good rows to use; a file that cannot be used is refused in one line."""
    _forget(kind)
    try:
        upload = read_upload(name, raw, kind=kind)
    except CorridorError as error:
        _refuse(kind, f"{name}: {error}")
        return
    st.session_state[_READ] = {**st.session_state.get(_READ, {}), kind: upload}
    if upload.rows_good:
        _use(kind, upload)


def _use(kind: Kind, upload: Upload) -> None:
    """Put good rows to use."""
    try:
        brought.use(upload)
    except CorridorError as error:
        _refuse(kind, f"{upload.file_name}: {error}")


def _refuse(kind: Kind, told: str) -> None:
    """Note why a file is not in use."""
    st.session_state[_REFUSED] = {**st.session_state.get(_REFUSED, {}), kind: told}


def _forget(kind: Kind) -> None:
    """Let go of what was read of a kind."""
    for key in (_READ, _REFUSED):
        st.session_state[key] = {name: held for name, held in st.session_state.get(key, {}).items() if name != kind}
    brought.drop(kind)


def _result(kind: Kind, upload: Upload) -> None:
    """Say what came of a file: counts, faults, good rows, and what can be done with them."""
    used = kind in brought.uploads()
    with st.container(horizontal=True, key="figures"):
        st.metric("Rows in the file", f"{upload.rows_in:,}", border=True)
        st.metric("Rows used" if used else "Good rows", f"{upload.rows_good:,}", border=True)
        st.metric("Rows left out", f"{upload.rows_bad:,}", border=True)
    for note in upload.notes:
        st.caption(plain(note))
    if len(upload.problems):
        _problems(kind, upload)
    if not upload.rows_good:
        return
    st.markdown(f"**{plain(upload.file_name)}**: {'in use' if used else 'not in use'}")
    rows = rows_table(upload)
    st.dataframe(rows.head(_SHOWN_ROWS), hide_index=True, placeholder="unknown", alt=f"Good rows of your {kind}")
    if len(rows) > _SHOWN_ROWS:
        st.caption(f"The first {_SHOWN_ROWS} of {len(rows):,}.")
    file = rows_file(upload)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if used:
            st.button("Stop using it", on_click=brought.drop, args=(kind,), key=f"stop_{kind}")
        else:
            st.button("Use it", on_click=_use, args=(kind, upload), key=f"use_{kind}")
        st.download_button(
            "Download the good rows", file.raw, f"your-{kind}.{file.suffix}", file.media_type, on_click="ignore"
        )
        saved_data.save_upload(upload)


def _problems(kind: Kind, upload: Upload) -> None:
    """Name every fault with its line, column, value and remedy."""
    st.markdown("**What is wrong, and what to do**")
    st.dataframe(
        upload.problems.rename(columns=str.capitalize), hide_index=True, placeholder="empty",
        alt=f"Faults in your {kind}",
        column_config={
            "Value": st.column_config.TextColumn(width=160),
            "Problem": st.column_config.TextColumn(width=320),
            "Remedy": st.column_config.TextColumn(width=360),
        },
    )  # fmt: skip
    st.download_button(
        "Download this list", problems_csv(upload), f"{kind}-problems.csv", "text/csv", on_click="ignore"
    )
