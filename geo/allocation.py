"""
Who gets what: the cheapest way to supply every hub with one mineral over the whole network, in contained tonnes.

`allocate` answers one question: flows, balances, prices, and how well the answer holds. What may be asked, and the
programme itself, are in `geo.allocation_model`; rules come from `geo.policies.evaluate` as `effects`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from geo.allocation_input import Used, in_use
from geo.allocation_model import NO_EFFECTS, AllocationModel, AllocationOptions, write
from geo.duals import duals
from geo.frames import framed
from geo.program import Array
from geo.solver import Solution, solve, solve_in_order

_FLOWS: Final = pd.Index(["from_id", "to_id", "stage", "t_yr", "cost_usd_t", "time_h"])
_BALANCE: Final = pd.Index(["kind", "in_t_yr", "out_t_yr", "capacity_t_yr", "demand_t_yr", "unmet_t_yr"])


@dataclass(frozen=True, eq=False)
class Allocation:
    """An optimum, read."""

    flows: pd.DataFrame
    """Index ``arc_id`` (in use): ``from_id, to_id, stage, t_yr`` (contained, leaving it), ``cost_usd_t, time_h``."""
    balance: pd.DataFrame
    """Index ``node_id``: ``kind, in_t_yr, out_t_yr, capacity_t_yr, demand_t_yr, unmet_t_yr``; null = unknown."""
    duals: pd.DataFrame
    """From `geo.duals.duals`."""
    status: pd.Series
    """``solver``, ``cost_usd_yr`` (freight and tariffs), ``unmet_usd_yr`` (penalty), residuals, what was left out."""
    model: AllocationModel
    """The programme, for whoever solves it again."""
    priced: Solution
    """Its first optimum, which the duals are from."""


def allocate(
    sites: pd.DataFrame,
    arcs: pd.DataFrame,
    demand: pd.DataFrame,
    *,
    options: AllocationOptions,
    effects: pd.DataFrame = NO_EFFECTS,
) -> Allocation:
    """
    Allocate supply to demand at least cost; among equally cheap answers, the fastest.

    The parameters are those of `geo.allocation_model.build`. Rows of `effects` (``arc_id, rule_id, effect, value``,
    from `geo.policies.evaluate`): ``blocked`` closes the arc, ``quota`` bounds all arcs of a rule to `value` t/yr,
    ``tariff`` adds `value` USD/t, ``content`` bounds the share of an origin; other effects change nothing.

    Raises
    ------
    ContractError
        If the frames cannot be used.
    geo.solver.SolverError
        If no optimum that holds was found, warm or cold.

    Examples
    --------
    >>> sites = pd.DataFrame({"stage": ["mining", "refining"], "country_iso3": ["AUS", "CHN"],
    ...     "capacity_t_yr": [100.0, 80.0], "yield": [1.0, 0.5], "source": [True, False]}, index=["mine", "plant"])
    >>> arcs = pd.DataFrame({"from_id": ["mine", "plant"], "to_id": ["plant", "USA"], "stage": ["mining", "refining"],
    ...     "cost_usd_t": [10.0, 30.0], "time_h": [5.0, 9.0], "chokepoints": [(), ()],
    ...     "countries": [("AUS", "CHN"), ("CHN", "USA")]}, index=["a", "b"])
    >>> demand = pd.DataFrame({"demand_t_yr": [50.0]}, index=["USA"])
    >>> answer = allocate(sites, arcs, demand, options=AllocationOptions(unmet_usd_t=1000.0))
    >>> answer.flows["t_yr"].round(6).to_dict()
    {'a': 80.0, 'b': 40.0}
    >>> float(round(answer.balance.loc["USA", "unmet_t_yr"], 6))
    10.0
    >>> answer.duals["sentence"].iloc[0]
    'One more t/yr at plant (refining, CHN) is worth 475 USD/t.'
    """
    used = in_use(sites, arcs, demand, unknown_capacity_t_yr=options.unknown_capacity_t_yr)
    return allocate_used(used, options=options, effects=effects)


def allocate_used(used: Used, *, options: AllocationOptions, effects: pd.DataFrame = NO_EFFECTS) -> Allocation:
    """Allocate as `allocate` does, from frames checked before: see `geo.allocation_model.write`."""
    model = write(used, options=options, effects=effects)
    if options.break_ties:
        priced, last = solve_in_order(model.program, model.hours)
    else:
        priced = last = solve(model.program)
    # the solver may leave a flow of -1e-12
    moved_t = np.maximum(last.amounts[: len(used.arc_rows)] * model.scale_t, 0.0)
    return Allocation(
        flows=framed(_FLOWS, (*used.arc_words, moved_t, used.cost_usd_t, used.time_h), used.arc_ids),
        balance=_balance(model, last.amounts, moved_t),
        duals=duals(model, priced),
        status=_status(model, priced, last),
        model=model,
        priced=priced,
    )


def _balance(model: AllocationModel, values: Array, moved_t: Array) -> pd.DataFrame:
    """Add up what goes in and out of every site and hub that was asked about; what was left out keeps its nulls."""
    nodes, sites = model.used.nodes, len(model.used.site_rows)
    # the last place is that of all that was left out; a node that has no arc moves nothing, and that is known
    through = np.full((3, sites + len(model.unmet) + 1), np.nan)
    through[0, :-1] = np.bincount(model.head, moved_t, minlength=through.shape[1] - 1)
    through[1, :-1] = np.bincount(model.tail, moved_t, minlength=through.shape[1] - 1)
    through[2, sites:-1] = values[model.unmet] * model.scale_t
    moved_in, moved_out, unmet = through[:, nodes.place]
    parts = (nodes.kind, moved_in, moved_out, nodes.capacity_t_yr, nodes.demand_t_yr, unmet)
    return framed(_BALANCE, parts, nodes.ids)


def _status(model: AllocationModel, priced: Solution, used: Solution) -> pd.Series:
    """Say how well the answer holds and what was left out."""
    cost = float(model.program.cost @ used.amounts) * model.scale_t
    unmet = float(model.program.cost[model.unmet] @ used.amounts[model.unmet]) * model.scale_t
    facts = {
        "solver": used.status,
        "cost_usd_yr": cost - unmet,
        "unmet_usd_yr": unmet,
        "unmet_t_yr": float(used.amounts[model.unmet].sum()) * model.scale_t,
        "row_residual_t_yr": used.row_residual * model.scale_t,
        "gap": priced.gap,
        "tie_break_cost_usd_yr": cost - priced.objective * model.scale_t,
        "ties_broken": used is not priced,
        "cold_solve": priced.cold or used.cold,
        "columns": model.program.matrix.shape[1],
        "rows": model.program.matrix.shape[0],
    }
    facts |= model.left_out
    return pd.Series(list(facts.values()), index=_facts(tuple(facts)), dtype=object)


@lru_cache
def _facts(names: tuple[str, ...]) -> pd.Index:
    """Make an index of names; the same ones come again and again."""
    return pd.Index(names)
