"""The registry of charts. Adding one is an entry here and a pure function from a selection to a figure; page, table, CSV
and metadata follow from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from components import figures, selection
from components.filters import View, label
from components.selection import NotPublished, Selection
from components.text import measure, number, percent, period, t
from etl import store


@dataclass(frozen=True)
class Chart:
    """One chart. `select`: view → selection, or raises NotPublished; `figure`: selection and view → plain Plotly dict;
    `finding`: what it shows, computed from the data; `unit`: what a number is, short, inside the picture; `counts`: unit,
    population, stock or flow, and definition in full; `unplaced`: what the table says of those without a date;
    `dimension`: what `category` in its rows is a code of, or ""."""

    id: str
    title: str
    select: Callable[[View], Selection]
    figure: Callable[[Selection, View], figures.Figure]
    finding: Callable[[Selection, View], str]
    unit: str
    counts: str
    dimension: str = ""
    unplaced: str = ""


def table(chart: Chart, shown: Selection, view: View) -> pd.DataFrame:
    """What the chart shows as the table on the page has it: a row a period or category, a column a measure; every cell
    text. Rows of those without a date stand at its end."""
    hidden = selection.protected_text(view.vintage)
    rows = pd.concat([shown.frame, shown.unplaced], ignore_index=True)
    cells = [_cell(p, protected, hidden) for p, protected in zip(rows["persons"], rows["protected"], strict=True)]
    if chart.dimension:
        names = [label(view.vintage, chart.dimension, c) if c else period(p)
                 for c, p in zip(rows["category"], rows["period"], strict=True)]
        first, key = t(chart.dimension.capitalize()), names
    else:
        first = {"month": t("Month"), "quarter": t("Quarter"), "year": t("Year"), "all": t("Period"), "wave": t("Wave")}[shown.level]
        key = [period(p) + (t(" (provisional)") if q else "") for p, q in
               zip(rows["period"], rows["provisional"].fillna(False), strict=True)]
        placed = len(shown.frame)
        key[placed:] = [f"{text}{t(chart.unplaced)}" for text in key[placed:]]
    wide = pd.DataFrame({first: key, "measure": rows["measure"], "cell": cells})
    wide = wide.pivot_table(index=first, columns="measure", values="cell", aggfunc="first", sort=False)
    wide = wide.fillna("0")[list(dict.fromkeys(rows["measure"]))]
    return wide.rename(columns=measure).rename_axis(columns=None).reset_index()


def _cell(persons: object, protected: bool, hidden: str) -> str:
    if pd.isna(persons) or (protected and not persons):
        return hidden
    return number(int(persons), protected)  # type: ignore[call-overload]


def _when(shown: Selection) -> str:
    """The period really shown, in words."""
    first, last = (period(p) for p in shown.span)
    return t("In {first}", first=first) if first == last else t("From {first} to {last}", first=first, last=last)


# Monthly ----------------------------------------------------------------------------------------------------------

_FLOWS = ("charged", "sentenced", "pardoned")


def _monthly_finding(shown: Selection, view: View) -> str:
    names = [m for m in _FLOWS if m in set(shown.frame["measure"])]
    parts = ", ".join(f"{shown.shown(m)} {m}" for m in names)
    text = f"{_when(shown)}: {parts}."
    sentenced = shown.frame[shown.frame["measure"] == "sentenced"]
    # A protected figure may be larger than any that is shown, so then nothing is called the most.
    if len(sentenced) > 1 and not sentenced["protected"].any() and sentenced["persons"].max() > 0:
        top = sentenced.loc[sentenced["persons"].fillna(0).idxmax()]
        text += " " + t("Most were sentenced in {period}: {number}.", period=period(top["period"]),
                        number=number(top["persons"]))
    return text


def _monthly_figure(shown: Selection, view: View) -> figures.Figure:
    return figures.small_multiples(shown.frame, selection.protected_text(view.vintage))


# Cumulative -------------------------------------------------------------------------------------------------------

def _cumulative(view: View) -> Selection:
    shown = selection.series(view, _FLOWS)
    sums = shown.frame.assign(persons=shown.frame["persons"].fillna(0))
    sums["cumulative"] = sums.groupby("measure")["persons"].cumsum()
    sums["bound"] = sums.groupby("measure")["protected"].cummax()
    frame = sums.assign(persons=sums["cumulative"], protected=sums["bound"])
    return replace(shown, frame=frame)


def _last(shown: Selection, name: str) -> tuple[int, bool]:
    here = shown.frame[shown.frame["measure"] == name]
    return (int(here["persons"].iloc[-1]), bool(here["protected"].iloc[-1])) if len(here) else (0, False)


def _cumulative_finding(shown: Selection, view: View) -> str:
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
    count = shown.frame[shown.frame["measure"] == "pardoned"]["period"].nunique()
    if not count:
        return t("No wave of pardons lies in this period.")
    text = t("{pardoned} persons were pardoned in {count} waves", pardoned=shown.shown("pardoned"), count=number(count))
    if "deported" in set(shown.frame["measure"]) and pardoned:
        deported, _ = shown.total("deported")
        return text + t("; {deported} of them ({share}) were deported straight from prison.",
                        deported=number(deported), share=percent(deported / pardoned))
    return text + "."


# Punishments ------------------------------------------------------------------------------------------------------

def _punishments(view: View) -> Selection:
    return selection.totals(view, "sentenced", "punishment")


def _punishments_finding(shown: Selection, view: View) -> str:
    known = shown.frame[shown.frame["category"] != "unknown"]
    total, bound = shown.total("sentenced")
    if bound and not total:
        return t("{when}, all figures of this selection are protected.", when=_when(shown))
    if not total or known.empty:
        return t("Nobody in this selection is known to have been sentenced.")
    top = known.loc[known["persons"].fillna(0).idxmax()]
    name = label(view.vintage, "punishment", str(top["category"]))
    share = "" if bound else t(" ({share})", share=percent(int(top["persons"]) / total))
    return t("{when}, the most frequent punishment published is {name}: {number} of {total} persons sentenced{share}.",
             when=_when(shown), name=name, number=number(top["persons"], bool(top["protected"])),
             total=number(total, bound), share=share)


def _punishments_figure(shown: Selection, view: View) -> figures.Figure:
    return figures.ranked(shown.frame, {c: label(view.vintage, "punishment", c) for c in shown.frame["category"]},
                          "sentenced", selection.protected_text(view.vintage))


CHARTS: dict[str, Chart] = {chart.id: chart for chart in (
    Chart("monthly", "Charges, sentences and pardons", lambda view: selection.series(view, _FLOWS), _monthly_figure,
          _monthly_finding, "Persons by the time of the first charge, first sentence or pardon. Flows.",
          "Persons, each counted once a measure, in the month of the first charge (else detention, else verdict), the "
          "first sentence, or the pardon. Flows. Everybody prosecuted whom a list names, recognised or not."),
    Chart("cumulative", "Charged, sentenced and pardoned so far", _cumulative,
          lambda shown, view: figures.lines(shown.frame), _cumulative_finding,
          "Persons since the first period shown. Running sums of flows, not people held.",
          "Persons, each counted once a measure, summed from the first month shown. Running sums of flows, not a "
          "number of people held.", unplaced=" (in no sum above)"),
    Chart("waves", "Pardons by wave, and who was deported", selection.waves,
          lambda shown, view: figures.waves(shown.frame, selection.protected_text(view.vintage)), _waves_finding,
          "Persons pardoned in each wave, as lists name them. Flows.",
          "Persons whom a list names as pardoned in a wave; official announcements often give other numbers. Flows. "
          "Deported: taken out of the country straight from prison."),
    Chart("punishments", "Sentences by punishment", _punishments, _punishments_figure, _punishments_finding,
          "Persons by the main punishment of the first sentence. Flow over the period.",
          "Persons sentenced, by the main punishment of their first sentence. Flow over the period. Unknown: no list "
          "names the punishment.", dimension="punishment"),
)}

__all__ = ["CHARTS", "Chart", "NotPublished", "store", "table"]
