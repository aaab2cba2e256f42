"""A short load test: eight users for twenty seconds, no answer of one in another's page."""

import importlib.util
import sys
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("load_run", Path(__file__).with_name("run.py"))
run = importlib.util.module_from_spec(_spec)
sys.modules["load_run"] = run  # dataclasses look their module up
_spec.loader.exec_module(run)


def test_a_wrong_answer_and_a_fault_are_counted():
    tally, right = run.Tally(), run.Page("a", 1.0, words=("lithium",))
    tally.count("q", right, right)
    tally.count("q", run.Page("b", 1.0, words=("cobalt",)), right)
    tally.count("q", run.Page("a", 1.0, fault="exception: KeyError"), right)
    assert tally.mixed_up == ["q: [('lithium', 'cobalt')]"]
    assert tally.errors == ["q: exception: KeyError"]


def test_the_slope_is_that_of_the_line():
    tally = run.Tally(memory_mb=[(second, 500 + second / 60 * 2) for second in range(60)])
    assert tally.slope_mb_min() == pytest.approx(2)


@pytest.mark.slow
def test_eight_users_get_their_own_answers():
    tally = run.load(users=8, seconds=20, think_s=0.5, most=6)
    assert (tally.errors, tally.mixed_up) == ([], [])
    assert len(tally.seconds) >= 16
