"""Charts of how complete the figures are: late cases, revisions, cases on no list, and what others have printed."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from components import figures, statistic_figures
from components.chart import NotPublished
from components.filters import View
from components.statistic_charts import bars, by_category, curve, values, with_number
from components.statistic_figures import Bar, Curve
from components.text import number, t
from components.told import COLUMNS, StatisticChart, Told, category_in_words, in_period, in_words, nothing_told, period_in_words, statistic
from etl import store


def _nowcast_figure(shown: Told, view: View) -> figures.Figure:
    """What is known of each month and what it will come to; where that can be told of some lists alone, theirs alone: the number known is
    of all lists, and would look as if it had been too high."""
    drawn = []
    for measure in ("charged", "sentenced"):
        rows, colour, said = shown.of(f"{measure}: all lists"), figures.COLOURS[measure], category_in_words(view, measure)
        known = [str(p) for p in rows["period"]]
        if len(with_number(rows)):
            drawn.append(Curve(t("{measure}, known", measure=said), colour, known, values(rows, "persons")))
            drawn.append(replace(curve(shown, view, f"{measure}: all lists", colour, dotted=True), name=t("{measure}, estimated", measure=said)))
        elif len(with_number(shown.of(f"{measure}: lists that date their entries"))):
            drawn.append(replace(curve(shown, view, f"{measure}: lists that date their entries", colour, dotted=True),
                                 name=t("{measure}, estimated, dated lists alone", measure=said)))
        elif known:
            drawn.append(Curve(t("{measure}, known", measure=said), colour, known, values(rows, "persons")))
    return statistic_figures.curves(drawn)


def _nowcast_finding(shown: Told, view: View) -> str:
    rows = with_number(shown.frame)
    rows = rows[rows["period"] == rows["period"].max()] if len(rows) else rows
    if rows.empty:
        return t("No estimate yet: the lists have not been watched for long enough to know how late cases come.")
    row = rows.iloc[0]
    about, low, high = (in_words(round(row[name]), "persons") for name in ("value", "lower", "upper"))
    return t("{period} will probably come to {number} ({lower} to {upper}), {what}.", period=period_in_words(row["period"]), number=about,
             lower=low, upper=high, what=category_in_words(view, row["category"]))


def _missing(shown: Told, view: View) -> str:
    rows = with_number(shown.of("on no list"))
    if rows.empty:
        return t("How many cases stand on no list can't be told from these lists.")
    row = rows.iloc[0]
    return t("At least some {number} persons charged stand on no list ({lower} to {upper}), and the true number may well be higher.",
             number=in_words(row["value"], "persons"), lower=in_words(row["lower"], "persons"), upper=in_words(row["upper"], "persons"))


def _revisions(view: View) -> Told:
    """How each of the last months grew: the count when it was first published, and what came later."""
    told = view.vintage.revisions
    if told.empty:
        raise NotPublished(nothing_told(view))
    months = told[(told["measure"] == "charged") & ~told["month"].str.endswith("-00")].sort_values("seen_on", kind="stable")
    months = months[months["month"].isin(sorted(months["month"].unique())[-18:])]
    first, last = months.groupby("month")["persons"].first(), months.groupby("month")["persons"].last()
    rows = [{"statistic": "revisions", "period": month, "category": category, "value": float(value), "unit": "persons", "persons": int(value),
             "status": "exact", "note": None} for month in first.index for category, value in (("first count", first[month]), ("now", last[month]))]
    seen = told["vintage"].nunique()
    notes = [] if seen > 1 else [t("This is the first vintage in this folder: nothing has been revised yet.")]
    return Told(pd.DataFrame(rows).reindex(columns=COLUMNS), notes)


def _revisions_figure(shown: Told, view: View) -> figures.Figure:
    drawn = [curve(shown, view, "first count", statistic_figures.QUIET, dotted=True), curve(shown, view, "now", figures.COLOURS["charged"])]
    return statistic_figures.curves(drawn)


def _revisions_finding(shown: Told, view: View) -> str:
    first, now = (int(shown.of(category)["value"].sum()) for category in ("first count", "now"))
    if first == now:
        return t("The months shown have not grown since they were first counted.")
    return t("The months shown had {first} persons charged when first counted, and have {now} now.", first=number(first), now=number(now))


def _compared(view: View) -> Told:
    """How many printed figures agree with the computed ones."""
    told = view.vintage.reconciliation
    if told.empty:
        raise NotPublished(nothing_told(view))
    counts = told["verdict"].value_counts()
    rows = [{"statistic": "reconciliation", "period": "all", "category": verdict, "value": float(counts.get(verdict, 0)), "unit": "figures",
             "status": "exact", "note": None} for verdict in store.VERDICTS]
    notes = [t("The printed figures are real, the computed ones are not: the differences mean nothing.")] if view.vintage.synthetic else []
    return Told(pd.DataFrame(rows).reindex(columns=COLUMNS).astype({"persons": "Int64"}), notes)


def _compared_figure(shown: Told, view: View) -> figures.Figure:
    drawn = [Bar(category_in_words(view, r.category), r.value, number(int(r.value))) for r in shown.frame.itertuples()]
    return statistic_figures.ranking(drawn, colour=figures.COLOURS["held"])


def _compared_finding(shown: Told, view: View) -> str:
    counts = shown.frame.set_index("category")["value"]
    told = int(sum(counts.get(v, 0) for v in ("agrees", "above", "below")))
    return t("Of {told} printed figures that can be compared, {agree} agree.", told=number(told), agree=number(int(counts.get("agrees", 0))))


COMPLETENESS_CHARTS: tuple[StatisticChart, ...] = (
    StatisticChart(
        "nowcast", "What the newest months will come to", statistic("nowcast", in_period), _nowcast_figure, _nowcast_finding,
        "Persons by month: known so far, and estimated with an interval of 80 %.",
        "Persons with the event in that month who will be known 18 months later, estimated from how late cases came before. Never part of a count.",
        ("period",), first="Month", of=("charged", "sentenced")),
    StatisticChart(
        "revisions", "How the counts of months have grown", _revisions, _revisions_figure, _revisions_finding,
        "Persons charged by month: as first counted, and as counted now.",
        "Persons charged in a month, in the first vintage that held the month and in this one.", first="Month"),
    StatisticChart(
        "missing-cases", "Cases that stand on no list", statistic("missing_cases"), bars("charged", by_category), _missing,
        "Persons charged, estimated; the line is an interval of 95 %.",
        "Persons charged up to 18 months before the lists end, estimated by how far the lists overlap. Never part of a count."),
    StatisticChart(
        "reconciliation-summary", "Printed figures beside computed ones", _compared, _compared_figure, _compared_finding,
        "Figures that monitors and others have printed.", "Figures printed by monitors and others, each compared with what Vyrak computes.",
        first="", of=()),
)
