"""Job (k): what the app's server does for one reader: from the start to the first page, then a closure at a time."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median
from typing import Any

from tests.bench.process import Engine, Measured
from tests.bench.report import ROOT, Bar, Row, seconds

SERVER = "(k) The app's server: the slowest interaction, the load and the memory"
CLOSURES = ("suez", "malacca", "panama", "hormuz", "gibraltar", "taiwan")
MOST_TOGGLE_S, MOST_LOAD_S, MOST_MB = 1.0, 6.0, 1500
PATIENCE_S = 120
BOX = "Chokepoints closed"


class Server:
    """One reader of the app, without a browser; made once the first page is answered."""

    def __init__(self) -> None:
        begun = time.perf_counter()
        from layers.planner import world  # noqa: PLC0415 - the imports are part of the load

        self.facilities = world().facilities
        self.world_s = time.perf_counter() - begun
        from streamlit.testing.v1 import AppTest  # noqa: PLC0415

        self.page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_S)
        self._drawn()

    def _drawn(self) -> str:
        """Run the app once, and give its headline."""
        self.page.run()
        if self.page.exception:
            raise RuntimeError(self.page.exception[0].value)
        return self.page.title[0].value

    def loaded_s(self) -> float:
        """Give the part of the load that was over when the tables and the network were there."""
        return self.world_s

    def largest(self) -> str:
        """Choose the mineral with most facilities, and answer its base case."""
        [(mineral, _)] = Counter(self.facilities["mineral"]).most_common(1)
        self._box("Mineral").select(mineral)
        self._drawn()
        return mineral

    def toggle(self, chokepoint: str) -> tuple[str, float]:
        """Close one chokepoint in place of the last; give the headline, which says so, and the seconds of the CPU."""
        self._box(BOX).set_value([chokepoint])
        begun = time.process_time()
        return self._drawn(), time.process_time() - begun

    def _box(self, label: str) -> Any:
        boxes = [*self.page.selectbox, *self.page.multiselect]
        return next(box for box in boxes if box.label == label)


def run(rounds: int, rows: list[Row], bars: list[Bar]) -> None:
    """Do the job: load as often as there are rounds, then close in the last one."""
    load, loaded = Measured(), Measured()
    for number in range(rounds + 1):
        with ExitStack() as stack:
            server = stack.enter_context(Engine("server:Server"))
            load.peak_mb = max(load.peak_mb, server.built.peak_mb)
            if number:  # the first compiles the modules, once an installation
                load.seconds += server.built.seconds
                loaded.seconds.append(server.call("loaded_s").answer)
            if number == rounds:
                mineral, toggled = server.call("largest").answer, _toggled(server, CLOSURES[: 2 * rounds])
    rows.append(Row(SERVER, "load: start of Python to the first page", load))
    rows.append(Row(SERVER, f"slowest interaction: {mineral}, one closure toggled", toggled, answers=toggled.answer))
    slowest, memory = max(toggled.seconds), max(load.peak_mb, toggled.peak_mb)
    quick, fast = slowest < MOST_TOGGLE_S, load.typical_s < MOST_LOAD_S
    asked = f"{mineral}, one closure toggled: under {MOST_TOGGLE_S:.0f} s of server time"
    why = f"a closure: {toggled.answer}; where that time goes is told at (e)"
    found = f"{seconds(toggled.typical_s)}, at worst {seconds(slowest)}"
    bars.append(Bar("(k)", asked, found, quick, "" if quick else why))
    why = f"load: {seconds(loaded.typical_s)} to the tables and the network, see (f); the rest is the first question"
    bars.append(Bar("(k)", f"load under {MOST_LOAD_S:.0f} s", seconds(load.typical_s), fast, "" if fast else why))
    bars.append(Bar("(k)", f"memory under {MOST_MB / 1000} GB", f"{memory:,.0f} MB", memory < MOST_MB))


def _toggled(server: Engine, closures: Sequence[str]) -> Measured:
    """Close one after the other; the headlines tell them apart."""
    toggled, headlines, cpu_s = Measured(), set(), []
    for chokepoint in closures:
        once = server.call("toggle", chokepoint)
        toggled.seconds += once.seconds
        toggled.peak_mb = max(toggled.peak_mb, once.peak_mb)
        headlines.add(once.answer[0])
        cpu_s.append(once.answer[1])
    told = (
        f"{len(headlines)} closures for the first time" if len(headlines) == len(closures) else "**one page for two**"
    )
    toggled.answer = f"{told}, {seconds(median(cpu_s))} of CPU each"
    return toggled
