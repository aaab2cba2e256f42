"""Ids and frames made by Arrow are those that pandas makes, whatever text holds them."""

import numpy as np
import pandas as pd
import pytest

from geo.frames import as_arrow, as_text, by_id, framed, places

IDS = ["b", "Ärmel", "a|x>b", "a>b", "Z", "", "éa", "😀", "￿", "a"]


@pytest.mark.parametrize("dtype", ["str", object, "string[python]"])
def test_ids_are_sorted_as_pythons_own_text(dtype):
    found = by_id(pd.Index(IDS, dtype=dtype, name="arc_id"))
    assert found.unique
    assert [IDS[row] for row in found.rows] == sorted(IDS)
    kept = np.arange(len(IDS)) % 3 > 0
    index = pd.Index(IDS, dtype=dtype, name="arc_id")
    for chosen in (kept, np.ones(len(IDS), dtype=bool), np.zeros(len(IDS), dtype=bool)):
        expected = index.take(found.rows[chosen])
        pd.testing.assert_index_equal(found.index(chosen, index), expected, exact=True)
        pd.testing.assert_index_equal(found.index(chosen, index, name="x"), expected.rename("x"), exact=True)


@pytest.mark.parametrize(
    ("ids", "unique"),
    [([], True), (["a"], True), (["b", "a", "b"], False), (["a", None], True), ([None, "a", None], False)],
)
def test_an_id_twice_is_seen_and_so_is_none_at_all(ids, unique):
    assert by_id(pd.Index(ids, dtype="str")).unique == unique == pd.Index(ids, dtype="str").is_unique


def test_a_label_stands_where_it_stands_first():
    among, asked = (as_arrow(pd.Index(each, dtype="str").array) for each in (["a", "b", "a"], ["a", "x", "b", None]))
    found, itself = places(among, asked, among)
    assert found.tolist() == [0, -1, 1, -1]
    assert itself.tolist() == [0, 1, 0]


def test_text_in_pieces_is_one_array():
    pieces = pd.concat([pd.Series(["a", "b"]), pd.Series(["c", None])]).array
    assert as_arrow(pieces).to_pylist() == ["a", "b", "c", None]


def test_a_frame_of_parts_is_the_frame_of_a_dictionary():
    parts = {"who": as_text(["x", "y"]), "t_yr": np.array([1.0, np.nan]), "more": np.array([True, False])}
    for index in (pd.RangeIndex(2), pd.Index(["i", "j"], name="node_id")):
        made = framed(pd.Index(list(parts)), parts.values(), index)
        pd.testing.assert_frame_equal(made, pd.DataFrame(parts, index=index), check_exact=True)
