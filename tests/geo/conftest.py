"""The toy network, with two sites and an island."""

import pandas as pd
import pytest

from geo.sites import with_sites
from tests.geo.toy import router_of, toy_network

SITES = pd.DataFrame(
    {"lon": [1.02, 9.02, 60.0], "lat": [2.0, 2.0, 60.0], "country": [0, 1, -1]},
    index=pd.Index(["mine", "plant", "island"], name="site_id"),
)


@pytest.fixture(scope="session")
def toy():
    return router_of(toy_network())


@pytest.fixture(scope="session")
def toy_with_sites():
    return router_of(with_sites(toy_network(), SITES))


@pytest.fixture(scope="session")
def sites():
    return SITES.copy()
