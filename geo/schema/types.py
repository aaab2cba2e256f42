"""Types and words that contracts and readers share; without pandera, which takes a quarter of a second to import."""

from typing import Final

import numpy as np
import pandas as pd

TRUTH_STATES: Final = ("reported", "corroborated", "compiled", "estimated", "unknown")
"""From best to worst: a publisher's own table, matched with open data, by analysts, by our rule, nothing."""

TEXT: Final = pd.StringDtype(na_value=np.nan)
"""Pandas' default text: a missing cell is NaN, so a comparison with it is false and never `NA`."""

FACILITY_STATUSES: Final = ("operating", "construction", "planned", "care_and_maintenance", "closed", "unknown")
"""Of a mine or plant; who brings a facility names one of these."""
