"""Charts and tables of *Flows*: from mine over plant to hub, what becomes of the need, both cases side by side."""

import html

import pandas as pd
import plotly.graph_objects as go

from geo.flow_compare import STATUSES
from layers.flow_rules import blocked_table, rules_table
from layers.flow_stages import stage_worth
from layers.flows import Flows
from layers.names import named, place
from layers.style import STATUS_COLOUR
from views.charts import quiet
from views.text import chokepoint, country, hub_names, words

_HEIGHT_PX, _LINK = 400, "rgba(86, 180, 233, 0.35)"
_LINK_TOLD = "%{source.label} → %{target.label}: %{value:,.0f} t/yr<extra></extra>"
_MOST_LINKS = 60
_STAGE_COLOURS = ("#E69F00", "#009E73", "#CC79A7", "#56B4E9")
_HUB_COLOUR = "#0072B2"
_MEASURES = {
    "demand_t_yr": ("Need", "t/yr", 0), "unmet_t_yr": ("Unmet", "t/yr", 0), "unmet_share": ("Unmet", "% of need", 1),
    "cost_usd_yr": ("Transport", "M USD/yr", 1), "cost_usd_t": ("Transport, each tonne", "USD/t", 0),
    "days": ("Time on the way, mean", "days", 1), "allied_share": ("From within the club", "% of deliveries", 1),
    "co2e_t_yr": ("Freight emits", "t CO2e/yr", 0),
    "delivery_gap_t": ("Delivery gap: late once", "t", 0),
}  # fmt: skip
_SCALE = {"unmet_share": 100.0, "allied_share": 100.0, "cost_usd_yr": 1e-6}


def sankey(found: Flows) -> go.Figure:
    """Draw tonnes from country to country, stage by stage, to the hubs, as they are in the scenario."""
    flows, sites = found.now.allocation.flows, found.now.supply.sites
    flows = flows[flows["t_yr"] > 0]
    places = sites["country_iso3"].map(country) + ", " + sites["stage"].str.replace("_", " ")
    ends = places.to_dict() | hub_names()
    pairs = pd.DataFrame({"start": flows["from_id"].map(ends), "end": flows["to_id"].map(ends), "t": flows["t_yr"]})
    links = pairs.groupby(["start", "end"], as_index=False)["t"].sum().nlargest(_MOST_LINKS, "t")
    names = list(dict.fromkeys([*links["start"], *links["end"]]))
    at = {name: order for order, name in enumerate(names)}
    stages = {stage: _STAGE_COLOURS[order % len(_STAGE_COLOURS)] for order, stage in enumerate(sites["stage"].unique())}
    colours = {name: stages[stage] for name, stage in zip(places, sites["stage"], strict=True)}
    figure = go.Figure(
        go.Sankey(
            node={"label": [html.escape(name) for name in names], "pad": 14, "thickness": 14, "line": {"width": 0},
                  "color": [colours.get(name, _HUB_COLOUR) for name in names],
                  "hovertemplate": "%{label}: %{value:,.0f} t/yr<extra></extra>"},
            link={"source": links["start"].map(at), "target": links["end"].map(at), "value": links["t"],
                  "color": _LINK, "hovertemplate": _LINK_TOLD},
        )
    )  # fmt: skip
    return quiet(figure, height=_HEIGHT_PX, margin={"l": 4, "r": 4, "t": 8, "b": 8})


def status_figure(found: Flows) -> go.Figure:
    """Draw the need of each hub by what becomes of it, the largest on top."""
    table = found.status.sort_values("demand_t_yr")
    hubs = [hub_names()[hub] for hub in table.index]
    figure = go.Figure()
    for status in STATUSES:
        figure.add_bar(
            y=hubs, x=table[status], name=words(status), orientation="h", marker_color=STATUS_COLOUR[status],
            hovertemplate="%{y}: %{x:,.0f} t<extra>" + words(status) + "</extra>",
        )  # fmt: skip
    return quiet(
        figure, height=_HEIGHT_PX, barmode="stack", margin={"l": 4, "r": 12, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.12, "yanchor": "top", "x": 0, "traceorder": "normal"},
    )  # fmt: skip


def summary_table(found: Flows) -> pd.DataFrame:
    """Set both cases side by side in words and units; the base case alone where nothing goes wrong."""
    rows = []
    for measure, row in found.summary.iterrows():
        name, unit, decimals = _MEASURES.get(str(measure), (_hhi(str(measure)), "HHI", 0))
        values = (row * _SCALE.get(str(measure), 1.0)).round(decimals)
        rows.append({"Measure": f"{name}, {unit}", "Base case": values["base"], "Scenario": values["scenario"],
                     "Change": values["change"]})  # fmt: skip
    table = pd.DataFrame(rows)
    return table.drop(columns=["Scenario", "Change"]) if found.asked.is_base else table


def _hhi(measure: str) -> str:
    """Name the concentration of a stage."""
    return f"Concentration of {measure.removeprefix('hhi_').replace('_', ' ')} by country"


def status_table(found: Flows) -> pd.DataFrame:
    """Account for every tonne of need by hub, with the sum of all hubs."""
    table = found.status.copy()
    table.loc["All hubs"] = table.sum()
    table.insert(0, "Hub", [hub_names().get(str(hub), str(hub)) for hub in table.index])
    renamed = {status: words(status) for status in STATUSES} | {"demand_t_yr": "Need"}
    return table.rename(columns=renamed)


def changes_table(found: Flows) -> pd.DataFrame:
    """Name the corridors whose tonnes change most."""
    rows = found.changes.reset_index()
    return pd.DataFrame(
        {
            "Corridor": [" → ".join(map(place, stops)) for stops in rows["site_ids"]],
            "Hub": rows["hub"].map(hub_names()),
            "Base case, t/yr": rows["base_t_yr"].round(),
            "Scenario, t/yr": rows["t_yr"].round(),
            "Change, t/yr": rows["change_t_yr"].round(),
        }
    )


def passages_table(found: Flows) -> pd.DataFrame:
    """List the passages at part of their capacity, in gross tonnes: what still passes, and where the rest goes."""
    rows = found.passages
    return pd.DataFrame(
        {
            "Passage": rows.index.map(chokepoint),
            "Share left, %": (100 * rows["share_left"]).round(),
            "Base case, gross t/yr": rows["base_t_yr"].round(),
            "Its share, gross t/yr": rows["limit_t_yr"].round(),
            "Still pass": rows["through_t_yr"].round(),
            "Go round": rows["round_t_yr"].round(),
            "From other plants, or not at all": rows["elsewhere_t_yr"].round() + 0.0,
            "Round by": [", ".join(map(chokepoint, names)) for names in rows["round_by"]],
        }
    )


def stages_table(found: Flows) -> pd.DataFrame:
    """List what more capacity at each stage is worth, anywhere and outside the country that has most of it."""
    rows = stage_worth(found.now)
    return pd.DataFrame(
        {
            "Stage": rows["subject"].map(words),
            "Where": [f"outside {country(code)}" if code else "anywhere" for code in rows["detail"]],
            "One more t/yr is worth, USD/t": rows["value_usd_t"].round(),
            "Best at": [place(site) if isinstance(site, str) else "nowhere" for site in rows["site_id"]],
            "Facilities": rows["facilities"],
            "Tried with, t/yr more": rows["step_t_yr"].round(1),
        }
    )


def inputs_table(found: Flows) -> pd.DataFrame:
    """List the plants that lose an input, and what they can still make; a loss nobody publishes is unknown."""
    rows = found.now.short
    return pd.DataFrame(
        {
            "Plant": rows["name"],
            "Country": rows["country_iso3"].map(country),
            "Input": rows["input"].map(words),
            "Lost, %": (100 * rows["share_lost"]).round(),
            "Stock, days": rows["stock_days"].round(),
            "Capacity, t/yr": rows["capacity_t_yr"].round(),
            "Left, t/yr": rows["capacity_left_t_yr"].round(),
            "Facts": rows["truth_state"].map(words, na_action="ignore"),
            "Source": rows["source"],
        }
    )


def rules_shown(found: Flows) -> pd.DataFrame:
    """List every rule of the mineral: what is known of it on the day, how many legs it meets, its source."""
    rows, effects = rules_table(found), blocked_table(found).query("case == 'scenario'")
    met = effects.groupby("rule_id")["arc_id"].nunique()
    shut = effects[effects["effect"].eq("blocked")].groupby("rule_id")["arc_id"].nunique()
    return pd.DataFrame(
        {
            "Rule": rows["rule_id"].map(named),
            "Type": rows["type"].map(words, na_action="ignore"),
            "On the day": [
                f"{told}: {why}" if isinstance(why, str) else told
                for told, why in zip(rows["sentence"], rows["reason"], strict=True)
            ],
            "Licence": rows["licence"].map(words, na_action="ignore"),
            "Legs met": rows["rule_id"].map(met).fillna(0).astype(int),
            "Legs closed": rows["rule_id"].map(shut).fillna(0).astype(int),
            "Facts": rows["truth_state"].map(words, na_action="ignore"),
            "Source": rows["source"],
        }
    )


def need_table(found: Flows) -> pd.DataFrame:
    """List what each hub needs, and where the figure comes from."""
    table = found.now.supply.demand.reset_index()
    return pd.DataFrame(
        {
            "Hub": table["hub"].map(hub_names()),
            "Need, t/yr": table["demand_t_yr"].round(),
            "Facts": table["truth_state"].map(words),
            "Figure used": table["metric"],
            "Year": table["year"].astype("Int64"),
        }
    )
