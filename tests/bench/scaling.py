"""
`make scaling`: the routing jobs and the app at a quarter, half, once, twice and four times; writes `docs/scaling.md`.

Times of the engine are CPU seconds, the best of two, so that what else runs does not bend the exponents; those of users
are what they wait. An exponent is the slope of log time over log size by least squares.
"""

import argparse
import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from tests.bench.process import Engine, keep_bytecode
from tests.bench.report import ROOT, machine, table

FACTORS = (0.25, 0.5, 1, 2, 4)
FACILITIES, HUBS, CLOSURES, USERS = 500, 100, 8, 8
SOURCES, TARGETS = 100, 50
REPEATS = 2
LOAD_S, THINK_S, QUESTIONS = 20.0, 4.0, 9
WHOLE = 100
LINEAR = 1.1
"""An exponent up to this counts as linear: the fit is through five points of a busy machine."""
TEXT = Path(__file__).with_name("scaling.md")
Points = dict[float, dict[str, float]]


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """
    Fit the exponent of growth.

    Examples
    --------
    >>> round(exponent([1, 2, 4], [3.0, 6.0, 12.0]), 6)
    1.0
    """
    held = [(size, value) for size, value in zip(sizes, values, strict=True) if value > 0]
    if len(held) < 2:
        return float("nan")
    across, up = np.log(np.array(held)).T
    return float(np.polyfit(across, up, 1)[0])


def best(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Take the least of each figure."""
    return {name: min(run[name] for run in runs) for name in runs[0]}


def networks() -> Points:
    """Grow the network with its roads: a band of it, or copies joined at ports."""
    found: Points = {}
    for factor in FACTORS:
        with Engine("grown:GrownNetwork", factor) as engine:
            runs = [engine.call("jobs", SOURCES, TARGETS) for _ in range(REPEATS)]
        found[factor] = best([run.answer for run in runs]) | {"peak memory, MB": runs[-1].peak_mb}
    return found


def questions() -> dict[str, Points]:
    """Grow facilities, hubs and closures, one at a time, on the product's network."""
    sizes: dict[str, Callable[[float], tuple[int, int, int]]] = {
        f"facilities ({FACILITIES} = 1 x, {HUBS} hubs)": lambda f: (int(FACILITIES * f), HUBS, CLOSURES),
        f"hubs ({HUBS} = 1 x, {FACILITIES} facilities)": lambda f: (FACILITIES, int(HUBS * f), CLOSURES),
        f"closures at once ({CLOSURES} = 1 x)": lambda f: (FACILITIES // 2, HUBS // 2, int(CLOSURES * f)),
    }
    found: dict[str, Points] = {}
    with Engine("grown:GrownQuestion") as engine:
        engine.call("jobs", FACILITIES // 4, HUBS // 4, 1)  # the first call fills what every later one keeps
        for name, size in sizes.items():
            found[name] = {
                factor: best([engine.call("jobs", *size(factor)).answer for _ in range(REPEATS)]) for factor in FACTORS
            }
        found["peak memory, MB"] = {1: {"peak memory, MB": engine.call("kinds").peak_mb}}
    return found


def users() -> Points:
    """Let more and more users toggle between the same questions, each on a server just started."""
    sys.path.insert(0, str(ROOT / "tests/load"))  # scripts beside each other, no package
    run = importlib.import_module("run")
    found: Points = {}
    with run.frozen() as folder:
        expected = run.asked_alone(folder, run.questions(QUESTIONS))
        for factor in FACTORS:
            count = int(USERS * factor)
            tally = run.crowded(folder, expected, users=count, seconds=LOAD_S, think_s=THINK_S)
            median, slow = np.percentile(tally.seconds or [np.nan], [50, 95])
            found[factor] = {
                "users": count,
                "answers": len(tally.seconds),
                "errors and mix-ups": len(tally.errors) + len(tally.mixed_up),
                "median": float(median),
                "95th percentile": float(slow),
                "memory at most, MB": max((used for _, used in tally.memory_mb), default=float("nan")),
            }
            sys.stderr.write(f"{found[factor]}\n")
    return found


def minerals() -> list[tuple[str, float, float]]:
    """Allocate every mineral: columns of its model and seconds, one mineral after another."""
    rows = []
    with Engine("product:Product") as product:
        for mineral in product.call("minerals").answer:
            product.call("frames", mineral)
            runs = [product.call("allocation", mineral).answer for _ in range(REPEATS)]
            rows.append((mineral, runs[0]["columns"], min(run["first"] for run in runs)))
    return rows


def section(title: str, points: Points) -> list[str]:
    """Write a table: a row a figure, a column a factor, the exponent last."""
    names = list(dict.fromkeys(name for held in points.values() for name in held))
    head = ["", *(f"{factor:g} x" for factor in points), "exponent"]
    rows = []
    for name in names:
        values = [held.get(name, float("nan")) for held in points.values()]
        slope = exponent(list(points), values)
        rows.append(
            [name, *(f"{value:,.0f}" if value > WHOLE else f"{value:.3g}" for value in values), f"{slope:+.2f}"]
        )
    return ["", f"## {title}", "", *table(head, rows)]


def verdicts(asked: Mapping[str, Points], grown: Points) -> list[str]:
    """Say whether anything grows faster than linear in facilities x hubs, and memory."""
    lines = []
    for name, points in asked.items():
        if name.startswith(("facilities", "hubs")):
            for job in ("matrix", "matrix after closing", "exposure"):
                slope = exponent(list(points), [held[job] for held in points.values()])
                told = "no worse than linear" if slope <= LINEAR else "**worse than linear**"
                lines.append(f"- {job} over {name.split(' (', maxsplit=1)[0]}: {slope:.2f}, {told}")
    nodes = [held["nodes"] for held in grown.values()]
    slope = exponent(nodes, [held["peak memory, MB"] for held in grown.values()])
    lines.append(f"- memory over nodes: {slope:.2f}, {'no worse than linear' if slope <= LINEAR else '**worse**'}")
    return lines


def main() -> int:
    """Run what was asked and write the document."""
    parser = argparse.ArgumentParser(prog="make scaling", description=(__doc__ or "").strip())
    parser.add_argument("--out", type=Path, default=ROOT / "docs/scaling.md")
    parser.add_argument("--no-users", action="store_true", help="leave out the users (three minutes)")
    chosen = parser.parse_args()
    asked, grown = questions(), networks()
    allocated = minerals()
    memory = asked.pop("peak memory, MB")[1]["peak memory, MB"]
    lines = ["# How cost grows", "", "Written by `make scaling`.", "", *machine(), "", "## In short", ""]
    lines += verdicts(asked, grown)
    slope = exponent([row[1] for row in allocated], [row[2] for row in allocated])
    lines.append(f"- allocation over columns of its model, {len(allocated)} minerals: {slope:.2f}")
    for name, points in asked.items():
        lines += section(f"More {name}, CPU seconds", points)
    lines += ["", f"Peak memory of that process: {memory:,.0f} MB."]
    lines += section("A larger network with roads, CPU seconds", grown)
    if not chosen.no_users:
        title = f"More users ({USERS} = 1 x; {THINK_S:.0f} s between questions, {QUESTIONS} questions), seconds waited"
        lines += section(title, users())
    rows = [[name, f"{columns:,.0f}", f"{took:.3f} s"] for name, columns, took in allocated]
    lines += ["", "## Allocation by mineral", "", *table(["mineral", "columns", "whole"], rows)]
    chosen.out.write_text("\n".join([*lines, "", TEXT.read_text(encoding="utf-8")]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    keep_bytecode("tests.bench.scaling")
    sys.exit(main())
