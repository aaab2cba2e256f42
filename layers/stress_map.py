"""What closures cost, on a map: one point a component, as large as its loss."""

from typing import Any, Final

import pandas as pd
import shapely

from layers import style
from layers.basemap import centre_lon
from layers.countries import polygons
from layers.features import DECIMALS, Collection, collection, rounded
from layers.geometry import recentre
from layers.planner import world
from layers.ports import ports

FIELDS: Final = (("kind", "What closes"), ("unmet", "Unmet more"), ("freight", "Freight more"), ("late", "Later"))
MOST: Final = 60
_COLOUR: Final = {"country": style.ORANGE, "chokepoint": style.VERMILLION, "port": style.BLUE, "facility": style.GREEN}
_SMALLEST_PX, _LARGEST_PX, _LABELLED = 4.0, 26.0, 3
_EQUAL_AREA: Final = "EPSG:6933"


def stress_points(singles: pd.DataFrame, names: dict[str, str], *, centre: str) -> Collection:
    """
    Make the points of the components that cost most.

    Parameters
    ----------
    singles
        `layers.stress.Stress.singles`: worst first, index ``component_id``; ``kind, name, extra_usd_yr`` and so on.
    names
        Name of each component, by its id.
    """
    rows = singles[singles["extra_usd_yr"] > 0].head(MOST)
    places = _places(rows)
    most = float(rows["extra_usd_yr"].max()) if len(rows) else 1.0
    features = []
    for rank, (identifier, row) in enumerate(rows.iterrows()):
        if identifier not in places:
            continue
        # the area of a point is its loss
        radius = max(_SMALLEST_PX, _LARGEST_PX * (float(row["extra_usd_yr"]) / most) ** 0.5)
        facts = _facts(row, names[str(identifier)], radius, labelled=rank < _LABELLED)
        geometry = rounded(recentre(shapely.Point(*places[identifier]), centre_lon(centre)), DECIMALS)
        features.append({"type": "Feature", "geometry": geometry, "properties": {"id": str(identifier), **facts}})
    return collection(features)


def _facts(row: pd.Series, name: str, radius: float, *, labelled: bool) -> dict[str, Any]:
    """Say of one component what its pop-up shows."""
    colour = _COLOUR[str(row["kind"])]
    facts = {
        "name": name,
        "tip": f"{name}\n{row['extra_usd_yr'] / 1e6:,.1f} M USD a year",
        "label": name if labelled else None,
        "kind": str(row["kind"]),
        "unmet": f"{row['extra_unmet_t_yr']:,.0f} t a year",
        "freight": f"{row['extra_freight_usd_yr'] / 1e6:+,.1f} M USD a year",
        "late": f"{row['late_days']:,.0f} days at most" if pd.notna(row["late_days"]) else None,
        "_s": {"radius": radius, "color": colour, "fillColor": colour, "weight": 1.5, "fillOpacity": 0.45,
               "shape": "circle"},
    }  # fmt: skip
    return {key: value for key, value in facts.items() if value is not None}


def _places(rows: pd.DataFrame) -> dict[Any, tuple[float, float]]:
    """Find where each component lies; a country at a point inside it."""
    parts = polygons().explode(index_parts=False)
    largest = parts.assign(area=parts.geometry.to_crs(_EQUAL_AREA).area).sort_values("area").groupby("iso3").tail(1)
    inside = largest.set_index("iso3").representative_point()
    spots = {"country": dict(zip(inside.index, zip(inside.x, inside.y, strict=True), strict=True))}
    for kind, frame in (("chokepoint", world().chokepoints), ("port", ports())):
        spots[kind] = dict(zip(frame.index, zip(frame["lon"], frame["lat"], strict=True), strict=True))
    table = world().facilities.drop_duplicates("facility_id").set_index("facility_id")
    spots["facility"] = dict(zip(table.index, zip(table["lon"], table["lat"], strict=True), strict=True))
    found = {}
    for identifier, row in rows.iterrows():
        spot = spots[str(row["kind"])].get(str(row["name"]).split("|")[0])
        if spot is not None:
            found[identifier] = spot
    return found


def legend() -> list[style.Entry]:
    """Explain the colours."""
    looks = {"weight": 1.5, "fillOpacity": 0.45, "radius": 6, "shape": "circle"}
    return [
        (kind.capitalize(), "point", {**looks, "color": colour, "fillColor": colour})
        for kind, colour in _COLOUR.items()
    ]
