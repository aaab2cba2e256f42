"""The app in a real Chromium with no network: the map follows the question, the table and the files."""

from urllib.parse import quote

import pytest

from tests.layers.payloads import PAYLOADS

pytestmark = pytest.mark.browser

LINES = """() => {
  const found = {};
  const parts = (points) => (Array.isArray(points[0]) ? points.flatMap(parts) : [points]);
  // a line that crosses 30 N between 31.5 and 33.5 E runs through the canal
  const byCanal = (l) => parts(l.getLatLngs()).some((part) => part.slice(1).some((b, i) => {
    const a = part[i], share = (30 - a.lat) / (b.lat - a.lat || 1e-9);
    return share >= 0 && share <= 1 && Math.abs(a.lng + share * (b.lng - a.lng) - 32.5) < 1;
  }));
  window.map.eachLayer((l) => {
    const p = l.feature && l.feature.properties;
    if (p && p.key) found[p.key] = { points: l.getLatLngs().flat(2).length, weight: l.options.weight,
                                     suez: byCanal(l),
                                     drawn: !!(l._path && l._path.getAttribute('d') !== 'M0 0') };
  });
  return found;
}"""
CLICK = """(map, key) => window.map.eachLayer((l) => {
  const p = l.feature && l.feature.properties;
  if (p && p.key === key) l.fire('click', { latlng: l.getLatLngs().flat(2)[1] }, true);
})"""
PATIENCE_MS = 45_000  # the first page loads the world


def leaflet(page):
    """The map's frame; a locator finds it again after a re-mount."""
    return page.frame_locator('iframe[title="streamlit_folium.st_folium"]')


def lines(page):
    return leaflet(page).locator("#map_div").evaluate(LINES)


def until(page, holds, what, patience_ms=PATIENCE_MS):
    """Wait for the map to show something: its content, not its silence."""
    leaflet(page).locator("path.leaflet-interactive").first.wait_for(state="attached", timeout=patience_ms)
    shown = {}
    for _ in range(patience_ms // 100):
        shown = lines(page)
        if holds(shown):
            return shown
        page.wait_for_timeout(100)  # never time.sleep: it stops Playwright's events
    pytest.fail(f"{what}; the map shows {sorted(shown)[:5]} ...")


def test_close_suez_and_take_the_map_away(app_url, page, tmp_path):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(app_url)
    until(page, bool, "no corridors at first")
    page.get_by_role("combobox", name="Mineral").click()
    page.get_by_role("option", name="Graphite").click()
    page.get_by_role("combobox", name="Needed in").click()
    page.get_by_role("option", name="European Union").click()
    page.wait_for_url("**hub=EU**")
    page.get_by_text("Graphite to European Union: base case").first.wait_for(timeout=PATIENCE_MS)
    base = until(page, lambda shown: shown and all("hub:EU" in k for k in shown), "no base case")
    leaflet(page).locator("#map_div").evaluate("() => { window.cmMark = 1; }")

    page.get_by_role("combobox", name="Chokepoints closed").click()
    page.get_by_role("option", name="Suez Canal").click()
    page.keyboard.press("Escape")
    page.wait_for_url("**close=suez**")
    closed = until(page, lambda shown: any(k.startswith("scenario:") for k in shown), "no scenario on the map")
    assert leaflet(page).locator("#map_div").evaluate("() => window.cmMark === 1"), "the map was re-mounted"
    both = [key for key in base if key.replace("base:", "scenario:") in closed]
    changed = [key for key in both if base[key]["points"] != closed[key.replace("base:", "scenario:")]["points"]]
    assert changed, "no corridor took another way"
    assert any(base[key]["suez"] for key in changed)
    assert not [key for key, line in closed.items() if key.startswith("scenario:") and line["suez"]]
    assert all(line["drawn"] for line in closed.values())

    page.get_by_role("button", name="Files").click()
    with page.expect_download(timeout=PATIENCE_MS) as download:
        page.get_by_role("button", name="Map, one HTML file").click()
    file = tmp_path / "map.html"
    download.value.save_as(file)
    assert file.stat().st_size < 2_000_000
    written = file.read_text().replace("\\u003e", ">")  # escaped, so that no name can close a tag
    assert any(f'"{key.replace("base:", "scenario:")}"' in written for key in changed)
    _opens_with_the_network_cut(page, file)
    assert [
        url for url in asked if not url.startswith((app_url, "data:", "blob:", app_url.replace("http", "ws")))
    ] == []


def _opens_with_the_network_cut(page, file):
    page.context.set_offline(True)
    cut, asked = page.context.new_page(), []
    cut.on("request", lambda request: asked.append(request.url))
    cut.goto(file.as_uri())
    cut.wait_for_selector("path.leaflet-interactive", state="attached")
    assert cut.locator("table.corridors tbody tr").count() > 1
    assert cut.locator('path.leaflet-interactive[fill="none"]').count() > 1
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.context.set_offline(False)


def test_row_and_line_choose_the_same_corridor(app_url, page):
    page.goto(f"{app_url}/?mineral=gallium&hub=EU&close=suez")
    before = until(page, lambda shown: any(k.startswith("scenario:") for k in shown), "no scenario")
    box = page.get_by_test_id("stDataFrame").first
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(600)  # the grid paints itself on a canvas
    at = box.bounding_box()
    page.mouse.click(at["x"] + 15, at["y"] + 55)
    thick = until(
        page, lambda shown: any(shown[k]["weight"] > before[k]["weight"] for k in shown if k in before), "no thick line"
    )
    key = next(k for k in thick if k in before and thick[k]["weight"] > before[k]["weight"])
    page.wait_for_url("**corridor=**")
    page.get_by_text("Parts of the score").wait_for()

    other = next(k for k in thick if k.startswith("scenario:") and k != key)
    leaflet(page).locator("#map_div").evaluate(CLICK, other)
    chosen = other.split(":", 1)[1]
    page.wait_for_function("id => decodeURIComponent(location.search).includes('corridor=' + id)", arg=chosen)
    until(page, lambda shown: shown.get(other, {}).get("weight", 0) > before[other]["weight"], "the line is not chosen")


def test_a_phone_sees_the_map_first(app_url, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app_url}/?mineral=gallium")
    until(page, bool, "no corridors")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    frame = page.locator('iframe[title="streamlit_folium.st_folium"]').bounding_box()
    assert frame["y"] < 844 * 0.6
    assert frame["width"] > 340


def test_on_a_phone_every_choice_of_a_row_of_buttons_is_in_reach(app_url, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app_url}/stress?mineral=gallium")
    last = page.get_by_role("radio", name="The worst four")
    last.wait_for(timeout=PATIENCE_MS)
    box = last.bounding_box()
    assert box["x"] + box["width"] <= 390


def test_the_title_of_a_phones_map_is_clear_of_its_buttons(app_url, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app_url}/?mineral=gallium&hub=EU&close=suez&close=bab_el_mandeb")
    until(page, bool, "no corridors")
    title, buttons = (leaflet(page).locator(place).bounding_box() for place in (".cm-title", ".leaflet-control-zoom"))
    assert title["x"] + title["width"] <= buttons["x"]


def test_hostile_words_in_a_link_are_shown_as_words(app_url, page):
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{app_url}/?" + "&".join(f"mineral{n}={quote(text)}" for n, text in enumerate(PAYLOADS[:40])))
    page.get_by_text("Left out, as this app does not know it").wait_for(timeout=PATIENCE_MS)
    assert dialogs == []
    assert page.evaluate("typeof hacked") == "undefined"
