r"""
Count how a ranking survives other weights and what is not known: SMAA-2.

Weights are drawn from a Dirichlet distribution; a value known only within bounds is drawn anew for each weight,
and an unknown one from the whole scale. Counting the ranks over the draws says how often each corridor is first,
which weights it needs for that, and how often it beats each other one.

Algorithm: rows are put in label order and equal ones folded, so neither the order of rows nor the last bit of a
matrix product matters. Draws run in chunks, pairs are counted eight draws at a time from packed bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import BadInputError

_CHUNK = 1024
"""Draws at a time; a multiple of eight keeps every chunk but the last free of padding."""
_PACK = 8
_SMALL = 200_000  # multiplications; OpenBLAS shares out products of more than 262,144

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Robustness:
    """
    What the draws say; corridors of which nothing is known are in none of the tables.

    Attributes
    ----------
    rank_acceptability
        Corridor by rank (1, 2, ...): share of draws with that rank. Rows sum to 1. Equal corridors share the
        better rank.
    central_weights
        Corridor by criterion: mean of the weights that put it first; null if none did.
    winning
        Corridor by corridor: share of draws in which the row beats the column, ties counted half; null on the
        diagonal.
    summary
        Corridor: ``first_share``, ``expected_rank``, ``rank_p05``, ``rank_p95`` (range of ranks over the middle
        nine tenths of the draws).
    """

    rank_acceptability: pd.DataFrame
    central_weights: pd.DataFrame
    winning: pd.DataFrame
    summary: pd.DataFrame


def smaa(low: pd.DataFrame, high: pd.DataFrame, *, alpha: pd.Series, floor: float, draws: int, seed: int) -> Robustness:
    r"""
    Rank corridors under drawn weights and values.

    Parameters
    ----------
    low, high
        Normalised values (0 to 1) on the same labels: the bounds between which a value is drawn, uniformly and
        independently. Give one frame twice for values taken as exact; null in either is unknown (0 to 1).
    alpha
        Dirichlet parameters, above 0, by criterion: all 1 spreads the weights evenly over what is possible; a
        multiple of chosen weights centres them there. A criterion left out does not count.
    floor
        As in `geo.scores.score`.
    draws, seed
        Number of draws, and the key of the Philox stream.

    Returns
    -------
    robustness
        Corridors in label order.

    Raises
    ------
    BadInputError
        If labels differ, a bound is above its other, or an alpha or the number of draws is not above zero.

    References
    ----------
    Lahdelma, R. & Salminen, P. (2001), SMAA-2, *Operations Research* 49(3), doi:10.1287/opre.49.3.444.11220.
    """
    _check(low, high, alpha, draws)
    names = list(alpha.index)
    seen = (low[names].notna() & high[names].notna()).any(axis=1)
    labels = low.index[seen].sort_values()
    lows = low.loc[labels, names].to_numpy(dtype=float)
    highs = high.loc[labels, names].to_numpy(dtype=float)
    unknown = np.isnan(lows) | np.isnan(highs)
    lows, highs = np.where(unknown, 0.0, lows), np.where(unknown, 1.0, highs)
    fold, rows = _fold(lows, highs)
    size = np.bincount(fold, minlength=len(rows))
    counts = _Counts(len(rows), len(labels), len(names))
    asked = draws if len(rows) else 0  # without a corridor there is nothing to rank
    for drawn, scores in _chunks(lows[rows], highs[rows], alpha.to_numpy(dtype=float), floor, (asked, seed)):
        counts.add(drawn, scores, size)
    return _tables(counts, fold, labels, names, draws)


def separable(winning: pd.DataFrame, *, low: float, high: float) -> pd.DataFrame:
    """
    Say for each pair whether the data can tell the two apart: the winning share is not inside (`low`, `high`).

    Returns
    -------
    separable
        Boolean, on the labels of `winning`; a corridor is not separable from itself.
    """
    return (winning <= low) | (winning >= high)


def _check(low: pd.DataFrame, high: pd.DataFrame, alpha: pd.Series, draws: int) -> None:
    """Gather what is wrong with the input, and raise once."""
    same = low.index.equals(high.index) and low.columns.equals(high.columns) and low.index.is_unique
    breaches = [
        (not same, "low and high need the same, unique labels"),
        (same and bool((low > high).to_numpy().any()), "a low is above its high"),
        (not alpha.index.isin(low.columns).all(), "alpha names a criterion that has no column"),
        (alpha.empty or not bool((alpha > 0).all()), "alpha must be above zero for every criterion it names"),
        (draws < 1, "at least one draw is needed"),
    ]
    if wrong := [text for bad, text in breaches if bad]:
        raise BadInputError("; ".join(wrong))


def _fold(lows: Floats, highs: Floats) -> tuple[Ints, Ints]:
    """Fold equal exact rows into one; a row that is drawn stays its own. Return group by row, first row by group."""
    drawn = (lows < highs).any(axis=1)
    own = np.where(drawn, np.arange(len(lows)), -1)
    _, first, group = np.unique(np.column_stack([lows, own]), axis=0, return_index=True, return_inverse=True)
    return group.reshape(-1).astype(np.int64), first.astype(np.int64)


def _chunks(
    lows: Floats, highs: Floats, alpha: Floats, floor: float, draws_seed: tuple[int, int]
) -> Iterator[tuple[Floats, Floats]]:
    """Yield weights (draw by criterion) and log scores (draw by row), chunk by chunk."""
    draws, seed = draws_seed
    moving = lows < highs
    # contiguous: a transposed view would go to BLAS's threads however small it is
    exact = np.ascontiguousarray(np.where(moving, 0.0, np.log(floor + (1 - floor) * lows)).T)
    if not moving.any():
        yield from ((drawn, _product(drawn, exact)) for drawn in _drawn_weights(tuple(alpha.tolist()), draws, seed))
        return
    stream = np.random.Generator(np.random.Philox(key=seed))
    for start in range(0, draws, _CHUNK):
        drawn = stream.dirichlet(alpha, size=min(_CHUNK, draws - start))
        scores = np.ascontiguousarray(_product(drawn, exact).T)  # rows are picked quicker than columns
        for column in np.flatnonzero(moving.any(axis=0)):
            rows = np.flatnonzero(moving[:, column])
            least, most = lows[rows, column], highs[rows, column]
            value = stream.random((len(drawn), len(rows)))  # in place from here: fresh memory takes longer than sums
            value *= most - least
            value += least
            value *= 1 - floor
            value += floor
            np.log(value, out=value)
            value *= drawn[:, [column]]
            scores[rows] += value.T
        yield drawn, np.ascontiguousarray(scores.T)


def _product(left: Floats, right: Floats) -> Floats:
    """Multiply in pieces too small for BLAS's threads: those spin on both cores for far longer than they work."""
    step = max(_SMALL // right.size, 1) if right.size else len(left)
    return np.concatenate([left[start : start + step] @ right for start in range(0, len(left), step)])


@lru_cache(maxsize=4)
def _drawn_weights(alpha: tuple[float, ...], draws: int, seed: int) -> tuple[Floats, ...]:
    """Draw the weights alone; kept (1 MB), since every case of exact values is weighed by the same ones."""
    stream = np.random.Generator(np.random.Philox(key=seed))
    sizes = (min(_CHUNK, draws - start) for start in range(0, draws, _CHUNK))
    return tuple(stream.dirichlet(alpha, size=size) for size in sizes)


class _Counts:
    """The running counts over chunks: an accumulator, so that no chunk is kept."""

    def __init__(self, groups: int, corridors: int, criteria: int) -> None:
        self.ranks = np.zeros((groups, corridors), dtype=np.int64)
        self.wins = np.zeros((groups, groups), dtype=np.int64)
        self.first_weights = np.zeros((groups, criteria))
        self.first = np.zeros(groups, dtype=np.int64)

    def add(self, drawn: Floats, scores: Floats, size: Ints) -> None:
        """Count ranks, winners and pairs of one chunk; `size` is the number of corridors in each group."""
        groups, corridors = self.ranks.shape
        order = np.argsort(-scores, axis=1, kind="stable")
        placed = size[order]
        ahead = np.cumsum(placed, axis=1) - placed
        cells = order * corridors + ahead
        self.ranks += np.bincount(cells.ravel(), minlength=self.ranks.size).reshape(self.ranks.shape)
        best = order[:, 0]
        self.first += np.bincount(best, minlength=groups)
        np.add.at(self.first_weights, best, drawn)
        position = np.empty(order.shape, dtype=np.uint16)
        np.put_along_axis(position, order, np.arange(groups, dtype=np.uint16)[None, :], axis=1)
        self._add_pairs(np.ascontiguousarray(position.T))

    def _add_pairs(self, position: npt.NDArray[np.uint16]) -> None:
        """Count, for every pair, the draws in which the first stands ahead of the second."""
        groups, draws = position.shape
        padding = -draws % _PACK
        if padding:  # a padded draw has all positions equal, so nobody is ahead in it
            position = np.pad(position, ((0, 0), (0, padding)))
        for row in range(groups - 1):
            ahead = (position[row] < position[row + 1 :]).view(np.uint64)  # a byte a draw, eight to a word
            won = np.bitwise_count(ahead).sum(axis=1, dtype=np.int64)
            self.wins[row, row + 1 :] += won
            self.wins[row + 1 :, row] += draws - won


def _tables(counts: _Counts, fold: Ints, labels: pd.Index, names: list[str], draws: int) -> Robustness:
    """Give every corridor the counts of its group, as shares."""
    ranks = pd.RangeIndex(1, len(labels) + 1, name="rank")
    share = counts.ranks[fold] / draws
    with_first = np.where(counts.first > 0, counts.first, np.nan)[:, None]
    central = (counts.first_weights / with_first)[fold]
    winning = counts.wins[np.ix_(fold, fold)] / draws
    winning[fold[:, None] == fold[None, :]] = 0.5  # equal corridors tie in every draw
    np.fill_diagonal(winning, np.nan)
    acceptability = pd.DataFrame(share, index=labels, columns=ranks)
    cumulative = np.cumsum(counts.ranks[fold], axis=1)
    summary = pd.DataFrame(
        {
            "first_share": share[:, 0] if len(labels) else [],
            "expected_rank": share @ ranks.to_numpy(dtype=float),
            "rank_p05": 1 + (cumulative < 0.05 * draws).sum(axis=1),
            "rank_p95": 1 + (cumulative < 0.95 * draws).sum(axis=1),
        },
        index=labels,
    )
    return Robustness(
        acceptability,
        pd.DataFrame(central, index=labels, columns=names),
        pd.DataFrame(winning, index=labels, columns=labels),
        summary,
    )
