"""Finds the place a person means: a facility id, a UN/LOCODE, or a point as `lon,lat`."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

import shapely

from geo.errors import BadInputError, UnknownIdError
from layers.countries import polygons
from layers.facilities import facilities
from layers.ports import aliases, ports

_POINT = re.compile(
    r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*,\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*$", re.IGNORECASE
)
MAX_LON, MAX_LAT = 180.0, 90.0


@dataclass(frozen=True)
class Place:
    """A named point on the map; `country` is null at sea, `asked_as` null unless a port was named by another code."""

    place_id: str
    name: str
    lon: float
    lat: float
    country: str | None
    kind: Literal["facility", "port", "point"]
    asked_as: str | None = None


def find_place(text: str) -> Place:
    """
    Read a place.

    Raises
    ------
    BadInputError
        For a point off the globe.
    UnknownIdError
        For an id that neither facilities nor ports hold; close ones are named.
    """
    if "," in text:
        return _point(text)
    code = text.strip()
    table, others = ports(), aliases()
    port_id = others.get(code.upper(), code.upper())
    if port_id in table.index:
        row = table.loc[port_id]
        alias = code.upper() if port_id != code.upper() else None
        return Place(port_id, str(row["name"]), row["lon"], row["lat"], row["country_iso3"], "port", alias)
    sites = facilities().drop_duplicates("facility_id").set_index("facility_id")
    if code.upper() in sites.index.str.upper():
        row = sites.loc[sites.index[sites.index.str.upper() == code.upper()][0]]
        return Place(str(row.name), str(row["name"]), row["lon"], row["lat"], row["country_iso3"], "facility")
    near = get_close_matches(code.upper(), [*table.index, *others, *sites.index.str.upper()], n=3)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    msg = f"unknown place {text!r}: give a facility id (F0001), a UN/LOCODE (CNSHA) or lon,lat (25.47,-10.71){hint}"
    raise UnknownIdError(msg)


def _point(text: str) -> Place:
    """Read `lon,lat` and find the country it lies in."""
    match = _POINT.match(text)
    if match is None:
        msg = f"cannot read {text.strip()!r} as lon,lat: write two numbers in degrees, such as 25.47,-10.71"
        raise BadInputError(msg)
    lon, lat = float(match[1]), float(match[2])
    if abs(lon) > MAX_LON or abs(lat) > MAX_LAT:
        msg = f"{text.strip()} is off the globe: longitude first, within ±180, then latitude, within ±90"
        raise BadInputError(msg)
    frame = polygons()
    inside = frame[frame.geometry.covers(shapely.Point(lon, lat))]
    country = str(inside["iso3"].iloc[0]) if len(inside) else None
    told = f"{lon!r},{lat!r}"  # in full: two points must not share a name
    return Place(told, told, lon, lat, country, "point")
