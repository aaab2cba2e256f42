"""Jobs (i) and (j): the map from Python to drawn, and a whole rerun of the app, in a real Chromium."""

import gzip
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.process import Engine, Measured
from tests.bench.report import ROOT, Bar, Row, seconds
from tests.conftest import BROWSER_ARGS, browser_path, free_port

MAP = "(i) Map of 600 facilities and 200 corridors: Python object to drawn in Chromium"
RERUN = "(j) One closure on the screen: from the choice to the new map"
MINERAL, PLACE = "lithium", "USA"
CLOSED = {"suez": "Suez Canal", "malacca": "Malacca Strait", "panama": "Panama Canal", "hormuz": "Strait of Hormuz"}
LEAFLET = ROOT / "layers/vendor/leaflet"
ADDRESS = "http://127.0.0.1:9/"
FRAME = "streamlit_folium.st_folium"
DRAWN = "document.querySelectorAll('path.leaflet-interactive, img.leaflet-marker-icon').length"
PATIENCE_MS, START_S = 45_000, 90
MOST_BYTES, MOST_DRAWN_S, MOST_OVER_S = 500_000, 1.0, 0.5
VIEWPORT = {"width": 1440, "height": 900}


def run(folder: Path, rounds: int, rows: list[Row], bars: list[Bar]) -> None:
    """Do the jobs; without Chromium there is nothing to measure, and the table says so."""
    path = browser_path()
    if path is None:
        rows.append(Row(MAP, "Chromium", Measured(fault="no Chromium on this machine")))
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only these jobs pay for it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGS)
        draw(browser, 2 * rounds - 1, rows, bars)
        rerun(browser, folder, rounds, rows, bars)
        browser.close()


def draw(browser: Any, rounds: int, rows: list[Row], bars: list[Bar]) -> None:
    """Job (i)."""
    made, sizes = {"ours": Measured(), "plain": Measured()}, {}
    with Engine("drawing:Drawing") as drawing:
        things, weighs = sum(drawing.call("sizes").answer), drawing.call("sizes_kb").answer
        for number in range(rounds + 1):
            for maker, held in made.items():
                built = drawing.call("page", maker)
                shown_s = _shown(browser, built.answer, things)
                sizes[maker] = len(built.answer.encode()), len(gzip.compress(built.answer.encode()))
                if number:  # the first fills every cache on both sides
                    held.seconds.append(built.seconds[0] + shown_s)
    ours, (size, packed) = made["ours"], sizes["ours"]
    rows.append(Row(MAP, "ours", ours, answers=f"{size / 1000:,.0f} kB, {packed / 1000:,.0f} kB packed"))
    heavy = f"{sizes['plain'][0] / 1000:,.0f} kB, {sizes['plain'][1] / 1000:,.0f} kB packed, no countries"
    rows.append(Row(MAP, "plain Folium", made["plain"], ours, heavy))
    fast, light = ours.typical_s < MOST_DRAWN_S, packed < MOST_BYTES  # the server packs what it sends: config.toml
    bars.append(Bar("(i)", "drawn in under 1 s", seconds(ours.typical_s), fast))
    told = ", ".join(f"{name} {weight:,.0f} kB" for name, weight in weighs.items())
    why = f"{told}, as text; the app sends the countries once and only the rest on a toggle"
    sent = f"{packed / 1000:,.0f} kB sent, {size / 1000:,.0f} kB unpacked"
    bars.append(Bar("(i)", "under 500 kB", sent, light, "" if light else why))


def _shown(browser: Any, page_text: str, things: int) -> float:
    """Open a page and wait until everything is drawn and painted; scripts come from our own folder."""
    page = browser.new_page(viewport=VIEWPORT)

    def serve(route: Any) -> None:
        name = route.request.url.rsplit("/", 1)[-1].split("?")[0]
        own = next((path for path in (LEAFLET / name, LEAFLET / "images" / name) if name and path.is_file()), None)
        if route.request.url == ADDRESS:
            route.fulfill(body=page_text, content_type="text/html")
        elif own:
            route.fulfill(path=own)
        else:
            route.fulfill(status=204, body="")  # Bootstrap, jQuery and fonts of a plain Folium page: not waited for

    page.route("**/*", serve)
    begun = time.perf_counter()
    page.goto(ADDRESS, wait_until="commit")
    page.wait_for_function(f"{DRAWN} >= {things}", timeout=PATIENCE_MS)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    took = time.perf_counter() - begun
    page.close()
    return took


def rerun(browser: Any, folder: Path, rounds: int, rows: list[Row], bars: list[Bar]) -> None:
    """Job (j): the same closures on the app and on a page that holds nothing but the map, in turn."""
    took = {"the app": Measured(), "empty page": Measured()}
    with served("app.py", folder) as app, served("tests/bench/empty_page.py", folder) as bare:
        pages = {
            "the app": _opened(browser, f"{app}/?mineral={MINERAL}&hub={PLACE}"),
            "empty page": _opened(browser, bare),
        }
        steps: dict[str, Callable[[Any, str], None]] = {"the app": _close_in_app, "empty page": _close_in_page}
        for chokepoint in list(CLOSED)[: rounds + 1]:
            for name, page in pages.items():
                _mark(page)
                steps[name](page, chokepoint)
                begun = time.perf_counter()
                page.keyboard.press("Enter")
                _changed(page)
                took[name].seconds.append(time.perf_counter() - begun)
    app_took, bare_took = took["the app"], took["empty page"]
    rows.append(Row(RERUN, "ours: the app, every closure for the first time", app_took))
    rows.append(Row(RERUN, "an empty page with the same map, worked out before", bare_took, app_took))
    over = app_took.typical_s - bare_took.typical_s
    why = "the answer to a closure not asked before is worked out in that time: see (e)"
    held = over <= MOST_OVER_S
    bars.append(Bar("(j)", "within 0.5 s of the empty page", f"{over:+.2f} s", held, "" if held else why))


@contextmanager
def served(script: str, folder: Path) -> Iterator[str]:
    """Run a Streamlit script on a free port."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "streamlit", "run", script, "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    log = folder / f"{Path(script).stem}.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_healthy(f"http://127.0.0.1:{port}/_stcore/health", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def _wait_healthy(url: str, log: Path) -> None:
    for _ in range(10 * START_S):
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    message = f"the server did not start:\n{log.read_text()[-2000:]}"
    raise RuntimeError(message)


def _opened(browser: Any, address: str) -> Any:
    """Open a page and wait for its first map."""
    page = browser.new_page(viewport=VIEWPORT)
    page.goto(address)
    _leaflet(page).locator("path.leaflet-interactive").first.wait_for(state="attached", timeout=PATIENCE_MS)
    page.wait_for_timeout(5000)  # what comes after the first map; the server loads its compiled loops meanwhile
    return page


def _leaflet(page: Any) -> Any:
    return page.frame_locator(f"iframe[title='{FRAME}']")


def _mark(page: Any) -> None:
    """Mark what is drawn now, so that what is new can be told."""
    _leaflet(page).locator("#map_div").evaluate(
        "(map) => map.querySelectorAll('path.leaflet-interactive').forEach((p) => { p.dataset.old = '1'; })"
    )


def _changed(page: Any) -> None:
    """
    Wait until the map holds lines of the scenario that were not there before.

    The map's own frame looks at every frame it paints. A locator asks from outside: at 0, 20, 70, 170, 270 ms and from
    then on twice a second, so what took 0.3 s was seen after 0.8.
    """
    frame = page.query_selector(f"iframe[title='{FRAME}']").content_frame()
    frame.wait_for_function("document.querySelector('path.leaflet-interactive:not([data-old])')", timeout=PATIENCE_MS)


def _close_in_app(page: Any, chokepoint: str) -> None:
    """Type a chokepoint into the app's own list, ready for the Enter that chooses it; one at a time is closed."""
    box = page.get_by_role("combobox", name="Chokepoints closed")
    box.click()
    box.fill(CLOSED[chokepoint])


def _close_in_page(page: Any, chokepoint: str) -> None:
    box = page.get_by_role("combobox", name="Chokepoints closed")
    box.click()
    box.fill(chokepoint)
