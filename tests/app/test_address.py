"""What an address says: what is known of it counts, and only the rest is left out and named."""

import pytest

from views.fields import PartlyKnownError, fields


@pytest.mark.parametrize(
    ("key", "texts", "kept", "wrong"),
    [
        ("close", ["foo,suez"], ["suez"], "foo"),
        ("close", ["suez", "foo", "panama", "bar"], ["suez", "panama"], "foo, bar"),
        ("avoid", ["CHN,XXX"], ["CHN"], "XXX"),
        ("modes", ["sea,warp"], ["sea"], "warp"),
        ("presets", ["nowhere"], [], "nowhere"),
        ("partial", ["suez:0.5", "panama:7", "foo:0.5", "malacca"], {"suez": 0.5}, "panama:7, foo:0.5, malacca"),
    ],
)
def test_what_is_not_known_takes_nothing_else_with_it(key, texts, kept, wrong):
    with pytest.raises(PartlyKnownError) as caught:
        fields()[key].read(texts)
    assert caught.value.kept == kept
    assert str(caught.value) == wrong


@pytest.mark.parametrize(
    ("key", "texts", "value"),
    [("close", ["suez,panama", "suez"], ["suez", "panama"]), ("partial", ["suez:0.5"], {"suez": 0.5})],
)
def test_what_is_known_is_read_whole(key, texts, value):
    assert fields()[key].read(texts) == value


def test_a_link_keeps_the_closure_it_has_right_and_says_what_it_left_out(at):
    at.query_params["close"] = "foo,suez"
    at.run()
    assert not at.exception
    assert at.session_state["close"] == ["suez"]
    assert any("close=foo" in warning.value.replace("\\", "") for warning in at.warning)
    assert not any("suez" in warning.value for warning in at.warning)
