"""Excel workbooks (.xlsx) from bytes, streamed; entities, bombs and formulas have no say."""

import datetime as dt
import io
import re
import warnings
import zipfile
from typing import Any, Final

import openpyxl

from geo.errors import BadInputError
from layers.uploads.archive import opened, unpack
from layers.uploads.raw import MAX_CELL, MAX_COLUMNS, MAX_ROWS, RawTable, check_rows, raw_table, shown

_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_XML: Final = (".xml", ".rels", ".vml")


def read_xlsx(raw: bytes, *, sheet: str) -> RawTable:
    """
    Read the sheet named `sheet`, else the first; values only, the line is the sheet's row.

    Raises
    ------
    BadInputError
        If the workbook is broken, expands too far, declares XML entities or has no header.
    """
    with opened(raw) as archive:
        _check_parts(archive)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and validations it leaves aside
        try:
            book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
            try:
                return _sheet(book, sheet)
            finally:
                book.close()
        except BadInputError:
            raise
        except Exception:  # noqa: BLE001 openpyxl raises whatever a malformed part makes it raise
            msg = "the workbook cannot be read: open it in a spreadsheet program and save it again as .xlsx"
            raise BadInputError(msg) from None


def _check_parts(archive: zipfile.ZipFile) -> None:
    """Refuse parts that expand too far or declare entities, before any XML parser sees them."""
    names = archive.namelist()
    if "[Content_Types].xml" not in names:
        msg = "the file is a zip but no workbook: save it as .xlsx"
        raise BadInputError(msg)
    for name in names:
        if name.lower().endswith(_XML):
            part = unpack(archive, name)
            if _DECLARATION.search(part) or b"\0" in part[:1024]:
                msg = "the workbook declares XML entities or is not UTF-8: save it again as .xlsx"
                raise BadInputError(msg)


def _sheet(book: Any, wanted: str) -> RawTable:
    """Read one sheet row by row."""
    names = [sheet.title for sheet in book.worksheets]
    if not names:
        msg = "the workbook has no sheet of cells"
        raise BadInputError(msg)
    name = next((name for name in names if name.strip().lower() == wanted), names[0])
    notes = [f"read sheet {shown(name)!r} of {len(names)}"] if len(names) > 1 else []
    sheet = book[name]
    sheet.reset_dimensions()  # what the sheet says of its size is not to be trusted
    header: list[Any] | None = None
    lines: list[int] = []
    rows: list[tuple[Any, ...]] = []
    stream = sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1, max_row=4 * MAX_ROWS)
    for line, values in enumerate(stream, start=1):
        if all(value is None or value == "" for value in values):
            continue
        cells = [_cell(value) for value in values]
        if header is None:
            header = _trimmed(cells)
            continue
        cells = _trimmed(cells) if len(cells) > len(header) else cells
        header += [None] * (len(cells) - len(header))
        lines.append(line)
        rows.append(tuple(cells))
        check_rows(len(rows))
    if header is None:
        msg = "the sheet is empty: its first row must name the columns"
        raise BadInputError(msg)
    rows = [row + (None,) * (len(header) - len(row)) for row in rows]
    return raw_table(header, rows, lines=lines, notes=notes)


def _trimmed(cells: list[Any]) -> list[Any]:
    """Cut the empty cells at the end."""
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _cell(value: Any) -> Any:
    """Give text, number or None."""
    if isinstance(value, str):
        return value.strip()[:MAX_CELL] or None
    if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
        return str(value)
    return value if isinstance(value, int | float | None) else str(value)
