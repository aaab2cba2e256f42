"""
What a worker does: solve one allocation for many changes of its arcs, alike in every process, chunk and engine.

A chunk carries arrays only; each thread builds its HiGHS once for a case and keeps it. joblib decides where chunks
run (`joblib.parallel_config`: loky by default, Dask by address); answers are put together in the order asked.
"""

import hashlib
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed

from geo.allocation_model import AllocationModel
from geo.distance import Floats, Ints
from geo.program import Program
from geo.solver import Prepared, Solution

Progress = Callable[[str, int, int], bool]
"""Called with (what, done, all); gives False to stop."""
HOURS_PER_DAY = 24.0
_NOTHING = 1e-9  # share of all demand below which a flow is rounding
_LOCAL = threading.local()


class Store(Protocol):
    """Where work done so far is kept; `key` tells one question from another."""

    def load(self, name: str, key: str) -> Mapping[str, npt.NDArray[Any]] | None:
        """Give what was kept under a name, or None; refuse another question's."""
        ...

    def save(self, name: str, key: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Keep arrays under a name, all or nothing."""
        ...


@dataclass(frozen=True, eq=False)
class Change:
    """Arcs that are not as in the base case: their freight (infinite: nothing gets through) and hours now."""

    arcs: Ints
    cost_usd_t: Floats
    time_h: Floats

    def digest(self) -> str:
        """Name the change by its content."""
        return _digest(self.arcs, self.cost_usd_t, self.time_h)


@dataclass(frozen=True, eq=False)
class Case:
    """An allocation as arrays that travel: hubs are the nodes after the sites."""

    program: Program
    tail: Ints
    head: Ints
    cost_usd_t: Floats
    time_h: Floats
    unmet: Ints
    sites: int
    scale_t: float
    digest: str

    @classmethod
    def of(cls, model: AllocationModel) -> "Case":
        """Strip a model of everything that only people read."""
        program = replace(model.program, column_names=(), row_names=())
        tail, head = model.tail, model.head
        cost, hours = (model.arcs[name].to_numpy(dtype=float) for name in ("cost_usd_t", "time_h"))
        matrix = program.matrix
        places = [each.astype(np.int64) for each in (matrix.indptr, matrix.indices)]  # as checkpoints on disks have it
        bounds = (program.cost, program.lower, program.upper, program.row_lower, program.row_upper)
        digest = _digest(*bounds, *places, matrix.data, tail, head, cost, hours)
        return cls(program, tail, head, cost, hours, model.unmet, len(model.sites), model.scale_t, digest)

    @cached_property
    def into(self) -> tuple[Ints, ...]:
        """Arcs that lead to each site and hub, in order."""
        count = np.bincount(self.head, minlength=self.sites + len(self.unmet))
        return tuple(np.split(np.argsort(self.head, kind="stable"), np.cumsum(count)[:-1]))

    @cached_property
    def depth(self) -> int:
        """How many sites the longest chain has; the sites form no circle, so it ends."""
        level = np.zeros(self.sites + len(self.unmet), dtype=np.int64)
        while True:
            deeper = level.copy()
            np.maximum.at(deeper, self.head, level[self.tail] + 1)
            if (deeper == level).all():
                return int(level.max())
            level = deeper

    @property
    def unchanged(self) -> Change:
        """Give the change that changes nothing."""
        return Change(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))


@dataclass(frozen=True, eq=False)
class Solved:
    """Answers in the order asked, as far as they were reached."""

    answers: Floats
    """``total USD/yr`` (penalty included), ``freight USD/yr``, ``tonne-days/yr``, then unmet t/yr of each hub."""
    chains: Ints
    """Answer, hub, place: the leading chain from the hub backwards, as positions of sites; -1 beyond its start."""
    complete: bool


def solve_all(
    case: Case,
    changes: Sequence[Change],
    *,
    chunk: int = 50,
    progress: Progress | None = None,
    store: Store | None = None,
) -> Solved:
    """
    Solve a case under every change.

    Parameters
    ----------
    case, changes
        What is solved.
    chunk
        Changes in one task.
    progress
        Told after every chunk; gives False to stop, and the answers so far are returned.
    store
        Keeps what is done after every chunk, and takes up from there.

    Notes
    -----
    Bits do not depend on chunks, workers or engine: each solve starts from the same basis of a cleared solver. They do
    depend on the versions of HiGHS and NumPy and on the kind of processor.
    """
    key = _digest(case.digest, *(change.digest() for change in changes))
    kept = store.load("states", key) if store is not None else None
    values, chains = ([kept["values"]], [kept["chains"]]) if kept is not None else ([], [])
    first = len(values[0]) if values else 0
    done, complete = first, True
    if first == len(changes):
        return Solved(values[0], chains[0], complete=True)
    with closing(_answers(case, changes[first:], chunk)) as answers:
        for value, chain in answers:
            values.append(value)
            chains.append(chain)
            done += len(value)
            if store is not None:
                store.save("states", key, {"values": np.concatenate(values), "chains": np.concatenate(chains)})
            if progress is not None and not progress("states", done, len(changes)):
                complete = done == len(changes)
                break
    return Solved(np.concatenate(values), np.concatenate(chains), complete)


def _answers(case: Case, changes: Sequence[Change], chunk: int) -> Generator[tuple[Floats, Ints], None, None]:
    """Hand out the chunks to whatever engine joblib is told to use; answers come in order."""
    parts = (changes[start : start + chunk] for start in range(0, len(changes), chunk))
    work = (delayed(solve_chunk)(case, list(part)) for part in parts)
    found: Generator[tuple[Floats, Ints], None, None] = Parallel(return_as="generator")(work)
    return found


def solve_chunk(case: Case, changes: Sequence[Change]) -> tuple[Floats, Ints]:
    """Solve a few changes in this thread."""
    prepared = _prepared(case)
    answers = [_solve(case, prepared, change) for change in changes]
    return np.array([value for value, _ in answers]), np.array([chain for _, chain in answers])


def _prepared(case: Case) -> Prepared:
    """Give this thread's solver of the case; HiGHS does not travel, and one thread uses one."""
    if getattr(_LOCAL, "digest", None) != case.digest:
        _LOCAL.prepared, _LOCAL.digest = Prepared(case.program), case.digest
    held: Prepared = _LOCAL.prepared
    return held


def _solve(case: Case, prepared: Prepared, change: Change) -> tuple[Floats, Ints]:
    """Solve one change; what nothing gets through is shut, and the rest costs what it costs now."""
    upper, cost = case.program.upper.copy(), case.program.cost.copy()
    shut = ~np.isfinite(change.cost_usd_t)
    upper[change.arcs[shut]] = 0.0
    left = change.arcs[~shut]
    cost[left] += change.cost_usd_t[~shut] - case.cost_usd_t[left]
    solution = prepared.solve(upper=upper, cost=cost)
    hours = case.time_h.copy()
    hours[left] = change.time_h[~shut]
    return _values(case, solution, cost, hours), _leading(case, np.maximum(solution.amounts[: len(case.tail)], 0.0))


def _values(case: Case, solution: Solution, cost: Floats, hours: Floats) -> Floats:
    """Read one optimum."""
    flows = np.maximum(solution.amounts[: len(case.tail)], 0.0)
    unmet = np.maximum(solution.amounts[case.unmet], 0.0)
    freight = float(cost[: len(flows)] @ flows) * case.scale_t
    total = freight + float(cost[case.unmet] @ unmet) * case.scale_t
    tonne_days = float(hours @ flows) * case.scale_t / HOURS_PER_DAY
    return np.r_[total, freight, tonne_days, unmet * case.scale_t]


def _leading(case: Case, flows: Floats) -> Ints:
    """Follow the widest flow back from every hub to a source; equal flows: the first arc by id."""
    nothing = _NOTHING * float(case.program.upper[case.unmet].sum())
    hubs, into = len(case.unmet), case.into
    chains = np.full((hubs, case.depth), -1, dtype=np.int64)
    for hub in range(hubs):
        node, place = case.sites + hub, 0
        while len(into[node]):
            widest = into[node][np.argmax(flows[into[node]])]
            if flows[widest] <= nothing:
                break
            node = int(case.tail[widest])
            chains[hub, place] = node
            place += 1
    return chains


def _digest(*parts: str | npt.NDArray[Any]) -> str:
    """Name content by its SHA-256."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part.encode() if isinstance(part, str) else np.ascontiguousarray(part).tobytes())
        found.update(b"|")
    return found.hexdigest()
