# ruff: noqa: E501 (tables read best with a row on a line)
"""One test a trap: the file, what is said about it, and that nothing is lost."""

import io
import json
import struct

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geo.errors import BadInputError
from geo.schema import contract, validate
from layers.facilities import facilities
from layers.uploads import SUFFIXES, read_raw, read_scenario_file, read_upload, templates
from layers.uploads.raw import MAX_BYTES, MAX_ROWS
from tests.layers.uploads import made

HEAD = "name,lat,lon,country,mineral,stage"
ROW = "Mutanda,-10.79,25.81,COD,Co,mine"


def sites(text, *, encoding="utf-8", **options):
    raw = text if isinstance(text, bytes) else text.encode(encoding)
    return read_upload(options.get("file_name", "a.csv"), raw, kind="facilities")


def faults(upload):
    return list(upload.problems[["line", "column", "problem"]].itertuples(index=False, name=None))


# ---------------- every format gives the same rows
@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".geojson", ".gpkg", ".zip", ".parquet"])
def test_every_format_gives_the_same_rows(suffix, tmp_path):
    upload = read_upload(f"my{suffix}", made.every_format(tmp_path)[suffix], kind="facilities")
    assert (upload.rows_in, upload.rows_bad, len(upload.rows)) == (3, 0, 4)
    assert upload.rows["capacity_t_yr"].tolist()[2:] == pytest.approx([15000.0, 20_000 * 0.1879])
    assert upload.rows["capacity_t_yr"][:2].isna().all()
    assert upload.rows["name"].tolist()[-1] == "Córdoba"
    assert np.allclose(shapely.get_coordinates(upload.rows.geometry)[0], (25.81, -10.79))


def test_good_rows_join_the_packaged_ones_and_keep_their_contracts():
    rows, ours = read_upload("a.csv", made.csv(), kind="facilities").rows, facilities()
    assert set(rows.columns) == set(ours.columns)
    assert len(pd.concat([ours, rows], ignore_index=True)) == len(ours) + len(rows)
    for table in ("facilities", "facility_minerals"):
        names = list(contract(table).columns)
        validate(table, rows[names].drop_duplicates(contract(table).unique).reset_index(drop=True))


@pytest.mark.parametrize("name", list(templates()))
def test_templates_read_without_a_problem(name):
    upload = read_upload(name, templates()[name], kind=name.partition(".")[0])
    assert upload.rows_good == upload.rows_in > 0
    assert upload.problems.empty


# ---------------- text: encodings, separators, quotes
def test_bom_latin_1_utf_16_and_excels_sep_line():
    plain = made.SITES
    assert sites(made.csv(plain, encoding="utf-8-sig")).rows_bad == 0
    latin = sites(made.csv(plain, encoding="latin-1"))
    assert latin.rows["name"].tolist()[-1] == "Córdoba"
    assert "Latin-1" in latin.notes[0]
    assert sites(made.csv(plain, encoding="utf-16")).rows["name"].tolist()[-1] == "Córdoba"
    assert sites(b"sep=;\r\n" + made.csv(plain, sep=";")).problems.empty


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_decimal_commas_in_separated_columns(separator):
    upload = sites(made.csv(sep=separator, decimal=","))
    assert upload.rows["lon"].tolist() == [25.81, 25.81, 23.13, -64.18]
    assert upload.rows["capacity_t_yr"].tolist()[2] == 15000


def test_a_number_that_can_mean_two_things_is_asked_about():
    upload = sites(f'{HEAD},capacity,unit\n{ROW},"12,500",t Co/yr\n')
    assert faults(upload) == [(2, "capacity", "can mean 12.500 or 12500")]
    grouped = sites(
        f'{HEAD},capacity,unit\n{ROW},"12,500",t Co/yr\n{ROW.replace("Mutanda", "B")},"1,012,500",t Co/yr\n'
    )
    assert grouped.rows["capacity_t_yr"].tolist() == [12500.0, 1_012_500.0]


def test_a_bare_decimal_comma_in_comma_csv_is_named_not_guessed():
    upload = sites(f"{HEAD}\n{ROW}\nB,-10,79,25,81,COD,Co,mine\n")
    assert (upload.rows_good, upload.rows_bad) == (1, 1)
    assert "8 cells, the header 6" in upload.problems["problem"][0]


def test_half_a_file_keeps_its_whole_rows():
    whole = f"{HEAD}\n{ROW}\n{ROW.replace('Mutanda', 'B')}\n"
    upload = sites(whole[:-12])
    assert (upload.rows_in, upload.rows_good) == (2, 1)
    assert "cut short" in upload.problems["remedy"][0]


def test_an_open_quote_costs_the_lines_it_swallows_and_each_is_named():
    upload = sites(f'{HEAD}\n{ROW}\n"open,-10,25,COD,Co,mine\nC,-10.79,25.81,COD,Co,mine\n')
    assert upload.rows_good == 1
    assert upload.problems.loc[upload.problems["severity"] == "error", "line"].unique().tolist() == [3, 4]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"\n\n \n", "first line must name"),
        (b"a,b\0c", "zero bytes"),
        (b"name,name\n1,2", "stands twice"),
        (b"lat,lon\n1,2", "lacks name"),
        (b"\xd0\xcf\x11\xe0old", r"old \.xls"),
        (b"\xff\xfea", "UTF-16"),
    ],
)
def test_text_that_is_no_table_is_refused_in_one_line(raw, said):
    with pytest.raises(BadInputError, match=said) as error:
        sites(raw)
    assert "\n" not in str(error.value)


# ---------------- places
def test_swapped_columns_are_found_against_the_country_and_not_swapped():
    upload = sites(f"{HEAD}\nMutanda,25.81,-10.79,COD,Co,mine\nDas,113,-7,IDN,Ni,mine\n")
    assert upload.rows.empty
    assert upload.problems["problem"].str.contains("exchanged|swapped").all()
    assert upload.problems["remedy"].unique().tolist() == ["exchange the two columns"]


def test_metres_zero_zero_and_a_wrong_sign_are_named():
    upload = sites(
        f"{HEAD}\nA,8800000,450000,COD,Co,mine\nB,0,0,COD,Co,mine\nC,10.79,25.81,COD,Co,mine\nD,NaN,1e999,COD,Co,mine"
    )
    assert upload.rows.empty
    said = upload.problems.groupby("line")["problem"].agg("; ".join).tolist()
    expected = ["no degrees", "0, 0", "outside COD", "missing"]
    assert [word for word, text in zip(expected, said, strict=True) if word not in text] == []


def test_a_missing_country_is_taken_from_the_place_with_a_warning():
    upload = sites("name,lat,lon,mineral,stage\nMutanda,-10.79,25.81,Co,mine\nSea,0,-30,Co,mine")
    assert upload.rows["country_iso3"].tolist() == ["COD"]
    assert upload.problems["severity"].tolist() == ["warning", "error"]


def test_another_system_of_reference_is_turned_into_degrees(tmp_path):
    metres = made.points().iloc[:2].to_crs(32735)
    for name, raw in {"a.gpkg": made.gpkg(tmp_path, metres), "a.zip": made.shapefile(tmp_path, metres)}.items():
        upload = read_upload(name, raw, kind="facilities")
        assert upload.rows["lon"][0] == pytest.approx(25.81, abs=1e-6)
        assert "EPSG:32735" in " ".join(upload.notes)
    assert read_upload("a.parquet", made.parquet(metres), kind="facilities").rows["lon"][0] == pytest.approx(25.81)


def test_no_system_of_reference_is_an_error_not_a_guess(tmp_path):
    with pytest.raises(BadInputError, match="which coordinate system"):
        read_upload("a.zip", made.shapefile(tmp_path, without=(".prj",)), kind="facilities")
    grid = b'GEOGCS["x",DATUM["d",SPHEROID["s",6378137,298]],EXTENSION["PROJ4","+proj=longlat +nadgrids=/etc/passwd"]]'
    with pytest.raises(BadInputError, match="which coordinate system"):
        read_upload("a.zip", made.zipped({"a.shp": b"", "a.prj": grid}), kind="facilities")


def test_empty_and_missing_shapes_are_named():
    frame = made.points()
    frame.loc[0, "geometry"] = None
    frame.loc[1, "geometry"] = shapely.Point()
    upload = read_upload("a.geojson", made.geojson(frame), kind="facilities")
    assert (upload.rows_good, upload.rows_bad) == (1, 2)
    assert upload.problems["problem"].tolist() == ["has no shape"] * 2


# ---------------- ids, words, amounts
def test_duplicated_ids():
    head = f"id,{HEAD}"
    upload = sites(f"{head}\n1,{ROW}\n1,{ROW.replace('Co', 'Cu')}\n1,{ROW}\n1,Other,-10.5,25.4,COD,Co,mine\n")
    assert upload.rows["facility_id"].tolist() == ["U-1", "U-1"]
    assert [problem for *_, problem in faults(upload)] == [
        "same site and mineral as line 2",
        "the id stands for another site further up",
    ]


def test_words_that_nobody_knows_are_named_with_a_remedy():
    upload = sites(
        f"{HEAD},status\nA,-10.79,25.81,Atlantis,unobtainium,dreaming,sleeping\nB,-10.79,25.81,COD,Co,anode,open"
    )
    assert upload.rows.empty
    first = upload.problems[upload.problems["line"] == 2]
    assert set(first["column"]) == {"country", "mineral", "stage", "status"}
    assert (upload.problems["remedy"].str.len() > 10).all()
    assert upload.problems["problem"].tolist()[-1] == "the chain of cobalt has no such stage"


def test_unknown_capacity_stays_unknown_and_zero_stays_zero():
    upload = sites(f"{HEAD},capacity_t_yr\n{ROW},\n{ROW.replace('Mutanda', 'B')},0\n{ROW.replace('Mutanda', 'C')},-5")
    assert upload.rows["capacity_truth"].tolist() == ["unknown", "compiled"]
    assert upload.rows["capacity_t_yr"].fillna(-1).tolist() == [-1, 0]
    assert faults(upload)[0][2] == "is negative"


@pytest.mark.parametrize(
    ("unit", "tonnes"),
    [("kt/yr", 1e3), ("t Co/yr", 1.0), ("kg", 1e-3), ("t gross/yr", 0.3), ("Mt", None), ("barrels", None)],
)
def test_units(unit, tonnes):
    upload = sites(f"{HEAD},capacity,unit\n{ROW},1,{unit}\n")
    assert upload.rows["capacity_t_yr"].tolist() == ([] if tonnes is None else [pytest.approx(tonnes)])


def test_the_unit_may_stand_in_the_header():
    upload = sites(f"{HEAD},Capacity (kt Co/yr)\n{ROW},2\n")
    assert upload.rows["capacity_t_yr"].tolist() == [2000.0]


def test_demand():
    upload = read_upload(
        "d.csv", b"commodity;country;year;demand;unit\nLi;Japan;2030;12,5;kt LCE\nLi;EU;x;1;t\n", kind="demand"
    )
    assert upload.rows["value_t"].tolist() == [pytest.approx(12_500 * 0.1879)]
    assert faults(upload)[0][:2] == (3, "year")


# ---------------- closures
def test_closures_are_areas_and_a_crossed_ring_is_mended():
    bow = shapely.Polygon([(42, 13), (44, 15), (44, 13), (42, 15)])
    frame = gpd.GeoDataFrame({"name": ["a", "b", "c"]}, geometry=[made.AREA, bow, shapely.Point(1, 1)], crs=4326)
    upload = read_upload("c.geojson", made.geojson(frame), kind="closure")
    assert upload.rows["closure_id"].tolist() == ["U-1", "U-2"]
    assert upload.rows.geometry.is_valid.all()
    assert upload.problems["severity"].tolist() == ["warning", "error"]
    assert upload.rows.crs.to_epsg() == 4326


def test_closures_from_every_format(tmp_path):
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[made.AREA], crs=4326)
    files = {
        "a.geojson": made.geojson(frame), "b.geojson": shapely.to_geojson(made.AREA).encode(), "a.parquet": made.parquet(frame),
        "a.gpkg": made.gpkg(tmp_path, frame, layers=("closure", "other")), "a.zip": made.shapefile(tmp_path, frame),
        "a.csv": f'name,wkt\na,"{made.AREA.wkt}"'.encode(),
    }  # fmt: skip
    for name, raw in files.items():
        assert read_upload(name, raw, kind="closure").rows.geometry.iloc[0].equals(made.AREA), name


# ---------------- files made to hurt
@pytest.mark.parametrize(
    "name",
    ["/vsicurl/http://x/a.geojson", "/vsizip/a.zip", "http://x/a.csv", "CSV:a.csv", "../a.csv", "a\\b.csv", "..", "a\0.csv", "x" * 300 + ".csv"],
)  # fmt: skip
def test_paths_addresses_and_gdal_names_are_refused(name):
    with pytest.raises(BadInputError, match="no plain file name"):
        read_upload(name, made.csv(), kind="facilities")


def test_a_name_with_an_unknown_suffix_is_refused():
    with pytest.raises(BadInputError, match=r"\.vrt are not read"):
        read_upload("a.vrt", b"<OGRVRTDataSource/>", kind="facilities")


VRT = b'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/http://127.0.0.1/a</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_vrt_under_any_name_opens_nothing(suffix, monkeypatch):
    monkeypatch.setattr("pyogrio.read_dataframe", None)
    with pytest.raises(BadInputError):
        read_upload(f"a{suffix}", VRT, kind="facilities")


def test_xml_entities_are_refused():
    declared = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    raw = made.with_part(made.xlsx(), "xl/workbook.xml", lambda part: declared + part)
    with pytest.raises(BadInputError, match="XML entities"):
        read_upload("a.xlsx", raw, kind="facilities")


def test_a_sheet_that_lies_about_its_size(tmp_path):
    name = "xl/worksheets/sheet1.xml"
    raw = made.with_part(
        made.xlsx(), name, lambda part: part.replace(b'<dimension ref="A1:H4"', b'<dimension ref="A1:XFD1048576"')
    )
    assert read_upload("a.xlsx", raw, kind="facilities").rows_in == 3


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (made.deep_json(100_000), "nested"),
        (b'{"type":"FeatureCollection","features":[', "cut short"),
        (b'{"type":"FeatureCollection","features":[NaN]}', "NaN"),
        (b"[" + b"," * 9_000_000, "too many values"),
        (b"9" * 10_000, "too many digits"),
        (b'{"type":"Topology"}', "no GeoJSON"),
        (b'"\xff"', "UTF-8"),
    ],
)
def test_hostile_json_is_refused_in_one_line(raw, said):
    with pytest.raises(BadInputError, match=said) as error:
        read_upload("a.geojson", raw, kind="facilities")
    assert len(str(error.value)) < 200


def test_odd_features_become_bad_rows():
    odd = [None, 3, {"geometry": {"type": "Point", "coordinates": ["a"]}}, {"geometry": {"type": "GeometryCollection"}}]
    upload = read_upload("a.geojson", made.as_text({"type": "FeatureCollection", "features": odd}), kind="closure")
    assert (upload.rows_in, upload.rows_bad) == (4, 4)


def test_nested_wkb_never_reaches_a_parser():
    from layers.uploads.shapes import from_wkb  # noqa: PLC0415 a private door

    collection = struct.pack("<BII", 1, 7, 1) * 100_000
    multi = struct.pack("<BII", 1, 6, 1) * 100_000
    assert {type(from_wkb(blob)) for blob in (collection, multi, b"\1", b"\1\3\0\0\0\xff\xff\xff\x7f")} == {str}


@pytest.mark.parametrize(
    "script",
    [
        "DROP TABLE facilities; CREATE VIEW facilities AS SELECT * FROM gpkg_contents;",
        "DROP TABLE gpkg_contents;",
        "DELETE FROM gpkg_geometry_columns;",
        "UPDATE gpkg_geometry_columns SET srs_id = 0;",
    ],
)
def test_a_geopackage_with_tricks_is_refused(script, tmp_path):
    raw = made.many_tables_gpkg(made.gpkg(tmp_path), script)
    with pytest.raises(BadInputError):
        read_upload("a.gpkg", raw, kind="facilities")


def test_of_several_layers_the_one_named_for_the_kind_is_read(tmp_path):
    raw = made.gpkg(tmp_path, layers=("other", "facilities"))
    assert "of 2" in read_upload("a.gpkg", raw, kind="facilities").notes[0]
    with pytest.raises(BadInputError, match="2 layers"):
        read_upload("a.gpkg", raw, kind="closure")


@pytest.mark.parametrize("suffix", [".xlsx", ".geojson", ".gpkg", ".zip", ".parquet"])
def test_half_of_a_packed_file_is_refused_in_one_line(suffix, tmp_path):
    raw = made.every_format(tmp_path)[suffix]
    with pytest.raises(BadInputError) as error:
        read_upload(f"a{suffix}", raw[: len(raw) // 2], kind="facilities")
    assert "\n" not in str(error.value)


def test_too_many_bytes_and_rows_are_refused():
    with pytest.raises(BadInputError, match="64 MB is the most"):
        read_raw("a.csv", bytes(MAX_BYTES + 1), kind="facilities")
    with pytest.raises(BadInputError, match="250,000 rows"):
        read_raw("a.csv", b"a\n" + b"1\n" * (MAX_ROWS + 1), kind="facilities")


def test_a_parquet_dictionary_cannot_unfold_without_bound():
    names = pa.DictionaryArray.from_arrays(np.zeros(5000, np.int32), ["x" * 1_000_000])
    buffer = io.BytesIO()
    pq.write_table(pa.table({"name": names, "lat": np.ones(5000), "lon": np.ones(5000)}), buffer, compression="zstd")
    raw = buffer.getvalue()
    assert len(raw) < 100_000
    with pytest.raises(BadInputError, match="expands"):
        read_raw("a.parquet", raw, kind="facilities")


# ---------------- scenarios
def test_a_scenario_file_comes_back():
    text = json.dumps({"close": ["suez"], "as_of": "2026-01-01"}, indent="\t")
    assert read_scenario_file("s.json", text.encode("utf-8-sig")).close == {"suez"}
    assert read_scenario_file("s.yaml", b"close: [suez]").close == {"suez"}


@pytest.mark.parametrize(
    "raw",
    [
        b"a: &a [x]\nb: [*a, *a]", b"[" * 5000, b"as_of: 2024-99-99", b"close: 5", b"\0", b"nope: 1", b"x" * 70_000,
        b"? [a]\n: b", b"!!python/object:os.system {}", b"close: [\xff]\n<<: 3", b"0x: 1", b"{}: []",
    ],
)  # fmt: skip
def test_hostile_scenarios_are_refused_in_one_line(raw):
    with pytest.raises(BadInputError) as error:
        read_scenario_file("s.yaml", raw)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("gap", ["", "none", "N/A", "?", "-"])
def test_a_word_for_unknown_in_a_cell_that_must_be_known_is_named_not_passed_on(gap):
    rows = f"mineral,country,year,value\n{gap},JPN,2024,1\ncobalt,{gap},2024,1\ncobalt,JPN,2024,1\n"
    upload = read_upload("d.csv", rows.encode(), kind="demand")
    assert (upload.rows_in, upload.rows_good) == (3, 1)
    assert upload.problems.loc[upload.problems["severity"].eq("error"), "line"].tolist() == [2, 3]
    sites = f"name,lat,lon,mineral,stage\nA,-10,25,cobalt,{gap}\nB,-10,25,cobalt,mining\n"
    upload = read_upload("f.csv", sites.encode(), kind="facilities")
    assert upload.rows["name"].tolist() == ["B"]
    assert upload.problems.loc[upload.problems["severity"].eq("error"), "problem"].tolist() == ["is missing"]
