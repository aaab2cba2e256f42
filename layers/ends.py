"""How a route joins its two ends: by a straight stretch, or along roads that someone handed in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from geo.network import ROUTED_ACCESS, Mode, Network
from geo.ways import LEG_MODES, Way


@dataclass(frozen=True, eq=False)
class RoutedAccess:
    """
    A network whose site is joined by roads where they reach.

    Attributes
    ----------
    network
        As before, but for the stretches that were routed.
    source, source_sha256
        The file (or service) of the roads and its checksum.
    reasons
        By edge: why it stays straight.
    """

    network: Network
    source: str
    source_sha256: str | None
    reasons: dict[int, str]


RoadsFor = Callable[[Network, str], RoutedAccess]
"""Routes the stretches of one site; see `layers.access`."""


def access_told(network: Network, way: Way | None, end: int, routed: RoutedAccess | None) -> dict[str, Any] | None:
    """
    Say how a way joins its first (`end` 0) or last (-1) site: `routed` or `straight`, how long, from which file.

    Returns
    -------
    told
        `kind, length_km, source, source_sha256, reason`; null where there is no way or it ends in a port.
    """
    if way is None:
        return None
    edge = int(way.edges[end])
    mode = Mode(int(network.columns.mode[edge]))
    if mode in ROUTED_ACCESS and routed is not None:
        kind = {"kind": "routed", "source": routed.source, "source_sha256": routed.source_sha256, "reason": None}
    else:
        off_road = "a siding is no road" if LEG_MODES[mode] == "access" else "it loads at sea at once"
        reason = "no roads were given" if routed is None else routed.reasons.get(edge, off_road)
        kind = {"kind": "straight", "source": None, "source_sha256": None, "reason": reason}
    return {"length_km": round(float(network.columns.length_km[edge]), 3), **kind}
