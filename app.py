"""The picture frame: one page set-up, then the screen that the reader picked."""

import streamlit as st

from layers.logs import structured
from views import SCREENS, pages
from views.frame import frame
from views.serve import ask_nobody

structured()
ask_nobody()
st.set_page_config(page_title="Corridor mapper", layout="wide", initial_sidebar_state="auto")
frame()
st.navigation(pages(), position="top" if len(SCREENS) > 1 else "hidden").run()
