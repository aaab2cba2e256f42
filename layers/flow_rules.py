"""The trade rules behind an allocation: each with what is known of it on the day, and what it does to each arc."""

import pandas as pd

from geo.policies import statuses
from geo.scenarios import LICENCES
from layers.flows import Flows
from layers.policies import not_modelled, policy_rules
from layers.restricted import LONG_AGO, SUPPOSED, rules_of

NO_DAY = "no day is set: dated rules do not act"
NOT_MODELLED = "not modelled"
COLUMNS = (
    *("rule_id", "issuer", "minerals", "stages", "destinations", "type", "value", "status", "decided", "holds"),
    *("licence", "sentence", "reason", "source", "truth_state"),
)


def rules_table(found: Flows) -> pd.DataFrame:
    """
    List every rule of the mineral, supposed, dated or not modelled.

    Returns
    -------
    rules
        `COLUMNS`: as `geo.policies.statuses` on the day of the scenario (lists joined by ``;``, empty: all);
        ``licence``: ``granted`` or ``refused`` in the scenario, null where none is needed; ``reason``: why a control
        is no rule. Without a day no dated rule holds, and its status is null.
    """
    mineral, asked = found.wants.mineral, found.asked
    acting, decided = rules_of(mineral, found.now.supply.final_stage, asked)
    supposed = [rule for rule in acting if rule.rule_id.startswith(SUPPOSED)]
    dated = [rule for rule in policy_rules() if mineral in rule.minerals or rule.rule_id in decided]
    table = statuses([*supposed, *dated], asked.as_of or LONG_AGO, decided).reset_index()
    for name in ("minerals", "stages", "destinations"):
        table[name] = table[name].map(";".join)
    needs = table["type"].eq("licence")
    said = {rule_id: LICENCES[asked.refuses(rule_id)] for rule_id in table.loc[needs, "rule_id"]}
    table["licence"] = table["rule_id"].map(said)
    if asked.as_of is None:
        idle = ~table["rule_id"].str.startswith(SUPPOSED)
        table["status"] = table["status"].mask(idle)
        table["sentence"] = table["sentence"].mask(idle, NO_DAY)
    rows = [*table.to_dict("records"), *_left_out(mineral).to_dict("records")]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _left_out(mineral: str) -> pd.DataFrame:
    """List the controls on a mineral that are no rule, with the reason."""
    table = not_modelled().rename(columns={"control_id": "rule_id"})
    table = table[table["minerals"].fillna("").str.split(";").map(lambda held: mineral in held)]
    return table.assign(holds=False, sentence=NOT_MODELLED)


def blocked_table(found: Flows) -> pd.DataFrame:
    """
    List what each rule does to each arc, in both cases.

    Returns
    -------
    effects
        A row an arc and rule that meet: ``case, arc_id, from_id, to_id, stage, rule_id, effect, value``; effects as
        in `geo.policies.evaluate`.
    """
    parts = []
    for name, one in (("base", found.base), ("scenario", found.now)):
        ends = one.supply.arcs[["from_id", "to_id", "stage"]]
        parts.append(one.effects.join(ends, on="arc_id").assign(case=name))
    table = pd.concat(parts, ignore_index=True)
    return table[["case", "arc_id", "from_id", "to_id", "stage", "rule_id", "effect", "value"]]
