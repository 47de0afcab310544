"""Charts of the protected cells: sums of what is published, by time or by one breakdown, for any selection of a reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from operator import or_
from typing import Any, ClassVar

import pandas as pd

from components import event_marks, figures, selection
from components.cells import rows_by
from components.chart import Chart, NotPublished
from components.filters import View, label
from components.selection import PROVISIONAL_MONTHS, Selection
from components.text import measure, number, percent, period, span, t
from etl import store

EVERY_FILTER = ("period", "region", "article", "sex", "age", "punishment", "organisation")
_MOST_BARS, _MOST_PANELS = 14, 6
_NO_KIND = ("unknown", "other", "undivided")


@dataclass(frozen=True)
class CellChart(Chart[Selection]):
    """A chart of a Selection. `dimension`: what `category` in its rows is a code of, or ""; `unplaced`: what the table says of
    those without a date; `running`: whether its numbers are running sums."""

    dimension: str = ""
    unplaced: str = ""
    running: bool = False

    columns: ClassVar[dict[str, str]] = {
        "period": "the month (2024-07), quarter (2024-Q3), year (2024), wave (2024-07-03) or span (2021/2024) counted; all: the "
                  "whole time, with and without a date; 2024-00 or 2024-Q0: month not known; 0000, 0000-00 or 0000-Q0: date not "
                  "known; none: outside the waves",
        "measure": "charged, sentenced, pardoned or deported; see definitions",
        "category": "code of the breakdown of this chart; empty where there is none",
        "category_label": "the same in words",
        "persons": "number of persons; empty where protected; a lower bound where status is at_least",
        "status": "exact; protected (fewer than the limit, or hidden so that such a number can't be worked out); at_least (a "
                  "sum over cells of which some are protected)",
        "provisional": "true for the newest periods, which are still filling up",
    }

    def table(self, shown: Selection, view: View) -> pd.DataFrame:
        """What the chart shows as the table on the page has it: a row a period or category, a column a measure; every cell
        text. Rows of those without a date stand at its end."""
        # A running sum over protected cells may be any number.
        hidden = t("an unpublished number") if self.running else selection.protected_text(view.vintage)
        rows = pd.concat([shown.frame, shown.unplaced], ignore_index=True)
        cells = [_cell(p, protected, hidden) for p, protected in zip(rows["persons"], rows["protected"], strict=True)]
        if self.dimension and shown.level in selection.LEVELS:
            return self._by_time_and_category(rows, cells, view)
        if self.dimension:
            names = [label(view.vintage, self.dimension, c) if c else period(p)
                     for c, p in zip(rows["category"], rows["period"], strict=True)]
            first, key = t(self.dimension.capitalize()), names
        else:
            first = {"month": t("Month"), "quarter": t("Quarter"), "year": t("Year"), "all": t("Period"), "wave": t("Wave")}[shown.level]
            key = [period(p) + (" " + t("(provisional)") if q else "") for p, q in
                   zip(rows["period"], rows["provisional"].fillna(False), strict=True)]
            placed = len(shown.frame)
            key[placed:] = [f"{text} {t(self.unplaced)}".strip() for text in key[placed:]]
        wide = pd.DataFrame({first: key, "measure": rows["measure"], "cell": cells})
        wide = wide.pivot_table(index=first, columns="measure", values="cell", aggfunc="first", sort=False)
        wide = wide.fillna("0")[list(dict.fromkeys(rows["measure"]))]
        return wide.rename(columns=measure).rename_axis(columns=None).reset_index()

    def _by_time_and_category(self, rows: pd.DataFrame, cells: list[str], view: View) -> pd.DataFrame:
        first, names = t("Period"), [label(view.vintage, self.dimension, c) if c else t("in all") for c in rows["category"]]
        wide = pd.DataFrame({first: [period(p) for p in rows["period"]], "name": names, "cell": cells})
        wide = wide.pivot_table(index=first, columns="name", values="cell", aggfunc="first", sort=False)[list(dict.fromkeys(names))]
        return wide.fillna("0").rename_axis(columns=None).reset_index()

    def rows(self, shown: Selection, view: View) -> pd.DataFrame:
        """What the chart shows, tidy: one row a number, columns COLUMNS."""
        frame = pd.concat([shown.frame, shown.unplaced], ignore_index=True)
        hidden = frame["protected"] & (frame["persons"].isna() | (frame["persons"] == 0))
        status = pd.Series("exact", index=frame.index).mask(frame["protected"], "at_least").mask(hidden, "protected")
        words = [label(view.vintage, self.dimension, c) if self.dimension and c else "" for c in frame["category"]]
        return frame.assign(persons=frame["persons"].mask(hidden), status=status, category_label=words,
                            provisional=frame["provisional"].fillna(False).map({True: "true", False: "false"}))[list(self.columns)]

    def notes(self, shown: Selection) -> list[str]:
        """What must be known of the selection."""
        return shown.notes

    def about(self, shown: Selection, view: View) -> dict[str, Any]:
        """Level of time, the period really shown, measures."""
        return {"level": shown.level, "period_shown": list(shown.span), "provisional_months": PROVISIONAL_MONTHS,
                "measures": {code: measure(code) for code in dict.fromkeys(shown.frame["measure"])}, "measures_mean": self.meant(view)}


def _cell(persons: object, protected: bool, hidden: str) -> str:
    if pd.isna(persons) or (protected and not persons):
        return hidden
    return number(int(persons), protected)  # type: ignore[call-overload]


def _when(shown: Selection) -> str:
    """The period really shown, in words."""
    first, last = span(*shown.span)
    return t("In {first}", first=first) if first == last else t("From {first} to {last}", first=first, last=last)


# Monthly ----------------------------------------------------------------------------------------------------------

_FLOWS = ("charged", "sentenced", "pardoned")


def _flows(view: View) -> Selection:
    """The measures over time; of lists from elsewhere those that they tell of: a list of detentions is silent on sentences, it does not say none."""
    told = view.vintage.facts["headline"]
    known = tuple(m for m in _FLOWS if told.get(m, {}).get("persons"))
    return selection.series(view, known or _FLOWS if view.vintage.facts.get("place") else _FLOWS)


def _monthly_finding(shown: Selection, view: View) -> str:
    found = rows_by(shown.frame, "measure")
    names = [m for m in _FLOWS if m in found]
    said = {"charged": t("{number} charged"), "sentenced": t("{number} sentenced"), "pardoned": t("{number} pardoned")}
    text = f"{_when(shown)}: {', '.join(said[m].format(number=shown.shown(m)) for m in names)}."
    sentenced = found.get("sentenced", [])
    # A protected figure may be larger than any that is shown, so then nothing is called the most.
    if len(sentenced) > 1 and not any(row.protected for row in sentenced):
        top = max(sentenced, key=lambda row: row.persons)
        text += " " + t("Most were sentenced in {period}: {number}.", period=period(top.period), number=number(top.persons)) if top.persons else ""
    return text


def _monthly_figure(shown: Selection, view: View) -> figures.Figure:
    return figures.small_multiples(shown.frame, selection.protected_text(view.vintage))


# Cumulative -------------------------------------------------------------------------------------------------------

def _cumulative(view: View) -> Selection:
    shown = _flows(view)
    found = rows_by(shown.frame, "measure").values()  # a measure after the other, as in the frame
    sums = [total for here in found for total in accumulate(row.persons for row in here)]
    bounds = [bound for here in found for bound in accumulate((row.protected for row in here), or_)]
    return replace(shown, frame=shown.frame.assign(persons=pd.array(sums, "Int64"), protected=bounds))


def _last(shown: Selection, name: str) -> tuple[int, bool]:
    here = rows_by(shown.frame, "measure").get(name)
    return (here[-1].persons, here[-1].protected) if here else (0, False)


def _cumulative_finding(shown: Selection, view: View) -> str:
    if "sentenced" not in set(shown.frame["measure"]):
        return t("{when}, {number} were charged.", when=_when(shown), number=number(*_last(shown, "charged")))
    (sentenced, _), (pardoned, bound) = _last(shown, "sentenced"), _last(shown, "pardoned")
    text = t("{when}, {number} were sentenced", when=_when(shown), number=number(*_last(shown, "sentenced")))
    if pardoned and not bound:
        return text + t(": {ratio} for each person pardoned.", ratio=number(round(sentenced / pardoned)))
    return text + "."


# Waves ------------------------------------------------------------------------------------------------------------

def _waves_finding(shown: Selection, view: View) -> str:
    pardoned, _ = shown.total("pardoned")
    if shown.level == "year":
        return t("{when}, {pardoned} persons were pardoned.", when=_when(shown), pardoned=shown.shown("pardoned"))
    count = len({row.period for row in rows_by(shown.frame, "measure").get("pardoned", [])})
    if not count:
        return t("No wave of pardons lies in this period.")
    text = t("{pardoned} persons were pardoned in {count} waves", pardoned=shown.shown("pardoned"), count=number(count))
    if "deported" in set(shown.frame["measure"]) and pardoned:
        deported, _ = shown.total("deported")
        return text + t("; {deported} of them ({share}) were deported straight from prison.",
                        deported=number(deported), share=percent(deported / pardoned))
    return text + "."


def _waves_figure(shown: Selection, view: View) -> figures.Figure:
    if shown.level != "wave":
        return figures.small_multiples(shown.frame, selection.protected_text(view.vintage))
    return figures.waves(shown.frame, selection.protected_text(view.vintage))


# By one breakdown -------------------------------------------------------------------------------------------------

def _by(measure_code: str, dimension: str) -> Callable[[View], Selection]:
    return lambda view: selection.totals(view, measure_code, dimension)


def _over_time(measure_code: str, dimension: str) -> Callable[[View], Selection]:
    def select(view: View) -> Selection:
        shown = selection.over_time(view, measure_code, dimension)
        if _largest(shown, 1).empty:
            raise NotPublished(t("No list tells this of anybody in this selection."))
        return shown
    return select


def _labels(shown: Selection, view: View, dimension: str) -> dict[str, str]:
    return {code: label(view.vintage, dimension, code) for code in dict.fromkeys(shown.frame["category"])}


def _largest(shown: Selection, most: int) -> pd.DataFrame:
    """The rows of the categories with most persons, the unknown and the rest left out."""
    categories, sums = list(shown.frame["category"]), dict.fromkeys(sorted(set(shown.frame["category"]) - {*_NO_KIND}), 0)
    for category, persons in zip(categories, shown.frame["persons"].fillna(0), strict=True):
        if category in sums:
            sums[category] += int(persons)
    place = {category: n for n, category in enumerate(sorted(sums, key=lambda c: -sums[c])[:most])}
    rows = [row for row, category in enumerate(categories) if category in place]
    return shown.frame.iloc[sorted(rows, key=lambda row: place[categories[row]])]


def _ranked(dimension: str, colour: str) -> Callable[[Selection, View], figures.Figure]:
    def figure(shown: Selection, view: View) -> figures.Figure:
        return figures.ranked(shown.frame, _labels(shown, view, dimension), colour, selection.protected_text(view.vintage), _MOST_BARS)
    return figure


def _panels(dimension: str, colour: str) -> Callable[[Selection, View], figures.Figure]:
    def figure(shown: Selection, view: View) -> figures.Figure:
        return figures.small_multiples(_largest(shown, _MOST_PANELS), selection.protected_text(view.vintage), "category",
                                       _labels(shown, view, dimension), colour)
    return figure


def _most(dimension: str, sentence: str, nobody: str) -> Callable[[Selection, View], str]:
    """A finding: the category with most persons, as `sentence` puts it with {when}, {name}, {number}, {total} and {share}."""
    def finding(shown: Selection, view: View) -> str:
        known = _largest(shown, 1)
        persons = int(known["persons"].fillna(0).sum())
        if not persons:
            return t("{when}, all figures of this selection are protected.", when=_when(shown)) if shown.frame["protected"].any() else t(nobody)
        total, bound = shown.total(str(shown.frame["measure"].iloc[0]))
        # Where figures overlap, or some are protected, a share would claim too much.
        share = "" if bound or dimension == "article" else " " + t("({share})", share=percent(persons / total))
        return t(sentence, when=_when(shown), name=label(view.vintage, dimension, str(known["category"].iloc[0])),
                 number=number(persons, bool(known["protected"].any())), total=number(total, bound), share=share)
    return finding


def _on_the_map(view: View) -> Selection:
    """Charges by region. Raises NotPublished for lists from elsewhere: the map is of Belarus."""
    if place := view.vintage.facts.get("place"):
        raise NotPublished(t("The map is of Belarus, and these lists are on {place}. The figures by region are in the chart “{chart}”.", place=place,
                             chart=t("Charges by region, ranked")))
    return selection.totals(view, "charged", "region")


def _map(shown: Selection, view: View) -> figures.Figure:
    return figures.regions_map(shown.frame, _labels(shown, view, "region"), "charged", selection.protected_text(view.vintage))


def _women(shown: Selection, view: View) -> str:
    women = shown.frame[shown.frame["category"] == "female"]
    (total, bound), hidden = shown.total("charged"), bool(women["protected"].any())
    persons = int(women["persons"].fillna(0).sum())
    if not persons:
        nobody = t("No woman is known to have been charged.")
        return t("{when}, all figures of this selection are protected.", when=_when(shown)) if hidden else nobody
    share = "" if bound else " " + t("({share})", share=percent(persons / total))
    return t("{when}, {women} of {total} persons charged were women{share}.", when=_when(shown), women=number(persons, hidden),
             total=number(total, bound), share=share)


# Repression and pardons side by side ------------------------------------------------------------------------------

def _balance(view: View) -> Selection:
    """Charges, sentences, pardons, and by how many more or fewer people were held at the end of each month."""
    shown = _flows(view)
    change = _net_change(view.vintage)
    if change is None:
        return shown
    months = dict(zip(shown.frame["period"], shown.frame["provisional"], strict=True))
    net = {month: change[month] for month in months if month in change}
    rows = pd.DataFrame({"period": pd.Series([*net], dtype="str"), "measure": "net", "category": "", "persons": pd.array([*net.values()], "Int64"),
                         "protected": False, "provisional": [months[month] for month in net]})
    note = t("Net change: persons held at the end of a month, less those held a month before. The release of many bears no date; they are in no "
             "month.")
    return replace(shown, frame=pd.concat([shown.frame, rows], ignore_index=True), notes=[*shown.notes, note])


@lru_cache(maxsize=8)
def _net_change(vintage: store.PublicVintage) -> dict[str, int] | None:
    """By how many more or fewer people were held at the end of a month than at that of the month before; None where nothing tells."""
    told = vintage.statistics
    held = told[(told["statistic"] == "held") & (told["category"] == "all") & (told["status"] == "exact")] if len(told) else told
    if held.empty:
        return None
    change = held.set_index("period")["value"].diff().dropna().astype(int)
    return {str(month): int(persons) for month, persons in change.items()}


def _balance_finding(shown: Selection, view: View) -> str:
    if not {"sentenced", "pardoned"} <= set(shown.frame["measure"]):
        return _monthly_finding(shown, view)
    text = t("{when}, {sentenced} were sentenced and {pardoned} pardoned", when=_when(shown), sentenced=shown.shown("sentenced"),
             pardoned=shown.shown("pardoned"))
    net, _ = shown.total("net")
    if "net" not in set(shown.frame["measure"]):
        return text + "."
    if net >= 0:
        return text + t("; {number} more people are held than before.", number=number(net))
    return text + t("; {number} fewer people are held than before, as far as dates of release are known.", number=number(-net))


def _told(select: Callable[[View], Selection]) -> Callable[[View], Selection]:
    """With the public events in words."""
    return event_marks.told(select, event_marks.of_selection)


def _marked(figure: Callable[[Selection, View], figures.Figure]) -> Callable[[Selection, View], figures.Figure]:
    """With the public events as lines."""
    return event_marks.marked(figure, event_marks.of_selection)


_OVERLAP = "One person may be charged under several articles: figures overlap and don't add up."

CELL_CHARTS: tuple[CellChart, ...] = (
    CellChart(
        "monthly", "Charges, sentences and pardons", _told(_flows), _marked(_monthly_figure), _monthly_finding,
        "Persons by the time of the first charge, first sentence or pardon. Flows.",
        "Persons, each counted once a measure, in the month of the first charge (else detention, else verdict), the first sentence, or "
        "the pardon. Flows. Everybody prosecuted whom a list names, recognised or not.", EVERY_FILTER, _FLOWS),
    CellChart(
        "cumulative", "Charged, sentenced and pardoned so far", _told(_cumulative), _marked(lambda shown, view: figures.lines(shown.frame)),
        _cumulative_finding,
        "Persons since the first period shown. Running sums of flows, not people held.",
        "Persons, each counted once a measure, summed from the first month shown. Running sums of flows, not a number of people held.",
        EVERY_FILTER, _FLOWS, unplaced="(in no sum above)", running=True),
    CellChart(
        "balance", "Repression and pardons, month by month", _told(_balance), _marked(_monthly_figure), _balance_finding,
        "Persons: flows, and the net change of people held.",
        "Persons charged, sentenced and pardoned in a month (flows, each counted once a measure), and by how many more or fewer people were "
        "held at its end than a month before.", ("period",), _FLOWS),
    CellChart(
        "waves", "Pardons by wave, and who was deported", selection.waves, _waves_figure, _waves_finding,
        "Persons pardoned in each wave, as lists name them. Flows.",
        "Persons whom a list names as pardoned in a wave; official announcements often give other numbers. Flows. Deported: taken out of "
        "the country straight from prison.", EVERY_FILTER, ("pardoned", "deported")),
    CellChart(
        "punishments", "Sentences by punishment", _by("sentenced", "punishment"), _ranked("punishment", "sentenced"),
        _most("punishment", "{when}, the most frequent punishment published is {name}: {number} of {total} persons sentenced{share}.",
              "Nobody in this selection is known to have been sentenced."),
        "Persons by the main punishment of the first sentence. Flow over the period.",
        "Persons sentenced, by the main punishment of their first sentence. Flow over the period. Unknown: no list names the punishment.",
        ("period", "region", "article", "sex"), ("sentenced",), dimension="punishment"),
    CellChart(
        "articles", "Charges by article of the Criminal Code", _by("charged", "article"), _ranked("article", "charged"),
        _most("article", "{when}, most people were charged under {name}: {number}.", "Nobody in this selection is known to have been charged."),
        "Persons charged under an article; figures overlap. Flow over the period.",
        "Persons charged, under each article of the Criminal Code that any of their charges names. Flow over the period. " + _OVERLAP,
        ("period", "region", "sex"), dimension="article"),
    CellChart(
        "articles-by-year", "The articles most used, over time", _over_time("charged", "article"), _panels("article", "charged"),
        _most("article", "{when}, {name} was used against most people: {number}.", "Nobody in this selection is known to have been charged."),
        "Persons charged under an article; figures overlap. Flows.",
        "Persons charged, under each article of the Criminal Code, by the time of the first charge. Flows. " + _OVERLAP,
        ("period", "region", "sex"), dimension="article"),
    CellChart(
        "map", "Charges by region, on the map", _on_the_map, _map,
        _most("region", "{when}, most people were charged in {name}: {number} of {total}{share}.",
              "Nobody in this selection is known to have been charged."),
        "Persons charged, by region of the case. Flow over the period.",
        "Persons charged, by the region of the first charge. Flow over the period. Minsk city counts as a region of its own.",
        ("period", "article", "sex"), dimension="region"),
    CellChart(
        "regions", "Charges by region, ranked", _by("charged", "region"), _ranked("region", "charged"),
        _most("region", "{when}, most people were charged in {name}: {number} of {total}{share}.",
              "Nobody in this selection is known to have been charged."),
        "Persons charged, by region of the case. Flow over the period.",
        "Persons charged, by the region of the first charge. Flow over the period. Minsk city counts as a region of its own.",
        ("period", "article", "sex"), dimension="region"),
    CellChart(
        "sex", "Women and men charged", _over_time("charged", "sex"), _panels("sex", "charged"), _women,
        "Persons charged, by sex as lists give it. Flows.",
        "Persons charged, by sex as a list gives it in words; where none does, the sex is unknown.",
        ("period", "region", "article", "age"), dimension="sex"),
)
