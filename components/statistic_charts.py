"""Charts of the public statistics (stats/statistics.py): stocks, shares, times, estimates, each with its interval where it has one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pandas as pd

from components import event_marks, figures, statistic_figures
from components.chart import NotPublished
from components.filters import View, months_between
from components.statistic_figures import SERIES, Bar, Curve
from components.text import percent, period, t
from components.told import HIDDEN, StatisticChart, Told, category_in_words, in_period, in_short, in_words, over_all, period_in_words, statistic
from etl import store

# Figures ------------------------------------------------------------------------------------------------------------

def values(rows: pd.DataFrame, column: str = "value") -> list[float | None]:
    return [None if math.isnan(value) else value for value in rows[column].to_numpy("float64", na_value=math.nan).tolist()]


def _every_month(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with a row for each month from the first to the last, if they are by month."""
    periods = list(rows["period"])
    if not periods or not all(_MONTH.fullmatch(p) for p in periods):
        return rows
    months = list(months_between(min(periods), max(periods)))
    if months == periods:
        return rows
    return rows.set_index("period").reindex(months).rename_axis("period").reset_index()


_MONTH = re.compile(r"\d{4}-\d\d")


def curve(shown: Told, view: View, category: str, colour: str, **options: Any) -> Curve:
    """The line of one category; a month without a number is a gap."""
    rows = _every_month(shown.of(category))
    hidden = list(rows.loc[rows["status"] == HIDDEN, "period"])
    return Curve(category_in_words(view, category), colour, [str(p) for p in rows["period"]], values(rows), values(rows, "lower"),
                 values(rows, "upper"), hidden, **options)


def _months(shown: Told) -> list[str]:
    """The months on the axis of a chart over time."""
    return list(_every_month(shown.frame.drop_duplicates("period"))["period"])


def _told(select: Callable[[View], Told]) -> Callable[[View], Told]:
    """With the public events in words."""
    return event_marks.told(select, _months)


def _marked(figure: Callable[[Told, View], figures.Figure]) -> Callable[[Told, View], figures.Figure]:
    """With the public events as lines."""
    return event_marks.marked(figure, _months)


def _where_told(select: Callable[[View], Told]) -> Callable[[View], Told]:
    """Of lists from elsewhere only those that say who is held: of the others nobody would be, and that would be false."""
    def selected(view: View) -> Told:
        facts = view.vintage.facts
        if facts.get("place") and not facts["headline"].get("held", {}).get("persons"):
            raise NotPublished(t("These lists don't say who is held."))
        return select(view)
    return selected


def _few() -> str:
    return t("rests on too few persons")


def _lines(categories: Sequence[str] = (), **options: Any) -> Callable[[Told, View], figures.Figure]:
    """A line for each category (none named: for all), over time."""
    def figure(shown: Told, view: View) -> figures.Figure:
        names = categories or list(dict.fromkeys(shown.frame["category"].fillna("")))
        drawn = [curve(shown, view, name, SERIES[n % len(SERIES)]) for n, name in enumerate(names)]
        return statistic_figures.curves(drawn, words=_few(), **options)
    return figure


def bars(colour: str, name: Callable[[Any, View], str], *, shares: bool = False, ordered: bool = False) -> Callable[[Told, View], figures.Figure]:
    """A bar for each number, called as `name` says; `ordered`: the largest first."""
    def figure(shown: Told, view: View) -> figures.Figure:
        rows = shown.frame.sort_values("value", ascending=False, kind="stable") if ordered else shown.frame
        drawn = [Bar(name(r, view), None if pd.isna(r.value) else float(r.value), in_short(r.value, r.unit, r.status),
                     None if pd.isna(r.lower) else float(r.lower), None if pd.isna(r.upper) else float(r.upper)) for r in rows.itertuples()]
        return statistic_figures.ranking(drawn, colour=figures.COLOURS[colour], shares=shares)
    return figure


def _by_period(row: Any, view: View) -> str:
    return period_in_words(row.period)


def by_category(row: Any, view: View) -> str:
    return category_in_words(view, row.category)


def _held_figure(shown: Told, view: View) -> figures.Figure:
    """The stock by regime as steps, and the numbers of political prisoners that organisations printed as marks."""
    drawn = [curve(shown, view, name, SERIES[n], stepped=True) for n, name in enumerate(("all", "prison", "pre-trial", "open facility"))]
    months = [str(month) for month in drawn[0].x]
    for n, (organisation, printed) in enumerate(_printed(view.vintage)):
        if place := {month: value for month, value in printed if month in months}:
            drawn.append(Curve(t(organisation), statistic_figures.QUIET, months, [place.get(m) for m in months], marks=True,
                               symbol=("diamond", "square", "triangle-up", "x")[n % 4]))
    return statistic_figures.curves(drawn, words=_few(), provisional=months[-1] == view.vintage.last_month)


@lru_cache(maxsize=8)
def _printed(vintage: store.PublicVintage) -> list[tuple[str, list[tuple[str, float]]]]:
    """The political prisoners that organisations have printed: (organisation, (month, persons) …), those with most figures first."""
    told = vintage.reconciliation
    if told.empty:
        return []
    here = told[(told["metric"] == "political_prisoners") & (told["span"] == "current") & (told["dimension"] == "") & (told["as_of"].str.len() >= 7)]
    here = here.assign(month=here["as_of"].str[:7]).drop_duplicates(["organisation", "month"], keep="last")
    groups = sorted(here.groupby("organisation"), key=lambda group: -len(group[1]))[:_MOST_ORGANISATIONS]
    return [(str(name), list(zip(rows["month"], rows["value"].astype(float), strict=True))) for name, rows in groups]


_MOST_ORGANISATIONS = 3


def _age_figure(shown: Told, view: View) -> figures.Figure:
    periods = list(dict.fromkeys(shown.frame["period"]))
    groups = [g for g in dict.fromkeys(shown.frame["category"])]
    ordered = iter(statistic_figures.ORDERED)
    colours = {g: statistic_figures.UNKNOWN if g == "unknown" else next(ordered, statistic_figures.ORDERED[-1]) for g in groups}
    table = shown.frame.pivot_table(index="period", columns="category", values="value", aggfunc="first").reindex(index=periods, columns=groups)
    return statistic_figures.stacked(periods, [(category_in_words(view, g), colours[g], values(pd.DataFrame({"value": table[g]})))
                                               for g in groups], period)


def _women_figure(shown: Told, view: View) -> figures.Figure:
    """The share of women by year, a line each for the charged, the sentenced and the pardoned."""
    rows = shown.frame[shown.frame["period"].str.len() == 4]
    years = sorted(set(rows["period"]))
    by_year = {name: here.set_index("period").reindex(years) for name, here in rows.groupby("category", sort=False)}
    drawn = [Curve(category_in_words(view, name), figures.COLOURS[str(name)], years, values(here), hidden=list(here.index[here["status"] == HIDDEN]),
                   marks=int(here["value"].notna().sum()) == 1) for name, here in by_year.items()]
    # Half is where there are as many women as men: beyond the data only if these come near it.
    most = min(1.0, math.ceil(rows["value"].max() * 10 + 0.5) / 10) if rows["value"].notna().any() else 1.0
    return statistic_figures.curves(drawn, shares=True, most=most, words=_few(), provisional=bool(years) and years[-1] == view.vintage.last_month[:4])


def _women_note(view: View) -> list[str]:
    """The share of women among the recognised and the held, which are of a day and no line."""
    told = view.vintage.statistics
    of_day = told[(told["statistic"] == "women") & told["value"].notna()].set_index("category")
    if not {"recognised", "held"} <= set(of_day.index):
        return []
    recognised, held = of_day.loc["recognised"], of_day.loc["held"]
    return [t("As of {day}, {recognised} of all recognised political prisoners are women, and {held} of those still held.",
              day=period_in_words(recognised["period"]), recognised=percent(recognised["value"]), held=percent(held["value"]))]


def _curves_of_waiting(colour: str) -> Callable[[Told, View], figures.Figure]:
    def figure(shown: Told, view: View) -> figures.Figure:
        rows = shown.of("share still waiting")
        curve = Curve(category_in_words(view, "share still waiting"), figures.COLOURS[colour], [float(p) for p in rows["period"]], values(rows),
                      values(rows, "lower"), values(rows, "upper"), stepped=True)
        if not any(value is not None for value in curve.values):  # bounds alone: both are drawn
            low = replace(curve, name=t("at least"), values=curve.lower, lower=(), upper=())
            high = replace(curve, name=t("at most"), values=curve.upper, dotted=True)
            return statistic_figures.curves([high, low], shares=True, x_title=t("months"))
        return statistic_figures.curves([curve], shares=True, x_title=t("months"))
    return figure


# Findings -----------------------------------------------------------------------------------------------------------

def with_number(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a number."""
    return rows[rows["value"].notna()]


def _last_of(category: str, sentence: str) -> Callable[[Told, View], str]:
    """The last number of a category, as `sentence` puts it with {number} and {period}; and the greatest, with {most} and {when}."""
    def finding(shown: Told, view: View) -> str:
        rows = with_number(shown.of(category))
        if rows.empty:
            return t("No number can be shown: all rest on too few persons.")
        last, top = rows.iloc[-1], rows.loc[rows["value"].idxmax()]
        return t(sentence, number=in_words(last["value"], last["unit"]), period=period_in_words(last["period"]),
                 most=in_words(top["value"], top["unit"]), when=period_in_words(top["period"]))
    return finding


def _top_of(sentence: str, column: str = "category") -> Callable[[Told, View], str]:
    """The greatest number, as `sentence` puts it with {name}, {number}, {lower} and {upper}."""
    def finding(shown: Told, view: View) -> str:
        rows = with_number(shown.frame)
        rows = rows[~rows["category"].isin(["unknown", "not known"])]
        if rows.empty:
            return t("No number can be shown: all rest on too few persons.")
        top = rows.loc[rows["value"].idxmax()]
        name = period_in_words(top["period"]) if column == "period" else category_in_words(view, top["category"])
        return t(sentence, name=name, number=in_words(top["value"], top["unit"]), lower=in_words(top["lower"], top["unit"]),
                 upper=in_words(top["upper"], top["unit"]))
    return finding


def _waiting(sentence: str) -> Callable[[Told, View], str]:
    def finding(shown: Told, view: View) -> str:
        rows = shown.of("months")
        if rows.empty:
            return t("The median can't be told: too many wait still, or too many dates are missing.")
        row = rows.iloc[0]
        if pd.notna(row["value"]):
            return t(sentence, months=in_words(row["value"], "months"))
        if pd.notna(row["lower"]) and pd.notna(row["upper"]):
            return t(sentence, months=t("{lower} to {upper}", lower=in_words(row["lower"], "months"), upper=in_words(row["upper"], "months")))
        return t("The median can't be told: too many wait still, or too many dates are missing.")
    return finding


def _pipeline(shown: Told, view: View) -> str:
    rows = shown.frame.set_index("category")["value"]
    known = [(t("still held"), rows.get("after sentence: held")), (t("pardoned"), rows.get("after sentence: pardon"))]
    said = ", ".join(f"{percent(float(value))} {name}" for name, value in known if value is not None and pd.notna(value))
    return t("Of those sentenced: {list}.", list=said) if said else t("No number can be shown: all rest on too few persons.")


def _printed_note(view: View) -> list[str]:
    note = t("Marks are the political prisoners that organisations printed: recognised and held, a smaller group than all held, counted by "
             "their own rules.")
    return [note, t("The printed figures are real, the computed ones are not: the differences mean nothing.")] if view.vintage.synthetic else [note]


def _charged_only(frame: pd.DataFrame, view: View) -> pd.DataFrame:
    return in_period(frame, view)[lambda f: ~f["period"].str.startswith("0000")]


def _by_wave(frame: pd.DataFrame, view: View) -> pd.DataFrame:
    return in_period(frame, view)[lambda f: f["period"].str.len() == 10]


STATISTIC_CHARTS: tuple[StatisticChart, ...] = (
    StatisticChart(
        "ratio", "New sentences for each person pardoned", _told(statistic("sentenced_per_pardon", in_period)), _marked(_lines()),
        _last_of("", "In the three months to {period}, {number} people were newly sentenced for each one pardoned."),
        "Persons newly sentenced for each person pardoned, over three months.",
        "Persons sentenced and persons pardoned in a month and the two before it, one divided by the other. No number where nobody was pardoned.",
        ("period",), of=("sentenced", "pardoned")),
    StatisticChart(
        "held", "People held at the end of each month", _told(_where_told(statistic("held", in_period, _printed_note))), _marked(_held_figure),
        _last_of("all", "{number} people were held at the end of {period}; most were held at the end of {when}: {most}."),
        "Persons held at the end of a month, by regime. Stock.",
        "Persons who had entered custody by then and had not left it, by regime. Stock. The release of many bears no date; these are in no month.",
        ("period",), of=()),
    StatisticChart(
        "recognised", "Recognised political prisoners", _where_told(statistic("recognised")), bars("held", by_category),
        _last_of("held", "{number} recognised political prisoners are held as of {period}."),
        "Persons recognised as political prisoners, as of the vintage. Stock.",
        "Persons whom the newest list gives as held or former political prisoners. Stock.", first="", of=()),
    StatisticChart(
        "age", "Age at the charge", statistic("age", _charged_only), _age_figure,
        _top_of("The largest age group of any year: {name} ({number})."),
        "Share of persons charged, by age at the charge. Flow.",
        "Everyone charged in a year, by age at the charge; unknown: birth date or date not known closely enough.", ("period",)),
    StatisticChart(
        "median-age", "Median age at the charge", statistic("median_age", _charged_only), _lines(),
        _last_of("", "Half of those charged in {period} were younger than {number}."),
        "Years of age: median, and quartiles as a band.", "Persons charged whose age is certain to the year: median age, with quartiles.",
        ("period",)),
    StatisticChart(
        "term-length", "How long the terms are", statistic("term_length", over_all), bars("sentenced", by_category, ordered=True),
        _top_of("The median term of {name} is {number}; half of them lie between {lower} and {upper}."),
        "Months: median term of each punishment; the line holds the middle half.",
        "Persons sentenced to it with a known term, each at the first sentence; life left out. Median, with quartiles.", first="", of=("sentenced",)),
    StatisticChart(
        "terms", "Time imposed, by punishment", statistic("terms", over_all), bars("sentenced", by_category, ordered=True),
        _top_of("{number} of {name} have been imposed in all."),
        "Time imposed in all, by punishment. Sum.",
        "The terms of persons sentenced to it with a known term, each at the first sentence, added up; life is in no sum.",
        first="", of=("sentenced",)),
    StatisticChart(
        "years-taken", "Years of life taken", statistic("years_taken"), bars("held", _by_period),
        _top_of("People have spent at least {number} of their lives behind walls or in open facilities.", "period"),
        "Years spent in custody up to the vintage. Sum; a least figure.",
        "The time that persons were held whose entry, and exit if they left, are dated: a least figure.", first="As of", of=()),
    StatisticChart(
        "in-absentia", "Sentenced in absentia", statistic("in_absentia", _charged_only), bars("sentenced", _by_period, shares=True),
        _last_of("in absentia", "{number} of those sentenced in {period} were tried in their absence, as far as lists say."),
        "Share of persons sentenced in the year. Flow.",
        "Everyone sentenced in the year; that lists are silent does not mean that the accused was in court.",
        ("period",), first="Year", of=("sentenced",)),
    StatisticChart(
        "women", "Women among those charged, sentenced and pardoned", statistic("women", _charged_only, _women_note), _women_figure,
        _last_of("sentenced", "{number} of those sentenced in {period} were women; the share was greatest in {when}: {most}."),
        "Share of women among persons charged, sentenced and pardoned in the year. Flows.",
        "Persons charged, sentenced and pardoned in a year, each counted once a measure: the share of women. The few whose sex no list gives may be "
        "counted with the men. Recognised and held: as of the vintage, of those whose sex is known. Stock.",
        ("period",), first="Year", of=("charged", "sentenced", "pardoned")),
    StatisticChart(
        "share-deported", "Share of the pardoned who were deported", statistic("share_deported", _by_wave),
        bars("deported", _by_period, shares=True),
        _top_of("In the wave of {name}, {number} of those pardoned were taken out of the country.", "period"),
        "Share of persons pardoned in a wave. Flow.", "Everyone pardoned in the wave: the share taken out of the country straight from prison.",
        ("period",), first="Wave", of=("pardoned", "deported")),
    StatisticChart(
        "share-served", "How much of the term was served by the day of the pardon", statistic("share_served", _by_wave),
        bars("pardoned", _by_period, shares=True),
        _top_of("Those pardoned on {name} had served most of their terms: {number} on average.", "period"),
        "Share of the term served, mean of the wave.",
        "Persons pardoned whose detention (else sentence), term and release are dated: share of the term served by the day of the pardon, mean.",
        ("period",), first="Wave", of=("pardoned",)),
    StatisticChart(
        "given-back", "Months that pardons gave back", statistic("given_back", _by_wave), bars("pardoned", _by_period),
        _top_of("The pardons of {name} gave back most: {number} of terms not served.", "period"),
        "Time of the terms left on the day of the pardon, by wave. Sum.",
        "Persons pardoned whose detention (else sentence), term and release are dated: months of the terms that were left.",
        ("period",), first="Wave", of=("pardoned",)),
    StatisticChart(
        "released", "On what grounds people were released", statistic("released", _charged_only), _lines(shares=True),
        _last_of("pardon", "{number} of those known to be released in {period} were pardoned."),
        "Share of persons released in the year. Flow.", "Everyone known to be released, by the first dated release, and its ground.",
        ("period",), of=()),
    StatisticChart(
        "after-charge", "What became of those charged and sentenced", statistic("after_charge"), bars("held", by_category, shares=True), _pipeline,
        "Share of those charged and not sentenced, and of those sentenced. Stock.",
        "Everyone charged and not sentenced as far as known, and everyone sentenced: what became of them, as of the vintage.",
        first="", of=("charged", "sentenced")),
    StatisticChart(
        "detention-to-sentence", "From detention to sentence", statistic("detention_to_sentence"), _curves_of_waiting("sentenced"),
        _waiting("Half of those detained were sentenced within {months}."),
        "Share still waiting for a sentence, by months since the detention.",
        "Persons whose detention is dated; those not sentenced yet count as waiting (Kaplan and Meier's estimate, band of 95 %).",
        first="Months", of=("sentenced",)),
    StatisticChart(
        "charge-to-release", "From charge to release", statistic("charge_to_release"), _curves_of_waiting("pardoned"),
        _waiting("Half of those charged and held were free again within {months}."),
        "Share still held, by months since the charge.",
        "Persons who are or were held and whose charge or detention is dated; between the bounds lies the truth, whatever the missing dates are.",
        first="Months"),
)


