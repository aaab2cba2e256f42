"""
One network, every question: weighs the graph for a scenario and a cargo, and keeps the weights for the next asker.

A router is shared by all sessions. It holds no state but caches, and the key of each cache is everything its value
depends on.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Event
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.closures import covered_edges
from geo.distance import Floats
from geo.impedance import Impedance, Rates, closed_edges, impedance, named_edges
from geo.network import Kind, Mode, Network
from geo.routing import Metric, price
from geo.scenarios import Scenario
from geo.sites import with_sites
from geo.topology import Topology

Objective = Literal["cost", "time", "distance", "co2e"]

DEFAULT_VESSEL: Final = "supramax"
SMALL_VESSEL: Final = "handysize"
PRICES_KEPT: Final = 10  # about 35 MB each
METRICS_KEPT: Final = 8  # of each price, half a megabyte each
WET: Final = ("strait", "canal", "cape", "seaway")
SMALL_SHIPS: Final = frozenset({"handysize", "supramax"})
HARBOURS: Final = {True: ["large", "medium", "small"], False: ["large", "medium"]}  # beside the gateways
_USES: Final = {
    "sea": {Mode.SEA, Mode.PORT_SEA, Mode.FERRY},
    "rail": {Mode.RAIL, Mode.PORT_RAIL, Mode.ACCESS_RAIL, Mode.ACCESS_RAIL_ROUTED, Mode.FERRY},
    "road": {Mode.ROAD, Mode.PORT_ROAD},
}


@dataclass(frozen=True)
class Cargo:
    """What moves: its value per gross tonne, the class of ship, and what its way should be least in."""

    value_usd_t: float
    vessel: str = DEFAULT_VESSEL
    objective: Objective = "cost"


class Router:
    """
    Routes over a network with sites.

    Parameters
    ----------
    network
        The graph with every site that may be asked for.
    rates
        The tables that price it.
    chokepoints
        Indexed by `chokepoint_id`: `kind`, `default_open`, `controlling_countries` (`;`-list), `name`.
    names
        Names of ports and sites by id, for people; an id without one names itself.
    like
        A router whose network differs by sites alone: its hierarchy serves this one too.
    """

    def __init__(
        self,
        network: Network,
        rates: Rates,
        chokepoints: pd.DataFrame,
        names: Mapping[str, str] | None = None,
        *,
        like: "Router | None" = None,
    ) -> None:
        self.network = network
        self.rates = rates
        self.chokepoints = chokepoints
        self.topology: Topology = Topology.of(network, like=like.topology if like else None)
        self._wet = frozenset(chokepoints.index[chokepoints["kind"].isin(WET)])
        self._normally_closed = frozenset(chokepoints.index[~chokepoints["default_open"].astype(bool)])
        canals = chokepoints[chokepoints["kind"].isin(["canal", "seaway"])]["controlling_countries"].fillna("")
        self._owners = {str(canal): frozenset(codes.split(";")) for canal, codes in canals.items()}
        self.port_nodes: dict[str, int] = network.ports["node"].to_dict()
        self.port_ids = pd.Series(network.ports.index, index=network.ports["node"].to_numpy())
        self._names = names or {}
        self._chokepoint_names: dict[str, str] = chokepoints["name"].to_dict() if "name" in chokepoints else {}
        site_ids = {int(node): str(site) for end in ("leave", "arrive") for site, node in network.sites[end].items()}
        self._ids = {int(node): str(port) for node, port in self.port_ids.items()} | site_ids
        self.impedance = lru_cache(maxsize=8)(self._impedance)
        self._shut = lru_cache(maxsize=32)(self._shut_edges)
        self._unusable = lru_cache(maxsize=8)(self._unusable_edges)
        self._without_roads = lru_cache(maxsize=1)(self._roadless)
        self._priced = lru_cache(maxsize=PRICES_KEPT)(self._price)

    def joined(self, sites: pd.DataFrame, *, kinds: tuple[Kind, ...], names: Mapping[str, str]) -> "Router":
        """
        Give a router with more sites (see :func:`geo.sites.with_sites`), named; this one stays as it is.

        It shares the hierarchy but prices for itself: 0.4 s, some 100 MB, and 35 MB a cargo.
        """
        larger = with_sites(self.network, sites, kinds=kinds)
        return Router(larger, self.rates, self.chokepoints, {**self._names, **names}, like=self)

    def key(self, scenario: Scenario) -> Scenario:
        """Give what the graph sees of a scenario: those that share it share every cost and way."""
        return _routing_key(scenario, self._wet)

    def metric(self, scenario: Scenario, cargo: Cargo) -> Metric:
        """Give the weights of a scenario for a cargo; kept, since the next asker often wants the same."""
        # by modes too: taking the sea away re-weighs a hundred thousand arcs, and both are asked for in turn
        return self._priced(cargo, scenario.modes)(self.key(scenario))

    def get_ready(self, scenario: Scenario, cargoes: Iterable[Cargo]) -> list[Event]:
        """
        Weigh, beside the work, what the next closure is answered with sooner: for a server, while its reader reads.

        Returns
        -------
        ready
            An event a cargo, for who wants to wait; none where scipy answers.
        """
        ready = [self.metric(scenario, cargo).get_ready() for cargo in cargoes]
        return [event for event in ready if event]

    def shut(self, scenario: Scenario, vessel: str) -> npt.NDArray[np.bool_]:
        """Mark the edges that nothing may use in a scenario; do not write to it."""
        return self._shut(self.key(scenario), vessel)

    def closed(self, scenario: Scenario, vessel: str) -> frozenset[str]:
        """
        List the chokepoints that nothing passes in a scenario.

        They are those that the scenario closes, those normally closed, those that the vessel cannot pass, and the
        canals of avoided countries; less those that the scenario opens.
        """
        barred = frozenset(self.rates.vessels.loc[vessel, "barred"])
        avoided = frozenset(canal for canal, owners in self._owners.items() if owners & scenario.avoid)
        return ((self._normally_closed | barred) - scenario.reopen) | scenario.close | avoided

    def node_name(self, node: int) -> str:
        """Name a node: a port or site by its name, any other by where it lies."""
        if node in self._ids:
            return self.place_name(self._ids[node])
        columns = self.network.columns
        lon, lat, place = float(columns.lon[node]), float(columns.lat[node]), int(columns.country[node])
        country = self.network.iso3[place] if place >= 0 else "at sea"
        return f"{abs(lat):.1f}{'NS'[lat < 0]} {abs(lon):.1f}{'EW'[lon < 0]} ({country})"

    def chokepoint_name(self, identifier: str) -> str:
        """Name a chokepoint for people."""
        return self._chokepoint_names.get(identifier, identifier)

    def place_name(self, identifier: str) -> str:
        """Name a port or site for people."""
        return self._names.get(identifier, identifier)

    def money(self, cargo: Cargo) -> Floats:
        """Give the generalized cost of each edge, USD/t, whatever the cargo minimises."""
        return self.impedance(cargo.vessel).generalized_cost(cargo.value_usd_t)

    def length_km(self) -> Floats:
        """Give the length of each edge."""
        return self.network.columns.length_km

    def edge_cost(self, cargo: Cargo) -> Floats:
        """Give what the cargo minimises, per edge: USD/t, hours, km or kg CO2e/t."""
        priced = self.impedance(cargo.vessel)
        if cargo.objective == "cost":
            return self.money(cargo)
        return {"time": priced.time_h, "co2e": priced.co2e_kg_t, "distance": self.length_km()}[cargo.objective]

    def _impedance(self, vessel: str) -> Impedance:
        return impedance(self.network, self.rates, vessel=vessel)

    def _shut_edges(self, scenario: Scenario, vessel: str) -> npt.NDArray[np.bool_]:
        network = self.network
        shut = named_edges(network, closed=self.closed(scenario, vessel), avoid=scenario.avoid)
        for area in scenario.areas:
            shut[covered_edges(network, shapely.from_wkt(area))] = True
        return shut | self._unusable(vessel, scenario.modes, scenario.planned)

    def _unusable_edges(self, vessel: str, modes: frozenset[str], planned: bool) -> npt.NDArray[np.bool_]:  # noqa: FBT001
        """Mark what is shut whatever is closed: borders, unfit berths, other modes, lines not built."""
        network = self.network
        shut = closed_edges(network, self.rates, closed=frozenset(), avoid=frozenset()) | self._unfit_berths(vessel)
        usable = {Mode.TRANSFER, Mode.ACCESS, Mode.ACCESS_ROUTED}.union(*(_USES[mode] for mode in modes))
        if not {"rail", "road"} <= modes:
            usable -= {Mode.TRANSFER}
        shut |= ~np.isin(network.columns.mode, sorted(usable))
        if not planned and len(network.links):
            unbuilt = np.append(network.links["status"].to_numpy() != "operating", False)
            shut |= unbuilt[network.columns.link]
        return shut

    def _unfit_berths(self, vessel: str) -> npt.NDArray[np.bool_]:
        """Mark the berths where a class does not work: very small and unrated harbours, small ones for larger ships."""
        ports = self.network.ports
        fit = ports["gateway"].astype(bool) | ports["harbor_size"].isin(HARBOURS[vessel in SMALL_SHIPS])
        unfit = np.zeros(len(self.network.nodes), dtype=bool)
        unfit[ports["node"].to_numpy()[~fit.to_numpy()]] = True
        columns = self.network.columns
        berths = np.flatnonzero(columns.mode == Mode.PORT_SEA)
        marked = np.zeros(len(columns.mode), dtype=bool)
        marked[berths] = unfit[columns.tail[berths]] | unfit[columns.head[berths]]
        return marked

    def _roadless(self) -> Topology:
        """Give the hierarchy of all but the roads, built for the first who asks (0.2 s, 40 MB)."""
        roads = [*_USES["road"] - _USES["rail"], Mode.TRANSFER]
        return self.topology.within(self.network, ~np.isin(self.network.columns.mode, roads))

    def _price(self, cargo: Cargo, modes: frozenset[str]) -> Callable[[Scenario], Metric]:
        priced = price(self.topology if "road" in modes else self._without_roads(), self.edge_cost(cargo))
        return lru_cache(maxsize=METRICS_KEPT)(lambda scenario: priced.metric(self._shut(scenario, cargo.vessel)))


def _routing_key(scenario: Scenario, wet: frozenset[str]) -> Scenario:
    """Strip what does not touch the graph, so that scenarios which weigh it alike share one weight vector."""
    by_sea = "sea" in scenario.modes
    return Scenario(
        close=scenario.close if by_sea else scenario.close - wet,
        reopen=scenario.reopen if by_sea else scenario.reopen - wet,
        areas=scenario.areas,
        avoid=scenario.avoid,
        modes=scenario.modes,
        planned=scenario.planned,
    )
