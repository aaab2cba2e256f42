"""Places: facility, port or point; what is none of them is named."""

import pytest

from geo.errors import BadInputError, UnknownIdError
from layers.places import find_place


@pytest.mark.parametrize(
    ("text", "kind", "country"),
    [
        ("CNSHA", "port", "CHN"),
        (" cnsha ", "port", "CHN"),
        ("f0001", "facility", "CHN"),
        ("25.47,-10.71", "point", "COD"),
        ("-70.4,-23.65", "point", "CHL"),
        ("-30,0", "point", None),
        ("-.5,51.4", "point", "GBR"),
        ("180,0", "point", None),
    ],
)
def test_each_kind_of_place_is_found(text, kind, country):
    place = find_place(text)
    assert (place.kind, place.country) == (kind, country)


@pytest.mark.parametrize(
    ("code", "port_id", "name"),
    [
        ("MGTMM", "MGTOA", "Toamasina"),
        ("gnkmr", "GNKMC", "Kamsar"),
        ("BRVLC", "BRVDC", "Vila Do Conde"),
        ("RUGDX", "RUMAG", "Bukhta Nagayeva (Magadan)"),
        ("IDSOQ", "WPI53020", "Tg. Sorong"),
    ],
)
def test_a_port_is_found_by_the_code_of_the_un_list(code, port_id, name):
    place = find_place(code)
    assert (place.place_id, place.name, place.kind, place.asked_as) == (port_id, name, "port", code.upper())


def test_a_port_asked_for_by_its_own_code_has_no_other():
    assert find_place("MGTOA").asked_as is None


def test_a_code_of_another_place_is_refused_and_the_port_named():
    """BRITQ is Itaqui in Rio Grande do Sul, a river town; the port of that name is BRIQI."""
    with pytest.raises(UnknownIdError, match=r"did you mean .*BRIQI"):
        find_place("BRITQ")


def test_points_keep_all_their_digits():
    one, other = find_place("25.470001,-10.71"), find_place("25.470002,-10.71")
    assert (one.lon, one.lat) == (25.470001, -10.71)
    assert one.place_id != other.place_id


@pytest.mark.parametrize("text", ["181,0", "0,91", "-180.001,0", "1e9,0", "x,y", ",", "1,", "1,2,3", "inf,0", "1;2,3"])
def test_what_is_no_point_on_the_globe_is_refused(text):
    with pytest.raises(BadInputError):
        find_place(text)


def test_an_unknown_id_names_close_ones():
    with pytest.raises(UnknownIdError, match="did you mean CNS"):
        find_place("CNSHX")
