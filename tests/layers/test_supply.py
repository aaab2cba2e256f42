"""Facilities, chains, trade and need, on the real tables; and what became of the reference rows."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import UnknownIdError
from geo.schema.supply import MINERALS
from layers import trade, value_chains
from layers.catalog import data_file, read_table
from layers.facilities import facilities, of_mineral

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
COAST_KM = 8
ISLANDS = {"F1088", "F1115", "F1188", "F1208"}  # Manicani, off Guiuan, Rapu-Rapu, Hinatuan
LITHIUM_PER_CARBONATE = 2 * 6.94 / 73.89


@pytest.fixture(scope="module")
def sites():
    return facilities()


def test_every_mineral_has_a_chain_and_a_facility_that_may_start_it(sites):
    chains = value_chains.value_chains()
    assert set(chains["mineral"]) == set(MINERALS)
    starts = chains[chains["source_allowed"]]
    present = set(zip(sites["mineral"], sites["chain_stage"], strict=True))
    assert all(pair in present for pair in zip(starts["mineral"], starts["stage"], strict=True))


def test_facilities_are_points_on_the_globe_in_the_order_lon_lat(sites):
    assert sites.crs.to_epsg() == 4326
    kolwezi = sites[sites["name"].str.contains("Kamoto")].iloc[0]
    assert (round(kolwezi.geometry.x), round(kolwezi.geometry.y)) == (25, -11)


def test_every_facility_lies_in_its_country_or_on_its_coast(sites):
    """Natural Earth 50m draws a coast to a few km and leaves out small islands: those four are named."""
    countries = gpd.read_parquet(data_file("network/countries.parquet")).dissolve("iso3").geometry
    places = sites.drop_duplicates("facility_id").set_index("facility_id")
    inside = places.geometry.within(countries.reindex(places["country_iso3"]).set_axis(places.index))
    astray = {row.Index: _km_to(countries[row.country_iso3], row.geometry) for row in places[~inside].itertuples()}
    far = {name for name, distance_km in astray.items() if distance_km > COAST_KM}
    assert far <= ISLANDS


def _km_to(country, point):
    crs = f"+proj=aeqd +lat_0={point.y} +lon_0={point.x}"
    near = gpd.GeoSeries([country], crs=4326).clip(point.buffer(4).envelope)
    return np.inf if near.empty else near.to_crs(crs).distance(shapely.Point(0, 0)).min() / 1000


def test_an_unknown_mineral_is_refused(sites):
    with pytest.raises(UnknownIdError, match="unobtainium"):
        of_mineral(sites, "unobtainium")


def test_low_value_high_of_fractions_and_yields_are_in_order():
    chains = value_chains.value_chains()
    for name in ("contained_fraction", "yield"):
        assert (chains[f"{name}_low"] <= chains[name]).all()
        assert (chains[name] <= chains[f"{name}_high"]).all()


@pytest.mark.parametrize(
    ("facility_id", "mineral", "expected_t"),
    [
        ("F0119", "lithium", 210_000 * LITHIUM_PER_CARBONATE),  # LCE
        ("F0179", "lithium", 35_000 * 6.94 / 41.96),  # LiOH.H2O
        ("F0267", "nickel", 100_000 * 58.69 / 262.85),  # NiSO4.6H2O
        ("F0681", "tungsten", 7_400 * 183.84 / 231.84),  # WO3
        ("F0831", "vanadium", 9_000 * 2 * 50.94 / 181.88),  # V2O5
        ("F0256", "cobalt", 4_700),  # second figure named in the unit
        ("F0368", "cobalt", 7_400 * 58.93 / 281.10),  # CoSO4.7H2O, second figure
    ],
)
def test_compounds_are_counted_by_their_metal(sites, facility_id, mineral, expected_t):
    row = sites[sites["facility_id"].eq(facility_id) & sites["mineral"].eq(mineral)].iloc[0]
    assert row["capacity_t_yr"] == pytest.approx(expected_t, rel=0.01)


@pytest.mark.parametrize(
    ("facility_id", "mineral"),
    [
        ("F0063", "rare_earths"),
        ("F0232", "nickel"),
        ("F0698", "manganese"),
        ("F0011", "rare_earths"),
        ("F0246", "lithium"),
    ],
)
def test_a_company_total_a_sum_of_metals_ore_and_feed_are_no_capacity(facility_id, mineral):
    rows = read_table("facility_minerals")
    row = rows[rows["facility_id"].eq(facility_id) & rows["mineral"].eq(mineral)].iloc[0]
    assert pd.isna(row["capacity_t_yr"])
    assert row["capacity_rule"].startswith("unknown: ")


def test_only_exact_factors_keep_the_truth_of_the_report():
    rows = read_table("facility_minerals")
    assumed = rows["capacity_rule"].fillna("").str.contains("assumed|read as")
    assert rows.loc[assumed & rows["capacity_t_yr"].notna(), "capacity_truth"].eq("estimated").all()
    assert not rows.loc[~assumed, "capacity_truth"].eq("estimated").any()


def test_losses_add_up_along_the_rare_earth_chain():
    chain = value_chains.chain("rare_earths", final_stage="alloy_magnet")
    needed = value_chains.contained_needed(chain)
    assert needed["alloy_magnet"] == 1
    assert needed["mining"] == pytest.approx(
        1 / (chain.loc["separation", "yield"] * chain.loc["alloy_magnet", "yield"])
    )
    with pytest.raises(UnknownIdError, match="alloy_magnet"):
        value_chains.chain("rare_earths", final_stage="mining")


def test_shares_sum_to_at_most_one_and_china_leads_gallium():
    shares = trade.production_shares("gallium", stage="refining", year=2024)
    assert shares["country_iso3"].iloc[0] == "CHN"
    assert shares["share"].sum() <= 1 + 1e-9
    assert trade.production_shares("tin", stage="refining", year=2024).empty


def test_need_prefers_consumption_then_a_marked_proxy_then_unknown():
    assert trade.need("copper", "USA").truth_state == "reported"
    assert trade.need("lithium", "JPN").truth_state == "estimated"
    nobody = trade.need("gallium", "EU")
    assert (nobody.value_t_yr, nobody.truth_state) == (None, "unknown")
    assert trade.need("pgm", "USA").value_t_yr == pytest.approx(92 + 130)


def test_congolese_cobalt_is_counted_once_and_the_spurious_flow_never():
    flows = trade.trade_flows("cobalt")
    congo = flows[flows["exporter_iso3"].eq("COD")]
    assert not congo.duplicated(["exporter_iso3", "importer_iso3"]).any()
    earths = trade.trade_flows("rare_earths")
    assert not (earths["exporter_iso3"].eq("TUR") & earths["importer_iso3"].eq("BEN")).any()


def test_every_mineral_has_a_price_per_contained_tonne():
    prices = trade.reference_prices()
    assert set(prices["mineral"]) == set(MINERALS)
    lithium = prices[prices["mineral"].eq("lithium") & prices["year"].eq(2025)].iloc[0]
    assert lithium["price_usd_t"] == pytest.approx(9_000 / LITHIUM_PER_CARBONATE, rel=0.01)


def test_every_reference_facility_is_here_or_its_removal_is_recorded():
    if not REFERENCE.is_dir():  # only the machine that compiled the tables has it
        return
    reference = pd.read_csv(REFERENCE / "facilities.csv", keep_default_na=False)
    own = read_table("facilities")
    corrections = read_table("corrections")
    sites = own[~own["facility_id"].str.startswith("N-")]
    removed = set(corrections.loc[corrections["field"].eq("row"), "facility_id"])
    assert set(reference["facility_id"]) - removed == set(sites["facility_id"])
    both = reference.merge(sites, on="facility_id", suffixes=("_ref", ""))
    moved = both["facility_id"][~np.isclose(both["lon_ref"], both["lon"]) | ~np.isclose(both["lat_ref"], both["lat"])]
    assert set(moved) == set(corrections.loc[corrections["field"].eq("lon"), "facility_id"])
    changed = both["facility_id"][both["country_iso3_ref"].ne(both["country_iso3"])]
    assert set(changed) == set(corrections.loc[corrections["field"].eq("country_iso3"), "facility_id"])
