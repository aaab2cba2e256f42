"""QGIS styles inside a GeoPackage: the colours of `layers.style`, opened with the layer by itself."""

import sqlite3
from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from layers import style

_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT, f_table_schema TEXT, f_table_name TEXT,
  f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT, ui TEXT, update_time DATETIME)
"""
_SHAPES = {"circle": "circle", "square": "square", "triangle": "triangle", "diamond": "diamond", "star": "star",
           "half": "half_square", "cross": "cross2", "slash": "line"}  # fmt: skip
_MM_PER_PX = 25.4 / 96  # the CSS pixel
# layer -> column that decides the look (none: all alike), and value -> style
_LOOKS: dict[str, tuple[str | None, dict[str, style.Style]]] = {
    "corridors": ("case", {case: style.CORRIDOR[case] for case in ("base", "scenario")}),
    "legs": ("mode", style.MODE),
    "facilities": ("kind", style.KIND),
    "chokepoints": ("state", style.CHOKEPOINT),
    "ports": (None, {"": style.PORT}),
    "hub": (None, {"": style.HUB}),
    "areas": (None, {"": style.AREA}),
}
_LINES = {"corridors", "legs"}
_AREAS = {"areas"}


def write_styles(database: sqlite3.Connection, layers: Iterable[str], *, stamp: str) -> None:
    """
    Add the ``layer_styles`` table that QGIS reads, with a default style for each layer it knows.

    Parameters
    ----------
    stamp
        Time to state, ISO 8601; the clock is not read, so that bytes repeat.
    """
    database.execute(_TABLE)
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', 'QGIS styles', ?)",
        (stamp,),
    )
    for layer in layers:
        text = qml(layer)
        if text:
            database.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                "styleName, styleQML, styleSLD, useAsDefault, description, owner, update_time) "
                "VALUES ('', '', ?, 'geom', 'default', ?, '', 1, 'Okabe-Ito', '', ?)",
                (layer, text, stamp),
            )


def qml(layer: str) -> str | None:
    """
    Write the QGIS style of a layer, None for a layer without one.

    Examples
    --------
    >>> qml("corridors").count("<category ")
    2
    """
    if layer not in _LOOKS:
        return None
    column, looks = _LOOKS[layer]
    kind, symbol = ("line", _line) if layer in _LINES else ("fill", _fill) if layer in _AREAS else ("marker", _marker)
    symbols = {value: symbol(look) for value, look in looks.items()}
    drawn = "".join(
        f'<symbol type="{kind}" name="{number}" alpha="1">{body}</symbol>'
        for number, body in enumerate(symbols.values())
    )
    if column is None:
        renderer = f'<renderer-v2 type="singleSymbol"><symbols>{drawn}</symbols></renderer-v2>'
    else:
        categories = "".join(
            f'<category value={quoteattr(value)} label={quoteattr(value)} symbol="{number}" render="true"/>'
            for number, value in enumerate(symbols)
        )
        renderer = (
            f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(column)}>'
            f"<categories>{categories}</categories><symbols>{drawn}</symbols></renderer-v2>"
        )
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis version=\"3.28\">{renderer}</qgis>"


def _line(look: style.Style) -> str:
    """Write a line symbol; dashes in millimetres."""
    dash = [str(round(float(part) * _MM_PER_PX, 2)) for part in (look.get("dashArray") or "").split()]
    options = {
        "line_color": _rgba(look["color"], look.get("opacity", 1)),
        "line_width": _mm(look["weight"]),
        "line_width_unit": "MM",
        "use_custom_dash": str(int(bool(dash))),
        "customdash": ";".join(dash) or "5;2",
        "customdash_unit": "MM",
    }
    return _layer("SimpleLine", options)


def _fill(look: style.Style) -> str:
    """Write an area symbol."""
    options = {
        "color": _rgba(look["fillColor"], look["fillOpacity"]),
        "style": "solid",
        "outline_color": _rgba(look["color"], 1),
        "outline_style": "dash",
        "outline_width": _mm(look["weight"]),
        "outline_width_unit": "MM",
    }
    return _layer("SimpleFill", options)


def _marker(look: style.Style) -> str:
    """Write a point symbol."""
    options = {
        "name": _SHAPES[look["shape"]],
        "color": _rgba(str(look.get("fillColor", look["color"])), look["fillOpacity"]),
        "outline_color": _rgba(look["color"], 1),
        "outline_width": _mm(look["weight"] / 2),
        "size": _mm(look["radius"] * 2),
        "size_unit": "MM",
    }
    return _layer("SimpleMarker", options)


def _layer(kind: str, options: dict[str, str]) -> str:
    """Wrap the options of a symbol layer."""
    items = "".join(
        f'<Option type="QString" name={quoteattr(name)} value={quoteattr(value)}/>' for name, value in options.items()
    )
    return f'<layer class="{kind}" enabled="1" locked="0" pass="0"><Option type="Map">{items}</Option></layer>'


def _mm(pixels: float) -> str:
    """Turn CSS pixels into millimetres."""
    return str(round(pixels * _MM_PER_PX, 2))


def _rgba(colour: str, opacity: float) -> str:
    """Write a #RRGGBB colour as QGIS does."""
    red, green, blue = bytes.fromhex(colour[1:])
    return f"{red},{green},{blue},{round(opacity * 255)}"
