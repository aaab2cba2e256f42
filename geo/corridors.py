"""
Corridors: chains of legs from mine over plants to hub, and the distinct alternatives among them.

The chains are priced by matrix (:mod:`geo.chains`); the few worth showing are traced edge by edge, joined by the
ways through other ports (:mod:`geo.gateways`), and thinned to those that truly differ. A corridor keeps its id from
the base case to the scenario, so that what changed can be told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from shapely.geometry import LineString

from geo.bans import HUB, Bans, ban_words, barred, no_rules
from geo.chains import all_chains, by_plants, candidates, gross_moved, looked_up
from geo.distance import Floats
from geo.distinct import distinct
from geo.gateways import by_land, from_ports_usd_t, landing_at, other_ports, through_port, to_ports_usd_t
from geo.questions import Corridor, Question, Stop
from geo.router import Cargo, Router
from geo.scenarios import Scenario
from geo.way_legs import way_legs, way_line
from geo.ways import Status, Way, WayFacts, compare, trace, trace_on, way_facts

CANDIDATES: Final = 40
WAYS_KEPT: Final = 1_500  # about 16 kB each: two cases of one question
LEGS_KEPT: Final = 500  # ways, of some ten kB each; one that a closure does not touch is the base case's
SWEEPS_KEPT: Final = 64  # costs between all gateways and one site
GATEWAY_CHAINS: Final = 8  # the cheapest chains are asked for ways through other ports
MOST_SHOWN: Final = 48
WORKING: Final = ["operating", "unknown"]
NOT_YET: Final = ["construction", "planned", "care_and_maintenance"]
WORST_FIRST: Final[tuple[Status, ...]] = ("unknown", "stranded", "degraded", "rerouted", "open")


def _only_shuts(scenario: Scenario) -> bool:
    """Tell whether a scenario takes from the base case and adds nothing: a best way still open is then the best."""
    return not scenario.is_base and not scenario.reopen


def _by_port(router: Router, stop: Stop) -> str:
    """Say which port a leg was sent through, before what became of it."""
    if stop.port:
        return f"from {router.place_name(stop.port)}: "
    return f"to {router.place_name(stop.entry)}: " if stop.entry else ""


@dataclass(frozen=True, eq=False)
class Finder:
    """
    Finds corridors for one question on one router; ways already traced are kept.

    Parameters
    ----------
    router
        Its network holds the facilities and the hub as sites.
    question
        What is wanted.
    gateways
        Ids of the ports that alternatives may be sent through.
    clusters
        Cluster of each port: ports in one cluster count as one place.
    rules
        Scenario -> legs that a ban stops and the words why (`geo.bans`).
    """

    router: Router
    question: Question
    gateways: tuple[str, ...]
    clusters: Mapping[str, str]
    rules: Callable[[Scenario], Bans] = no_rules
    way: Callable[[Stop, Scenario], Way | None] = field(init=False)
    detour: Callable[[str, Stop, Scenario], Way | None] = field(init=False)
    facts: Callable[[Way], WayFacts] = field(init=False)
    line: Callable[[tuple[Way, ...]], LineString | None] = field(init=False)
    legs: Callable[[Cargo, Way], tuple[Mapping[str, Any], ...]] = field(init=False)
    to_ports: Callable[[Scenario, Cargo, str, tuple[str, ...]], Floats] = field(init=False)
    from_ports: Callable[[Scenario, Cargo, tuple[str, ...], str], Floats] = field(init=False)
    chains: Callable[[Scenario], pd.DataFrame] = field(init=False)

    def __post_init__(self) -> None:
        """Give the finder a cache of its own."""
        object.__setattr__(self, "way", lru_cache(maxsize=WAYS_KEPT)(self._way))
        object.__setattr__(self, "detour", lru_cache(maxsize=WAYS_KEPT)(self._detour))
        object.__setattr__(self, "facts", lru_cache(maxsize=WAYS_KEPT)(partial(way_facts, self.router)))
        object.__setattr__(self, "line", lru_cache(maxsize=LEGS_KEPT)(partial(way_line, self.router.network)))
        object.__setattr__(self, "legs", lru_cache(maxsize=LEGS_KEPT)(partial(way_legs, self.router)))
        object.__setattr__(self, "to_ports", lru_cache(maxsize=SWEEPS_KEPT)(partial(to_ports_usd_t, self.router)))
        object.__setattr__(self, "from_ports", lru_cache(maxsize=SWEEPS_KEPT)(partial(from_ports_usd_t, self.router)))
        object.__setattr__(self, "chains", lru_cache(maxsize=4)(self._chains))

    def _way(self, stop: Stop, scenario: Scenario) -> Way | None:
        """Give the best way of a leg: that of the base case where nothing on it is shut, else a new one."""
        if _only_shuts(scenario):
            kept = self.way(stop, scenario.base)
            if kept is None or self._is_open(kept, stop, scenario):
                return kept
        return self._trace(stop, scenario)

    def _detour(self, chokepoint: str, stop: Stop, scenario: Scenario) -> Way | None:
        """Give the best way of a leg, by any port, with one more chokepoint shut."""
        if _only_shuts(scenario) and self.is_kept(stop, scenario):
            kept = self.detour(chokepoint, stop, scenario.base)
            if kept is None or self._is_open(kept, stop, scenario):
                return kept
        router, cargo = self.router, self.question.cargo(stop.stage, scenario)
        metric = router.metric(scenario, cargo).closing(router.network.passing({chokepoint}))
        return trace_on(router, metric, cargo, origin=stop.origin, destination=stop.destination)

    def is_kept(self, stop: Stop, scenario: Scenario) -> bool:
        """Tell whether a leg goes as in the base case."""
        return self.way(stop, scenario) is self.way(stop, scenario.base)

    def _is_open(self, way: Way, stop: Stop, scenario: Scenario) -> bool:
        shut = self.router.shut(scenario, self.question.cargo(stop.stage, scenario).vessel)
        return not shut[way.edges].any()

    def _trace(self, stop: Stop, scenario: Scenario) -> Way | None:
        cargo = self.question.cargo(stop.stage, scenario)
        ends = stop.origin, stop.destination
        if stop.port:
            return through_port(self.router, scenario, cargo, ends=ends, port=stop.port)
        if stop.entry:
            return landing_at(self.router, scenario, cargo, ends=ends, port=stop.entry)
        return trace(self.router, scenario, cargo, origin=ends[0], destination=ends[1])

    def plants(self, scenario: Scenario) -> pd.DataFrame:
        """Give the facilities that count in a scenario: operating, not out, and planned ones where asked."""
        plants = self.question.plants
        working = [*WORKING, *NOT_YET] if scenario.planned else WORKING
        return plants[plants["status"].isin(working) & ~plants.index.isin(scenario.outages)]

    def _chains(self, scenario: Scenario) -> pd.DataFrame:
        """Price every chain of the question in a scenario, per contained tonne delivered."""
        sites, bans = self.router.network.sites, self.rules(scenario)

        def cost(stage: str, origins: list[str], destinations: list[str]) -> Floats:
            metric = self.router.metric(scenario, self.question.cargo(stage, scenario))
            found = metric.matrix(sites.loc[origins, "leave"].to_numpy(), sites.loc[destinations, "arrive"].to_numpy())
            found = np.where(self.question.feeds.apart(origins, destinations), np.inf, found)
            if not bans:
                return found
            starts, ends = ([self._end(place) for place in places] for places in (origins, destinations))
            return np.where(barred(bans, stage, starts, ends), np.inf, found)

        return all_chains(self.question.stages, self.plants(scenario), self.question.hub, cost)

    def _end(self, place: str) -> str:
        """Give the country of a facility as rules name it, or the hub."""
        return HUB if place == self.question.hub else str(self.question.country.get(place))

    def banned(self, corridor: Corridor, scenario: Scenario) -> str:
        """Say which bans stop a corridor; empty where none does."""
        legs = [(stop.stage, self._end(stop.origin), self._end(stop.destination)) for stop in corridor.stops]
        return ban_words(self.rules(scenario), legs)

    def stops(self, chain: Mapping[str, object]) -> tuple[Stop, ...]:
        """Turn a row of chains into legs."""
        names = [name for name in self.question.stages.index if pd.notna(chain[name])]
        places = [*(str(chain[name]) for name in names), self.question.hub]
        return tuple(Stop(name, *ends) for name, ends in zip(names, pairwise(places), strict=True))

    def traced(self, chains: Sequence[tuple[tuple[Stop, ...], int]], scenario: Scenario) -> list[Corridor]:
        """Trace chains, each with the number of its sources; those with a stranded leg are left out."""
        if _only_shuts(scenario):  # base ways first, all of them: the engine changes its weights once, not twice a leg
            for stop in (stop for stops, _ in chains for stop in stops):
                self.way(stop, scenario.base)
        found = [self.corridor(stops, scenario, sources=sources) for stops, sources in chains]
        return [corridor for corridor in found if corridor is not None]

    def corridor(self, stops: tuple[Stop, ...], scenario: Scenario, *, sources: int = 1) -> Corridor | None:
        """Trace a corridor; None where one of its legs is stranded."""
        ways = tuple(self.way(stop, scenario) for stop in stops)
        traced = tuple(way for way in ways if way is not None)
        return Corridor(stops, traced, sources) if len(traced) == len(ways) else None

    def find(self, scenario: Scenario, *, most: int = MOST_SHOWN) -> list[Corridor]:
        """Find the best corridor and its distinct alternatives, cheapest first; none where nothing gets through."""
        names = list(self.question.stages.index)
        grouped = by_plants(self.chains(scenario), self.question.country, names)
        if grouped.empty:
            return []
        grouped = grouped.assign(capacity_t_yr=self.capacity_t_yr(grouped))
        chosen = candidates(grouped, self.question.country, self.question.allied, names=names, most=CANDIDATES)
        chains = [(self.stops(row), int(row["sources"])) for row in chosen.to_dict("records")]
        direct = self.traced(chains, scenario)
        sent = [
            (stops, item.sources) for item in direct[:GATEWAY_CHAINS] for stops in self.by_other_ports(item, scenario)
        ]
        detoured = self.traced(sent, scenario)
        kept, similar = distinct(
            [*direct, *detoured],
            cost=self.cost_usd_t,
            signature=self.signature,
            countries=lambda item: tuple((stop.stage, self.question.country.get(stop.origin)) for stop in item.stops),
            edge_km=self.router.length_km(),
        )
        found = [replace(corridor, similar=count) for corridor, count in zip(kept, similar, strict=True)]
        return self.spread(found, most=most)

    def spread(self, corridors: list[Corridor], *, most: int) -> list[Corridor]:
        """Cut a list to length, cheapest first, but let each pair of countries (origin, last plant) keep its best."""
        country = self.question.country
        ends = [(country.get(item.stops[0].origin), country.get(item.stops[-1].origin)) for item in corridors]
        leads = [place for place, pair in enumerate(ends) if pair not in ends[:place]][:most]
        others = [place for place in range(len(corridors)) if place not in leads]
        return [corridors[place] for place in sorted([*leads, *others][:most])]

    def capacity_t_yr(self, chains: pd.DataFrame) -> pd.Series:
        """Give what each chain can deliver in a year, by its narrowest stage; null where one is unknown."""
        needed, plants = self.needed_t, self.question.plants
        reach = pd.DataFrame(index=chains.index)
        for name in self.question.stages.index:
            own = plants.loc[plants["stage"] == name, "capacity_t_yr"]
            reach[name] = looked_up(chains[name], own[~own.index.duplicated()]) / needed[name]
        unknown = (reach.isna() & chains[list(reach.columns)].notna()).any(axis=1)
        return reach.min(axis=1).mask(unknown)

    def by_other_ports(self, corridor: Corridor, scenario: Scenario) -> list[tuple[Stop, ...]]:
        """Name the chains that send the dearest leg of a corridor through another port, to ship from or to land at."""
        stop = corridor.stops[place := self.dearest(corridor)]
        router, cargo = self.router, self.question.cargo(stop.stage, scenario)
        land, whole, ports = router.key(by_land(scenario)), router.key(scenario), tuple(self.places)
        ends = stop.origin, stop.destination
        shipping = self.to_ports(land, cargo, ends[0], ports) + self.from_ports(whole, cargo, ports, ends[1])
        landing = self.to_ports(whole, cargo, ends[0], ports) + self.from_ports(land, cargo, ports, ends[1])
        best = corridor.ways[place]
        used = {self.clusters.get(port, port) for port in self.facts(best).ports}
        name = partial(other_ports, places=self.places, best_usd_t=best.cost_usd_t, served=used)
        others = [replace(stop, port=port) for port in name(shipping)]
        others += [replace(stop, entry=port) for port in name(landing)]
        before, after = corridor.stops[:place], corridor.stops[place + 1 :]
        return [(*before, other, *after) for other in others]

    def dearest(self, corridor: Corridor) -> int:
        """Give the place of the dearest leg."""
        legs = zip(corridor.stops, corridor.ways, strict=True)
        return int(np.argmax([self.leg_cost_usd_t(stop, way) for stop, way in legs]))

    def judged(self, corridor: Corridor, scenario: Scenario) -> Corridor:
        """Say what a scenario does to a corridor of the base case; a stranded one keeps no way."""
        hurt = [stop.origin for stop in corridor.stops if stop.origin in scenario.outages]
        if hurt:
            return replace(corridor, ways=(), status="stranded", reason=f"{', '.join(hurt)} stand still")
        if banned := self.banned(corridor, scenario):
            return replace(corridor, ways=(), status="stranded", reason=banned)
        base = [self.way(stop, scenario.base) for stop in corridor.stops]
        now = [self.way(stop, scenario) for stop in corridor.stops]
        verdicts = [compare(self.router, scenario, old, new) for old, new in zip(base, now, strict=True)]
        status = min((verdict for verdict, _ in verdicts), key=WORST_FIRST.index)
        words = [
            _by_port(self.router, stop) + told
            for stop, (verdict, told) in zip(corridor.stops, verdicts, strict=True)
            if verdict != "open"
        ]
        reason = "; ".join(dict.fromkeys(words)) or verdicts[0][1]  # legs that one thing stops say it once
        ways = tuple(way for way in now if way is not None) if status != "stranded" else ()
        return replace(corridor, ways=ways, status=status, reason=reason)

    def leg_cost_usd_t(self, stop: Stop, way: Way) -> float:
        """Price a leg per contained tonne delivered at the end."""
        return way.cost_usd_t * float(self.moved[stop.stage])

    def cost_usd_t(self, corridor: Corridor) -> float:
        """Price a corridor per contained tonne delivered."""
        legs = zip(corridor.stops, corridor.ways, strict=True)
        return sum(self.leg_cost_usd_t(stop, way) for stop, way in legs)

    def signature(self, corridor: Corridor) -> tuple[object, ...]:
        """Give what makes a corridor itself: countries, plants, port clusters, modes and chokepoints, in order."""
        mine = corridor.stops[0].origin
        parts: list[object] = [self.question.country.get(mine) if len(corridor.stops) > 1 else mine]
        parts += [stop.origin for stop in corridor.stops[1:]]
        for way in corridor.ways:
            ports = tuple(self.clusters.get(port, port) for port in self.facts(way).ports)
            parts.append((ports, self.facts(way).modes, frozenset(way.chokepoints)))
        return tuple(parts)

    @cached_property
    def places(self) -> dict[str, str]:
        """Give the place of each gateway that the network has."""
        known = self.router.network.ports.index
        return {port: self.clusters.get(port, port) for port in self.gateways if port in known}

    @cached_property
    def needed_t(self) -> dict[str, float]:
        """Give the contained tonnes that leave each stage for one delivered."""
        return (self.moved * self.question.stages["contained_fraction"]).to_dict()

    @cached_property
    def moved(self) -> pd.Series:
        """Give the gross tonnes that leave each stage for one contained tonne delivered."""
        return gross_moved(self.question.stages)
