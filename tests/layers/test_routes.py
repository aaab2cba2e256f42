"""One route: statuses, nulls, ids refused, threads apart, and closures that never shorten it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from geo.errors import BadInputError, UnknownIdError
from geo.scenarios import Scenario
from layers.routes import check_scenario, route

SUEZ_SHUT = Scenario(close=frozenset({"suez"}))


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        (Scenario(close=frozenset({"atlantis"})), "chokepoint 'atlantis'"),
        (Scenario(reopen=frozenset({"atlantis"})), "chokepoint 'atlantis'"),
        (Scenario(partial=frozenset({("atlantis", 0.5)})), "chokepoint 'atlantis'"),
        (Scenario(avoid=frozenset({"RU"})), "country 'RU'"),
        (Scenario(outages=frozenset({"F9999999"})), "facility 'F9999999'"),
    ],
)
def test_an_id_that_no_table_holds_is_refused(scenario, told):
    with pytest.raises(UnknownIdError, match=told):
        check_scenario(scenario)


def test_no_mode_is_no_question():
    with pytest.raises(BadInputError, match="at least one"):
        check_scenario(Scenario(modes=frozenset()))


def test_what_tables_hold_passes():
    scenario = Scenario(close=frozenset({"suez"}), avoid=frozenset({"RUS"}), outages=frozenset({"F0001"}))
    assert check_scenario(scenario) is scenario


def test_closing_more_never_costs_less():
    closures = [
        (),
        ("suez",),
        ("suez", "panama"),
        ("suez", "panama", "malacca"),
        ("suez", "panama", "malacca", "sunda"),
    ]
    costs = [route("CNSHA", "NLRTM", Scenario(close=frozenset(shut)))["cost_usd_t"] for shut in closures]
    assert costs == sorted(costs)


def test_a_way_least_in_something_is_beaten_in_it_by_no_other():
    by = {name: route("CNSHA", "NLRTM", Scenario(), objective=name) for name in ("cost", "time", "distance", "co2e")}
    for name, column in [("cost", "cost_usd_t"), ("time", "time_h"), ("distance", "length_km"), ("co2e", "co2e_kg_t")]:
        assert by[name][column] == pytest.approx(min(found[column] for found in by.values()), rel=1e-6)


def test_a_detour_overland_says_through_which_country():
    found = route("GRPIR", "SAJED", SUEZ_SHUT)
    assert "rail" in found["modes"]
    assert "more by rail (EGY)" in found["reason"]
    assert (
        "more by"
        not in route("GRPIR", "SAJED", Scenario(close=frozenset({"suez"}), modes=frozenset({"sea"})))["reason"]
    )


def test_what_an_opened_passage_changes_shows():
    opened = Scenario(reopen=frozenset({"northern_sea_route"}), modes=frozenset({"sea"}))
    found = route("CNSHA", "NLRTM", opened)
    assert (found["status"], found["vessel"]) == ("rerouted", "handysize")
    assert "Northern Sea Route" in found["reason"]
    assert found["length_km"] < found["base"]["length_km"]


def test_a_point_on_the_antimeridian_is_one_place_from_either_side():
    with pytest.raises(BadInputError, match="same place"):
        route("-180,-17", "180,-17", Scenario())


def test_the_trans_guinean_railway_stays_in_guinea():
    found = route("-8.9,8.53", "-13.95,9.16", Scenario(modes=frozenset({"rail"})))
    assert found["countries"] == ["GIN"]


def test_two_people_at_once_get_their_own_answers():
    asked = [Scenario(), SUEZ_SHUT, Scenario(close=frozenset({"malacca"})), Scenario(avoid=frozenset({"EGY"}))] * 2
    alone = [route("CNSHA", "NLRTM", scenario) for scenario in asked[:4]] * 2
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda scenario: route("CNSHA", "NLRTM", scenario), asked))
    assert together == alone
    assert len({found["length_km"] for found in alone}) == 3  # without Egypt there is no Suez
