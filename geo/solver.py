"""
Linear programmes (`geo.program`) solved by HiGHS, and never believed without a look at the residuals.

`solve` answers one programme (`geo.builder` writes it); `Prepared` answers many that differ in bounds only. HiGHS
keeps one thread pool for the whole process and fails silently when a later model asks for another size, so every
model here asks for one thread.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import highspy
import numpy as np
import numpy.typing as npt

from geo.errors import CorridorError
from geo.program import Array, Program

_THREADS = 1
_MIP_GAP = 1e-9
_IDLE: Final[deque[highspy.Highs]] = deque(maxlen=4)
"""HiGHS that wait for the next programme."""
TOLERANCE: Final = 1e-6
"""Largest violation of a row or bound that is still an answer, in the unit of the row."""


class SolverError(CorridorError, ArithmeticError):
    """A programme that HiGHS could not solve, warm or cold."""


@dataclass(frozen=True, eq=False)
class Solution:
    """An optimum, its prices and how well it holds."""

    amounts: Array
    objective: float
    status: str
    row_residual: float
    """Largest violation of a row or bound."""
    gap: float
    """Primal less dual objective, relative; for whole-number programmes the gap of the best bound."""
    cold: bool
    """Whether a second, cold solve was needed."""
    bound: float
    """No answer costs less; the objective itself but for whole-number programmes stopped early."""
    basis: highspy.HighsBasis
    """Where the simplex method ended."""
    activity: Array
    """What each row comes to."""
    read: highspy.HighsSolution
    """A copy of what HiGHS found. Its prices become arrays when they are asked for: of most solves nobody asks."""

    @cached_property
    def row_duals(self) -> Array:
        """What one more unit of each row's bound costs."""
        return np.asarray(self.read.row_dual, dtype=float)

    @cached_property
    def reduced_costs(self) -> Array:
        """What one more unit of each column costs."""
        return np.asarray(self.read.col_dual, dtype=float)


class Prepared:
    """
    One programme solved many times with other bounds or costs, each time from the same basis.

    ``setBasis`` alone lets earlier solves change the last digits, so the solver is cleared first: the answer depends
    on the bounds only, never on the order of the questions. One thread uses one `Prepared`.
    """

    def __init__(self, program: Program, *, base: Solution | None = None) -> None:
        """Solve the programme as it is, unless that has been done: `base`, of `solve` or `solve_in_order`."""
        self._program = program
        self._highs = _loaded(program)
        self.base = base or _run(self._highs, program)
        self._at = program  # as HiGHS has it

    def solve(self, *, upper: Array, cost: Array | None = None, row_upper: Array | None = None) -> Solution:
        """Solve with other upper bounds of the columns, and other costs and bounds of the rows where they are given."""
        held = self._program
        asked = replace(
            held,
            upper=upper,
            cost=held.cost if cost is None else cost,
            row_upper=held.row_upper if row_upper is None else row_upper,
        )
        self._change(asked)
        self._highs.clearSolver()
        self._highs.setBasis(self.base.basis)
        return _run_or_cold(self._highs, asked)

    def _change(self, asked: Program) -> None:
        """Tell HiGHS what differs from the last question: it takes its time over each column."""
        at, highs = self._at, self._highs
        if len(places := _differ(at.upper, asked.upper)):
            highs.changeColsBounds(len(places), places, asked.lower[places], asked.upper[places])
        if len(places := _differ(at.cost, asked.cost)):
            highs.changeColsCost(len(places), places, asked.cost[places])
        if len(places := _differ(at.row_upper, asked.row_upper)):
            low, high = asked.row_lower[places], asked.row_upper[places]
            highs.changeRowsBounds(len(places), places, low, high)  # type: ignore[attr-defined] # not in the stub
        self._at = asked


def solve(program: Program, *, time_limit_s: float | None = None) -> Solution:
    """
    Solve a programme; on failure once more from nothing, without presolve.

    Raises
    ------
    SolverError
        If both attempts end without an optimum whose rows hold to `TOLERANCE`.
    """
    highs = _loaded(program)
    if time_limit_s is not None:
        highs.setOptionValue("time_limit", float(time_limit_s))
    return _run_or_cold(highs, program)


def solve_in_order(program: Program, second: Array) -> tuple[Solution, Solution]:
    """
    Minimise the cost, then `second` among all optima: the lexicographic optimum.

    The optimal face is kept exactly, without a row of costs: a column with a reduced cost and a row with a price
    stay where the first optimum put them (complementary slackness), all others are free.

    Returns
    -------
    first, last
        The prices are in the first, the amounts to use in the last. Where the second pass finds no answer that
        holds, both are the first: an optimum, if not the preferred one.
    """
    with _lent() as highs:
        _pass(highs, program)
        first = _run_or_cold(highs, program)
        face = _face(program, first, second)
        _pass(highs, face)
        try:
            return first, _run_or_cold(highs, face)
        except SolverError:
            return first, first


def _face(program: Program, first: Solution, second: Array) -> Program:
    """Keep to what is optimal, and minimise `second`."""
    priced = np.abs(first.reduced_costs) > TOLERANCE
    # A free face needs a little room: the first optimum holds its rows to a tolerance only.
    fixed = np.clip(first.amounts, program.lower, program.upper)
    tight = np.abs(first.row_duals) > TOLERANCE
    at_lower = tight & (np.abs(first.activity - program.row_lower) <= np.abs(first.activity - program.row_upper))
    at_upper = tight & ~at_lower
    return replace(
        program,
        cost=second,
        lower=np.where(priced, fixed, program.lower),
        upper=np.where(priced, fixed, program.upper),
        row_lower=np.where(at_upper, program.row_upper, program.row_lower),
        row_upper=np.where(at_lower, program.row_lower, program.row_upper),
    )


class _Quiet(highspy.Highs):
    """HiGHS that keeps off standard output: 1.16 prints a banner from its constructor, before options can be set."""

    def enableCallbacks(self) -> None:  # noqa: N802 - the name is highspy's
        """Turn the output off before the first call that writes."""
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def _loaded(program: Program) -> highspy.Highs:
    """Hand the arrays to a HiGHS of their own."""
    highs = _made()
    _pass(highs, program)
    return highs


@contextmanager
def _lent() -> Iterator[highspy.Highs]:
    """Lend one that waits, or a new one: to make and to end one takes longer than most programmes are solved in."""
    try:
        highs = _IDLE.pop()
    except IndexError:
        highs = _made()
    yield highs
    highs.clearModel()  # after an error this is not reached, and the next question gets a new one
    _IDLE.append(highs)


def _made() -> highspy.Highs:
    """Make a silent, single-threaded, seeded HiGHS."""
    highs = _Quiet()  # type: ignore[no-untyped-call]
    options = {"output_flag": False, "threads": _THREADS, "random_seed": 0, "mip_rel_gap": _MIP_GAP}
    for name, value in options.items():
        highs.setOptionValue(name, value)
    return highs


def _pass(highs: highspy.Highs, program: Program) -> None:
    """Hand the arrays over; HiGHS forgets the model that it had, and all that it knew of it."""
    matrix = program.matrix
    whole = np.zeros(len(program.cost), dtype=np.int32) if program.integer is None else program.integer
    # arrays at once: setting them one by one on a `HighsLp` takes ten times as long
    highs.passModel(
        matrix.shape[1], matrix.shape[0], matrix.nnz, int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize), 0.0, program.cost, program.lower, program.upper, program.row_lower,
        program.row_upper, matrix.indptr.astype(np.int32, copy=False), matrix.indices.astype(np.int32, copy=False),
        matrix.data, whole.astype(np.int32, copy=False),
    )  # fmt: skip


def _run_or_cold(highs: highspy.Highs, program: Program) -> Solution:
    """Run; on failure once more from nothing."""
    try:
        return _run(highs, program)
    except SolverError:
        return _cold(program)


def _cold(program: Program) -> Solution:
    """Solve from nothing, without presolve."""
    highs = _loaded(program)
    highs.setOptionValue("presolve", "off")
    return _run(highs, program, cold=True)


def _run(highs: highspy.Highs, program: Program, *, cold: bool = False) -> Solution:
    """Run and read the answer; refuse one that is no optimum or does not hold."""
    highs.run()
    status, info, answer = highs.getModelStatus(), highs.getInfo(), highs.getSolution()
    values = np.asarray(answer.col_value, dtype=float)
    whole = program.integer is not None
    done = status == highspy.HighsModelStatus.kOptimal
    stopped = whole and status == highspy.HighsModelStatus.kTimeLimit
    activity = program.matrix @ values if len(values) == len(program.cost) else None
    residual = np.inf if activity is None else _residual(program, values, activity)
    gap = info.mip_gap if whole else info.primal_dual_objective_error  # type: ignore[attr-defined]
    named = highs.modelStatusToString(status)
    if activity is None or not (done or stopped) or residual > TOLERANCE or not (whole or gap <= TOLERANCE):
        msg = f"the solver ended with {named}; largest violation {residual:.2g}, gap {gap:.2g}"
        raise SolverError(msg)
    return Solution(
        amounts=values,
        objective=float(info.objective_function_value),
        status=named,
        row_residual=residual,
        gap=float(gap),
        cold=cold,
        bound=float(info.mip_dual_bound if whole else info.objective_function_value),
        basis=highs.getBasis(),
        activity=activity,
        read=answer,
    )


def _residual(program: Program, values: Array, activity: Array) -> float:
    """Return the largest violation of a row or bound."""
    rows = np.maximum(program.row_lower - activity, activity - program.row_upper)
    columns = np.maximum(program.lower - values, values - program.upper)
    return float(max(rows.max(initial=0.0), columns.max(initial=0.0)))


def _differ(before: Array, after: Array) -> npt.NDArray[np.int32]:
    """Give the places where two arrays differ."""
    return np.flatnonzero(before != after).astype(np.int32)
