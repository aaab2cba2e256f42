"""
Take the README's pictures of the app again: `python -m tests.pictures [NAME ...]`.

Each is looked at before it is committed; a picture nobody looked at proves nothing.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.conftest import BROWSER_ARGS, ROOT, browser_path, free_port

OUT = ROOT / "docs" / "pictures"
PATIENCE_MS = 180_000
_SETTLED = """() => !document.querySelector('[data-testid="stSpinner"], [data-testid="stStatusWidget"]')"""


def _nothing(_page: Page) -> None:
    """Take the page as it opens."""


def _press(name: str) -> Callable[[Page], None]:
    """Press a button of the page, and wait for what it starts."""
    return lambda page: page.get_by_role("button", name=name, exact=True).click()


def _choose_first(page: Page) -> None:
    """Choose the first row of the table, and go to what opens."""
    box = page.get_by_test_id("stDataFrame").first
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(1_000)  # the grid paints itself on a canvas
    at = box.bounding_box()
    assert at
    page.mouse.click(at["x"] + 15, at["y"] + 55)
    page.get_by_text("Parts of the score").wait_for(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Close", exact=True).evaluate(
        """(b) => { b.scrollIntoView({block: 'start'});
        document.querySelector('[data-testid="stMain"]').scrollBy(0, -160) }"""
    )


@dataclass(frozen=True)
class Picture:
    """One picture: the address that shows it, the size of the window, what to do first."""

    address: str
    width: int = 1440
    height: int = 900
    first: Callable[[Page], None] = _nothing


_RED_SEA = "mineral=graphite&hub=EU&close=suez&close=bab_el_mandeb"
_BAN = "flows?mineral=rare_earths&presets=china_bans_partnership"
PICTURES = {
    "explore": Picture(f"?{_RED_SEA}"),
    "corridor": Picture(f"?{_RED_SEA}", first=_choose_first),
    "flows": Picture(_BAN, height=1700),
    "stress": Picture("stress?mineral=cobalt&closures=3", height=1180, first=_press("Close them")),
    "stockpile": Picture("stockpile?stocked=gallium&presets=china_bans_us&held=30"),
    "risk": Picture("risk?mineral=graphite", first=_press("Draw the years")),
    "data": Picture("data", height=560),
    "validation": Picture("validation"),
    "group": Picture("?alliance=quad-IND%2BKOR", first=_press("Edit the group")),
    "phone": Picture(f"?{_RED_SEA}", width=390, height=844),
    "phone-flows": Picture(_BAN, width=390, height=844),
}


def take(page: Page, url: str, picture: Picture, out: Path) -> None:
    """Open a page, wait until it has settled and write it as a small PNG."""
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.goto(f"{url}/{picture.address}")
    _settle(page)
    picture.first(page)
    _settle(page)
    page.screenshot(path=out)
    with Image.open(out) as shot:
        shot.convert("RGB").save(out, optimize=True)  # a palette would shift the colours of small marks


def _settle(page: Page) -> None:
    """Wait for the server's answer, the map and the charts."""
    page.get_by_test_id("stHeading").first.wait_for(timeout=PATIENCE_MS)
    page.wait_for_timeout(1_500)
    page.wait_for_function(_SETTLED, timeout=PATIENCE_MS)
    page.wait_for_timeout(4_000)


def main(names: list[str], out: Path = OUT) -> None:
    """Run the app on a free port and take the pictures named, else all."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    server = subprocess.Popen([*command, "--server.address", "127.0.0.1", "--server.port", str(port)], cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path(), args=BROWSER_ARGS)
            page = browser.new_page()
            _until_up(page, url)
            for name in names or PICTURES:
                take(page, url, PICTURES[name], out / f"{name}.png")
            browser.close()
    finally:
        server.terminate()
        server.wait(10)


def _until_up(page: Page, url: str) -> None:
    """Wait for the server to answer."""
    for _ in range(120):
        try:
            with urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            page.wait_for_timeout(500)
    message = "the app did not start"
    raise TimeoutError(message)


if __name__ == "__main__":
    main(sys.argv[1:])
