r"""
Which least-cost pairs pass which chokepoint or port, and how long they take, without walking a single path.

A pair (o, d) passes the edge (x, y) of weight w exactly when ``dist(o, x) + w + dist(y, d) = dist(o, d)``, and the
port p when ``dist(o, p) + dist(p, d) = dist(o, d)``: matrices to and from the few gate edges and the ports answer for
every pair at once. The weights of the hierarchy are whole numbers, so the test is exact in them. Where several ways
cost the same, a pair counts as passing whatever *one* of them passes: a tie errs on the side of exposure.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from geo.distance import Floats, Ints
from geo.network import arcs
from geo.router import Cargo, Router
from geo.routing import Metric
from geo.scenarios import Scenario

Flags = npt.NDArray[np.bool_]
VALUE_STEP: Final = 0.05
"""Rise of the cargo's value that reveals the time: well above the rounding of the weights, too small to turn ways."""
_HALF: Final = 0.5
_RELATIVE: Final = 1e-9  # sums of doubles, where the engine has no whole weights


def least_cost(router: Router, scenario: Scenario, cargo: Cargo, sources: list[str], targets: list[str]) -> Floats:
    """Give the least generalized cost of every pair of sites, USD per gross tonne; infinite where stranded."""
    return router.metric(scenario, cargo).matrix(*_ends(router, sources, targets))


def exposure(
    router: Router, scenario: Scenario, cargo: Cargo, sources: list[str], targets: list[str]
) -> dict[str, Flags]:
    """
    Say for every pair of sites which chokepoints its least-cost way passes.

    Parameters
    ----------
    router, scenario, cargo
        As in :func:`geo.ways.trace`.
    sources, targets
        Site ids.

    Returns
    -------
    passes
        By chokepoint (those passed by some pair): a matrix, a row a source and a column a target. Stranded pairs
        pass nothing.
    """
    network = router.network
    leave, arrive = _ends(router, sources, targets)
    metric = router.metric(scenario, cargo)
    least = metric.matrix(leave, arrive)
    tail, head, weight, bits = _gates(router, scenario, cargo, metric)
    before, after = _before(metric, leave, tail), _after(metric, arrive, head)
    found: dict[str, Flags] = {}
    for place in range(len(tail)):
        on = _equal(before[:, [place]] + weight[place] + after[[place], :], least, metric)
        if on.any():
            for name in network.names(int(bits[place])):
                found[name] = found.get(name, np.zeros_like(on)) | on
    return found


def port_exposure(
    router: Router, scenario: Scenario, cargo: Cargo, sources: list[str], targets: list[str]
) -> dict[str, Flags]:
    """
    Say for every pair of sites which ports its least-cost way passes; as :func:`exposure`.

    Ports that two sites of one place stand at are passed too: every node of kind port on the way counts.
    """
    leave, arrive = _ends(router, sources, targets)
    nodes = np.unique(router.network.ports["node"].to_numpy(np.int64))
    metric = router.metric(scenario, cargo)
    least = metric.matrix(leave, arrive)
    before, after = metric.matrix(leave, nodes), metric.matrix(nodes, arrive)
    reached = np.flatnonzero(np.isfinite(before).any(axis=0) & np.isfinite(after).any(axis=1))
    found: dict[str, Flags] = {}
    for place in reached:
        on = _equal(before[:, [place]] + after[[place], :], least, metric)
        if on.any():
            found[str(router.port_ids[int(nodes[place])])] = on
    return found


def least_time_h(router: Router, scenario: Scenario, cargo: Cargo, sources: list[str], targets: list[str]) -> Floats:
    r"""
    Give the hours of the least-cost way of every pair; infinite where stranded.

    By the envelope theorem :math:`\partial c / \partial V = h \, i / 8760`: the least cost at a value of the cargo
    a little higher, less the least cost, tells the time. Where the dearer cargo would take another way the answer
    lies between the hours of both.
    """
    dearer = Cargo(cargo.value_usd_t * (1 + VALUE_STEP), cargo.vessel, cargo.objective)
    least = least_cost(router, scenario, cargo, sources, targets)
    with np.errstate(invalid="ignore"):  # infinite less infinite: stranded, put back below
        rise = least_cost(router, scenario, dearer, sources, targets) - least
    hour = router.impedance(cargo.vessel).carrying_usd_t(cargo.value_usd_t * VALUE_STEP, 1.0)
    return np.where(np.isfinite(least), np.maximum(rise, 0.0) / hour, np.inf)


def _ends(router: Router, sources: list[str], targets: list[str]) -> tuple[Ints, Ints]:
    """Give the nodes to leave from and arrive at."""
    sites = router.network.sites
    return sites.loc[sources, "leave"].to_numpy(np.int64), sites.loc[targets, "arrive"].to_numpy(np.int64)


def _gates(
    router: Router, scenario: Scenario, cargo: Cargo, metric: Metric
) -> tuple[Ints, Ints, Floats, npt.NDArray[np.uint64]]:
    """List the open arcs that carry a chokepoint: tail, head, weight as the metric sees it, bits."""
    network = router.network
    tail, head, edge = arcs(network)
    bits = network.columns.chokepoints[edge]
    rows = np.flatnonzero((bits != 0) & ~router.shut(scenario, cargo.vessel)[edge])
    cost = router.edge_cost(cargo)[edge[rows]]
    step = metric.step_usd_t
    weight = np.round(cost / step) * step if step else cost
    return tail[rows], head[rows], weight, bits[rows]


def _before(metric: Metric, leave: Ints, nodes: Ints) -> Floats:
    """Give the cost from each source to each node; nothing where the node is the source itself."""
    unique, place = np.unique(nodes, return_inverse=True)
    found = metric.matrix(leave, unique)
    found[leave[:, None] == unique[None, :]] = 0.0
    return found[:, place]


def _after(metric: Metric, arrive: Ints, nodes: Ints) -> Floats:
    """Give the cost from each node to each target; nothing where the node is the target itself."""
    unique, place = np.unique(nodes, return_inverse=True)
    found = metric.matrix(unique, arrive)
    found[unique[:, None] == arrive[None, :]] = 0.0
    return found[place, :]


def _equal(through: Floats, least: Floats, metric: Metric) -> Flags:
    """Compare two costs in the metric's own grain."""
    room = metric.step_usd_t * _HALF if metric.step_usd_t else _RELATIVE * np.where(np.isfinite(least), least, 0.0)
    with np.errstate(invalid="ignore"):  # infinite less infinite is no match
        return np.isfinite(least) & (np.abs(through - least) <= room)
