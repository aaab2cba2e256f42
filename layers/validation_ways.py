"""
Our ways beside published ones: distances, and the days and costs of corridors that others have measured.

Every row uses the product's own defaults: the way of least generalized cost for a cargo of average value on the default
ship, lanes alone for a sea distance, railways and roads for an inland one. Nothing is fitted to a row.
"""

from functools import lru_cache
from typing import Any, Final, NamedTuple

import pandas as pd

from geo.network import Kind
from geo.router import DEFAULT_VESSEL, Cargo, Router
from geo.scenarios import Scenario
from geo.sites import with_sites
from geo.ways import Way, trace
from layers.catalog import read_table
from layers.parameters import rate
from layers.transport import network, rates

COLUMNS: Final = (
    "quantity", "origin", "destination", "closed", "published", "unit", "ours", "difference_pct", "tolerance_pct",
    "passes", "source",
)  # fmt: skip
BENCHMARK_COLUMNS: Final = (
    "corridor", "metric", "published", "low", "high", "unit", "ours", "passes", "detour", "source",
)  # fmt: skip
BENCHMARK_TOLERANCE: Final = 0.2  # where a benchmark has no range of its own: that of the inland distances
_LAND: Final = frozenset({"rail", "road"})
_SEA: Final = frozenset({"sea"})


class _Run(NamedTuple):
    """How a benchmark is computed: between which places, and against which second run, if it is a difference."""

    origin: str
    destination: str
    modes: frozenset[str]
    vessel: str = DEFAULT_VESSEL
    close: frozenset[str] = frozenset()
    base_close: frozenset[str] | None = None  # ours is this run less the one with these closed
    avoid: frozenset[str] = frozenset()


_ROAD: Final = frozenset({"road"})
_RAIL: Final = frozenset({"rail"})
_SUEZ: Final = frozenset({"suez"})
_VIA_CAPE: Final = frozenset({"suez", "panama"})
_MIDDLE: Final = _Run("khorgos", "Constanta", _LAND | _SEA, avoid=frozenset({"RUS", "IRN", "CHN"}))
_CAPE_DETOUR: Final = _Run("Shanghai", "Rotterdam", _SEA, close=_VIA_CAPE, base_close=frozenset())
# A benchmark is left out where it is no route of ours: shares, traffic counts, rates, losses, whole supply chains.
_RUNS: Final = {
    ("Kolwezi-Lobito rail", "transit time"): _Run("Kolwezi", "Lobito", _RAIL),
    ("Kolwezi-Lobito rail", "distance"): _Run("Kolwezi", "Lobito", _RAIL),
    ("Kolwezi-Dar es Salaam", "transit time"): _Run("Kolwezi", "DaresSalaam", _ROAD),
    ("Kolwezi-Durban road", "transit time"): _Run("Kolwezi", "Durban", _ROAD),
    ("Kolwezi-Durban road", "distance"): _Run("Kolwezi", "Durban", _ROAD),
    ("Solwezi-Walvis Bay road", "cost"): _Run("F0640", "Walvis", _ROAD),
    ("Solwezi-Walvis Bay road", "transit time"): _Run("F0640", "Walvis", _ROAD),
    ("Solwezi-Walvis Bay road", "distance"): _Run("F0640", "Walvis", _ROAD),
    ("Solwezi-Dar es Salaam road", "cost"): _Run("F0640", "DaresSalaam", _ROAD),
    ("Solwezi-Dar es Salaam road", "transit time"): _Run("F0640", "DaresSalaam", _ROAD),
    ("Solwezi-Dar es Salaam road", "distance"): _Run("F0640", "DaresSalaam", _ROAD),
    ("Lubumbashi-Dar es Salaam road", "transit time"): _Run("F0886", "DaresSalaam", _ROAD),
    ("Lubumbashi-Dar es Salaam road", "distance"): _Run("F0886", "DaresSalaam", _ROAD),
    ("Middle Corridor China border-Constanta", "transit time"): _MIDDLE,
    ("TITR to Poti", "transit time"): _MIDDLE._replace(destination="Poti", modes=_LAND),
    ("Kazakhstan-Baku (TITR)", "transit time"): _MIDDLE._replace(destination="Baku", modes=_LAND),
    ("Sea China-N Europe via Cape", "transit time"): _Run("CNSHA", "NLRTM", _SEA, "container", _VIA_CAPE),
    ("Asia-NW Europe Cape vs Suez", "extra time"): _CAPE_DETOUR._replace(vessel="container"),
    ("Asia-NW Europe Cape vs Suez", "extra distance"): _CAPE_DETOUR,
    ("Singapore-Rotterdam Suez saving", "time"): _CAPE_DETOUR._replace(origin="Singapore", vessel="container"),
    ("Mumbai-Houston via Suez", "distance"): _Run("Mumbai", "Houston", _SEA),
    ("Mumbai-Houston via Cape", "distance"): _Run("Mumbai", "Houston", _SEA, close=_SUEZ),
    ("Paradip-Houston via Suez", "distance"): _Run("INPRT", "Houston", _SEA, close=frozenset({"panama"})),
    ("Paradip-Houston via Cape", "distance"): _Run("INPRT", "Houston", _SEA, close=_VIA_CAPE),
    ("Tubarao-Qingdao iron ore", "freight"): _Run("Tubarao", "Qingdao", _SEA, "capesize"),
    ("Port Hedland-Qingdao iron ore", "freight"): _Run("PortHedland", "Qingdao", _SEA, "capesize"),
}


@lru_cache(maxsize=1)
def _places() -> pd.DataFrame:
    """Give where each named place lies: published points, and the ports, facilities and posts that the runs name."""
    table = read_table("published_distances")
    ends = [
        table[[f"{end}", f"{end}_lon", f"{end}_lat"]].set_axis(["site_id", "lon", "lat"], axis=1)
        for end in ("origin", "dest")
    ]
    for name, key in (("ports", "port_id"), ("facilities", "facility_id"), ("chokepoints", "chokepoint_id")):
        ends.append(read_table(name)[[key, "lon", "lat"]].rename(columns={key: "site_id"}))
    named = {place for run in _RUNS.values() for place in (run.origin, run.destination)}
    places = pd.concat(ends).drop_duplicates("site_id").set_index("site_id")
    wanted = named.union(table["origin"], table["dest"])
    return places[places.index.isin(wanted)].assign(country=-1)


@lru_cache(maxsize=2)
def _router(modes: frozenset[str]) -> Router:
    """Join every place to the lanes alone, to the land alone, or to both."""
    kinds = {"sea": (Kind.SEA,), "land": (Kind.RAIL, Kind.ROAD)}
    joined = kinds["sea"] if modes == _SEA else kinds["land"]
    table = read_table("chokepoints").set_index("chokepoint_id")
    return Router(with_sites(network(), _places(), kinds=joined), rates(), table)


def _way(run: _Run, close: frozenset[str]) -> Way | None:
    """Trace one run."""
    router = _router(_SEA if run.modes == _SEA else _LAND)
    scenario = Scenario.model_validate({"close": close, "avoid": run.avoid, "modes": run.modes})
    cargo = Cargo(float(rate("inventory", "cargo_value_usd_t")["value"]), run.vessel)
    return trace(router, scenario, cargo, origin=run.origin, destination=run.destination)


def published_table() -> pd.DataFrame:
    """
    Measure every row of `data/published_distances.csv`.

    Returns
    -------
    table
        `COLUMNS`; `ours` in the row's `unit`, null where no way is found (which fails the row);
        ``difference_pct = 100 (ours / published - 1)``.
    """
    table = read_table("published_distances").rename(columns={"dest": "destination", "value": "published"})
    table["closed"] = table["closed"].fillna("")
    table["ours"] = [_published_length(row) for row in table.itertuples()]
    table["difference_pct"] = 100 * (table["ours"] / table["published"] - 1)
    table["passes"] = table["difference_pct"].abs() <= table["tolerance_pct"]  # null compares as a miss
    return table[list(COLUMNS)]


def _published_length(row: Any) -> float:
    """Measure one published distance in its own unit; null where there is no way."""
    modes = _SEA if row.quantity == "sea_distance" else _LAND
    way = _way(_Run(row.origin, row.destination, modes), frozenset(filter(None, row.closed.split(";"))))
    if way is None:
        return float("nan")
    return way.length_nm if row.unit == "nm" else way.length_km


def benchmark_table() -> pd.DataFrame:
    """
    Compute every row of `data/benchmarks.csv` that is a route of ours.

    Returns
    -------
    table
        `BENCHMARK_COLUMNS`; `ours` in the row's unit. A row passes within its published range, or within 20 % of its
        value where none is published.
    """
    table = read_table("benchmarks").rename(columns={"value": "published"})
    runs = [_RUNS.get(key) for key in zip(table["corridor"], table["metric"], strict=True)]
    table["ours"] = [
        float("nan") if run is None else _measured(run, unit) for run, unit in zip(runs, table["unit"], strict=True)
    ]
    low = table["low"].fillna((1 - BENCHMARK_TOLERANCE) * table["published"])
    high = table["high"].fillna((1 + BENCHMARK_TOLERANCE) * table["published"])
    table["passes"] = table["ours"].between(low, high)
    table["detour"] = [run is not None and (run.base_close is not None or bool(run.close)) for run in runs]
    ours = [run is not None for run in runs]
    return table.loc[ours, list(BENCHMARK_COLUMNS)].reset_index(drop=True)


def _measured(run: _Run, unit: str) -> float:
    """Measure a run, or how much longer it is than its base, in a unit of the benchmarks; null without a way."""
    way = _way(run, run.close)
    if way is None:
        return float("nan")
    base = None if run.base_close is None else _way(run, run.base_close)
    return _in_unit(way, run, unit) - (0.0 if base is None else _in_unit(base, run, unit))


def _in_unit(way: Way, run: _Run, unit: str) -> float:
    """Read the length, days or freight (without the cargo's carrying cost) off a way."""
    if unit == "USD/t":
        router = _router(_SEA if run.modes == _SEA else _LAND)
        return float(router.impedance(run.vessel).money_usd_t[way.edges].sum())
    return {"km": way.length_km, "nm": way.length_nm, "days": way.time_h / 24}[unit]
