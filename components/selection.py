"""A view → the published cells it shows. Cells are only ever summed, never counted: nothing here knows of persons.

The finer the breakdown, the coarser the time that is published (stats/tables.py). So a chart is by month where a table
by month exists for what it asks, else by quarter, by year, for the whole time, or the view says why there is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import pandas as pd

from components.cells import Cell, frame_of, rows_by
from components.chart import NotPublished
from components.filters import View, later, months_between
from components.text import measure, number, span, t
from etl import store

PROVISIONAL_MONTHS = 3
"""The newest months are still filling up: monitors hear of many cases only later."""

LEVELS = ("month", "quarter", "year", "all")
"""Levels of time, the finest first."""


@dataclass(frozen=True)
class Selection:
    """`frame`: one row a cell shown (components.cells.COLUMNS; `category` is "" or a code of the chart's dimension), without gaps:
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
        return self._totals.get(name, (0, False))

    @cached_property
    def _totals(self) -> dict[str, tuple[int, bool]]:
        found: dict[str, tuple[int, bool]] = {}
        for name, here in rows_by(self.frame, "measure").items():
            found[name] = sum(row.persons for row in here), any(row.protected for row in here)
        return found

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
    periods, cells = _periods(view, level), _cells(view, level, by)
    found = [cell for m in shown for cell in _complete([c for c in cells if c.measure == m], periods, m)]
    unplaced = _unplaced(cells, view, level, shown)
    notes += [*_hidden(view, found), *_undated(unplaced), *_undivided(view, level, by, periods, shown)]
    return Selection(frame_of(found, _newest(view, level)), frame_of(unplaced), level, (periods[0], periods[-1]), notes)


def totals(view: View, measure_code: str, dimension: str) -> Selection:
    """A measure by one dimension: over the years of the period, or over the whole time where only that is published.
    Raises NotPublished."""
    by = (*view.chosen, dimension)
    level = next((time for time in ("year", "all") if _has(view, measure_code, time, by)), None)
    if level is None:
        raise NotPublished(_why_not(view, by))
    periods = _periods(view, level)
    cells = [c for c in _cells(view, level, by, dimension) if c.measure == measure_code and c.period in periods]
    shown = "/".join(dict.fromkeys((periods[0], periods[-1])))
    sums = [Cell(shown, measure_code, category, sum(c.persons or 0 for c in here), any(c.protected for c in here))
            for category, here in _by_category(cells).items()]
    unplaced = _unplaced(_cells(view, "year", tuple(view.chosen)), view, level, [measure_code])
    notes = [_coarser(view, level), *_hidden(view, cells), *_undated(unplaced), *_undivided(view, level, by, periods, [measure_code])]
    return Selection(frame_of(sums), frame_of(unplaced), "total", (periods[0], periods[-1]), notes)


def over_time(view: View, measure_code: str, dimension: str) -> Selection:
    """A measure by one dimension, at the finest of LEVELS at which that is published: a row a period and category. Raises NotPublished."""
    by = (*view.chosen, dimension)
    level = next((time for time in LEVELS if _has(view, measure_code, time, by)), None)
    if level is None:
        raise NotPublished(_why_not(view, by))
    periods = _periods(view, level)
    cells = [c for c in _cells(view, level, by, dimension) if c.measure == measure_code]
    if not cells:
        raise NotPublished(t("Nobody is counted in this selection."))
    found = [cell for category, here in _by_category(cells).items() for cell in _complete(here, periods, measure_code, category)]
    unplaced = _unplaced(cells, view, level, [measure_code])
    notes = [_coarser(view, level), *_hidden(view, found), *_undivided(view, level, by, periods, [measure_code])]
    return Selection(frame_of(found, _newest(view, level)), frame_of(unplaced), level, (periods[0], periods[-1]), notes)


def waves(view: View) -> Selection:
    """Pardons and the deported among them, by wave; a selection of them by year. Raises NotPublished."""
    by = tuple(view.chosen)
    if not _has(view, "pardoned", "wave", by):
        return _pardons_by_year(view, by)
    cells = _cells(view, "wave", by)
    shown = [m for m in ("pardoned", "deported") if _has(view, m, "wave", by)]
    inside = [c for c in cells if view.first <= c.period[:7] <= view.last]
    periods = sorted({c.period for c in inside})
    found = [cell for m in shown for cell in _complete([c for c in inside if c.measure == m], periods, m)]
    unplaced = [c for c in cells if c.period == "none" and c.measure in shown]
    outside = sum(c.persons or 0 for c in unplaced if c.measure == "pardoned")
    notes = [t("{number} more, of all years, were pardoned outside the waves.", number=number(outside))] if outside else []
    return Selection(frame_of(found), frame_of(unplaced), "wave", (view.first, view.last), notes)


def _pardons_by_year(view: View, by: tuple[str, ...]) -> Selection:
    """For a part of the pardoned: by wave a cell would be a handful of people."""
    if not _has(view, "pardoned", "year", by):
        raise NotPublished(t("Pardons are published by one filter at a time: two would leave so few people in a cell that one could "
                             "be recognised. Drop one filter."))
    found = series(view, ("pardoned",))
    return replace(found, notes=[*found.notes, t("Waves, and the deported part, are published for all pardoned together only.")])


def _has(view: View, measure_code: str, time: str, by: tuple[str, ...]) -> bool:
    return (measure_code, time, frozenset(by)) in _published(view.vintage)


@lru_cache(maxsize=8)
def _published(vintage: store.PublicVintage) -> frozenset[tuple[str, str, frozenset[str]]]:
    """The tables of a vintage: (measure, time, dimensions)."""
    return frozenset((m, when, frozenset(dimensions)) for m, when, dimensions in vintage.facts["tables"])


@lru_cache(maxsize=8)
def _tables(vintage: store.PublicVintage) -> dict[tuple[str, ...], pd.DataFrame]:
    """The cells of a vintage by table: (time, the dimensions it is broken down by). A vintage never changes."""
    cells = vintage.cells
    split = [cells["time"], *((cells[d] != store.ALL) for d in store.DIMENSIONS)]
    return {(str(time), *(d for d, there in zip(store.DIMENSIONS, broken, strict=True) if there)): frame
            for (time, *broken), frame in cells.groupby(split, observed=True)}


@lru_cache(maxsize=256)
def _index(vintage: store.PublicVintage, time: str, by: tuple[str, ...], dimension: str) -> Mapping[tuple[str, ...], tuple[Cell, ...]]:
    """The cells of the table by exactly `by`, by the values of its dimensions but `dimension`, which is their `category`."""
    table = _tables(vintage).get((time, *by))
    if table is None:
        return {}
    if "organisation" in by and dimension != "organisation":
        table = _on_lists(table)
    plain = table.astype({"persons": object})
    keys = zip(*(plain[d] for d in by if d != dimension), strict=True) if set(by) - {dimension} else [()] * len(plain)
    found: dict[tuple[str, ...], list[Cell]] = {}
    for key, period, name, category, persons, protected in zip(
            keys, plain["period"], plain["measure"], plain[dimension] if dimension else [""] * len(plain), plain["persons"], plain["protected"],
            strict=True):
        found.setdefault(key, []).append(Cell(period, name, category, None if persons is pd.NA else persons, protected))
    return {key: tuple(cells) for key, cells in found.items()}


def _on_lists(table: pd.DataFrame) -> pd.DataFrame:
    """Cells by all who are on the lists of an organisation, on others or not; hidden where one of those summed is."""
    of = [store.organisations_of(value) or (value,) for value in table["organisation"]]
    each = table.assign(organisation=pd.Series(of, index=table.index)).explode("organisation")
    summed = each.groupby([c for c in table if c not in ("persons", "protected")], sort=False, observed=True)
    return summed.agg(persons=("persons", lambda persons: persons.sum(skipna=False)), protected=("protected", "any")).reset_index()


def _cells(view: View, time: str, by: tuple[str, ...], dimension: str = "") -> tuple[Cell, ...]:
    """The cells of the table by exactly `by`, at the values chosen; `category` is the value of `dimension`."""
    ordered = tuple(d for d in store.DIMENSIONS if d in by)
    return _index(view.vintage, time, ordered, dimension).get(tuple(view.chosen[d] for d in ordered if d != dimension), ())


def _complete(cells: Iterable[Cell], periods: list[str], measure_code: str, category: str = "") -> list[Cell]:
    """One cell a period: one that was not published is nobody."""
    known = {cell.period: cell for cell in cells}
    return [known.get(p) or Cell(p, measure_code, category, 0, False) for p in periods]


def _by_category(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.category, []).append(cell)
    return dict(sorted(found.items()))


def _newest(view: View, level: str) -> set[str]:
    """The periods that are still filling up."""
    months = [later(view.vintage.last_month, -back) for back in range(PROVISIONAL_MONTHS)]
    return {period_of(m, level) for m in months} - {"all"}


def _periods(view: View, level: str) -> list[str]:
    return list(dict.fromkeys(period_of(m, level) for m in months_between(view.first, view.last)))


def period_of(month: str, level: str) -> str:
    """The period of a level that holds a month."""
    return {"month": month, "quarter": f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}", "year": month[:4], "all": "all"}[level]


def _unplaced(cells: Iterable[Cell], view: View, level: str, measures: list[str]) -> list[Cell]:
    ending = {"month": "-00", "quarter": "-Q0", "year": "", "all": None}[level]
    years = _periods(view, "year") if ending else []
    codes = {f"{y}{ending}" for y in [*years, "0000"]} if ending is not None else set()
    return [cell for cell in cells if cell.period in codes and cell.measure in measures]


def _undivided(view: View, level: str, by: tuple[str, ...], periods: list[str], measures: list[str]) -> list[str]:
    """The note on those of these periods who are in national totals, and in no breakdown yet."""
    if not by:
        return []
    aside = _index(view.vintage, level, tuple(d for d in store.DIMENSIONS if d in by), "").get((store.UNDIVIDED,) * len(by), ())
    # Where a list has taken somebody back, fewer may be counted than are broken down.
    told = _sums([cell for cell in aside if cell.period in periods and cell.measure in measures])
    return [t("Not yet broken down ({list}): lists told of them lately, or only the year is known. Late cases are broken down only "
              "once several come together, so that nobody stands out.", list=told)] if told else []


def _sums(cells: Iterable[Cell]) -> str:
    """"persons charged: 12, persons sentenced: 3": what there is of each measure."""
    sums: dict[str, int] = {}
    for cell in cells:
        sums[cell.measure] = sums.get(cell.measure, 0) + (cell.persons or 0)
    return ", ".join(f"{measure(m).lower()}: {number(n)}" for m, n in sums.items() if n > 0)


def _in_words(level: str) -> str:
    return {"quarter": t("by quarter"), "year": t("by year"), "all": t("for the whole time"), "month": t("by month")}[level]


def _coarser(view: View, level: str) -> str:
    """Why the time is no finer, and what is shown where that is more than the period asked for."""
    if level == "all":
        return t("All years together: the finer a selection, the coarser the time for which it can be shown without showing people.")
    first, last = _periods(view, level)[0], _periods(view, level)[-1]
    text = t("{Level}: the finer a selection, the coarser the time for which it can be shown without showing people.",
             Level=_in_words(level).capitalize())
    if period_of(later(view.first, -1), level) == first or period_of(later(view.last, 1), level) == last:
        text += " " + t("Whole periods, {first} to {last}, are shown.", **dict(zip(("first", "last"), span(first, last), strict=True)))
    return text


def _why_not(view: View, by: tuple[str, ...]) -> str:
    return t("Not published: {count} breakdowns at once ({names}) would leave so few people in a cell that one could "
             "be recognised. Drop one filter.", count=len(by), names=", ".join(t(name) for name in by))


def protected_text(vintage: store.PublicVintage) -> str:
    """What stands in the place of a protected cell. One text for small cells and for those that guard them, so that
    nobody can tell which is which."""
    return t("fewer than {limit} or hidden", limit=vintage.facts["fewer_than"])


def _hidden(view: View, shown: Iterable[Cell]) -> list[str]:
    cells = sum(cell.protected for cell in shown)
    if not cells:
        return []
    return [t("{number} figures are protected: fewer than {limit} persons, or hidden so that such a number can't be "
              "worked out. Sums over them are lower bounds.", number=number(cells),
              limit=view.vintage.facts["fewer_than"])]


def _undated(unplaced: Iterable[Cell]) -> list[str]:
    told = _sums(unplaced)
    return [t("In no month or year of this chart, since the date is not known ({list}); the table has rows of their "
              "own for them.", list=told)] if told else []
