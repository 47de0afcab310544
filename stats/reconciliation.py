"""Computed figures beside those that monitors printed: how far apart they are, and what probably makes the difference.

Made from published numbers alone (cells and statistics), so it can give nothing away. Nothing is corrected or averaged:
a printed figure stands with its date, qualifier and organisation. Contradictions between printed figures:
stats/contradictions.py.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from stats.tables import ALL, DIMENSIONS, PUBLIC_TABLES

FIGURE_COLUMNS = ["as_of", "since", "metric", "span", "dimension", "category", "value", "unit", "qualifier", "organisation",
                  "reported_by", "source", "note", "printed_metric"]
"""data/published_figures.csv: a printed `value` with `qualifier` exact, at_least or approx, of a `metric` over a `span`
(month, year, cumulative, current, wave, period, 12 months) at `as_of`, for one `category` of a `dimension`."""

METRIC_COLUMNS = ["metric", "span", "computed", "label", "definition"]
"""data/published_metrics.csv: what a metric over a span is compared with, its name in words, and how the definitions
differ (if they do)."""

COLUMNS = [*FIGURE_COLUMNS, "label", "definition", "computed", "compared_with", "difference", "verdict", "reasons"]
"""`computed` in `unit`, missing where `verdict` is "not comparable" or "hidden"; `compared_with`: the period it is of;
`difference`: computed minus printed; `verdict`: one of VERDICTS; `reasons`: codes of REASONS, joined by a space."""

VERDICTS = {"agrees": "agrees, its qualifier allowed for", "above": "the computed figure is higher", "below":
            "the computed figure is lower", "hidden": "the computed figure is protected", "not comparable": "not comparable"}

REASONS = {
    "synthetic": "the loaded data are invented", "date": "the figures are of other days", "definition": "what is counted differs",
    "organisation": "printed by an organisation whose list is not loaded",
    "later": "cases that became known after it was printed are in the computed figure",
    "undated": "cases without a date are in the computed figure of no month",
    "lists": "the computed figure counts the persons of several lists, the printed one those of one",
    "no_measure": "nothing is computed that could be compared",
    "breakdown": "no public table has this breakdown over this time",
    "undated_print": "the print does not say of which day it is", "outside": "the lists loaded do not reach to that day",
    "recognition": "no list says when a person was recognised, so only the day of the vintage can be compared",
    "protected": "too few persons stand behind it",
}

ABOUT = 0.05
"""An approximate printed figure agrees with what is within this share of it."""

NEAR_DAYS = 31
"""A stock known for the day of the vintage only is compared with prints of no more than this many days from it."""


@dataclass(frozen=True)
class Computed:
    """A computed figure: `value` (missing if hidden or not there), the period it is of, and reasons already known."""

    value: float | None
    period: str = ""
    reasons: tuple[str, ...] = ()
    is_hidden: bool = False


def _is_date(text: str) -> bool:
    """Whether `text` is a year, month or day, or two of them as "begin/end"."""
    parts = text.split("/")
    try:
        for part in parts:
            datetime.date.fromisoformat(part + {4: "-01-01", 7: "-01", 10: ""}[len(part)])
    except (KeyError, ValueError):
        return False
    return len(parts) < 3


def wrong_line(figures: pd.DataFrame) -> tuple[int, str] | None:
    """(its place from 0, what is wrong) of the first figure (all columns text) that can't be used; None if all can."""
    checks = (
        (figures["as_of"].map(_is_date), "as_of is no date such as 2024, 2024-07, 2024-07-03 or 2024-01/2024-06."),
        (pd.to_numeric(figures["value"], errors="coerce").notna(), "value is not a number."),
        (figures["qualifier"].isin(["exact", "at_least", "approx"]), "qualifier is none of exact, at_least, approx."),
        (figures["metric"] != "", "metric is empty."),
    )
    wrong = [(int((~fine).to_numpy().argmax()), text) for fine, text in checks if not fine.all()]
    return min(wrong, default=None)


class Numbers:
    """The published numbers, to be looked up."""

    def __init__(self, cells: pd.DataFrame, statistics: pd.DataFrame, as_of: pd.Timestamp) -> None:
        broken_down = cells[list(DIMENSIONS)] != ALL
        one = cells[broken_down.sum(axis=1) <= 1]
        dimension = pd.Series("", index=one.index)
        category = pd.Series("", index=one.index)
        for name in DIMENSIONS:
            dimension = dimension.mask(broken_down.loc[one.index, name], name)
            category = category.mask(broken_down.loc[one.index, name], one[name])
        keys = zip(one["measure"], one["time"], one["period"], dimension, category, strict=True)
        self.persons = dict(zip(keys, one["persons"].astype("float64"), strict=True))
        self.categories = {(measure, name, code) for measure, _, _, name, code in self.persons}
        self.tables = {(t.measure, t.time, " ".join(t.by)) for t in PUBLIC_TABLES}
        values = zip(statistics["statistic"], statistics["period"], statistics["category"], strict=True)
        self.told = dict(zip(values, statistics["value"], strict=True))
        self.as_of = as_of
        self.last = as_of.to_period("M")

    def flow(self, measure: str, time: str, period: str, dimension: str = "", category: str = "") -> Computed:
        """Persons in a month, year or wave; in several categories together if these are joined by "+"."""
        codes = category.split("+")
        if (measure, time, dimension) not in self.tables or any((measure, dimension, code) not in self.categories for code in codes):
            return Computed(None, period, ("breakdown",))
        values = [self.persons.get((measure, time, period, dimension, code), 0.0) for code in codes]
        return Computed(None, period, ("protected",), is_hidden=True) if any(v != v for v in values) else Computed(sum(values), period)

    def months(self, measure: str, first: pd.Period, last: pd.Period) -> float:
        """Persons in all months from `first` to `last`; those of whom only the year is known in none."""
        return sum(self.persons.get((measure, "month", str(m), "", ""), 0.0) for m in pd.period_range(first, last, freq="M"))

    def waves(self, first: str, last: str) -> float:
        """Persons pardoned in the waves of these days."""
        return sum(n for (measure, time, period, by, _), n in self.persons.items()
                   if (measure, time, by) == ("pardoned", "wave", "") and first <= period <= last)

    def statistic(self, name: str, period: str, category: str = "") -> float | None:
        """A published value; None if there is none, or it is hidden."""
        value = self.told.get((name, period, category))
        return None if value is None or value != value else float(value)


def reconcile(figures: pd.DataFrame, metrics: pd.DataFrame, cells: pd.DataFrame, statistics: pd.DataFrame, as_of: pd.Timestamp,
              organisations: Iterable[str], *, synthetic: bool) -> pd.DataFrame:
    """Each printed figure (FIGURE_COLUMNS, texts; `value` a number) with what is computed for it (COLUMNS).

    `metrics`: METRIC_COLUMNS; `cells` and `statistics` as published;
    `organisations`: codes of those whose lists are loaded; `as_of`: the day these reach to.
    """
    numbers, theirs = Numbers(cells, statistics, as_of), tuple(organisations)
    known = {(m.metric, m.span): m for m in metrics.itertuples()}
    rows = []
    for figure in figures.itertuples():
        mapped = known.get((figure.metric, figure.span))
        found = Computed(None, "", ("no_measure",)) if mapped is None else _computed(figure, mapped.computed, numbers)
        verdict = _verdict(figure, found)
        words = (figure.metric.replace("_", " ").capitalize(), "") if mapped is None else (mapped.label, mapped.definition)
        rows.append((*words, found.value, found.period, None if found.value is None else found.value - figure.value, verdict,
                     " ".join(_reasons(figure, mapped, found, verdict, theirs, synthetic=synthetic))))
    told = pd.DataFrame(rows, columns=COLUMNS[len(FIGURE_COLUMNS):], index=figures.index)
    frame = pd.concat([figures[FIGURE_COLUMNS], told.astype({"computed": "float64", "difference": "float64"})], axis=1)
    return frame.astype(dict.fromkeys(("label", "definition", "compared_with", "verdict", "reasons"), "str"))


def _computed(figure: object, measure: str, numbers: Numbers) -> Computed:
    """What is computed for a printed figure of a mapped metric."""
    span, as_of = figure.span, figure.as_of  # type: ignore[attr-defined]
    if _last_day(as_of) > numbers.as_of.to_period("M").end_time:
        return Computed(None, as_of, ("outside",))
    if measure in ("recognised", "former", "held"):
        return _stock(figure, measure, numbers)
    if measure == "prison_years":
        months = numbers.statistic("terms", as_of[:4], "imprisonment")
        return Computed(None, as_of, ("protected",), is_hidden=True) if months is None else Computed(round(months / 12), as_of[:4])
    by = figure.dimension, figure.category  # type: ignore[attr-defined]
    if span == "wave":
        return numbers.flow(measure, "wave", as_of, *by) if len(as_of) == 10 else Computed(None, as_of, ("undated_print",))
    if span in ("month", "year"):
        return numbers.flow(measure, span, as_of[:7] if span == "month" else as_of[:4], *by)
    if span == "cumulative":
        return _cumulative(figure, measure, numbers)
    return _period(figure, measure, numbers) if not by[0] else Computed(None, as_of, ("breakdown",))


def _stock(figure: object, measure: str, numbers: Numbers) -> Computed:
    """A stock: held at the end of the nearest month; recognised and former as of the vintage alone."""
    as_of, dimension, category = figure.as_of, figure.dimension, figure.category  # type: ignore[attr-defined]
    if len(as_of) < 7:
        return Computed(None, as_of, ("undated_print",))
    day = _last_day(as_of)
    if measure != "held":
        if dimension:
            return Computed(None, as_of, ("breakdown",))
        if abs((numbers.as_of - day).days) > NEAR_DAYS:
            return Computed(None, as_of, ("recognition",))
        here = f"{numbers.as_of:%Y-%m-%d}"
        return Computed(numbers.statistic("recognised", here, measure), here, () if here == as_of else ("date",))
    if dimension not in ("", "regime"):
        return Computed(None, as_of, ("breakdown",))
    # The end of the month that is nearest: up to the 15th that of the month before.
    month = day.to_period("M") - (1 if day.day <= 15 else 0)
    value = numbers.statistic("held", str(month), category or ALL)
    reasons = () if day.is_month_end else ("date",)
    if value is None:
        return Computed(None, str(month), ("outside",) if not dimension else ("protected",), is_hidden=bool(dimension))
    return Computed(value, str(month), reasons)


def _cumulative(figure: object, measure: str, numbers: Numbers) -> Computed:
    """Up to the end of a month, or since a month; by a dimension only for whole years, of which each must be shown."""
    as_of, since = figure.as_of, figure.since  # type: ignore[attr-defined]
    dimension, category = figure.dimension, figure.category  # type: ignore[attr-defined]
    if len(as_of) < 7:
        return Computed(None, as_of, ("undated_print",))
    day = _last_day(as_of)
    month = day.to_period("M") - (1 if day.day <= 15 else 0)
    reasons = () if day.is_month_end else ("date",)
    if dimension:
        if not (month.month == 12 and (measure, "year", dimension) in numbers.tables):
            return Computed(None, str(month), ("breakdown",))
        years = [numbers.flow(measure, "year", str(year), dimension, category) for year in range(2020, month.year + 1)]
        if any(y.value is None for y in years):
            return Computed(None, str(month), ("protected",), is_hidden=True)
        return Computed(sum(y.value or 0 for y in years), str(month), reasons)
    if len(since) == 7 and measure == "pardoned":
        return Computed(numbers.waves(since, f"{day:%Y-%m-%d}"), f"waves {since}/{day:%Y-%m-%d}")
    if len(since) == 7:
        return Computed(numbers.months(measure, pd.Period(since, "M"), month), f"{since}/{month}", reasons)
    value = numbers.statistic("cumulative", str(month), measure)
    return Computed(value, str(month), reasons if value is not None else ("outside",))


def _period(figure: object, measure: str, numbers: Numbers) -> Computed:
    """Whole months that come nearest to the printed period."""
    as_of, since = figure.as_of, figure.since  # type: ignore[attr-defined]
    if len(as_of) == 4:
        return numbers.flow(measure, "year", as_of)
    begin, _, end = as_of.rpartition("/")
    last_day = _last_day(end)
    last = last_day.to_period("M") - (1 if last_day.day <= 15 else 0)
    if figure.span == "12 months":  # type: ignore[attr-defined]
        begin = str(last - 11)
    begin = begin or since
    if not begin:
        return Computed(None, as_of, ("undated_print",))
    start = pd.Timestamp(begin)
    first = start.to_period("M") + (1 if start.day > 15 else 0)
    aligned = start.day == 1 and (last_day.is_month_end or last_day.day == 1)
    return Computed(numbers.months(measure, first, last), f"{first}/{last}", () if aligned else ("date",))


def _last_day(text: str) -> pd.Timestamp:
    """The last day of a date, month, year or period as printed."""
    end = text.rpartition("/")[2]
    return pd.Timestamp(end) if len(end) == 10 else pd.Period(end, "M" if len(end) == 7 else "Y").end_time.normalize()


def _verdict(figure: object, found: Computed) -> str:
    printed, qualifier = figure.value, figure.qualifier  # type: ignore[attr-defined]
    if found.value is None:
        return "hidden" if found.is_hidden else "not comparable"
    if found.value == printed or (qualifier == "at_least" and found.value >= printed) or (
            qualifier == "approx" and abs(found.value - printed) <= ABOUT * printed):
        return "agrees"
    return "above" if found.value > printed else "below"


def _reasons(figure: object, mapped: object, found: Computed, verdict: str, organisations: tuple[str, ...], *, synthetic: bool
             ) -> list[str]:
    """Why the two may differ, the likeliest first; nothing where they agree."""
    if verdict in ("not comparable", "hidden"):
        return list(found.reasons)
    if verdict == "agrees":
        return []
    named = figure.organisation.casefold()  # type: ignore[attr-defined]
    loaded = any(code in named for code in organisations)
    likely = {
        "synthetic": synthetic, **dict.fromkeys(found.reasons, True), "definition": bool(mapped.definition),  # type: ignore[attr-defined]
        "organisation": not loaded, "later": verdict == "above" and figure.span in ("month", "year", "cumulative"),  # type: ignore[attr-defined]
        "lists": verdict == "above" and loaded and len(organisations) > 1,
        "undated": verdict == "below" and figure.span in ("month", "year", "cumulative", "period", "12 months"),  # type: ignore[attr-defined]
    }
    return [code for code, holds in likely.items() if holds]
