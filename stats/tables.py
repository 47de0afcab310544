"""The public tables: what is published, by which dimensions, how fine in time. Nothing else ever is.

The finer the breakdown, the coarser the time: with at most one dimension by month, with two by year.
A combination of three is not published, because most of its cells would hold a handful of people.
"""

from __future__ import annotations

from dataclasses import dataclass

ALL = "all"
"""The value of a dimension over which a cell is summed."""

UNKNOWN = "unknown"
"""The value of a dimension for those of whom no list tells it."""

DIMENSIONS = ("region", "sex", "article", "punishment")

CELL_COLUMNS = ["measure", "time", "period", *DIMENSIONS, "persons", "protected"]
"""A cell: `persons` (Int64; missing if protected) in `period`, for one value of each dimension or ALL.

`time` is "month", "year" or "wave"; `period` then is "2024-07", "2024" or the date of the wave,
"2024-07-03". In the time "month" the period "2024-00" holds those of whom only the year is known, so that
the months of a year add up to the year; "0000-00" and "0000" hold those without any date.
"""

OVERLAPPING = ("article",)
"""Dimensions under several of whose values one person may stand: their cells don't add up to the total."""


@dataclass(frozen=True)
class Part:
    """Everybody counted in the measure `part` is counted in `whole` too: in the same period or, if not
    `in_each_period`, over all years, and under the same values of the dimensions `by`."""

    part: str
    whole: str
    in_each_period: bool
    by: tuple[str, ...] = DIMENSIONS


PARTS = (Part("deported", "pardoned", True), Part("sentenced", "charged", False, ("sex", "article")))
"""As stats/measures.py counts. The region of a sentence may differ from that of the charge."""


@dataclass(frozen=True)
class Table:
    """A public table: one measure, one level of time, broken down by the dimensions (none: the total)."""

    measure: str
    time: str
    by: tuple[str, ...] = ()


def _tables(measure: str, dimensions: tuple[str, ...], month_dimensions: tuple[str, ...]) -> list[Table]:
    pairs = [(a, b) for i, a in enumerate(dimensions) for b in dimensions[i + 1:]]
    return [
        Table(measure, "month"), Table(measure, "year"),
        *(Table(measure, "month", (d,)) for d in month_dimensions),
        *(Table(measure, "year", (d,)) for d in dimensions),
        *(Table(measure, "year", pair) for pair in pairs),
    ]


PUBLIC_TABLES: tuple[Table, ...] = (
    *_tables("charged", ("region", "sex", "article"), ("region", "sex", "article")),
    *_tables("sentenced", DIMENSIONS, DIMENSIONS),
    *_tables("pardoned", ("region", "sex", "article"), ()),
    *_tables("deported", (), ()),
    Table("pardoned", "wave"), Table("pardoned", "wave", ("sex",)),
    Table("deported", "wave"),
)
"""Measures, in persons: `charged`, `sentenced`, `pardoned`, and `deported` (pardoned and taken out of the country).
National totals (no dimension) are exact; the cells of the others are protected (stats/disclosure.py)."""
