"""Which cells may be shown: small ones, and enough others that the small can't be worked out, are protected."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from stats.tables import ALL, DIMENSIONS, Table


class DisclosureError(Exception):
    """The figures can't be protected as the rule demands; nothing was published."""


def protect(cells: pd.DataFrame, tables: Sequence[Table], fewer_than: int, narrowest_interval: int) -> pd.DataFrame:
    """`cells` with those of 1 to `fewer_than` - 1 persons protected; national totals stay."""
    breakdown = (cells[list(DIMENSIONS)] != ALL).any(axis=1)
    protected = breakdown & (cells["persons"] > 0) & (cells["persons"] < fewer_than)
    return cells.assign(protected=protected, persons=cells["persons"].mask(protected))
