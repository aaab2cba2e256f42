"""Contracts of what is produced, needed, traded and ruled: production, demand, prices, trade, policy."""

import pandera.pandas as pa

from geo.schema.base import as_of, iso3, number, one_of, source, table, text, truth_state, year
from geo.schema.supply import CHAIN_STAGES, mineral

CONTROL_STATUSES = ("in_force", "check", "unverified", "ended")


def _part() -> pa.Column:
    """Describe the column that says which part of the mineral the source speaks of."""
    return text("the source's own commodity (platinum, dysprosium, sponge, ...)", null=True)


def _flag() -> pa.Column:
    """Describe the publisher's remark on the value."""
    return text("the publisher's remark on the value", null=True)


def _tonnes(meaning: str, *, low: float | None = 0) -> pa.Column:
    """Describe tonnes that may be unknown."""
    return number(meaning, "t", low=low, null=True)


def _hs6(*, null: bool = False) -> pa.Column:
    """Describe a six-digit heading of the Harmonized System 1992."""
    return text("heading of the Harmonized System 1992", pa.Check.str_matches(r"^\d{6}$"), null=null)


CONTRACTS: dict[str, pa.DataFrameSchema] = {
    "production": table(
        "production",
        "National output by stage; only preferred rows on the contained basis",
        {
            "mineral": mineral(),
            "stage": one_of("stage in value_chains", CHAIN_STAGES),
            "country_iso3": iso3("country; `WLD` world total, `OTH` other countries"),
            "year": year("year of output"),
            "value_t": number("output; empty where withheld", "t contained", low=0, null=True),
            "flag": _flag(),
            "source": source(),
            "truth_state": truth_state(),
            "note": text("what the figure covers where it is not the plain commodity", null=True),
        },
        key=["mineral", "stage", "country_iso3", "year"],
    ),
    "demand": table(
        "demand",
        "Consumption, and imports as a proxy for it where nobody publishes consumption",
        {
            "mineral": mineral(),
            "item": text("the source's own commodity"),
            "country_iso3": text("country, ISO 3166-1 alpha-3, or `EU`", pa.Check.str_matches(r"^([A-Z]{3}|EU)$")),
            "year": year("last year of the period"),
            "period": text("year, or `mean a-b`"),
            "metric": text("what is counted"),
            "hs6": _hs6(null=True),
            "basis": one_of("what a tonne is", ("contained", "gross product")),
            "value_t": _tonnes("tonnes; net imports may be negative", low=None),
            "low_t": _tonnes("lowest year of the period", low=None),
            "high_t": _tonnes("highest year of the period", low=None),
            "content_factor": number("contained per gross tonne, where known", "t/t", low=0, null=True),
            "flag": _flag(),
            "source": source(),
            "truth_state": truth_state(),
        },
        key=["item", "country_iso3", "period", "metric", "hs6"],
    ),
    "prices": table(
        "prices",
        "Annual prices",
        {
            "mineral": mineral(),
            "part": _part(),
            "item": text("grade, place and quotation, in the source's words"),
            "year": year("year"),
            "price_usd_kg": number("price of one kilogram of the item", "USD/kg", low=0, null=True),
            "basis": text("what a kilogram is, where not the item itself", null=True),
            "flag": _flag(),
            "source": source(),
            "truth_state": truth_state(),
        },
    ),
    "recycling": table(
        "recycling",
        "End-of-life recycling input rates; a published 0.00 may mean not available, so it is unknown here",
        {
            "mineral": mineral(),
            "item": text("form or metal", null=True),
            "year": year("year of the study"),
            "eol_rir": number("share of input that comes from old scrap", "t/t", low=0, high=1, null=True),
            "region": text("where it holds"),
            "source": source(),
            "truth_state": truth_state(),
        },
    ),
    "trade_flows": table(
        "trade_flows",
        "Up to 40 largest bilateral flows per heading, 2022-2024, gross product weight",
        {
            "mineral": mineral(),
            "part": _part(),
            "hs6": _hs6(),
            "item": text("product"),
            "exporter_iso3": iso3("exporter"),
            "importer_iso3": iso3("importer"),
            "mean_t": _tonnes("mean of 2022-2024, gross"),
            "t_2022": _tonnes("2022, gross"),
            "t_2023": _tonnes("2023, gross"),
            "t_2024": _tonnes("2024, gross"),
            "value_2024_kusd": number("value in 2024", "1000 USD", low=0, null=True),
            "flag": text("why the row must not be used as it stands", null=True),
            "source": source(),
            "truth_state": truth_state(),
        },
        key=["part", "hs6", "exporter_iso3", "importer_iso3"],
    ),
    "reserves": table(
        "reserves",
        "Economic reserves by country",
        {
            "mineral": mineral(),
            "part": _part(),
            "item": text("what is counted"),
            "country_iso3": iso3("country; `WLD` world total, `OTH` other countries"),
            "year": year("year of the estimate"),
            "value_t": _tonnes("reserves on the stated basis"),
            "basis": text("what a tonne is"),
            "flag": _flag(),
            "source": source(),
            "truth_state": truth_state(),
        },
    ),
    "refinery_capacity": table(
        "refinery_capacity",
        "National capacity of refineries (gallium, titanium sponge)",
        {
            "mineral": mineral(),
            "part": _part(),
            "item": text("what is counted"),
            "country_iso3": iso3("country; `WLD` world total, `OTH` other countries"),
            "year": year("year"),
            "value_t": _tonnes("capacity a year on the stated basis"),
            "basis": text("what a tonne is"),
            "flag": _flag(),
            "source": source(),
            "truth_state": truth_state(),
        },
    ),
    "import_reliance": table(
        "import_reliance",
        "Net import reliance of the United States",
        {
            "mineral": mineral(),
            "part": _part(),
            "item": text("what is counted"),
            "country_iso3": iso3(),
            "year": year("year"),
            "net_import_reliance_pct": number("imports less exports per consumption", "%", high=100, null=True),
            "flag": _flag(),
            "source": source(),
            "truth_state": truth_state(),
        },
    ),
    "us_import_sources": table(
        "us_import_sources",
        "Whom the United States buy from, mean of the period",
        {
            "mineral": mineral(),
            "part": _part(),
            "item": text("product"),
            "period": text("years"),
            "country_iso3": iso3(null=True),
            "source_country": text("country in the publisher's words"),
            "share_pct": number("share of imports", "%", low=0, high=100, null=True),
            "flag": _flag(),
            "source": source(),
            "truth_state": truth_state(),
        },
    ),
    "refining_shares": table(
        "refining_shares",
        "Cited shares of mining and refining, 2024",
        {
            "mineral": mineral(),
            "part": _part(),
            "stage": one_of("stage", ("mining", "refining")),
            "country_iso3": text("country, or `TOP3`", pa.Check.str_matches(r"^([A-Z]{3}|TOP3)$")),
            "year": year("year"),
            "share_pct": number("share of world output", "%", low=0, high=100),
            "source": source(),
            "truth_state": truth_state(),
            "note": text("what the share covers", null=True),
        },
    ),
    "export_controls": table(
        "export_controls",
        "Dated export rules; where a suspension ended in November 2026 the status is `check`",
        {
            "control_id": text("id"),
            "mineral": text("mineral id, or `all`"),
            "part": _part(),
            "country_iso3": iso3("exporting country"),
            "from_date": text("first day, month or year", null=True),
            "to_date_or_suspended": text("last day or suspension, in words", null=True),
            "status": one_of("status on 23 November 2026", CONTROL_STATUSES),
            "status_text": text("the same in words"),
            "kind": one_of("kind", ("control", "disruption", "proposal", "not_an_export_control")),
            "instrument": text("kind of measure", null=True),
            "scope": text("whom it binds", null=True),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
        },
        key=["control_id"],
    ),
    "stockpiles": table(
        "stockpiles",
        "Stock targets and programmes",
        {
            "hub": text("country or `EU` or `WLD`"),
            "metric": text("what is counted"),
            "value": number("value in `unit`", "see unit", low=0, null=True),
            "unit": text("unit", null=True),
            "text": text("what the source says where there is no number", null=True),
            "date": text("date", null=True),
            "source": source(),
            "truth_state": truth_state(),
        },
        key=["hub", "metric"],
    ),
    "policy_facts": table(
        "policy_facts",
        "Alliances and programmes in words",
        {
            "topic": text("topic"),
            "date": text("date", null=True),
            "fact": text("fact"),
            "source": source(),
            "truth_state": truth_state(),
        },
        key=["topic"],
    ),
}
