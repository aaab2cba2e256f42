"""Maps: what is drawn, in one file, with no network, whatever the names say."""

import importlib.util
import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import BadInputError, ContractError, UnknownIdError
from layers import countries, features, style
from layers.build import countries as country_build
from layers.build.drawn_countries import countries_drawn
from layers.maps import assemble, build_map, corridor_bounds
from layers.provenance import Provenance
from layers.safe import js_json, js_parsed, strong
from layers.standalone import UnvendoredAssetError, corridor_table, standalone_html, vendored
from layers.steps import stepped

_spec = importlib.util.spec_from_file_location("payloads", Path(__file__).with_name("payloads.py"))
_payloads = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_payloads)
PAYLOADS = _payloads.PAYLOADS
TWO_MB = 2 * 2**20


@pytest.fixture
def make_html(frames, basemap, provenance):
    def make(*, online_tiles=False, **options):
        given = options.pop("frames", frames)
        credit = options.pop("provenance", provenance)
        land = options.pop("land", basemap)
        base, groups = build_map(given, basemap=land, provenance=credit, **options)
        bounds = corridor_bounds(given["corridors"], centre=options.get("centre", "atlantic"))
        drawn = assemble(base, groups, bounds=bounds, online_tiles=online_tiles)
        return standalone_html(drawn, corridors=given["corridors"], provenance=credit, online_tiles=online_tiles)

    return make


@pytest.fixture
def open_map(page, tmp_path):
    """Open a page from disk; its requests and what it said are kept on the page object."""

    def opened(html, width=1400, height=1000):
        path = tmp_path / "map.html"
        path.write_text(html, encoding="utf-8")
        page.set_viewport_size({"width": width, "height": height})
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.add_init_script("window.hits = []; window.hacked = (n) => window.hits.push(n || 1)")
        page.goto(path.as_uri())
        page.wait_for_selector("path.leaflet-interactive", state="attached")
        return page

    return opened


def test_a_card_and_the_table_of_the_file_say_what_is_not_known(frames, make_html):
    corridors = frames["corridors"]
    doubts = {"status_unknown": ("Kokkola",), "feed_unknown": ("Zhangjiagang",)}
    lines = features.corridor_features(
        corridors.assign(**{name: [value] * len(corridors) for name, value in doubts.items()}),
        case="base",
        centre_lon=0.0,
    )
    told = "whether Kokkola operates; whether Zhangjiagang takes this ore or brine"
    assert {line["properties"]["unsure"] for line in lines["features"]} == {told}
    page = make_html(frames=frames | {"corridors": corridors.assign(status_unknown=[("Kokkola",)] * len(corridors))})
    assert "not known: whether Kokkola operates" in page
    assert "not known:" not in make_html()


def hostile(frames):
    """Put a payload into every text of every frame that a map shows: names, reasons, operators, sources."""
    made = {name: frame.copy() for name, frame in frames.items()}
    count = len(PAYLOADS)
    facility = made["facilities"].iloc[0].to_dict()
    rows = [
        facility
        | dict.fromkeys(("name", "operator", "source", "stage", "country_iso3"), p)
        | {"lon": n * 300 / count - 150, "lat": n % 40}
        for n, p in enumerate(PAYLOADS)
    ]
    made["facilities"] = pd.DataFrame(rows, index=pd.Index(PAYLOADS, name="facility_id"))
    point = made["chokepoints"].iloc[0].to_dict()
    made["chokepoints"] = pd.DataFrame(
        [point | {"name": p, "alternative": p, "source": p, "lat": n % 60} for n, p in enumerate(PAYLOADS)]
    )
    made["ports"] = pd.DataFrame([{"name": p, "lon": 5.0, "lat": n % 50, "source": p} for n, p in enumerate(PAYLOADS)])
    corridor = made["corridors"].iloc[0].to_dict()
    made["corridors"] = pd.DataFrame(
        [corridor | {"facility_names": (p, p), "reason": p, "chokepoints": (p,), "hub": p} for p in PAYLOADS],
        index=pd.Index(PAYLOADS, name="corridor_id"),
    )
    leg = made["legs"].iloc[0].to_dict()
    made["legs"] = pd.DataFrame([leg | {"from_name": p, "to_name": p, "corridor_id": p} for p in PAYLOADS])
    return made


def test_there_are_enough_payloads():
    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 60


@pytest.mark.parametrize("payload", PAYLOADS)
def test_json_in_a_script_says_the_same_and_opens_nothing(payload):
    text = js_json({payload: [payload]})
    assert json.loads(text) == {payload: [payload]}
    opened = r"[<>&`$\u2028\u2029]|\{[{%#]"
    assert not re.search(opened, text)
    assert not re.search(opened, js_parsed({payload: [payload]}))
    assert not re.search(r"[<>`${}\\]", strong(payload))


@pytest.mark.browser
def test_a_script_reads_back_what_it_was_given(page):
    assert page.evaluate(js_parsed({"names": PAYLOADS})) == {"names": PAYLOADS}


def test_json_refuses_nan():
    with pytest.raises(ValueError, match="JSON"):
        js_json({"cost": float("nan")})


@pytest.mark.browser
def test_hostile_names_run_nothing_on_page_or_server(frames, make_html, open_map):
    joined = " ".join(PAYLOADS)
    sources = pd.DataFrame({"publisher": PAYLOADS, "title": PAYLOADS, "licence": PAYLOADS})
    credit = Provenance.of(sources, scenario=joined, date="{{ 7*7 }}", method_version="<b>{% x")
    os.environ.pop("CORRIDOR_HACKED", None)
    page = open_map(make_html(frames=hostile(frames), provenance=credit))
    assert "CORRIDOR_HACKED" not in os.environ
    page.evaluate(
        """() => {  // switch everything on, open every tooltip and pop-up, choose every row
            const map = CorridorMap.maps[0];
            document.querySelectorAll(".leaflet-control-layers-selector").forEach((box) => box.checked || box.click());
            document.querySelectorAll("details").forEach((d) => { d.open = true; });
            map.eachLayer((l) => { if (l.feature) { l.fire("click", {latlng: map.getCenter()}, true);
              l.fire("mouseover", {latlng: map.getCenter()}, true); } });
            document.querySelectorAll("button[data-key]").forEach((b) => b.click());
        }"""
    )
    page.wait_for_timeout(500)
    assert page.evaluate("window.hits") == []
    assert page.locator("img:not(.leaflet-tile)").count() == 0
    assert page.locator(".cm-card a, .cm-tip a, .cm-panel a, main table a").count() == 0
    shown = page.locator("tbody button").all_inner_texts()
    assert len(shown) == len(PAYLOADS)
    assert "49" not in " ".join(shown)
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []
    # The trap itself must work, or its silence says nothing.
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=hacked()>')")
    page.wait_for_function("window.hits.length === 1")


@pytest.mark.browser
@pytest.mark.parametrize("centre", ["atlantic", "pacific"])
def test_the_file_draws_every_layer_with_the_network_cut(centre, make_html, open_map):
    html = make_html(centre=centre)
    page = open_map(html)
    page.evaluate("CorridorMap.maps[0].setZoom(0.5, {animate: false})")  # it opens on the corridors; all of it now
    drawn = page.evaluate(
        """() => { const ids = []; CorridorMap.maps[0].eachLayer((l) => {
            const p = l.feature && l.feature.properties;
            if (p && p.name && l._path.getAttribute("d") !== "M0 0") ids.push(p.id) });
            return ids }"""
    )
    assert {"pacific", "suez", "cape", "mine-1", "plant-2", "rec-1", "CNSHA", "USA", "panama"} <= set(drawn)
    assert [url for url in page.asked if not url.startswith("data:")] == [page.url]
    assert page.title() == "Suez closed"
    assert page.locator("html").get_attribute("lang") == "en"
    for text in ("© OpenStreetMap contributors", "Natural Earth", "ODbL 1.0", "2026-11-23", "0.1.0"):
        assert text in page.locator("body").inner_text()
    assert "Scenario: rerouted" in page.locator(".cm-legend").inner_text()
    assert len(html.encode()) < TWO_MB


@pytest.mark.browser
def test_the_policy_stops_a_fetch(make_html, open_map):
    page = open_map(make_html())
    answer = page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'went', (e) => e.name)")
    assert answer == "TypeError"
    assert not any("127.0.0.1" in url for url in page.asked)


@pytest.mark.browser
def test_the_keyboard_reaches_a_route_through_the_table(make_html, open_map):
    page = open_map(make_html(centre="pacific"))
    button = page.get_by_role("button", name="Kolwezi → Kokkola → United States")
    for _ in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("(b) => b === document.activeElement"):
            break
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    chosen = """() => { const weights = [];
        CorridorMap.maps[0].eachLayer((l) => { if (l.cmChosen) weights.push(l.options.weight) });
        return weights }"""
    assert page.evaluate(chosen) == [style.CORRIDOR["scenario"]["weight"] + 3]
    page.keyboard.press("Escape")
    assert page.evaluate(chosen) == []
    assert button.get_attribute("aria-pressed") == "false"


@pytest.mark.browser
def test_a_click_tells_the_facts_and_only_web_addresses_link(make_html, open_map):
    page = open_map(make_html())
    tell = """(id) => { const map = CorridorMap.maps[0]; map.eachLayer((l) => {
        if (l.feature && l.feature.properties.id === id) l.fire("click", {latlng: l.getLatLng()}, true) }) }"""
    page.evaluate(tell, "mine-1")
    card = page.locator(".cm-card")
    assert card.locator("a").get_attribute("href") == "https://example.org/pls"
    assert card.locator("a").get_attribute("rel") == "noopener noreferrer"
    page.evaluate(tell, "mine-2")
    page.wait_for_function("document.querySelectorAll('.cm-card').length === 1")
    assert page.locator(".cm-card a").count() == 0
    assert "hacked" in card.inner_text()


@pytest.mark.browser
def test_ten_corridors_print_on_one_page(corridors, frames, make_html, open_map):
    ten = pd.concat([corridors, corridors.set_axis([f"{i}-2" for i in corridors.index])])
    tables = pd.DataFrame(
        {"publisher": [f"Publisher {n}" for n in range(36)], "title": "Title of a table", "licence": "CC BY"}
    )
    credit = Provenance.of(tables, scenario="Ten corridors", date="2026-11-23", method_version="0.1.0")
    page = open_map(make_html(frames={**frames, "corridors": ten}, provenance=credit))
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1


@pytest.mark.browser
def test_on_a_phone_nothing_is_wider_than_the_screen(make_html, open_map):
    page = open_map(make_html(), width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator(".cm-legend").get_attribute("open") is None


APART = """() => { const box = (s) => document.querySelector(s).getBoundingClientRect();
    const legend = box(".cm-legend"), sources = box(".cm-sources"), map = box(".folium-map");
    const apart = legend.right <= sources.left || legend.bottom <= sources.top;
    return apart && legend.bottom <= map.bottom && legend.top >= map.top && legend.right <= map.right }"""


@pytest.mark.browser
@pytest.mark.parametrize(("width", "folded"), [(1400, False), (1024, False), (880, True), (640, True), (390, True)])
def test_the_legend_folds_by_key_and_never_covers_the_sources(width, folded, make_html, open_map):
    page = open_map(make_html(), width=width, height=844)
    legend = page.get_by_role("group", name="Legend of the map")
    assert legend.evaluate("(d) => d.open") is not folded
    assert page.evaluate(APART)
    legend.locator("summary").focus()
    page.keyboard.press("Enter")
    assert legend.evaluate("(d) => d.open") is folded
    page.wait_for_timeout(100)
    assert page.evaluate(APART)
    page.get_by_role("group", name="Sources of the map").locator("summary").press("Enter")
    page.wait_for_timeout(100)
    assert page.evaluate(APART)


@pytest.mark.browser
def test_a_label_at_the_edge_of_the_map_turns_inwards(make_html, open_map):
    page = open_map(make_html())
    page.evaluate(
        """() => { const map = CorridorMap.maps[0]; let hub = null; map.eachLayer((l) => {
            if (l.feature && l.feature.properties.id === "USA") hub = l.getLatLng() });
            map.setView([hub.lat, hub.lng], 5, {animate: false});
            map.panBy([-map.getSize().x / 2 + 30, 0], {animate: false}) }"""
    )
    page.wait_for_timeout(200)
    label = page.locator(".cm-label", has_text="United States").bounding_box()
    frame = page.locator(".folium-map").bounding_box()
    assert label["x"] + label["width"] <= frame["x"] + frame["width"]


@pytest.mark.browser
def test_the_legend_follows_the_width_of_the_window(make_html, open_map):
    page = open_map(make_html(), width=1400)
    is_open = "document.querySelector('.cm-legend').open"
    for width, expected in ((500, False), (1400, True)):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_timeout(300)
        assert page.evaluate(is_open) is expected
        assert page.evaluate(APART)


@pytest.mark.browser
def test_online_tiles_are_asked_for_only_when_picked(make_html, open_map):
    page = open_map(make_html(online_tiles=True))
    assert not any("tile.openstreetmap" in url for url in page.asked)
    page.evaluate(
        "[...document.querySelectorAll('.leaflet-control-layers-base input')].find((i) => !i.checked).click()"
    )
    page.wait_for_timeout(300)
    assert any("tile.openstreetmap.org" in url for url in page.asked)


def test_without_the_opt_in_the_file_names_no_tile_host(make_html):
    assert "tile.openstreetmap" not in make_html()


def test_the_same_map_gives_the_same_bytes(make_html):
    assert make_html() == make_html()


def test_an_asset_that_is_not_vendored_stops_the_export(frames, basemap, provenance):
    base, groups = build_map(frames, basemap=basemap, provenance=provenance, assets="https://cdn.example/")
    base.default_js = [("evil", "https://cdn.example/other.js")]
    with pytest.raises(UnvendoredAssetError, match=r"other\.js"):
        standalone_html(assemble(base, groups), corridors=frames["corridors"], provenance=provenance)


def test_vendored_css_carries_its_pictures():
    assert "url(data:image/png;base64," in vendored("leaflet.css")
    assert "url(images/" not in vendored("leaflet.css")


def test_a_lost_corridor_is_a_base_one_that_the_scenario_strands(corridors):
    assert list(features.lost(corridors).index) == ["suez"]
    assert features.lost(corridors[corridors["case"] == "base"]).empty


def test_a_stranded_corridor_is_listed_but_not_drawn(corridors):
    scenario = corridors[corridors["case"] == "scenario"]
    drawn = features.corridor_features(scenario, case="scenario", centre_lon=0)
    assert [f["properties"]["id"] for f in drawn["features"]] == ["pacific", "cape"]


@pytest.mark.parametrize("middle", [0, 150])
def test_a_pacific_crossing_is_one_line_on_every_map(middle, corridors):
    drawn = features.corridor_features(corridors.iloc[:1], case="base", centre_lon=middle)["features"][0]
    line = shapely.geometry.shape(drawn["geometry"])
    assert line.geom_type == "LineString"
    assert abs((line.bounds[0] + line.bounds[2]) / 2 - middle) <= 180


# What an element's path covers, in longitude: of a feature by its id.
SPANS = """(id) => { const map = CorridorMap.maps[0], zero = map.latLngToLayerPoint([0, 0]).x, found = [];
    const world = 256 * 2 ** map.getZoom();
    map.eachLayer((l) => { if (!l.feature || l.feature.properties.id !== id || !l._path) return;
      l._path.getAttribute("d").split("M").filter(Boolean).forEach((part) => {
        const xs = part.match(/-?[0-9.]+ -?[0-9.]+/g).map((pair) => (parseFloat(pair) - zero) * 360 / world);
        found.push([Math.min(...xs), Math.max(...xs)]) }) });
    return found }"""


@pytest.mark.browser
def test_a_line_over_the_pacific_is_whole_and_the_world_fills_a_wide_frame(make_html, open_map):
    page = open_map(make_html(land=countries.basemap()))
    page.evaluate("CorridorMap.maps[0].setView([20, 178], 1.75, {animate: false})")
    spans = page.evaluate(SPANS, "pacific")
    assert any(west < 120 and east > 240 for west, east in spans), spans
    shown = page.evaluate("(() => { const b = CorridorMap.maps[0].getBounds(); return [b.getWest(), b.getEast()] })()")
    land = """(() => { const d = []; CorridorMap.maps[0].eachLayer((l) => {
        if (l.options && l.options.pane === "countries" && l._path) d.push(l._path.getBBox()) });
        const zero = CorridorMap.maps[0].latLngToLayerPoint([0, 0]).x, world = 256 * 2 ** CorridorMap.maps[0].getZoom();
        const ends = [Math.min(...d.map((b) => b.x)), Math.max(...d.map((b) => b.x + b.width))];
        return ends.map((x) => (x - zero) * 360 / world)
    })()"""
    west, east = page.evaluate(land)
    assert shown[1] - shown[0] > 360
    assert west <= shown[0]
    assert east >= shown[1]


@pytest.mark.browser
def test_a_copy_of_a_point_tells_its_facts_where_it_is_clicked(make_html, open_map):
    page = open_map(make_html())
    page.evaluate("CorridorMap.maps[0].setView([-10, 240], 3, {animate: false})")
    before = page.evaluate("CorridorMap.maps[0].getCenter().lng")
    at = page.evaluate(
        """() => { const map = CorridorMap.maps[0]; let found = null; map.eachLayer((l) => {
            if (l.feature && l.feature.properties.id === "panama") found = l.getLatLng() });
            const p = map.latLngToContainerPoint([found.lat, found.lng + 360]);
            const box = map.getContainer().getBoundingClientRect();
            return { x: box.x + p.x, y: box.y + p.y } }"""
    )
    page.mouse.click(at["x"], at["y"])
    card = page.locator(".cm-card").bounding_box()
    assert abs(card["x"] + card["width"] / 2 - at["x"]) < 30
    assert abs(page.evaluate("CorridorMap.maps[0].getCenter().lng") - before) < 60


@pytest.mark.browser
def test_a_line_is_sent_as_steps_and_read_back_where_it_is(corridors, make_html, open_map):
    page = open_map(make_html())
    read = page.evaluate(
        """() => { const read = {}; CorridorMap.maps[0].eachLayer((l) => {
            const p = l.feature && l.feature.properties;
            if (p && p.case_label === "Scenario") read[p.id] = l.toGeoJSON(); }); return read }"""
    )
    scenario = corridors[corridors["case"] == "scenario"]
    sent = features.corridor_features(scenario, case="scenario", centre_lon=0)["features"]
    assert {feature["properties"]["id"]: feature["geometry"] for feature in sent} == {
        key: found["geometry"] for key, found in read.items()
    }


def test_steps_add_up_to_the_places_they_came_from():
    shape = shapely.MultiPolygon([shapely.box(170, -10.25, 190, 1).difference(shapely.box(171, 0, 172, 0.5))])
    coordinates = shapely.geometry.mapping(shape)["coordinates"]
    made = stepped({"type": "MultiPolygon", "coordinates": coordinates}, 2)
    back = [[(np.cumsum(np.reshape(ring, (-1, 2)), axis=0) / made["grain"]) for ring in part] for part in made["steps"]]
    assert [[list(map(tuple, ring.tolist())) for ring in part] for part in back] == [
        [list(ring) for ring in part] for part in coordinates
    ]


def test_steps_leave_heights_out_and_refuse_what_is_nowhere():
    flat, high = ([[1.0, 2.0, *up], [3.0, 5.0, *up]] for up in ((), (9.0,)))
    made = [stepped({"type": "LineString", "coordinates": line}, 0) for line in (flat, high)]
    assert made[0] == made[1] == {"type": "LineString", "grain": 1, "steps": [1, 2, 2, 3]}
    with pytest.raises(ValueError, match="NaN or infinite"):
        stepped({"type": "LineString", "coordinates": [[1.0, 2.0], [float("nan"), 5.0]]}, 0)


def test_the_table_tells_corridors_of_the_same_plants_apart_by_their_ports(corridors):
    row = corridors.iloc[0]
    rows = corridors.iloc[[0, 0]].set_axis(["one", "two"]).assign(ports=[("CNSHA", "USLAX"), ("NLRTM",)])
    names = re.findall(r"<button[^>]*>([^<]*)<", corridor_table(rows))
    plain_name = f"{' → '.join(row['facility_names'])} → United States"
    assert names == [f"{plain_name}, by Shanghai, Los Angeles", f"{plain_name}, by Rotterdam"]
    both_cases = rows.set_axis(["one", "one"]).assign(case=["base", "scenario"])
    assert re.findall(r"<button[^>]*>([^<]*)<", corridor_table(both_cases)) == [plain_name] * 2


def test_unknown_is_never_zero(corridors):
    drawn = features.corridor_features(corridors.iloc[4:], case="scenario", centre_lon=0)
    assert drawn["features"][0]["properties"]["capacity"] == "unknown (unknown)"


def test_width_follows_the_square_root_of_the_tonnes(corridors):
    base = corridors.iloc[:3].assign(t_yr=[100.0, 25.0, None])
    drawn = features.corridor_features(base, case="base", centre_lon=0, width_by="t_yr")
    assert [f["properties"]["_s"]["weight"] for f in drawn["features"]] == [8.0, 5.0, 2.0]


def test_bounds_are_those_of_the_map_not_of_the_globe(corridors):
    for centre in ("pacific", "atlantic"):  # whole on both: the crossing stands in the middle
        [[_, west], [_, east]] = corridor_bounds(corridors.iloc[:1], centre=centre)
        assert (west, east) == (116, 241.8)


def test_corridors_round_the_world_are_shown_with_all_of_it(corridors):
    line = shapely.LineString([(-170, 10), (0, -30), (160, 10)])
    rows = corridors.iloc[:1].assign(geometry=[line])
    assert corridor_bounds(rows, centre="atlantic") == [[-30, -180], [10, 180]]
    assert corridor_bounds(rows, centre="pacific") == [[-30, -30], [10, 330]]


def test_the_base_does_not_depend_on_the_corridors(frames, corridors, basemap, provenance):
    less = {**frames, "corridors": corridors.iloc[:1]}
    bases = [build_map(f, basemap=basemap, provenance=provenance)[0] for f in (frames, less)]
    assert bases[0].runtime.arguments() == bases[1].runtime.arguments()
    assert bases[0].countries.arguments == bases[1].countries.arguments


def test_a_country_across_the_antimeridian_is_one_shape_with_no_border_at_the_cut():
    text = country_build.basemap(countries.polygons())
    named = [feature["properties"]["iso3"] for feature in json.loads(text)["features"]]
    drawn = dict(zip(named, countries_drawn(text)["features"], strict=True))
    assert shapely.geometry.shape(drawn["RUS"]["geometry"]).bounds[2] > 180
    for iso3, feature in drawn.items():
        west, _, east, _ = shapely.geometry.shape(feature["geometry"]).bounds
        cut = west <= -180 or east == 180
        assert (iso3 == "ATA") == cut == (feature["properties"].get("_s") == {"color": style.LAND})


def test_wrong_names_are_named(frames, basemap, provenance):
    with pytest.raises(UnknownIdError, match="plants"):
        build_map({"plants": frames["facilities"]}, basemap=basemap, provenance=provenance)
    with pytest.raises(BadInputError, match="atlantic or pacific"):
        build_map(frames, basemap=basemap, provenance=provenance, centre="moon")
    with pytest.raises(ContractError, match="date"):
        Provenance(scenario="x", date="", method_version="1")
