"""
Who gets what: the cheapest way to supply every hub with one mineral over the whole network, in contained tonnes.

`allocate` answers one question: flows, balances, prices, and how well the answer holds. What may be asked, and the
programme itself, are in `geo.allocation_model`; rules come from `geo.policies.evaluate` as `effects`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.allocation_model import NO_EFFECTS, AllocationModel, AllocationOptions, build
from geo.duals import duals
from geo.solver import Array, Solution, solve, solve_in_order


@dataclass(frozen=True, eq=False)
class Allocation:
    """An optimum, read."""

    flows: pd.DataFrame
    """Index ``arc_id``: ``from_id, to_id, stage, t_yr`` (contained, leaving `stage`), ``cost_usd_t, time_h``."""
    balance: pd.DataFrame
    """Index ``node_id``: ``kind, in_t_yr, out_t_yr, capacity_t_yr, demand_t_yr, unmet_t_yr``; null = unknown."""
    duals: pd.DataFrame
    """From `geo.duals.duals`."""
    status: pd.Series
    """``solver``, ``cost_usd_yr`` (freight and tariffs), ``unmet_usd_yr`` (penalty), residuals, what was left out."""


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
    model = build(sites, arcs, demand, options=options, effects=effects)
    if options.break_ties:
        priced, used = solve_in_order(model.program, model.hours)
    else:
        priced = used = solve(model.program)
    flows = _flows(model, used.amounts)
    return Allocation(
        flows=flows,
        balance=_balance(model, used.amounts, flows["t_yr"].to_numpy(), sites, demand),
        duals=duals(model, priced),
        status=_status(model, priced, used),
    )


def _balance(
    model: AllocationModel, values: Array, moved_t: Array, sites: pd.DataFrame, demand: pd.DataFrame
) -> pd.DataFrame:
    """Add up what goes in and out of every site and hub that was asked about; what was left out keeps its nulls."""
    nodes = model.sites.index.append(model.demand.index)
    unmet = np.r_[np.full(len(model.sites), np.nan), values[model.unmet] * model.scale_t]
    # a node that is in the programme and has no arc moves nothing, and that is known
    through = {
        "in_t_yr": np.bincount(model.head, moved_t, minlength=len(nodes)),
        "out_t_yr": np.bincount(model.tail, moved_t, minlength=len(nodes)),
        "capacity_t_yr": np.r_[model.sites["capacity_t_yr"].to_numpy(dtype=float), np.full(len(model.demand), np.nan)],
        "demand_t_yr": np.nan,
        "unmet_t_yr": unmet,
    }
    site_ids, hubs = sites.index.sort_values(), demand.index.sort_values()
    frame = pd.DataFrame(through, index=nodes).reindex(site_ids.append(hubs))
    source = sites["source"].to_numpy(dtype=bool)[sites.index.get_indexer(site_ids)]
    frame.insert(0, "kind", [*np.where(source, "source", "plant"), *["hub"] * len(hubs)])
    frame.loc[hubs, "demand_t_yr"] = demand["demand_t_yr"].reindex(hubs)
    return frame.rename_axis("node_id")


def _flows(model: AllocationModel, values: Array) -> pd.DataFrame:
    """Put the tonnes on the arcs; arcs left out are not here."""
    kept = model.arcs[["from_id", "to_id", "stage", "cost_usd_t", "time_h"]].rename_axis("arc_id")
    tonnes = values[: len(kept)] * model.scale_t
    # the solver may leave a flow of -1e-12
    kept.insert(3, "t_yr", np.maximum(tonnes, 0.0))
    return kept


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
    return pd.Series(facts | dict(model.left_out), dtype=object)
