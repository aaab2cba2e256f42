"""What is asked, and what is found: a question, the legs of a chain, a corridor."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from geo.feeds import NOT_TOLD, Feeds
from geo.router import Cargo
from geo.scenarios import Scenario
from geo.ways import Status, Way


@dataclass(frozen=True, eq=False)
class Question:
    """
    What is wanted where: a mineral's stages, the facilities that can serve them, and the hub.

    Attributes
    ----------
    mineral, hub
        Ids; the hub is a site of the router.
    stages
        Indexed by stage, in order, up to the final product: `product, contained_fraction, yield, value_usd_t` (per
        gross tonne of what leaves the stage), `vessel` (the class it usually sails in).
    plants
        Indexed by `facility_id`, a row a stage: `name, kind, stage, source, country_iso3, status, capacity_t_yr`
        (contained, of that stage), `capacity_truth`.
    allied
        Members of the alliance asked for.
    feeds
        What the mines ship and the plants take, as far as it is known.
    """

    mineral: str
    hub: str
    stages: pd.DataFrame
    plants: pd.DataFrame
    allied: frozenset[str] = frozenset()
    feeds: Feeds = NOT_TOLD

    @cached_property
    def country(self) -> pd.Series:
        """Give the country of each facility."""
        return self.plants["country_iso3"][~self.plants.index.duplicated()]

    @cached_property
    def names(self) -> pd.Series:
        """Give the name of each facility."""
        return self.plants["name"][~self.plants.index.duplicated()]

    @cached_property
    def facts(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Give what is known of each facility at each stage."""
        columns = ["name", "stage", "country_iso3", "status", "capacity_t_yr", "capacity_truth"]
        rows = self.plants[columns].to_dict("records")
        return dict(zip(zip(self.plants["stage"], self.plants.index, strict=True), rows, strict=True))

    @cached_property
    def shipped(self) -> dict[str, tuple[float, str]]:
        """Give the value (USD/t) and usual vessel of what leaves each stage."""
        rows = zip(self.stages.index, self.stages["value_usd_t"], self.stages["vessel"], strict=True)
        return {str(stage): (float(value), str(vessel)) for stage, value, vessel in rows}

    def cargo(self, stage: str, scenario: Scenario) -> Cargo:
        """Describe what leaves a stage."""
        value_usd_t, vessel = self.shipped[stage]
        return Cargo(value_usd_t, scenario.vessel or vessel)

    def cargoes(self, scenario: Scenario) -> frozenset[Cargo]:
        """Describe what leaves any stage."""
        return frozenset(self.cargo(stage, scenario) for stage in self.stages.index)


@dataclass(frozen=True)
class Stop:
    """
    One leg of a chain: what leaves `stage` goes from `origin` to `destination`.

    Attributes
    ----------
    port, entry
        The port to put to sea at, or to land at, where one is named.
    """

    stage: str
    origin: str
    destination: str
    port: str | None = None
    entry: str | None = None

    @property
    def direct(self) -> "Stop":
        """Give the same leg by whatever port is best."""
        return replace(self, port=None, entry=None)

    @property
    def label(self) -> str:
        """Name the leg by its start and the port it was sent through: `mine@CLANF`, or `mine@:USHOU` to land there."""
        if self.port:
            return f"{self.origin}@{self.port}"
        return f"{self.origin}@:{self.entry}" if self.entry else self.origin


@dataclass(frozen=True, eq=False)
class Corridor:
    """A chain of ways, with how many other mines could start it and how many like it were left out."""

    stops: tuple[Stop, ...]
    ways: tuple[Way, ...]
    sources: int = 1
    similar: int = 0
    status: Status = "open"
    reason: str = ""

    @property
    def corridor_id(self) -> str:
        """Name the corridor by its facilities and the ports it was sent through."""
        return ">".join([*(stop.label for stop in self.stops), self.stops[-1].destination])
