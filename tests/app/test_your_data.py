"""The screen *Your data*: files in, faults named, good rows in Explore at once, kept and removed; drawn areas too."""

import csv
import io

import pytest
from streamlit.testing.v1 import AppTest

from layers.catalog import DATABASE
from layers.exports import guarded_csv
from layers.saved import open_store
from layers.uploads import KINDS, read_upload, templates
from layers.uploads.report import problems_csv, rows_file
from tests.layers.payloads import PAYLOADS

SCREEN = "from views.your_data import render\nrender()\n"
SHOWN = "from views.explore import render\nrender()\n"
HEAD = "id,name,lat,lon,country,mineral,stage,capacity,unit\n"
GOOD = "A1,Baku works,40.4,49.9,AZE,gallium,refining,70,t Ga/yr\n"
BAD = "A2,Lost,95,10,,gallium,refining,5,t\n"
PATIENCE_MS = 60_000


@pytest.fixture
def at(tmp_path, monkeypatch):
    monkeypatch.setenv(DATABASE, str(tmp_path / "saved.gpkg"))
    return AppTest.from_string(SCREEN, default_timeout=90).run()


def part(at, name):
    at.segmented_control(key="data_part").set_value(name).run()
    assert not at.exception
    return at


def bring(at, kind, name, raw):
    part(at, kind).file_uploader(key=f"file_{kind}").upload(name, raw).run()
    assert not at.exception
    return at


def figures(at):
    return [each.value for each in at.metric]


def explored(at, **wanted):
    """Open Explore in the same session."""
    explore = AppTest.from_string(SHOWN, default_timeout=90)
    for key in ("_brought", "_brought_own", "_brought_areas"):
        if key in at.session_state:
            explore.session_state[key] = at.session_state[key]
    for key, value in wanted.items():
        explore.query_params[key] = value
    explore.run()
    assert not explore.exception
    return explore


def test_good_rows_are_used_at_once_and_bad_ones_named(at):
    bring(at, "facilities", "mine.csv", (HEAD + GOOD + BAD).encode())
    assert figures(at) == ["2", "1", "1"]
    faults = at.dataframe[0].value
    assert faults.loc[0, ["Line", "Column", "Value"]].tolist() == [3, "lat", "95"]
    assert "swapped" in faults.loc[0, "Problem"]
    assert faults.loc[0, "Remedy"]
    assert at.dataframe[1].value["name"].tolist() == ["Baku works"]
    explore = explored(at, mineral="gallium", hub="JPN")
    assert any("1 of your facilities" in item.value for item in explore.caption)
    table = explore.dataframe[0].value
    assert table["corridor"].str.contains("Baku works (yours)", regex=False).any()
    other = explored(AppTest.from_string(SCREEN, default_timeout=90).run(), mineral="gallium", hub="JPN")
    assert not other.dataframe[0].value["corridor"].str.contains("yours").any()


def test_a_file_can_be_let_go_and_used_again(at):
    bring(at, "facilities", "mine.csv", (HEAD + GOOD).encode())
    at.button(key="stop_facilities").click().run()
    assert at.session_state["_brought"] == {}
    at.button(key="use_facilities").click().run()
    assert "facilities" in at.session_state["_brought"]


@pytest.mark.parametrize(
    ("name", "raw"),
    [("a.json", b"[1"), ("a.csv", b""), ("a.csv", b"only,columns\n1,2\n"), ("a.xlsx", b"PK\x03\x04half")],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(at, name, raw):
    bring(at, "demand", name, raw)
    assert len(at.error) == 1
    assert "\n" not in at.error[0].value
    assert at.session_state["_brought"] == {}


def test_too_many_sites_are_kept_but_not_used(at):
    rows = "".join(f"S{n},Site {n},{10 + n / 1000:.3f},20,,cobalt,mining,,\n" for n in range(5_001))
    bring(at, "facilities", "many.csv", (HEAD + rows).encode())
    assert "5,000" in at.error[0].value.replace("\\", "")
    assert figures(at)[0] == "5,001"
    assert at.session_state["_brought"] == {}


def test_an_area_closes_ways_and_goes_out_in_the_scenario(at):
    bring(at, "closure", "red.csv", b'name,wkt\nRed Sea,"POLYGON ((42 12, 45 12, 45 15, 42 15, 42 12))"\n')
    explore = explored(at, mineral="cobalt", hub="EU")
    assert "1 drawn area closed" in explore.title[0].value
    assert explore.dataframe[0].value["status"].str.contains("rerouted|degraded|stranded").any()
    part(at, "scenario")
    assert len(at.session_state["_brought_areas"]) == 1


def test_corners_become_an_area(at):
    part(at, "closure")
    assert at.button(key="closure_go").disabled
    at.session_state["_corners"] = [(42.0, 12.0), (45.0, 12.0), (45.0, 15.0)]
    at.run()
    at.button(key="closure_go").click().run()
    assert not at.exception
    at.session_state["_corners"] = [(1.0, 1.0), (2.0, 1.0), (2.0, 2.0)]
    at.run()
    at.button(key="closure_go").click().run()
    assert len(at.session_state["_brought_areas"]) == 2


def test_what_is_saved_is_listed_used_and_removed(at):
    bring(at, "facilities", "mine.csv", (HEAD + GOOD).encode())
    at.text_input(key="save_facilities").set_value('<b>"mine"</b>')
    at.button(key="save_facilities_go").click().run()
    part(at, "scenario")
    at.button(key="save_scenario_go").click().run()
    fresh = part(AppTest.from_string(SCREEN, default_timeout=90).run(), "saved")
    assert fresh.dataframe[0].value["Name"].tolist() == ["My scenario", '<b>"mine"</b>']
    fresh.selectbox(key="saved_choice").set_value(("upload", '<b>"mine"</b>')).run()
    assert not fresh.exception
    fresh.button(key="saved_use").click().run()
    assert fresh.session_state["_brought"]["facilities"].rows_good == 1
    fresh.button(key="saved_remove").click().run()
    assert not fresh.exception
    assert open_store().names()["name"].tolist() == ["My scenario"]


def test_a_store_that_cannot_be_opened_is_one_line(at, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv(DATABASE, str(tmp_path / "file" / "below.gpkg"))
    at.segmented_control(key="data_part").set_value("saved").run()
    assert not at.exception
    assert "cannot be written" in at.error[0].value
    bring(at, "facilities", "mine.csv", (HEAD + GOOD).encode())
    at.button(key="save_facilities_go").click().run()
    assert not at.exception
    assert any("cannot be written" in item.value for item in at.info)


@pytest.mark.parametrize("kind", KINDS)
def test_the_good_rows_go_out_as_a_file_that_comes_back_the_same(kind):
    upload = read_upload(f"{kind}.csv", templates()[f"{kind}.csv"], kind=kind)
    file = rows_file(upload)
    again = read_upload(f"back.{file.suffix}", file.raw, kind=kind)
    assert (again.rows_bad, len(again.rows)) == (0, len(upload.rows))
    shown = {"facilities": ["facility_id", "mineral", "capacity_t_yr", "lon", "lat", "status"], "closure": ["name"]}
    for column in shown.get(kind, ["mineral", "country_iso3", "year", "value_t"]):
        assert again.rows[column].fillna(-1).tolist() == upload.rows[column].fillna(-1).tolist()


def test_no_cell_of_a_list_of_faults_starts_a_formula():
    cells = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(1)", "-2", "\tx", *PAYLOADS[:40]]
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows([HEAD.strip().split(","), *(["i", *[cell] * 8] for cell in cells)])
    upload = read_upload("a.csv", lines.getvalue().encode(), kind="facilities")
    assert upload.rows_bad == upload.rows_in == len(cells)
    told = list(csv.reader(io.StringIO(problems_csv(upload).decode("utf-8-sig"), newline="")))
    assert len(told) == len(upload.problems) + 1
    assert not [cell for row in told[1:] for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert guarded_csv(upload.problems).count("'=1+1")


@pytest.mark.browser
def test_hostile_names_from_a_file_run_nothing_and_reach_the_map(app_url, page, tmp_path):
    dialogs, asked = [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    lines = io.StringIO(newline="")
    names = [text for text in PAYLOADS if text.isprintable()][:60]
    rest = ["AZE", "gallium", "refining", 70, "t Ga/yr"]
    rows = [[f"P{n}", name, 40.4, 49.9 + n / 1000, *rest] for n, name in enumerate(names)]
    csv.writer(lines).writerows([HEAD.strip().split(","), *rows])
    (tmp_path / "names.csv").write_text(lines.getvalue())
    page.goto(f"{app_url}/data?mineral=gallium")
    page.get_by_text("Templates:").wait_for(timeout=PATIENCE_MS)
    page.locator("input[type=file]").set_input_files(tmp_path / "names.csv")
    page.get_by_text("in use").wait_for(timeout=PATIENCE_MS)
    page.get_by_role("link", name="Explore").click()
    leaflet = page.frame_locator('iframe[title="streamlit_folium.st_folium"]')
    leaflet.locator("path.leaflet-interactive").first.wait_for(state="attached", timeout=PATIENCE_MS)
    held = "() => Object.values(window.map._layers).some(l => l.feature && /yours/.test(l.feature.properties.name))"
    for _ in range(300):
        if leaflet.locator("#map_div").evaluate(held):
            break
        page.wait_for_timeout(100)
    assert leaflet.locator("#map_div").evaluate(held)
    assert dialogs == []
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.evaluate("document.documentElement.innerHTML.includes('<img src=x onerror')") is False
    assert [url for url in asked if not url.startswith((app_url, "data:", "blob:"))] == []


@pytest.mark.browser
def test_a_scenario_brought_before_explore_was_ever_open_is_what_explore_shows(app_url, page, tmp_path):
    (tmp_path / "s.json").write_text('{"close": ["suez"], "question": {"mineral": "gallium", "hub": "JPN"}}')
    page.goto(f"{app_url}/data")
    page.get_by_text("Templates:").wait_for(timeout=PATIENCE_MS)
    page.get_by_text("Scenario", exact=True).click()
    page.get_by_text("Download the scenario").wait_for()
    page.locator("input[type=file][accept*='yaml']").set_input_files(tmp_path / "s.json")
    page.wait_for_url("**close=suez**")
    page.get_by_role("link", name="Explore").click()
    page.get_by_text("Gallium to Japan: Suez Canal closed").first.wait_for(timeout=PATIENCE_MS)
