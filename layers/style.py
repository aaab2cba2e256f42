"""
Every colour, dash and shape of the product, each with the words that explain it.

Colours are Okabe and Ito's eight, which stay apart under the common colour deficiencies; none carries
meaning alone: lines differ by dash, points by shape as well. A point tells two more things: its *fill* is
the status of the site (solid operating, white planned, grey closed) and its *outline* how well the place is
known (solid exact, dashed approximate or estimated).

References
----------
Okabe, M. & Ito, K. (2008), *Color Universal Design*.
"""

from collections.abc import Iterable
from typing import Any

ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE, BLACK = "#0072B2", "#D55E00", "#CC79A7", "#000000"
INK, SLATE, PALE, WHITE = "#1D2830", "#5F6B73", "#B9C0C4", "#FFFFFF"
SEA, LAND, BORDER = "#F3F6F8", "#E2E4E3", "#FFFFFF"

Style = dict[str, Any]
Entry = tuple[str, str, Style]  # label, "line" or "point", Leaflet style

COUNTRIES: Style = {"color": BORDER, "weight": 0.8, "fillColor": LAND, "fillOpacity": 1}

STATUS_COLOUR = {
    "open": GREEN,
    "rerouted": BLUE,
    "degraded": ORANGE,
    "stranded": VERMILLION,
    "unknown": SLATE,
}
STATUS_DASH: dict[str, str | None] = {
    "open": None,
    "rerouted": "13 5",
    "degraded": "5 5",
    "unknown": "1 6",
}

CORRIDOR: dict[str, Style] = {
    "base": {"color": SLATE, "weight": 6.5, "opacity": 0.5},
    "scenario": {"color": BLUE, "weight": 2.8, "opacity": 0.95},
    "lost": {"color": VERMILLION, "weight": 3.2, "opacity": 1, "dashArray": "1 8"},
}
CORRIDOR_LABEL = {
    "base": "Base case",
    "scenario": "Scenario: open",
    "lost": "Lost in the scenario",
}

MODE: dict[str, Style] = {
    "sea": {"color": BLUE, "weight": 2.5},
    "rail": {"color": BLACK, "weight": 2.5, "dashArray": "9 4"},
    "road": {"color": VERMILLION, "weight": 2.5, "dashArray": "5 4"},
    "access": {"color": PURPLE, "weight": 2.5, "dashArray": "1 5"},
    "transfer": {"color": SLATE, "weight": 2.5},
    "border": {"color": SLATE, "weight": 2.5, "dashArray": "3 3"},
}
MODE_LABEL = {
    "sea": "By sea",
    "rail": "By rail",
    "road": "By road",
    "access": "First or last mile (straight, estimated)",
    "transfer": "Transfer",
    "border": "Border crossing",
}

AREA: Style = {"color": VERMILLION, "weight": 1.5, "dashArray": "6 4", "fillColor": VERMILLION, "fillOpacity": 0.15}
AREA_LABEL = "Closed area"

_POINT: Style = {"weight": 1.6, "opacity": 1, "fillOpacity": 0.9, "radius": 6}
KIND: dict[str, Style] = {
    "mine": {**_POINT, "color": "#8A5F00", "fillColor": ORANGE, "shape": "triangle"},
    "processing": {**_POINT, "color": "#00563F", "fillColor": GREEN, "shape": "square"},
    "recycling": {**_POINT, "color": "#8F3F6B", "fillColor": PURPLE, "shape": "diamond"},
}
KIND_LABEL = {"mine": "Mine", "processing": "Processing plant", "recycling": "Recycling plant"}
_FILL = {"operating": None, "construction": WHITE, "planned": WHITE, "unknown": None}
_APPROXIMATE = "2 2"

PORT: Style = {**_POINT, "weight": 1, "radius": 3.2, "color": WHITE, "fillColor": INK, "shape": "circle"}
HUB: Style = {**_POINT, "weight": 1.2, "radius": 9, "color": WHITE, "fillColor": INK, "shape": "star"}
CHOKEPOINT: dict[str, Style] = {
    "open": {**_POINT, "weight": 2.2, "color": GREEN, "fillColor": WHITE, "radius": 5, "shape": "circle"},
    "partial": {**_POINT, "weight": 2, "color": "#8A5F00", "fillColor": ORANGE, "radius": 7, "shape": "half"},
    "barred": {**_POINT, "weight": 2.5, "color": SLATE, "fill": False, "radius": 4.5, "shape": "slash"},
    "closed": {**_POINT, "weight": 4.5, "color": VERMILLION, "fill": False, "radius": 6.5, "shape": "cross"},
}
CHOKEPOINT_LABEL = {
    "open": "Chokepoint, open",
    "partial": "Chokepoint, partly closed",
    "barred": "Chokepoint, normally closed",
    "closed": "Chokepoint, closed",
}


def facility(kind: str, status: str, *, approximate: bool) -> Style:
    """
    Style one facility: shape and colour by kind, fill by status, outline by what is known of its place.

    Examples
    --------
    >>> facility("mine", "planned", approximate=True)["dashArray"]
    '2 2'
    """
    style = dict(KIND[kind])
    fill = _FILL.get(status, PALE)
    if fill:
        style["fillColor"] = fill
    if approximate:
        style |= {"dashArray": _APPROXIMATE, "fillOpacity": 0.35}
    return style


def corridor(case: str, status: str) -> Style:
    """
    Style one corridor: colour by case, dash by status; a lost one has a look of its own.

    Examples
    --------
    >>> corridor("scenario", "rerouted")["dashArray"]
    '13 5'
    """
    dash = STATUS_DASH.get(status) if case == "scenario" else None
    return CORRIDOR[case] | ({"dashArray": dash, "lineCap": "butt"} if dash else {})


def legend(
    *,
    cases: Iterable[tuple[str, str]] = (),
    facilities: Iterable[tuple[str, str, bool]] = (),
    chokepoints: Iterable[str] = (),
    places: Iterable[str] = (),
) -> list[Entry]:
    """
    List the legend entries for what a map holds, in a fixed order.

    Parameters
    ----------
    cases
        ``(case, status)`` of the corridors drawn; case ``lost`` included.
    facilities
        ``(kind, status, approximate)`` of the facilities drawn.
    chokepoints
        States drawn: ``open``, ``partial``, ``closed``.
    places
        ``port``, ``hub`` and ``area``, where drawn.
    """
    drawn = set(cases)
    lines: list[Entry] = [
        (_case_label(case, status), "line", corridor(case, status))
        for case in CORRIDOR
        for status in (STATUS_DASH if case == "scenario" else ["open"])
        if (case, status) in drawn or (case != "scenario" and case in {c for c, _ in drawn})
    ]
    states = set(chokepoints)
    points: list[Entry] = [(CHOKEPOINT_LABEL[s], "point", CHOKEPOINT[s]) for s in CHOKEPOINT if s in states]
    wanted = set(places)
    lines += [(AREA_LABEL, "line", AREA)] if "area" in wanted else []
    points += [("Port", "point", PORT)] if "port" in wanted else []
    points += [("Where it is needed", "point", HUB)] if "hub" in wanted else []
    return lines + _facility_entries(set(facilities)) + points


def _case_label(case: str, status: str) -> str:
    """Name a line by its case and, for a scenario, its status."""
    if case != "scenario":
        return CORRIDOR_LABEL[case]
    return CORRIDOR_LABEL[case].replace("open", status)


def _facility_entries(drawn: set[tuple[str, str, bool]]) -> list[Entry]:
    """Explain shapes by kind, then fill and outline once, in grey, for all kinds."""
    kinds = {kind for kind, _, _ in drawn}
    entries: list[Entry] = [(KIND_LABEL[k], "point", KIND[k]) for k in KIND if k in kinds]
    grey: Style = {**_POINT, "color": INK, "fillColor": SLATE, "shape": "square"}
    fills = {_FILL.get(status, PALE) for _, status, _ in drawn}
    if WHITE in fills:
        entries.append(("Planned or under construction", "point", {**grey, "fillColor": WHITE}))
    if PALE in fills:
        entries.append(("Closed or on care and maintenance", "point", {**grey, "fillColor": PALE}))
    if any(approximate for _, _, approximate in drawn):
        dashed = {**grey, "dashArray": _APPROXIMATE, "fillOpacity": 0.35}
        entries.append(("Place or status estimated", "point", dashed))
    return entries
