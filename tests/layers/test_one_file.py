"""What leaves of a real answer: one HTML file of ten corridors a case, and a GeoPackage with the closed area."""

import re
import sqlite3
from contextlib import closing

import geopandas as gpd
import pytest

from geo.scenarios import Scenario
from layers.answer import Ask, answer
from layers.exports import to_geopackage
from layers.outputs import html_map, map_frames, provenance, shown

RED_SEA = "POLYGON ((42 12, 45 12, 45 15, 42 15, 42 12))"
TEN, LIMIT_BYTES = 10, 2_000_000
CASES = {
    "strait": Scenario(close={"suez"}),
    "drawn": Scenario(areas={RED_SEA}),
    "strait, country and date line": Scenario(close={"malacca", "panama"}, avoid={"IDN"}),
}


@pytest.fixture(scope="module", params=CASES, ids=list(CASES))
def found(request):
    return answer(Ask("cobalt", "EU"), CASES[request.param])


@pytest.fixture(scope="module")
def html(found):
    return html_map(found, most=TEN)


def test_ten_corridors_a_case_stay_under_two_megabytes(found, html):
    rows = shown(found, most=TEN)
    assert (rows["case"] == "base").sum() >= TEN
    assert len(html.encode()) < LIMIT_BYTES
    assert html.count('<th scope="row">') == len(rows)
    assert not re.search(r'(?:src|href)="(?!data:|#)', html[: html.index("<script>")])


@pytest.mark.browser
def test_it_opens_with_the_network_cut_asks_for_nothing_and_is_worked_by_keyboard(html, page, tmp_path):
    asked, refused = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    path = tmp_path / "map.html"
    path.write_text(html, encoding="utf-8")
    page.context.set_offline(True)
    page.goto(path.as_uri())
    page.wait_for_selector("path.leaflet-interactive", state="attached")
    assert "default-src 'none'" in page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the first stop leads past the map, whose every point is one
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.key || ''"):
            break
    chosen = page.evaluate("document.activeElement.dataset.key")
    assert chosen
    page.keyboard.press("Enter")
    assert page.locator('button[aria-pressed="true"]').get_attribute("data-key") == chosen
    assert page.locator("#said").inner_text()
    page.keyboard.press("Escape")
    assert page.locator('button[aria-pressed="true"]').count() == 0
    table, drawn = page.locator("table.corridors").bounding_box(), page.locator(".map").bounding_box()
    assert table["y"] >= drawn["y"] + drawn["height"]
    assert page.locator(".leaflet-control-layers").count() == 1
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert refused == []


@pytest.mark.browser
def test_ten_corridors_print_on_one_page(found, page, tmp_path):
    path = tmp_path / "map.html"
    path.write_text(html_map(found, most=TEN // 2), encoding="utf-8")  # five of each case, and those hurt most
    page.goto(path.as_uri())
    page.wait_for_selector("path.leaflet-interactive", state="attached")
    assert page.locator("table.corridors tbody tr").count() >= TEN
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True))) == 1
    page.emulate_media(media="print")
    legend, drawn = (page.locator(name).bounding_box()["height"] for name in (".cm-legend", ".map"))
    assert legend < 0.35 * drawn  # it has shrunk with the map, and leaves it to be seen


def test_the_closed_area_is_on_the_map_and_a_styled_layer_of_the_geopackage(tmp_path):
    found = answer(Ask("cobalt", "EU"), CASES["drawn"])
    page = html_map(found, most=2)
    assert "Closed area" in page
    assert "Closed area" not in html_map(answer(Ask("cobalt", "EU"), CASES["strait"]), most=2)
    rows = shown(found, most=2)
    raw = to_geopackage(map_frames(found, rows), provenance=provenance(found))
    path = tmp_path / "layers.gpkg"
    path.write_bytes(raw)
    areas = gpd.read_file(path, layer="areas")
    assert areas.geometry.iloc[0].normalize().equals_exact(gpd.GeoSeries.from_wkt([RED_SEA]).iloc[0].normalize(), 1e-9)
    with closing(sqlite3.connect(path)) as database:
        styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles"))
    assert 'type="fill"' in styles["areas"]
    assert "SimpleFill" in styles["areas"]
