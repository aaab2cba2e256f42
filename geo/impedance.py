r"""
What it costs, how long it takes and what it emits to move one tonne along each edge.

.. math:: c_e = r_e d_e + H_e + K_e + B_e + V \frac{i}{8760} h_e

with freight :math:`r d`, handling and transfers :math:`H`, canal tolls :math:`K`, borders and breaks of gauge
:math:`B`, and the time :math:`h` (under way, in port, at borders, in canal queues) at the carrying cost of a cargo
worth :math:`V`. Emissions are well-to-wheel factors times distance. Every rate comes from a table; this module holds
none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.distance import Floats, Ints
from geo.network import ROUTED_ACCESS, STRAIGHT_ACCESS, Mode, Network

HOURS_PER_YEAR: Final = 8760.0
WORLD: Final = "world"
# what part of a rail-road transfer each kind of edge holds: a port and its train or lorry share one between them
_TRANSFER_SHARE: Final = {
    Mode.PORT_RAIL: 0.5, Mode.PORT_ROAD: 0.5, Mode.TRANSFER: 1.0, Mode.ACCESS_RAIL: 1.0, Mode.ACCESS_RAIL_ROUTED: 1.0,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rates:
    """
    The tables that price an edge.

    Attributes
    ----------
    impedance
        ``(mode, parameter, region) -> value`` (units in :file:`data/impedance.csv`).
    vessels
        Indexed by vessel class: `cost_usd_tkm, speed_km_h, co2e_kg_tkm`, `barred` (tuple of chokepoint ids).
    tolls
        Indexed by chokepoint id: `toll_usd_t`, `toll_container_usd_t`, `transit_wait_h`; null where none is charged.
    countries
        Indexed by ISO code: `freight_region, customs_union, rail_gauge_mm`.
    closed_borders
        Pairs of ISO codes that goods cannot cross.
    """

    impedance: Mapping[tuple[str, str, str], float]
    vessels: pd.DataFrame
    tolls: pd.DataFrame
    countries: pd.DataFrame
    closed_borders: frozenset[frozenset[str]]

    def rate(self, mode: str, parameter: str, region: str = WORLD) -> float:
        """Look a rate up, the world's where a region has none. A rate that is nowhere is an error, never zero."""
        for name in (region, WORLD):
            if (mode, parameter, name) in self.impedance:
                return self.impedance[mode, parameter, name]
        msg = f"no rate for mode {mode!r}, parameter {parameter!r}, region {region!r}"
        raise KeyError(msg)


@dataclass(frozen=True, eq=False)
class Impedance:
    """Per edge, for one tonne: USD, hours and kg CO2e; the carrying cost comes with the cargo."""

    money_usd_t: Floats
    time_h: Floats
    wait_h: Floats
    """The part of `time_h` spent waiting: in port, at borders, in transfers. It scatters; sailing hardly does."""
    co2e_kg_t: Floats
    carrying_rate_yr: float
    wait_p95_ratio: float
    """95th percentile of a wait over its median."""

    def carrying_usd_t(self, value_usd_t: float, hours: float) -> float:
        """Price the time of a cargo under way: capital, storage and insurance."""
        return value_usd_t * self.carrying_rate_yr / HOURS_PER_YEAR * hours

    def generalized_cost(self, value_usd_t: float) -> Floats:
        """Price each edge in USD/t for a cargo worth `value_usd_t`."""
        return self.money_usd_t + self.carrying_usd_t(value_usd_t, 1.0) * self.time_h


def impedance(network: Network, rates: Rates, *, vessel: str) -> Impedance:
    """
    Price every edge of a network for a class of vessel.

    Parameters
    ----------
    network
        Read: `mode, length_km, chokepoints` of edges, `country` of nodes.
    rates
        The tables.
    vessel
        A class in ``rates.vessels``; it sets the sea rates, speed, tolls and whether ports handle bulk or boxes.

    Returns
    -------
    Impedance
        On the rows of ``network.edges``.
    """
    columns = network.columns
    names, region = _regions(network, rates)
    pair = columns.mode * len(names) + region  # a price a pair of mode and region, looked up an edge
    prices = np.zeros((len(Mode) * len(names), len(_Price._fields)))
    sailing = _sailing(rates, vessel)
    for code in np.flatnonzero(np.bincount(pair, minlength=len(prices))).tolist():
        prices[code] = _price(Mode(code // len(names)), names[code % len(names)], rates, sailing)
    usd_km, h_km, kg_km, usd, waiting = (column[pair] for column in np.ascontiguousarray(prices.T))
    length = columns.length_km
    money, moving, co2e = usd_km * length + usd, h_km * length, kg_km * length
    _add_tolls(network, rates, vessel, money, waiting)
    _add_borders(network, rates, money, waiting)
    ratio = rates.rate("all", "p95_over_median")
    return Impedance(money, moving + waiting, waiting, co2e, rates.rate("inventory", "carrying_rate_yr"), ratio)


def _regions(network: Network, rates: Rates) -> tuple[list[str], Ints]:
    """Name the freight regions, and give that of each edge: where its land end lies."""
    regions = rates.countries["freight_region"].reindex(network.iso3).fillna(WORLD)
    codes, names = pd.factorize(regions)
    names, codes = [*names, WORLD], np.append(codes, len(names))  # the last entry answers for -1, the sea
    columns = network.columns
    tail, head = columns.country[columns.tail], columns.country[columns.head]
    return names, codes[np.where(tail >= 0, tail, head)]


class _Price(NamedTuple):
    """What an edge costs, per km and once."""

    usd_km: float
    h_km: float
    kg_km: float
    usd: float = 0.0
    h: float = 0.0


class _Sailing(NamedTuple):
    """A class of vessel: what sailing costs, and what its ports handle."""

    price: _Price
    cargo: str


def _sailing(rates: Rates, vessel: str) -> _Sailing:
    """Price a class of vessel."""
    ship = rates.vessels.loc[vessel]
    price = _Price(float(ship["cost_usd_tkm"]), 1 / float(ship["speed_km_h"]), float(ship["co2e_kg_tkm"]))
    return _Sailing(price, "container" if vessel == "container" else "bulk")


def _price(mode: Mode, region: str, rates: Rates, sailing: _Sailing) -> _Price:
    """Price one mode in one region."""
    if mode == Mode.SEA:
        return sailing.price
    if mode == Mode.PORT_SEA:
        dwell_h = rates.rate("port", "dwell_h", region) + rates.rate("port", "ship_time_h", sailing.cargo)
        return sailing.price._replace(usd=rates.rate("port", "handling_usd_t", sailing.cargo), h=dwell_h)
    line = {Mode.RAIL: "rail", Mode.PORT_RAIL: "rail", Mode.FERRY: "ferry"}.get(mode, "road")
    usd_km, h_km = rates.rate(line, "freight_usd_tkm", region), 1 / rates.rate(line, "speed_km_h", region)
    kg_km = rates.rate(line, "co2e_kg_tkm", region)
    if mode in (Mode.RAIL, Mode.ROAD, Mode.FERRY):
        return _Price(usd_km, h_km, kg_km)
    if mode in STRAIGHT_ACCESS + ROUTED_ACCESS:
        usd_km, h_km = usd_km * rates.rate("access", "freight_factor"), 1 / rates.rate("access", "speed_km_h")
    # a routed stretch has the length of its road; any other is straight
    circuity = 1.0 if mode in ROUTED_ACCESS else rates.rate("access", "circuity")
    share = _TRANSFER_SHARE.get(mode, 0.0)
    once = (share * rates.rate("transfer", "rail_road_usd_t"), share * rates.rate("transfer", "rail_road_h"))
    return _Price(usd_km * circuity, h_km * circuity, kg_km * circuity, *once)


def _add_tolls(network: Network, rates: Rates, vessel: str, money: Floats, hours: Floats) -> None:
    """Charge the toll and the wait of each chokepoint on the edges that pass it."""
    marked = network.marked
    bits = network.columns.chokepoints[marked]
    container = rates.tolls["toll_container_usd_t"] if vessel == "container" else rates.tolls["toll_usd_t"]
    toll = container.fillna(rates.tolls["toll_usd_t"])
    for place, item in enumerate(network.chokepoints):
        rows = marked[np.flatnonzero(bits >> np.uint64(place) & np.uint64(1))]
        if item in toll.index and len(rows):
            money[rows] += np.nan_to_num(float(toll[item]))  # an empty cell says that no toll is charged
            hours[rows] += np.nan_to_num(float(rates.tolls["transit_wait_h"][item])) * _once(network, rows)


def _once(network: Network, rows: Ints) -> Floats:
    """Spread what a ferry charges once over the edges of its crossing, by length; any other passage is one edge."""
    ferry = network.columns.mode[rows] == Mode.FERRY
    if not ferry.any():
        return np.ones(len(rows))
    length = pd.Series(network.edges["length_km"].to_numpy()[rows])
    crossing = length.groupby(network.columns.link[rows]).transform("sum")
    return np.where(ferry, (length / crossing).to_numpy(float), 1.0)


def _add_borders(network: Network, rates: Rates, money: Floats, hours: Floats) -> None:
    """Charge each border crossing by mode and customs union, and each break of gauge."""
    crossings = network.crossings
    if not crossings.kinds:
        return
    union, gauge = rates.countries["customs_union"].to_dict(), rates.countries["rail_gauge_mm"].to_dict()
    charge = np.array([_border(kind, rates, union, gauge) for kind in crossings.kinds])[crossings.kind]
    money[crossings.edge] += charge[:, 0]
    hours[crossings.edge] += np.where(_has_wait(network, rates, crossings.edge), 0.0, charge[:, 1])


def _border(
    kind: tuple[bool, str, str], rates: Rates, union: Mapping[str, Any], gauge: Mapping[str, Any]
) -> tuple[float, float]:
    """Price a crossing: USD/t and hours."""
    by_rail, left, right = kind
    mode = "border_rail" if by_rail else "border_road"
    shared = union.get(left) if isinstance(union.get(left), str) and union.get(left) == union.get(right) else WORLD
    usd, wait = rates.rate(mode, "usd_t", str(shared)), rates.rate(mode, "hours", str(shared))
    known = pd.notna(gauge.get(left)) and pd.notna(gauge.get(right))
    if by_rail and known and gauge[left] != gauge[right]:
        return usd + rates.rate("gauge", "usd_t"), wait + rates.rate("gauge", "hours")
    return usd, wait


def _has_wait(network: Network, rates: Rates, edges: Ints) -> npt.NDArray[np.bool_]:
    """Tell which crossings pass a post whose own wait is known: it stands in for the default."""
    waits = rates.tolls["transit_wait_h"].reindex(network.chokepoints).fillna(0.0).to_numpy() > 0
    known = np.uint64(sum(1 << place for place in np.flatnonzero(waits)))
    return (network.columns.chokepoints[edges] & known) != 0


def closed_edges(
    network: Network, rates: Rates, *, closed: frozenset[str], avoid: frozenset[str]
) -> npt.NDArray[np.bool_]:
    """
    Mark the edges that pass a closed chokepoint, touch an avoided country or cross a closed border.

    An exclusion holds for every edge of a path: an edge carries each country that it runs through, not only those of
    its ends. A canal belongs to the countries that control it.

    Returns
    -------
    shut
        One flag an edge.
    """
    shut = named_edges(network, closed=closed, avoid=avoid)
    crossings = network.crossings
    barred = np.array([frozenset(kind[1:]) in rates.closed_borders for kind in crossings.kinds], dtype=bool)
    shut[crossings.edge[barred[crossings.kind]]] = True
    return shut


def named_edges(network: Network, *, closed: frozenset[str], avoid: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Mark the edges that pass a closed chokepoint or touch an avoided country: what a scenario changes each time."""
    columns = network.columns
    shut = np.zeros(len(columns.mode), dtype=bool)
    shut[network.passing(closed)] = True
    if avoid:
        codes = [place for place, iso3 in enumerate(network.iso3) if iso3 in avoid]
        away = np.isin(columns.country, codes)
        shut |= away[columns.tail] | away[columns.head]
        shut[network.passed.loc[network.passed["country"].isin(codes), "edge"]] = True
    return shut
