"""Excel workbooks (.xlsx) from bytes, streamed; entities, bombs and formulas have no say."""

import datetime as dt
import io
import re
import warnings
import zipfile
from typing import Any, Final

from geo.errors import BadInputError
from layers.uploads.archive import opened, unpack
from layers.uploads.raw import MAX_CELL, MAX_COLUMNS, RawTable, check_rows, raw_table, shown

_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
MOST_LINES: Final = 1_048_576
"""Rows of a sheet: no honest one has more."""
_XML: Final = (".xml", ".rels", ".vml")


def read_xlsx(raw: bytes, *, sheet: str) -> RawTable:
    """
    Read the sheet named `sheet`, else the first; values only, the line is the sheet's row.

    Raises
    ------
    BadInputError
        If the workbook is broken, expands too far, declares XML entities or has no header.
    """
    import openpyxl  # noqa: PLC0415 - 0.1 s of every start, for the few who bring a workbook

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
    first, header = _header(sheet)
    lines: list[int] = []
    rows: list[tuple[Any, ...]] = []
    # as wide as the header: one cell far to the right would make openpyxl pad every row
    stream = sheet.iter_rows(first + 1, MOST_LINES, 1, len(header), values_only=True)
    for line, values in enumerate(stream, start=first + 1):
        cells = tuple(_cell(value) for value in values)
        if cells.count(None) < len(cells):
            lines.append(line)
            rows.append(cells)
            check_rows(len(rows))
    return raw_table(header, rows, lines=lines, notes=notes)


def _header(sheet: Any) -> tuple[int, list[Any]]:
    """Find the first row that holds anything: it names the columns; what lies right of it is not read."""
    for line, values in enumerate(sheet.iter_rows(1, MOST_LINES, 1, MAX_COLUMNS + 1, values_only=True), start=1):
        cells = _trimmed([_cell(value) for value in values])
        if cells:
            return line, cells
    msg = "the sheet is empty: its first row must name the columns"
    raise BadInputError(msg)


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
