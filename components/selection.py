"""A view → the published cells it shows. Cells are only ever summed, never counted: nothing here knows of persons.

The finer the breakdown, the coarser the time that is published (stats/tables.py). So a chart is by month where a table
by month exists for what it asks, else by year, else the view says why there is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from components.filters import View
from components.text import measure, number, t
from etl import store

PROVISIONAL_MONTHS = 3
"""The newest months are still filling up: monitors hear of many cases only later."""

COLUMNS = ["period", "measure", "category", "persons", "protected", "provisional"]


class NotPublished(Exception):
    """No table holds what the view asks; the message says why, in words for readers."""


@dataclass(frozen=True)
class Selection:
    """`frame`: one row a cell shown (COLUMNS; `category` is "" or a code of the chart's dimension), without gaps:
    periods without anybody have 0 persons. `unplaced`: the same for those of whom the month or the date is not known.
    `level`: month, year, wave or total. `span`: first and last period really shown, which may be wider than asked.
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
    """The measures over time, by month where published so, else by year. Raises NotPublished."""
    by = tuple(view.chosen)
    level = next((time for time in ("month", "year") if any(_has(view, m, time, by) for m in measures)), None)
    if level is None:
        raise NotPublished(_why_not(view, by))
    shown = [m for m in measures if _has(view, m, level, by)]
    notes = [] if level == "month" else [_by_year(view)]
    notes += [t("{measure}: published only by year for this selection, so not shown here by month.", measure=measure(m))
              for m in measures if m not in shown]
    periods = _periods(view, level)
    cells = _cells(view, level, by)
    parts = [_complete(cells[cells["measure"] == m], periods, m) for m in shown]
    frame = pd.concat(parts, ignore_index=True)
    newest = [str(pd.Period(view.vintage.last_month, "M") - back) for back in range(PROVISIONAL_MONTHS)]
    frame["provisional"] = frame["period"].isin(newest if level == "month" else {m[:4] for m in newest})
    unplaced = _unplaced(cells, view, level, shown)
    notes += [*_hidden(view, int(frame["protected"].sum())), *_undated(unplaced)]
    return Selection(frame[COLUMNS], unplaced, level, (periods[0], periods[-1]), notes)


def totals(view: View, measure_code: str, dimension: str) -> Selection:
    """A measure over the whole period by one dimension: whole years from tables by year, the rest by month, so that as
    few cells as possible are protected. Raises NotPublished."""
    by = (*view.chosen, dimension)
    if not _has(view, measure_code, "year", by):
        raise NotPublished(_why_not(view, by))
    monthly = _has(view, measure_code, "month", by)
    years, months = _whole_years(view) if monthly else (_periods(view, "year"), [])
    cells = pd.concat([_cells(view, "year", by, dimension), _cells(view, "month", by, dimension)])
    cells = cells[(cells["measure"] == measure_code) & cells["period"].isin([*years, *months])]
    grouped = cells.groupby("category")
    frame = grouped.agg(persons=("persons", "sum"), protected=("protected", "any"), hidden=("protected", "sum"))
    span = (view.first, view.last) if monthly else (years[0], years[-1])
    frame = frame.reset_index().assign(period="/".join(span), measure=measure_code, provisional=False)
    notes = [] if monthly else [_by_year(view)]
    hidden = int(frame["hidden"].sum())
    unplaced = _unplaced(_cells(view, "year", tuple(view.chosen)), view, "year", [measure_code])
    if monthly and months:  # of a year that is not shown whole, those without a month have no place either
        partial = _unplaced(_cells(view, "month", tuple(view.chosen)), view, "month", [measure_code])
        unplaced = pd.concat([unplaced, partial[partial["period"].isin({f"{m[:4]}-00" for m in months})]])
    return Selection(frame[COLUMNS], unplaced, "total", span, [*notes, *_hidden(view, hidden), *_undated(unplaced)])


def waves(view: View) -> Selection:
    """Pardons and the deported among them, by wave. Raises NotPublished."""
    by = tuple(view.chosen)
    if not _has(view, "pardoned", "wave", by):
        raise NotPublished(t("Waves are published in total and for women and men only: by region or article a wave "
                             "would show single people."))
    cells = _cells(view, "wave", by)
    shown = [m for m in ("pardoned", "deported") if _has(view, m, "wave", by)]
    inside = cells[(cells["period"].str[:7] >= view.first) & (cells["period"].str[:7] <= view.last)]
    periods = sorted(set(inside["period"]))
    parts = [_complete(inside[inside["measure"] == m], periods, m) for m in shown]
    frame = pd.concat(parts, ignore_index=True).assign(provisional=False)
    unplaced = cells[(cells["period"] == "none") & cells["measure"].isin(shown)].assign(provisional=False)
    notes = [] if "deported" in shown else [t("The deported part is not published for this selection.")]
    outside = int(unplaced.loc[unplaced["measure"] == "pardoned", "persons"].sum())
    notes += [t("{number} more, of all years, were pardoned outside the waves.", number=number(outside))] if outside else []
    notes += _hidden(view, int(frame["protected"].sum()))
    return Selection(frame[COLUMNS], unplaced[COLUMNS], "wave", (view.first, view.last), notes)


def _has(view: View, measure_code: str, time: str, by: tuple[str, ...]) -> bool:
    return any(m == measure_code and when == time and set(dimensions) == set(by)
               for m, when, dimensions in view.vintage.facts["tables"])


def _cells(view: View, time: str, by: tuple[str, ...], dimension: str = "") -> pd.DataFrame:
    """The cells of the table by exactly `by`, at the values chosen; `category` is the value of `dimension`."""
    cells = view.vintage.cells
    wanted = cells["time"] == time
    for name in store.DIMENSIONS:
        if name == dimension:
            wanted &= cells[name] != store.ALL
        else:
            wanted &= cells[name] == (view.chosen[name] if name in by else store.ALL)
    found = cells[wanted]
    return found.assign(category=found[dimension] if dimension else "")[
        ["measure", "period", "category", "persons", "protected"]]


def _complete(cells: pd.DataFrame, periods: list[str], measure_code: str) -> pd.DataFrame:
    """One row a period: a cell that was not published is nobody."""
    frame = cells.drop_duplicates("period").set_index("period").reindex(periods)
    frame["protected"] = frame["protected"].astype("boolean").fillna(False).astype(bool)
    frame["persons"] = frame["persons"].where(frame["protected"], frame["persons"].fillna(0)).astype("Int64")
    return frame.assign(measure=measure_code, category="").rename_axis("period").reset_index()


def _periods(view: View, level: str) -> list[str]:
    months = [str(p) for p in pd.period_range(view.first, view.last, freq="M")]
    return months if level == "month" else sorted({m[:4] for m in months})


def _whole_years(view: View) -> tuple[list[str], list[str]]:
    """(years that lie in the period whole, months of the others). The running year is whole up to the newest month."""
    months = _periods(view, "month")
    newest = view.vintage.last_month
    years = [y for y in _periods(view, "year")
             if f"{y}-01" in months and (f"{y}-12" in months or (newest in months and newest[:4] == y))]
    return years, [m for m in months if m[:4] not in years]


def _unplaced(cells: pd.DataFrame, view: View, level: str, measures: list[str]) -> pd.DataFrame:
    years = _periods(view, "year")
    codes = [f"{y}-00" for y in years] + ["0000-00"] if level == "month" else ["0000"]
    found = cells[cells["period"].isin(codes) & cells["measure"].isin(measures)]
    return found.assign(provisional=False)[COLUMNS]


def _by_year(view: View) -> str:
    years = _periods(view, "year")
    text = t("By year: the finer a selection, the coarser the time for which it can be shown without showing people.")
    if view.first[5:] != "01" or view.last[5:] != "12":
        text += " " + t("Whole years, {first} to {last}, are shown.", first=years[0], last=years[-1])
    return text


def _why_not(view: View, by: tuple[str, ...]) -> str:
    return t("Not published: {count} breakdowns at once ({names}) would leave so few people in a cell that one could "
             "be recognised. Drop one filter.", count=len(by), names=", ".join(by))


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
