"""
The ways of a leg through other ports: the two-level gateway method.

From the origin to every gateway by land, from every gateway to the destination by any mode: two sweeps price all the
ports that could serve, and the best of each place within the stretch is traced.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from geo.network import Mode
from geo.router import Cargo, Router
from geo.scenarios import Scenario
from geo.ways import Way, way_along, way_ports

STRETCH: Final = 1.5  # an alternative may cost this many times the best
PORTS_TRIED: Final = 3


def ways_by_other_ports(
    router: Router,
    scenario: Scenario,
    cargo: Cargo,
    *,
    ends: tuple[str, str],
    best: Way,
    places: Mapping[str, str],
) -> list[str]:
    """
    Name the ports, one a place and none that the best way uses, through which a leg costs at most 1.5 times the best.

    Parameters
    ----------
    ends
        Sites that the leg joins.
    best
        The best way of the leg.
    places
        The gateways to try, each with the place it belongs to.

    Returns
    -------
    ports
        Cheapest first, at most three.
    """
    known = [port for port in places if port in router.network.ports.index]
    node = router.network.ports.loc[known, "node"].to_numpy()
    sites = router.network.sites
    by_land = router.metric(_land(scenario), cargo).matrix(np.array([sites.loc[ends[0], "leave"]]), node)[0]
    onward = router.metric(scenario, cargo).matrix(node, np.array([sites.loc[ends[1], "arrive"]]))[:, 0]
    total = by_land + onward
    served = {places.get(port, port) for port in way_ports(router, best)}
    found: list[str] = []
    for row in np.argsort(total, kind="stable"):
        if len(found) == PORTS_TRIED or not total[row] <= STRETCH * best.cost_usd_t:
            break
        if places[known[row]] not in served:
            served.add(places[known[row]])
            found.append(known[row])
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
    inland = router.metric(_land(scenario), cargo).path(source, node)
    onward = router.metric(scenario, cargo).path(node, int(sites.loc[destination, "arrive"]))
    if inland is None or onward is None or not len(onward):
        return None
    if router.network.columns.mode[onward[0]] != Mode.PORT_SEA:
        return None
    return way_along(router, cargo, np.r_[inland, onward], source)


def _land(scenario: Scenario) -> Scenario:
    """Give the scenario without the sea."""
    return scenario.model_copy(update={"modes": scenario.modes - {"sea"}})
