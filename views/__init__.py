"""
The screens: each asks the layers and shows; none computes.

A new screen is a module with a `render` function and one line in `SCREENS`.
"""

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from geo.errors import CorridorError
from views.text import plain

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Screen:
    """
    One screen of the app.

    Attributes
    ----------
    module
        Name in `views` that holds ``render()``; loaded when the screen is opened.
    title
        Name in the navigation.
    path
        Last part of the address; the first screen answers at the root.
    """

    module: str
    title: str
    path: str

    def renderer(self) -> Callable[[], None]:
        """Give the function that draws it, loading its module at the first call."""

        def render() -> None:
            try:
                importlib.import_module(f"views.{self.module}").render()
            except CorridorError as error:
                _LOG.exception("screen %s", self.path)
                st.error(plain(f"This cannot be shown: {error}"))

        return render


SCREENS: tuple[Screen, ...] = (
    Screen("explore", "Explore", "explore"),
    Screen("flows", "Flows", "flows"),
    Screen("stress", "Stress", "stress"),
    Screen("stockpile", "Stockpile", "stockpile"),
    Screen("risk", "Risk", "risk"),
    Screen("your_data", "Your data", "data"),
    Screen("validation", "Validation", "validation"),
)


def pages() -> list[st.Page]:
    """Make the pages for `st.navigation`, the first one being the default."""
    return [
        st.Page(each.renderer(), title=each.title, url_path=each.path, default=place == 0)
        for place, each in enumerate(SCREENS)
    ]
