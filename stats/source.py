"""What the published statistics are made from, and the form each of them is told in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from stats import ages, stocks
from stats.rule import Rule
from stats.tables import ALL, DIMENSIONS

COLUMNS = ["statistic", "period", "category", "value", "lower", "upper", "unit", "persons", "status", "note"]
"""One number of a statistic: for `period` ("2024-07", "2024", "2024-07-03", "2020-08/2025-04"; "0000": not dated; "all")
and `category` ("" if none), the `value` and, where there is one, its interval `lower` to `upper`, all in `unit`;
`persons`: how many it rests on (exact where the value is a count; else rounded down; missing where not told); `status`:
one of STATUSES; `note`: the reason where there is no number, or what to keep in mind."""

STATUSES = {
    "exact": "counted, over everybody", "rounded": "rounded, so that no small group can be worked out",
    "estimate": "an estimate with its interval; never part of a count",
    "bounds": "between these two, whatever the missing dates are", "hidden": "rests on too few persons to be shown",
    "no number": "can't be told; the note says why",
}

DTYPES = dict.fromkeys(COLUMNS, "str") | {"value": "float64", "lower": "float64", "upper": "float64", "persons": "Int64"}

EVERYTHING = "all"
"""The period of a figure over all years, undated events included."""


@dataclass(frozen=True)
class Source:
    """The tables of one vintage. persons, charges, sentences, releases: linked (etl.check.LINKED); `events`:
    stats.measures.events; `cells`: the protected cells as published.

    `as_of`: the day the lists reach to; `now`: the day of the vintage; `first_import`: the day of the first one;
    `dated_by`: organisations whose rows say on which day they were taken in, and `dated_to`: the last such day.
    `before`: the counts by month as earlier vintages had them (stats.revisions.HISTORY_COLUMNS). `by_punishment`: person_id of
    those whose sentence stands in the published breakdown by punishment as it is now; `by_age`: the same for charges by age. None:
    everybody's does, or there is no such breakdown.
    """

    persons: pd.DataFrame
    charges: pd.DataFrame
    sentences: pd.DataFrame
    releases: pd.DataFrame
    events: pd.DataFrame
    cells: pd.DataFrame
    vintage: str
    now: pd.Timestamp
    as_of: pd.Timestamp
    first_import: pd.Timestamp
    first_month: str
    rule: Rule
    organisations: tuple[str, ...] = ()
    dated_by: tuple[str, ...] = ()
    dated_to: pd.Timestamp | None = None
    before: pd.DataFrame | None = None
    by_punishment: pd.Series | None = None
    by_age: pd.Series | None = None

    @cached_property
    def spells(self) -> pd.DataFrame:
        """stats.stocks.spells of these tables."""
        return stocks.spells(self.persons, self.charges, self.sentences, self.releases)

    @cached_property
    def charged(self) -> pd.DataFrame:
        """The events of everyone charged, by person_id, with `least` and `most` age (stats.ages.ages)."""
        charged = self.events[self.events["measure"] == "charged"].set_index("person_id")
        birth = self.persons.set_index("person_id").reindex(charged.index)
        found = ages.ages(charged["date"], charged["precision"], birth["birth_date"], birth["birth_date_precision"])
        return charged.assign(least=found["least"], most=found["most"])

    @property
    def day(self) -> str:
        """The day the lists reach to, as a period."""
        return f"{self.as_of:%Y-%m-%d}"


def national(cells: pd.DataFrame, measure: str, time: str) -> pd.Series:
    """Persons by period, without any breakdown: the published counts, which are exact."""
    here = cells[(cells["measure"] == measure) & (cells["time"] == time) & (cells[list(DIMENSIONS)] == ALL).all(axis=1)]
    return here.set_index("period")["persons"].astype("int64").sort_index()


def by_one(cells: pd.DataFrame, measure: str, time: str, dimension: str) -> pd.DataFrame:
    """The published cells of one breakdown: columns period, category, persons (missing where protected)."""
    rest = [d for d in DIMENSIONS if d != dimension]
    here = cells[(cells["measure"] == measure) & (cells["time"] == time) & (cells[dimension] != ALL)]
    here = here[(here[rest] == ALL).all(axis=1)]
    return here.rename(columns={dimension: "category"})[["period", "category", "persons"]]


def told(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Numbers of a statistic from dicts of some of COLUMNS; `status` is "exact" unless said."""
    return pd.DataFrame([{"category": "", "status": "exact", **row} for row in rows], columns=COLUMNS)


def hidden(period: str, category: str) -> dict[str, Any]:
    """The line of a number that rests on too few persons."""
    return {"period": period, "category": category, "status": "hidden"}
