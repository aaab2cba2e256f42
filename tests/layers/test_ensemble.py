"""Ensembles on the real network: a user's events, the command, and detours that agree with the supply frames."""

import json

import numpy as np
import pandas as pd
import pytest

from geo.__main__ import main
from geo.allocation_model import build
from geo.ensemble_run import Case
from geo.errors import BadInputError, ContractError, UnknownIdError
from geo.scenarios import Scenario
from layers import ensemble
from layers.arc_nodes import StageNodes, stage_nodes
from layers.ensemble import Engine, worthwhile
from layers.ensemble_case import detours, falls, hazard_events, read_events
from layers.flows import Wants, options_of
from layers.supply import supply

HEADER = "event,targets,annual_rate,duration_days,duration_cv,severity,source\n"
BAN = HEADER + "ban,country:CHN,0.5,90,1,1,test\nred sea,chokepoint:suez;chokepoint:bab_el_mandeb,0.3,60,1,1,test\n"


@pytest.fixture(scope="module")
def gallium():
    found = supply("gallium", Scenario())
    return found, build(found.sites, found.arcs, found.demand, options=options_of(Wants("gallium"), found))


def test_detours_equal_the_frames_of_the_closed_world(gallium):
    found, model = gallium
    closed = ("malacca", "suez")
    cost, hours = detours(model, found, Scenario())(closed)
    frames = supply("gallium", Scenario(close=frozenset(closed))).arcs.reindex(model.arcs.index)
    assert np.array_equal(np.isfinite(cost), frames["cost_usd_t"].notna().to_numpy())
    assert cost == pytest.approx(frames["cost_usd_t"].to_numpy(), rel=1e-9, nan_ok=True)
    assert hours == pytest.approx(frames["time_h"].to_numpy(), rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("mineral", ["gallium", "graphite"])
def test_what_a_closure_does_not_touch_costs_what_it_did(mineral, monkeypatch):
    wants, scenario = Wants(mineral), Scenario(close=frozenset({"panama"}))
    found = supply(mineral, scenario)
    model = build(found.sites, found.arcs, found.demand, options=options_of(wants, found))
    priced, base = detours(model, found, scenario), model.arcs["cost_usd_t"].to_numpy(dtype=float)
    closures = [("suez",), ("malacca", "taiwan"), ("bab_el_mandeb", "panama", "suez"), ("bosporus",)]
    kept = [priced(closed) for closed in closures]
    monkeypatch.setattr(StageNodes, "touched", lambda stage, _: stage)
    dearer = []
    for closed, (cost, hours) in zip(closures, kept, strict=True):
        every_cost, every_hours = priced(closed)
        np.testing.assert_array_equal(cost, every_cost)
        np.testing.assert_array_equal(hours[cost > base], every_hours[cost > base])
        dearer.append(cost > base)
    assert np.any(dearer)
    assert not np.all(dearer, axis=1).any()


def test_a_closed_port_may_touch_every_arc(gallium):
    found, model = gallium
    for stage in stage_nodes(model, found):
        assert stage.touched(("chokepoint:suez", "port:NLRTM")) is stage


def test_nothing_closed_is_the_base_case(gallium):
    found, model = gallium
    cost, _ = detours(model, found, Scenario())(())
    assert np.array_equal(cost, model.arcs["cost_usd_t"].to_numpy(dtype=float))


def test_a_country_stops_what_leaves_it_and_not_what_it_keeps(gallium):
    _, model = gallium
    stopped = model.arcs.iloc[falls(model)["country:CHN"]]
    assert stopped["from_id"].map(model.sites["country_iso3"]).eq("CHN").all()
    assert not stopped["to_id"].eq("CHN").any()
    assert not stopped["to_id"].map(model.sites["country_iso3"]).eq("CHN").any()


def test_workers_are_started_only_where_they_save_more_than_they_take(gallium, monkeypatch):
    case = Case.of(gallium[1])
    few = [case.unchanged] * 7
    assert worthwhile(Engine(workers=2), case, few).workers == 1
    assert worthwhile(Engine(workers=2), case, few * 100_000).workers == 2
    monkeypatch.setattr(ensemble, "_START_S", 0.0)
    assert worthwhile(Engine(workers=2), case, few).workers == 2
    assert worthwhile(Engine(workers=2), case, []).workers == 2
    cluster = Engine(workers=2, dask="tcp://127.0.0.1:1")
    monkeypatch.setattr(ensemble, "_START_S", 1e9)
    assert worthwhile(cluster, case, few) is cluster


def test_the_command_says_that_one_process_was_enough(tmp_path, capsys):
    events = tmp_path / "events.csv"
    events.write_text(BAN)
    words = ["ensemble", "--mineral", "gallium", "--years", "50", "--only-events", "--events", str(events)]
    digests = {}
    for workers in ("1", "2"):
        assert main([*words, "--workers", workers, "--out", str(tmp_path / workers)]) == 0
        told = capsys.readouterr()
        assert ("Solved by one process" in told.err) == (workers == "2")
        digests[workers] = told.out.splitlines()[-1]
    assert digests["1"] == digests["2"]


def test_published_hazards_are_chokepoints_alone():
    frame = hazard_events()
    assert len(frame) > 60
    assert {item.split(":")[0] for ids in frame["targets"] for item in ids} == {"chokepoint"}


def test_the_command_writes_distributions_and_resumes(tmp_path, capsys):
    events, kept = tmp_path / "events.csv", tmp_path / "kept.npz"
    events.write_text(BAN)
    words = ["ensemble", "--mineral", "gallium", "--years", "200", "--seed", "4", "--only-events"]
    words += ["--events", str(events), "--checkpoint", str(kept), "--out"]
    assert main([*words, str(tmp_path / "one")]) == 0
    told = capsys.readouterr()
    assert "is hit hardest" in told.err
    assert main([*words, str(tmp_path / "two")]) == 0
    one, two = (json.loads((tmp_path / name / "ensemble.json").read_text()) for name in ("one", "two"))
    assert one == two
    assert one["sha256"] in told.out
    assert (tmp_path / "one" / "years.csv").read_bytes() == (tmp_path / "two" / "years.csv").read_bytes()
    for name in ("years", "summary", "states", "leading", "events"):
        table = pd.read_csv(tmp_path / "one" / f"{name}.csv")
        assert set(table["scenario"]) == {"gallium, disruptions: base case"}
        assert name == "years" or table["data_sources"].str.contains("IMF PortWatch").all()
    assert {"scenario", "date", "method_version", "sources"} <= set(one["provenance"])


def test_the_words_of_a_users_event_start_no_formula(tmp_path):
    events = tmp_path / "events.csv"
    events.write_text(BAN.replace("ban,", "=1+1,"))
    words = ["ensemble", "--mineral", "gallium", "--years", "50", "--only-events", "--events", str(events)]
    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    assert "'=1+1" in set(pd.read_csv(tmp_path / "out" / "events.csv")["event"])


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("event,targets\na,country:CHN\n", BadInputError),
        (HEADER + "a,country:CHN,many,1,1,1,test\n", BadInputError),
        (HEADER + "a,country:CHN,1,1,1,1,\n", BadInputError),
        (HEADER + "a,country:CHN,1,1,1,2,test\n", ContractError),
        (HEADER + "a,CHN,1,1,1,1,test\n", ContractError),
        (HEADER + "a,country:XXX,1,1,1,1,test\n", UnknownIdError),
        ("", BadInputError),
    ],
)
def test_bad_events_are_refused_in_one_line(tmp_path, text, error):
    path = tmp_path / "events.csv"
    path.write_text(text)
    with pytest.raises(error):
        read_events(path)


def test_no_dask_scheduler_is_said_in_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("layers.ensemble._CONNECT_S", 1)
    words = ["ensemble", "--mineral", "gallium", "--years", "5", "--dask", "tcp://127.0.0.1:9", "--out", str(tmp_path)]
    assert main(words) == 2
    assert "no Dask scheduler" in capsys.readouterr().err
