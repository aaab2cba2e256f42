"""What a reader takes along, made on the click; and the way back in: a scenario file."""

import json
from functools import partial
from typing import Any

import streamlit as st

from geo.errors import BadInputError, CorridorError
from geo.scenarios import Scenario, read_scenario
from layers.answer import Answer
from layers.exports import corridors_geojson, to_csv, to_geopackage
from layers.outputs import html_map, map_frames, provenance
from views import state
from views.answers import drawn
from views.text import plain

MAX_SCENARIO_BYTES = 64 * 1024
_GEOPACKAGE = "application/geopackage+sqlite3"
_FILE = "scenario_file"
_REFUSED = "_refused"


def takeaway(found: Answer, *, centre: str, efficient: bool) -> None:
    """Offer the files of what is on the screen."""
    stem = f"{found.ask.mineral}-{found.ask.hub}"
    with st.popover("Files", width="content"):
        st.caption("What is on the screen, with scenario, date, sources and licences inside.")
        offers = (
            ("Map, one HTML file", "html", "text/html", partial(html_map, found, centre=centre)),
            ("Corridors, GeoJSON", "geojson", "application/geo+json", partial(_geojson, found, efficient=efficient)),
            ("Corridors, CSV", "csv", "text/csv", partial(_csv, found, efficient=efficient)),
            ("All layers, GeoPackage", "gpkg", _GEOPACKAGE, partial(_gpkg, found, efficient=efficient)),
            ("Scenario, JSON", "scenario.json", "application/json", partial(_scenario, found)),
        )  # fmt: skip
        for label, ending, kind, make in offers:
            st.download_button(
                label, make, f"{stem}.{ending}", kind, on_click="ignore", width="stretch", key=f"file-{ending}"
            )
        st.file_uploader(
            "Scenario from a file (JSON or YAML)", type=["json", "yaml", "yml"], key=_FILE, on_change=_take_over
        )
        if refused := st.session_state.get(_REFUSED):
            st.error(plain(refused))


def _geojson(found: Answer, *, efficient: bool) -> str:
    return corridors_geojson(drawn(found, efficient), provenance=provenance(found))


def _csv(found: Answer, *, efficient: bool) -> bytes:
    text = to_csv(drawn(found, efficient).drop(columns="geometry"), provenance=provenance(found))
    return text.encode("utf-8-sig")  # the mark by which spreadsheets know UTF-8


def _gpkg(found: Answer, *, efficient: bool) -> bytes:
    rows = drawn(found, efficient)
    legs = found.legs[found.legs["corridor_id"].isin(rows.index)]
    return to_geopackage({**map_frames(found, rows), "legs": legs}, provenance=provenance(found))


def _scenario(found: Answer) -> str:
    asked = {"mineral": found.ask.mineral, "hub": found.ask.hub, "final_stage": found.ask.final_stage}
    return json.dumps({**found.asked.to_dict(), "question": asked}, indent=2, sort_keys=True) + "\n"


def _take_over() -> None:
    """Read the file that was handed in; what is wrong with it is said in one line."""
    file = st.session_state[_FILE]
    st.session_state[_REFUSED] = None
    if file is None:
        return
    try:
        scenario, asked = read_file(file.getvalue())
    except CorridorError as error:
        st.session_state[_REFUSED] = f"{file.name}: {error}"
        return
    state.adopt(scenario, asked)


def read_file(raw: bytes) -> tuple[Scenario, dict[str, Any]]:
    """
    Read a scenario file, with the question that our own files carry beside it.

    Raises
    ------
    BadInputError
        In one line, for anything else.
    """
    if len(raw) > MAX_SCENARIO_BYTES:
        msg = f"a scenario has at most {MAX_SCENARIO_BYTES // 1024} KB"
        raise BadInputError(msg)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        msg = "a scenario is text in UTF-8"
        raise BadInputError(msg) from None
    try:
        plain_values = json.loads(text)
    except (ValueError, RecursionError):
        return read_scenario(text), {}  # YAML, or nothing at all
    asked = plain_values.pop("question", {}) if isinstance(plain_values, dict) else {}
    return read_scenario(json.dumps(plain_values)), asked if isinstance(asked, dict) else {}
