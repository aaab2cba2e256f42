"""What the map shows first, and the corridor that the reader chose; a layer, so that it changes like the others."""

from collections.abc import Sequence

from folium.template import Template

from layers.safe import SafeGeoJson, js_json


class Choice(SafeGeoJson):
    """
    Thicken the chosen corridor and go to it; without one, go to all corridors once per question.

    Parameters
    ----------
    key
        Key of the chosen corridor (see `layers.features.corridor_key`); none shows all alike.
    bounds
        What to show of a new question, as ``[[south, west], [north, east]]``.
    question
        Any text that differs between questions: under the same one the reader's own view is kept.

    Notes
    -----
    Add it after all other groups: it looks for what is already drawn.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = new (L.Layer.extend({onRemove() {}, onAdd(map) {"
        "const o = {{ this.arguments }}; setTimeout(() => {"
        "if (o.bounds && map.cmQuestion !== o.question) {"
        "map.cmHome = o.bounds; map.cmQuestion = o.question; map.cmKey = null; CorridorMap.fit(map); }"
        "const kept = {at: map.getCenter(), zoom: map.getZoom()};"
        "if (o.key) CorridorMap.select(map, o.key);"
        "if (o.key && map.cmKey === o.key) map.setView(kept.at, kept.zoom, {animate: false});"
        "if (!o.key && map.cmKey) CorridorMap.fit(map);"
        "map.cmKey = o.key; }, 0); }}))();"
        "{% endmacro %}"
    )

    def __init__(self, key: str | None, *, bounds: Sequence[Sequence[float]] | None, question: str) -> None:
        super().__init__({})
        self.arguments = js_json({"key": key, "bounds": bounds, "question": question})
