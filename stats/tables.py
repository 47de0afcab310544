"""The public tables: what is published, by which dimensions, how fine in time. Nothing else ever is.

The finer the breakdown, the coarser the time, so that few cells are small and nearly all can be shown: everybody by month;
regions and sexes by quarter; articles, punishments, age groups and organisations by year, and sexes by region or age; other
pairs over the whole time. A
combination of three is not published, because most of its cells would hold a handful of people.
"""

from __future__ import annotations

from dataclasses import dataclass

ALL = "all"
"""The value of a dimension over which a cell is summed."""

UNKNOWN = "unknown"
"""The value of a dimension for those of whom no list tells it."""

UNDIVIDED = "undivided"
"""The value of every dimension for those who are counted in national totals only (stats/levels.py): a state of the work,
not a group of people, so its numbers are shown. In it in one dimension is in it in all."""

DIMENSIONS = ("region", "sex", "article", "punishment", "age", "organisation")
"""`age`: the group (stats.ages.GROUPS) at the charge, the sentence or the pardon; who stands without a date is of unknown age.
`organisation`: on whose lists a person stands, and on no others: "only_viasna" or "dissidentby+viasna". So everybody is in one
cell, and those on the lists of one organisation are a sum of cells; counts that overlap would tell by subtraction who is on both."""

ONLY, AND = "only_", "+"
"""What the values of `organisation` are made of."""

LATER_DIMENSIONS = ("age", "organisation")
"""Dimensions that vintages made before there were such figures don't have."""

CELL_COLUMNS = ["measure", "time", "period", *DIMENSIONS, "persons", "protected"]
"""A cell: `persons` (Int64; missing if protected) in `period`, for one value of each dimension or ALL.

`time` is "month", "quarter", "year", "wave" or "all" (the whole time, without a date or with one); `period` then is "2024-07",
"2024-Q3", "2024", the date of the wave, "2024-07-03", or "all". In the times "month" and "quarter" the periods "2024-00" and
"2024-Q0" hold those of whom only the year is known, so that months and quarters add up to the year; "0000-00", "0000-Q0" and
"0000" hold those without any date.
"""

PARTS_OF_A_YEAR = ("month", "quarter")
"""Levels of time whose periods add up to years."""

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


PARTS = (Part("deported", "pardoned", True), Part("sentenced", "charged", False, ("sex", "article", "organisation")))
"""As stats/measures.py counts. The region of a sentence may differ from that of the charge, and so may the age."""


@dataclass(frozen=True)
class Table:
    """A public table: one measure, one level of time, broken down by the dimensions (none: the total)."""

    measure: str
    time: str
    by: tuple[str, ...] = ()


def organisations_of(value: str) -> tuple[str, ...]:
    """The organisations that a value of the dimension `organisation` names; none for UNKNOWN, UNDIVIDED and ALL."""
    return (value.removeprefix(ONLY),) if value.startswith(ONLY) else tuple(value.split(AND)) if AND in value else ()


_REGION_SEX, _REGION_ARTICLE, _SEX_ARTICLE, _SEX_AGE = ("region", "sex"), ("region", "article"), ("sex", "article"), ("sex", "age")


def _tables(measure: str, dimensions: tuple[str, ...], whole_time: tuple[tuple[str, str], ...]) -> list[Table]:
    return [
        *(Table(measure, time) for time in ("month", "quarter", "year", "all")),
        Table(measure, "quarter", ("region",)), Table(measure, "quarter", ("sex",)),
        *(Table(measure, "year", (d,)) for d in dimensions), Table(measure, "year", _REGION_SEX), Table(measure, "year", _SEX_AGE),
        *(Table(measure, "all", pair) for pair in whole_time),
    ]


PUBLIC_TABLES: tuple[Table, ...] = (
    *_tables("charged", ("region", "sex", "article", "age", "organisation"), (_SEX_ARTICLE, _REGION_ARTICLE)),
    *_tables("sentenced", DIMENSIONS, (_SEX_ARTICLE, _REGION_ARTICLE, ("region", "punishment"), ("sex", "punishment"),
                                       ("article", "punishment"))),
    *(Table("pardoned", time) for time in ("month", "quarter", "year", "all", "wave")),
    *(Table("pardoned", "year", (d,)) for d in ("region", "sex", "article", "age", "organisation")),
    *(Table("deported", time) for time in ("month", "quarter", "year", "all", "wave")),
)
"""Measures, in persons: `charged`, `sentenced`, `pardoned`, and `deported` (pardoned and taken out of the country).
National totals (no dimension) are exact; the cells of the others are protected (stats/disclosure.py)."""
