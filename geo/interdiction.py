r"""
The worst few closures together, exactly: an attacker closes up to k components, then the defender re-allocates.

:math:`\max_{x \in \{0,1\}^n,\, \sum x \le k} \; \min_y c(x)'y`. A closed arc is not removed but priced so high that
leaving demand unmet is always cheaper; then the inner programme can be replaced by its dual and the whole is one
mixed-integer programme without products of unknowns:
:math:`\max b'\pi` subject to :math:`A'\pi \le c + P K x` (Israeli & Wood 2002).
"""

from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

import numpy as np
import pandas as pd
from scipy import sparse

from geo.allocation_model import AllocationModel
from geo.contingency import Repriced, Weakened, check_size, closed_loss
from geo.program import Array, Named, Program
from geo.solver import solve

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
    """Whether the bound is met and holds; false when time ran out, or no price is known that surely closes an arc."""


def worst_closures(  # noqa: PLR0913 - the plausibility and the ways that are left are the caller's
    model: AllocationModel,
    parts: pd.DataFrame,
    *,
    k: int,
    implausibility: pd.Series | None = None,
    implausibility_budget: float = np.inf,
    repriced: Repriced | None = None,
    weakened: Weakened | None = None,
    time_limit_s: float = 60.0,
) -> WorstCase:
    r"""
    Find the `k` components whose closing together costs most.

    With detours (`repriced`) a closure makes arcs dearer instead of closing them. The programme adds up the extra
    freight of each closure alone; the set it finds is then priced by the ways that are truly left, and where that is
    less than the programme said, the next set is asked for until none can be worse. Closures whose detours together
    cost more than the sum of each (Suez and the Cape) may be missed by the programme.

    Parameters
    ----------
    model
        From `geo.allocation_model.build`. Content thresholds are rows like any other; with one of them and no other
        rule on marked tonnes the price of a closed arc is known to be safe (`closing_price`), with more it is not,
        and the answer is not called proven.
    parts
        From `geo.contingency.components`.
    k
        Most components closed, 1 to `MOST_CLOSURES`.
    implausibility
        By component, :math:`-\ln p` or the like: the sum over the set is held to `implausibility_budget`, so that the
        answer is not always the largest producer. A component without a figure is not a candidate.
    repriced, weakened
        As in `geo.contingency.single_losses`; what plants lose of an input is priced in the sets found, the programme
        does not see it.
    time_limit_s
        After this the best so far is given with its bound.

    Raises
    ------
    BadInputError
        If `k` is out of range.
    """
    check_size(k, largest=MOST_CLOSURES)
    candidates = parts
    if implausibility is not None:
        candidates = parts[implausibility.reindex(parts.index).notna()]
    if candidates.empty:
        return WorstCase((), 0.0, 0.0, proven=True)
    attack = _attack(model, candidates, k, implausibility, implausibility_budget, repriced)
    return _search(model, parts, candidates.index, attack, (repriced, weakened), time_limit_s)


def _search(
    model: AllocationModel,
    parts: pd.DataFrame,
    candidates: pd.Index,
    attack: Program,
    effects: tuple[Repriced | None, Weakened | None],
    time_limit_s: float,
) -> WorstCase:
    """Ask for the worst set, price it as it truly is, forbid it, until no other can be worse."""
    ends, best, tried = monotonic() + time_limit_s, WorstCase((), 0.0, 0.0, proven=False), _TRIES
    base, safe = solve(model.program).objective, closing_price(model)[1]
    while tried and (left := ends - monotonic()) > 0:
        answer = solve(attack, time_limit_s=left)
        chosen = answer.amounts[-len(candidates) :].round().astype(bool)
        closed = tuple(sorted(candidates[chosen]))
        # the programme sees closures as prices and whole numbers to a tolerance; a solve of its own is the truth
        loss = closed_loss(model, parts, closed, repriced=effects[0], weakened=effects[1]) if closed else None
        extra = 0.0 if loss is None else float(loss["extra_usd_yr"])
        bound = (-answer.bound * _unit_price(model) - base) * model.scale_t
        if extra > best.extra_usd_yr or not best.closed:
            best = WorstCase(closed, extra, bound, proven=False)
        met = bound <= best.extra_usd_yr + _CLOSE * (abs(base) * model.scale_t + abs(best.extra_usd_yr))
        best = replace(best, bound_usd_yr=max(bound, best.extra_usd_yr), proven=bool(met and safe))
        if met:
            break
        attack, tried = _without(attack, chosen), tried - 1
    return best


_TRIES: Final = 25
_CLOSE = 1e-6
_DEAREST: Final = 1e3
"""Most penalties that a closed arc may cost: above, whole numbers that are whole to a tolerance show."""


def _unit_price(model: AllocationModel) -> float:
    """Return the penalty: prices in units of it keep the coefficients near one."""
    return float(model.program.cost[model.unmet].max(initial=1.0))


def closing_price(model: AllocationModel) -> tuple[float, bool]:
    r"""
    Return a price, in penalties, at which no closed arc is worth using, and whether it is known to be safe.

    Safe is a price that no tonne on a closed arc can be worth: whoever takes it away loses no more delivered tonnes,
    those counted that it kept within a rule. A tonne on an arc delivers at most the product of the yields above one.
    Under an allied share an allied tonne may bring others with it, 1 / share in all. Under a content threshold
    :math:`v` a tonne of another origin makes room for :math:`v / (1 - v)` tonnes of the one looked for, on each arc
    it passes that has the threshold: at most one a stage, where it may be more than a tonne, by the yields below one
    between. With several rules on marked tonnes one may make room for another's and so on: the factors are multiplied,
    which is generous, but no proof is known here.
    """
    plants = model.sites.loc[~model.sites["source"].astype(bool)].groupby("stage")["yield"]
    gain = float(plants.max().clip(lower=1.0).prod())
    spread = gain / float(plants.min().clip(upper=1.0).prod())
    rows = model.program.rows
    shares = rows.loc[rows["kind"].eq("allied_share"), "detail"].astype(float)
    price = gain / max(float(shares.min()) if len(shares) else 1.0, 1.0 / _DEAREST)
    limits = _content_limits(model)
    room = limits["share"] / (1.0 - limits["share"]).clip(lower=1.0 / _DEAREST)
    price *= float((1.0 + limits["stages"] * room * spread / gain).prod())
    others = rows["kind"].isin(["allied_share", "country_cap"]).any()
    safe = limits.empty or (len(limits) == 1 and not others and price <= _DEAREST)
    return min(price, _DEAREST), bool(safe)


def _content_limits(model: AllocationModel) -> pd.DataFrame:
    """List the content rules that can bind: the largest ``share`` and the number of ``stages`` with the threshold."""
    rows = model.program.rows
    own = rows[rows["kind"].eq("content")]
    held = model.program.matrix.tocsr()[own.index.to_numpy(), : len(model.arcs)].tocoo()
    frame = own.iloc[held.row].assign(share=-held.data, stages=model.arcs["stage"].to_numpy()[held.col])
    # above zero the flow is all of the origin and held to nothing; at 1 the rule forbids nothing
    frame = frame[frame["share"].between(0.0, 1.0, inclusive="neither")]
    return frame.groupby(["subject", "detail"]).agg(share=("share", "max"), stages=("stages", "nunique"))


def _attack(
    model: AllocationModel,
    parts: pd.DataFrame,
    k: int,
    implausibility: pd.Series | None,
    budget: float,
    repriced: Repriced | None,
) -> Program:
    """Write the attacker's programme over the prices of the rows and the choice of components."""
    program = model.program
    open_columns = np.flatnonzero(program.upper > 0)
    side, low, high = _prices(program)
    closing = -_closing_matrix(model, parts, repriced)[open_columns]
    transposed = program.matrix.T.tocsr()[open_columns]
    counts = [np.ones(len(parts))]
    limits = [float(k)]
    if implausibility is not None:
        counts.append(implausibility.reindex(parts.index).to_numpy(dtype=float))
        limits.append(budget + _CLOSE)
    empty = sparse.csr_array((len(limits), len(side)))
    matrix = sparse.block_array([[transposed, closing], [empty, sparse.csr_array(np.array(counts))]])
    rows = len(open_columns) + len(limits)
    return Program(
        cost=np.r_[-side, np.zeros(len(parts))],
        lower=np.r_[low, np.zeros(len(parts))],
        upper=np.r_[high, np.ones(len(parts))],
        row_lower=np.full(rows, -np.inf),
        row_upper=np.r_[program.cost[open_columns] / _unit_price(model), limits],
        matrix=sparse.csc_array(matrix),
        column_names=(Named("price", range(len(side) + len(parts))),),
        row_names=(Named("attack", range(rows)),),
        integer=np.r_[np.zeros(len(side), dtype=bool), np.ones(len(parts), dtype=bool)],
    )


def _prices(program: Program) -> tuple[Array, Array, Array]:
    """Return the right side of each row and the sign its price may have; no row of the model has two sides."""
    at_least, at_most = np.isfinite(program.row_lower), np.isfinite(program.row_upper)
    side = np.where(at_least, program.row_lower, program.row_upper)
    low = np.where(at_most, -np.inf, 0.0)
    high = np.where(at_least, np.inf, 0.0)
    return side, low, high


def _closing_matrix(model: AllocationModel, parts: pd.DataFrame, repriced: Repriced | None) -> sparse.csr_array:
    """Say by how much each component makes each flow column dearer, in penalties; a closed one by the safe price."""
    price, count = closing_price(model)[0], len(model.arcs)
    freight = model.arcs["cost_usd_t"].to_numpy(dtype=float)
    dearer = np.zeros((len(model.program.cost), len(parts)))
    for place, (component_id, arc_ids) in enumerate(parts["arc_ids"].items()):
        dearer[model.arcs.index.get_indexer(list(arc_ids)), place] = price
        left = repriced((str(component_id),)) if repriced is not None else None
        if left is not None:
            extra = np.maximum(left - freight, 0.0) / _unit_price(model)
            dearer[:count, place] = np.maximum(dearer[:count, place], np.minimum(extra, price))
    return sparse.csr_array(dearer)


def _without(attack: Program, chosen: np.ndarray) -> Program:
    """Forbid one choice of components."""
    side = np.r_[np.zeros(len(attack.cost) - len(chosen)), np.where(chosen, 1.0, -1.0)]
    return replace(
        attack,
        matrix=sparse.csc_array(sparse.vstack([attack.matrix, sparse.csr_array(side[None, :])])),
        row_lower=np.r_[attack.row_lower, -np.inf],
        row_upper=np.r_[attack.row_upper, chosen.sum() - 1.0],
        row_names=(*attack.row_names, Named("attack", range(len(attack.row_upper), len(attack.row_upper) + 1))),
    )
