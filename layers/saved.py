"""
Saved scenarios and uploads: in one GeoPackage on this machine, or in a team's PostGIS.

The registry (names, scenarios, problems) is two plain tables by SQLAlchemy, the same in both; the rows of an upload
are a layer of their own, which QGIS opens. No text of a user ever names a table.
"""

import hashlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import platformdirs
import pyogrio
import sqlalchemy as sa

from geo.errors import BadInputError, UnknownIdError
from geo.scenarios import Scenario, read_scenario
from layers.catalog import DATABASE
from layers.database import engine
from layers.uploads import Upload
from layers.writing import write_atomic

_FILE: Final = "saved.gpkg"
_LONGEST_NAME: Final = 120
_WAIT_S: Final = 30
_FILE_TURN = RLock()
_METADATA = sa.MetaData()
_SCENARIOS = sa.Table(
    "corridor_scenarios",
    _METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("scenario", sa.Text, nullable=False),
    sa.Column("saved_at", sa.Text, nullable=False),
)
_UPLOADS = sa.Table(
    "corridor_uploads",
    _METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("layer", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("saved_at", sa.Text, nullable=False),
)


class Store:
    """
    Where scenarios and uploads are kept; open one with `open_store`.

    Every method opens its own connection, so that one store serves many sessions at once; in a file they take
    turns within this process. Several servers that share their work use PostGIS.
    """

    def __init__(self, engine: sa.Engine, path: Path | None) -> None:
        self._engine = engine
        self._path = path
        # GDAL and SQLAlchemy write the same file: one at a time. PostgreSQL needs no such care.
        self._turn: AbstractContextManager[Any] = _FILE_TURN if path is not None else nullcontext()
        with self._transaction() as connection:
            _METADATA.create_all(connection)

    def __repr__(self) -> str:
        """Name the place without a password."""
        return f"Store({self._engine.url.render_as_string(hide_password=True)})"

    def save_scenario(self, scenario: Scenario) -> None:
        """Keep a scenario under its name, in place of an older one of that name."""
        row = {"scenario": json.dumps(scenario.to_dict(), sort_keys=True), "saved_at": _now()}
        with self._transaction() as connection:
            _put(connection, _SCENARIOS, _checked(scenario.name), row)

    def scenario(self, name: str) -> Scenario:
        """Return a scenario, or raise `UnknownIdError`."""
        return read_scenario(self._row(_SCENARIOS, name).scenario)

    def save_upload(self, name: str, upload: Upload) -> None:
        """Keep an upload, its rows as a layer and its problems, in place of an older one of that name."""
        layer = _layer_name(name)
        types = {str(column): str(kind) for column, kind in upload.rows.dtypes.items() if column != "geometry"}
        about = {
            "kind": upload.kind, "file_name": upload.file_name, "notes": upload.notes, "rows_in": upload.rows_in,
            "rows_bad": upload.rows_bad, "types": types,
            "problems": json.loads(upload.problems.to_json(orient="records")),
        }  # fmt: skip
        row = {"layer": layer, "about": json.dumps(about), "saved_at": _now()}
        _checked(name)
        with self._turn:
            if self._path is not None:
                _write_layer(self._path, layer, upload.rows)
            with self._transaction() as connection:
                if self._path is None:
                    _write_table(connection, layer, upload.rows)
                _put(connection, _UPLOADS, name, row)

    def upload(self, name: str) -> Upload:
        """Return an upload as it was saved, or raise `UnknownIdError`."""
        row = self._row(_UPLOADS, name)
        about = json.loads(row.about)
        types = about.pop("types")
        problems = pd.DataFrame(
            about.pop("problems"), columns=["line", "column", "value", "problem", "remedy", "severity"]
        )
        rows = self._read(row.layer, spatial=about["kind"] != "demand")
        kept = rows[[*types, *(["geometry"] if "geometry" in rows else [])]].astype(types)
        text = dict.fromkeys(problems.columns[1:], "str")
        return Upload(
            rows=kept, problems=problems.astype({"line": "int64"} | text), **about | {"notes": tuple(about["notes"])}
        )

    def names(self) -> pd.DataFrame:
        """List what is kept: ``what`` (`scenario, upload`), ``name``, ``saved_at``."""
        with self._transaction() as connection:
            found = [
                (what, *row)
                for what, table in (("scenario", _SCENARIOS), ("upload", _UPLOADS))
                for row in connection.execute(sa.select(table.c.name, table.c.saved_at).order_by(table.c.name))
            ]
        return pd.DataFrame(found, columns=["what", "name", "saved_at"])

    def remove_scenario(self, name: str) -> None:
        """Forget a scenario; one that is not there is no error."""
        with self._transaction() as connection:
            connection.execute(sa.delete(_SCENARIOS).where(_SCENARIOS.c.name == name))

    def remove_upload(self, name: str) -> None:
        """Forget an upload and its layer; one that is not there is no error."""
        layer = _layer_name(name)
        with self._transaction() as connection:
            connection.execute(sa.delete(_UPLOADS).where(_UPLOADS.c.name == name))
            connection.execute(sa.text(f'DROP TABLE IF EXISTS "{layer}"'))
            if self._path is not None:
                for table in ("gpkg_contents", "gpkg_geometry_columns", "gpkg_ogr_contents"):
                    statement = sa.text(f"DELETE FROM {table} WHERE table_name = :layer")  # noqa: S608 our own names
                    connection.execute(statement, {"layer": layer})

    def _row(self, table: sa.Table, name: str) -> Any:
        """Find one row of the registry."""
        with self._transaction() as connection:
            row = connection.execute(sa.select(table).where(table.c.name == name)).first()
        if row is None:
            msg = f"nothing is saved under {name[:_LONGEST_NAME]!r}"
            raise UnknownIdError(msg)
        return row

    def _read(self, layer: str, *, spatial: bool) -> pd.DataFrame:
        """Read the rows of an upload."""
        if self._path is not None:
            with self._turn:
                return pyogrio.read_dataframe(self._path, layer=layer)
        with self._transaction() as connection:
            query = sa.text(f'SELECT * FROM "{layer}" ORDER BY row_no')  # noqa: S608 our own name
            return (
                gpd.read_postgis(query, connection, geom_col="geometry") if spatial else pd.read_sql(query, connection)
            )

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """Do all or nothing; what the database says is cut to one line without its address."""
        try:
            with self._turn, self._engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            msg = f"the database for saved work does not answer as it should ({type(error).__name__})"
            raise BadInputError(msg) from error


def open_store(location: str | Path | None = None) -> Store:
    """
    Open the place where work is saved.

    Parameters
    ----------
    location
        A `postgresql://` address or the path of a GeoPackage; by default what ``CORRIDOR_DB`` says, else a file in
        the user's own data folder.

    Raises
    ------
    BadInputError
        If the address cannot be read or the database does not answer.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = open_store(Path(folder) / "saved.gpkg")
    ...     store.save_scenario(Scenario(name="Suez", close={"suez"}))
    ...     sorted(store.scenario("Suez").close)
    ['suez']
    """
    place = str(location or os.environ.get(DATABASE) or platformdirs.user_data_path("corridor-mapper") / _FILE)
    if "://" not in place:
        path = Path(place)
        try:
            _create(path)
        except OSError as error:
            msg = f"the folder for saved work cannot be written ({error.strerror})"
            raise BadInputError(msg) from error
        options = {"timeout": _WAIT_S}
        return Store(sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool, connect_args=options), path)
    return Store(engine(place), None)


def _create(path: Path) -> None:
    """Make an empty GeoPackage, at once or not at all."""
    if path.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / _FILE
        pyogrio.write_dataframe(
            pd.DataFrame({"note": ["saved by the corridor mapper"]}), fresh, layer="about", driver="GPKG"
        )
        write_atomic(path, fresh.read_bytes())


def _write_layer(path: Path, layer: str, rows: pd.DataFrame) -> None:
    """Write the rows as a layer in place of the old one; no index, so that plain SQL can drop it."""
    options = {"SPATIAL_INDEX": "NO"} if "geometry" in rows else {}
    try:
        pyogrio.write_dataframe(rows, path, layer=layer, driver="GPKG", layer_options=options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, sqlite3.Error) as error:
        msg = "the file for saved work cannot be written"
        raise BadInputError(msg) from error


def _write_table(connection: sa.Connection, layer: str, rows: pd.DataFrame) -> None:
    """Write the rows as a table with their order, in place of the old one."""
    numbered = rows.assign(row_no=range(len(rows)))
    if isinstance(numbered, gpd.GeoDataFrame):
        numbered.to_postgis(layer, connection, if_exists="replace", index=False)
    else:
        numbered.to_sql(layer, connection, if_exists="replace", index=False)


def _put(connection: sa.Connection, table: sa.Table, name: str, row: dict[str, str]) -> None:
    """Insert or replace one row."""
    connection.execute(sa.delete(table).where(table.c.name == name))
    connection.execute(sa.insert(table).values(name=name, **row))


def _checked(name: str) -> str:
    """Refuse a name that no screen can show."""
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        msg = f"a name has 1 to {_LONGEST_NAME} printable characters"
        raise BadInputError(msg)
    return name


def _layer_name(name: str) -> str:
    """Name a layer by a hash: a user's text is never an identifier."""
    return f"upload_{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _now() -> str:
    """Give the time in UTC to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
