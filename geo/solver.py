"""
Linear programmes as arrays, solved by HiGHS, and never believed without a look at the residuals.

`solve` answers one programme (`geo.builder` writes it); `Prepared` answers many that differ in bounds only. HiGHS
keeps one thread pool for the whole process and fails silently when a later model asks for another size, so every
model here asks for one thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeAlias

import highspy
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geo.errors import CorridorError

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Subjects: TypeAlias = Sequence[str] | range | pd.Index | Ints

_THREADS = 1
_MIP_GAP = 1e-9
TOLERANCE: Final = 1e-6
"""Largest violation of a row or bound that is still an answer, in the unit of the row."""


class SolverError(CorridorError, ArithmeticError):
    """A programme that HiGHS could not solve, warm or cold."""


@dataclass(frozen=True, eq=False)
class Named:
    """Columns or rows of one kind that follow each other: what each stands for."""

    kind: str
    subject: Subjects
    detail: str = ""

    @property
    def subjects(self) -> pd.Index:
        """Give the subjects as text."""
        own = self.subject
        return own if isinstance(own, pd.Index) and own.dtype == "str" else pd.Index(own, dtype="str")


@dataclass(frozen=True, eq=False)
class Program:
    """Minimise ``cost @ x`` with ``row_lower <= matrix @ x <= row_upper`` and ``lower <= x <= upper``."""

    cost: Array
    lower: Array
    upper: Array
    row_lower: Array
    row_upper: Array
    matrix: sparse.csc_array
    column_names: tuple[Named, ...] = ()
    row_names: tuple[Named, ...] = ()
    integer: npt.NDArray[np.bool_] | None = None
    """Columns that take whole values only."""

    @cached_property
    def columns(self) -> pd.DataFrame:
        """What each column stands for: ``kind, subject``; made when first read, which a solve does not."""
        return _labels(self.column_names)[["kind", "subject"]]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """What each row stands for: ``kind, subject, detail``."""
        return _labels(self.row_names)


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
    highs = _loaded(program)
    first = _run_or_cold(highs, program)
    priced = np.abs(first.reduced_costs) > TOLERANCE
    # A free face needs a little room: the first optimum holds its rows to a tolerance only.
    fixed = np.clip(first.amounts, program.lower, program.upper)
    tight = np.abs(first.row_duals) > TOLERANCE
    activity = program.matrix @ first.amounts
    at_lower = tight & (np.abs(activity - program.row_lower) <= np.abs(activity - program.row_upper))
    at_upper = tight & ~at_lower
    face = replace(
        program,
        cost=second,
        lower=np.where(priced, fixed, program.lower),
        upper=np.where(priced, fixed, program.upper),
        row_lower=np.where(at_upper, program.row_upper, program.row_lower),
        row_upper=np.where(at_lower, program.row_lower, program.row_upper),
    )
    _pass(highs, face)  # making another HiGHS takes longer than handing it another model
    try:
        return first, _run_or_cold(highs, face)
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
    _pass(highs, program)
    return highs


def _pass(highs: highspy.Highs, program: Program) -> None:
    """Hand the arrays over; HiGHS forgets the model that it had, and all that it knew of it."""
    matrix = program.matrix
    whole = np.zeros(len(program.cost)) if program.integer is None else program.integer
    # arrays at once: setting them one by one on a `HighsLp` takes ten times as long
    highs.passModel(
        matrix.shape[1], matrix.shape[0], matrix.nnz, int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize), 0.0, program.cost, program.lower, program.upper, program.row_lower,
        program.row_upper, matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data,
        whole.astype(np.int32),
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
    stopped = whole and status == highspy.HighsModelStatus.kTimeLimit and len(values) == len(program.cost)
    residual = _residual(program, values) if len(values) == len(program.cost) else np.inf
    gap = info.mip_gap if whole else info.primal_dual_objective_error  # type: ignore[attr-defined]
    named = highs.modelStatusToString(status)
    if not (done or stopped) or residual > TOLERANCE or not (whole or gap <= TOLERANCE):
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
        read=answer,
    )


def _residual(program: Program, values: Array) -> float:
    """Return the largest violation of a row or bound."""
    activity = program.matrix @ values
    rows = np.maximum(program.row_lower - activity, activity - program.row_upper)
    columns = np.maximum(program.lower - values, values - program.upper)
    return float(max(rows.max(initial=0.0), columns.max(initial=0.0)))


def _labels(blocks: tuple[Named, ...]) -> pd.DataFrame:
    """Put the names of columns or rows into one frame of ``kind, subject, detail``."""
    count = [len(block.subjects) for block in blocks]
    subject = pd.Index([], dtype="str").append([block.subjects for block in blocks])
    named = {part: pd.Index([getattr(block, part) for block in blocks], dtype="str") for part in ("kind", "detail")}
    return pd.DataFrame(
        {"kind": named["kind"].repeat(count), "subject": subject, "detail": named["detail"].repeat(count)}
    )


def _differ(before: Array, after: Array) -> npt.NDArray[np.int32]:
    """Give the places where two arrays differ."""
    return np.flatnonzero(before != after).astype(np.int32)
