"""Contracts of what the allocation needs besides sites and ways: its parameters, and the scenarios known by name."""

import pandera.pandas as pa

from geo.contingency import COMPONENT_KINDS
from geo.schema.base import as_of, number, one_of, source, table, text, truth_state

CONTRACTS: dict[str, pa.DataFrameSchema] = {
    "allocation_parameters": table(
        "allocation_parameters",
        "Numbers that allocation, stress and stockpile need",
        {
            "parameter": text("id", pa.Check.str_matches(r"^[a-z0-9_]+$")),
            "subject": text("mineral or hub it holds for; `all` for every one"),
            "value": number("value", "see unit"),
            "unit": text("unit"),
            "low": number("low end of the plausible range", "see unit", null=True),
            "high": number("high end of the plausible range", "see unit", null=True),
            "why": text("what it does and how it was set"),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
        },
        key=["parameter", "subject"],
    ),
    "presets": table(
        "presets",
        "Scenarios known by name",
        {
            "preset": text("id", pa.Check.str_matches(r"^[a-z0-9_]+$")),
            "name": text("name for screens and files"),
            "scenario": text("the scenario, as a YAML mapping of the fields of `geo.scenarios.Scenario`"),
            "since": text("when it was or is supposed to be", null=True),
            "plausibility_yr": number("chance that it is so in a given year", "1/yr", low=0, high=1, null=True),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
            "note": text("how it was read", null=True),
        },
        key=["preset"],
    ),
    "closure_plausibility": table(
        "closure_plausibility",
        "How likely it is that a thing is shut in a given year",
        {
            "kind": one_of("what is shut", COMPONENT_KINDS),
            "subject": text("id of the chokepoint, port, country or facility; `all` for the rest of its kind"),
            "mineral": text("mineral it holds for; `all` for every one"),
            "chance_yr": number("chance in a year", "1/yr", low=0, high=1),
            "low": number("low end", "1/yr", low=0, high=1),
            "high": number("high end", "1/yr", low=0, high=1),
            "why": text("how it was set"),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
        },
        key=["kind", "subject", "mineral"],
    ),
}
