"""
The ways of a leg through other ports: the two-level gateway method.

From the origin to every gateway by land, from every gateway to the destination by any mode: two sweeps price all the
ports that could serve, and the best of each place within the stretch is traced.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from geo.distance import Floats
from geo.network import Mode
from geo.router import Cargo, Router
from geo.scenarios import Scenario
from geo.ways import Way, way_along

STRETCH: Final = 1.5  # an alternative may cost this many times the best
PORTS_TRIED: Final = 3


def landward_usd_t(router: Router, scenario: Scenario, cargo: Cargo, origin: str, ports: tuple[str, ...]) -> Floats:
    """Give the least cost by land from a site to each port, USD per gross tonne; infinite where there is none."""
    nodes = router.network.ports.loc[list(ports), "node"].to_numpy()
    leave = np.array([router.network.sites.loc[origin, "leave"]])
    return router.metric(by_land(scenario), cargo).matrix(leave, nodes)[0]


def onward_usd_t(router: Router, scenario: Scenario, cargo: Cargo, ports: tuple[str, ...], destination: str) -> Floats:
    """Give the least cost by any mode from each port to a site, USD per gross tonne; infinite where there is none."""
    nodes = router.network.ports.loc[list(ports), "node"].to_numpy()
    arrive = np.array([router.network.sites.loc[destination, "arrive"]])
    return router.metric(scenario, cargo).matrix(nodes, arrive)[:, 0]


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


def through_port(
    router: Router, scenario: Scenario, cargo: Cargo, *, origin: str, destination: str, port: str
) -> Way | None:
    """
    Trace a leg by land to a port and on from its berth.

    Returns
    -------
    way
        None where the port cannot be reached by land, or where the way on does not put to sea: it is then no way by
        that port.
    """
    sites, node = router.network.sites, int(router.network.ports.loc[port, "node"])
    source = int(sites.loc[origin, "leave"])
    inland = router.metric(by_land(scenario), cargo).path(source, node)
    onward = router.metric(scenario, cargo).path(node, int(sites.loc[destination, "arrive"]))
    if inland is None or onward is None or not len(onward):
        return None
    if router.network.columns.mode[onward[0]] != Mode.PORT_SEA:
        return None
    return way_along(router, cargo, np.r_[inland, onward], source)


def by_land(scenario: Scenario) -> Scenario:
    """Give the scenario without the sea."""
    return scenario.model_copy(update={"modes": scenario.modes - {"sea"}})
