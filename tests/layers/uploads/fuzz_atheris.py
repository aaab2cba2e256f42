"""
Coverage-guided fuzzing of the upload parsers: `python tests/layers/uploads/fuzz_atheris.py -runs=10000`.

The first byte of an input picks the parser and the kind; the rest is the file. Ends with an error at the first input
that brings anything but an upload or a one-line refusal, and libFuzzer prints that input.
"""

import sys
import warnings
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[3]))

with atheris.instrument_imports(include=["layers.uploads"]):
    from layers.uploads import KINDS, SUFFIXES, read_scenario_file, read_upload, templates

from geo.errors import BadInputError

SCENARIO = len(SUFFIXES)


def one(raw: bytes) -> None:
    """Hand one input to the parser it names."""
    if not raw:
        return
    which, kind = raw[0] % (SCENARIO + 1), KINDS[raw[0] // (SCENARIO + 1) % len(KINDS)]
    try:
        if which == SCENARIO:
            read_scenario_file("s.yaml", raw[1:])
            return
        upload = read_upload(f"f{SUFFIXES[which]}", raw[1:], kind=kind)
        assert upload.rows_good + upload.rows_bad == upload.rows_in
    except BadInputError as error:
        if "\n" in str(error):
            raise AssertionError(str(error)) from error


def seeds(folder: Path) -> None:
    """Write our templates as the inputs to start from."""
    for number, (name, raw) in enumerate(templates().items()):
        which = SUFFIXES.index(Path(name).suffix)
        kind = KINDS.index(Path(name).stem)
        (folder / str(number)).write_bytes(bytes([which + kind * (SCENARIO + 1)]) + raw)
    (folder / "scenario").write_bytes(bytes([SCENARIO]) + b"close: [suez]\npartial: {panama: 0.5}\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    corpus = [Path(word) for word in sys.argv[1:] if not word.startswith("-")]
    for place in corpus:
        seeds(place)
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
