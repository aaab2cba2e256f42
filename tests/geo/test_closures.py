"""An area closes the edges that cross it, bends and date line included."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.closures import covered_edges


@pytest.fixture
def toy():
    """Four edges: straight under the box, bent through the box, over the date line, far away.

    node  0 (0,0) -- 1 (10,0);  2 (170,50) -- 3 (-170,50);  4 (100,0) -- 5 (110,0)
    """
    nodes = pd.DataFrame({"lon": [0.0, 10, 170, -170, 100, 110], "lat": [0.0, 0, 50, 50, 0, 0]})
    edges = pd.DataFrame({"tail": [0, 0, 2, 4], "head": [1, 1, 3, 5]})
    return SimpleNamespace(
        nodes=nodes, edges=edges, bends=np.array([[4.0, 6.0], [6.0, 6.0]]), bend_start=np.array([0, 0, 2, 2, 2])
    )


@pytest.mark.parametrize(
    ("box", "edges"),
    [
        ((4, 5, 6, 7), [1]),
        ((4, -1, 6, 7), [0, 1]),
        ((179, 49, 181, 51), [2]),
        ((-181, 49, -179, 51), [2]),
        ((-1, 40, 1, 60), []),
        ((4, 2, 6, 3), []),
    ],
)
def test_covered_edges(toy, box, edges):
    assert covered_edges(toy, shapely.box(*box)).tolist() == edges
