"""The drawn toy with a third port, and a small supply on it: mines, plants and a recycler on either side of the sea."""

import pandas as pd

from geo.corridors import Finder
from geo.distinct import port_clusters
from geo.network import Kind, Mode
from geo.questions import Question
from geo.router import Cargo
from geo.sites import with_sites
from tests.geo.toy import EDGES, NODES, RAIL_THROUGH_CCC, as_network, router_of

THIRD_PORT = ("PC", Kind.PORT, 0, 0.2, 2.5)  # joins the same railhead and sea as PA, 50 km farther
ITS_LINES = [("PC", "W", Mode.PORT_SEA, 10.0, 0, -1), ("PC", "RA", Mode.PORT_RAIL, 60.0, 0, -1)]
PLACES = {
    "m1": (1.02, 2.0, 0), "m2": (1.05, 2.0, 0), "m3": (9.04, 2.0, 1), "pa": (1.03, 2.0, 0), "pb": (9.02, 2.0, 1),
    "r": (9.05, 2.0, 1), "new": (1.01, 2.0, 0), "hub": (9.03, 2.0, 1),
}  # fmt: skip
# contained tonnes: for one delivered 1.25 are mined, 25 gross tonnes of ore and 2 of the refined product
STAGES = pd.DataFrame(
    {"product": ["ore", "salt"], "contained_fraction": [0.05, 0.5], "yield": [1.0, 0.8], "value_usd_t": 0.0,
     "vessel": "supramax"}, index=pd.Index(["mining", "refining"], name="stage"))  # fmt: skip
PLANTS = pd.DataFrame(
    [
        ("m1", "mine", "mining", True, "AAA", "operating", 1000.0, "reported"),
        ("m2", "mine", "mining", True, "AAA", "operating", 500.0, "estimated"),
        ("m3", "mine", "mining", True, "BBB", "operating", None, "unknown"),
        ("pa", "processing", "refining", False, "AAA", "operating", 600.0, "reported"),
        ("pb", "processing", "refining", False, "BBB", "unknown", 900.0, "compiled"),
        ("new", "processing", "refining", False, "AAA", "planned", 900.0, "estimated"),
        ("r", "recycling", "refining", True, "BBB", "operating", 50.0, "reported"),
    ],
    columns=[
        "facility_id", "kind", "stage", "source", "country_iso3", "status", "capacity_t_yr", "capacity_truth",
    ],
).set_index("facility_id")  # fmt: skip
CHEAP = Cargo(0.0)


def toy_finder():
    """Give a finder on the toy: two mines and a plant beside RA, a mine, a plant, a recycler and the hub beside RB."""
    nodes = pd.concat([NODES, pd.DataFrame([THIRD_PORT], columns=NODES.columns)], ignore_index=True)
    edges = pd.concat([EDGES, pd.DataFrame(ITS_LINES, columns=EDGES.columns)], ignore_index=True)
    row = {name: place for place, name in enumerate(nodes["name"])}
    edges = edges.assign(tail=edges["tail"].map(row), head=edges["head"].map(row))
    ports = {name: row[name] for name in ("PA", "PB", "PC")}
    network = as_network(nodes, edges, passed=[(RAIL_THROUGH_CCC, 2)], ports=ports)
    sites = pd.DataFrame.from_dict(PLACES, orient="index", columns=["lon", "lat", "country"]).rename_axis("site_id")
    at = nodes[nodes["kind"] == Kind.PORT]
    clusters = port_clusters(list(at["name"]), at["lon"].to_numpy(), at["lat"].to_numpy())
    question = Question("toyite", "hub", STAGES, PLANTS.assign(name=PLANTS.index.str.upper()))
    return Finder(router_of(with_sites(network, sites)), question, tuple(ports), clusters)
