"""A view → the published statistics that it shows: numbers with their interval, and in words why one is not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

import pandas as pd

import texts
from components.chart import Chart, NotPublished
from components.filters import View, label
from components.text import number, percent, period, t
from etl import store

COLUMNS = ["statistic", "period", "category", "value", "lower", "upper", "unit", "persons", "status", "note"]
"""As stats.source.COLUMNS."""
HIDDEN, NO_NUMBER = "hidden", "no number"


@dataclass(frozen=True)
class Told:
    """`frame`: the numbers (stats.source.COLUMNS) of one or more statistics, in reading order; `notes`: what must be known of them."""

    frame: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    def of(self, category: str = "") -> pd.DataFrame:
        """The numbers of one category."""
        return self.frame[[("" if pd.isna(each) else each) == category for each in self.frame["category"]]]


Keep = Callable[[pd.DataFrame, View], pd.DataFrame]


def statistic(name: str, keep: Keep | None = None, notes: Callable[[View], list[str]] = lambda view: []) -> Callable[[View], Told]:
    """What selects the statistic `name` from the vintage of a view, those rows of it that `keep` keeps. Raises NotPublished."""
    def select(view: View) -> Told:
        here = _by_name(view.vintage).get(name)
        if here is None:
            raise NotPublished(nothing_told(view))
        here = keep(here, view) if keep else here
        if here.empty:
            raise NotPublished(t("There are no such figures for this period."))
        return Told(here.reset_index(drop=True), [*notes(view), *_notes(here)])
    return select


@lru_cache(maxsize=8)
def _by_name(vintage: store.PublicVintage) -> dict[str, pd.DataFrame]:
    """The statistics of a vintage, each by itself."""
    told = vintage.statistics
    return {str(name): rows for name, rows in told.groupby("statistic")} if len(told) else {}


def nothing_told(view: View) -> str:
    """Why a statistic is not there."""
    return t("Vintage {id} holds no such figures: it was made before they were published, or lists tell too little.", id=view.vintage.id)


def in_period(frame: pd.DataFrame, view: View) -> pd.DataFrame:
    """The rows whose month, year or day lies in the period of the view; those of no date or of all years stay out."""
    return frame[[bool(_DATED.match(p)) and view.first[:len(p)] <= p[:7] <= view.last[:len(p)] for p in frame["period"]]]


_DATED = re.compile(r"(?:19|20)\d\d")


def over_all(frame: pd.DataFrame, view: View) -> pd.DataFrame:
    """The rows over all years."""
    return frame[frame["period"] == "all"]


def _notes(frame: pd.DataFrame) -> list[str]:
    hidden = int((frame["status"] == HIDDEN).sum())
    said = [texts.tn("{count} figure rests on too few persons to be shown.", "{count} figures rest on too few persons to be shown.", hidden)
            ] if hidden else []
    known = [note for note in dict.fromkeys(frame["note"].dropna()) if note and not _LENGTH.match(note)]
    return said + [_sentence(note_in_words(note)) for note in known[:_MOST_NOTES]]


_MOST_NOTES = 4
_LENGTH = texts.pattern("{years} years and {months} months")
NOTES = (
    "{number} more without any date", "{number} more are held by status, since when is not known",
    "a few more are held by status, since when is not known", "of {number} or more others who were held the time is not known",
    "without the periods that are not shown",
    "{share} of those whose wait ended bear no date of it", "many of those whose wait ended bear no date of it",
    "Too little history: only {count} months have been watched from {first} to {last} months after; at least {least} are needed.",
    "Too few persons: the months watched up to {months} months after hold fewer than {least}, which are needed.",
    "One list alone says nothing of the cases it misses; at least two are needed.",
    "{count} lists are too many for the models; put lists of one organisation together.",
    "Every person on the list {inner} is also on {outer}: it is part of it and no second witness. Put the two together.",
    "The lists share fewer than {least} persons, which are needed for an estimate.",
    "Lists that copy each other, or that all hold the well-known cases and all miss the same hidden ones, overlap more than independent lists "
    "would. The number of missing cases then comes out too low: read it as at least so many.",
)
"""The forms in which stats/ writes what must be kept in mind."""
REASONS = ("no start", "start after as_of", "end before start", "end without a date", "few", "nobody")
"""Why a person is in no curve of waiting (stats/survival.py)."""
_LEFT_OUT = texts.pattern("left out: {reasons}")


def note_in_words(note: str) -> str:
    """A note of stats/ in the language in use."""
    if texts.language() == texts.SOURCE:
        return note
    whole = texts.again(note, NOTES)
    return whole if whole != note else "; ".join(_part_in_words(part) for part in note.split("; "))


def _part_in_words(part: str) -> str:
    if found := _LEFT_OUT.fullmatch(part):
        return t("left out: {reasons}", reasons=", ".join(_reason_in_words(reason) for reason in found["reasons"].split(", ")))
    return texts.again(part, NOTES)


def _reason_in_words(reason: str) -> str:
    """"no start 34%", "end without a date few"."""
    name, _, share = reason.rpartition(" ")
    return f"{t(name)} {t(share) if share in REASONS else share}" if name in REASONS else t(reason)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def category_in_words(view: View, category: object) -> str:
    """What a category of a statistic is called."""
    code = "" if pd.isna(category) else str(category)
    if ": " in code:
        first, second = code.split(": ", 1)
        return f"{category_in_words(view, first)}: {category_in_words(view, second)}"
    if code in WORDS:
        return t(WORDS[code])
    if code in store.VERDICTS:
        return t(store.VERDICTS[code])
    return next((words for kind in ("punishment", "age") if (words := label(view.vintage, kind, code)) != code), code)


WORDS = {
    "": "", "all": "all held", "pre-trial": "held before the sentence", "prison": "in prisons and colonies", "open facility": "in open facilities",
    "recognised": "recognised in all", "held": "held", "former": "no longer held", "charged": "charged", "sentenced": "sentenced",
    "pardoned": "pardoned", "deported": "deported", "after charge": "after the charge", "after sentence": "after the sentence",
    "not known": "not known", "pardon": "pardon", "release of unknown ground": "released on unknown grounds",
    "punishment outside custody": "punished outside custody", "in absentia": "sentenced in absentia", "unknown": "not known",
    "months": "median, in months", "share still waiting": "share still waiting", "all lists": "all lists",
    "lists that date their entries": "lists that date their entries", "in all": "in all, estimated", "on no list": "on no list, estimated",
    "amnesty": "amnesty", "term served": "term served", "sentence changed": "sentence changed", "case closed": "case closed",
    "exchange": "exchange", "died": "died", "released": "released", "first count": "when first counted", "now": "as counted now",
}
"""What the codes of categories are called; those of punishments and ages have labels of their own."""


def in_words(value: object, unit: str, status: str = "exact") -> str:
    """A number of a statistic as readers see it."""
    if status == HIDDEN:
        return t("rests on too few persons")
    if status == NO_NUMBER:
        return t("no number")
    if pd.isna(value):
        return ""
    return _UNITS.get(unit, _plain)(float(value))  # type: ignore[arg-type]


def in_short(value: object, unit: str, status: str) -> str:
    """A number as it stands in a picture: many months as years."""
    if unit == "months" and status not in (HIDDEN, NO_NUMBER) and pd.notna(value) and float(value) >= _SUM_OF_MONTHS:  # type: ignore[arg-type]
        return in_words(round(float(value) / 12), "years")  # type: ignore[arg-type]
    return in_words(value, unit, status)


_SUM_OF_MONTHS = 120


def _plain(value: float) -> str:
    return number(int(value)) if value == int(value) else texts.number(round(value, 1))


def _years(value: float) -> str:
    return texts.tn("{count} year", "{count} years", int(value)) if value == int(value) else t("{number} years", number=_plain(value))


def _months(value: float) -> str:
    """Months, with years beside them as monitors print them where there are many."""
    said = t("{number} months", number=_plain(value))
    return said if value < _MANY_MONTHS else f"{said} ({_years(round(value / 12, 1 if value < 1200 else 0))})"


_MANY_MONTHS = 36
_UNITS: dict[str, Callable[[float], str]] = {
    "share": percent, "share (median: months)": percent,
    "months": _months, "years": _years,
}


@dataclass(frozen=True)
class StatisticChart(Chart[Told]):
    """A chart of numbers of a statistic. `first`: what its periods are called, "" where they tell nothing."""

    first: str = "Period"

    columns: ClassVar[dict[str, str]] = {
        "statistic": "the name of the statistic, see Methods",
        "period": "the month (2024-07), year (2024), wave (2024-07-03), span (2020-08/2025-04), or months waited; all: over all years; 0000: "
                  "not dated",
        "category": "code of the breakdown; empty where there is none", "category_label": "the same in words",
        "value": "the number, in the unit; empty where there is none", "lower": "lower end of its interval", "upper": "upper end of its interval",
        "unit": "unit of value, lower and upper", "persons": "how many persons it rests on; rounded down where the value is not a count",
        "status": "exact; rounded; estimate; bounds (between lower and upper); hidden (rests on too few persons); no number (see note)",
        "note": "what to keep in mind",
    }

    def table(self, shown: Told, view: View) -> pd.DataFrame:
        """A row a number."""
        rows = [[period_in_words(r.period), category_in_words(view, r.category), in_words(r.value, _unit(r), r.status), _interval(r),
                 "" if pd.isna(r.persons) else number(int(r.persons))] for r in shown.frame.itertuples()]
        frame = pd.DataFrame(rows, columns=[t(self.first), t("Of whom or what"), t("Number"), t("Interval"), t("Rests on persons")])
        return frame[[name for n, name in enumerate(frame) if n == 2 or (n == 0 and not frame.iloc[:, 1].any()) or frame[name].any()]]

    def rows(self, shown: Told, view: View) -> pd.DataFrame:
        """The numbers as they were published."""
        words = [category_in_words(view, category) for category in shown.frame["category"]]
        notes = [note_in_words(note) if isinstance(note, str) else "" for note in shown.frame["note"]]
        return shown.frame.assign(category_label=words, note=notes)[list(self.columns)]

    def notes(self, shown: Told) -> list[str]:
        """What must be known of the numbers."""
        return shown.notes

    def about(self, shown: Told, view: View) -> dict[str, Any]:
        """The statistics with their definitions."""
        names = set(shown.frame["statistic"])
        known = view.vintage.definitions
        return {"statistics": known[known["statistic"].isin(names)].to_dict("records") if len(known) else [], "measures_mean": self.meant(view)}


def _unit(row: Any) -> str:
    return "months" if row.category == "months" else str(row.unit)


def _interval(row: Any) -> str:
    unit = _unit(row)
    if pd.isna(row.lower) or pd.isna(row.upper):
        return ""
    return t("{lower} to {upper}", lower=in_words(row.lower, unit), upper=in_words(row.upper, unit))


def period_in_words(code: str) -> str:
    """A period of a statistic as readers see it: months waited, "median", a span, or what components.text.period knows."""
    if code.isdigit() and len(code) < 4:
        return number(int(code))
    if code == "median":
        return t("median")
    return t("{first} to {last}", first=period(code.split("/")[0]), last=period(code.split("/")[1])) if "/" in code else period(code)
