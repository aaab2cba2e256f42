"""
The project's tables in a team's PostGIS: loaded from `data/`, read in place of the files, sealed after an edit.

Every cell is kept as the text it is in the CSV file, so that the bytes, and with them the checksum in `sources`, are
the same in both; places and lines carry a generated geometry besides, which QGIS and GeoPandas open. The network
files stay files: they are derived, never edited.
"""

import argparse
import csv
import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

import pandas as pd
import sqlalchemy as sa

from geo.errors import BadInputError, UnsourcedTableError
from layers.catalog import DATABASE, checksum, file_tables

SCHEMA: Final = "corridor_data"
SOURCES: Final = "sources"
_SCHEMES: Final = ("postgresql", "postgres", "postgresql+psycopg")
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_ROW: Final = "row_no"
_POINT: Final = "ST_SetSRID(ST_MakePoint(lon::float8, lat::float8), 4326)"  # null where either is
_LINE: Final = "ST_GeomFromText(coordinates, 4326)"
_GEOMETRIES: Final = (({"lon", "lat"}, "Point", _POINT), ({"coordinates"}, "LineString", _LINE))


def engine(address: str) -> sa.Engine:
    """
    Open a database; every use makes its own connection.

    Raises
    ------
    BadInputError
        If the address cannot be read, or the drivers are not installed; without the password.
    """
    scheme, _, rest = address.partition("://")
    if scheme not in _SCHEMES:
        msg = f"{DATABASE} must be a postgresql:// address or the path of a file"
        raise BadInputError(msg)
    try:
        return sa.create_engine(f"postgresql+psycopg://{rest}", poolclass=sa.NullPool)
    except (sa.exc.SQLAlchemyError, ImportError, ValueError):
        msg = f"{DATABASE} cannot be used: check the address, and install psycopg and geoalchemy2"
        raise BadInputError(msg) from None


class Tables:
    """The project's tables in one database; open them with `tables_in_use`."""

    schema: Final = SCHEMA

    def __init__(self, address: str) -> None:
        self._engine = engine(address)
        self._address = address

    def __repr__(self) -> str:
        """Name the place without a password."""
        return f"Tables({self._engine.url.render_as_string(hide_password=True)})"

    def loaded(self) -> bool:
        """Tell whether the tables are there: they are loaded all at once or not at all."""
        with self._transaction() as connection:
            return sa.inspect(connection).has_table(SOURCES, schema=SCHEMA)

    def raw(self, name: str) -> bytes:
        """
        Write a table as the CSV it came from.

        Raises
        ------
        UnsourcedTableError
            If there is no such table.
        """
        with self._transaction() as connection:
            if not _NAME.match(name) or not sa.inspect(connection).has_table(name, schema=SCHEMA):
                msg = f"{name}: listed but not in the database; load it: python -m layers.database --load"
                raise UnsourcedTableError(msg)
            columns = _columns(connection, name)
            listed = ", ".join(f'"{column}"' for column in columns)
            query = f"SELECT {listed} FROM {SCHEMA}.{name} ORDER BY {_ROW}"  # noqa: S608 our own checked names
            rows = connection.execute(sa.text(query)).all()
        return _csv(pd.DataFrame(rows, columns=columns, dtype=object))

    def load(self, tables: dict[str, bytes]) -> None:
        """Replace all tables by the bytes of CSV files, `sources` among them: all or nothing."""
        with self._transaction() as connection:
            connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
            connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA}"))
            for name, raw in tables.items():
                _write(connection, name, _text(raw))

    def seal(self) -> list[str]:
        """Write the checksum of every table that `sources` lists and the database holds; give those that moved."""
        listed = _text(self.raw(SOURCES))
        with self._transaction() as connection:
            held = set(sa.inspect(connection).get_table_names(schema=SCHEMA)) - {SOURCES}
        moved = []
        for name, told in zip(listed["table"], listed["sha256"], strict=True):
            if name in held and (found := checksum(self.raw(name))) != told:
                moved.append(str(name))
                with self._transaction() as connection:
                    statement = f'UPDATE {SCHEMA}.{SOURCES} SET sha256 = :found WHERE "table" = :name'  # noqa: S608
                    connection.execute(sa.text(statement), {"found": found, "name": name})
        return moved

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """Do all or nothing; what the database says is cut to one line without its address."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            msg = f"the database with the tables does not answer as it should ({type(error).__name__})"
            raise BadInputError(msg) from error


def tables_in_use() -> Tables | None:
    """Give the tables of the database that `CORRIDOR_DB` names, if they were loaded there; else the files count."""
    address = os.environ.get(DATABASE, "")
    return _in_use(address) if "://" in address else None


@lru_cache(maxsize=4)
def _in_use(address: str) -> Tables | None:
    """Ask once a process: a server starts anew to change from files to a database."""
    found = Tables(address)
    return found if found.loaded() else None


def _columns(connection: sa.Connection, name: str) -> list[str]:
    """List the columns of the file, which are the text ones: neither the order of its rows nor what is generated."""
    query = (
        "SELECT column_name FROM information_schema.columns WHERE table_schema = :schema AND table_name = :name "
        "AND data_type = 'text' ORDER BY ordinal_position"
    )
    return list(connection.execute(sa.text(query), {"schema": SCHEMA, "name": name}).scalars())


def _write(connection: sa.Connection, name: str, frame: pd.DataFrame) -> None:
    """Make a table of text with the order of its rows, and a geometry where it has places or lines."""
    if wrong := [word for word in (name, *frame.columns) if not _NAME.match(word)]:
        msg = f"{wrong[0]!r} cannot name a table or a column"
        raise BadInputError(msg)
    columns = [sa.Column(_ROW, sa.BigInteger, primary_key=True), *(sa.Column(word, sa.Text) for word in frame.columns)]
    table = sa.Table(name, sa.MetaData(schema=SCHEMA), *columns)
    table.create(connection)
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    if records:
        connection.execute(sa.insert(table), [{_ROW: number, **row} for number, row in enumerate(records)])
    for needed, kind, made in _GEOMETRIES:
        if needed <= set(frame.columns):
            column = f"geometry geometry({kind}, 4326) GENERATED ALWAYS AS ({made}) STORED"
            connection.execute(sa.text(f"ALTER TABLE {SCHEMA}.{name} ADD COLUMN {column}"))
            return


def _text(raw: bytes) -> pd.DataFrame:
    """Read CSV as the text it holds; an empty cell is null."""
    return pd.read_csv(io.BytesIO(raw), dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8")


def _csv(frame: pd.DataFrame) -> bytes:
    """Write text as CSV in the one form of the files in `data/`."""
    text: str = frame.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    return text.encode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Load `data/` into the database that `CORRIDOR_DB` names, or seal its tables after an edit."""
    parser = argparse.ArgumentParser(prog="python -m layers.database", description=(__doc__ or "").strip())
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--load", action="store_true", help="replace the tables there by the files in data/")
    what.add_argument("--seal", action="store_true", help="recompute the checksums after an edit in the database")
    chosen = parser.parse_args(arguments)
    try:
        tables = Tables(os.environ.get(DATABASE, ""))
        if chosen.load:
            files = file_tables()
            tables.load(files)
            sys.stdout.write(f"{len(files)} tables loaded\n")
        else:
            sys.stdout.write("".join(f"{name}\n" for name in tables.seal()))
    except (BadInputError, UnsourcedTableError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
