"""What mines ship and plants take, on the real tables: one rule for corridors and for the allocation."""

import shutil

import pytest

from geo.errors import ContractError
from geo.feeds import unfed
from geo.scenarios import Scenario
from layers.answer import Ask, source_status
from layers.catalog import DATA, read_table, seal
from layers.facilities import facilities
from layers.feeds import feeds
from layers.planner import finder
from layers.supply import supply

BASE = Scenario()
GREENBUSHES, ATACAMA, PILGANGOORA = "F0110", "F0119", "F0111"
LA_NEGRA, SHEHONG, NOT_KNOWN = "F0200", "F0175", "F0171"
SUDBURY_SMELTER, NEW_CALEDONIA, RAGLAN = "F0369", "F1214", "F0317"


def test_rock_goes_to_no_brine_plant_nor_brine_to_a_converter():
    own = feeds("lithium")
    found = own.apart([GREENBUSHES, PILGANGOORA, ATACAMA], [LA_NEGRA, SHEHONG, NOT_KNOWN])
    assert found.tolist() == [[True, False, False], [True, False, False], [False, True, False]]


def test_laterite_goes_to_no_sulphide_smelter():
    assert feeds("nickel").apart([NEW_CALEDONIA, RAGLAN], [SUDBURY_SMELTER]).tolist() == [[True], [False]]


@pytest.mark.parametrize("mineral", ["cobalt", "graphite", "rare_earths"])
def test_a_mineral_without_rows_holds_nobody_apart(mineral):
    assert not feeds(mineral)


@pytest.mark.parametrize("mineral", ["lithium", "nickel"])
def test_corridors_and_allocation_pair_the_same_mines_and_plants(mineral):
    asked, own = finder(mineral, "USA"), feeds(mineral)
    chains = asked.chains(BASE)
    live = chains[chains["mining"].notna() & (chains["cost_usd_t"] < float("inf"))]
    paired = set(zip(live["mining"], live["refining"], strict=True))
    arcs = supply(mineral, BASE, hubs=("USA",)).arcs
    ore = arcs[arcs["stage"].eq("mining")]
    moved = {(start.split("|")[0], end.split("|")[0]) for start, end in zip(ore["from_id"], ore["to_id"], strict=True)}
    assert paired
    assert paired <= moved  # the allocation may buy for other hubs what does not reach this one
    assert not any(own.apart([start], [end]).any() for start, end in moved)
    told = {start for start, _ in moved} & own.ships.keys(), {end for _, end in moved} & own.takes.keys()
    fitting = {(start, end) for start in told[0] for end in told[1] if own.shared(start, end)}
    assert fitting <= moved  # and nothing that fits is lost


def test_most_mines_of_lithium_and_nickel_are_told():
    table = facilities()
    for mineral, mines, plants in (("lithium", 0.9, 0.9), ("nickel", 0.9, 0.7)):
        own = table[table["mineral"].eq(mineral) & table["chain_stage"].isin(["mining", "refining"])]
        for told, kind, least in ((feeds(mineral).ships, "mine", mines), (feeds(mineral).takes, "processing", plants)):
            sites = own.loc[own["kind"].eq(kind), "facility_id"]
            assert sites.isin(list(told)).mean() >= least


def test_a_mine_with_no_plant_for_its_product_is_unknown_and_told_from_one_without_a_line():
    """Clay is taken by no plant of which the feed is told: without the others, a clay mine reaches nobody."""
    planned = Scenario(planned=True)
    asked = finder("lithium", "USA")
    others = frozenset(asked.question.plants.index[asked.question.plants["stage"].eq("refining")]) - set(
        feeds("lithium").takes
    )
    scenario = planned.model_copy(update={"outages": others})
    names = list(asked.question.stages.index)
    lost = unfed(asked.question.feeds, asked.plants(scenario), names)
    clay = {place for place, what in feeds("lithium").ships.items() if what == {"clay"}}
    assert lost == clay
    rows = source_status(Ask("lithium", "USA"), planned)
    assert not rows["unfed"].any()  # the plants of which nothing is told may take it


@pytest.mark.parametrize("row", ["F9999,lithium,ships,brine", "F0200,lithium,ships,brine", "F0110,lithium,takes,brine"])
def test_a_row_that_no_leg_could_use_is_refused(row, tmp_path):
    for name in ("feeds.csv", "facilities.csv", "facility_minerals.csv", "sources.csv"):
        shutil.copy(DATA / name, tmp_path)
    with (tmp_path / "feeds.csv").open("a", encoding="utf-8") as file:
        file.write(f"{row},feeds_compiled,2026-11-28,compiled,\n")
    seal(root=tmp_path)
    with pytest.raises(ContractError, match=row.split(",", maxsplit=1)[0]):
        feeds("lithium", root=tmp_path)


def test_every_row_says_what_it_rests_on():
    table = read_table("feeds")
    assert table["note"].notna().all()
    assert set(table["truth_state"]) == {"compiled"}
