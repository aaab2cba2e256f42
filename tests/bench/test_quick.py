"""The benchmark, small: no wrong answer, and no ratio below half of the recorded one."""

import json

import numpy as np
import pytest

from tests.bench import quick
from tests.bench.process import Engine, EngineError, Measured, interleaved
from tests.bench.report import Bar, Row, document
from tests.bench.routing import agreement
from tests.bench.work import compact


@pytest.mark.slow
def test_the_engine_answers_as_its_peers_and_is_not_half_as_fast_as_recorded():
    ratios, wrong = quick.measure()
    assert wrong == []
    assert quick.fallen(ratios, json.loads(quick.RECORDED.read_text())) == []


def test_a_halved_or_missing_ratio_is_told():
    assert quick.fallen({"a": 10.0, "b": 4.9}, {"a": 10.0, "b": 10.0}) == ["b: 4.9 times, recorded 10.0"]
    assert quick.fallen({"a": 5.0}, {"a": 10.0, "gone": 1.0}) == ["gone: recorded or measured, not both"]


def test_one_differing_cost_is_told():
    ours = np.array([[1.0, np.inf], [3.0, 4.0]])
    assert agreement("Scipy", ours.copy(), ours) == "all 4 equal"
    assert agreement("Scipy", np.array([[1.0, 2.0], [3.0, 5.0]]), ours) == "**2 of 4 differ**"
    assert agreement("Pandana", ours * (1 + 1e-8), ours).startswith("agree to its rounding")


def test_parallel_arcs_count_once_and_the_dearer_one_opens_when_the_cheaper_closes():
    arcs = np.array([7, 7, 9]), np.array([9, 9, 7])
    work = compact(arcs, np.array([5, 3, 4]), np.array([0, 1, 0], dtype=np.uint64), (np.array([7]), np.array([9])))
    assert work.size == 2
    assert work.weight[work.simple()].tolist() == [3, 4]
    assert work.weight[work.simple(closed=1)].tolist() == [5, 4]


def test_seconds_of_a_share_stand_for_the_whole_and_a_fault_stops_one_engine_only():
    def broken():
        message = "no such thing"
        raise EngineError(message)

    jobs = {"part": lambda: Measured([1.0], "x", 10.0, 0.25), "broken": broken}
    found = interleaved(jobs, 3)
    assert found["part"].seconds == [4.0, 4.0, 4.0]
    assert found["broken"].fault == "no such thing"


def test_an_engine_that_cannot_start_says_why(tmp_path):
    with pytest.raises(EngineError, match="FileNotFoundError"):
        Engine("peers:Scipy", tmp_path / "missing.npz")


def test_the_document_shows_ratio_share_fault_and_broken_promise():
    ours, peer = Measured([1.0, 3.0, 2.0], peak_mb=5.0), Measured([20.0], share=0.1)
    rows = [Row("(x) work", "ours", ours), Row("(x) work", "peer", peer, ours, "all equal")]
    rows.append(Row("(x) work", "dead", Measured(fault="died")))
    text = document(rows, [Bar("(x)", "30 x", "10 x", held=False, why="because")], ["a note"])
    assert "| peer | 20.00 s, from 10% | 10.0 |" in text
    assert "| dead | failed |  |  | died |" in text
    assert "| (x) | 30 x | 10 x | **no** |" in text
    assert "- **(x)**: because" in text
