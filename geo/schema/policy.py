"""Contract of the reviewed reading of the export controls: one row a rule, or a reason why there is none."""

import pandas as pd
import pandera.pandas as pa

from geo.policies import AFTERS, RULE_TYPES
from geo.schema.base import as_of, flag, iso3, number, one_of, source, table, text, truth_state

_PARTIAL_DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"


def _day(meaning: str, pattern: str = _PARTIAL_DATE) -> pa.Column:
    """Describe a day that may be known to the month or year only."""
    return text(meaning, pa.Check.str_matches(pattern), null=True)


def _reason_or_rule(frame: pd.DataFrame) -> pd.Series:
    """Hold: a row is a typed rule without a reason, or none with a reason."""
    modelled = frame["modelled"].astype(bool)
    return frame["type"].notna().eq(modelled) & frame["reason"].isna().eq(modelled)


CONTRACTS: dict[str, pa.DataFrameSchema] = {
    "policy_rules": table(
        "policy_rules",
        "Each export control read as a dated rule, or the reason why it is not modelled",
        {
            "rule_id": text("id; one control may need two rules"),
            "control_id": text("id in export_controls; rows left out there (other minerals) keep their number here"),
            "modelled": flag("whether the rule acts on arcs"),
            "reason": text("why it is not modelled", null=True),
            "issuer": iso3("country whose exports it binds; for a content threshold, the origin"),
            "minerals": text("mineral ids, joined by `;`"),
            "part": text(
                "the part of the mineral it names; then it is listed and blocks nothing as a whole", null=True
            ),
            "stages": text("stages whose product it names, joined by `;`; empty: all", null=True),
            "destinations": text("countries it shuts out, joined by `;`; empty: all but the issuer", null=True),
            "type": one_of("what it does", RULE_TYPES, null=True),
            "value": number("quota, tariff or threshold", "see unit", low=0, null=True),
            "unit": one_of("unit of the value, contained tonnes", ("t/yr", "t/t", "USD/USD"), null=True),
            "origin_stage": text("for a content threshold: where the origin is set", null=True),
            "in_force": _day("first day, month or year"),
            "ends": _day("last day, month or year"),
            "suspended_from": _day("first day of the suspension", _DATE),
            "suspended_to": _day("last day of the suspension", _DATE),
            "after": one_of("what follows the suspension or the end", AFTERS, null=True),
            "verified": flag("whether a source shows that it holds", null=True),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
            "note": text("how the words were read", null=True),
        },
        key=["rule_id"],
        checks=[pa.Check(_reason_or_rule, name="a type, or a reason why not", error="a type, or a reason why not")],
    ),
}
