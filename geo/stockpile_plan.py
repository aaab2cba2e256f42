"""What to buy for a stockpile: least expected loss and least tail loss over scenarios, within budget and market."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.builder import Builder
from geo.errors import BadInputError, ContractError
from geo.program import Array
from geo.solver import solve

_IDLE = 1e-6  # what a dollar costs beside the loss it saves: money that saves nothing stays unspent
_READ = ("price_usd_t", "loss_usd_t", "market_t")


@dataclass(frozen=True)
class PlanOptions:
    """How much may be spent, and how much the tail counts."""

    budget_usd: float
    tail: float
    """Level of the tail: 0.95 looks at the worst 5 %."""
    tail_weight: float
    """Weight of the tail beside the mean, 0 to 1."""

    def __post_init__(self) -> None:
        if not (self.budget_usd > 0 and 0 <= self.tail < 1 and 0 <= self.tail_weight <= 1):
            msg = (
                f"budget above 0, tail from 0 to below 1, weight from 0 to 1; given budget {self.budget_usd:g} USD, "
                f"tail {self.tail:g}, weight {self.tail_weight:g}"
            )
            raise BadInputError(msg)


@dataclass(frozen=True, eq=False)
class Plan:
    """A purchase plan, read."""

    purchases: pd.DataFrame
    """Index ``mineral``: ``buy_t, spend_usd, market_share, at_market_limit``; null where a number was unknown."""
    losses: pd.DataFrame
    """Index ``without, with``: ``expected_usd``, ``cvar_usd``."""
    last_dollar_usd: float
    """What one more dollar of budget takes off the weighted loss; below 1 it costs more than it saves."""
    sentence: str


def purchase_plan(
    minerals: pd.DataFrame, shortfalls_t: pd.DataFrame, probability: pd.Series, *, options: PlanOptions
) -> Plan:
    r"""
    Choose what to buy (Rockafellar & Uryasev 2000).

    .. math:: \min (1-\lambda) \sum_s p_s L_s + \lambda \left(\eta + \frac{1}{1-\beta} \sum_s p_s z_s\right)

    with :math:`L_s = \sum_m w_m \max(0, G_{ms} - B_m - q_m)`, :math:`z_s \ge L_s - \eta`, the budget
    :math:`\sum_m p_m (1 + i_m) q_m`, and :math:`q_m` at most what the market gives without being moved.

    Parameters
    ----------
    minerals
        Index ``mineral``; ``price_usd_t`` (contained), ``loss_usd_t`` (loss per tonne short), ``market_t`` (most that
        can be bought), ``stock_t`` (held already; null counts as unknown). Optional ``price_impact`` (share by which
        buying raises the price). A mineral with an unknown number is left out of the plan and stays in the answer.
    shortfalls_t
        A row a scenario, a column a mineral: tonnes short before any stock.
    probability
        By scenario; sums to 1.

    Raises
    ------
    ContractError
        If probabilities do not sum to 1, scenarios differ, a known mineral lacks shortfalls, or a price is not
        positive.
    """
    known = minerals[minerals[[*_READ, "stock_t"]].notna().all(axis=1)].sort_index()
    _check(known, shortfalls_t, probability)
    short = np.maximum(shortfalls_t[known.index].to_numpy(dtype=float) - known["stock_t"].to_numpy(), 0.0)
    weight = probability.reindex(shortfalls_t.index).to_numpy(dtype=float)
    tonnes, value = _optimum(known, short, weight, options)
    worth = known["loss_usd_t"].to_numpy(dtype=float)
    before, after = short @ worth, np.maximum(short - tonnes, 0.0) @ worth
    losses = pd.DataFrame(
        {
            "expected_usd": [weight @ before, weight @ after],
            "cvar_usd": [cvar(before, weight, tail=options.tail), cvar(after, weight, tail=options.tail)],
        },
        index=["without", "with"],
    )
    sentence = f"One more dollar of budget takes {value:,.2f} dollars off the weighted loss."
    return Plan(_purchases(minerals, known, tonnes), losses, value, sentence)


def cvar(losses: Array, probability: Array, *, tail: float) -> float:
    """
    Return the mean of the worst ``1 - tail`` of the losses.

    Examples
    --------
    >>> float(round(cvar(np.array([0.0, 10.0]), np.array([0.9, 0.1]), tail=0.8), 6))
    5.0
    """
    order = np.argsort(-losses, kind="stable")
    room = 1.0 - tail
    taken = np.clip(room - (np.cumsum(probability[order]) - probability[order]), 0.0, probability[order])
    return float(taken @ losses[order] / room)


def _check(known: pd.DataFrame, shortfalls_t: pd.DataFrame, probability: pd.Series) -> None:
    """Gather every fault, then raise once."""
    lost = sorted(set(known.index) - set(shortfalls_t.columns))
    faults = [f"no shortfalls for {', '.join(lost)}"] if lost else []
    if set(shortfalls_t.index) != set(probability.index):
        faults.append("shortfalls and probability name different scenarios")
    if not np.isclose(probability.sum(), 1.0) or (probability < 0).any():
        faults.append("probabilities must be 0 or more and sum to 1")
    if (known["price_usd_t"] <= 0).any() or (known[["loss_usd_t", "market_t", "stock_t"]] < 0).any(axis=None):
        faults.append("prices must be above 0; losses, market and stock 0 or more")
    if not lost and shortfalls_t[known.index].isna().any(axis=None):
        faults.append("a shortfall is unknown: leave the mineral out, or state it")
    if known.empty:
        faults.append("no mineral has all its numbers")
    if faults:
        msg = f"the plan cannot be made: {'; '.join(faults)}"
        raise ContractError(msg)


def _unit_cost(known: pd.DataFrame) -> Array:
    """Return what a tonne costs, price impact included."""
    impact = known.get("price_impact", 0.0)
    return (known["price_usd_t"] * (1.0 + impact)).to_numpy(dtype=float)


def _optimum(known: pd.DataFrame, short: Array, weight: Array, options: PlanOptions) -> tuple[Array, float]:
    """Solve in units of what can be spent: tonnes of gallium and of copper would not sit well in one matrix."""
    scenarios, count = short.shape
    unit = _unit_cost(known)
    market = known["market_t"].to_numpy(dtype=float) * unit
    # a budget beyond all markets must not press every number of the matrix to nothing
    scale = min(options.budget_usd, float(market.sum()) or options.budget_usd)
    worth = known["loss_usd_t"].to_numpy(dtype=float)
    cells = np.flatnonzero(short.ravel() > 0)
    at, which = cells // count, cells % count
    tail_cost = options.tail_weight / (1.0 - options.tail)
    builder = Builder()
    spend = builder.add_columns("spend", known.index, cost=_IDLE, upper=market / scale)
    loss = builder.add_columns("loss", cells, cost=(1.0 - options.tail_weight) * weight[at], upper=np.inf)
    eta = builder.add_columns("eta", ["eta"], cost=options.tail_weight, upper=np.inf)
    over = builder.add_columns("over", np.arange(scenarios), cost=tail_cost * weight, upper=np.inf)
    budget = builder.add_rows("budget", ["budget"], upper=options.budget_usd / scale)
    builder.put(np.repeat(budget, count), spend, 1.0)
    rows = builder.add_rows("loss", cells, lower=(worth * short).ravel()[cells] / scale)
    builder.put(rows, loss, 1.0)
    builder.put(rows, spend[which], (worth / unit)[which])
    tails = builder.add_rows("over", np.arange(scenarios), lower=0.0)
    builder.put(tails, over, 1.0)
    builder.put(tails, np.repeat(eta, scenarios), 1.0)
    builder.put(tails[at], loss, -1.0)
    answer = solve(builder.program())
    tonnes = np.maximum(answer.amounts[spend], 0.0) * scale / unit
    return tonnes, max(-float(answer.row_duals[budget[0]]), 0.0)


def _purchases(minerals: pd.DataFrame, known: pd.DataFrame, tonnes: Array) -> pd.DataFrame:
    """Put the plan on the minerals that were asked about."""
    market = known["market_t"].to_numpy(dtype=float)
    share = np.divide(tonnes, market, out=np.zeros_like(tonnes), where=market > 0)
    frame = pd.DataFrame(
        {"buy_t": tonnes, "spend_usd": tonnes * _unit_cost(known), "market_share": share}, index=known.index
    )
    limit = pd.Series(np.isclose(share, 1.0), index=known.index).astype("boolean")
    return frame.assign(at_market_limit=limit).reindex(minerals.index)
