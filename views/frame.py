"""Looks that all screens share: our own style sheet, no data in it."""

import streamlit as st

# Streamlit leaves 6 rem above a page and 1 rem between all blocks; a screen that is one job needs that room.
_STYLE = """
<style>
[data-testid="stHeader"] { background: #fff; height: 2.8rem; }
.stMainBlockContainer { padding: 3.9rem 1.5rem 3rem; max-width: 1720px; }
.stMainBlockContainer h1 { font-size: 1.7rem; padding: 0 0 .8rem; line-height: 1.25; }
.stMainBlockContainer h2 { font-size: 1.25rem; padding: .4rem 0 0; }
.stMainBlockContainer h3 { font-size: 1.05rem; padding: .3rem 0 0; }
[data-testid="stMetric"] { padding: .1rem .3rem; }
[data-testid="stMetric"] > div { padding: .5rem .7rem; }
[data-testid="stMetricValue"] { font-size: 1.55rem; line-height: 1.3; }
[data-testid="stMetricLabel"] p { font-size: .82rem; }
[data-testid="stSidebarUserContent"] { padding-top: 0; }
[data-testid="stSidebarHeader"] { height: 2.6rem; margin: 0; padding-top: .4rem; padding-bottom: 0; }
@media (max-width: 640px) {
  [data-testid="stButtonGroup"] > div, [data-testid="stButtonGroup"] [role="radiogroup"] { flex-wrap: wrap; }
  .stMainBlockContainer { padding: 3.9rem .8rem 2rem; }
  .stMainBlockContainer h1 { font-size: 1.3rem; }
  .st-key-figures { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem; }
}
</style>
"""


def frame() -> None:
    """Put the style sheet into the page."""
    st.html(_STYLE)
