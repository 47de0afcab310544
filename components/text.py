"""Words for readers: the one place through which every text passes, so that a catalogue can translate it."""

from __future__ import annotations

import datetime
import re

import pandas as pd
from babel.dates import format_date, format_skeleton
from babel.numbers import format_percent

import texts
from texts import t

__all__ = ["labels", "measure", "number", "percent", "period", "span", "t"]


def number(value: int, at_least: bool = False) -> str:
    """A number of persons: "1,234", or "at least 1,234" where some cells are protected."""
    if at_least and not value:
        return t("an unpublished number")
    shown = texts.number(int(value))
    return t("at least {number}", number=shown) if at_least else shown


@texts.kept(1024)
def percent(share: float) -> str:
    """A share from 0 to 1 as a whole per cent."""
    return format_percent(share, format="0%", locale=texts.language())


@texts.kept(4096)
def period(code: str) -> str:
    """A period as people read it: "2024-07" is "July 2024", "2024-Q3" is "July to September 2024", "2024-07-03" is
    "3 July 2024"; "2024-00", "2024-Q0" and "0000" say what is not known."""
    if code == "all":
        return t("all years")
    if code.startswith("0000"):
        return t("date not known")
    if code.endswith(("-00", "-Q0")):
        return t("{year}, month not known", year=code[:4])
    if re.fullmatch(r"\d{4}", code):
        return code
    if quarter := re.fullmatch(r"(\d{4})-Q([1-4])", code):
        last = int(quarter[2]) * 3
        months = [format_date(datetime.date(2000, month, 1), "LLLL", locale=texts.language()) for month in (last - 2, last)]
        return t("{first} to {last} {year}", first=months[0], last=months[1], year=quarter[1])
    if len(code) == 7:
        day = datetime.date(int(code[:4]), int(code[5:]), 1)
        return format_skeleton("yMMMM", day, locale=texts.language())
    try:
        return texts.day(datetime.date.fromisoformat(code))
    except ValueError:
        return t("outside the waves")


@texts.kept(512)
def month_in_short(code: str) -> str:
    """A month, or the first one of a quarter, in short: "2024-07" is "Jul 2024"."""
    month = int(code[6:]) * 3 - 2 if code[5] == "Q" else int(code[5:])
    return format_skeleton("yMMM", datetime.date(int(code[:4]), month, 1), locale=texts.language())


def span(first: str, last: str) -> tuple[str, str]:
    """The first and last period of a span as people read them: of quarters, the first and last month."""
    def edge(code: str, month: int) -> str:
        quarter = re.fullmatch(r"(\d{4})-Q([1-4])", code)
        return f"{quarter[1]}-{int(quarter[2]) * 3 - 2 + month:02}" if quarter else code
    return period(edge(first, 0)), period(edge(last, 2))


MEASURES = {
    "charged": ("charged", "Persons charged"), "sentenced": ("sentenced", "Persons sentenced"),
    "pardoned": ("pardoned", "Persons pardoned"), "deported": ("deported", "Pardoned and deported"),
    "held": ("held", "Held now"), "net": ("net change", "Net change of people held"),
}


def measure(code: str) -> str:
    """What a measure counts, as a column's header."""
    return t(MEASURES[code][1])


def labels(frame: pd.DataFrame) -> pd.Series:
    """What each row of a table with the columns label_be, label_ru and label_en is called in the language in use."""
    column = f"label_{texts.language()}"
    # A language without a column of its own has the labels in its catalogue.
    return frame[column] if column in frame else frame["label_en"].map(t)
