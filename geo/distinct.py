"""
Which corridors truly differ: another signature, and little of the way in common.

Two corridors are distinct when their signatures differ and the length they share is at most 0.8 of the shorter
(METHODS, after Chondrogiannis et al. 2020). Of those that are not, the cheaper stays and counts the others. Shared
length is held against corridors whose facilities lie in the same countries only: most of any corridor is one ocean,
and a plant in another country is an alternative however it ships.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Final, Protocol, TypeVar

import numpy as np
from scipy.sparse import csr_matrix

from geo.distance import Floats, Ints, NearestNodes
from geo.ways import Way

OVERLAP: Final = 0.8
CLUSTER_KM: Final = 100.0  # ports this near serve the same coast


class Traced(Protocol):
    """Anything with ways."""

    @property
    def ways(self) -> Sequence[Way]:
        """The ways in order of travel."""
        ...


Item = TypeVar("Item", bound=Traced)


def distinct(
    items: Sequence[Item],
    *,
    cost: Callable[[Item], float],
    signature: Callable[[Item], Hashable],
    countries: Callable[[Item], Hashable],
    edge_km: Floats,
    overlap: float = OVERLAP,
) -> tuple[list[Item], list[int]]:
    """
    Keep the distinct ones, cheapest first.

    Parameters
    ----------
    items
        Corridors, each with `ways`.
    cost, signature, countries
        What orders them; what must differ; where their facilities lie.
    edge_km
        Length of each edge of the network.
    overlap
        The most that two may share, of the length of the shorter.

    Returns
    -------
    kept, similar
        The distinct ones, and how many others each stands for.
    """
    ordered = sorted(items, key=cost)
    shared = overlaps([item.ways for item in ordered], edge_km)
    places = [countries(item) for item in ordered]
    kept: list[int] = []
    similar: dict[int, int] = {}
    seen: dict[Hashable, int] = {}
    for place, item in enumerate(ordered):
        name = signature(item)
        peers = [other for other in kept if places[other] == places[place]]
        nearest = max(peers, key=lambda other: shared[place, other], default=None)
        twin = seen.get(name)
        if twin is None and nearest is not None and shared[place, nearest] > overlap:
            twin = nearest
        if twin is not None:
            similar[twin] += 1
            continue
        kept.append(place)
        similar[place] = 0
        seen[name] = place
    return [ordered[place] for place in kept], [similar[place] for place in kept]


def overlaps(paths: Sequence[Sequence[Way]], edge_km: Floats) -> Floats:
    """Give the length that each pair of corridors shares, over the length of the shorter."""
    edges = [np.unique(np.concatenate([way.edges for way in ways])) if ways else np.empty(0, int) for ways in paths]
    rows = np.repeat(np.arange(len(edges)), [len(each) for each in edges])
    columns: Ints = np.concatenate(edges) if edges else np.empty(0, int)
    used = csr_matrix((np.ones(len(columns)), (rows, columns)), shape=(len(edges), len(edge_km)))
    weighed = used.multiply(edge_km[None, :]).tocsr()
    shared = np.asarray((weighed @ used.T).todense())
    length = np.maximum(shared.diagonal(), 1e-9)
    return shared / np.minimum(length[:, None], length[None, :])


def port_clusters(
    port_ids: Sequence[str], lon: Floats, lat: Floats, *, within_km: float = CLUSTER_KM
) -> dict[str, str]:
    """
    Group ports into places: each joins the first port before it in the list that is within reach and leads a group.

    Returns
    -------
    cluster
        The leading port of each port.
    """
    query, point, _ = NearestNodes(lon, lat).query(lon, lat, k=60, within_km=within_km)
    near: dict[int, list[int]] = {}
    for here, there in zip(query.tolist(), point.tolist(), strict=True):
        near.setdefault(here, []).append(there)
    leader: dict[int, int] = {}
    for port in range(len(port_ids)):
        heads = [other for other in near.get(port, []) if leader.get(other) == other]
        leader[port] = min(heads, default=port)
    return {port_ids[port]: port_ids[head] for port, head in leader.items()}
