"""What trade rules do to one route: known only where it is told what is carried."""

from typing import Any, Final

import pandas as pd

from geo.scenarios import Scenario
from layers.facilities import facilities, of_mineral
from layers.planner import default_product
from layers.restricted import judge
from layers.value_chains import chain

_WAY: Final = (
    *("length_km", "length_nm", "time_h", "time_p95_h", "cost_usd_t", "co2e_kg_t"),
    *("chokepoints", "modes", "countries", "legs", "geometry"),
)
_TOLD: Final = ("rule_id", "issuer", "effect", "stage")


def ruled(route: dict[str, Any], mineral: str, scenario: Scenario) -> dict[str, Any]:
    """
    Add what trade rules do to a route (from `layers.routes.route`) that carries a mineral out of a facility.

    Returns
    -------
    route
        With `rules`: those that meet it, `rule_id, issuer, effect, stage`. A ban on all that the facility gives out
        strands the route; one on a part of it is said in `reason`. Where the first place is no facility of the
        mineral, or the country of an end is not known, `rules` is null and `rules_reason` says why.

    Raises
    ------
    UnknownIdError
        For a mineral that no table holds.
    """
    start, end = route["from"], route["to"]
    given = set(of_mineral(facilities(), mineral).query("facility_id == @start['id']")["chain_stage"])
    stages = [str(stage) for stage in chain(mineral).index if stage in given]
    if not stages or not start["country"] or not end["country"]:
        why = "the country of an end is not known" if stages else f"{start['id']} is no facility of {mineral}"
        return route | {"rules": None, "rules_reason": f"no rule can be held to this route: {why}"}
    legs = pd.DataFrame({"stage": stages, "start": start["country"], "end": end["country"]})
    legs = legs.assign(from_iso3=legs["start"], to_iso3=[(code,) for code in legs["end"]])
    found = judge(mineral, default_product(mineral), legs.set_axis(stages).rename_axis("arc_id"), scenario)
    told = [{name: str(row[name]) for name in _TOLD} for row in found.met.to_dict("records")]
    stopped = {stage: words for (stage, _, _), words in found.blocked.items()}
    words = "; ".join(f"{stage}: {why}" for stage, why in stopped.items())
    if not stopped:
        return route | {"rules": told}
    if len(stopped) < len(stages):
        return route | {"rules": told, "reason": f"{route['reason']}; barred in part: {words}"}
    nothing = {name: None for name in _WAY if name in route}
    return route | nothing | {"rules": told, "status": "stranded", "reason": words}
