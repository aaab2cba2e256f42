"""The same few rows in every format, and the files that are made to hurt."""

import io
import json
import sqlite3
import struct
import zipfile

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import shapely

SITES = pd.DataFrame(
    {
        "name": ["Mutanda", "Kokkola", "Córdoba"],
        "country": ["COD", "FIN", "ARG"],
        "mineral": ["Cu;Co", "cobalt", "lithium"],
        "stage": ["mine", "refinery", "mining"],
        "capacity": [None, 15000, 20],
        "unit": [None, "t Co/yr", "kt LCE/yr"],
        "lon": [25.81, 23.13, -64.18],
        "lat": [-10.79, 63.84, -31.42],
    }
)
AREA = shapely.Polygon([(42, 13), (44, 13), (44, 15), (42, 15)])


def points(frame=SITES):
    shapes = gpd.points_from_xy(frame["lon"], frame["lat"])
    return gpd.GeoDataFrame(frame.drop(columns=["lon", "lat"]), geometry=shapes, crs="EPSG:4326")


def csv(frame=SITES, *, encoding="utf-8", **options):
    return frame.to_csv(index=False, **options).encode(encoding)


def xlsx(frame=SITES, *, sheet="Sheet1"):
    buffer = io.BytesIO()
    frame.to_excel(buffer, index=False, sheet_name=sheet)
    return buffer.getvalue()


def geojson(frame=None):
    return (points() if frame is None else frame).to_json(drop_id=True).encode()


def gpkg(tmp_path, frame=None, *, layers=("facilities",)):
    path = tmp_path / "made.gpkg"
    path.unlink(missing_ok=True)
    for layer in layers:
        pyogrio.write_dataframe(
            points() if frame is None else frame, path, layer=layer, driver="GPKG", append=path.exists()
        )
    return path.read_bytes()


def shapefile(tmp_path, frame=None, *, without=(), suffixes=(".shp", ".shx", ".dbf", ".prj", ".cpg")):
    folder = tmp_path / "shp"
    folder.mkdir(exist_ok=True)
    pyogrio.write_dataframe(points() if frame is None else frame, folder / "made.shp", driver="ESRI Shapefile")
    kept = {f"made{suffix}": (folder / f"made{suffix}").read_bytes() for suffix in suffixes if suffix not in without}
    return zipped(kept)


def parquet(frame=None):
    buffer = io.BytesIO()
    (points() if frame is None else frame).to_parquet(buffer, index=False)
    return buffer.getvalue()


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_part(raw, name, change):
    """Change one part of a workbook."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return zipped(
            {item: change(archive.read(item)) if item == name else archive.read(item) for item in archive.namelist()}
        )


def bomb(megabytes):
    """A Shapefile in a zip of a thousandth of its size."""
    return zipped({"a.shp": bytes(megabytes * 2**20), "a.prj": "x"})


def lying_bomb(megabytes):
    """A bomb whose directory understates the size a million times."""
    raw = bytearray(bomb(megabytes))
    size = struct.pack("<I", megabytes * 2**20)
    while (at := raw.find(size)) >= 0:
        raw[at : at + 4] = struct.pack("<I", megabytes)
    return bytes(raw)


def big_frame(rows):
    return pd.DataFrame(
        {
            "name": [f"Site {n}" for n in range(rows)],
            "lat": [-10.79 + n % 100 / 1000 for n in range(rows)],
            "lon": [25.81 + n % 97 / 1000 for n in range(rows)],
            "country": "COD",
            "mineral": "cobalt",
            "stage": "mine",
            "capacity": range(rows),
            "unit": "t Co/yr",
        }
    )


def every_format(tmp_path):
    """One good file per suffix."""
    return {
        ".csv": csv(), ".xlsx": xlsx(), ".geojson": geojson(), ".gpkg": gpkg(tmp_path), ".zip": shapefile(tmp_path),
        ".parquet": parquet(),
    }  # fmt: skip


def many_tables_gpkg(raw, script):
    """Run SQL on a GeoPackage."""
    with sqlite3.connect(":memory:") as database:
        database.deserialize(raw)
        database.executescript(script)
        return database.serialize()


def deep_json(depth):
    return b"[" * depth + b"]" * depth


def as_text(data):
    return json.dumps(data).encode()


def book_of(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
