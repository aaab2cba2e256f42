"""What the map jobs draw: 600 facilities and 200 corridors, by our map and by plain Folium."""

import itertools
from collections.abc import Callable
from typing import Any

import folium
import pandas as pd
import shapely

from geo.scenarios import Scenario
from layers.answer import Ask, answer
from layers.basemap import base_map
from layers.countries import basemap
from layers.maps import assemble, build_map, corridor_bounds
from layers.outputs import provenance
from layers.planner import world

FACILITIES, CORRIDORS = 600, 200
ASKED = ("lithium", "nickel", "cobalt", "copper", "graphite", "tin"), ("USA", "EU", "JPN")


class Drawing:
    """The frames of the largest map, made once."""

    def __init__(self) -> None:
        parts: list[pd.DataFrame] = []
        for mineral, hub in itertools.product(*ASKED):
            self.found = answer(Ask(mineral, hub), Scenario())
            own = self.found.corridors
            parts.append(own[own["geometry"].map(lambda line: line is not None and not line.is_empty)])
            if sum(map(len, parts)) >= CORRIDORS:
                break
        self.corridors = pd.concat(parts).head(CORRIDORS)
        facilities = world().facilities
        self.facilities = facilities[~facilities["facility_id"].duplicated()].head(FACILITIES)
        self.makers: dict[str, Callable[[], folium.Map]] = {"ours": self._ours, "plain": self._plain}

    def sizes(self) -> tuple[int, int]:
        """Give how many facilities and corridors there are."""
        return len(self.facilities), len(self.corridors)

    def sizes_kb(self) -> dict[str, float]:
        """Give what the parts of our page weigh, in thousand bytes."""
        bare = len(base_map(basemap()).get_root().render().encode())
        found = {"countries": bare}
        for name, frame in (("corridors", self.corridors), ("facilities", self.facilities)):
            base, groups = build_map({name: frame}, basemap=basemap(), provenance=provenance(self.found))
            found[name] = len(assemble(base, groups).get_root().render().encode()) - bare
        return {name: size / 1000 for name, size in found.items()}

    def page(self, maker: str) -> str:
        """Make a page from the frames."""
        return str(self.makers[maker]().get_root().render())

    def _ours(self) -> Any:
        frames = {"corridors": self.corridors, "facilities": self.facilities}
        base, groups = build_map(frames, basemap=basemap(), provenance=provenance(self.found))
        return assemble(base, groups, bounds=corridor_bounds(self.corridors, centre="atlantic"))

    def _plain(self) -> folium.Map:
        """Do what Folium's own guide does: a marker a place, a line a way, with what to say on hovering."""
        drawn = folium.Map(location=[20, 0], zoom_start=2, tiles=None)
        for row in self.facilities.itertuples():
            folium.Marker([row.lat, row.lon], tooltip=f"{row.name}, {row.country_iso3}, {row.status}").add_to(drawn)
        for row in self.corridors.itertuples():
            points = [(lat, lon) for part in shapely.get_parts(row.geometry) for lon, lat in part.coords]
            told = f"{' > '.join(row.facility_names)}: {row.cost_usd_t:,.0f} USD/t, {row.time_h / 24:,.0f} days"
            folium.PolyLine(points, tooltip=told).add_to(drawn)
        return drawn
