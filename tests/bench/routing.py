"""Jobs (a) to (d): ways, matrices, closures and exposure, ours beside five libraries."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tests.bench.peers import Pandana, Peer
from tests.bench.process import Engine, EngineError, Measured, interleaved
from tests.bench.report import Bar, Row, seconds

PAIR = "(a) Shanghai to Rotterdam with its path"
MATRIX = "(b) 500 x 200 costs on sea, rail and ports"
WEIGH = "(c) One closure: until the engine can answer again"
TOGGLE = "(c) One closure: from toggle to the new 500 x 200 costs"
EXPOSE = "(d) Exposure of 100,000 pairs to every chokepoint"
MATRIX_PEERS = ("Scipy", "Igraph", "Scgraph", "Pandana", "Networkx")
PAIR_TIMES = 20
WALKED = {"Scipy": 6, "Igraph": 4}
MOST_WEIGH_S, PAIRS, WALKS, CLOSING = 0.1, 10, 100, 100
SEA_TOLERANCE = 0.02  # searoute's lanes are its own: straight between its points, ours bent every 100 km


@dataclass(frozen=True)
class Effort:
    """How often each thing is done."""

    rounds: int = 3
    peers: Sequence[str] = MATRIX_PEERS
    closures: int = 3


def run(folder: Path, effort: Effort, rows: list[Row], bars: list[Bar]) -> None:
    """Do the jobs; what was measured before something broke is kept in `rows` and `bars`."""
    with Engine("ours:Ours", folder) as ours:
        pair(ours, folder, effort, rows, bars)
        with standing(effort.peers, folder / "land.npz", rows) as peers:
            matrix(ours, peers, effort, rows, bars)
            expose(ours, peers, effort, rows, bars)
            close(ours, peers, effort, rows, bars)


@contextmanager
def standing(names: Sequence[str], work: Path, rows: list[Row]) -> Iterator[dict[str, Engine]]:
    """Start the peers; one that cannot start becomes a row that says so."""
    with ExitStack() as stack:
        found = {}
        for name in names:
            try:
                found[name] = stack.enter_context(Engine(f"peers:{name}", work))
            except EngineError as error:
                rows.append(Row(MATRIX, name.lower(), Measured(fault=str(error).strip().splitlines()[-1])))
        yield found


def agreement(name: str, theirs: np.ndarray, ours: np.ndarray) -> str:
    """Say whether two sets of costs are the same, to the last digit or to the rounding of the library."""
    tolerance = Pandana.tolerance if name == "Pandana" else Peer.tolerance
    same = np.isfinite(theirs) == np.isfinite(ours)
    both = np.isfinite(theirs) & np.isfinite(ours)
    apart = np.abs(theirs[both] - ours[both])
    wrong = int((~same).sum() + (apart > tolerance * ours[both]).sum())
    if wrong:
        return f"**{wrong} of {theirs.size} differ**"
    if apart.any():
        return f"agree to its rounding ({(apart / np.maximum(ours[both], 1)).max():.0e})"
    return f"all {theirs.size:,} equal"


def pair(ours: Engine, folder: Path, effort: Effort, rows: list[Row], bars: list[Bar]) -> None:
    """Job (a)."""
    places = ours.call("places").answer
    with ExitStack() as stack:
        jobs: dict[str, Callable[[], Measured]] = {"ours": lambda: _repeated(ours)}
        for backend in ("networkx", "igraph"):
            engine = stack.enter_context(Engine("peers:Searoute", backend, places))
            jobs[f"searoute ({backend})"] = lambda engine=engine: engine.call("path")
        for name in ("Scgraph", "Igraph", "Networkx"):
            engine = stack.enter_context(Engine(f"peers:{name}", folder / "sea.npz"))
            search = engine.call("quickest").answer if name == "Scgraph" else None
            jobs[f"scgraph ({search})" if search else name.lower()] = lambda engine=engine: engine.call("path")
        found = interleaved(jobs, 3 * effort.rounds)
    held = found.pop("ours")
    rows.append(Row(PAIR, "ours", held, answers=f"{held.answer['nm']:,.0f} nm, {held.answer['nodes']} nodes"))
    for name, measured in found.items():
        rows.append(Row(PAIR, name, measured, held, _pair_agrees(name, measured, held)))
    quickest = next(row for row in rows if row.engine == "searoute (igraph)")
    ratio = quickest.ratio or 0.0
    why = "" if ratio >= PAIRS else ours.call("profile", "path").answer
    bars.append(Bar("(a)", f"at least {PAIRS} x searoute with igraph", f"{ratio:,.0f} x", not why, why))


def _repeated(ours: Engine) -> Measured:
    """Time many ways at once: one alone is shorter than the message that asks for it."""
    once = ours.call("path", PAIR_TIMES)
    return replace(once, seconds=[each / PAIR_TIMES for each in once.seconds])


def _pair_agrees(name: str, measured: Measured, ours: Measured) -> str:
    if measured.fault:
        return ""
    if name.startswith("searoute"):
        apart = measured.answer[0] / ours.answer["km"] - 1
        return f"{apart:+.1%} (lanes of its own)" if abs(apart) <= SEA_TOLERANCE else f"**{apart:+.1%}**"
    return "equal" if measured.answer[0] == ours.answer["weight"] else "**differs**"


def _sampled(engine: Engine, method: str, *args: object) -> Measured:
    """Call a method that says which share of the work it did."""
    once = engine.call(method, *args)
    share, places, found = once.answer
    return replace(once, share=share, answer=(places, found))


def matrix(ours: Engine, peers: dict[str, Engine], effort: Effort, rows: list[Row], bars: list[Bar]) -> None:
    """Job (b)."""
    jobs: dict[str, Callable[[], Measured]] = {"ours": lambda: ours.call("matrix")}
    jobs |= {name: lambda engine=engine: _sampled(engine, "matrix") for name, engine in peers.items()}
    found = interleaved(jobs, effort.rounds)
    held = found.pop("ours")
    rows.append(Row(MATRIX, "ours", held))
    for name, measured in found.items():
        told = "" if measured.fault else agreement(name, measured.answer[1], held.answer[:, measured.answer[0]])
        rows.append(Row(MATRIX, name.lower(), measured, held, told))
    ratios = {row.engine: row.ratio or 0.0 for row in rows if row.job == MATRIX and row.beside}
    why = ours.call("profile", "matrix").answer
    for peer, least in (("scipy", 50), ("scgraph", 100)):
        if peer in ratios:
            holds = ratios[peer] >= least
            bars.append(Bar("(b)", f"at least {least} x {peer}", f"{ratios[peer]:.1f} x", holds, "" if holds else why))
            why = f"as for {bars[-1].asked.split()[-1]}" if not holds else why


def expose(ours: Engine, peers: dict[str, Engine], effort: Effort, rows: list[Row], bars: list[Bar]) -> None:
    """Job (d)."""
    walkers = {name: engine for name, engine in peers.items() if name in WALKED}
    jobs: dict[str, Callable[[], Measured]] = {"ours": lambda: ours.call("passes")}
    for name, engine in walkers.items():
        jobs[name] = lambda name=name, engine=engine: _sampled(engine, "passes", WALKED[name])
    found = interleaved(jobs, effort.rounds)
    held = found.pop("ours")
    rows.append(Row(EXPOSE, "ours, by matrices", held))
    for name, measured in found.items():
        rows.append(Row(EXPOSE, f"{name.lower()}, walking every path", measured, held, _exposed(measured, held)))
    least = min((row.ratio or 0.0 for row in rows if row.job == EXPOSE and row.beside), default=0.0)
    why = "" if least >= WALKS else ours.call("profile", "passes").answer
    bars.append(Bar("(d)", f"at least {WALKS} x walking paths", f"{least:.1f} x the quickest walk", not why, why))


def _exposed(measured: Measured, held: Measured) -> str:
    """Compare flags: a walk shows one of several equal ways, the matrices any of them, so ours may know more."""
    if measured.fault:
        return ""
    places, walked = measured.answer
    ours = held.answer[:, places]
    missed, more = int((walked & ~ours != 0).sum()), int((ours & ~walked != 0).sum())
    if missed:
        return f"**{missed} of {walked.size:,} passages missed**"
    return f"all {walked.size:,} equal" if not more else f"none of {walked.size:,} missed; {more} more by a tie"


def close(ours: Engine, peers: dict[str, Engine], effort: Effort, rows: list[Row], bars: list[Bar]) -> None:
    """Job (c): another closure in each round, those that most pairs pass."""
    closures = ours.call("closable", effort.closures).answer
    weigh, toggles = {"ours": Measured()}, {"ours": Measured()}
    told: dict[str, str] = {}
    for chokepoint in closures:
        bit = ours.call("bit", chokepoint).answer
        here = ours.call("toggle", chokepoint)
        for kept, part in ((weigh, "weigh"), (toggles, "whole")):
            kept["ours"].seconds.append(here.answer[part])
            kept["ours"].peak_mb = here.peak_mb
        for name, engine in peers.items():
            if name == "Networkx":  # two minutes a matrix: (b) says enough
                continue
            there = engine.call("toggle", bit)
            found = there.answer
            weigh.setdefault(name, Measured(peak_mb=there.peak_mb)).seconds.append(found["weigh"])
            whole = toggles.setdefault(name, Measured(peak_mb=there.peak_mb))
            whole.seconds.append(found["weigh"] + found["matrix"])
            whole.share = len(found["places"]) / here.answer["cost"].shape[1]
            verdict = agreement(name, found["cost"], here.answer["cost"][:, found["places"]])
            told[name] = verdict if not told.get(name, "").startswith("**") else told[name]
    for job, kept in ((WEIGH, weigh), (TOGGLE, toggles)):
        held = kept.pop("ours")
        rows.append(Row(job, "ours", held, answers=f"closed in turn: {', '.join(closures)}"))
        rows.extend(Row(job, name.lower(), each, held, told[name]) for name, each in kept.items())
    _closing_bars(rows, bars)


def _closing_bars(rows: Sequence[Row], bars: list[Bar]) -> None:
    engine = next(row.measured.typical_s for row in rows if row.job == WEIGH)
    bars.append(Bar("(c)", f"engine time under {MOST_WEIGH_S} s", seconds(engine), engine < MOST_WEIGH_S))
    ratios = {(row.job, row.engine): row.ratio or 0.0 for row in rows if row.beside}
    if (WEIGH, "pandana") in ratios:
        ratio = ratios[WEIGH, "pandana"]
        asked = f"at least {CLOSING} x the rebuild of a peer with an index (pandana)"
        bars.append(Bar("(c)", asked, f"{ratio:,.0f} x", ratio >= CLOSING))
    whole = {name: ratio for (job, name), ratio in ratios.items() if job == TOGGLE}
    if whole:
        found = ", ".join(f"{name} {ratio:,.1f} x" for name, ratio in whole.items())
        held = min(whole.values()) >= CLOSING
        why = "" if held else "the matrix after the closure takes nearly all the time: see (b)"
        bars.append(Bar("(c)", f"toggle to new matrix at least {CLOSING} x every peer's", found, held, why))
