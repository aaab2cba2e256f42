"""
Build the Folium map: a base that stays and groups that change.

`build_map` returns both apart, so that Streamlit can keep the base on the page and send only the groups
(`st_folium(base, feature_group_to_add=groups, layer_control=...)`: the view is kept, a filter takes 0.2 s).
`assemble` puts them together for a file. All data goes through `layers.safe`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import folium
import numpy as np
import pandas as pd
from branca.element import Element

from geo.errors import UnknownIdError
from layers import features, points, style
from layers.basemap import VENDORED, LeanMap, base_map, centre_lon
from layers.geometry import narrowest
from layers.provenance import BOUNDARIES, Provenance
from layers.safe import SafeGeoJson, SafeGroup, SafePanel, strong

FRAMES = ("corridors", "legs", "facilities", "ports", "chokepoints", "hub", "areas")

TILES_URL = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
_TURN = 360.0
_LEAST_BARE_DEG = 60.0  # corridors that leave less of the world bare are shown with all of it
_PLACES = {"port": "ports", "hub": "hub", "area": "areas"}
_GROUP_NAME = {"base": "Corridors, base case", "scenario": "Corridors, scenario", "lost": "Corridors lost"}


def build_map(
    frames: Mapping[str, pd.DataFrame],
    *,
    basemap: str,
    provenance: Provenance,
    centre: str = "atlantic",
    width_by: str | None = None,
    assets: str = VENDORED,
) -> tuple[LeanMap, list[folium.FeatureGroup]]:
    """
    Build the base map and the groups of what is on it.

    Parameters
    ----------
    frames
        Any of `FRAMES`, with the columns of the architecture note. ``corridors`` holds both cases;
        ``chokepoints`` may carry ``state`` (``open``, ``partial``, ``closed``) of the scenario;
        ``hub`` is the row of the hub asked for.
    basemap
        The countries, as `layers.countries.basemap` gives them.
    width_by
        Numeric column of `corridors` (a score, tonnes) that sets the width of the lines.

    Returns
    -------
    base, groups
        For `assemble`, or for `st_folium` as map and ``feature_group_to_add``.
    """
    groups = map_groups(frames, provenance=provenance, centre=centre, width_by=width_by)
    return base_map(basemap, centre=centre, assets=assets), groups


def map_groups(
    frames: Mapping[str, pd.DataFrame],
    *,
    provenance: Provenance,
    centre: str = "atlantic",
    width_by: str | None = None,
    sites: Sequence[folium.FeatureGroup] | None = None,
) -> list[folium.FeatureGroup]:
    """
    Build what is on the map without the map.

    Parameters
    ----------
    frames, provenance, centre, width_by
        See `build_map`.
    sites
        What `site_groups` made of the same ``facilities`` before: they are alike in every scenario.

    Raises
    ------
    UnknownIdError
        For a frame that is none of `FRAMES`.
    """
    unknown = sorted(set(frames) - set(FRAMES))
    if unknown:
        msg = f"the map does not know the frames {', '.join(unknown)}: use {', '.join(FRAMES)}"
        raise UnknownIdError(msg)
    middle = centre_lon(centre)
    shown = {name: frame for name, frame in frames.items() if frame is not None and len(frame)}
    return [
        *_area_groups(shown.get("areas"), middle),
        *_leg_groups(shown.get("legs"), middle),
        *_corridor_groups(shown.get("corridors"), middle, width_by),
        *(site_groups(shown.get("facilities"), centre=centre) if sites is None else sites),
        *_point_groups(shown, middle),
        panels(shown, provenance=provenance),
    ]


def corridor_bounds(corridors: pd.DataFrame, *, centre: str) -> list[list[float]] | None:
    """
    Find what to show first, as ``[[south, west], [north, east]]``: all corridors, no line cut.

    Longitudes may leave ±180, so that corridors over the Pacific stand in the middle. Corridors round most of
    the world are shown with all of it, round the meridian of the named centre.
    """
    held = [box for g in corridors["geometry"] if features.has_shape(g) for box in features.extents(g)]
    if not held:
        return None
    west, south, east, north = np.array(held).T
    middle = centre_lon(centre)
    first, last = narrowest(west, east)
    last += _TURN if last < first else 0.0
    if last - first > _TURN - _LEAST_BARE_DEG:
        first, last = middle - _TURN / 2, middle + _TURN / 2
    turn = _TURN * round((middle - (first + last) / 2) / _TURN)
    return [[float(south.min()), first + turn], [float(north.max()), last + turn]]


def _group(name: str, layer: SafeGeoJson, *, show: bool = True) -> folium.FeatureGroup:
    """Wrap a layer for the layer control; a group's name is HTML to Leaflet, hence escaped."""
    group = SafeGroup(name=strong(name), show=show)
    layer.add_to(group)
    return group


def _corridor_groups(
    corridors: pd.DataFrame | None, middle: float, width_by: str | None
) -> Iterable[folium.FeatureGroup]:
    """Make base below, lost above it, scenario on top."""
    if corridors is None:
        return
    for case, rows in _cases(corridors).items():
        data = features.corridor_features(rows, case=case, centre_lon=middle, width_by=width_by)
        if data["features"]:
            layer = SafeGeoJson(data, fields=features.CORRIDOR_FIELDS, pane=case)
            yield _group(_GROUP_NAME[case], layer)


def _cases(corridors: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Sort rows into what is drawn alike; a lost corridor is drawn once, as lost."""
    case, gone = corridors["case"].to_numpy(), features.is_lost(corridors)
    return {
        "base": corridors[(case == "base") & ~gone],
        "lost": corridors[gone],
        "scenario": corridors[case == "scenario"],
    }


def _leg_groups(legs: pd.DataFrame | None, middle: float) -> Iterable[folium.FeatureGroup]:
    """Make one group of all modes with its own legend, off at first: the corridors already show the way."""
    if legs is None:
        return
    made = {mode: features.leg_features(legs, mode=mode, centre_lon=middle) for mode in style.MODE}
    drawn = {mode: data for mode, data in made.items() if data["features"]}
    if not drawn:
        return
    group = SafeGroup(name="Legs by mode", show=False)
    for mode, data in drawn.items():
        SafeGeoJson(data, fields=features.LEG_FIELDS, style=style.MODE[mode], pane="legs").add_to(group)
    entries = [(style.MODE_LABEL[mode], "line", style.MODE[mode]) for mode in drawn]
    SafePanel("legend", entries=entries, summary="Legs by mode").add_to(group)
    yield group


def _area_groups(areas: pd.DataFrame | None, middle: float) -> Iterable[folium.FeatureGroup]:
    """Make one group of the areas that the scenario shuts."""
    if areas is not None:
        data = features.area_features(areas, centre_lon=middle)
        yield _group(f"{style.AREA_LABEL}s", SafeGeoJson(data, style=style.AREA, pane="base"))


def site_groups(facilities: pd.DataFrame | None, *, centre: str) -> list[folium.FeatureGroup]:
    """Make one group a kind of facility."""
    groups = []
    for kind, label in style.KIND_LABEL.items() if facilities is not None else ():
        data = points.facility_features(facilities, kind=kind, centre_lon=centre_lon(centre))
        if data["features"]:
            groups.append(_group(f"{label}s", SafeGeoJson(data, fields=points.FACILITY_FIELDS, pane="points")))
    return groups


def _point_groups(frames: Mapping[str, pd.DataFrame], middle: float) -> Iterable[folium.FeatureGroup]:
    """Make ports, chokepoints and the hub."""
    if "ports" in frames:
        data = points.place_features(frames["ports"], looks=style.PORT, label=False, centre_lon=middle)
        yield _group("Ports", SafeGeoJson(data, fields=points.PLACE_FIELDS, pane="points"))
    if "chokepoints" in frames:
        data = points.chokepoint_features(frames["chokepoints"], centre_lon=middle)
        options = {"label": "label"}
        layer = SafeGeoJson(data, fields=points.CHOKEPOINT_FIELDS, pane="points", options=options)
        yield _group("Chokepoints", layer)
    if "hub" in frames:
        data = points.place_features(frames["hub"], looks=style.HUB, label=True, centre_lon=middle)
        options = {"label": "label"}
        yield _group("Hub", SafeGeoJson(data, fields=points.PLACE_FIELDS, pane="points", options=options))


def panels(frames: Mapping[str, pd.DataFrame], *, provenance: Provenance) -> folium.FeatureGroup:
    """Make the title, the legend of what is drawn and the line of sources; a group, so that they change too."""
    group = SafeGroup(name="Panels", control=False)
    title = [provenance.scenario, f"{provenance.date} · method {provenance.method_version}"]
    SafePanel("title", lines=title).add_to(group)
    entries = style.legend(**_drawn(frames))
    if entries:
        SafePanel("legend", entries=entries, summary="Legend").add_to(group)
    sources = [f"{s[0]}: {s[1]} ({s[2]})" for s in provenance.sources]
    credit = " · ".join([*provenance.credits, "Leaflet"])
    SafePanel("sources", lines=[*sources, BOUNDARIES], summary=credit).add_to(group)
    return group


def _drawn(frames: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Say what the legend must explain: nothing that is not on the map."""
    drawn: dict[str, Any] = {"places": [one for one, name in _PLACES.items() if name in frames]}
    if "corridors" in frames:
        rows = frames["corridors"]
        columns = rows["case"], features.is_lost(rows), rows["status"], rows["geometry"]
        cases = (
            ("lost" if gone else case, status)
            for case, gone, status, line in zip(*columns, strict=True)
            if features.has_shape(line)
        )
        drawn["cases"] = list(cases)
    if "facilities" in frames:
        drawn["facilities"] = points.looks_of(frames["facilities"])
    if "chokepoints" in frames:
        drawn["chokepoints"] = [points.chokepoint_state(row) for row in features.records(frames["chokepoints"])]
    return drawn


def layer_control() -> folium.LayerControl:
    """Make the switch of layers; Leaflet needs it added after every layer."""
    return folium.LayerControl(collapsed=True, position="topright")


def assemble(
    base: LeanMap,
    groups: Iterable[folium.FeatureGroup],
    *,
    bounds: list[list[float]] | None = None,
    online_tiles: bool = False,
) -> LeanMap:
    """
    Put groups and layer control on a base map, for a file.

    Parameters
    ----------
    bounds
        What to show first (`corridor_bounds`); the inhabited world when not given. The base itself must not
        depend on the corridors, or Streamlit would draw it anew with each.
    online_tiles
        Offer OpenStreetMap's tiles beside the countries. Nothing is asked of them until the reader picks
        them; then their server learns what is being looked at.
    """
    if bounds:
        base.runtime.settings["bounds"] = bounds
    if online_tiles:
        base.countries.control = True
        folium.TileLayer(TILES_URL, name="OpenStreetMap (online)", attr=" ", show=False).add_to(base)
    for group in groups:
        group.add_to(base)
    layer_control().add_to(base)
    _name_by_position(base)
    return base


def _name_by_position(root: Element) -> None:
    """Give elements ids by their place in the tree instead of random ones: the same map, the same bytes."""
    waiting, count = [root], 0
    while waiting:
        element = waiting.pop()
        element._id = f"cm{count:04d}"  # noqa: SLF001 folium has no public way to name an element
        count += 1
        waiting += reversed(element._children.values())  # noqa: SLF001
