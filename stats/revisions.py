"""How the count of each month grew from one vintage to the next: the revisions triangle of what was published.

Unit: persons, national counts by month of the event. Counts may also fall: records are joined or withdrawn.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from stats.source import national

MEASURES = ("charged", "sentenced", "pardoned")
NOW = "now"
"""The month of a stock: that of the vintage. The change from one vintage to the next is, for "recognised", how many were
newly recognised between them."""

HISTORY_COLUMNS = ["measure", "month", "seen_on", "vintage", "persons", "change"]
"""A count of a `month` ("2024-07"; "2024-00": month not known) that is new or other than in the vintage before:
`seen_on` ("2026-11-23", the day of the `vintage`), `persons`, `change` (missing at the first sight)."""


def history(before: pd.DataFrame | None, cells: pd.DataFrame, stocks: Mapping[str, int], vintage: str, now: pd.Timestamp
            ) -> pd.DataFrame:
    """`before` (HISTORY_COLUMNS; None at the first vintage) and what this vintage changes: its `cells`, and its `stocks`
    (persons by name, such as "recognised"; their month is NOW), which bear no date of their own."""
    flows = [national(cells, m, "month").rename("persons").rename_axis("month").reset_index().assign(measure=m) for m in MEASURES]
    as_of_now = pd.DataFrame({"month": NOW, "persons": list(stocks.values()), "measure": list(stocks)})
    counts = pd.concat([*flows, as_of_now.astype({"persons": "int64"})], ignore_index=True)
    if before is None or before.empty:
        return counts.assign(seen_on=f"{now:%Y-%m-%d}", vintage=vintage, change=pd.array([None] * len(counts), "Int64"))[HISTORY_COLUMNS]
    last = before.drop_duplicates(["measure", "month"], keep="last")[["measure", "month", "persons"]]
    both = counts.merge(last, on=["measure", "month"], how="outer", suffixes=("", "_before"))
    # A month that nobody is counted in any more has fallen to nothing; one that is new was nothing before.
    both["persons"], was = both["persons"].fillna(0).astype("int64"), both["persons_before"].fillna(0).astype("int64")
    both["change"] = (both["persons"] - was).astype("Int64")
    changed = both[both["change"] != 0].assign(seen_on=f"{now:%Y-%m-%d}", vintage=vintage)
    return pd.concat([before, changed[HISTORY_COLUMNS]], ignore_index=True)[HISTORY_COLUMNS]


def triangle(history: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The count of each month (rows) as each vintage had it (columns, in their order): Int64, missing before its first."""
    here = history[history["measure"] == measure]
    table = here.pivot(index="month", columns="vintage", values="persons").astype("Int64")
    order = history["vintage"].drop_duplicates()
    return table.reindex(columns=order).ffill(axis=1)
