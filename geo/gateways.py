"""
The ways of a leg through other ports: the two-level gateway method.

By land to every gateway and on by any mode, or by any mode to every gateway and on by land: sweeps price all the ports
that could ship or land, and the best of each place within the stretch is traced.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from geo.distance import Floats, Ints
from geo.network import Mode
from geo.router import Cargo, Router
from geo.scenarios import Scenario
from geo.ways import Way, way_along

STRETCH: Final = 1.5  # an alternative may cost this many times the best
PORTS_TRIED: Final = 3


def to_ports_usd_t(router: Router, scenario: Scenario, cargo: Cargo, origin: str, ports: tuple[str, ...]) -> Floats:
    """Give the least cost from a site to each port, USD per gross tonne; infinite where nothing gets there."""
    leave = np.array([router.network.sites.loc[origin, "leave"]])
    return router.metric(scenario, cargo).matrix(leave, _nodes(router, ports))[0]


def from_ports_usd_t(
    router: Router, scenario: Scenario, cargo: Cargo, ports: tuple[str, ...], destination: str
) -> Floats:
    """Give the least cost from each port to a site, USD per gross tonne; infinite where nothing gets there."""
    arrive = np.array([router.network.sites.loc[destination, "arrive"]])
    return router.metric(scenario, cargo).matrix(_nodes(router, ports), arrive)[:, 0]


def _nodes(router: Router, ports: tuple[str, ...]) -> Ints:
    return np.array([router.port_nodes[port] for port in ports], dtype=np.int64)


def other_ports(total_usd_t: Floats, places: Mapping[str, str], *, best_usd_t: float, served: set[str]) -> list[str]:
    """
    Name the ports, one a place, through which a leg costs at most 1.5 times the best.

    Parameters
    ----------
    total_usd_t
        Cost of the leg through each port of `places`.
    places
        The gateways to try, each with the place it belongs to.
    best_usd_t
        Cost of the best way of the leg.
    served
        Places that the best way uses: they are no alternative.

    Returns
    -------
    ports
        Cheapest first, at most three.
    """
    names, seen = list(places), set(served)
    found: list[str] = []
    for row in np.argsort(total_usd_t, kind="stable"):
        if len(found) == PORTS_TRIED or not total_usd_t[row] <= STRETCH * best_usd_t:
            break
        if places[names[row]] not in seen:
            seen.add(places[names[row]])
            found.append(names[row])
    return found


def through_port(router: Router, scenario: Scenario, cargo: Cargo, *, ends: tuple[str, str], port: str) -> Way | None:
    """
    Trace a leg by land to a port and on from its berth.

    Returns
    -------
    way
        None where the port cannot be reached by land, or where the way on does not put to sea: it is then no way by
        that port.
    """
    inland, onward = _halves(router, (by_land(scenario), scenario), cargo, ends, port)
    if inland is None or onward is None or not len(onward) or not _at_berth(router, onward[0]):
        return None
    return way_along(router, cargo, np.r_[inland, onward], int(router.network.sites.loc[ends[0], "leave"]))


def landing_at(router: Router, scenario: Scenario, cargo: Cargo, *, ends: tuple[str, str], port: str) -> Way | None:
    """
    Trace a leg to the berth of a port and on by land.

    Returns
    -------
    way
        None where it does not come in by sea, or where no land way leads on.
    """
    shipped, inland = _halves(router, (scenario, by_land(scenario)), cargo, ends, port)
    if shipped is None or inland is None or not len(shipped) or not _at_berth(router, shipped[-1]):
        return None
    return way_along(router, cargo, np.r_[shipped, inland], int(router.network.sites.loc[ends[0], "leave"]))


def _halves(
    router: Router, scenarios: tuple[Scenario, Scenario], cargo: Cargo, ends: tuple[str, str], port: str
) -> tuple[Ints | None, Ints | None]:
    """Trace the way to a port and the way on, each in its own scenario."""
    sites, node = router.network.sites, router.port_nodes[port]
    first = router.metric(scenarios[0], cargo).path(int(sites.loc[ends[0], "leave"]), node)
    return first, router.metric(scenarios[1], cargo).path(node, int(sites.loc[ends[1], "arrive"]))


def _at_berth(router: Router, edge: int) -> bool:
    return bool(router.network.columns.mode[edge] == Mode.PORT_SEA)


def by_land(scenario: Scenario) -> Scenario:
    """Give the scenario without the sea."""
    return scenario.model_copy(update={"modes": scenario.modes - {"sea"}})
