"""
The only doors through which data reaches a map page.

Two things make stock Folium unsafe for names that others wrote. Pop-ups, tooltips and layer names are put
into the page as HTML; and branca compiles every rendered script as a Jinja template, so data holding
``{{ ... }}`` is *evaluated in the server's Python*. Here data travels as JSON that neither HTML, nor a
JavaScript template literal, nor Jinja can read as code (`js_json`), in scripts that are not compiled
(`RawElement`), and is shown with ``textContent`` only (``web/runtime.js``).
"""

import functools
import html
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from branca.element import Element, MacroElement
from folium.elements import ElementAddToElement
from folium.map import FeatureGroup, Layer
from folium.template import Template

from layers.steps import stepped

WEB = Path(__file__).parent / "web"

# JSON itself never puts `{` before `{`, `%` or `#`: where that is found it is data, and Jinja would read it.
_JINJA_OPENER = re.compile(r"\{(?=[{%#])")
_JSON_ESCAPES = (
    ("<", "\\u003c"),
    (">", "\\u003e"),
    ("&", "\\u0026"),
    ("`", "\\u0060"),
    ("$", "\\u0024"),
    ("\u2028", "\\u2028"),
    ("\u2029", "\\u2029"),
)
_STRING_ESCAPES = {"`": "&#96;", "$": "&#36;", "{": "&#123;", "}": "&#125;", "\\": "&#92;", "%": "&#37;"}


def js_json(value: Any) -> str:
    r"""
    Write JSON that is safe in a ``<script>``, in a template literal and in a Jinja template.

    Parameters
    ----------
    value
        Anything `json.dumps` takes.

    Raises
    ------
    ValueError
        For NaN or infinity: unknown is null, and a browser would refuse the page.

    Examples
    --------
    >>> js_json({"name": "</script>{{ 7*7 }}"})
    '{"name":"\\u003c/script\\u003e\\u007b{ 7*7 }}"}'
    """
    return _harmless(_dumped(value))


def js_parsed(value: Any) -> str:
    r"""
    Write what a script reads as `value` from JSON, as safely: a browser reads long data so in a third of the time.

    Examples
    --------
    >>> print(js_parsed({"name": "it's <b>\n"}))
    JSON.parse('{"name":"it\'s \u003cb\u003e\\n"}')
    """
    quoted = _dumped(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"JSON.parse('{_harmless(quoted)}')"


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _harmless(text: str) -> str:
    """Escape what HTML, a template literal or Jinja would read; in a string of a script each reads as before."""
    for found, escaped in _JSON_ESCAPES:
        text = text.replace(found, escaped)
    return _JINJA_OPENER.sub(r"\\u007b", text)


def strong(text: object) -> str:
    """
    Escape text for the few Folium paths that take a string of HTML (layer names, page titles).

    Beyond HTML this disarms template literals and Jinja, which `html.escape` leaves alone.

    Examples
    --------
    >>> strong("<b>{{x}}</b>")
    '&lt;b&gt;&#123;&#123;x&#125;&#125;&lt;/b&gt;'
    """
    escaped = html.escape(str(text), quote=True)
    return "".join(_STRING_ESCAPES.get(character, character) for character in escaped)


class RawElement(Element):
    """Text that branca prints as it is; its own `Element` compiles whatever it is given as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_kwargs: Any) -> str:
        """Return the text."""
        return self._text


def _add_script(element: Any, kwargs: Mapping[str, Any]) -> None:
    """Append an element's script to the page without compiling it again."""
    text = element._template.module.script(element, kwargs)  # noqa: SLF001 branca's own way to a macro
    element.get_root().script.add_child(RawElement(text), name=element.get_name())


class _Adder(ElementAddToElement):
    """The call that puts a layer on the map."""

    def render(self, **kwargs: Any) -> None:  # type: ignore[override] # as folium: the page is the result
        """Put the script into the page uncompiled."""
        _add_script(self, kwargs)


class _Uncompiled(Layer):
    """A layer whose script is printed as it is: compiling each costs a third of the time of a map, too."""

    def render(self, **kwargs: Any) -> None:  # type: ignore[override] # as folium: the page is the result
        """Put the script into the page uncompiled, then render the children."""
        if self.show:
            parent: Any = self._parent
            adder = _Adder(element_name=self.get_name(), element_parent_name=parent.get_name())
            self.add_child(adder, name=f"{self.get_name()}_add")
        _add_script(self, kwargs)
        for child in self._children.values():
            child.render(**kwargs)


class SafeGroup(_Uncompiled, FeatureGroup):
    """Layers that the layer control switches together; as `folium.FeatureGroup`."""


class _SafeLayer(_Uncompiled):
    """A layer that is one call into ``web/runtime.js`` with JSON arguments."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = CorridorMap.{{ this.call }}({{ this.arguments }});"
        "{% endmacro %}"
    )

    def __init__(self, *, name: str | None, show: bool, overlay: bool = True) -> None:
        super().__init__(name=strong(name) if name else None, overlay=overlay, control=bool(name), show=show)
        self._name = type(self).__name__


def map_code(data: Mapping[str, Any], decimals: int = 3) -> str:
    """
    Write a FeatureCollection as ``web/runtime.js`` reads it: geometry in steps, each look once, in a script.

    Parameters
    ----------
    data
        See `SafeGeoJson`.
    decimals
        How many decimals of a degree the map shows: three are two pixels at its deepest zoom.
    """
    looks: dict[tuple[Any, ...], int] = {}
    made = []
    for feature in data.get("features", ()):
        facts = dict(feature["properties"])
        if own := facts.pop("_s", None):
            facts["_s"] = looks.setdefault(tuple(own.items()), len(looks))
        made.append({"properties": facts, "geometry": stepped(feature["geometry"], decimals)})
    return js_parsed({"looks": list(map(dict, looks)), "features": made})


class SafeGeoJson(_SafeLayer):
    """
    One layer of GeoJSON with text-only tooltips and pop-ups; a hundred times faster than `folium.GeoJson`.

    Parameters
    ----------
    data
        FeatureCollection, or its script from `map_code` (cacheable). Properties read: ``name``; ``tip`` (hover
        text, lines by newline); ``_s`` (Leaflet path options of this feature); ``key`` (for selection).
    fields
        ``(property, label)`` rows of the pop-up; http(s) addresses become links, null reads "unknown".
    style
        Leaflet path options of all features, plus ``shape`` for points.
    pane
        Map pane that keeps the drawing order.
    options
        ``tip`` (bool: hover text), ``label`` (property drawn beside the feature), ``interactive`` (bool).
    name
        Entry in the layer control; none keeps it out.
    """

    def __init__(  # noqa: PLR0913 one keyword per thing drawn; all but the data have defaults
        self,
        data: str | Mapping[str, Any],
        *,
        fields: Sequence[tuple[str, str]] = (),
        style: Mapping[str, Any] | None = None,
        pane: str = "overlayPane",
        options: Mapping[str, Any] | None = None,
        name: str | None = None,
        show: bool = True,
        overlay: bool = True,
    ) -> None:
        super().__init__(name=name, show=show, overlay=overlay)
        self.call = "layer"
        code = data if isinstance(data, str) else map_code(data)
        settings = {
            "tip": True,
            "label": None,
            "interactive": True,
            **(options or {}),
            "fields": list(fields),
            "style": dict(style or {}),
            "pane": pane,
        }
        self.arguments = f"{code},{js_json(settings)}"


class SafePanel(_SafeLayer):
    """
    A box of text in a corner of the map: title, legend or sources.

    Parameters
    ----------
    kind
        ``title``, ``legend`` or ``sources``: its look in ``web/map.css``.
    lines
        Paragraphs of plain text.
    entries
        ``(label, "line" | "point", Leaflet style)`` of a legend.
    summary
        When given, the box folds away under this line; it starts folded on a narrow screen.
    """

    _POSITIONS = {"title": "topleft", "legend": "bottomleft", "sources": "bottomright"}  # noqa: RUF012

    def __init__(
        self,
        kind: str,
        *,
        lines: Sequence[str] = (),
        entries: Sequence[tuple[str, str, Mapping[str, Any]]] = (),
        summary: str | None = None,
    ) -> None:
        super().__init__(name=None, show=True)
        self.call = "panel"
        self.arguments = js_json(
            {
                "kind": kind,
                "position": self._POSITIONS[kind],
                "lines": list(lines),
                "entries": list(entries),
                "summary": summary,
                "open": kind == "legend",
                "headed": kind == "title",
            }
        )


class Runtime(MacroElement):
    """The script that `SafeGeoJson` and `SafePanel` call; the first child of a map."""

    _template = Template(
        "{% macro script(this, kwargs) %}{{ this.code }}\n"
        "CorridorMap.init({{ this._parent.get_name() }}, {{ this.arguments() }});{% endmacro %}"
    )

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Runtime"
        self.code = web_text("runtime.js")
        self.settings = {**settings, "css": web_text("map.css")}

    def arguments(self) -> str:
        """Write the settings as they are when the page is rendered."""
        return js_json(self.settings)

    def render(self, **kwargs: Any) -> None:  # type: ignore[override] # as folium: the page is the result
        """Put the script into the page uncompiled."""
        _add_script(self, kwargs)


@functools.cache
def web_text(name: str) -> str:
    """Read one of our own scripts or style sheets."""
    return (WEB / name).read_text(encoding="utf-8")
