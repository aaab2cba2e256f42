"""The table that the claim rests on: ratios of medians, peak memory, and whether the answers agree."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.bench.process import Measured

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "numpy", "scipy", "pandas", "routingkit-cch", "highspy", "streamlit", "streamlit-folium", "folium",
    "searoute", "scgraph", "networkx", "igraph", "pandana",
)  # fmt: skip
MINUTE_S, MILLISECOND_BELOW_S = 60, 0.1


@dataclass(frozen=True)
class Row:
    """One engine at one job."""

    job: str
    engine: str
    measured: Measured
    beside: Measured | None = None
    """Ours, at the same job; null where there is nothing to divide by."""
    answers: str = ""

    @property
    def ratio(self) -> float | None:
        """Give how many times longer this took than ours."""
        if self.beside is None or not self.measured.seconds or not self.beside.seconds:
            return None
        return self.measured.typical_s / self.beside.typical_s

    def cells(self) -> list[str]:
        """Put the row into words."""
        if self.measured.fault:
            return [self.engine, "failed", "", "", self.measured.fault[:120]]
        part = "" if self.measured.share == 1 else f", from {self.measured.share:.0%}"
        ratio = "" if self.ratio is None else f"{self.ratio:,.1f}" if self.ratio < 100 else f"{self.ratio:,.0f}"
        memory = f"{self.measured.peak_mb:,.0f} MB" if self.measured.peak_mb else ""
        return [self.engine, seconds(self.measured.typical_s) + part, ratio, memory, self.answers]


@dataclass(frozen=True)
class Bar:
    """One promise: what was asked, what came out, whether that holds, and why not."""

    job: str
    asked: str
    found: str
    held: bool
    why: str = ""


def seconds(value: float) -> str:
    """Write a time with its unit."""
    return f"{value * 1000:,.2f} ms" if value < MILLISECOND_BELOW_S else f"{value:,.2f} s"


def machine() -> list[str]:
    """Say what it was measured on and with."""
    kept = []
    for name in PACKAGES:
        try:
            kept.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            kept.append(f"{name} not installed")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    here = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}"
    return [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {here}; load at the end {load}.",
        "",
        f"Python {platform.python_version()}; {', '.join(kept)}.",
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Write a table."""
    marks = ["---"] + ["---:" if name in {"median", "times ours", "peak memory"} else "---" for name in head[1:]]
    return [f"| {' | '.join(line)} |" for line in (head, marks, *rows)]


def document(rows: Sequence[Row], bars: Sequence[Bar], notes: Sequence[str]) -> str:
    """Write `docs/benchmarks.md`."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`: our engine and its peers on the same work in one run. *Times ours* is the peer's",
        "median over ours, of repetitions in turn (ours, peer, peer, ours, ...); ratios are the claim, times are this",
        "machine's. *From n %*: measured on that share of the targets, evenly spread, and scaled up. Every engine is",
        "in a process of its own; its memory is the most that process ever held, libraries and graph included.",
        "",
        *machine(),
        "",
        "## What was promised",
        "",
        *table(["job", "promise", "measured", "holds"], [[b.job, b.asked, b.found, _held(b)] for b in bars]),
    ]
    for job in dict.fromkeys(row.job for row in rows):
        own = [row.cells() for row in rows if row.job == job]
        lines += ["", f"## {job}", "", *table(["engine", "median", "times ours", "peak memory", "answers"], own)]
    why = [f"- **{bar.job}**: {bar.why}" for bar in bars if bar.why]
    lines += ["", "## Why, where a promise does not hold", "", *(why or ["All hold."])]
    lines += ["", "## Notes", "", *(f"- {note}" for note in notes), ""]
    return "\n".join(lines)


def _held(bar: Bar) -> str:
    return "yes" if bar.held else "**no**"
