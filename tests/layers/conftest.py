# ruff: noqa: E501 (tables read best with a row on a line)
"""Toy frames a reader can check by hand: a Pacific crossing, a lost strait, a stranded row, a hostile name."""

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers.provenance import Provenance
from layers.safe import map_code

HOSTILE = "</script><img src=x onerror=hacked()>{{ 7*7 }}"
PILBARA, KOLWEZI, SHANGHAI, LONG_BEACH, SUEZ = (119.6, -22.1), (25.5, -10.7), (121.5, 31.2), (-118.2, 33.8), (32.5, 30)
PACIFIC = shapely.LineString(
    [PILBARA, (116, -19), (121, 0), (122, 30), SHANGHAI, (145, 38), (180, 45), (210, 42), (241.8, 33.8)]
)
BY_SUEZ = shapely.LineString(
    [KOLWEZI, (39.3, -6.8), (51, 12), (43.3, 12.6), SUEZ, (10, 37), (-6, 36), (-40, 38), (-76, 37)]
)
BY_CAPE = shapely.LineString([KOLWEZI, (39.3, -6.8), (42, -20), (20, -36), (-20, -5), (-60, 25), (-76, 37)])


def _row(**changes):
    row = {
        "mineral": "lithium", "hub": "USA", "final_stage": "refining", "case": "base", "status": "open", "reason": "",
        "facility_ids": ("mine-1", "plant-1"), "facility_names": ("Pilbara", "Zhangjiagang"), "stages": ("mining", "refining"),
        "countries": ("AUS", "CHN"), "transit_countries": (), "chokepoints": ("Lombok",), "ports": ("AUPHE", "CNSHA", "USLGB"),
        "modes": ("road", "sea"), "cost_usd_t": 412.4, "time_h": 780.0, "time_p95_h": 1010.0, "co2e_kg_t": 265.0,
        "length_km": 21450.0, "capacity_t_yr": 31000.0, "capacity_truth": "reported", "access_km": 4.0, "maturity": 1.0,
        "geometry": PACIFIC,
    }  # fmt: skip
    return row | changes


@pytest.fixture
def corridors():
    """Base: two. Scenario: the Pacific one stays, the Suez one is stranded, another goes round the Cape."""
    suez = {
        "facility_names": (HOSTILE, "Kokkola"),
        "countries": ("COD", "FIN"),
        "chokepoints": ("Bab el-Mandeb", "Suez"),
    }
    none = dict.fromkeys(("cost_usd_t", "time_h", "time_p95_h", "co2e_kg_t", "length_km", "capacity_t_yr"))
    rows = {
        "pacific": _row(),
        "suez": _row(**suez, geometry=BY_SUEZ),
        "pacific ": _row(case="scenario"),
        "suez ": _row(**suez, **none, case="scenario", status="stranded", reason="Suez is closed", geometry=None, modes=(), ports=()),
        "cape": _row(facility_names=("Kolwezi", "Kokkola"), case="scenario", status="rerouted", reason="round the Cape",
                     chokepoints=("Cape of Good Hope",), geometry=BY_CAPE, capacity_t_yr=None, capacity_truth="unknown"),
    }  # fmt: skip
    frame = gpd.GeoDataFrame(list(rows.values()), geometry="geometry", crs=4326)
    frame.index = pd.Index([name.strip() for name in rows], name="corridor_id")
    return frame


@pytest.fixture
def legs():
    cells = {"leg_no": 0, "stage_no": 0, "length_km": 900.0, "time_h": 30.0, "cost_usd_t": 12.0, "cost_contained_usd_t": 80.0,
             "co2e_kg_t": 9.0, "chokepoints": (), "countries": ("COD",), "corridor_id": "suez"}  # fmt: skip
    rows = [
        cells | {"mode": "rail", "from_name": "Kolwezi", "to_name": "Dar es Salaam", "geometry": shapely.LineString([KOLWEZI, (39.3, -6.8)])},
        cells | {"mode": "sea", "from_name": "Dar es Salaam", "to_name": HOSTILE, "geometry": BY_SUEZ},
        cells | {"mode": "transfer", "from_name": "quay", "to_name": "quay", "geometry": None},
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=4326)


@pytest.fixture
def facilities():
    columns = [
        "facility_id",
        "name",
        "kind",
        "stage",
        "country_iso3",
        "lon",
        "lat",
        "coord_precision",
        "operator",
        "status",
        "truth_state",
        "source",
        "as_of",
    ]
    rows = [
        ("mine-1", "Pilbara", "mine", "mining", "AUS", *PILBARA, "site", "PLS", "operating", "reported", "https://example.org/pls", "2025-06-30"),
        ("mine-2", HOSTILE, "mine", "mining", "COD", *KOLWEZI, "town", None, "planned", "compiled", "javascript:hacked()", None),
        ("mine-3", "Old pit", "mine", "mining", "CHL", -68.3, -23.5, "site", None, "closed", "reported", "SQM", None),
        ("plant-1", "Zhangjiagang", "processing", "refining", "CHN", 120.4, 31.9, "site", None, "operating", "reported", "TQC", None),
        ("plant-2", "Kokkola", "processing", "refining", "FIN", 23.0, 63.9, "region", None, "construction", "estimated", "Keliber", None),
        ("rec-1", "Nevada", "recycling", "recycling", "USA", -119.2, 39.5, "site", None, "operating", "reported", "Redwood", None),
        ("nowhere", "No place", "mine", "mining", "USA", None, None, None, None, "unknown", "unknown", None, None),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).set_index("facility_id")


@pytest.fixture
def chokepoints():
    columns = [
        "chokepoint_id",
        "name",
        "lon",
        "lat",
        "kind",
        "default_open",
        "alternative",
        "reroute_km",
        "state",
        "source",
    ]
    rows = [
        ("suez", "Suez Canal", *SUEZ, "canal", True, "Cape of Good Hope", 6000.0, "closed", "IMF PortWatch"),
        ("panama", "Panama Canal", -79.9, 9.1, "canal", True, None, None, "partial", "IMF PortWatch"),
        ("malacca", "Strait of Malacca", 101.0, 2.6, "strait", True, None, None, None, "IMF PortWatch"),
    ]
    return pd.DataFrame(rows, columns=columns).set_index("chokepoint_id")


@pytest.fixture
def frames(corridors, legs, facilities, chokepoints):
    ports = pd.DataFrame({"name": ["Shanghai", "Long Beach"], "country_iso3": ["CHN", "USA"], "lon": [121.5, -118.2], "lat": [31.2, 33.8], "max_draft_m": [16.0, None]}, index=["CNSHA", "USLGB"])  # fmt: skip
    hub = pd.DataFrame(
        {"name": ["United States"], "lon": [-83.05], "lat": [42.33], "inland_place": ["Detroit"]}, index=["USA"]
    )
    return {
        "corridors": corridors,
        "legs": legs,
        "facilities": facilities,
        "chokepoints": chokepoints,
        "ports": ports,
        "hub": hub,
    }


@pytest.fixture
def provenance():
    sources = pd.DataFrame(
        {
            "publisher": ["OpenStreetMap", "Natural Earth", "USGS"],
            "title": ["planet", "Admin 0 countries", "Mineral Commodity Summaries"],
            "licence": ["ODbL 1.0", "public domain", "public domain"],
            "licence_url": ["https://opendatacommons.org/licenses/odbl/1-0/", None, None],
            "as_of": ["2026-01-01", "2022-05-13", "2026-02-01"],
        }
    )
    return Provenance.of(sources, scenario="Suez closed", date="2026-11-23", method_version="0.1.0")


@pytest.fixture
def basemap():
    """Two square countries."""
    shapes = {"A": shapely.box(10, -30, 40, 30), "B": shapely.box(-120, 25, -70, 50)}
    features = [
        {"type": "Feature", "properties": {"iso3": k, "name": k}, "geometry": json.loads(shapely.to_geojson(g))}
        for k, g in shapes.items()
    ]
    return map_code({"features": features})
