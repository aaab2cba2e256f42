"""One app run shared by the AppTest modules of a worker: the world loads once a process."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
FIRST_RUN_S = 90


@pytest.fixture
def at():
    """Give a fresh session of the app, not yet run."""
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=FIRST_RUN_S)
