"""What closures come to, in plain words: what hurts most, who goes short, what pairs and the worst few cost."""

import pandas as pd

from layers.worst import worst_words


def findings(
    singles: pd.DataFrame, pairs: pd.DataFrame, worst: pd.Series | None, focus: str | None = None
) -> tuple[str, ...]:
    """Put the tables into sentences."""
    if singles.filter(regex="^unmet_t_yr_").shape[1] == 0:
        return ("Nobody publishes what these hubs need: what a closure costs them cannot be said.",)
    if singles.empty:
        return ("Nothing that the supply uses can be closed.",)
    told = []
    for row in singles.head(3).itertuples():
        late = f", {row.late_days:,.0f} days later at most" if pd.notna(row.late_days) else ""
        told.append(
            f"Without {row.label} ({row.kind}) {row.extra_unmet_t_yr:,.0f} t/yr more is unmet and freight costs "
            f"{row.extra_freight_usd_yr / 1e6:+,.1f} M USD a year{late}."
        )
    if focus is not None:
        told.append(_focus_words(singles, focus))
    harmless = int((singles["extra_usd_yr"] < 1.0).sum())
    told.append(f"{harmless} of {len(singles)} components in use can close without any cost.")
    if len(pairs):
        above = pairs[pairs["interaction_usd_yr"] > 0.01 * pairs["extra_usd_yr"].abs().max()]
        told.append(f"{len(above)} of {len(pairs)} pairs cost clearly more together than one by one.")
    if worst is not None:
        told.append(worst_words(worst))
    return tuple(told)


def _focus_words(singles: pd.DataFrame, focus: str) -> str:
    """Say without what a hub goes short most."""
    if f"unmet_t_yr_{focus}" not in singles:
        return f"What {focus} needs is unknown: whether it goes short cannot be said."
    short = singles[f"unmet_t_yr_{focus}"]
    most = short.idxmax()
    if short[most] > 1e-6 * max(float(singles["extra_unmet_t_yr"].max()), 1.0):
        return f"{focus} goes short most without {singles.loc[most, 'label']}: {short[most]:,.0f} t/yr."
    return f"No single closure leaves {focus} short."
