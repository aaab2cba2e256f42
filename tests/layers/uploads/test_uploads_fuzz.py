# ruff: noqa: E501 (tables read best with a row on a line)
"""
Whatever comes in, the parsers answer with an upload or one clear line.

300 examples in a normal run; ``CORRIDOR_FUZZ=10000`` tries that many.
"""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from geo.errors import BadInputError
from layers.uploads import KINDS, SUFFIXES, read_scenario_file, read_upload
from tests.layers.uploads import made

PARSERS = (".csv", ".xlsx", ".geojson", ".gpkg", ".zip", ".parquet")
EXAMPLES = int(os.environ.get("CORRIDOR_FUZZ", "300"))
SHARE = max(1, EXAMPLES // (len(PARSERS) + 4))  # ten fuzz tests share the budget
BOUNDED = settings(
    max_examples=SHARE,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "-10.79", "25,81", "1e999", "NaN", "COD", "Co", "mine", "t", "kt LCE", "1.234,5", "=1+1", '"', "\ud7ff", "POINT (1 2)"]
    ),
    st.floats(),
    st.integers(),
)  # fmt: skip
FIELDS = st.sampled_from(
    [
        "name",
        "lat",
        "lon",
        "country",
        "mineral",
        "stage",
        "status",
        "capacity",
        "unit",
        "year",
        "id",
        "wkt",
        "value",
        "x",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["type", "features", "geometry", "coordinates", "properties", "crs", "id"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
EDIT = st.tuples(st.sampled_from(["flip", "cut", "insert", "drop", "double"]), st.floats(0, 1), st.binary(max_size=8))


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return made.every_format(tmp_path_factory.mktemp("good"))


def answer(file_name, raw, kind):
    """Read; anything but an upload or a one-line refusal fails the test."""
    upload, refusal = None, ""
    try:
        upload = read_upload(file_name, raw, kind=kind)
    except BadInputError as error:
        refusal = str(error)
    assert "\n" not in refusal
    assert len(refusal) < 1000
    assert upload is None or upload.rows_good + upload.rows_bad == upload.rows_in


def edited(raw, edits):
    for how, share, extra in edits:
        at = int(share * len(raw))
        if how == "cut":
            raw = raw[:at]
        elif how == "drop":
            raw = raw[:at] + raw[at + len(extra) :]
        elif how == "double":
            raw = raw[:at] + raw[max(0, at - 64) :]
        else:
            raw = raw[:at] + extra + raw[at + (len(extra) if how == "flip" else 0) :]
    return raw


@pytest.mark.parametrize("suffix", PARSERS)
@BOUNDED
@given(edits=st.lists(EDIT, min_size=1, max_size=6), place=st.integers(0, 30), kind=st.sampled_from(KINDS))
def test_spoilt_files(good, suffix, edits, place, kind):
    """Packed formats are spoilt inside the zip, where a checksum does not catch it."""
    raw = good[suffix]
    if suffix in (".xlsx", ".zip"):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            name = archive.namelist()[place % len(archive.namelist())]
        answer(f"a{suffix}", made.with_part(raw, name, lambda part: edited(part, edits)), kind)
    else:
        answer(f"a{suffix}", edited(raw, edits), kind)


@BOUNDED
@given(
    raw=st.binary(max_size=400),
    suffix=st.sampled_from(SUFFIXES),
    kind=st.sampled_from(KINDS),
    lead=st.sampled_from(PARSERS),
)
def test_any_bytes_after_any_magic(good, raw, suffix, kind, lead):
    answer(f"a{suffix}", raw, kind)
    answer(f"a{suffix}", good[lead][:100] + raw, kind)


@BOUNDED
@given(
    header=st.lists(FIELDS, min_size=1, max_size=9, unique=True),
    rows=st.lists(st.lists(CELL, max_size=9), max_size=6),
    separator=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    kind=st.sampled_from(KINDS),
)
def test_any_table(header, rows, separator, encoding, kind):
    lines = [separator.join(map(str, cells)) for cells in [header, *rows]]
    answer("a.csv", "\n".join(lines).encode(encoding, "replace"), kind)
    cells = [dict(zip(header, row, strict=False)) for row in rows]
    text = json.dumps(
        {"type": "FeatureCollection", "features": [{"properties": row, "geometry": None} for row in cells]}
    )
    answer("a.geojson", text.encode(), kind)


@BOUNDED
@given(data=JSON, kind=st.sampled_from(KINDS))
@example(data={"type": "Point", "coordinates": [[]]}, kind="closure")
def test_any_json(data, kind):
    answer("a.geojson", json.dumps(data).encode(), kind)
    feature = {"type": "Feature", "geometry": data, "properties": data}
    answer("a.geojson", json.dumps({"type": "FeatureCollection", "features": [feature, data]}).encode(), kind)
    shape = {"type": "Polygon", "coordinates": data}
    answer("a.geojson", json.dumps({"type": "FeatureCollection", "features": [{"geometry": shape}]}).encode(), kind)


@BOUNDED
@given(raw=st.binary(max_size=200) | JSON.map(lambda data: json.dumps(data).encode()) | st.text(max_size=100).map(str.encode),
       field=st.sampled_from(["close", "partial", "as_of", "modes", "name", "vessel", "planned"]))  # fmt: skip
def test_any_scenario(raw, field):
    for content in (raw, f"{field}: ".encode() + raw):
        refusal = ""
        try:
            read_scenario_file("a.yaml", content)
        except BadInputError as error:
            refusal = str(error)
        assert "\n" not in refusal


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="atheris has wheels for Linux only")
def test_coverage_guided_fuzzing_finds_no_unhandled_exception(tmp_path):
    script = Path(__file__).with_name("fuzz_atheris.py")
    # Linux hands the peak of this process on to its child: its resident memory proves nothing, one allocation does
    bounds = ["-rss_limit_mb=0", "-malloc_limit_mb=512"]
    command = [sys.executable, str(script), f"-runs={3 * EXAMPLES}", "-seed=20261124", *bounds, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"Done {3 * EXAMPLES} runs" in done.stderr
