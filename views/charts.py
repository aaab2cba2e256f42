"""Charts: Plotly figures that draw with no network, in colours that colour-blind people can tell apart."""

import html

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from layers.style import BLUE, GREEN, INK, MODE_LABEL, ORANGE, PALE, PURPLE, SKY, VERMILLION
from views.text import H_PER_DAY

MODE_COLOUR = {
    "sea": BLUE,
    "rail": ORANGE,
    "road": GREEN,
    "access": PURPLE,
    "transfer": PALE,
    "border": VERMILLION,
}
CONFIG = {"displayModeBar": False, "scrollZoom": False}
_CASES = {"base": "Base case", "scenario": "Scenario"}
_BAR_PX, _HEAD_PX = 46, 130
_MANY = 8


def legs_figure(legs: pd.DataFrame) -> go.Figure:
    """
    Draw cost and time of a corridor by leg, base case above scenario.

    Parameters
    ----------
    legs
        Legs of one corridor: `case, leg_no, mode, from_name, to_name, cost_contained_usd_t, time_h`.
    """
    figure = make_subplots(
        1, 2, subplot_titles=("USD per contained tonne", "Days, median"), shared_yaxes=True, horizontal_spacing=0.04
    )
    seen: set[str] = set()
    for leg in legs.sort_values("leg_no").to_dict("records"):
        name = html.escape(f"{leg['from_name']} → {leg['to_name']}")  # Plotly reads some tags in text
        for place, value in ((1, leg["cost_contained_usd_t"]), (2, leg["time_h"] / H_PER_DAY)):
            figure.add_bar(
                x=[value], y=[_CASES[leg["case"]]], orientation="h", name=MODE_LABEL[leg["mode"]].split(" (")[0],
                legendgroup=leg["mode"], showlegend=leg["mode"] not in seen, marker_color=MODE_COLOUR[leg["mode"]],
                marker_line={"color": "white", "width": 1}, row=1, col=place,
                hovertemplate=f"{name}<br>%{{x:,.1f}}<extra></extra>",
            )  # fmt: skip
            seen.add(leg["mode"])
    figure.update_yaxes(autorange="reversed")
    return quiet(figure, height=_HEAD_PX + _BAR_PX * legs["case"].nunique(), barmode="stack")


def shares_figure(shares: pd.DataFrame) -> go.Figure:
    """
    Draw each country's share of a stage, the largest first.

    Parameters
    ----------
    shares
        `country` (name), `share` (0 to 1).
    """
    top = shares.nlargest(_MANY, "share")
    figure = go.Figure(
        go.Bar(
            x=top["share"], y=[html.escape(name) for name in top["country"]], orientation="h", marker_color=SKY,
            text=[f"{share:.0%}" for share in top["share"]], textposition="outside", cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    return quiet(figure, height=70 + 26 * len(top), margin={"l": 4, "r": 12, "t": 6, "b": 40})


def quiet(figure: go.Figure, *, height: int, **layout: object) -> go.Figure:
    """Set type, margins and legend alike in all charts."""
    figure.update_layout(
        **{"height": height, "margin": {"l": 4, "r": 12, "t": 34, "b": 8}, "font": {"size": 13, "color": INK}}
        | {"legend": {"orientation": "h", "y": -0.42, "yanchor": "top", "x": 0}, "bargap": 0.35}
        | {"plot_bgcolor": "white", "paper_bgcolor": "white"} | layout
    )  # fmt: skip
    figure.update_xaxes(gridcolor="#E3E8EC", zeroline=False, automargin=True, fixedrange=True)
    figure.update_yaxes(automargin=True, fixedrange=True)
    figure.update_annotations(font_size=13)
    return figure
