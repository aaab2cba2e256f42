"""What a reader takes along, made on the click; and the way back in."""

from functools import partial

import pandas as pd
import streamlit as st

from layers.answer import Answer
from layers.exports import corridors_geojson, to_csv, to_geopackage
from layers.outputs import html_map, map_frames, provenance
from layers.score_tables import score_rows
from views.answers import drawn
from views.scenario_file import scenario_text, uploader

_GEOPACKAGE = "application/geopackage+sqlite3"


def takeaway(found: Answer, *, centre: str, efficient: bool) -> None:
    """Offer the files of what is on the screen."""
    stem = f"{found.ask.mineral}-{found.ask.hub}"
    with st.popover("Files", width="content"):
        st.caption("What is on the screen, with scenario, date, sources and licences inside.")
        offers = (
            ("Map, one HTML file", "html", "text/html", partial(html_map, found, centre=centre)),
            ("Corridors, GeoJSON", "geojson", "application/geo+json", partial(_geojson, found, efficient=efficient)),
            ("Corridors, CSV", "csv", "text/csv", partial(_csv, found, efficient=efficient)),
            ("Parts of the scores, CSV", "scores.csv", "text/csv", partial(_scores, found, efficient=efficient)),
            ("All layers, GeoPackage", "gpkg", _GEOPACKAGE, partial(_gpkg, found, efficient=efficient)),
            ("Scenario, JSON", "scenario.json", "application/json", partial(scenario_text, found.ask, found.asked)),
        )  # fmt: skip
        for label, ending, kind, make in offers:
            st.download_button(
                label, make, f"{stem}.{ending}", kind, on_click="ignore", width="stretch", key=f"file-{ending}"
            )
        uploader("scenario_file")


def _geojson(found: Answer, *, efficient: bool) -> str:
    return corridors_geojson(drawn(found, efficient), provenance=provenance(found))


def _csv(found: Answer, *, efficient: bool) -> bytes:
    return _sheet(found, drawn(found, efficient).drop(columns="geometry"))


def _scores(found: Answer, *, efficient: bool) -> bytes:
    return _sheet(found, score_rows(found, drawn(found, efficient)))


def _sheet(found: Answer, rows: pd.DataFrame) -> bytes:
    return to_csv(rows, provenance=provenance(found)).encode("utf-8-sig")  # the mark by which spreadsheets know UTF-8


def _gpkg(found: Answer, *, efficient: bool) -> bytes:
    rows = drawn(found, efficient)
    legs = found.legs[found.legs["corridor_id"].isin(rows.index)]
    return to_geopackage({**map_frames(found, rows), "legs": legs}, provenance=provenance(found))
