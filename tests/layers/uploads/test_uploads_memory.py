# ruff: noqa: E501 (tables read best with a row on a line)
"""Bombs and 200,000 rows: time and memory stay bounded."""

import time
import tracemalloc

import pytest

from geo.errors import BadInputError
from layers.uploads import read_upload
from layers.uploads.raw import MIB
from tests.layers.uploads import made

ROWS = 200_000
PEAK_MIB = {".csv": 700, ".parquet": 700, ".geojson": 1200, ".gpkg": 900, ".zip": 900, ".xlsx": 900}
LIMIT_S = 90


def peak_of(action):
    """Run and return what comes back, the peak of memory and the processor's time: a busy machine proves nothing."""
    tracemalloc.start()
    started = time.process_time()
    try:
        answer = action()
    except BadInputError as error:
        answer = error
    peak = tracemalloc.get_traced_memory()[1] / MIB
    tracemalloc.stop()
    return answer, peak, time.process_time() - started


@pytest.mark.parametrize("bomb", [made.bomb(300), made.lying_bomb(300)], ids=["honest", "lying"])
@pytest.mark.parametrize("suffix", [".zip", ".xlsx"])
def test_a_zip_bomb_is_refused_in_little_memory(bomb, suffix):
    assert len(bomb) < MIB
    answer, peak, _ = peak_of(lambda: read_upload(f"a{suffix}", bomb, kind="facilities"))
    assert isinstance(answer, BadInputError)
    assert peak < 16


def test_two_hundred_thousand_rows_of_csv_are_read_and_none_is_lost(record_testsuite_property):
    frame = made.big_frame(ROWS)
    frame.loc[::1000, "lat"] = 95.0
    answer, peak, seconds = peak_of(lambda: read_upload("a.csv", made.csv(frame), kind="facilities"))
    record_testsuite_property("200,000 rows of CSV", f"{peak:.0f} MiB, {seconds:.0f} s traced")
    assert (answer.rows_in, answer.rows_bad, len(answer.rows)) == (ROWS, ROWS // 1000, ROWS - ROWS // 1000)
    assert peak < PEAK_MIB[".csv"]
    assert seconds < LIMIT_S


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".parquet", ".geojson", ".gpkg", ".zip", ".xlsx"])
def test_two_hundred_thousand_rows_of_every_format(suffix, tmp_path):
    rows = ROWS // 4 if suffix == ".xlsx" else ROWS  # openpyxl crawls while memory is traced
    frame = made.big_frame(rows)
    raw = {
        ".parquet": lambda: made.parquet(made.points(frame)), ".geojson": lambda: made.geojson(made.points(frame)),
        ".gpkg": lambda: made.gpkg(tmp_path, made.points(frame)), ".zip": lambda: made.shapefile(tmp_path, made.points(frame)),
        ".xlsx": lambda: made.xlsx(frame),
    }[suffix]()  # fmt: skip
    answer, peak, seconds = peak_of(lambda: read_upload(f"a{suffix}", raw, kind="facilities"))
    assert (answer.rows_in, answer.rows_bad) == (rows, 0)
    assert peak < PEAK_MIB[suffix]
    assert seconds < 2 * LIMIT_S
