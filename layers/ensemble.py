"""Ask for an ensemble: draw the years, plan, solve on the engine chosen, and say what came of it."""

import importlib.util
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from joblib import parallel_config

from geo.allocation_model import write
from geo.ensemble import Ensemble, gather
from geo.ensemble_events import draw, unknown_events
from geo.ensemble_plan import MOST_JOINT, plan
from geo.ensemble_run import Case, Change, Progress, Store, solve_all, solve_chunk
from geo.errors import BadInputError
from geo.risk import DAYS_PER_YEAR
from geo.scenarios import Scenario
from layers.ensemble_case import detours, falls
from layers.flows import Wants, asked_of, effects_of, used_of
from layers.planner import world

DEFAULT_YEARS: Final = 10_000
_CONNECT_S = 30
_ROUNDING = 1e-6
_TRIED: Final = 5  # states solved to see how long one takes
_START_S: Final = 1.5  # until processes have started and imported what they need: 0.8 to 1.8 s on two shared cores
_LEFT_OUT: Final = {
    "sites_left_out": "facilities whose capacity nobody publishes",
    "hubs_without_demand": "hubs whose need nobody publishes",
    "events": "events of which a number is unknown",
}


@dataclass(frozen=True)
class Engine:
    """Where the solves run; nothing here changes an answer."""

    workers: int = 1
    """Processes on this machine."""
    chunk: int = 50
    """States in one task."""
    dask: str | None = None
    """Address of a Dask scheduler (``tcp://host:port``) whose workers can import `geo`; it replaces `workers`."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """An ensemble with what it was drawn from."""

    wants: Wants
    asked: Scenario
    catalogue: pd.DataFrame
    seed: int
    ensemble: Ensemble
    findings: tuple[str, ...]
    workers: int
    """Processes that solved it: fewer than were offered where starting them takes longer than they save."""


def run(  # noqa: PLR0913 - question, events, size, engine: each its own word
    wants: Wants,
    scenario: Scenario,
    catalogue: pd.DataFrame,
    *,
    years: int = DEFAULT_YEARS,
    seed: int = 0,
    engine: Engine | None = None,
    most_joint: int = MOST_JOINT,
    progress: Progress | None = None,
    store: Store | None = None,
) -> Outcome | None:
    """
    Run years of disruptions over the allocation of one mineral, on top of a scenario.

    Parameters
    ----------
    wants, scenario
        What is asked, and what holds all the time.
    catalogue
        Events, from `layers.ensemble_case`.
    years, seed
        How many years, from which root.
    engine
        Where the solves run.
    most_joint
        How many joint closures get matrices of their own; beyond them detours are lower bounds.
    progress, store
        As in `geo.ensemble_run.solve_all`.

    Returns
    -------
    outcome
        None where `progress` stopped it: what is done is in `store`.
    """
    found, options = asked_of(wants, scenario)
    effects = effects_of(found, scenario)
    model = write(used_of(found, options), options=options, effects=effects)
    if model.demand.empty:
        msg = f"{wants.mineral}: nobody publishes what any of these hubs needs"
        raise BadInputError(msg)
    case, draws = Case.of(model), draw(catalogue, years=years, seed=seed)
    planned = plan(
        draws,
        case,
        detours=detours(model, found, scenario),
        passed=frozenset(name for names in model.arcs["chokepoints"] for name in names),
        falls=falls(model),
        most_joint=most_joint,
        progress=progress,
        store=store,
    )
    if not planned.complete:
        return None
    chosen = worthwhile(engine or Engine(), case, planned.changes)
    with running(chosen):
        solved = solve_all(case, planned.changes, chunk=chosen.chunk, progress=progress, store=store)
    if not solved.complete:
        return None
    sites, demand = [str(site) for site in model.sites.index], model.demand["demand_t_yr"]
    answer = gather(draws, planned, solved, sites=sites, demand=demand)
    left_out = {**model.left_out, "events": len(unknown_events(catalogue))}
    told = findings(answer, demand, left_out, closures=planned.closures_priced)
    return Outcome(wants, scenario, catalogue, seed, answer, told, chosen.workers)


def worthwhile(engine: Engine, case: Case, changes: Sequence[Change]) -> Engine:
    """
    Keep the workers where they save more time than they take to start, by a few states solved here; else one.

    Small minerals are solved in less than the 1.5 s that a process needs to start; a Dask cluster has started, and is
    taken as it is.
    """
    if engine.workers <= 1 or engine.dask is not None or not changes:
        return engine
    solve_chunk(case, changes[:1])  # the first builds the solver
    some = changes[:: -(-len(changes) // _TRIED)]
    begun = time.perf_counter()
    solve_chunk(case, some)
    alone_s = (time.perf_counter() - begun) / len(some) * len(changes)
    return engine if alone_s * (1 - 1 / engine.workers) > _START_S else replace(engine, workers=1)


@contextmanager
def running(engine: Engine) -> Iterator[None]:
    """
    Tell joblib where to run.

    Raises
    ------
    BadInputError
        For no workers, or a Dask scheduler that is not there.
    """
    if engine.workers < 1 or engine.chunk < 1:
        msg = "give at least one worker and one state a chunk"
        raise BadInputError(msg)
    with ExitStack() as held:
        if engine.dask is None:
            held.enter_context(parallel_config(backend="loky", n_jobs=engine.workers))
        else:
            held.enter_context(_connected(engine.dask))
            held.enter_context(parallel_config(backend="dask", n_jobs=-1))
        yield


@contextmanager
def _connected(address: str) -> Iterator[None]:
    """Hold a connection to a Dask scheduler."""
    if importlib.util.find_spec("distributed") is None:
        msg = "--dask needs the packages of requirements-ensemble.txt"
        raise BadInputError(msg)
    from distributed import Client  # noqa: PLC0415 - an extra that few install

    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=True)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        msg = f"no Dask scheduler at {address}: {error}"
        raise BadInputError(msg) from None
    with client:
        yield


def findings(answer: Ensemble, demand: pd.Series, left_out: dict[str, int], *, closures: int) -> tuple[str, ...]:
    """Put the distributions into sentences."""
    table = answer.summary
    loss = table.loc["loss_usd"]
    bounded = answer.states["detours"].eq("lower bound")
    days = answer.states["days_yr"]
    share = float(days[bounded].sum() / max(days.sum(), np.finfo(float).tiny))
    size = (
        f"{len(answer.years):,} years, {len(answer.states):,} states, {answer.solves:,} distinct allocations solved; "
        f"something of the catalogue is shut on {days.sum():,.0f} of {DAYS_PER_YEAR:,.0f} days."
    )
    money = (
        f"Disruptions cost {loss['mean']:,.0f} ± {loss['mean_se']:,.0f} USD a year (penalty on unmet tonnes included), "
        f"on {answer.base['freight_usd']:,.0f} USD of freight; one year in ten {loss['p90']:,.0f} or more, one in a "
        f"hundred {loss['p99']:,.0f} or more."
    )
    told = [size, money, *_unmet(answer, demand)]
    worst = answer.states.iloc[0] if len(answer.states) else None
    if worst is not None and worst["loss_share"] > 0:
        names = " and ".join(_named(item) for item in worst["shut"])
        told.append(f"Most of the loss comes with {names} shut: {worst['loss_share']:.0%} of it.")
    told.append(
        f"{closures:,} closures were priced by the ways left; for {share:.2%} of the disrupted days the detour is a "
        "lower bound."
    )
    told += [f"Left out: {left_out[what]} {words}." for what, words in _LEFT_OUT.items() if left_out[what]]
    return tuple(told)


def _unmet(answer: Ensemble, demand: pd.Series) -> list[str]:
    """Say by how much disruptions leave hubs short beyond the base case."""
    rows = []
    for hub, need in demand.items():
        above = answer.years[f"unmet_t_{hub}"] - answer.base[f"unmet_t_{hub}"]
        rows.append((float(above.mean()) / float(need) if need else 0.0, str(hub), above))
    most, hub, above = max(rows, key=lambda row: row[:2])
    if most <= _ROUNDING:
        return ["No disruption of the catalogue leaves a hub shorter than it is without."]
    worse = float((above > _ROUNDING * float(demand[hub])).mean())
    told = (
        f"{hub} is hit hardest: {most:.2%} of its need a year on average; in {worse:.0%} of years it gets less than "
        "without disruptions."
    )
    return [told]


def _named(target: str) -> str:
    """Name a target for people."""
    kind, name = target.split(":", 1)
    return str(world().chokepoints["name"].get(name, name)) if kind == "chokepoint" else name
