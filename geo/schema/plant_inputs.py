"""Contracts of what plants need besides ore: inputs of a process, who runs which, and past what an input comes."""

import pandas as pd
import pandera.pandas as pa

from geo.schema.base import as_of, iso3, number, source, table, text, truth_state

_ID = r"^[a-z0-9_]+$"


def _ordered(low: str, middle: str, high: str) -> pa.Check:
    """Hold: low <= middle <= high, where they are known."""

    def holds(frame: pd.DataFrame) -> pd.Series:
        return ~((frame[low] > frame[middle]) | (frame[middle] > frame[high]) | (frame[low] > frame[high]))

    return pa.Check(holds, name=f"{low} <= {middle} <= {high}", error=f"{low} <= {middle} <= {high}")


CONTRACTS: dict[str, pa.DataFrameSchema] = {
    "process_inputs": table(
        "process_inputs",
        "What a process needs besides ore, and how many days of it plants hold",
        {
            "process": text("id", pa.Check.str_matches(_ID)),
            "input": text("id", pa.Check.str_matches(_ID)),
            "amount": number("need", "see unit", low=0, null=True),
            "amount_low": number("low end", "see unit", low=0, null=True),
            "amount_high": number("high end", "see unit", low=0, null=True),
            "unit": text("unit of the need"),
            "per": text("mineral whose contained tonne it is counted by"),
            "stock_days": number("days that the stock of a plant lasts", "days", low=0),
            "stock_days_low": number("low end", "days", low=0),
            "stock_days_high": number("high end", "days", low=0),
            "stock_truth": truth_state("how sure the stock is"),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state("how sure the need is"),
            "note": text("how it was read", null=True),
        },
        key=["process", "input"],
        checks=[
            _ordered("amount_low", "amount", "amount_high"),
            _ordered("stock_days_low", "stock_days", "stock_days_high"),
        ],
    ),
    "plant_processes": table(
        "plant_processes",
        "Which facilities run a process of process_inputs",
        {
            "facility_id": text("id in facilities"),
            "process": text("id in process_inputs", pa.Check.str_matches(_ID)),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
            "note": text("what else is known", null=True),
        },
        key=["facility_id"],
    ),
    "input_supply": table(
        "input_supply",
        "Past which chokepoint the input of a country's plants comes",
        {
            "input": text("id in process_inputs", pa.Check.str_matches(_ID)),
            "country_iso3": iso3("country of the plants"),
            "chokepoint_id": text("id in chokepoints"),
            "share": number("share of the input that comes past it", "t/t", low=0, high=1, null=True),
            "share_low": number("low bound", "t/t", low=0, high=1),
            "share_high": number("high bound", "t/t", low=0, high=1),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
            "note": text("how it was read", null=True),
        },
        key=["input", "country_iso3", "chokepoint_id"],
        checks=[_ordered("share_low", "share", "share_high")],
    ),
}
