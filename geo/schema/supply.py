"""Contracts of the supply side: minerals, facilities, value chains, trade, policy, citations."""

import pandera.pandas as pa

from geo.schema.base import (
    as_of,
    column,
    flag,
    iso3,
    lat,
    lon,
    number,
    one_of,
    source,
    table,
    text,
    truth_state,
    year,
)
from geo.schema.types import FACILITY_STATUSES

MINERALS = (
    "rare_earths", "lithium", "cobalt", "nickel", "graphite", "gallium", "germanium", "antimony",
    "copper", "tungsten", "manganese", "pgm", "titanium", "vanadium", "tin", "tantalum",
)  # fmt: skip
"""Mineral ids; the first eight come first."""

FACILITY_KINDS = ("mine", "processing", "recycling")
FEED_SIDES = ("ships", "takes")
FEED_CLASSES = ("brine", "hard_rock", "clay", "laterite", "sulphide")
COORD_PRECISIONS = ("site", "town", "region")
CHAIN_STAGES = ("mining", "refining", "separation", "anode", "alloy_magnet", "precursor_cathode")


def mineral() -> pa.Column:
    """Describe the column that names one of the sixteen minerals."""
    return text("mineral id", pa.Check.isin(list(MINERALS)))


CONTRACTS: dict[str, pa.DataFrameSchema] = {
    "citations": table(
        "citations",
        "What the short source keys of the other tables stand for",
        {
            "key": text("the key that a source column holds", pa.Check.str_matches(r"^[a-z0-9_]+$")),
            "citation": text("publisher, title, date"),
            "licence": text("licence of the cited work, or cited values only"),
            "url": text("where it is published", null=True),
        },
        key=["key"],
    ),
    "minerals": table(
        "minerals",
        "The minerals, and what a contained tonne of each is",
        {
            "mineral": mineral(),
            "name": text("English name"),
            "contained_unit": text("what capacities, production and demand of this mineral are counted in"),
            "first": flag("one of the first eight minerals"),
            "contained_to_price": text("how a contained tonne relates to the quoted price", null=True),
            "price_part": text("part in prices of the reference price", null=True),
            "price_item": text("item in prices of the reference price", null=True),
            "price_contained_fraction": number("t contained per t of the priced item", "t/t", low=0, high=2, null=True),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
        },
        key=["mineral"],
    ),
    "facilities": table(
        "facilities",
        "Mines, processing plants and recycling plants: one row a site",
        {
            "facility_id": text(
                "id; `N-` marks a country node that stands for a national total", pa.Check.str_length(min_value=3)
            ),
            "name": text("name of the site", pa.Check.str_matches(r"^(?!nan\b)")),
            "kind": one_of("kind", FACILITY_KINDS),
            "stage": text("stage in the source's own words"),
            "country_iso3": iso3(),
            "lon": lon(),
            "lat": lat(),
            "coord_precision": one_of("how exact the point is", COORD_PRECISIONS),
            "operator": text("operating company", null=True),
            "status": one_of("status", FACILITY_STATUSES),
            "truth_state": truth_state(),
            "source": source(),
            "as_of": text("date or year the row describes", null=True),
            "note": text("what else one must know", null=True),
        },
        key=["facility_id"],
    ),
    "facility_minerals": table(
        "facility_minerals",
        "Which mineral each facility handles, at which stage of the chain, and how much",
        {
            "facility_id": text("id in facilities"),
            "mineral": mineral(),
            "chain_stage": one_of("stage in value_chains", CHAIN_STAGES, null=True),
            "capacity_t_yr": number("contained tonnes a year; empty is unknown", "t contained/yr", low=0, null=True),
            "capacity_truth": truth_state("how sure the capacity is"),
            "capacity_year": year("year the capacity describes", null=True),
            "capacity_source": source("where the reported number is from: key in citations.csv", null=True),
            "capacity_reported": number("the number as reported", "see capacity_reported_unit", low=0, null=True),
            "capacity_reported_unit": text("the unit as reported", null=True),
            "capacity_rule": text("how reported became contained, or why it could not", null=True),
        },
        key=["facility_id", "mineral"],
        checks=[
            pa.Check(
                lambda frame: frame["capacity_t_yr"].notna() == frame["capacity_truth"].ne("unknown"),
                name="capacity is empty exactly where its truth is unknown",
                error="capacity is empty exactly where its truth is unknown",
            )
        ],
    ),
    "feeds": table(
        "feeds",
        "What a mine ships and what a plant takes, where it is known; a site that is not listed fits every other",
        {
            "facility_id": text("id in facilities"),
            "mineral": mineral(),
            "side": one_of("mines ship, plants take", FEED_SIDES),
            "feed": one_of("class of ore or brine", FEED_CLASSES),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
            "note": text("what it rests on", null=True),
        },
        key=["facility_id", "mineral", "side", "feed"],
    ),
    "value_chains": table(
        "value_chains",
        "The ordered stages from mine to final product, per mineral",
        {
            "mineral": mineral(),
            "stage_order": column("Int64", "1 is first", pa.Check.ge(1), unit="-"),
            "stage": one_of("stage", CHAIN_STAGES),
            "product": text("what leaves the stage"),
            "hs6": text("six-digit HS headings of the product, joined by `;`", null=True),
            "facility_stages": text("stages of facilities that count as this one, joined by `;`"),
            "contained_fraction": number("t contained per gross t of product", "t/t", low=0, high=3),
            "contained_fraction_low": number("low end", "t/t", low=0, high=3),
            "contained_fraction_high": number("high end", "t/t", low=0, high=3),
            "yield": number("contained out per contained in", "t/t", low=0, high=1),
            "yield_low": number("low end", "t/t", low=0, high=1),
            "yield_high": number("high end", "t/t", low=0, high=1),
            "source_allowed": flag("a corridor may start here"),
            "recycling_joins": flag("recycling plants start here"),
            "final": flag("can be picked as the final product"),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
            "note": text("what else one must know", null=True),
        },
        key=["mineral", "stage_order"],
    ),
    "corrections": table(
        "corrections",
        "What was changed in the facility rows on the way in, and why",
        {
            "facility_id": text("id in facilities, or of a row that was removed"),
            "field": text("column changed; `row` where the whole row was removed"),
            "old": text("before", null=True),
            "new": text("after", null=True),
            "reason": text("why"),
            "source": source("what the row was held against"),
            "as_of": as_of(),
            "truth_state": truth_state(),
        },
        key=["facility_id", "field"],
    ),
}
