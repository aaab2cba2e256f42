"""What becomes of export licences: which rules ask for one, and what the choice of a scenario does, in words."""

from functools import lru_cache
from typing import Final

import pandas as pd

from geo.scenarios import EVERY_LICENCE, Scenario
from layers.policies import policy_rules

_MOST: Final = 4
NO_DAY: Final = "Licences are refused, but no day is set: no dated rule acts, so nothing is refused."


@lru_cache(maxsize=1)
def licence_rules() -> tuple[str, ...]:
    """List the ids of the dated rules under which an export needs a licence."""
    return tuple(rule.rule_id for rule in policy_rules() if rule.type == "licence")


def unknown_licences(scenario: Scenario) -> list[str]:
    """List what a scenario says of licences that are none."""
    return sorted({rule for rule, _ in scenario.licences} - {EVERY_LICENCE, *licence_rules()})


def granted_words(effects: pd.DataFrame) -> list[str]:
    """Say which licences are taken as granted; `effects` as in `refused_words`."""
    granted = _counted(effects[effects["effect"].eq("licence")])
    return [f"Export licences taken as granted, a choice of the scenario: {granted}."] if granted else []


def refused_words(effects: pd.DataFrame, scenario: Scenario) -> list[str]:
    """
    Say where refusing licences changes nothing, and why; nothing where none is refused.

    Parameters
    ----------
    effects
        ``rule_id, type, effect``, a row an arc and rule that meet (`geo.policies.evaluate`).
    """
    if not any(word == "refused" for _, word in scenario.licences):
        return []
    if scenario.as_of is None:
        return [NO_DAY]
    own = effects[effects["type"].eq("licence")]
    own = own[own["rule_id"].map(scenario.refuses).astype(bool)]
    told = []
    if not own["effect"].eq("blocked").any():
        told.append(f"Refusing licences closes no leg: none refused binds a whole product here on {scenario.as_of}.")
    if partly := _counted(own[own["effect"].eq("partial")]):
        told.append(f"Refused on a part of the product, or to some members of a hub, which closes no leg: {partly}.")
    return told


def _counted(rows: pd.DataFrame) -> str:
    """Name rules with the legs each meets, the most first; empty where there is none."""
    counts = rows["rule_id"].value_counts()
    named = [f"{rule} on {count:,} leg{'s' if count > 1 else ''}" for rule, count in counts.head(_MOST).items()]
    more = f" and {len(counts) - _MOST} more" if len(counts) > _MOST else ""
    return f"{', '.join(named)}{more}"
