"""Writes what people take away from an answer: GeoJSON, CSV, GeoPackage, GeoParquet, one-file map, scenario."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.scenario_text import plain_data
from geo.scenarios import QUESTION, Scenario, scenario_of
from layers.answer import Answer
from layers.catalog import sources
from layers.countries import basemap
from layers.exports import corridors_geojson, to_csv, to_geopackage, to_geoparquet
from layers.facilities import CRS, of_mineral
from layers.maps import assemble, build_map, corridor_bounds
from layers.names import hub_names, mineral_names
from layers.planner import plants, world_with
from layers.points import chokepoint_states
from layers.provenance import Provenance
from layers.scenario_words import scenario_words
from layers.score_tables import score_rows, undecided_pairs
from layers.standalone import standalone_html
from layers.writing import write_together

METHOD_VERSION = "0.1.0"
MAP_CORRIDORS = 10


def provenance(answer: Answer, *, day: date | None = None) -> Provenance:
    """
    Say which scenario, date, method and sources an answer rests on.

    Parameters
    ----------
    day
        By default the day whose rules hold, else today.
    """
    asked = answer.asked
    what = f"{mineral_names()[answer.ask.mineral]} to {hub_names()[answer.ask.hub]}"
    title = f"{what}: {asked.name if asked.name != 'base' else _scenario_words(answer)}"
    said = day or asked.as_of or date.today()  # noqa: DTZ011 - the day on the reader's calendar
    told = pd.concat([sources(), answer.ask.own.sources()]) if answer.ask.own else sources()
    return Provenance.of(told, scenario=title, date=said.isoformat(), method_version=METHOD_VERSION)


def _scenario_words(answer: Answer) -> str:
    """Put a scenario without a name into words."""
    names = plants(answer.ask.mineral, answer.ask.own.facilities) if answer.asked.outages else None
    return scenario_words(answer.asked, plants=names)


def shown(answer: Answer, *, most: int) -> pd.DataFrame:
    """Choose the corridors to show: the best of each case, and those of the base case that the scenario hurts most."""
    frame = answer.corridors
    live = frame[frame["cost_usd_t"].notna()]
    best = live.sort_values("efficient", ascending=False, kind="stable").groupby("case", sort=False).head(most)
    return frame[frame.index.isin({*best.index, *hurt_most(answer).index[: (most + 1) // 2]})]


def hurt_most(answer: Answer) -> pd.DataFrame:
    """List the corridors of the base case that the scenario hurts, worst first: stranded, then by days lost."""
    base = answer.corridors[answer.corridors["case"] == "base"]
    now = answer.corridors[answer.corridors["case"] == "scenario"]
    now = now[now.index.isin(base.index) & now["status"].isin(["stranded", "degraded", "rerouted"])]
    extra_h = (now["time_h"] - base["time_h"].reindex(now.index)).fillna(np.inf)
    return now.assign(extra_days=(extra_h / 24).where(np.isfinite(extra_h))).loc[
        extra_h.sort_values(ascending=False, kind="stable").index
    ]


def map_frames(answer: Answer, corridors: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Gather what a map of an answer draws."""
    here = world_with(answer.ask.own.facilities)
    points = here.chokepoints.copy()
    points["state"] = chokepoint_states(points, answer.asked)
    closed = {f"Closed area {number}": text for number, text in enumerate(sorted(answer.asked.areas), start=1)}
    areas = {"areas": _areas(closed)} if closed else {}
    used = {port for ports in corridors["ports"] for port in ports}
    return {
        "corridors": corridors,
        "facilities": of_mineral(here.facilities, answer.ask.mineral),
        "ports": here.ports[here.ports.index.isin(used)],
        "chokepoints": points,
        "hub": here.hubs.loc[[answer.ask.hub]],
        **areas,
    }


def _areas(wkt: dict[str, str]) -> gpd.GeoDataFrame:
    """Give the areas of a scenario as a frame, named by their number."""
    frame = gpd.GeoDataFrame({"name": list(wkt)}, geometry=gpd.GeoSeries.from_wkt(list(wkt.values())), crs=CRS)
    return frame.rename_axis("area_no")


def html_map(
    answer: Answer,
    *,
    most: int = MAP_CORRIDORS,
    centre: str = "atlantic",
    online_tiles: bool = False,
    day: date | None = None,
) -> str:
    """Draw the map of an answer as one file that opens with no network."""
    corridors, origin = shown(answer, most=most), provenance(answer, day=day)
    base, groups = build_map(map_frames(answer, corridors), basemap=basemap(), provenance=origin, centre=centre)
    drawn = assemble(base, groups, bounds=corridor_bounds(corridors, centre=centre), online_tiles=online_tiles)
    return standalone_html(drawn, corridors=corridors, provenance=origin, online_tiles=online_tiles)


def asked_text(answer: Answer, **more: Any) -> str:
    """Write what was asked as JSON, so that it can be asked again: `read_asked` reads it."""
    asked = {
        "mineral": answer.ask.mineral,
        "hub": answer.ask.hub,
        "final_stage": answer.ask.final_stage,
        "weights": dict(answer.weights),
    }
    return json.dumps({**answer.asked.to_dict(), QUESTION: asked | more}, indent=2, sort_keys=True) + "\n"


def read_asked(text: str) -> tuple[Scenario, dict[str, Any]]:
    """
    Read a scenario, and the question that our own files carry beside it (empty in others).

    Raises
    ------
    BadInputError
        In one line, for what is neither.

    Examples
    --------
    >>> read_asked('{"close": ["suez"], "question": {"mineral": "lithium"}}')[1]
    {'mineral': 'lithium'}
    """
    data = plain_data(text)
    asked = data.get(QUESTION) if isinstance(data, dict) else None
    return scenario_of(data), asked if isinstance(asked, dict) else {}


def answer_files(answer: Answer, *, most: int, day: date | None = None) -> dict[str, bytes]:
    """Make the files of an answer, by name; the same answer and day give the same bytes."""
    corridors, origin = shown(answer, most=most), provenance(answer, day=day)
    legs = answer.legs[answer.legs["corridor_id"].isin(corridors.index)]
    texts = {
        "corridors.geojson": corridors_geojson(corridors, provenance=origin),
        "corridors.csv": to_csv(corridors, provenance=origin),
        "legs.csv": to_csv(legs, provenance=origin),
        "scores.csv": to_csv(score_rows(answer, corridors), provenance=origin),
        "not_separable.csv": to_csv(undecided_pairs(answer, corridors), provenance=origin),
        "map.html": html_map(answer, most=most, day=date.fromisoformat(origin.date)),  # not a day later at midnight
        "scenario.json": asked_text(answer, most=most, date=origin.date),
    }
    layers = {**map_frames(answer, corridors), "legs": legs}
    return {
        **{name: text.encode() for name, text in texts.items()},
        "corridors.gpkg": to_geopackage(layers, provenance=origin),
    }


def write_answer(answer: Answer, out: Path, *, most: int) -> list[Path]:
    """Write the files of an answer (README, "What is in the files"), the corridors as GeoParquet too."""
    origin = provenance(answer)
    files = answer_files(answer, most=most, day=date.fromisoformat(origin.date))
    files["corridors.parquet"] = to_geoparquet(shown(answer, most=most), provenance=origin)
    return write_together(out, dict(sorted(files.items())))
