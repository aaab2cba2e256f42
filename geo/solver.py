"""
Linear programmes as arrays, solved by HiGHS, and never believed without a look at the residuals.

`solve` answers one programme (`geo.builder` writes it); `Prepared` answers many that differ in bounds only. HiGHS
keeps one thread pool for the whole process and fails silently when a later model asks for another size, so every
model here asks for one thread.
"""

from dataclasses import dataclass, replace
from typing import Final

import highspy
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geo.errors import CorridorError

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_THREADS = 1
_MIP_GAP = 1e-9
TOLERANCE: Final = 1e-6
"""Largest violation of a row or bound that is still an answer, in the unit of the row."""


class SolverError(CorridorError, ArithmeticError):
    """A programme that HiGHS could not solve, warm or cold."""


@dataclass(frozen=True, eq=False)
class Program:
    """Minimise ``cost @ x`` with ``row_lower <= matrix @ x <= row_upper`` and ``lower <= x <= upper``."""

    cost: Array
    lower: Array
    upper: Array
    row_lower: Array
    row_upper: Array
    matrix: sparse.csc_array
    columns: pd.DataFrame
    """What each column stands for: ``kind, subject, detail``."""
    rows: pd.DataFrame
    """What each row stands for: ``kind, subject, detail``."""
    integer: npt.NDArray[np.bool_] | None = None
    """Columns that take whole values only."""


@dataclass(frozen=True, eq=False)
class Solution:
    """An optimum, its prices and how well it holds."""

    amounts: Array
    row_duals: Array
    reduced_costs: Array
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


class Prepared:
    """
    One programme solved many times with other bounds or costs, each time from the same basis.

    ``setBasis`` alone lets earlier solves change the last digits, so the solver is cleared first: the answer depends
    on the bounds only, never on the order of the questions. One thread uses one `Prepared`.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._highs = _loaded(program)
        self.base = _run(self._highs, program)
        self._basis = self._highs.getBasis()
        self._bounded = False  # whether the last question had bounds of the rows of its own

    def solve(self, *, upper: Array, cost: Array | None = None, row_upper: Array | None = None) -> Solution:
        """Solve with other upper bounds of the columns, and other costs and bounds of the rows where they are given."""
        everything = np.arange(len(upper), dtype=np.int32)
        held = self._program.row_upper if row_upper is None else row_upper
        changed = replace(self._program, upper=upper, cost=self._program.cost if cost is None else cost, row_upper=held)
        self._highs.changeColsBounds(len(upper), everything, changed.lower, upper)
        self._highs.changeColsCost(len(upper), everything, changed.cost)
        if self._bounded or row_upper is not None:
            rows = np.arange(len(held), dtype=np.int32)
            # highspy's stub leaves this one out
            self._highs.changeRowsBounds(len(held), rows, changed.row_lower, held)  # type: ignore[attr-defined]
            self._bounded = row_upper is not None
        self._highs.clearSolver()
        self._highs.setBasis(self._basis)
        try:
            return _run(self._highs, changed)
        except SolverError:
            return _cold(changed)


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
    try:
        return _run(highs, program)
    except SolverError:
        return _cold(program)


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
    first = solve(program)
    priced = np.abs(first.reduced_costs) > TOLERANCE
    # A free face needs a little room: the first optimum holds its rows to a tolerance only.
    fixed = np.clip(first.amounts, program.lower, program.upper)
    tight = np.abs(first.row_duals) > TOLERANCE
    activity = program.matrix @ first.amounts
    at_lower = tight & (np.abs(activity - program.row_lower) <= np.abs(activity - program.row_upper))
    at_upper = tight & ~at_lower
    face = Program(
        cost=second,
        lower=np.where(priced, fixed, program.lower),
        upper=np.where(priced, fixed, program.upper),
        row_lower=np.where(at_upper, program.row_upper, program.row_lower),
        row_upper=np.where(at_lower, program.row_lower, program.row_upper),
        matrix=program.matrix,
        columns=program.columns,
        rows=program.rows,
    )
    try:
        return first, solve(face)
    except SolverError:
        return first, first


class _Quiet(highspy.Highs):
    """HiGHS that keeps off standard output: 1.16 prints a banner from its constructor, before options can be set."""

    def enableCallbacks(self) -> None:  # noqa: N802 - the name is highspy's
        """Turn the output off before the first call that writes."""
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def _loaded(program: Program) -> highspy.Highs:
    """Hand the arrays to a silent, single-threaded, seeded HiGHS."""
    highs = _Quiet()  # type: ignore[no-untyped-call]
    options = {"output_flag": False, "threads": _THREADS, "random_seed": 0, "mip_rel_gap": _MIP_GAP}
    for name, value in options.items():
        highs.setOptionValue(name, value)
    matrix = program.matrix
    whole = np.zeros(len(program.cost)) if program.integer is None else program.integer
    # arrays at once: setting them one by one on a `HighsLp` takes ten times as long
    highs.passModel(
        matrix.shape[1], matrix.shape[0], matrix.nnz, int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize), 0.0, program.cost, program.lower, program.upper, program.row_lower,
        program.row_upper, matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data,
        whole.astype(np.int32),
    )  # fmt: skip
    return highs


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
    stopped = whole and status == highspy.HighsModelStatus.kTimeLimit and len(values) == len(program.cost)
    residual = _residual(program, values) if len(values) == len(program.cost) else np.inf
    gap = info.mip_gap if whole else info.primal_dual_objective_error  # type: ignore[attr-defined]
    named = highs.modelStatusToString(status)
    if not (done or stopped) or residual > TOLERANCE or not (whole or gap <= TOLERANCE):
        msg = f"the solver ended with {named}; largest violation {residual:.2g}, gap {gap:.2g}"
        raise SolverError(msg)
    return Solution(
        amounts=values,
        row_duals=np.asarray(answer.row_dual, dtype=float),
        reduced_costs=np.asarray(answer.col_dual, dtype=float),
        objective=float(info.objective_function_value),
        status=named,
        row_residual=residual,
        gap=float(gap),
        cold=cold,
        bound=float(info.mip_dual_bound if whole else info.objective_function_value),
    )


def _residual(program: Program, values: Array) -> float:
    """Return the largest violation of a row or bound."""
    activity = program.matrix @ values
    over = [program.row_lower - activity, activity - program.row_upper]
    over += [program.lower - values, values - program.upper]
    return float(max((part.max(initial=0.0) for part in over), default=0.0))
