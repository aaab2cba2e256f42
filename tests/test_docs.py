"""What the documents say of the code is so: constants, and the files they name."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CONSTANT = re.compile(r"^\| `((?:geo|layers)[\w.]+)\.([A-Z_]+)` \| ([\d.]+) \|$", re.MULTILINE)
FILE = re.compile(r"`((?:geo|layers|views|tests|data|docs)/[\w/.-]+)(?::[^`]*)?`")


def test_the_constants_in_the_method_are_those_of_the_code():
    told = CONSTANT.findall((ROOT / "docs" / "method.md").read_text(encoding="utf-8"))
    assert len(told) > 20
    wrong = [(*row, getattr(import_module(row[0]), row[1])) for row in told]
    assert [row for row in wrong if float(row[2]) != float(row[3])] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_is_there(document):
    named = set(FILE.findall(document.read_text(encoding="utf-8")))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
