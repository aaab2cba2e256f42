r"""
The worst few closures together, exactly: an attacker closes up to k components, then the defender re-allocates.

:math:`\max_{x \in \{0,1\}^n,\, \sum x \le k} \; \min_y c(x)'y`. A closed arc is not removed but priced so high that
leaving demand unmet is always cheaper; then the inner programme can be replaced by its dual and the whole is one
mixed-integer programme without products of unknowns:
:math:`\max b'\pi` subject to :math:`A'\pi \le c + P K x` (Israeli & Wood 2002).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import sparse

from geo.allocation_model import AllocationModel
from geo.contingency import check_size, closed_upper
from geo.errors import BadInputError
from geo.solver import Array, Prepared, Program, solve

MOST_CLOSURES: Final = 4


@dataclass(frozen=True, eq=False)
class WorstCase:
    """The worst set found, priced by closing it, and how far the bound is away."""

    closed: tuple[str, ...]
    extra_usd_yr: float
    """Extra cost, penalty included, of the allocation with the set closed (not the programme's own figure)."""
    bound_usd_yr: float
    """No set of this size costs more."""
    proven: bool
    """Whether the bound is met; false when time ran out."""


def worst_closures(
    model: AllocationModel,
    parts: pd.DataFrame,
    *,
    k: int,
    implausibility: pd.Series | None = None,
    implausibility_budget: float = np.inf,
    time_limit_s: float = 60.0,
) -> WorstCase:
    r"""
    Find the `k` components whose closing together costs most.

    Parameters
    ----------
    model
        From `geo.allocation_model.build`, without content thresholds.
    parts
        From `geo.contingency.components`.
    k
        Most components closed, 1 to `MOST_CLOSURES`.
    implausibility
        By component, :math:`-\ln p`: the sum over the set is held to `implausibility_budget`, so that the answer is
        not always the largest producer. A component without a figure is not a candidate.
    time_limit_s
        After this the best so far is given with its bound.

    Raises
    ------
    BadInputError
        If `k` is out of range or the model has content thresholds, under which no safe price is known here.
    """
    check_size(k, largest=MOST_CLOSURES)
    if model.program.rows["kind"].eq("content").any():
        msg = "worst closures: not with content thresholds; evaluate them first with the content of the flows"
        raise BadInputError(msg)
    candidates = parts
    if implausibility is not None:
        candidates = parts[implausibility.reindex(parts.index).notna()]
    answer = solve(_attack(model, candidates, k, implausibility, implausibility_budget), time_limit_s=time_limit_s)
    chosen = answer.amounts[-len(candidates) :].round().astype(bool)
    closed = tuple(sorted(candidates.index[chosen]))
    prepared = Prepared(model.program)
    after = prepared.solve(upper=closed_upper(model, parts, closed)).objective
    unit = model.scale_t
    extra = (after - prepared.base.objective) * unit
    price = _unit_price(model)
    bound = (-answer.bound * price - prepared.base.objective) * unit
    # the programme sees closures as prices and whole numbers to a tolerance; the solve above is the truth
    proven = bound <= extra + _CLOSE * max(abs(after), abs(prepared.base.objective)) * unit
    return WorstCase(closed, extra, max(bound, extra), bool(proven))


_CLOSE = 1e-6


def _unit_price(model: AllocationModel) -> float:
    """Return the penalty: prices in units of it keep the coefficients near one."""
    return float(model.program.cost[model.unmet].max(initial=1.0))


def _closing_price(model: AllocationModel) -> float:
    """
    Return a price, in penalties, at which no closed arc is worth using.

    A tonne delivered needs at least 1 / (product of yields above one) tonnes on each of its arcs; under an allied
    share one allied tonne may bring others with it, 1 / share in all.
    """
    yields = model.sites.loc[~model.sites["source"].astype(bool)]
    gain = float(yields.groupby("stage")["yield"].max().clip(lower=1.0).prod())
    shares = model.program.rows.loc[model.program.rows["kind"].eq("allied_share"), "detail"].astype(float)
    return gain / max(float(shares.min()) if len(shares) else 1.0, 1e-3)


def _attack(
    model: AllocationModel,
    parts: pd.DataFrame,
    k: int,
    implausibility: pd.Series | None,
    budget: float,
) -> Program:
    """Write the attacker's programme over the prices of the rows and the choice of components."""
    program = model.program
    open_columns = np.flatnonzero(program.upper > 0)
    side, low, high = _prices(program)
    closing = _closing_matrix(model, parts)[open_columns] * -_closing_price(model)
    transposed = program.matrix.T.tocsr()[open_columns]
    counts = [np.ones(len(parts))]
    limits = [float(k)]
    if implausibility is not None:
        counts.append(implausibility.reindex(parts.index).to_numpy(dtype=float))
        limits.append(budget)
    empty = sparse.csr_array((len(limits), len(side)))
    matrix = sparse.block_array([[transposed, closing], [empty, sparse.csr_array(np.array(counts))]])
    rows = len(open_columns) + len(limits)
    names = pd.DataFrame({"kind": "attack", "subject": range(rows), "detail": ""})
    return Program(
        cost=np.r_[-side, np.zeros(len(parts))],
        lower=np.r_[low, np.zeros(len(parts))],
        upper=np.r_[high, np.ones(len(parts))],
        row_lower=np.full(rows, -np.inf),
        row_upper=np.r_[program.cost[open_columns] / _unit_price(model), limits],
        matrix=sparse.csc_array(matrix),
        columns=pd.DataFrame({"kind": "price", "subject": range(len(side) + len(parts))}),
        rows=names,
        integer=np.r_[np.zeros(len(side), dtype=bool), np.ones(len(parts), dtype=bool)],
    )


def _prices(program: Program) -> tuple[Array, Array, Array]:
    """Return the right side of each row and the sign its price may have; no row of the model has two sides."""
    at_least, at_most = np.isfinite(program.row_lower), np.isfinite(program.row_upper)
    side = np.where(at_least, program.row_lower, program.row_upper)
    low = np.where(at_most, -np.inf, 0.0)
    high = np.where(at_least, np.inf, 0.0)
    return side, low, high


def _closing_matrix(model: AllocationModel, parts: pd.DataFrame) -> sparse.csr_array:
    """Mark which flow column falls with which component."""
    held = parts["arc_ids"].map(lambda arc_ids: model.arcs.index.get_indexer(list(arc_ids))).tolist()
    rows = np.concatenate(held) if held else np.empty(0, dtype=int)
    columns = np.repeat(np.arange(len(parts)), [len(own) for own in held])
    shape = (len(model.program.cost), len(parts))
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
