"""
Turns raw line work into a small routable graph: merge near nodes, drop scraps, mend gaps, contract, densify.

Every step takes and returns :class:`Lines`; lengths are carried, never recomputed shorter.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from geo.distance import Floats, Ints, NearestNodes, geodesic_km, lon_step, wrap_lon


@dataclass(frozen=True, eq=False)
class Lines:
    """Undirected edges between points: degrees on WGS 84, kilometres along the mapped way."""

    lon: Floats
    lat: Floats
    tail: Ints
    head: Ints
    length_km: Floats

    def adjacency(self) -> csr_matrix:
        """Give the symmetric matrix of lengths; a zero length becomes a millimetre, or it would read as no edge."""
        weight = np.maximum(self.length_km, 1e-6)
        rows, cols = np.r_[self.tail, self.head], np.r_[self.head, self.tail]
        return csr_matrix((np.r_[weight, weight], (rows, cols)), shape=(len(self.lon), len(self.lon)))

    def with_edges(self, tail: Ints, head: Ints, length_km: Floats) -> "Lines":
        """Return a copy with more edges between the same points."""
        return replace(
            self,
            tail=np.r_[self.tail, tail],
            head=np.r_[self.head, head],
            length_km=np.r_[self.length_km, length_km],
        )


def simple(lines: Lines) -> Lines:
    """Keep the shortest of parallel edges, drop self-loops and points without an edge."""
    low, high = np.minimum(lines.tail, lines.head), np.maximum(lines.tail, lines.head)
    order = np.lexsort((lines.length_km, high, low))
    order = order[low[order] != high[order]]
    low, high, length = low[order], high[order], lines.length_km[order]
    first = np.r_[True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])][: len(low)]
    used, index = np.unique(np.r_[low[first], high[first]], return_inverse=True)
    tail, head = np.split(index, 2)
    return Lines(lines.lon[used], lines.lat[used], tail, head, length[first])


def merged(lines: Lines, *, grid_deg: float) -> Lines:
    """Merge the points of one grid cell into their mean: dual carriageways and yards become one line."""
    cell = np.round(np.column_stack((lines.lon, lines.lat)) / grid_deg).astype(np.int64)
    _, label = np.unique(cell, axis=0, return_inverse=True)
    count = np.bincount(label)
    lon, lat = np.bincount(label, lines.lon) / count, np.bincount(label, lines.lat) / count
    tail, head = label[lines.tail], label[lines.head]
    chord = geodesic_km(lon[tail], lat[tail], lon[head], lat[head])
    return simple(Lines(lon, lat, tail, head, np.maximum(lines.length_km, chord)))


def without_scraps(lines: Lines, *, least_km: float) -> Lines:
    """Drop components shorter than `least_km` in all: sidings and fragments that lead nowhere."""
    label = connected_components(lines.adjacency(), directed=False)[1]
    total = np.bincount(label[lines.tail], lines.length_km, minlength=label.max() + 1)
    keep = total[label[lines.tail]] >= least_km
    return simple(replace(lines, tail=lines.tail[keep], head=lines.head[keep], length_km=lines.length_km[keep]))


def joined(lines: Lines, *, gap_km: float) -> Lines:
    """Bridge gaps of at most `gap_km` between components, shortest first, one bridge a pair of components."""
    label = connected_components(lines.adjacency(), directed=False)[1]
    query, point, gap = NearestNodes(lines.lon, lines.lat).query(lines.lon, lines.lat, k=24, within_km=gap_km)
    apart = label[query] != label[point]
    query, point, gap = query[apart], point[apart], gap[apart]
    parent = np.arange(label.max() + 1)

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = int(parent[item])
        return item

    bridges = []
    for position in np.lexsort((point, query, gap)):
        a, b = root(int(label[query[position]])), root(int(label[point[position]]))
        if a != b:
            parent[a] = b
            bridges.append(position)
    return lines.with_edges(query[bridges], point[bridges], gap[bridges])


def closed_loops(lines: Lines, *, gap_km: float, detour: float) -> Lines:
    """Join a dead end to a point within `gap_km` when the way round by the network is over `detour` times the gap."""
    degree = np.bincount(np.r_[lines.tail, lines.head], minlength=len(lines.lon))
    ends = np.flatnonzero(degree == 1)
    query, point, gap = NearestNodes(lines.lon, lines.lat).query(
        lines.lon[ends], lines.lat[ends], k=12, within_km=gap_km
    )
    matrix = lines.adjacency()
    tails, heads, gaps = [], [], []
    for chunk in np.array_split(np.arange(len(ends)), max(1, len(ends) // 200)):
        reach = dijkstra(matrix, indices=ends[chunk], limit=gap_km * detour)
        here = (query >= chunk[0]) & (query <= chunk[-1]) & (gap > 0)
        far = reach[query[here] - chunk[0], point[here]] > detour * gap[here]
        end, other, width = query[here][far], point[here][far], gap[here][far]
        _, first = np.unique(end, return_index=True)  # the nearest point of each end
        tails.append(ends[end[first]])
        heads.append(other[first])
        gaps.append(width[first])
    return lines.with_edges(np.concatenate(tails), np.concatenate(heads), np.concatenate(gaps))


def densified(lines: Lines, *, step_km: float) -> Lines:
    """Cut edges longer than `step_km` into equal pieces, straight in longitude and latitude as they are drawn."""
    pieces = np.maximum(np.ceil(lines.length_km / step_km).astype(np.int64), 1)
    inner = pieces - 1
    edge = np.repeat(np.arange(len(pieces)), inner)
    rank = np.arange(len(edge)) - np.repeat(np.cumsum(inner) - inner, inner) + 1
    share = rank / pieces[edge]
    tail, head = lines.tail[edge], lines.head[edge]
    lon = wrap_lon(lines.lon[tail] + share * lon_step(lines.lon[tail], lines.lon[head]))
    lat = lines.lat[tail] + share * (lines.lat[head] - lines.lat[tail])
    new = len(lines.lon) + np.arange(len(edge))
    first, last = np.cumsum(inner) - inner, np.cumsum(inner) - 1
    long = inner > 0
    starts = np.r_[lines.tail[~long], lines.tail[long], new]
    after = np.r_[new[1:], 0] if len(new) else new
    ends_at = last[edge]
    following = np.where(np.arange(len(edge)) == ends_at, head, after)
    ends = np.r_[lines.head[~long], new[first[long]], following]
    length = lines.length_km / pieces
    return Lines(
        np.r_[lines.lon, lon],
        np.r_[lines.lat, lat],
        starts,
        ends,
        np.r_[length[~long], length[long], length[edge]],
    )


def contracted(lines: Lines, *, step_km: float) -> tuple[Lines, list[Ints]]:
    """
    Remove points of degree two, but keep one at least every `step_km`, so that a site can join the line near it.

    Returns
    -------
    lines, shapes
        The smaller graph, and for each of its edges the indices (into the points given) that it runs through.
    """
    matrix = lines.adjacency()
    degree = np.diff(matrix.indptr)
    keep = degree != 2  # noqa: PLR2004
    component = connected_components(matrix, directed=False)[1]
    rings = np.setdiff1d(component, component[keep])  # a ring has no end to start from: keep one of its points
    keep[[int(np.flatnonzero(component == ring)[0]) for ring in rings]] = True
    starts = np.flatnonzero(keep)
    shapes: list[list[int]] = []
    lengths: list[float] = []
    walked: set[tuple[int, int]] = set()
    indptr, indices, data = matrix.indptr, matrix.indices, matrix.data
    for start in starts:
        for slot in range(indptr[start], indptr[start + 1]):
            if (int(start), int(indices[slot])) in walked:
                continue
            shape, length, before, here = [int(start)], 0.0, int(start), int(indices[slot])
            step = float(data[slot])
            while True:
                if length and length + step > step_km:
                    shapes.append(shape)
                    lengths.append(length)
                    shape, length = [before], 0.0
                shape.append(here)
                length += step
                if keep[here]:
                    break
                left, right = indptr[here], indptr[here] + 1
                onward = right if indices[left] == before else left
                before, here, step = here, int(indices[onward]), float(data[onward])
            walked.add((here, before))
            shapes.append(shape)
            lengths.append(length)
    ends = np.array([(shape[0], shape[-1]) for shape in shapes])
    used, index = np.unique(ends, return_inverse=True)
    tail, head = index.reshape(-1, 2).T
    return Lines(lines.lon[used], lines.lat[used], tail, head, np.array(lengths)), [np.array(s) for s in shapes]
