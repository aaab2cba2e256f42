"""
From what is shut to what each arc costs then: every state that occurs becomes a change of the base case.

Cargo goes round a closed chokepoint by the ways that are left, priced by matrices under that closure: for every
chokepoint alone and for the joint closures that last longest in sum. Beyond those, an arc costs what the dearest of
the priced closures within the joint one says: a lower bound, since closing more never makes a way cheaper.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import xor
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.distance import Floats, Ints
from geo.ensemble_events import Draws
from geo.ensemble_run import Case, Change, Progress, Store

Detours = Callable[[tuple[str, ...]], tuple[Floats, Floats]]
"""Chokepoints shut -> freight (USD per contained tonne, infinite: none) and hours of every arc."""
Closure = tuple[str, ...]
MOST_JOINT: Final = 100
CHOKEPOINT: Final = "chokepoint:"
_SAME = 1e-9  # relative difference of two freights that is rounding
_SAVE_EVERY = 10


@dataclass(frozen=True, eq=False)
class Plan:
    """The changes to solve, each once; the first is the base case."""

    changes: tuple[Change, ...]
    of_state: Ints
    """Position in `changes` of each state of the draws."""
    bounded: npt.NDArray[np.bool_]
    """States whose detours are a lower bound."""
    closures_priced: int
    complete: bool = True


def plan(  # noqa: PLR0913 - all that a state turns on; each has its own word
    draws: Draws,
    case: Case,
    *,
    detours: Detours,
    passed: frozenset[str],
    falls: Mapping[str, Ints],
    most_joint: int = MOST_JOINT,
    progress: Progress | None = None,
    store: Store | None = None,
) -> Plan:
    """
    Turn the states that occur into changes.

    Parameters
    ----------
    draws, case
        What occurs, and to what.
    detours
        Prices every arc with chokepoints shut.
    passed
        Chokepoints on the base case's ways: a closure of others alone changes nothing.
    falls
        Arcs (positions) that stop with each country or facility, by ``kind:id``; one that is not here moves nothing.
    most_joint
        How many joint closures to price by their own matrices.
    progress, store
        As in `geo.ensemble_run.solve_all`; where it was stopped, `complete` is false and nothing can be solved.
    """
    closures = [_closure(state, passed) for state in draws.states]
    chosen = _chosen(closures, draws, most_joint)
    priced, complete = _priced(chosen, case, detours, progress, store)
    if not complete:
        nothing = np.zeros(len(closures), dtype=np.int64)
        return Plan((), nothing, nothing.astype(bool), len(priced), complete=False)
    found, place_of, of_state = [case.unchanged], {case.unchanged.digest(): 0}, []
    for state, closure in zip(draws.states, closures, strict=True):
        change = _change(case, priced, closure, [falls[item] for item in state if item in falls])
        place = place_of.setdefault(change.digest(), len(found))
        if place == len(found):
            found.append(change)
        of_state.append(place)
    bounded = np.array([bool(closure) and closure not in priced for closure in closures], dtype=bool)
    return Plan(tuple(found), np.array(of_state, dtype=np.int64), bounded, len(priced))


def _closure(state: Sequence[str], passed: frozenset[str]) -> Closure:
    """List the chokepoints shut in a state; none, if no way of the base case passes one of them."""
    shut = tuple(item.removeprefix(CHOKEPOINT) for item in state if item.startswith(CHOKEPOINT))
    return shut if passed.intersection(shut) else ()


def _chosen(closures: Sequence[Closure], draws: Draws, most_joint: int) -> list[Closure]:
    """Choose what to price: every chokepoint alone, and the joint closures with most days; equal ones by name."""
    days = np.bincount(draws.state, weights=draws.days, minlength=len(closures))
    lasts: dict[Closure, float] = {}
    for closure, time in zip(closures, days, strict=True):
        lasts[closure] = lasts.get(closure, 0.0) + float(time)
    alone = sorted({(name,) for closure in lasts for name in closure})
    joint = sorted((one for one in lasts if len(one) > 1), key=lambda one: (-lasts[one], one))
    return [*alone, *joint[:most_joint]]


def _priced(
    chosen: Sequence[Closure], case: Case, detours: Detours, progress: Progress | None, store: Store | None
) -> tuple[dict[Closure, tuple[Floats, Floats]], bool]:
    """Price the closures, each after one much like it, from where an earlier run stopped."""
    turns = _in_turn(chosen)
    key = f"{case.digest}|{'|'.join('+'.join(one) for one in turns)}"
    kept = store.load("closures", key) if store is not None else None
    rows = list(kept["prices"]) if kept is not None else []
    for done in range(len(rows) + 1, len(chosen) + 1):
        rows.append(np.array(detours(turns[done - 1])))
        stop = progress is not None and not progress("closures", done, len(chosen))
        if store is not None and (stop or done % _SAVE_EVERY == 0 or done == len(chosen)):
            store.save("closures", key, {"prices": np.array(rows)})
        if stop and done < len(chosen):
            break
    found = dict(zip(turns, rows, strict=False))
    return {one: (found[one][0], found[one][1]) for one in chosen if one in found}, len(rows) == len(chosen)


def _in_turn(chosen: Sequence[Closure]) -> list[Closure]:
    """
    Order closures so that little opens and shuts from one to the next: weighing the network anew is what takes time.

    They are sorted as a reflected Gray code: a closure is a number with a digit a chokepoint, those shut most often
    first, and numbers that follow each other in that code differ in one digit.
    """
    often = Counter(name for closure in chosen for name in closure)
    names = sorted(often, key=lambda name: (-often[name], name))
    return sorted(chosen, key=lambda closure: tuple(accumulate((name in closure for name in names), xor)))


def _change(
    case: Case, priced: Mapping[Closure, tuple[Floats, Floats]], closure: Closure, fallen: Sequence[Ints]
) -> Change:
    """Say which arcs differ from the base case, and how."""
    cost, hours = case.cost_usd_t.copy(), case.time_h.copy()
    within = [closure] if closure in priced else [one for one in priced if set(one) < set(closure)]
    for one in within:
        dearer = priced[one][0] > cost * (1 + _SAME)
        cost[dearer], hours[dearer] = priced[one][0][dearer], priced[one][1][dearer]
    for arcs in fallen:
        cost[arcs] = np.inf
    arcs = np.flatnonzero(cost != case.cost_usd_t).astype(np.int64)
    return Change(arcs, cost[arcs], hours[arcs])
