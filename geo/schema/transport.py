"""Contracts of the transport side: ports, chokepoints, vessels, rates, missing lines, countries, groups, hubs."""

import pandera.pandas as pa

from geo.schema.base import as_of, column, flag, iso3, lat, lon, number, one_of, source, table, text, truth_state, year

CHOKEPOINT_KINDS = ("strait", "canal", "cape", "seaway", "land_border", "ferry", "port")
CHOKEPOINT_MODES = ("sea", "road", "rail", "ferry")
HAZARDS = ("blockage", "conflict", "drought", "earthquake", "geopolitical", "piracy", "terrorist", "tropical_cyclone")
HARBOR_SIZES = ("large", "medium", "small", "very_small")
LINK_MODES = ("rail", "road", "ferry", "bridge")
LINK_STATUSES = ("operating", "construction", "planned")
BORDER_STATUSES = ("closed", "restricted")
VESSELS = ("handysize", "supramax", "panamax", "capesize", "container")

_ID = pa.Check.str_matches(r"^[a-z0-9_]+$")
_CODES = pa.Check.str_matches(r"^[A-Z]{3}(;[A-Z]{3})*$")
_TOLL_ORDER = pa.Check(
    lambda frame: (
        frame["toll_usd_t"].isna()
        | ((frame["toll_low_usd_t"] <= frame["toll_usd_t"]) & (frame["toll_usd_t"] <= frame["toll_high_usd_t"]))
    ),
    error="toll_low_usd_t <= toll_usd_t <= toll_high_usd_t",
)
_RATE_ORDER = pa.Check(
    lambda frame: (frame["low"] <= frame["value"]) & (frame["value"] <= frame["high"]), error="low <= value <= high"
)
_BORDER_ORDER = pa.Check(lambda frame: frame["iso3_a"] < frame["iso3_b"], error="iso3_a before iso3_b")


def _chokepoint_id() -> pa.Column:
    """Describe the column that names a chokepoint."""
    return text("id of chokepoints.csv", _ID)


def _note() -> pa.Column:
    """Describe the column for derivations and doubts."""
    return text("derivation or doubt", null=True)


_PASSAGES: dict[str, pa.DataFrameSchema] = {
    "ports": table(
        "ports",
        "Seaports and Caspian ports",
        {
            "port_id": text(
                "UN/LOCODE, else WPI and its number", pa.Check.str_matches(r"^([A-Z]{2}[A-Z0-9]{3}|WPI[\d_]+)$")
            ),
            "name": text("name"),
            "country_iso3": iso3(),
            "lon": lon(),
            "lat": lat(),
            "max_draft_m": number("deepest vessel draft admitted", "m", low=0, high=40, null=True),
            "pier_depth_m": number("depth at the cargo pier", "m", low=0, high=100, null=True),
            "channel_depth_m": number(
                "depth of the channel, or at an offshore terminal", "m", low=0, high=300, null=True
            ),
            "harbor_size": one_of("size by the World Port Index", HARBOR_SIZES, null=True),
            "wpi_number": text("number in the World Port Index", null=True),
            "gateway": flag("candidate for alternative corridors"),
            "source": source(),
            "as_of": as_of(null=True),
            "truth_state": truth_state(),
            "note": _note(),
        },
        key=["port_id"],
    ),
    "port_aliases": table(
        "port_aliases",
        "UN/LOCODEs of ports that ports.csv holds under another code",
        {
            "alias": text("UN/LOCODE, no port_id of ports.csv", pa.Check.str_matches(r"^[A-Z]{2}[A-Z0-9]{3}$")),
            "port_id": text("port_id of ports.csv"),
            "name": text("name that the code list gives the code"),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state("how sure it is that both are one port"),
            "note": _note(),
        },
        key=["alias"],
    ),
    "chokepoints": table(
        "chokepoints",
        "Straits, canals, capes, border posts, ferries and ports that a scenario can close",
        {
            "chokepoint_id": _chokepoint_id(),
            "name": text("name"),
            "lon": lon(),
            "lat": lat(),
            "kind": one_of("kind", CHOKEPOINT_KINDS),
            "mode": one_of("what passes it", CHOKEPOINT_MODES),
            "default_open": flag("open unless a scenario closes it; false: closed unless a scenario opens it"),
            "controlling_countries": text("countries that can close it", _CODES, null=True),
            "toll_usd_t": number(
                "transit dues of a bulk carrier per cargo tonne; empty on land", "USD/t", low=0, null=True
            ),
            "toll_low_usd_t": number("low end", "USD/t", low=0, null=True),
            "toll_high_usd_t": number("high end", "USD/t", low=0, null=True),
            "toll_container_usd_t": number(
                "transit dues of a container ship per cargo tonne", "USD/t", low=0, null=True
            ),
            "toll_note": text("how the toll was derived", null=True),
            "transit_wait_h": number("wait beyond sailing at sea speed", "h", low=0, null=True),
            "wait_note": text("how the wait was derived", null=True),
            "max_draft_m": number("deepest draft admitted; empty: no limit known", "m", low=0, null=True),
            "max_beam_m": number("broadest beam admitted; empty: no limit known", "m", low=0, null=True),
            "annual_transits": number("transits a year", "1/yr", low=0, null=True),
            "alternative": text("ways round it", null=True),
            "reroute_km": number("extra distance by the way round", "km", low=0, null=True),
            "closure_history": text("closures on record", null=True),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
            "portwatch": flag("one of the 28 passages of IMF PortWatch"),
        },
        key=["chokepoint_id"],
        checks=[_TOLL_ORDER],
    ),
    "gates": table(
        "gates",
        "Segments across a passage from land to land: a sea edge that crosses one carries the chokepoint",
        {
            "chokepoint_id": _chokepoint_id(),
            "lon1": lon(),
            "lat1": lat(),
            "lon2": lon(),
            "lat2": lat(),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
        },
    ),
    "chokepoint_hazards": table(
        "chokepoint_hazards",
        "Onset, duration and severity of what disturbs a passage",
        {
            "chokepoint_id": _chokepoint_id(),
            "hazard": one_of("hazard", HAZARDS),
            "annual_rate": number("onsets a year", "1/yr", low=0),
            "duration_days": number("mean duration", "days", low=0),
            "severity": number("share of the capacity lost", "share", low=0, high=1),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
        },
        key=["chokepoint_id", "hazard"],
    ),
    "vessel_classes": table(
        "vessel_classes",
        "Ship classes; barred: 0.85 x laden draft or the beam exceeds the limit of the passage",
        {
            "vessel": text("vessel class", pa.Check.isin(list(VESSELS))),
            "name": text("name"),
            "draft_m": number("laden draft", "m", low=1),
            "beam_m": number("beam", "m", low=1),
            "dwt_t": number("deadweight", "t", low=1),
            "speed_km_h": number("speed over ground", "km/h", low=1),
            "cost_usd_tkm": number("freight", "USD/tkm", low=0),
            "cost_low_usd_tkm": number("low end", "USD/tkm", low=0),
            "cost_high_usd_tkm": number("high end", "USD/tkm", low=0),
            "co2e_kg_tkm": number("greenhouse gases, well to wheel", "kg/tkm", low=0),
            "barred": text("chokepoints it cannot pass, ;-list", null=True),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
            "note": _note(),
        },
        key=["vessel"],
    ),
}

_LAND: dict[str, pa.DataFrameSchema] = {
    "impedance": table(
        "impedance",
        "Rates that price an edge; the region world answers where a region has none of its own",
        {
            "mode": text("what the rate is charged on", _ID),
            "parameter": text("which rate", _ID),
            "region": text("freight region, customs union, cargo or world"),
            "value": number("central value, in `unit`", "", low=0),
            "unit": text("unit of value, low and high"),
            "low": number("low end", "", low=0),
            "high": number("high end", "", low=0),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
            "note": _note(),
        },
        key=["mode", "parameter", "region"],
        checks=[_RATE_ORDER],
    ),
    "links": table(
        "links",
        "Lines that the packaged networks miss",
        {
            "link_id": text("id", _ID),
            "name": text("name"),
            "mode": one_of("mode", LINK_MODES),
            "coordinates": text("WKT LINESTRING, lon lat, rough", pa.Check.str_startswith("LINESTRING (")),
            "status": one_of("status", LINK_STATUSES),
            "length_km": number("published length; empty: use the drawn one", "km", low=0, null=True),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
            "note": _note(),
        },
        key=["link_id"],
    ),
    "countries": table(
        "countries",
        "Governance, gauge, customs union and freight region by country",
        {
            "iso3": iso3(),
            "iso2": text("ISO 3166-1 alpha-2", pa.Check.str_matches(r"^[A-Z]{2}$")),
            "name": text("name"),
            r"^wgi_(?!.*year).*$": column(
                float,
                "Worldwide Governance Indicator, standard normal units",
                pa.Check.in_range(-4, 4),
                unit="sd",
                null=True,
                regex=True,
            ),
            "wgi_political_stability_year": year("year of wgi_political_stability", null=True),
            "wgi_year": year("year of the other indicators", null=True),
            "rail_gauge_mm": number("main track gauge", "mm", low=600, high=1700, null=True),
            "customs_union": text("customs union, or trade area with light borders", null=True),
            "freight_region": text("region of impedance.csv", _ID),
            "sanctions_note": text("sanctions, as compiled", null=True),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state("how sure the indicators are"),
        },
        key=["iso3"],
    ),
    "groups": table(
        "groups",
        "Members of alliances and trade groups",
        {
            "group": text("group id", _ID),
            "iso3": iso3("member"),
            "name": text("name of the group"),
            "as_of": as_of(),
            "source": source(),
            "truth_state": truth_state(),
        },
        key=["group", "iso3"],
    ),
    "land_borders": table(
        "land_borders",
        "Land borders that goods cannot cross, or only at times; a pair that is not listed is open as far as known",
        {
            "iso3_a": iso3("one side"),
            "iso3_b": iso3("other side"),
            "status": one_of("closed bars the border, restricted warns", BORDER_STATUSES),
            "as_of": as_of(),
            "source": source(),
            "truth_state": truth_state(),
            "note": _note(),
        },
        key=["iso3_a", "iso3_b"],
        checks=[_BORDER_ORDER],
    ),
    "hubs": table(
        "hubs",
        "Where minerals are needed: the inland point and the ports they enter by",
        {
            "hub": text("hub id", pa.Check.str_matches(r"^[A-Z]{2,3}$")),
            "name": text("name"),
            "members": text("countries, ;-list", _CODES),
            "lon": lon("longitude of the inland point"),
            "lat": lat("latitude of the inland point"),
            "inland_place": text("the inland point: a manufacturing centre"),
            "entry_ports": text("port ids, ;-list"),
            "source": source(),
            "as_of": as_of(),
            "truth_state": truth_state(),
        },
        key=["hub"],
    ),
}

CONTRACTS: dict[str, pa.DataFrameSchema] = _PASSAGES | _LAND
