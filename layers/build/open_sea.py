"""Where the open sea is: which geodesics stay clear of land and of ice all along."""

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from geo.distance import Floats, Ints, along_geodesic, geodesic_km, km_of, unit_vectors

CLEAR_KM: Final = 50.0  # 27 nautical miles off any land drawn: nearer, the lanes know the traffic schemes and shoals
SOUTH_LAT: Final = -50.0  # below it ships keep out of ice and the worst weather
NORTH_LAT: Final = 60.0  # above it ice and its own passages: lanes alone
_COAST_STEP_KM: Final = 10.0  # how closely the coast is sampled; less than the margin by far
_STRIDE_KM: Final = 20.0  # the shortest step along a geodesic: between two of them nothing as wide as the margin fits
_LATITUDE_STRIDE_KM: Final = 500.0  # the longest: a geodesic bends by at most 0.5 degrees in between
_FIRST_SHARES: Final = (0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875)


class OpenSea:
    """
    The sea at least `CLEAR_KM` from land, between `SOUTH_LAT` and `NORTH_LAT`.

    Parameters
    ----------
    polygons
        Path of `countries.parquet`: Natural Earth 1:50m. Islets that it does not draw are not known here.
    """

    def __init__(self, polygons: Path) -> None:
        coast = _sampled(gpd.read_parquet(polygons).geometry.to_numpy())
        self._coast = cKDTree(unit_vectors(coast[:, 0], coast[:, 1]))

    def off_land_km(self, lon: Floats, lat: Floats) -> Floats:
        """Give how far points at sea lie from the nearest coast, to within a few km."""
        return km_of(self._coast.query(unit_vectors(lon, lat))[0])

    def holds(self, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
        """Tell which points lie in it."""
        return (lat >= SOUTH_LAT) & (lat <= NORTH_LAT) & (self.off_land_km(lon, lat) >= CLEAR_KM)

    def clear(self, lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> npt.NDArray[np.bool_]:
        """
        Tell which geodesics lie in it all along.

        A few points apart rule most out; the rest are walked, each step as far as the coast allows: land nearer than
        `CLEAR_KM` cannot hide within the distance to the coast less `CLEAR_KM`.
        """
        ends = np.column_stack((lon1, lat1, lon2, lat2))
        left = np.arange(len(ends))
        for share in _FIRST_SHARES:
            left = left[self.holds(*along_geodesic(*ends[left].T, share=share))]
        length = geodesic_km(*ends.T)
        walked = np.zeros(len(ends))
        done = np.zeros(len(ends), dtype=bool)
        while len(left):
            lon, lat = along_geodesic(*ends[left].T, share=walked[left] / length[left])
            off = self.off_land_km(lon, lat)
            inside = (lat >= SOUTH_LAT) & (lat <= NORTH_LAT) & (off >= CLEAR_KM)
            left, off = left[inside], off[inside]
            walked[left] += np.clip(off - CLEAR_KM, _STRIDE_KM, _LATITUDE_STRIDE_KM)
            arrived = walked[left] >= length[left]
            done[left[arrived]] = True
            left = left[~arrived]
        return done


def _sampled(polygons: npt.NDArray[np.object_]) -> Floats:
    """Give points along the outlines of polygons, (lon, lat), at most `_COAST_STEP_KM` apart."""
    coords, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(polygons)), return_index=True)
    inner = ring[1:] == ring[:-1]
    start, stop = coords[:-1][inner], coords[1:][inner]
    count: Ints = np.ceil(geodesic_km(*start.T, *stop.T) / _COAST_STEP_KM).astype(np.int64)
    edge = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    points: Floats = start[edge] + (rank / count[edge])[:, None] * (stop - start)[edge]
    return points
