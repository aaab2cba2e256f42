"""Groups of countries: named, and defined by a user from them."""

import json

import pytest

from geo.__main__ import main
from geo.errors import UnknownIdError
from geo.scenarios import Scenario, read_scenario
from layers.answer import Ask, answer
from layers.flows import Wants, allocate_case, inside
from layers.groups import canonical, group, group_words, members, membership


def test_named_groups_have_their_members():
    assert len(members("eu")) == 27
    assert members("g7") == {"USA", "CAN", "GBR", "FRA", "DEU", "ITA", "JPN"}


@pytest.mark.parametrize(
    ("text", "written", "gone", "come"),
    [
        ("quad-IND", "quad-IND", {"IND"}, set()),
        ("quad + KOR - IND", "quad+KOR-IND", {"IND"}, {"KOR"}),
        ("KOR,quad,usa", "quad+KOR", set(), {"KOR"}),
        ("quad+AUS", "quad", set(), set()),
        ("quad+KOR-KOR", "quad", set(), set()),
    ],
)
def test_members_leave_and_join(text, written, gone, come):
    assert canonical(text) == written
    assert canonical(written) == written
    assert members(text) == (members("quad") - gone) | come


def test_a_list_of_countries_is_a_group():
    assert members("usa,CAN, aus") == {"USA", "CAN", "AUS"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nobody", "no group or country 'nobody'; groups: aukus"),
        ("quad-CHL", "CHL cannot leave"),
        ("", "no members"),
        ("aukus-AUS-GBR-USA", "no members"),
        ("quad;drop", "no group"),
        ("a" * 3000, "not written as"),
        ("quad+<script>alert(1)</script>", "no group"),
    ],
)
def test_what_makes_no_group_is_said(text, said):
    with pytest.raises(UnknownIdError, match=said):
        group(text)


def test_each_membership_says_what_it_rests_on():
    rows = membership("msp+eu+CHL-KOR")
    assert rows.loc["CHL", ["by", "takes_part"]].tolist() == ["your choice", True]
    assert not rows.loc["KOR", "takes_part"]
    assert rows.loc["FRA", "by"].count(";") == (1 if "FRA" in members("msp") else 0)
    assert set(rows.index[rows["takes_part"]]) == members("msp+eu+CHL-KOR")
    assert rows.loc["AUS", ["as_of", "source", "truth_state"]].notna().all()


def test_a_group_reads_in_words():
    assert group_words("quad-IND+KOR") == "Quad with South Korea, without India"
    assert group_words("USA") == "United States"


def test_a_member_that_leaves_no_longer_pools_its_need():
    assert "KOR" in inside(Wants("gallium", group="msp+eu"))
    assert "KOR" not in inside(Wants("gallium", group="msp+eu-KOR"))
    with_it, without = (
        allocate_case(Wants("gallium", group=text), Scenario()).findings for text in ("msp+eu", "msp+eu-KOR")
    )
    assert with_it != without


def test_a_defined_group_is_an_alliance_of_corridors():
    def allied(text):
        found = answer(Ask("lithium", "USA"), Scenario(alliance=text))
        return found.base.table.raw["allied_chain"]

    named, defined = allied("quad"), allied("quad+CHL+ARG")
    both = named.index.intersection(defined.index)
    assert (defined[both].fillna(0) >= named[both].fillna(0)).all()
    assert defined[both].sum() > named[both].sum()


def test_the_command_line_takes_a_name_or_countries(tmp_path, capsys):
    assert main(["allocate", "--mineral", "gallium", "--group", "USA,jpn,KOR", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().err
    assert "Inside Japan, South Korea, United States (Japan, Republic of Korea, United States)" in told
    assert json.loads((tmp_path / "scenario.json").read_text())["question"][0]["group"] == "USA,jpn,KOR"
    assert main(["allocate", "--mineral", "gallium", "--group", "USA,ZZZ", "--out", str(tmp_path)]) == 2
    assert "no group or country 'ZZZ'" in capsys.readouterr().err


def test_a_defined_group_lives_in_a_scenario_file():
    asked = Scenario(alliance=canonical("quad-IND+KOR"))
    assert read_scenario(json.dumps(asked.to_dict())).alliance == "quad+KOR-IND"
