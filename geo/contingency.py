"""
What hurts most: close one component, then two, then search for the worst few together.

A component is a set of arcs that fall together: those past a chokepoint, out of a country, through a facility or a
port. Closing removes the arcs given; where cargo can take another way, that way must be an arc of its own. All
answers are differences to the allocation with nothing closed, penalty on unmet demand included.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from geo.allocation_model import AllocationModel
from geo.errors import BadInputError, UnknownIdError
from geo.program import Array
from geo.solver import Prepared, Solution

COMPONENT_KINDS: Final = ("chokepoint", "port", "country", "facility")
Progress = Callable[[int, int], bool]
"""Called with (done, all); gives False to stop, and the rows so far are returned."""
Repriced = Callable[[tuple[str, ...]], Array | None]
"""Components closed -> freight of every arc by the ways that are left (infinite: none); None: as before."""
Weakened = Callable[[tuple[str, ...]], Array | None]
"""Components closed -> upper bounds of the rows with the plants that lose an input held lower; None: as before."""


@dataclass(frozen=True, eq=False)
class Contingencies:
    """The rows that were answered, and whether the user stopped before the end."""

    table: pd.DataFrame
    complete: bool


def components(arcs: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """
    List what can fail, with the arcs that fall with it.

    Parameters
    ----------
    arcs
        Index ``arc_id``; ``from_id, to_id, chokepoints`` (tuple), optional ``ports`` (tuple).
    sites
        Index ``site_id``; ``country_iso3``.

    Returns
    -------
    components
        Index ``component_id`` (``kind:name``): ``kind`` (`COMPONENT_KINDS`), ``name``, ``arc_ids`` (tuple). A country
        stops what leaves it for elsewhere; what it makes for itself goes on.
    """
    country = sites["country_iso3"]
    starts, ends = arcs["from_id"].map(country), arcs["to_id"].map(country)
    abroad = starts.where(starts.ne(ends)).dropna()
    # a hub may be a country itself: what stays inside it is no export
    abroad = abroad[abroad.ne(arcs.loc[abroad.index, "to_id"])]
    facilities = pd.concat([arcs["from_id"], arcs.loc[arcs["to_id"].isin(sites.index), "to_id"]])
    named = {"chokepoint": arcs["chokepoints"].map(list).explode().dropna(), "country": abroad, "facility": facilities}
    if "ports" in arcs:
        named["port"] = arcs["ports"].map(list).explode().dropna()
    rows = [
        (f"{kind}:{name}", kind, str(name), tuple(sorted(set(group.index))))
        for kind, places in named.items()
        for name, group in places.groupby(places)
    ]
    frame = pd.DataFrame(rows, columns=["component_id", "kind", "name", "arc_ids"])
    return frame.sort_values("component_id").set_index("component_id")


def single_losses(
    model: AllocationModel,
    parts: pd.DataFrame,
    *,
    repriced: Repriced | None = None,
    weakened: Weakened | None = None,
    progress: Progress | None = None,
) -> Contingencies:
    """
    Close every component alone (N-1).

    Parameters
    ----------
    model
        From `geo.allocation_model.build`.
    parts
        From `components`, or of the same shape. A component whose cargo takes other ways has no arcs of its own.
    repriced
        Prices the arcs by the ways that are left.
    weakened
        Bounds the plants that lose an input.
    progress
        Told after each solve; may stop the work.

    Returns
    -------
    losses
        Index ``component_id``, worst first: ``kind, name, extra_usd_yr`` (with the penalty), ``extra_freight_usd_yr``
        (without), ``extra_unmet_t_yr``, and ``unmet_t_yr_HUB`` for each hub.
    """
    prepared = Prepared(model.program)
    sets = [(component_id,) for component_id in parts.index]
    rows, complete = _answer(model, prepared, parts, sets, (repriced, weakened), progress)
    table = parts[["kind", "name"]].join(rows.droplevel(1), how="inner")
    return Contingencies(_worst_first(table), complete)


def pair_losses(  # noqa: PLR0913 - as single_losses, and what to pair
    model: AllocationModel,
    parts: pd.DataFrame,
    singles: pd.DataFrame,
    *,
    top: int = 40,
    repriced: Repriced | None = None,
    weakened: Weakened | None = None,
    progress: Progress | None = None,
) -> Contingencies:
    """
    Close the worst components two at a time (N-2).

    Parameters
    ----------
    model, parts, repriced, weakened, progress
        As in `single_losses`.
    singles
        Its table; the `top` worst of it are paired.

    Returns
    -------
    losses
        Index ``first, second``, worst first: as in `single_losses`, and ``interaction_usd_yr``, what both cost
        beyond the sum of each alone: :math:`z_{ab} - z_a - z_b`.
    """
    worst = sorted(singles.index[:top])
    pairs = list(combinations(worst, 2))
    rows, complete = _answer(model, Prepared(model.program), parts, pairs, (repriced, weakened), progress)
    alone = singles["extra_usd_yr"]
    sums = sum(alone.reindex(rows.index.get_level_values(level)).to_numpy() for level in (0, 1))
    return Contingencies(_worst_first(rows.assign(interaction_usd_yr=rows["extra_usd_yr"] - sums)), complete)


def closed_upper(model: AllocationModel, parts: pd.DataFrame, closed: tuple[str, ...]) -> Array:
    """
    Return the upper bounds of the columns with components closed.

    Raises
    ------
    UnknownIdError
        If a component or one of its arcs is not known. Arcs that the model left out are known to the caller, not
        here: build the components from ``model.arcs``.
    """
    if lost := sorted(set(closed) - set(parts.index)):
        msg = f"unknown component: {', '.join(lost)}"
        raise UnknownIdError(msg)
    upper = model.program.upper.copy()
    for component_id in closed:
        rows = model.arcs.index.get_indexer(list(parts.loc[component_id, "arc_ids"]))
        if (rows < 0).any():
            msg = f"{component_id} names arcs that the model does not hold; build components from model.arcs"
            raise UnknownIdError(msg)
        upper[rows] = 0.0
    return upper


def check_size(size: int, *, largest: int) -> None:
    """Refuse a number of closures outside 1 to `largest`."""
    if not 1 <= size <= largest:
        msg = f"{size} closures at once: give a number from 1 to {largest}"
        raise BadInputError(msg)


def closed_loss(
    model: AllocationModel,
    parts: pd.DataFrame,
    closed: tuple[str, ...],
    *,
    repriced: Repriced | None = None,
    weakened: Weakened | None = None,
) -> pd.Series:
    """Close some components together: the numbers of one row of `single_losses`."""
    rows, _ = _answer(model, Prepared(model.program), parts, [closed], (repriced, weakened), None)
    return rows.iloc[0]


def _bounds(
    model: AllocationModel, parts: pd.DataFrame, closed: tuple[str, ...], repriced: Repriced | None
) -> tuple[Array, Array]:
    """Give upper bounds and costs of the columns with components closed; tariffs stay as they were."""
    upper, cost = closed_upper(model, parts, closed), model.program.cost
    freight = repriced(closed) if repriced is not None else None
    if freight is None:
        return upper, cost
    count = len(model.arcs)
    stranded = ~np.isfinite(freight)
    change = np.where(stranded, 0.0, freight - model.arcs["cost_usd_t"].to_numpy(dtype=float))
    cost = cost.copy()
    cost[:count] += change
    upper[:count][stranded] = 0.0
    return upper, cost


def _answer(
    model: AllocationModel,
    prepared: Prepared,
    parts: pd.DataFrame,
    sets: Sequence[tuple[str, ...]],
    effects: tuple[Repriced | None, Weakened | None],
    progress: Progress | None,
) -> tuple[pd.DataFrame, bool]:
    """Solve set after set from the same basis; stop when told to."""
    base = _read(model, prepared.base)
    rows, complete = [], True
    for done, closed in enumerate(sets, start=1):
        repriced, weakened = effects
        upper, cost = _bounds(model, parts, closed, repriced)
        held = weakened(closed) if weakened is not None else None
        rows.append(_read(model, prepared.solve(upper=upper, cost=cost, row_upper=held)) - base)
        if progress is not None and not progress(done, len(sets)):
            complete = done == len(sets)
            break
    index = pd.MultiIndex.from_tuples([(closed[0], closed[-1]) for closed in sets[: len(rows)]], names=_PAIR)
    table = pd.DataFrame(rows, columns=base.index) if rows else pd.DataFrame(columns=base.index, dtype=float)
    table = table.set_axis(index if rows else pd.MultiIndex.from_arrays([[], []], names=_PAIR))
    # unmet by hub is told as it is then, not as a difference
    hubs = [name for name in base.index if str(name).startswith("unmet_t_yr_")]
    table[hubs] += base[hubs]
    return table, complete


_PAIR = ["component_id", "second"]


def _read(model: AllocationModel, solution: Solution) -> pd.Series:
    """Read cost and unmet tonnes of one optimum."""
    unmet = np.maximum(solution.amounts[model.unmet], 0.0) * model.scale_t
    penalty = float(model.program.cost[model.unmet] @ unmet)
    total = solution.objective * model.scale_t
    numbers = {
        "extra_usd_yr": total,
        "extra_freight_usd_yr": total - penalty,
        "extra_unmet_t_yr": float(unmet.sum()),
    }
    return pd.Series(numbers | {f"unmet_t_yr_{hub}": t for hub, t in zip(model.demand.index, unmet, strict=True)})


def _worst_first(table: pd.DataFrame) -> pd.DataFrame:
    """Sort by the extra cost; equal ones by id."""
    return table.sort_index().sort_values("extra_usd_yr", ascending=False, kind="stable")
