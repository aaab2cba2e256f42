"""The ordered stages from mine to final product, and the factors between contained and gross tonnes."""

from pathlib import Path

import pandas as pd

from geo.errors import ContractError, UnknownIdError
from layers.catalog import DATA, read_table


def value_chains(*, root: Path = DATA) -> pd.DataFrame:
    """
    Read all chains, ordered, each with stages 1, 2, ... and a place to start and to end.

    Raises
    ------
    ContractError
        If a chain skips a number, cannot start, or has no final product.
    """
    chains = read_table("value_chains", root=root).sort_values(["mineral", "stage_order"], ignore_index=True)
    for mineral, chain in chains.groupby("mineral"):
        gaps = chain["stage_order"].tolist() != list(range(1, len(chain) + 1))
        if gaps or not chain["source_allowed"].any() or not chain["final"].any():
            msg = f"value_chains: {mineral} needs stages 1, 2, ..., one that may start and one that is final"
            raise ContractError(msg)
    return chains


def chain(mineral: str, *, final_stage: str | None = None, root: Path = DATA) -> pd.DataFrame:
    """
    Return the stages of one mineral, up to `final_stage` if given, indexed by stage.

    Raises
    ------
    UnknownIdError
        If the mineral has no chain, or `final_stage` is none of its final products.
    """
    chains = value_chains(root=root)
    own = chains[chains["mineral"].eq(mineral)].set_index("stage")
    if own.empty:
        msg = f"unknown mineral {mineral!r}; known: {', '.join(chains['mineral'].unique())}"
        raise UnknownIdError(msg)
    if final_stage is None:
        return own
    finals = own.index[own["final"]].tolist()
    if final_stage not in finals:
        msg = f"{mineral} has no final product {final_stage!r}; choose from {', '.join(finals)}"
        raise UnknownIdError(msg)
    return own.loc[:final_stage]


def gross_per_contained(stages: pd.DataFrame) -> pd.Series:
    """
    Return the gross tonnes that leave each stage per contained tonne in them.

    Reads ``contained_fraction`` (t/t).

    Examples
    --------
    >>> gross_per_contained(pd.DataFrame({"contained_fraction": [0.25]}, index=["mining"]))
    mining    4.0
    Name: gross_t_per_contained_t, dtype: float64
    """
    return (1.0 / stages["contained_fraction"]).rename("gross_t_per_contained_t")


def contained_needed(stages: pd.DataFrame) -> pd.Series:
    """
    Return the contained tonnes that must leave each stage for one contained tonne of the last.

    Each stage must deliver what the stages after it lose: the product of their yields, inverted. Reads ``yield``
    (contained out per contained in) in the order of the rows.

    Examples
    --------
    >>> contained_needed(pd.DataFrame({"yield": [1.0, 0.8, 0.5]}, index=["mining", "refining", "anode"]))
    mining      2.5
    refining    2.0
    anode       1.0
    Name: contained_t_needed, dtype: float64
    """
    after = stages["yield"][::-1].cumprod()[::-1].shift(-1, fill_value=1.0)
    return (1.0 / after).rename("contained_t_needed")
