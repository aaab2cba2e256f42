"""Contracts of the published figures that the network and the corridors are tested against."""

import pandera.pandas as pa

from geo.schema.base import lat, lon, number, one_of, source, table, text, truth_state

_DATE = pa.Check.str_matches(r"^\d{4}(-\d{2}(-\d{2})?)?$")

CONTRACTS: dict[str, pa.DataFrameSchema] = {
    "published_distances": table(
        "published_distances",
        "Distances to test the network against",
        {
            "quantity": one_of("quantity", ("sea_distance", "inland_distance")),
            "origin": text("origin"),
            "origin_lon": lon(),
            "origin_lat": lat(),
            "dest": text("destination"),
            "dest_lon": lon(),
            "dest_lat": lat(),
            "closed": text("chokepoints closed, ;-list", null=True),
            "value": number("published distance, in `unit`", "", low=0),
            "unit": one_of("unit", ("nm", "km")),
            "tolerance_pct": number("tolerance", "%", low=0),
            "source": source(),
            "as_of": text("date of the value: year, year-month or full", _DATE),
            "truth_state": truth_state(),
        },
    ),
    "benchmarks": table(
        "benchmarks",
        "Published days, costs and distances of corridors",
        {
            "corridor": text("corridor"),
            "metric": text("what was measured"),
            "value": number("value, in `unit`", ""),
            "unit": text("unit"),
            "low": number("low end", "", null=True),
            "high": number("high end", "", null=True),
            "source": source(),
            "as_of": text("date of the value: year, year-month or full", _DATE),
            "truth_state": truth_state(),
        },
        key=["corridor", "metric", "source"],
    ),
}
