"""Who makes it: concentration by stage, and every facility with how sure we are of it."""

import pandas as pd
import streamlit as st

from layers.answer import Answer
from layers.facilities import of_mineral
from layers.features import known
from layers.planner import world_with
from layers.scoring import concentration
from views import charts
from views.text import country, number, plain, tonnes, units, words


def concentrated(found: Answer) -> None:
    """Draw the shares of countries in each stage, and how concentrated they are."""
    shares, stages = concentration()
    mineral = found.ask.mineral
    if mineral not in stages.index.get_level_values("mineral"):
        st.info("Nobody publishes the output of countries for this mineral in a form we may use.")
        return
    own = stages.loc[mineral]
    for place, (column, (stage, row)) in enumerate(zip(st.columns(max(len(own), 2)), own.iterrows(), strict=False)):
        with column:
            st.markdown(f"**{plain(words(stage))}**: {_concentration_words(row)}")
            frame = shares.loc[(mineral, stage)].dropna().reset_index()
            frame.columns = ["iso3", "share"]
            frame["country"] = frame["iso3"].map(country)
            figure = charts.shares_figure(frame[frame["share"] > 0])
            st.plotly_chart(figure, config=charts.CONFIG, key=f"shares-{place}", alt=f"Shares of countries, {stage}")
            st.caption(plain(f"Of the {row['universe']}; countries listed make {row['listed_share']:.0%}."))
    st.caption(
        "HHI, the Herfindahl-Hirschman index, is the sum of squared shares in per cent: 10,000 is one country alone, "
        "above 1,800 counts as highly concentrated (US merger guidelines, 2023). A range where shares are missing."
    )


def _concentration_words(row: pd.Series) -> str:
    """Say who leads and how concentrated the stage is."""
    index = number(row["hhi"]) if known(row["hhi"]) else f"{number(row['hhi_low'])} to {number(row['hhi_high'])}"
    leader = country(row["largest_country"]) if known(row["largest_country"]) else "unknown"
    return plain(f"{leader} leads with {number(100 * row['largest_share'])} %, HHI {index}")


def facilities(found: Answer) -> None:
    """List every facility of the mineral with how sure we are of it."""
    rows = of_mineral(world_with(found.ask.own.facilities).facilities, found.ask.mineral)
    unit, reach = units()[found.ask.mineral], found.sources["status"]
    status = rows["facility_id"].map(reach[~reach.index.duplicated()])
    frame = pd.DataFrame(
        {
            "Facility": rows["name"],
            "Country": rows["country_iso3"].map(country),
            "Kind": rows["kind"].map(words),
            "Stage": rows["chain_stage"].map(words),
            "Status": rows["status"].map(words),
            "Reaches the hub": status.map(words).where(status.notna(), "not a source"),
            "Capacity a year": [
                tonnes(value, truth, unit)
                for value, truth in zip(rows["capacity_t_yr"], rows["capacity_truth"], strict=True)
            ],
            "Facts": rows["truth_state"].map(words),
            "Place": rows["coord_precision"].map({"site": "exact", "town": "nearest town", "region": "region only"}),
            "Operator": rows["operator"],
            "Source": rows["source"],
            "As of": rows["as_of"],
        }
    )
    st.caption(
        f"{len(frame)} facilities. “Estimated” capacities are shared out of national totals by rule; "
        "“unknown” is not zero. On the map, dashed outlines mark places or facts that are not exact."
    )
    wide = {"Facility": st.column_config.TextColumn(width=170), "Operator": st.column_config.TextColumn(width=200)}
    st.dataframe(
        frame, hide_index=True, placeholder="unknown", height=520, alt="Facilities of the mineral", column_config=wide
    )
