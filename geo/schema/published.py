"""Contracts of the published figures that the network and the corridors are tested against."""

import pandera.pandas as pa

from geo.schema.base import as_of, iso3, lat, lon, number, one_of, source, table, text, truth_state

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
            "as_of": as_of(),
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
            "as_of": as_of(),
            "truth_state": truth_state(),
        },
        key=["corridor", "metric", "source"],
    ),
    "published_shares": table(
        "published_shares",
        "Published shares of supply to test the allocation against",
        {
            "quantity": one_of("quantity", ("country_share", "supply_without_largest", "quota_share")),
            "mineral": text("mineral"),
            "stage": text("stage that the share is of", null=True),
            "country_iso3": iso3("country that the share is of, or that stops supplying"),
            "value": number("published share", "%", low=0, high=100),
            "low": number("low end of what is published", "%", low=0, high=100, null=True),
            "high": number("high end of what is published", "%", low=0, high=100, null=True),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
            "note": text("what the publisher counts", null=True),
        },
        key=["quantity", "mineral", "stage", "country_iso3"],
    ),
}
