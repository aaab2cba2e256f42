"""The transport tables together: ids that meet, rules that derive columns, figures that must not drift."""

import json
import shutil

import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.errors import ContractError
from layers import chokepoints, countries, hubs, parameters, ports
from layers.build import countries as country_build
from layers.build.drawn_countries import script
from layers.build.sea import read_lanes
from layers.catalog import DATA, read_table, seal

PART_LADEN = 0.85
NOT_ON_THE_LANES = {"kiel"}  # MARNET has no edge through the canal
CODES_OF_NOTE = """
    CNSHA NLRTM USHOU SARTA GRPIR GIGIB KZAAU AZBAK AZALA BRSSZ SGSIN PABLB AOLOB TZDAR ZADUR NAWVB MZBEW USLGB
    AUFRE AUPHE CLANF PEMRI MRNDB LRUCN GNMOR IDMRW IDWED NCPRO
"""


def test_ports_of_note_are_there_once_and_where_they_belong():
    frame = ports.ports()
    assert set(CODES_OF_NOTE.split()) <= set(frame.index)
    near = {"CNSHA": (121.5, 31.3), "SARTA": (50.1, 26.7), "AOLOB": (13.55, -12.34), "USHOU": (-95.3, 29.75)}
    for code, (lon, lat) in near.items():
        assert frame.loc[code, "lon"] == pytest.approx(lon, abs=0.2)
        assert frame.loc[code, "lat"] == pytest.approx(lat, abs=0.2)


def test_a_unlocode_names_the_country_of_its_port():
    frame = ports.ports()
    iso2 = countries.countries()["iso2"]
    coded = frame[~frame.index.str.startswith("WPI") | ~frame.index.str[3:4].str.isdigit()]
    differing = coded[coded["country_iso3"].map(iso2) != coded.index.str[:2]]
    assert len(differing) < 0.02 * len(coded)  # dependent territories have codes of their own


def test_an_alias_stands_for_a_port_of_its_country_and_shadows_none():
    frame, table = ports.ports(), read_table("port_aliases").set_index("alias")
    assert ports.aliases() == table["port_id"].to_dict()
    assert not set(table.index) & set(frame.index)
    iso2 = countries.countries()["iso2"]
    of = frame.loc[table["port_id"], "country_iso3"].map(iso2).to_numpy()
    assert list(of) == [alias[:2] for alias in table.index]


@pytest.mark.parametrize(("alias", "port_id", "fault"), [("NLRTM", "BEANR", "already"), ("NLXXX", "NLYYY", "not in")])
def test_an_alias_that_shadows_a_port_or_names_none_is_refused(alias, port_id, fault, tmp_path):
    for name in ("ports.csv", "port_aliases.csv", "sources.csv"):
        shutil.copy(DATA / name, tmp_path)
    with (tmp_path / "port_aliases.csv").open("a", encoding="utf-8") as file:
        file.write(f"{alias},{port_id},name,unlocode_copies,2026-11-28,compiled,\n")
    seal(root=tmp_path)
    with pytest.raises(ContractError, match=fault):
        ports.aliases(root=tmp_path)


def test_gateways_are_the_ports_that_matter():
    assert 350 <= len(ports.gateways()) <= 450
    entries = {port for row in hubs.hubs()["entry_ports"] for port in row}
    assert entries <= set(ports.gateways().index)


def test_there_are_28_portwatch_passages_and_four_stay_closed():
    frame = chokepoints.chokepoints()
    assert frame["portwatch"].sum() == 28
    assert chokepoints.closed_by_default() == {"corinth", "volga_don", "northwest_passage", "northern_sea_route"}


def test_gates_and_hazards_name_known_chokepoints_and_each_passage_has_a_gate():
    frame = chokepoints.chokepoints()
    at_sea = frame.index[frame["kind"].isin(["strait", "canal", "cape", "seaway"])]
    assert set(chokepoints.gates()["chokepoint_id"]) == set(at_sea)
    assert set(chokepoints.hazards()["chokepoint_id"]) <= set(frame.index)


def test_every_gate_but_kiel_crosses_a_lane():
    lanes, gates = read_lanes(), chokepoints.gates()
    lon, lat = np.asarray(lanes.lon), np.asarray(lanes.lat)
    west, step = lon[lanes.tail], (lon[lanes.head] - lon[lanes.tail] + 180) % 360 - 180
    met = set()
    for turn in (-360, 0, 360):
        ends = np.column_stack((west + turn, lat[lanes.tail], west + step + turn, lat[lanes.head]))
        tree = shapely.STRtree(shapely.linestrings(ends.reshape(-1, 2, 2)))
        met |= set(gates["chokepoint_id"].iloc[tree.query(gates.geometry, predicate="intersects")[0]])
    assert set(gates["chokepoint_id"]) - met == NOT_ON_THE_LANES


def test_barred_follows_from_draft_and_beam():
    passages = read_table("chokepoints").set_index("chokepoint_id")
    for vessel, row in parameters.vessel_classes().iterrows():
        too_deep = passages["max_draft_m"] < PART_LADEN * row["draft_m"]
        too_broad = passages["max_beam_m"] < row["beam_m"]
        barred = set(passages.index[(too_deep | too_broad) & (passages["mode"] == "sea")])
        if vessel == "handysize":  # stands for the river-sea ships of the passages that a scenario opens
            barred -= chokepoints.closed_by_default()
        assert row["barred"] == barred


def test_a_capesize_passes_suez_not_panama():
    barred = parameters.vessel_classes().loc["capesize", "barred"]
    assert {"panama", "kiel", "corinth", "seaway", "oresund"} <= barred
    assert not barred & {"suez", "malacca", "hormuz", "bosporus"}


def test_every_freight_region_and_customs_union_has_rates():
    frame = countries.countries()
    for region in frame["freight_region"].unique():
        for mode in ("rail", "road"):
            assert parameters.rate(mode, "freight_usd_tkm", region=region)["value"] > 0
            assert parameters.rate(mode, "speed_km_h", region=region)["value"] > 0
    unions = set(frame["customs_union"].dropna())
    assert unions <= set(parameters.impedance().loc["border_rail"].index.get_level_values("region"))


def test_a_missing_rate_is_refused_not_zero():
    with pytest.raises(parameters.MissingRateError, match="no freight_usd_tkm for camel"):
        parameters.rate("camel", "freight_usd_tkm")


def test_a_region_without_its_own_rate_takes_the_world_s():
    assert parameters.rate("rail", "co2e_kg_tkm", region="china").equals(parameters.rate("rail", "co2e_kg_tkm"))


def test_closed_borders_are_pairs():
    closed = countries.borders("closed")
    assert {frozenset(("KOR", "PRK")), frozenset(("RUS", "UKR")), frozenset(("COL", "PAN"))} <= closed
    assert not closed & countries.borders("restricted")


def test_links_are_drawn_no_longer_than_published():
    frame = read_table("links")
    lines = shapely.from_wkt(frame["coordinates"])
    assert shapely.is_valid(lines).all()
    assert (shapely.get_num_coordinates(lines) >= 2).all()
    drawn_km = np.array([Geod(ellps="WGS84").geometry_length(line) for line in lines]) / 1000
    known = frame["length_km"].notna()
    assert (frame.loc[known, "length_km"] > 0.9 * drawn_km[known]).all()


def test_hubs_hold_the_seven_that_are_asked_for():
    assert {"USA", "EU", "JPN", "KOR", "IND", "GBR", "CHN"} <= set(hubs.hubs().index)


@pytest.mark.parametrize(
    ("place", "lon", "lat", "iso3"),
    [
        ("Finnish Lapland", 27.0, 68.0, "FIN"),
        ("Chukotka past 180", -171.0, 66.3, "RUS"),
        ("Hargeisa", 44.06, 9.56, "SOM"),
        ("Pristina", 21.16, 42.66, "XKX"),
        ("Kolwezi", 25.47, -10.71, "COD"),
        ("the Gulf", 51.0, 27.0, None),
    ],
)
def test_polygons_hold_the_right_places(place, lon, lat, iso3):
    frame = countries.polygons()
    found = list(frame["iso3"][frame.contains(shapely.Point(lon, lat))])
    assert found == ([iso3] if iso3 else []), place


def test_polygons_are_valid_and_known():
    frame = countries.polygons()
    assert frame.is_valid.all()
    assert set(frame["iso3"]) <= set(countries.countries().index)
    assert not frame["iso3"].duplicated().any()


def test_the_basemap_is_light_and_strict_json():
    text = country_build.basemap(countries.polygons())
    assert json.loads(text, parse_constant=pytest.fail)["type"] == "FeatureCollection"
    assert countries.basemap() == script(text).removeprefix("window.corridorCountries = ").removesuffix(";\n")
    assert len(countries.basemap().encode()) < 250_000
