"""A view → the published cells it shows. Cells are only ever summed, never counted: nothing here knows of persons.

The finer the breakdown, the coarser the time that is published (stats/tables.py). So a chart is by month where a table
by month exists for what it asks, else by quarter, by year, for the whole time, or the view says why there is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import pandas as pd

from components.chart import NotPublished
from components.filters import View
from components.text import measure, number, span, t
from etl import store

PROVISIONAL_MONTHS = 3
"""The newest months are still filling up: monitors hear of many cases only later."""

LEVELS = ("month", "quarter", "year", "all")
"""Levels of time, the finest first."""

COLUMNS = ["period", "measure", "category", "persons", "protected", "provisional"]


@dataclass(frozen=True)
class Selection:
    """`frame`: one row a cell shown (COLUMNS; `category` is "" or a code of the chart's dimension), without gaps:
    periods without anybody have 0 persons. `unplaced`: the same for those of whom the month or the date is not known.
    `level`: one of LEVELS, wave or total. `span`: first and last period really shown, which may be wider than asked.
    `notes`: what the reader must know about this selection."""

    frame: pd.DataFrame
    unplaced: pd.DataFrame
    level: str
    span: tuple[str, str]
    notes: list[str] = field(default_factory=list)

    def total(self, name: str) -> tuple[int, bool]:
        """(persons of a measure, whether some cells are protected, so that it is a lower bound), unplaced ones left out."""
        here = self.frame[self.frame["measure"] == name]
        return int(here["persons"].sum()), bool(here["protected"].any())

    def shown(self, name: str) -> str:
        """The total of a measure in words: "1,234", "at least 1,234"."""
        return number(*self.total(name))


def series(view: View, measures: tuple[str, ...]) -> Selection:
    """The measures over time, at the finest of LEVELS that is published. Raises NotPublished."""
    by = tuple(view.chosen)
    level = next((time for time in LEVELS if any(_has(view, m, time, by) for m in measures)), None)
    if level is None:
        raise NotPublished(_why_not(view, by))
    shown = [m for m in measures if _has(view, m, level, by)]
    notes = [] if level == "month" else [_coarser(view, level)]
    notes += [t("{measure}: not published {level} for this selection, so not shown here.", measure=measure(m), level=_in_words(level))
              for m in measures if m not in shown]
    periods = _periods(view, level)
    cells = _cells(view, level, by)
    parts = [_complete(cells[cells["measure"] == m], periods, m) for m in shown]
    frame = pd.concat(parts, ignore_index=True)
    newest = [str(pd.Period(view.vintage.last_month, "M") - back) for back in range(PROVISIONAL_MONTHS)]
    frame["provisional"] = frame["period"].isin({_period_of(m, level) for m in newest}) & (level != "all")
    unplaced = _unplaced(cells, view, level, shown)
    notes += [*_hidden(view, int(frame["protected"].sum())), *_undated(unplaced), *_undivided(view, level, by, periods, shown)]
    return Selection(frame[COLUMNS], unplaced, level, (periods[0], periods[-1]), notes)


def totals(view: View, measure_code: str, dimension: str) -> Selection:
    """A measure by one dimension: over the years of the period, or over the whole time where only that is published.
    Raises NotPublished."""
    by = (*view.chosen, dimension)
    level = next((time for time in ("year", "all") if _has(view, measure_code, time, by)), None)
    if level is None:
        raise NotPublished(_why_not(view, by))
    periods = _periods(view, level)
    cells = _cells(view, level, by, dimension)
    cells = cells[(cells["measure"] == measure_code) & cells["period"].isin(periods)]
    grouped = cells.groupby("category")
    frame = grouped.agg(persons=("persons", "sum"), protected=("protected", "any"), hidden=("protected", "sum"))
    span = periods[0], periods[-1]
    frame = frame.reset_index().assign(period="/".join(dict.fromkeys(span)), measure=measure_code, provisional=False)
    unplaced = _unplaced(_cells(view, "year", tuple(view.chosen)), view, level, [measure_code])
    notes = [_coarser(view, level), *_hidden(view, int(frame["hidden"].sum())), *_undated(unplaced),
             *_undivided(view, level, by, periods, [measure_code])]
    return Selection(frame[COLUMNS], unplaced, "total", span, notes)


def over_time(view: View, measure_code: str, dimension: str) -> Selection:
    """A measure by one dimension, at the finest of LEVELS at which that is published: a row a period and category. Raises NotPublished."""
    by = (*view.chosen, dimension)
    level = next((time for time in LEVELS if _has(view, measure_code, time, by)), None)
    if level is None:
        raise NotPublished(_why_not(view, by))
    periods = _periods(view, level)
    cells = _cells(view, level, by, dimension)
    cells = cells[cells["measure"] == measure_code]
    parts = [_complete(here, periods, measure_code).assign(category=code) for code, here in cells.groupby("category")]
    if not parts:
        raise NotPublished(t("Nobody is counted in this selection."))
    frame = pd.concat(parts, ignore_index=True)
    newest = {_period_of(str(pd.Period(view.vintage.last_month, "M") - back), level) for back in range(PROVISIONAL_MONTHS)}
    frame["provisional"] = frame["period"].isin(newest) & (level != "all")
    unplaced = _unplaced(cells, view, level, [measure_code])
    notes = [_coarser(view, level), *_hidden(view, int(frame["protected"].sum())), *_undivided(view, level, by, periods, [measure_code])]
    return Selection(frame[COLUMNS], unplaced, level, (periods[0], periods[-1]), notes)


def waves(view: View) -> Selection:
    """Pardons and the deported among them, by wave; a selection of them by year. Raises NotPublished."""
    by = tuple(view.chosen)
    if not _has(view, "pardoned", "wave", by):
        return _pardons_by_year(view, by)
    cells = _cells(view, "wave", by)
    shown = [m for m in ("pardoned", "deported") if _has(view, m, "wave", by)]
    inside = cells[(cells["period"].str[:7] >= view.first) & (cells["period"].str[:7] <= view.last)]
    periods = sorted(set(inside["period"]))
    parts = [_complete(inside[inside["measure"] == m], periods, m) for m in shown]
    frame = pd.concat(parts, ignore_index=True).assign(provisional=False)
    unplaced = cells[(cells["period"] == "none") & cells["measure"].isin(shown)].assign(provisional=False)
    outside = int(unplaced.loc[unplaced["measure"] == "pardoned", "persons"].sum())
    notes = [t("{number} more, of all years, were pardoned outside the waves.", number=number(outside))] if outside else []
    return Selection(frame[COLUMNS], unplaced[COLUMNS], "wave", (view.first, view.last), notes)


def _pardons_by_year(view: View, by: tuple[str, ...]) -> Selection:
    """For a part of the pardoned: by wave a cell would be a handful of people."""
    if not _has(view, "pardoned", "year", by):
        raise NotPublished(t("Pardons are published by one filter at a time: two would leave so few people in a cell that one could "
                             "be recognised. Drop one filter."))
    found = series(view, ("pardoned",))
    return replace(found, notes=[*found.notes, t("Waves, and the deported part, are published for all pardoned together only.")])


def _has(view: View, measure_code: str, time: str, by: tuple[str, ...]) -> bool:
    return any(m == measure_code and when == time and set(dimensions) == set(by)
               for m, when, dimensions in view.vintage.facts["tables"])


@lru_cache(maxsize=8)
def _tables(vintage_id: str, folder: str) -> dict[tuple[str, ...], pd.DataFrame]:
    """The cells of a vintage by table: (time, the dimensions it is broken down by). A vintage never changes."""
    cells = store.open_public(vintage_id).cells.astype({"period": object, "measure": object, **dict.fromkeys(store.DIMENSIONS, object)})
    split = [cells["time"], *((cells[d] != store.ALL) for d in store.DIMENSIONS)]
    return {(str(time), *(d for d, there in zip(store.DIMENSIONS, broken, strict=True) if there)): frame
            for (time, *broken), frame in cells.groupby(split, observed=True)}


def _table(view: View, time: str, by: tuple[str, ...]) -> pd.DataFrame:
    """The cells of the table by exactly `by`."""
    tables = _tables(view.vintage.id, str(store.folder()))
    return tables.get((time, *(d for d in store.DIMENSIONS if d in by)), view.vintage.cells.iloc[:0])


def _cells(view: View, time: str, by: tuple[str, ...], dimension: str = "") -> pd.DataFrame:
    """The cells of the table by exactly `by`, at the values chosen; `category` is the value of `dimension`."""
    found = _table(view, time, by)
    for name, value in view.chosen.items():
        found = found[found[name] == value]
    return found.assign(category=found[dimension] if dimension else "")[
        ["measure", "period", "category", "persons", "protected"]]


def _complete(cells: pd.DataFrame, periods: list[str], measure_code: str) -> pd.DataFrame:
    """One row a period: a cell that was not published is nobody."""
    persons = dict(zip(cells["period"], cells["persons"], strict=True))
    hidden = set(cells.loc[cells["protected"], "period"])
    return pd.DataFrame({
        "period": periods, "persons": pd.array([None if p in hidden else persons.get(p, 0) for p in periods], "Int64"),
        "protected": [p in hidden for p in periods], "measure": measure_code, "category": ""})


def _periods(view: View, level: str) -> list[str]:
    months = [str(p) for p in pd.period_range(view.first, view.last, freq="M")]
    return list(dict.fromkeys(_period_of(m, level) for m in months))


def _period_of(month: str, level: str) -> str:
    """The period of a level that holds a month."""
    return {"month": month, "quarter": f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}", "year": month[:4], "all": "all"}[level]


def _unplaced(cells: pd.DataFrame, view: View, level: str, measures: list[str]) -> pd.DataFrame:
    ending = {"month": "-00", "quarter": "-Q0", "year": "", "all": None}[level]
    years = _periods(view, "year") if ending else []
    codes = [f"{y}{ending}" for y in [*years, "0000"]] if ending is not None else []
    found = cells[cells["period"].isin(codes) & cells["measure"].isin(measures)]
    return found.assign(provisional=False)[COLUMNS]


def _undivided(view: View, level: str, by: tuple[str, ...], periods: list[str], measures: list[str]) -> list[str]:
    """The note on those of these periods who are in national totals, and in no breakdown yet."""
    cells = _table(view, level, by)
    wanted = cells["period"].isin(periods) & cells["measure"].isin(measures) & bool(by)
    for name in by:
        wanted &= cells[name] == store.UNDIVIDED
    # Where a list has taken somebody back, fewer may be counted than are broken down.
    sums = cells[wanted].groupby("measure", sort=False)["persons"].sum()
    told = ", ".join(f"{measure(str(m)).lower()}: {number(int(n))}" for m, n in sums.items() if n > 0)
    return [t("Not yet broken down ({list}): lists told of them lately, or only the year is known. Late cases are broken down only "
              "once several come together, so that nobody stands out.", list=told)] if told else []


def _in_words(level: str) -> str:
    return {"quarter": t("by quarter"), "year": t("by year"), "all": t("for the whole time"), "month": t("by month")}[level]


def _coarser(view: View, level: str) -> str:
    """Why the time is no finer, and what is shown where that is more than the period asked for."""
    if level == "all":
        return t("All years together: the finer a selection, the coarser the time for which it can be shown without showing people.")
    first, last = _periods(view, level)[0], _periods(view, level)[-1]
    text = t("{Level}: the finer a selection, the coarser the time for which it can be shown without showing people.",
             Level=_in_words(level).capitalize())
    if _period_of(_month(view.first, -1), level) == first or _period_of(_month(view.last, 1), level) == last:
        text += " " + t("Whole periods, {first} to {last}, are shown.", **dict(zip(("first", "last"), span(first, last), strict=True)))
    return text


def _month(month: str, later: int) -> str:
    return str(pd.Period(month, "M") + later)


def _why_not(view: View, by: tuple[str, ...]) -> str:
    return t("Not published: {count} breakdowns at once ({names}) would leave so few people in a cell that one could "
             "be recognised. Drop one filter.", count=len(by), names=", ".join(t(name) for name in by))


def protected_text(vintage: store.PublicVintage) -> str:
    """What stands in the place of a protected cell. One text for small cells and for those that guard them, so that
    nobody can tell which is which."""
    return t("fewer than {limit} or hidden", limit=vintage.facts["fewer_than"])


def _hidden(view: View, cells: int) -> list[str]:
    if not cells:
        return []
    return [t("{number} figures are protected: fewer than {limit} persons, or hidden so that such a number can't be "
              "worked out. Sums over them are lower bounds.", number=number(cells),
              limit=view.vintage.facts["fewer_than"])]


def _undated(unplaced: pd.DataFrame) -> list[str]:
    sums = unplaced.groupby("measure", sort=False)["persons"].sum()
    told = ", ".join(f"{measure(str(m)).lower()}: {number(int(n))}" for m, n in sums.items() if n)
    return [t("In no month or year of this chart, since the date is not known ({list}); the table has rows of their "
              "own for them.", list=told)] if told else []
