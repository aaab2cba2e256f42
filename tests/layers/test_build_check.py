"""What `python -m layers.build --check` calls different."""

from layers.build import __main__ as build


def write_two(_raw, out):
    paths = [out / "same.txt", out / "changed.txt"]
    for path in paths:
        path.write_text("built")
    return paths


def test_check_names_changed_and_missing_files_and_leaves_the_committed_alone(tmp_path, monkeypatch):
    monkeypatch.setitem(build.STEPS, "drawn", write_two)
    committed, scratch = tmp_path / "committed", tmp_path / "scratch"
    committed.mkdir()
    scratch.mkdir()
    (committed / "same.txt").write_text("built")
    assert build.differences(["drawn"], tmp_path, scratch, committed=committed) == ["changed.txt"]
    (committed / "changed.txt").write_text("older")
    assert build.differences(["drawn"], tmp_path, scratch, committed=committed) == ["changed.txt"]
    assert (committed / "changed.txt").read_text() == "older"


def test_a_later_step_finds_the_committed_file_of_an_earlier_one(tmp_path, monkeypatch):
    def reads(_raw, out):
        path = out / "later.txt"
        path.write_text((out / "earlier.txt").read_text() + "!")
        return [path]

    monkeypatch.setitem(build.STEPS, "drawn", reads)
    committed, scratch = tmp_path / "committed", tmp_path / "scratch"
    committed.mkdir()
    scratch.mkdir()
    (committed / "earlier.txt").write_text("x")
    (committed / "later.txt").write_text("x!")
    assert build.differences(["drawn"], tmp_path, scratch, committed=committed) == []
