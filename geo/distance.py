"""
Lengths and nearness on the WGS 84 ellipsoid: the only module that measures anything.

Every length is a geodesic (``pyproj.Geod``); projected lengths are off by up to 200 % at the scale of a corridor.
Nearness uses unit vectors in a k-d tree, so the antimeridian and the poles need no special case.
"""

import numpy as np
import numpy.typing as npt
from pyproj import Geod
from scipy.spatial import cKDTree

WGS84 = Geod(ellps="WGS84")
KM_PER_NM = 1.852
_MEAN_RADIUS_KM = (2 * WGS84.a + WGS84.b) / 3000  # only to turn a chord into a search radius

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def geodesic_km(lon1: npt.ArrayLike, lat1: npt.ArrayLike, lon2: npt.ArrayLike, lat2: npt.ArrayLike) -> Floats:
    """
    Measure the geodesic between pairs of points, in km.

    Examples
    --------
    >>> round(float(geodesic_km(0.0, 0.0, 1.0, 0.0)), 3)
    111.319
    """
    pairs = np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, float)) for a in (lon1, lat1, lon2, lat2)))
    length = np.asarray(WGS84.inv(pairs[0], pairs[1], pairs[2], pairs[3])[2]) / 1000
    return length.reshape(np.broadcast_shapes(*(np.shape(a) for a in (lon1, lat1, lon2, lat2))))


def along_geodesic(
    lon1: npt.ArrayLike, lat1: npt.ArrayLike, lon2: npt.ArrayLike, lat2: npt.ArrayLike, *, share: npt.ArrayLike
) -> tuple[Floats, Floats]:
    """
    Give the points at a share of the geodesics between pairs of points, as longitudes and latitudes.

    Examples
    --------
    >>> lon, lat = along_geodesic(0.0, 50.0, 90.0, 50.0, share=0.5)
    >>> round(float(lon[0]), 3), round(float(lat[0]), 3)
    (45.0, 59.338)
    """
    pairs = np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, float)) for a in (lon1, lat1, lon2, lat2, share)))
    azimuth, _, length_m = WGS84.inv(pairs[0], pairs[1], pairs[2], pairs[3])
    lon, lat, _ = WGS84.fwd(pairs[0], pairs[1], azimuth, np.asarray(length_m) * pairs[4])
    return np.asarray(lon), np.asarray(lat)


def chord_of(length_km: npt.ArrayLike) -> Floats:
    """Give the chord between unit vectors this far apart: nearly, for searches that are checked or have a margin."""
    return 2 * np.sin(np.minimum(np.asarray(length_km, float) / _MEAN_RADIUS_KM, np.pi) / 2)


def km_of(chord: npt.ArrayLike) -> Floats:
    """Undo :func:`chord_of`."""
    return 2 * _MEAN_RADIUS_KM * np.arcsin(np.minimum(np.asarray(chord, float) / 2, 1.0))


def polyline_km(coords: Floats) -> float:
    """Measure a polyline of ``(lon, lat)`` vertices, in km."""
    if len(coords) < 2:  # noqa: PLR2004
        return 0.0
    return float(geodesic_km(coords[:-1, 0], coords[:-1, 1], coords[1:, 0], coords[1:, 1]).sum())


def unit_vectors(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Floats:
    """Turn longitudes and latitudes (degrees) into points on the unit sphere, one row each."""
    lam, phi = np.radians(np.atleast_1d(lon)), np.radians(np.atleast_1d(lat))
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))


def wrap_lon(lon: npt.ArrayLike) -> Floats:
    """Bring longitudes into [-180, 180)."""
    return (np.asarray(lon, float) + 180.0) % 360.0 - 180.0


def lon_step(lon1: npt.ArrayLike, lon2: npt.ArrayLike) -> Floats:
    """Give the shorter way round from `lon1` to `lon2`, in degrees within [-180, 180)."""
    return wrap_lon(np.asarray(lon2, float) - np.asarray(lon1, float))


class NearestNodes:
    """
    Nearest points of a fixed set, by the geodesic.

    Parameters
    ----------
    lon, lat
        Degrees on WGS 84, one entry a point.
    """

    def __init__(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> None:
        self._lon = np.asarray(lon, float)
        self._lat = np.asarray(lat, float)
        self._tree = cKDTree(unit_vectors(self._lon, self._lat))

    def query(self, lon: npt.ArrayLike, lat: npt.ArrayLike, *, k: int, within_km: float) -> tuple[Ints, Ints, Floats]:
        """
        Find up to `k` points within `within_km` of each query point.

        Returns
        -------
        query, point, distance_km
            One entry a pair found, ordered by query and then by distance. A query with nothing near has no entry.
        """
        lon, lat = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
        chord = float(chord_of(within_km * 1.01))
        k = min(k, len(self._lon))
        gaps, found = self._tree.query(unit_vectors(lon, lat), k=k, distance_upper_bound=chord)
        gaps, found = gaps.reshape(len(lon), k), found.reshape(len(lon), k)
        rows, cols = np.nonzero(np.isfinite(gaps))
        points = found[rows, cols]
        distance = geodesic_km(lon[rows], lat[rows], self._lon[points], self._lat[points])
        near = distance <= within_km
        return rows[near], points[near], distance[near]
