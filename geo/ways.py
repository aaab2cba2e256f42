"""
One way through the network: the least-cost path between two sites for a cargo, with what it costs, takes and passes.

A way is traced only for what is shown or scored; matrices answer the rest.
"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.distance import KM_PER_NM, Floats, Ints
from geo.impedance import Impedance
from geo.network import ROUTED_ACCESS, STRAIGHT_ACCESS, Kind, Mode, Network, edge_countries
from geo.router import Cargo, Router
from geo.routing import Metric
from geo.scenarios import Scenario

Status = Literal["open", "rerouted", "degraded", "stranded", "unknown"]

DEGRADED_STRETCH: Final = 1.5
"""A detour that costs or takes this many times the base case is `degraded`, not `rerouted`."""
OVERLAND_KM: Final = 20.0
"""A detour with this much more railway or road than the base case says so."""
LEG_MODES: Final = {
    Mode.SEA: "sea",
    Mode.PORT_SEA: "sea",
    Mode.RAIL: "rail",
    Mode.PORT_RAIL: "rail",
    Mode.ROAD: "road",
    Mode.PORT_ROAD: "road",
    Mode.FERRY: "ferry",
    Mode.TRANSFER: "transfer",
    Mode.ACCESS: "access",
    Mode.ACCESS_RAIL: "access",
    Mode.ACCESS_ROUTED: "access",
    Mode.ACCESS_RAIL_ROUTED: "access",
}
_NAMES: Final = np.array([LEG_MODES[mode] for mode in Mode])
_IS_ACCESS: Final = np.isin(np.array(Mode), STRAIGHT_ACCESS + ROUTED_ACCESS)


@dataclass(frozen=True, eq=False)
class Way:
    """
    A path with its sums, all per gross tonne.

    Attributes
    ----------
    edges, nodes
        Rows of the network in order of travel; one node more than edges.
    cost_usd_t
        Generalized cost: freight, handling, tolls, borders and the carrying cost of the cargo under way.
    time_h, time_p95_h
        Median and 95th percentile; waits are taken as independent.
    access_km
        The longest stretch between a site and the graph.
    """

    edges: Ints
    nodes: Ints
    length_km: float
    cost_usd_t: float
    time_h: float
    time_p95_h: float
    co2e_kg_t: float
    access_km: float
    chokepoints: tuple[str, ...]

    @property
    def length_nm(self) -> float:
        """Give the length in nautical miles."""
        return self.length_km / KM_PER_NM


def trace(router: Router, scenario: Scenario, cargo: Cargo, *, origin: str, destination: str) -> Way | None:
    """Trace the best way from one site to another in a scenario; None where nothing gets through."""
    return trace_on(router, router.metric(scenario, cargo), cargo, origin=origin, destination=destination)


def trace_on(router: Router, metric: Metric, cargo: Cargo, *, origin: str, destination: str) -> Way | None:
    """Trace the best way under given weights."""
    source = int(router.network.sites.loc[origin, "leave"])
    edges = metric.path(source, int(router.network.sites.loc[destination, "arrive"]))
    return None if edges is None else way_along(router, cargo, edges, source)


def way_along(router: Router, cargo: Cargo, edges: Ints, source: int) -> Way:
    """Sum up a path that starts at node `source`."""
    network, priced = router.network, router.impedance(cargo.vessel)
    length, mode = network.columns.length_km[edges], network.columns.mode[edges]
    time_h = float(priced.time_h[edges].sum())
    money = float(priced.money_usd_t[edges].sum())
    access = length[_IS_ACCESS[mode]]
    return Way(
        edges=edges,
        nodes=walked_nodes(network, edges, source),
        length_km=float(length.sum()),
        cost_usd_t=money + priced.carrying_usd_t(cargo.value_usd_t, time_h),
        time_h=time_h,
        time_p95_h=time_h
        + float((priced.wait_p95_ratio - 1) * np.sqrt(np.square(_waits_h(network, priced, edges)).sum())),
        co2e_kg_t=float(priced.co2e_kg_t[edges].sum()),
        access_km=float(access.max(initial=0.0)),
        chokepoints=passed_chokepoints(network, edges),
    )


def _waits_h(network: Network, priced: Impedance, edges: Ints) -> Floats:
    """List the waits on a path; a ferry's one wait, spread over the edges of its crossing, is put together again."""
    waits, link = priced.wait_h[edges], network.columns.link[edges]
    ferry = network.columns.mode[edges] == Mode.FERRY
    if not ferry.any():
        return waits
    crossings = [waits[ferry & (link == one)].sum() for one in np.unique(link[ferry])]
    return np.r_[waits[~ferry], crossings]


def passed_chokepoints(network: Network, edges: Ints) -> tuple[str, ...]:
    """List the chokepoints on a path in order of travel, each once."""
    bits = network.columns.chokepoints[edges]
    marks = dict.fromkeys(bits[bits != 0].tolist())
    return tuple(dict.fromkeys(name for mark in marks for name in network.names(mark)))


def walked_nodes(network: Network, walked: Ints, source: int) -> Ints:
    """Give the nodes of a path in order of travel, from its edges and its first node."""
    nodes = np.empty(len(walked) + 1, dtype=np.int64)
    nodes[0] = source
    nodes[1:] = network.columns.tail[walked] ^ network.columns.head[walked]
    # what both ends of an edge differ by takes the one to the other
    return np.bitwise_xor.accumulate(nodes)


def way_modes(router: Router, way: Way) -> tuple[str, ...]:
    """List the modes in order of travel, each run once; access and transfers aside."""
    names = leg_names(router.network, way)
    moved = names[(names != "access") & (names != "transfer")]
    return tuple(moved[np.r_[True, moved[1:] != moved[:-1]][: len(moved)]].tolist())


def leg_names(network: Network, way: Way) -> npt.NDArray[np.str_]:
    """Name the kind of leg that each edge of a way belongs to."""
    return _NAMES[network.columns.mode[way.edges]]


def way_ports(router: Router, way: Way) -> tuple[str, ...]:
    """List the ports where the way changes between land and sea, in order of travel."""
    kinds = router.network.columns.kind[way.nodes]
    return tuple(str(router.port_ids[node]) for node in way.nodes[kinds == Kind.PORT])


def way_countries(router: Router, way: Way) -> tuple[str, ...]:
    """List the countries on land that the way touches, sorted; those of canals among them are the controllers'."""
    return tuple(sorted(edge_countries(router.network, way.edges)))


class WayFacts(NamedTuple):
    """What a way goes by."""

    ports: tuple[str, ...]
    modes: tuple[str, ...]
    countries: tuple[str, ...]


def way_facts(router: Router, way: Way) -> WayFacts:
    """List the ports, modes and countries of a way: see `way_ports`, `way_modes` and `way_countries`."""
    return WayFacts(way_ports(router, way), way_modes(router, way), way_countries(router, way))


def compare(router: Router, scenario: Scenario, base: Way | None, way: Way | None) -> tuple[Status, str]:
    """
    Say what a scenario does to a pair of sites, and why.

    `stranded`: no way is left. `degraded`: the way passes a chokepoint at part of its capacity, or costs or takes
    more than 1.5 times the base case. `rerouted`: the base way is shut. `open`: it is not.
    """
    if way is None:
        return "stranded", _stranded_reason(router, scenario, base)
    throttled = [router.chokepoint_name(item) for item, _ in sorted(scenario.partial) if item in way.chokepoints]
    if throttled:
        return "degraded", f"passes {', '.join(throttled)} at part of its capacity"
    if base is None or np.array_equal(base.edges, way.edges):
        return "open", "as in the base case" if base is not None else "open"
    days, cost = (way.time_h - base.time_h) / 24, way.cost_usd_t - base.cost_usd_t
    shift = f"{way.length_km - base.length_km:+,.0f} km, {days:+.1f} days, {cost:+,.1f} USD/t"
    lost = [router.chokepoint_name(item) for item in sorted(set(base.chokepoints) - set(way.chokepoints))]
    gained = [router.chokepoint_name(item) for item in sorted(set(way.chokepoints) - set(base.chokepoints))]
    told = f"{_route_words(lost, gained)}{_overland_words(router.network, base, way)}: {shift}"
    stretched = max(way.cost_usd_t / base.cost_usd_t, way.time_h / base.time_h) > DEGRADED_STRETCH
    return ("degraded" if stretched else "rerouted"), told


def _route_words(lost: list[str], gained: list[str]) -> str:
    """Put the change of passages into words."""
    if lost and gained:
        return f"by {', '.join(gained)} instead of {', '.join(lost)}"
    if lost:
        return f"no longer by {', '.join(lost)}"
    return f"now by {', '.join(gained)}" if gained else "by another way"


def _overland_words(network: Network, base: Way, way: Way) -> str:
    """Say where a detour goes overland: a railway beside a shut canal is another thing than a longer voyage."""
    told = []
    for mode in ("rail", "road"):
        old, new = (each.edges[leg_names(network, each) == mode] for each in (base, way))
        more_km = network.columns.length_km[new].sum() - network.columns.length_km[old].sum()
        if more_km >= OVERLAND_KM:
            through = sorted(edge_countries(network, np.setdiff1d(new, old)))
            told.append(f"{more_km:,.0f} km more by {mode} ({', '.join(through)})")
    return f", with {' and '.join(told)}" if told else ""


def _stranded_reason(router: Router, scenario: Scenario, base: Way | None) -> str:
    """Name what stands in the way."""
    modes = ", ".join(sorted(scenario.modes))
    if base is None:
        hint = (
            "for ships of this class; passages normally closed stay closed"
            if "sea" in scenario.modes
            else "line missing"
        )
        return f"no way leads there by {modes} even with nothing closed ({hint})"
    shut = [f"{router.chokepoint_name(item)} is closed" for item in sorted(scenario.close) if item in base.chokepoints]
    entered = edge_countries(router.network, base.edges) & scenario.avoid
    shut += [f"{iso3} is excluded" for iso3 in sorted(entered)]
    shut += ["an area that you drew is closed"] * bool(scenario.areas)
    others = [
        *(router.chokepoint_name(item) for item in sorted(scenario.close)),
        *(f"not {iso3}" for iso3 in sorted(scenario.avoid)),
    ]
    told = "; ".join(shut) or f"with {', '.join(others)}"
    return f"no way is left by {modes}: {told}"
