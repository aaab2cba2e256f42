"""
One HTML file that opens from disk with the network cut: map, table, sources, licences.

Everything is inlined, fail closed: an asset that is not in ``layers/vendor`` raises instead of linking out,
and a strict Content-Security-Policy lets the page fetch nothing even if a name tried. The page is put
together from text that is escaped or is our own; none of it is compiled as a template again.
"""

import base64
import functools
import html
import mimetypes
import re
from pathlib import Path
from typing import Any

import folium
import pandas as pd
from branca.element import Element, Link

from geo.errors import CorridorError
from layers import features
from layers.maps import TILES_URL
from layers.names import chokepoint, hub_names, named, told_apart
from layers.provenance import BOUNDARIES, Provenance
from layers.safe import RawElement, web_text

VENDOR = Path(__file__).parent / "vendor"

_ASSETS = {"leaflet.js": "leaflet/leaflet.js", "leaflet.css": "leaflet/leaflet.css"}
_CSS_URL = re.compile(r"url\(([^)]+)\)")
_LINKS_OUT = re.compile(
    r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)\s*=\s*[\"']?(?!data:)[^\"'\s>]+", re.IGNORECASE
)
_TILES_HOST = TILES_URL.split("/{", maxsplit=1)[0]
_COLUMNS = (  # heading, whether a number, how to write it
    ("Corridor", False, "name"),
    ("Case", False, "case_label"),
    ("Status", False, "status"),
    ("Chokepoints", False, "chokepoints"),
    ("Modes", False, "modes"),
    ("Cost, USD per contained t", True, "cost_usd_t"),
    ("Days, median", True, "days"),
    ("Days, P95", True, "days_p95"),
    ("CO2e, kg per contained t", True, "co2e_kg_t"),
    ("Length, km", True, "length_km"),
    ("Capacity, t a year", True, "capacity_t_yr"),
)


class UnvendoredAssetError(CorridorError, LookupError):
    """A page asks for a script, style or picture that is not in ``layers/vendor``."""


@functools.cache
def vendored(name: str) -> str:
    """
    Read a vendored script or style sheet as text to inline, pictures in it included.

    Raises
    ------
    UnvendoredAssetError
        If it is not in ``layers/vendor``.
    """
    if name not in _ASSETS:
        msg = f"{name} is not in layers/vendor: add it there with its licence, or do without"
        raise UnvendoredAssetError(msg)
    path = VENDOR / _ASSETS[name]
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".css":
        return _CSS_URL.sub(lambda found: _inline_picture(path.parent, found), text)
    return re.sub(r"</(script)", r"<\\/\1", text, flags=re.IGNORECASE)


def _inline_picture(folder: Path, found: re.Match[str]) -> str:
    """Replace a style sheet's picture by its bytes; fragments of the page itself stay."""
    address = found.group(1).strip("'\"")
    if address.startswith(("data:", "#")):
        return found.group(0)
    picture = folder / address
    if not picture.is_file():
        msg = f"{address}, which a style sheet uses, is not in layers/vendor"
        raise UnvendoredAssetError(msg)
    kind = mimetypes.guess_type(picture.name)[0] or "application/octet-stream"
    return f"url(data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode()})"


def standalone_html(
    drawn: folium.Map, *, corridors: pd.DataFrame, provenance: Provenance, online_tiles: bool = False
) -> str:
    """
    Write a map and its corridors as one self-contained page.

    Parameters
    ----------
    drawn
        A map from `layers.maps.assemble`.
    corridors
        The `corridors` frame the map was made from, in the order of the table.
    online_tiles
        Let the page's policy admit OpenStreetMap's tiles; `assemble` must have offered them too.

    Returns
    -------
    html
        The same map, frame and provenance give the same text.

    Raises
    ------
    UnvendoredAssetError
        If anything in the page would be fetched from elsewhere.
    """
    figure: Any = drawn.get_root()
    figure.render()
    for part in (figure.header, figure.html, figure.script):
        for element in part._children.values():  # noqa: SLF001 branca has no public walk
            _inline(element)
    header, body, script = (_render(part) for part in (figure.header, figure.html, figure.script))
    policy = _policy(online_tiles=online_tiles)
    title = html.escape(provenance.scenario)
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n{header}\n<style>{web_text('page.css')}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#list">Skip the map, to the table of corridors</a>\n'
        f"{_heading(provenance)}\n<main>\n"
        f'<div class="map" role="region" aria-label="Map of the corridors; the table below holds the same">'
        f"{body}</div>\n{corridor_table(corridors)}\n</main>\n{_foot(provenance)}\n"
        f"<script>{script}\n{web_text('page.js')}</script>\n</body>\n</html>\n"
    )
    outside = _LINKS_OUT.findall(page[: page.index("<script>")] + body)
    if outside:
        msg = f"the page would fetch {outside[0]}"
        raise UnvendoredAssetError(msg)
    return page


def _inline(element: Element) -> None:
    """Hand branca the text of a linked asset, so that its `embedded` switch never opens an address."""
    if isinstance(element, Link):
        code: Any = vendored(element.url.rsplit("/", maxsplit=1)[-1].rsplit(":", maxsplit=1)[-1])
        element.code = code  # branca says bytes, but its template prints what it gets


def _render(part: Element) -> str:
    """Print the pieces of one part of a figure; our own are printed as they are."""
    pieces = part._children.values()  # noqa: SLF001 branca has no public walk
    return "\n".join(p.render() if isinstance(p, RawElement) else p.render(embedded=True) for p in pieces)


def _policy(*, online_tiles: bool) -> str:
    """Forbid all fetching; scripts and styles are in the page, pictures in `data:` addresses."""
    tiles = f" {_TILES_HOST}" if online_tiles else ""
    return (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
        f"img-src data:{tiles}; base-uri 'none'; form-action 'none'"
    )


def _heading(provenance: Provenance) -> str:
    """Say which scenario, when and by what."""
    return (
        f"<header><h1>{html.escape(provenance.scenario)}</h1>"
        f"<p>Scenario of {html.escape(provenance.date)} · "
        f"method version {html.escape(provenance.method_version)}</p></header>"
    )


def corridor_table(corridors: pd.DataFrame) -> str:
    """
    Write the corridors as an HTML table, one button a row that shows its line.

    Parameters
    ----------
    corridors
        The `corridors` frame; stranded rows are listed with their reason, unknown numbers as such.
    """
    gone = set(features.lost(corridors).index)
    heads = "".join(f'<th scope="col"{_numeric(is_number)}>{heading}</th>' for heading, is_number, _ in _COLUMNS)
    names = told_apart([_name(row) for row in corridors.to_dict("records")], corridors)
    rows = "\n".join(
        _row(corridor_id, row | {"name": name}, gone=gone)
        for corridor_id, row, name in zip(corridors.index, corridors.to_dict("records"), names, strict=True)
    )
    return (
        '<h2 id="list">Corridors</h2>\n<p class="hint">From mine over plants to where it is needed. '
        "Choose one to show it on the map; Escape lets go. "
        "A number that is not known reads “unknown”.</p>\n"
        '<p id="said" class="hint" role="status"></p>\n'
        '<div class="scroll" role="region" aria-labelledby="list" tabindex="0"><table class="corridors">\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    )


def _numeric(is_number: bool) -> str:  # noqa: FBT001 one word of markup
    """Set numbers flush right."""
    return ' class="number"' if is_number else ""


def _name(row: dict[Any, Any]) -> str:
    """Name a corridor by its facilities and the hub."""
    return features.words((*row["facility_names"], hub_names().get(row["hub"], row["hub"])), " → ") or ""


def _row(corridor_id: Any, row: dict[Any, Any], *, gone: set[Any]) -> str:
    """Write one corridor."""
    case = "lost" if row["case"] == "base" and corridor_id in gone else row["case"]
    cells = _cells(row, case)
    key = html.escape(features.corridor_key(row["case"], corridor_id), quote=True)
    name = html.escape(cells.pop("name"))
    status = "lost" if case == "lost" else html.escape(str(row["status"]), quote=True)
    first = f'<th scope="row"><button type="button" data-key="{key}" aria-pressed="false">{name}</button></th>'
    rest = "".join(
        f"<td{_numeric(is_number)}>{html.escape(cells[column])}</td>"
        if column != "status"
        else f'<td><span class="status {status}">{html.escape(cells[column])}</span></td>'
        for _, is_number, column in _COLUMNS[1:]
    )
    return f"<tr>{first}{rest}</tr>"


def _cells(row: dict[Any, Any], case: str) -> dict[str, str]:
    """Write the values of one corridor as text."""
    reason = features.words(row["reason"])
    reason = named(reason) if reason else reason
    words_of_status = f"{row['status']}: {reason}" if reason else str(row["status"])
    words_of_status += f"; not known: {doubt}" if (doubt := features.unsure(row)) else ""
    cells = {
        "name": row["name"],
        "case_label": {"base": "Base", "scenario": "Scenario", "lost": "Base"}[case],
        "status": "lost in this scenario" if case == "lost" else words_of_status,
        "chokepoints": features.words(tuple(map(chokepoint, row["chokepoints"]))) or "none",
        "modes": features.words(row["modes"]) or "none",
        "days": features.days(row["time_h"]).removesuffix(" days"),
        "days_p95": features.days(row["time_p95_h"]).removesuffix(" days"),
    }
    numbers = ("cost_usd_t", "co2e_kg_t", "length_km", "capacity_t_yr")
    return cells | {column: features.number(row[column], "") for column in numbers}


def _foot(provenance: Provenance) -> str:
    """List every source with its licence."""
    items = "".join(
        f"<li>{html.escape(f'{publisher}: {title} ({licence})')}{html.escape(f', {as_of}' if as_of else '')}</li>"
        for publisher, title, licence, _, as_of in provenance.sources
    )
    credit = html.escape(" · ".join(provenance.credits))
    return (
        f"<footer><h2>Sources and licences</h2><p>{credit}</p><ul>{items}</ul>"
        f"<p>{BOUNDARIES} Map drawn with Leaflet 1.9.3 (BSD-2-Clause).</p></footer>"
    )
