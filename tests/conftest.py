"""What every test shares: no internet, one place that skips, a browser, a running app."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).parents[1]
REQUIRE_ALL = os.environ.get("CORRIDOR_REQUIRE_ALL", "0") == "1"
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")
SERVERS = Path("/usr/lib/postgresql")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# No sandbox for root; nothing of Chromium's own that calls home; every host but ours unknown.
BROWSER_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
SERVER_START_S = 60

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("untimed")


# ---------------- no internet
@pytest.fixture(scope="session", autouse=True)
def no_internet() -> Iterator[None]:
    """Refuse every connection but to this machine, and every look-up of a foreign name."""
    connect, look_up, look_up_by_name = socket.socket.connect, socket.getaddrinfo, socket.gethostbyname

    def local_connect(self, address, *args):
        if self.family != socket.AF_UNIX:
            _refuse_foreign(address[0])
        return connect(self, address, *args)

    def local_look_up(host, *args, **options):
        _refuse_foreign(host)
        return look_up(host, *args, **options)

    def local_look_up_by_name(host):
        _refuse_foreign(host)
        return look_up_by_name(host)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", local_connect)
        patch.setattr(socket.socket, "connect_ex", local_connect)
        patch.setattr(socket, "getaddrinfo", local_look_up)
        patch.setattr(socket, "gethostbyname", local_look_up_by_name)
        yield


def _refuse_foreign(host) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name and not name.startswith(LOOPBACK):
        message = f"a test tried to reach {name}: tests use this machine only"
        raise ConnectionRefusedError(message)


# ---------------- what this machine lacks: skipped, or an error in CI
def browser_path() -> str | None:
    """Where this machine keeps Chromium (or Chrome), else None."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return found or (str(MAC_BROWSER) if MAC_BROWSER.exists() else None)


def postgres_bin() -> Path | None:
    """Return the folder that holds PostgreSQL's server programs, the newest with PostGIS before others, else None."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(SERVERS.glob("*/bin"), key=lambda folder: folder.parts, reverse=True)
    found = [folder for folder in folders if (folder / "initdb").exists()]
    return next((folder for folder in found if has_postgis(folder)), next(iter(found), None))


def has_postgis(programs: Path) -> bool:
    """Tell whether the PostgreSQL of a folder of programs has PostGIS among its extensions."""
    version, server, prefix = programs.parent, programs.parent.parent, programs.parent.parent.parent.parent
    shared = (
        prefix / "share" / server.name / version.name,  # Debian: lib/postgresql/15/bin
        prefix / "share" / server.name,  # Homebrew: Cellar/postgresql@17/17.2/bin
        version / "share",  # a server in a folder of its own
        version / "share" / "postgresql",
    )
    return any((folder / "extension" / "postgis.control").exists() for folder in shared)


def missing_for(item: pytest.Item) -> str | None:
    """Say what this machine lacks for a test, else None."""
    if item.get_closest_marker("browser") and browser_path() is None:
        return "no Chromium on this machine"
    if item.get_closest_marker("ogrinfo") and shutil.which("ogrinfo") is None:
        return "no ogrinfo on this machine"
    if item.get_closest_marker("database"):
        programs = postgres_bin()
        if programs is None:
            return "no PostgreSQL on this machine"
        if not has_postgis(programs):
            return "the PostgreSQL on this machine lacks PostGIS"
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose means are missing: the only place that does."""
    if reason := missing_for(item):
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """Turn any skip into a failure where everything is required (CI): nothing is skipped unseen."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason} (CORRIDOR_REQUIRE_ALL=1 allows no skip)"
    return report


# ---------------- a browser and a running app
@pytest.fixture(scope="session")
def browser():
    """Start the system's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only browser tests pay for it

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_path(), args=BROWSER_ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """Open a fresh page, whose script errors fail the test.

    Never `time.sleep` beside it, which stops Playwright's events: use `page.wait_for_timeout`.
    """
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, accept_downloads=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def free_port() -> int:
    """Ask the system for a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def app_url(tmp_path_factory) -> Iterator[str]:
    """Run the app on a free port, once for all browser tests, and hand back its address."""
    port, log = free_port(), tmp_path_factory.mktemp("app") / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_until_healthy(server, f"http://127.0.0.1:{port}", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def _wait_until_healthy(server: subprocess.Popen, url: str, log: Path) -> None:
    deadline = time.monotonic() + SERVER_START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the app did not start:\n{log.read_text()[-2000:]}")
