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
from geo.router import Cargo, Router
from geo.routing import Metric
from geo.scenarios import Scenario
from geo.shortcuts import kernels

Flags = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint64]
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
    network, metric = router.network, router.metric(scenario, cargo)
    leave, arrive = _ends(router, sources, targets)
    tail, head, weight, bits = _gates(router, scenario, cargo, metric)
    nodes, ends = np.unique(np.r_[tail, head], return_inverse=True)
    costs = _costs(metric, leave, arrive, nodes)
    passed = _passed(costs, (ends[: len(tail)], ends[len(tail) :], weight, bits), metric)
    bit_of = {name: network.bits({name}) for name in network.names(int(np.bitwise_or.reduce(passed, axis=None)))}
    return {name: (passed & bit) != 0 for name, bit in bit_of.items()}


def _costs(metric: Metric, leave: Ints, arrive: Ints, nodes: Ints) -> tuple[Floats, Floats, Floats]:
    """Give the costs from sources to nodes, from nodes to targets, and from sources to targets."""
    if 2 * min(len(leave), len(arrive)) > len(nodes):  # all at once: a sweep passes each arc once for all who ask
        every = metric.matrix(np.r_[leave, nodes], np.r_[arrive, nodes])
        outward, after = every[: len(leave)], every[len(leave) :, : len(arrive)]
    else:
        outward, after = metric.matrix(leave, np.r_[arrive, nodes]), metric.matrix(nodes, arrive)
    least, before = outward[:, : len(arrive)], outward[:, len(arrive) :]
    before[leave[:, None] == nodes[None, :]] = 0.0  # nothing where the node is the end itself
    after[nodes[:, None] == arrive[None, :]] = 0.0
    return before, after, least


def _passed(costs: tuple[Floats, Floats, Floats], gates: tuple[Ints, Ints, Floats, Bits], metric: Metric) -> Bits:
    """Give for each pair the bits of the gates on its least-cost ways; costs are to, from, and past every gate."""
    before, after, least = costs
    tail, head, weight, bits = gates
    passed = np.zeros(least.shape, dtype=np.uint64)
    loops, step = kernels(), metric.step_usd_t
    if loops and step:
        reached = np.where(np.isfinite(least), least, np.nan)  # null equals nothing
        whole = [np.ascontiguousarray(np.rint(part / step)) for part in (before, after, reached, weight)]
        loops.passes(*whole[:3], tail, head, whole[3], bits, passed)
        return passed
    for place in range(len(tail)):
        through = before[:, [tail[place]]] + weight[place] + after[[head[place]], :]
        passed[_equal(through, least, metric)] |= bits[place]
    return passed


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


def _gates(router: Router, scenario: Scenario, cargo: Cargo, metric: Metric) -> tuple[Ints, Ints, Floats, Bits]:
    """List the open arcs that carry a chokepoint: tail, head, cost as the metric sees it, bits."""
    topology, bits = router.topology, router.network.columns.chokepoints
    arcs = topology.arcs_of(np.flatnonzero((bits != 0) & ~router.shut(scenario, cargo.vessel)))
    return topology.tail[arcs], topology.head[arcs], metric.cost(arcs), bits[topology.edge[arcs]]


def _equal(through: Floats, least: Floats, metric: Metric) -> Flags:
    """Compare two costs in the metric's own grain."""
    room = metric.step_usd_t * _HALF if metric.step_usd_t else _RELATIVE * np.where(np.isfinite(least), least, 0.0)
    with np.errstate(invalid="ignore"):  # infinite less infinite is no match
        return np.isfinite(least) & (np.abs(through - least) <= room)
