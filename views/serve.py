"""
Starts the server: `python -m views.serve OPTIONS`, as `streamlit run app.py OPTIONS`, for those who serve others.

Two things differ. Streamlit asks an address on the internet for the server's own: when it starts on all addresses, and
again for every page elsewhere that tries to connect, all sessions waiting meanwhile. Here it asks nobody. And where
``CORRIDOR_LOGS=json`` is set, the log is JSON from its first line, not from the first session on.
"""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from streamlit import logger as streamlit_logger
from streamlit import net_util
from streamlit.web import cli

from layers.logs import structured

_APP = Path(__file__).parents[1] / "app.py"


def ask_nobody() -> None:
    """Leave the server's address on the internet unknown: a page from there must be named in the settings anyway."""
    net_util.get_external_ip = lambda: None


def _log_in_json() -> None:
    """Set each logger to JSON when Streamlit sets it up; it does so whenever it reads its settings."""
    plain = streamlit_logger.setup_formatter

    def set_up(logger: logging.Logger) -> None:
        plain(logger)
        structured()

    streamlit_logger.setup_formatter = set_up
    structured()


def main(options: Sequence[str]) -> None:
    """Run the server until it is stopped."""
    ask_nobody()
    if structured():
        _log_in_json()
        options = [*options, "--logger.hideWelcomeMessage", "true"]
    cli.main(["run", str(_APP), *options])


if __name__ == "__main__":
    main(sys.argv[1:])
