"""
Frames in, GeoJSON for the map out: what is drawn, what it is called and what a click tells.

Only the map's copy of a geometry is thinned (0.02 degrees, three decimals: two pixels at its deepest zoom);
downloads are made from the frames themselves (`layers.exports`). Unknown values read "unknown", never zero.
"""

from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layers import style
from layers.geometry import recentre, rfc7946
from layers.turns import whole

Collection = dict[str, Any]

_TOLERANCE_DEG = 0.02
DECIMALS = 3
_H_PER_DAY = 24
_WEIGHT_PX = (2.0, 8.0)

CORRIDOR_FIELDS = (
    ("case_label", "Case"),
    ("status", "Status"),
    ("reason", "Why"),
    ("via", "Through"),
    ("chokepoints", "Chokepoints"),
    ("modes", "Modes"),
    ("cost", "Transport cost"),
    ("time", "Time, median (P95)"),
    ("co2e", "CO2e"),
    ("length", "Length"),
    ("capacity", "Capacity"),
    ("score", "Score"),
    ("unsure", "Not known"),
)
LEG_FIELDS = (
    ("corridor_id", "Corridor"),
    ("mode", "Mode"),
    ("length", "Length"),
    ("time", "Time"),
    ("cost", "Cost per gross tonne"),
    ("chokepoints", "Chokepoints"),
    ("note", "Note"),
)


def known(value: Any) -> bool:
    """Tell a value from a gap (None, NaN, NaT, empty text or tuple)."""
    if isinstance(value, tuple | list | str):
        return len(value) > 0
    if type(value) is float:  # most values are, and pandas takes its time over one
        return value == value  # noqa: PLR0124 only NaN is not
    return bool(pd.notna(value))


def records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Give the rows as plain values by column: ``to_dict("records")`` in a tenth of the time, where there is text."""
    columns = [column.to_numpy(dtype=object).tolist() for _, column in frame.items()]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def number(value: Any, unit: str, *, decimals: int = 0) -> str:
    """
    Write a number with its unit, or "unknown".

    Examples
    --------
    >>> number(1234.5, "km"), number(None, "km")
    ('1,234 km', 'unknown')
    """
    return f"{float(value):,.{decimals}f} {unit}".strip() if known(value) else "unknown"


def days(hours: Any) -> str:
    """
    Write hours as days, or "unknown".

    Examples
    --------
    >>> days(60)
    '2.5 days'
    """
    return number(hours / _H_PER_DAY if known(hours) else None, "days", decimals=1)


def words(value: Any, separator: str = ", ") -> str | None:
    """Join a tuple of names; nothing gives None."""
    if not known(value):
        return None
    return separator.join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def unsure(row: Mapping[Any, Any]) -> str | None:
    """
    Say what of a corridor is taken for granted; nothing gives None.

    Examples
    --------
    >>> unsure({"status_unknown": ("Savannah",), "feed_unknown": ("Onsan KEMCO",)})
    'whether Savannah operates; whether Onsan KEMCO takes this ore or brine'
    """
    told = [f"whether {name} operates" for name in row.get("status_unknown", ())]
    told += [f"whether {name} takes this ore or brine" for name in row.get("feed_unknown", ())]
    return "; ".join(told) or None


def has_shape(geometry: Any) -> bool:
    """Tell whether there is anything to draw: stranded rows have no geometry."""
    return isinstance(geometry, shapely.Geometry) and not geometry.is_empty


def corridor_key(case: str, corridor_id: Hashable) -> str:
    """Name a row of `corridors` that holds both cases: an id may appear once in each."""
    return f"{case}:{corridor_id}"


def lost(corridors: pd.DataFrame) -> pd.DataFrame:
    """
    Pick the base corridors that the scenario no longer has: stranded there, or gone.

    Returns
    -------
    corridors
        Rows of case ``base``; none while there is no scenario to compare with.
    """
    return corridors[is_lost(corridors)]


def is_lost(corridors: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which rows `lost` picks; read are the index, ``case`` and ``status``."""
    case, stranded = corridors["case"].to_numpy(), (corridors["status"] == "stranded").to_numpy(dtype=bool)
    alive = corridors.index[(case == "scenario") & ~stranded]
    compared = bool((case == "scenario").any())
    gone: npt.NDArray[np.bool_] = (case == "base") & ~corridors.index.isin(alive) & compared
    return gone


def corridor_features(
    corridors: pd.DataFrame, *, case: str, centre_lon: float, width_by: str | None = None
) -> Collection:
    """
    Make the lines of corridors of one case (``base``, ``scenario``) or of the ``lost`` ones.

    Parameters
    ----------
    corridors
        The `corridors` frame, already cut to the rows wanted; a ``score`` column is shown where present.
    width_by
        Column whose value sets the width of the line (area-true: by its square root).
    """
    widths = _widths(corridors, width_by)
    features = []
    for corridor_id, row, width in zip(corridors.index, records(corridors), widths, strict=True):
        if not has_shape(row["geometry"]):
            continue
        looks = style.corridor(case, row["status"]) | ({"weight": width} if width else {})
        facts = _corridor_facts(row, case) | {"id": str(corridor_id), "_s": looks}
        facts["key"] = corridor_key(row["case"], corridor_id)
        features.append(_line(row["geometry"], facts, centre_lon))
    return collection(features)


def _corridor_facts(row: dict[Hashable, Any], case: str) -> dict[str, Any]:
    """Gather what hover and click tell of a corridor, as text."""
    names = tuple(row["facility_names"])
    cost, time = number(row["cost_usd_t"], "USD per contained t"), days(row["time_h"])
    facts = {
        "name": words((*names, row["hub"]), " → "),
        "case_label": {"base": "Base case", "scenario": "Scenario", "lost": "Lost in this scenario"}[case],
        "status": row["status"] if case != "lost" else "stranded",
        "reason": words(row["reason"]),
        "via": words(row["countries"], " → "),
        "chokepoints": words(row["chokepoints"]) or "none",
        "modes": words(row["modes"]),
        "cost": cost,
        "time": f"{time} ({days(row['time_p95_h'])})",
        "co2e": number(row["co2e_kg_t"], "kg per contained t"),
        "length": number(row["length_km"], "km"),
        "capacity": f"{number(row['capacity_t_yr'], 't a year')} ({row['capacity_truth']})",
        "score": number(row["score"], "", decimals=2) if "score" in row else None,
        "unsure": unsure(row),
    }
    facts["tip"] = "\n".join([str(facts["name"]), f"{facts['case_label']}: {facts['status']}", f"{cost} · {time}"])
    return {key: value for key, value in facts.items() if value is not None}


def _widths(frame: pd.DataFrame, column: str | None) -> list[float | None]:
    """Scale line widths by the square root of a column; rows without a value get the thinnest line."""
    if column is None:
        return [None] * len(frame)
    value = pd.to_numeric(frame[column])
    top = value.max()
    low, high = _WEIGHT_PX
    share = (value.clip(lower=0) / top).pow(0.5).fillna(0) if known(top) and top > 0 else value * 0
    return [round(float(low + (high - low) * s), 1) for s in share.fillna(0)]


def leg_features(legs: pd.DataFrame, *, mode: str, centre_lon: float) -> Collection:
    """Make the lines of the legs of one mode (`legs` frame)."""
    features = []
    for row in records(legs[legs["mode"] == mode]):
        if not has_shape(row["geometry"]) or row["geometry"].length == 0:
            continue
        name = f"{row['from_name']} → {row['to_name']}"
        length, time = number(row["length_km"], "km"), days(row["time_h"])
        facts = {
            "name": name,
            "tip": f"{name}\n{style.MODE_LABEL[mode]}: {length} · {time}",
            "corridor_id": str(row["corridor_id"]),
            "mode": mode,
            "length": length,
            "time": time,
            "cost": number(row["cost_usd_t"], "USD"),
            "chokepoints": words(row["chokepoints"]) or "none",
        }
        features.append(_line(row["geometry"], facts, centre_lon))
    return collection(features)


def area_features(areas: pd.DataFrame, *, centre_lon: float) -> Collection:
    """Make the areas that a scenario shuts (`areas` frame: `name`, `geometry`)."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": str(name), "tip": f"{name}\nNothing passes here"},
            "geometry": rounded(whole(rfc7946(shape), centre_lon), DECIMALS),
        }
        for name, shape in zip(areas["name"], areas["geometry"], strict=True)
    ]
    return collection(features)


def _line(geometry: Any, facts: dict[str, Any], centre_lon: float) -> dict[str, Any]:
    """Make a line with its facts."""
    return {"type": "Feature", "geometry": _drawn(geometry, centre_lon), "properties": facts}


@lru_cache(maxsize=2048)  # a line that a closure does not touch is drawn once
def _drawn(geometry: shapely.Geometry, centre_lon: float) -> dict[str, Any]:
    """Thin and round a line, uncut: the map draws it again a turn of the world to either side."""
    return rounded(whole(geometry, centre_lon).simplify(_TOLERANCE_DEG), DECIMALS)


@lru_cache(maxsize=2048)  # as above
def extents(geometry: shapely.Geometry) -> tuple[tuple[float, float, float, float], ...]:
    """Give west, south, east and north of each part of a line between -180 and 180 degrees."""
    parts = shapely.get_parts(recentre(geometry, 0.0))
    return tuple((float(w), float(s), float(e), float(n)) for w, s, e, n in shapely.bounds(parts))


def rounded(geometry: shapely.Geometry, decimals: int) -> dict[str, Any]:
    """Write a geometry as GeoJSON with so many decimals at most."""
    mapping: dict[str, Any] = shapely.geometry.mapping(geometry)
    if mapping["type"] == "GeometryCollection":
        return {**mapping, "geometries": [rounded(g, decimals) for g in shapely.get_parts(geometry)]}
    return {"type": mapping["type"], "coordinates": _round(mapping["coordinates"], decimals)}


def _round(value: Any, decimals: int) -> Any:
    """Round coordinates at any depth of nesting."""
    if isinstance(value, tuple | list):
        return [_round(item, decimals) for item in value]
    return round(float(value), decimals)


def collection(features: list[dict[str, Any]]) -> Collection:
    """Wrap features."""
    return {"type": "FeatureCollection", "features": features}
