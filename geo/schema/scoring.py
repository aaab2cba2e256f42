"""Contracts of the scoring tables: the criteria with their goalposts, and the parameters of score and risk."""

import pandas as pd
import pandera.pandas as pa

from geo.schema.base import as_of, number, one_of, source, table, text, truth_state


def _goalposts_follow_direction(frame: pd.DataFrame) -> pd.Series:
    """Check that the better goalpost is on the better side."""
    better_is_less = frame["goalpost_best"] < frame["goalpost_worst"]
    return (frame["goalpost_best"] != frame["goalpost_worst"]) & (better_is_less == (frame["direction"] == "lower"))


def _log_is_above_zero(frame: pd.DataFrame) -> pd.Series:
    """Check that a log scale has goalposts above zero."""
    least = frame[["goalpost_best", "goalpost_worst"]].min(axis=1)
    return (frame["scale"] == "linear") | (least > 0)


CONTRACTS: dict[str, pa.DataFrameSchema] = {
    "criteria": table(
        "criteria",
        "What corridors are scored on: fixed goalposts and default weights",
        {
            "criterion": text("id", pa.Check.str_matches(r"^[a-z0-9_]+$")),
            "pillar": text("what the user weighs: criteria of one pillar share its default weight"),
            "label": text("name on the screen"),
            "unit": text("unit of raw value and goalposts"),
            "direction": one_of("which way is better", ("lower", "higher")),
            "scale": one_of("how raw values run between the goalposts", ("linear", "log")),
            "goalpost_best": number("raw value at or past which the normalised value is 1", "as unit"),
            "goalpost_worst": number("raw value at or past which the normalised value is 0", "as unit"),
            "weight_default": number("relative weight; made to sum to 1 on use", "points", low=0),
            "why": text("how the goalposts were set"),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state("how sure the goalposts are"),
        },
        key=["criterion"],
        checks=[
            pa.Check(_goalposts_follow_direction, error="goalposts follow direction"),
            pa.Check(_log_is_above_zero, error="log goalposts above zero"),
        ],
    ),
    "score_parameters": table(
        "score_parameters",
        "Numbers that score, robustness, chokepoint risk and maturity need",
        {
            "parameter": text("id", pa.Check.str_matches(r"^[a-z0-9_]+$")),
            "value": number("value", "see unit", null=True),
            "unit": text("unit"),
            "low": number("low end of the plausible range", "see unit", null=True),
            "high": number("high end of the plausible range", "see unit", null=True),
            "why": text("what it does and how it was set"),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
        },
        key=["parameter"],
    ),
}
