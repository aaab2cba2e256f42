"""A short load test: eight users for twenty seconds, no answer of one in another's page."""

import dataclasses
import importlib.util
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("load_run", Path(__file__).with_name("run.py"))
run = importlib.util.module_from_spec(_spec)
sys.modules["load_run"] = run  # dataclasses look their module up
_spec.loader.exec_module(run)


def test_a_wrong_answer_and_a_fault_are_counted():
    right = run.Page(1.0, words=("lithium",), tables=((("name", "t"), ("A", "1")),), lines=("base:F1>hub:USA",))
    tally = run.Tally()
    tally.count("q", dataclasses.replace(right, seconds=9.0), right)
    assert (tally.mixed_up, tally.errors) == ([], [])
    tally.count("words", dataclasses.replace(right, words=("cobalt",)), right)
    tally.count("cell", dataclasses.replace(right, tables=((("name", "t"), ("A", "2")),)), right)
    tally.count("table", dataclasses.replace(right, tables=()), right)
    tally.count("map", dataclasses.replace(right, lines=("base:F2>hub:USA",)), right)
    tally.count("fault", dataclasses.replace(right, fault="exception: KeyError"), right)
    assert [line.split(":")[:2] for line in tally.mixed_up] == [
        ["words", " words"], ["cell", " table 1"], ["table", " table 1"], ["map", " map"],
    ]  # fmt: skip
    assert "('A', '1') expected, ('A', '2') drawn" in tally.mixed_up[1]
    assert tally.errors == ["fault: exception: KeyError"]


def test_the_copy_is_whole_and_an_edit_of_the_tree_does_not_reach_it():
    with run.frozen() as folder:
        assert (folder / "app.py").read_bytes() == (run.ROOT / "app.py").read_bytes()
        copied = {path.relative_to(folder) for path in folder.rglob("*.csv")}
        assert copied == {path.relative_to(run.ROOT) for path in (run.ROOT / "data").rglob("*.csv")}
        assert not any(path.is_symlink() for path in folder.rglob("*"))
    assert not folder.exists()


def test_what_a_server_started_ends_with_it(tmp_path):
    late = f"import time; time.sleep(1); open({str(tmp_path / 'late')!r}, 'w')"
    parent = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {late!r}]); "
    parent += "print(1, flush=True); time.sleep(60)"
    running = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, start_new_session=True)
    with running.stdout as said:
        said.readline()
        run.stop(running)
    time.sleep(1.5)
    assert not (tmp_path / "late").exists()


def test_the_slope_is_that_of_the_line():
    tally = run.Tally(memory_mb=[(second, 500 + second / 60 * 2) for second in range(60)])
    assert tally.slope_mb_min() == pytest.approx(2)


@pytest.mark.slow
def test_eight_users_get_their_own_answers():
    tally = run.load(users=8, seconds=20, think_s=0.5, most=6)
    assert (tally.errors, tally.mixed_up) == ([], [])
    assert len(tally.seconds) >= 16


@pytest.mark.slow
def test_the_first_questions_fit_the_memory_that_the_documents_promise():
    promised_gb = float(re.search(r"Memory: (\d+(?:\.\d+)?) GB", (run.ROOT / "docs/deploy.md").read_text())[1])
    with run.frozen() as folder, run.server(folder) as (port, pid):
        with run.User(port) as user:
            assert [user.ask(query).fault for query in run.questions(3)] == ["", "", ""]
        assert 200 < run.memory_mb(pid) < 1024 * promised_gb
