# ruff: noqa: E501 (a drawing and its tables read best with a row on a line)
"""
The drawn toy network, and random small ones: rates are small and round, so that numbers can be checked by hand.

::

    AAA (gauge 1435)                                      BBB (gauge 1520)

     DA --300-- DL ~~100~~ FM ~~100~~ DM(CCC) --300-- DB      roads, and a ferry over the lake
     |1         lake_ferry: waits 48 h once           |1      transfers between rail and road
     RA ------400------ RM -20- RN -------400-------- RB      railway: border and break of gauge on the 20 km;
     |10                           (runs through CCC) |10     RN-RB touches BBB only, yet runs through CCC
     PA                                               PB      ports; each joins its road too, 10 km
     |10                                              |10
     W ===================== 1000 =================== E       the canal: 4 USD/t, waits 10 h
     |600                                             |600
     SW ==================== 1000 =================== SE      the strait: free, longer

By hand, from PA to PB, in USD/t and hours (bulk, 20 km/h at sea; the canal's controller is CCC):

- canal   2 x (5 + 0.01) + 1.0 + 4             = 15.02   2 x 48 + 1020 / 20 + 10             = 157
- strait  2 x (5 + 0.01) + 2.2                 = 12.22   2 x 48 + 2220 / 20                  = 207
- rail    2 x (4 + 0.3) + 16.4 + 10 + 10       = 45.00   2 x (12 + 0.375) + 20.5 + 40 + 24   = 109.25
- road    2 x (4 + 1.5) + 60 + 10 + 12         = 93.00   2 x (12 + 0.3) + 12 + 10 + 48 + 10  = 104.6
"""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from geo.impedance import Rates
from geo.network import Kind, Mode, Network
from geo.router import Router
from geo.sites import no_sites

ISO3 = ("AAA", "BBB", "CCC")
CHOKEPOINTS = ("canal", "strait", "lake_ferry", "shortcut")
NODES = pd.DataFrame(
    [
        ("W", Kind.SEA, -1, 0.0, 0.0), ("E", Kind.SEA, -1, 10.0, 0.0),
        ("SW", Kind.SEA, -1, 0.0, -6.0), ("SE", Kind.SEA, -1, 10.0, -6.0),
        ("RA", Kind.RAIL, 0, 1.0, 2.0), ("RM", Kind.RAIL, 0, 4.9, 2.0),
        ("RN", Kind.RAIL, 1, 5.1, 2.0), ("RB", Kind.RAIL, 1, 9.0, 2.0),
        ("DA", Kind.ROAD, 0, 1.0, 4.0), ("DL", Kind.ROAD, 0, 4.0, 4.0), ("FM", Kind.ROAD, -1, 5.0, 4.0),
        ("DM", Kind.ROAD, 2, 6.0, 4.0), ("DB", Kind.ROAD, 1, 9.0, 4.0),
        ("PA", Kind.PORT, 0, 0.5, 1.0), ("PB", Kind.PORT, 1, 9.5, 1.0),
    ],
    columns=["name", "kind", "country", "lon", "lat"],
)  # fmt: skip
EDGES = pd.DataFrame(
    [
        ("W", "E", Mode.SEA, 1000.0, 1, -1), ("W", "SW", Mode.SEA, 600.0, 0, -1),
        ("SW", "SE", Mode.SEA, 1000.0, 2, -1), ("SE", "E", Mode.SEA, 600.0, 0, -1),
        ("PA", "W", Mode.PORT_SEA, 10.0, 0, -1), ("PB", "E", Mode.PORT_SEA, 10.0, 0, -1),
        ("PA", "RA", Mode.PORT_RAIL, 10.0, 0, -1), ("PB", "RB", Mode.PORT_RAIL, 10.0, 0, -1),
        ("PA", "DA", Mode.PORT_ROAD, 10.0, 0, -1), ("PB", "DB", Mode.PORT_ROAD, 10.0, 0, -1),
        ("RA", "RM", Mode.RAIL, 400.0, 0, -1), ("RM", "RN", Mode.RAIL, 20.0, 0, -1), ("RN", "RB", Mode.RAIL, 400.0, 0, -1),
        ("RA", "DA", Mode.TRANSFER, 1.0, 0, -1), ("RB", "DB", Mode.TRANSFER, 1.0, 0, -1),
        ("DA", "DL", Mode.ROAD, 300.0, 0, -1), ("DL", "FM", Mode.FERRY, 100.0, 4, 0),
        ("FM", "DM", Mode.FERRY, 100.0, 4, 0), ("DM", "DB", Mode.ROAD, 300.0, 0, -1),
    ],
    columns=["tail", "head", "mode", "length_km", "chokepoints", "link"],
)  # fmt: skip
CANAL, RAIL_THROUGH_CCC = 0, 12  # rows of EDGES
RATES = {
    ("rail", "freight_usd_tkm"): 0.02, ("rail", "speed_km_h"): 40.0, ("rail", "co2e_kg_tkm"): 0.03,
    ("road", "freight_usd_tkm"): 0.1, ("road", "speed_km_h"): 50.0, ("road", "co2e_kg_tkm"): 0.1,
    ("ferry", "freight_usd_tkm"): 0.05, ("ferry", "speed_km_h"): 20.0, ("ferry", "co2e_kg_tkm"): 0.06,
    ("port", "dwell_h"): 24.0, ("access", "circuity"): 1.5, ("access", "speed_km_h"): 25.0,
    ("access", "freight_factor"): 2.0, ("transfer", "rail_road_usd_t"): 8.0, ("transfer", "rail_road_h"): 24.0,
    ("border_rail", "usd_t"): 10.0, ("border_rail", "hours"): 40.0, ("border_road", "usd_t"): 12.0,
    ("border_road", "hours"): 10.0, ("gauge", "usd_t"): 10.0, ("gauge", "hours"): 24.0,
    ("inventory", "carrying_rate_yr"): 0.1, ("all", "p95_over_median"): 3.0,
}  # fmt: skip
CARGO_USD_H = 87_600.0  # a tonne worth this loses one USD an hour under way


def toy_rates(**changes):
    """Price the toy; a change replaces a table."""
    table = {(mode, parameter, "world"): value for (mode, parameter), value in RATES.items()}
    table |= {("port", f"{what}", cargo): value for cargo, what, value in [
        ("bulk", "handling_usd_t", 5.0), ("container", "handling_usd_t", 9.0),
        ("bulk", "ship_time_h", 24.0), ("container", "ship_time_h", 12.0)]}  # fmt: skip
    ships = {
        "cost_usd_tkm": [0.001, 0.002, 0.0005], "speed_km_h": [20.0, 25.0, 20.0], "co2e_kg_tkm": [0.01, 0.02, 0.004],
        "barred": [(), (), ("canal",)],
    }  # fmt: skip
    tables = {
        "impedance": table,
        "vessels": pd.DataFrame(ships, index=["supramax", "container", "capesize"]),
        "tolls": pd.DataFrame(
            {"toll_usd_t": [4.0, 0.0, np.nan, 1.0], "toll_container_usd_t": [6.0, np.nan, np.nan, np.nan],
             "transit_wait_h": [10.0, np.nan, 48.0, 0.0]}, index=list(CHOKEPOINTS)),
        "countries": pd.DataFrame(
            {"freight_region": [None] * 3, "customs_union": [None] * 3, "rail_gauge_mm": [1435.0, 1520.0, np.nan]},
            index=list(ISO3), dtype=object),
        "closed_borders": frozenset(),
    }  # fmt: skip
    return Rates(**{**tables, **changes})


def toy_chokepoints():
    return pd.DataFrame(
        {"name": CHOKEPOINTS, "kind": ["canal", "strait", "ferry", "canal"], "default_open": [True, True, True, False],
         "controlling_countries": ["CCC", "AAA", "AAA;CCC", None]}, index=pd.Index(CHOKEPOINTS, name="chokepoint_id"))  # fmt: skip


def as_network(nodes, edges, *, passed=(), ports=None, links=1):
    """Make a network of plain tables: `nodes[lon, lat, kind, country]`, `edges[tail … link]` by row."""
    edges = edges.astype({"tail": np.int32, "head": np.int32, "mode": np.uint8, "chokepoints": np.uint64})
    gates = pd.DataFrame(columns=["chokepoint_id", "lon1", "lat1", "lon2", "lat2"])
    return Network(
        nodes=nodes[["lon", "lat", "kind", "country"]].astype({"kind": np.uint8, "country": np.int16}),
        edges=edges.assign(oneway=False),
        passed=pd.DataFrame(list(passed), columns=["edge", "country"], dtype=np.int64),
        bends=np.empty((0, 2)),
        bend_start=np.zeros(len(edges) + 1, dtype=np.int64),
        iso3=ISO3,
        chokepoints=CHOKEPOINTS,
        gates=gates,
        links=pd.DataFrame({"status": ["operating"] * links}, index=[f"link{i}" for i in range(links)]),
        ports=pd.DataFrame(
            {"node": pd.Series(ports or {}, dtype=np.int64), "gateway": True, "harbor_size": "large"}
        ).rename_axis("port_id"),
        order=np.arange(len(nodes))[::-1].copy(),
        sites=no_sites(),
    )


def toy_network(edges=EDGES):
    row = {name: place for place, name in enumerate(NODES["name"])}
    rows = edges.assign(tail=edges["tail"].map(row), head=edges["head"].map(row))
    return as_network(
        NODES, rows, passed=[(RAIL_THROUGH_CCC, ISO3.index("CCC"))], ports={"PA": row["PA"], "PB": row["PB"]}
    )


def node(name):
    return int(np.flatnonzero(NODES["name"] == name)[0])


def router_of(network, **changes):
    return Router(network, toy_rates(**changes), toy_chokepoints())


@st.composite
def networks(draw):
    """Draw a small network: any lines between 3 to 9 places of three countries and the sea, any chokepoints on them."""
    count = draw(st.integers(3, 9))
    kinds = draw(st.lists(st.sampled_from([Kind.SEA, Kind.RAIL, Kind.ROAD]), min_size=count, max_size=count))
    countries = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    nodes = pd.DataFrame({"lon": np.arange(count) * 0.1, "lat": 0.0, "kind": kinds})
    nodes["country"] = np.where(nodes["kind"] == Kind.SEA, -1, countries)
    end = st.integers(0, count - 1)
    line = st.tuples(
        end, end, st.sampled_from([Mode.SEA, Mode.RAIL, Mode.ROAD]), st.integers(1, 2000), st.sampled_from([0, 1, 2, 8])
    )
    drawn = draw(st.lists(line.filter(lambda row: row[0] != row[1]), min_size=2, max_size=20))
    edges = pd.DataFrame(drawn, columns=["tail", "head", "mode", "length_km", "chokepoints"]).assign(link=-1)
    passed = draw(st.lists(st.tuples(st.integers(0, len(edges) - 1), st.integers(0, 2)), max_size=2))
    return as_network(nodes, edges.astype({"length_km": np.float32}), passed=passed)
