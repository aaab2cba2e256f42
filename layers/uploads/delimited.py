"""CSV from bytes: any common encoding and separator, half files and broken quotes named by line."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from geo.errors import BadInputError
from layers.uploads.raw import MAX_CELL, Problem, RawTable, check_rows, raw_table, shown

SEPARATORS: Final = ",;\t|"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_QUOTED = re.compile(r'"[^"]*"')


def read_csv(raw: bytes) -> RawTable:
    """
    Read CSV with one header line; separator and encoding are found.

    Raises
    ------
    BadInputError
        If the bytes are no text, there is no header, or there are too many rows.
    """
    text, notes = decode(raw)
    text, separator, skipped = _separator(text)
    records = _records(text, separator, skipped)
    header = next((cells for _, _, cells, _ in records if cells), None)
    if header is None:
        msg = "the file is empty: its first line must name the columns"
        raise BadInputError(msg)
    lines: list[int] = []
    rows: list[tuple[str | None, ...]] = []
    problems: list[Problem] = []
    for first, last, cells, fault in records:
        if not cells and not fault:
            continue
        for line in range(first, last + 1) if fault else (first,):
            problem = fault or _misfit(cells, header)
            lines.append(line)
            padded = [*cells[: len(header)], *[""] * (len(header) - len(cells))]
            rows.append(tuple(cell.strip() or None for cell in padded))
            if problem:
                remedy = "close the quote, or double it inside a text" if fault else _remedy(cells, header)
                problems.append(Problem(line, "", shown(separator.join(cells)), problem, remedy))
        check_rows(len(rows))
    if separator != ",":
        notes.append(f"columns are separated by {'tabs' if separator == chr(9) else separator!r}")
    return raw_table(header, rows, lines=lines, problems=problems, notes=notes)


def decode(raw: bytes) -> tuple[str, list[str]]:
    """
    Turn bytes into text: UTF-8 or UTF-16 by its mark, else Windows-1252, which is Latin-1 with curly quotes.

    Examples
    --------
    >>> decode("Córdoba".encode("latin-1"))[0]
    'Córdoba'
    """
    if raw.startswith(_UTF16_MARKS):
        try:
            return raw.decode("utf-16"), ["read as UTF-16"]
        except UnicodeDecodeError:
            msg = "the file starts as UTF-16 text but is not: save it as UTF-8"
            raise BadInputError(msg) from None
    if b"\0" in raw:
        msg = "the file is not text (it holds zero bytes): save it as CSV in UTF-8"
        raise BadInputError(msg)
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        if error.end >= len(raw) and error.reason == "unexpected end of data":
            return raw[: error.start].decode("utf-8-sig"), ["the file ends within a letter: is it only half of it?"]
    notes = ["the file is not UTF-8 and was read as Latin-1 (Windows-1252): check accented letters"]
    try:
        return raw.decode("cp1252"), notes
    except UnicodeDecodeError:
        return raw.decode("latin-1"), notes


def _separator(text: str) -> tuple[str, str, int]:
    """Find the separator in the header, or in Excel's own `sep=` line, which is then left out."""
    first, _, rest = text.partition("\n")
    named = first.strip().lower()
    if named.startswith("sep=") and len(named) == len("sep=;") and named[-1] in SEPARATORS:
        return rest, named[-1], 1
    header = _QUOTED.sub("", next((line for line in text.split("\n", 20) if line.strip()), ""))
    return text, max(SEPARATORS, key=header.count), 0


def _records(text: str, separator: str, skipped: int) -> Iterator[tuple[int, int, list[str], str]]:
    """Yield first line, last line, cells and fault of each record; after a fault reading goes on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        first = reader.line_num + 1 + skipped
        try:
            cells, fault = next(reader), ""
        except StopIteration:
            return
        except csv.Error as error:
            cells, fault = [], f"the quotes of line {first} do not match ({error})"
        if any(len(cell) > MAX_CELL for cell in cells):
            cells, fault = [], f"a cell holds more than {MAX_CELL:,} characters"
        last = max(first, reader.line_num + skipped)
        if any(cell.strip() for cell in cells) or fault:
            yield first, last, cells, fault


def _misfit(cells: list[str], header: list[str]) -> str:
    """Say how a row differs from the header, if it does; empty cells too many do no harm."""
    if len(cells) < len(header) and len(cells) > 0:
        return f"the row has {len(cells)} cells, the header {len(header)}"
    if any(cell.strip() for cell in cells[len(header) :]):
        return f"the row has {len(cells)} cells, the header {len(header)}"
    return ""


def _remedy(cells: list[str], header: list[str]) -> str:
    """Say what to do about a row that does not fit."""
    if len(cells) < len(header):
        return "complete the row; if it is the last one, the file may be cut short"
    return "put cells that hold the separator in quotes, or write numbers with a decimal point"
