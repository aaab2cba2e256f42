"""A user's own rows join that user's question, say whose they are, and nobody else's answer knows of them."""

import dataclasses
import gc
import json
import weakref
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
import shapely

from geo.__main__ import main
from geo.errors import BadInputError
from geo.scenarios import Scenario
from layers import planner
from layers.answer import Ask, answer
from layers.evidence import pack, verify
from layers.outputs import html_map, map_frames, provenance, shown
from layers.own import MOST_SITES, NOTHING, Own, own_of, read_own
from layers.planner import world, world_with
from layers.trade import need
from layers.uploads import read_upload, templates
from layers.uploads.closure import MOST_CORNERS, areas

MINE = "id,name,lat,lon,country,mineral,stage,capacity,unit\n"
BAKU = MINE + "B1,{name},40.4,49.9,AZE,gallium,refining,{tonnes},t Ga/yr\n"


def facilities(name="Baku works", tonnes=70, text=BAKU):
    return read_upload("mine.csv", text.format(name=name, tonnes=tonnes).encode(), kind="facilities")


def demand(tonnes, *, country="JPN", year=2024):
    csv = f"mineral,country,year,value,unit\ngallium,{country},{year},{tonnes},t contained\n"
    return read_upload("need.csv", csv.encode(), kind="demand")


def asked(own=NOTHING, scenario=None):
    return answer(Ask("gallium", "JPN", None, own), scenario or Scenario())


def seen(found):
    """Everything of an answer that a person sees."""
    frames = [found.corridors.drop(columns="geometry"), found.sources]
    return json.dumps([*(frame.reset_index().to_json() for frame in frames), *found.findings])


def test_equal_rows_are_one_key_and_come_back_from_json():
    one, same, other = own_of(facilities()), own_of(facilities()), own_of(facilities(tonnes=71))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    both = own_of(facilities(), demand(5))
    back = read_own(both.to_json())
    assert back == both
    columns = both.facilities.frame.columns
    pd.testing.assert_frame_equal(pd.DataFrame(back.facilities.frame[columns]), pd.DataFrame(both.facilities.frame))
    pd.testing.assert_frame_equal(back.demand.frame, both.demand.frame, check_like=True)
    assert not NOTHING
    assert own_of() == NOTHING == read_own(b"{}")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda parts: parts["facilities"][0].update(lat=99.0),
        lambda parts: parts["facilities"][0].update(facility_id="F0001"),
        lambda parts: parts["facilities"][0].update(chain_stage=7.5),
        lambda parts: parts["facilities"][0].pop("mineral"),
        lambda parts: parts["demand"][0].update(value_t="much"),
        lambda parts: parts.update(other=[]),
        lambda parts: parts.update(facilities="x"),
    ],
)
def test_a_spoilt_file_of_own_data_is_refused(spoil):
    parts = json.loads(own_of(facilities(), demand(5)).to_json())
    spoil(parts)
    with pytest.raises(BadInputError, match="cannot be read"):
        read_own(json.dumps(parts).encode())
    with pytest.raises(BadInputError, match="cannot be read"):
        read_own(b"[" * 100_000)


def test_own_facilities_join_the_question_and_say_whose_they_are():
    before = seen(asked())
    own = own_of(facilities("Baku <b>works</b>", tonnes=70))
    found = asked(own)
    rows = found.corridors[found.corridors["facility_ids"].map(lambda ids: "U-B1" in ids)]
    assert len(rows)
    assert rows["facility_names"].map(lambda names: "Baku <b>works</b> (yours)" in names).all()
    assert rows["cost_usd_t"].gt(0).all()
    frames = map_frames(found, shown(found, most=10))
    placed = frames["facilities"].set_index("facility_id").loc["U-B1"]
    assert placed["name"].endswith("(yours)")
    assert placed["source"] == "upload: mine.csv"
    page = html_map(found)
    assert "(yours)" in page
    assert "<b>works" not in page
    assert ("yours", "facilities, mine.csv") in [source[:2] for source in provenance(found).sources]
    assert seen(asked()) == before
    assert "U-B1" not in before


def test_own_facilities_leave_the_others_as_they_were():
    base, found = asked(), asked(own_of(facilities(tonnes=70)))
    common = base.sources.index.intersection(found.sources.index)
    assert len(common) == len(base.sources)
    joined, alone = found.sources.loc[common, "base_cost_usd_t"], base.sources["base_cost_usd_t"]
    assert (joined <= alone + 0.01).all()  # a further plant can only make a chain cheaper
    kept = base.corridors.index.intersection(found.corridors.index)
    assert len(kept)
    gap = found.corridors.loc[kept, "cost_usd_t"] - base.corridors.loc[kept, "cost_usd_t"]
    assert gap.abs().max() < 0.01


def test_a_site_beyond_every_line_is_unknown_not_lost():
    text = BAKU.replace("40.4,49.9,AZE", "78.0,-40.0,GRL").replace("refining", "mining").replace("gallium", "lithium")
    own = own_of(facilities(text=text.replace("t Ga/yr", "t Li/yr")))
    found = answer(Ask("lithium", "USA", None, own), Scenario())
    assert found.sources.loc["U-B1", "status"] == "unknown"


def test_own_demand_replaces_the_published_need():
    def cover(found):
        raw = found.base.table.raw["capacity_cover"].dropna()
        tonnes = found.corridors["capacity_t_yr"].reindex(raw.index)
        return (tonnes / raw).round(6).unique().tolist()

    assert cover(asked(own_of(demand(123)))) == [123.0]
    ours = need("gallium", "JPN").value_t_yr
    assert cover(asked(own_of(demand(123, country="KOR")))) == ([] if ours is None else [pytest.approx(ours)])
    two = own_of(demand(1, year=2020))
    rows = pd.concat([two.demand.frame, demand(9, year=2025).rows])
    assert own_of(dataclasses.replace(demand(1), rows=rows)).need("gallium", "JPN").value_t_yr == 9


def test_demand_alone_needs_no_world_of_its_own():
    assert world_with(own_of(demand(5)).facilities) is world()


def test_two_users_at_once_never_meet():
    names = [f"Works of user {number}" for number in range(4)]
    owns = [own_of(facilities(name, tonnes=50 + number)) for number, name in enumerate(names)]
    shut = Scenario(close={"suez"})

    def session(number):
        told = [seen(asked(owns[number], scenario)) for scenario in (Scenario(), shut, Scenario())]
        strangers = [name for other, name in enumerate(names) if other != number and any(name in text for text in told)]
        return names[number] in told[0], told[0] == told[2], strangers, "Works of user" in seen(asked())

    with ThreadPoolExecutor(4) as crowd:
        assert list(crowd.map(session, range(4))) == [(True, True, [], False)] * 4


def test_few_worlds_of_users_are_kept():
    users = range(planner.OWN_WORLDS_KEPT + 2)
    kept = [weakref.ref(world_with(own_of(facilities(tonnes=200 + user)).facilities).router) for user in users]
    planner.finder_with.cache_clear()
    gc.collect()
    assert sum(each() is not None for each in kept) == planner.OWN_WORLDS_KEPT
    assert world().router.topology.index is kept[-1]().topology.index


def test_more_sites_than_may_join_are_refused_in_one_line():
    lines = [f"S{n},Site {n},{10 + n / 1000:.3f},20,,cobalt,mining,,\n" for n in range(MOST_SITES + 1)]
    upload = read_upload("many.csv", (MINE + "".join(lines)).encode(), kind="facilities")
    with pytest.raises(BadInputError, match="at most 5,000"):
        own_of(upload)


def test_a_pack_with_own_data_is_verified_and_a_changed_tonne_named(tmp_path):
    found = asked(own_of(facilities(tonnes=70), demand(123)))
    path = tmp_path / "pack.zip"
    path.write_bytes(pack(found, most=3))
    assert verify(path) == []
    raw = path.read_bytes()
    assert raw.count(b'"capacity_t_yr": 70.0') == 1
    path.write_bytes(raw.replace(b'"capacity_t_yr": 70.0', b'"capacity_t_yr": 71.0'))
    assert any("yours.json" in line for line in verify(path))


def test_the_command_line_takes_files_and_names_bad_rows(tmp_path, capsys):
    files = {
        "facilities": BAKU.format(name="=cmd()", tonnes=70) + "B2,Lost,95,10,,gallium,refining,,\n",
        "demand": "mineral,country,year,value,unit\ngallium,JPN,2024,123,t contained\n",
        "closure": 'name,wkt\nRed Sea,"POLYGON ((42 13, 44 13, 44 15, 42 15, 42 13))"\n',
    }
    options = []
    for kind, text in files.items():
        (tmp_path / f"{kind}.csv").write_text(text)
        options += [f"--{kind}", str(tmp_path / f"{kind}.csv")]
    out = tmp_path / "out"
    options += ["--top", "60"]  # all there are
    assert main(["corridors", "--mineral", "gallium", "--to", "JPN", "--out", str(out), *options]) == 0
    told = capsys.readouterr().err
    assert "facilities.csv line 3, lat '95'" in told
    assert "1 of 2 rows used as facilities" in told
    assert "=cmd() (yours)" in (out / "corridors.csv").read_text()
    assert all(not cell.startswith("=") for cell in (out / "corridors.csv").read_text().replace("\r", "").split(","))
    assert len(json.loads((out / "scenario.json").read_text())["areas"]) == 1
    (tmp_path / "demand.csv").write_text("mineral,country,year,value\nnone,JPN,2024,1\n")
    assert main(["corridors", "--mineral", "gallium", "--to", "JPN", "--out", str(out), *options[2:4]]) == 2
    assert "no row can be used" in capsys.readouterr().err


def test_an_area_that_is_uploaded_shuts_what_crosses_it():
    csv = b'name,wkt\nRed Sea,"POLYGON ((42 12, 45 12, 45 15, 42 15, 42 12))"\n'
    closed = areas(read_upload("a.csv", csv, kind="closure"))
    found = answer(Ask("cobalt", "EU"), Scenario(areas=closed))
    now = found.corridors[found.corridors["case"] == "scenario"]
    assert now["chokepoints"].map(lambda names: "bab_el_mandeb" in names).sum() == 0
    base = found.corridors[found.corridors["case"] == "base"]
    assert base["chokepoints"].map(lambda names: "bab_el_mandeb" in names).any()


def test_a_coast_line_is_thinned_until_a_scenario_can_carry_it():
    ring = shapely.Point(40, 14).buffer(3, quad_segs=20_000)
    assert shapely.get_num_coordinates(ring) > 10 * MOST_CORNERS
    feature = {"type": "Feature", "properties": {"name": "Big"}, "geometry": shapely.geometry.mapping(ring)}
    raw = json.dumps({"type": "FeatureCollection", "features": [feature]})
    (kept,) = areas(read_upload("big.geojson", raw.encode(), kind="closure"))
    thin = shapely.from_wkt(kept)
    assert shapely.get_num_coordinates(thin) <= MOST_CORNERS
    assert thin.symmetric_difference(ring).area < 0.02 * ring.area
    Scenario(areas={kept})


def test_the_templates_can_be_used():
    uploads = [read_upload(f"{kind}.csv", templates()[f"{kind}.csv"], kind=kind) for kind in ("facilities", "demand")]
    own = own_of(*uploads)
    assert isinstance(own, Own)
    assert own.facility_ids == {"U-A1", "U-A2", "U-A3"}
