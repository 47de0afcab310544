"""The text or value of a cell → a date with its precision, or why it is none.

A monitor often knows only "April 2026". A date of precision month or year lies on the first day of it. What each form
becomes:

- a day, a month or a year, in any usual order: that day, month or year. Day before month wherever points separate
  (31.12.2020); with strokes or hyphens (03/04/2021) the column decides, else nobody does;
- a range ("08-09.2020", "5-7 мая 2021"): the month or year both ends lie in; if they lie in none, no date;
- a season ("осень 2020"): its year, since no finer precision of ours holds it; winter spans two and is no date;
- a part of a month or year ("начало 2021", "в конце мая 2021"): that month or year;
- a bound ("до 12.2020", "after 2021"): no date, since it may be any time before or after;
- a two-digit year: 20xx, or 19xx where that would lie after `today`;
- an Excel serial (epoch 1900) or a year typed as a number.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from babel.dates import get_day_names, get_month_names

from etl.codes import fold

Precision = Literal["day", "month", "year"]

EXPECTED = "a date such as 2021-05-31, 31.05.2021, 31 May 2021, 05.2021 or 2021"
LONGEST = 500
"""Characters of the longest text that is looked at, notes in brackets included: what takes long to read is no date."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_SERIALS = range(10_000, 73_050)  # 1927 to 2099
_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True)
class Found:
    """What a cell says: a date with precision; or nothing; or a problem (a kind of etl.problems)."""

    date: date | None = None
    precision: Precision | None = None
    problem: str = ""


NOTHING = Found()
_UNREADABLE = Found(problem="unreadable-date")
_BOUND = Found(problem="date-is-a-bound")


def _months() -> dict[str, int]:
    """Folded month names and their beginnings, in both case forms, → number."""
    names: dict[str, int] = {}
    for locale in ("be", "ru", "en"):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, locale).items():
                    names[fold(name)] = number
    # Case forms that are neither nominative nor genitive ("в мае", "у траўні"), and what people type.
    stems = {
        1: "студз январ", 2: "люты лют феврал", 3: "сакавік сакав март", 4: "красавік красав апрел",
        5: "мая маю мае трав трау",
        6: "чэрв червен июн", 7: "ліп липен июл", 8: "жнів жнив август", 9: "верас сентябр сент sept",
        10: "кастрычнік кастрыч октябр", 11: "лістапад листопад лістап ноябр", 12: "снеж декабр",
    }
    return names | {fold(stem): number for number, text in stems.items() for stem in text.split()}


def _weekdays() -> set[str]:
    """Folded names of the days of the week, whole and short."""
    return {fold(name) for locale in ("be", "ru", "en") for width in ("wide", "abbreviated")
            for name in get_day_names(width, "format", locale).values()}


_MONTHS = _months()
_LONGEST_FIRST = sorted(_MONTHS, key=len, reverse=True)
_SEASON = re.compile(r"^(?:вясна|вясной|весна|весной|лета|летам|лето|летом|восень|восенню|осень|осенью|spring|summer|"
                     r"autumn|fall)\s+(\d{4})$")
_BOUNDS = re.compile(r"^(?:до|да|не\s?позднее|не\s?позже|не пазней|раней за|ранее|раньше|после|пасля|с|з|от|ад|не ранее|"
                     r"не раней|before|after|until|till|since|from|by)\s+(?=\S*\d|\w+\s+\d{4})")
_YEAR_WORDS = re.compile(r"(?<=\d)\s*(?:годзе|годом|году|года|год|гг|г|yr|year|р)\b\.?")
_NO_DAY = re.compile(r"^(?:[xх]{1,2}|00)[./-](?=(?:[xх]{1,2}|\d{1,2})[./-]\d{4}$)(?:(?:[xх]{1,2}|00)[./-])?")
"""The day, or day and month, left open: "xx.05.2021", "00.00.2021"."""
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|-?го|-?га|-?е|-?ое|-?ае)\b")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_TIME = re.compile(r"[Tt\s]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:?\d{2})?\s*$")
_WEEKDAY = re.compile(rf"^(?:{'|'.join(sorted(_weekdays(), key=len, reverse=True))})\b[\s.]*")
_PART = re.compile(r"^(?:(?:в|у|ў|at|in) )?(?:the )?(?:начал[оеа]|середин[аеу]|кон(?:ец|це|ца)|пачат(?:ак|ку)|сярэдзін[аеу]|кан(?:ец|цы|ца)|"
                   r"early|mid|middle of|late|beginning of|end of)[\s-]+(?:the )?(?=\D*\d{4}$)")
_FROM_TO = re.compile(r"^(?:с|з|са|со|from)\s+(.+?)\s+(?:по|да|до|to)\s+(.+)$")
_IN = re.compile(r"^(?:в|у|ў|во|in|on)\s+")
_PLAIN = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d\d)\.(\d\d)\.(\d{4})")
_Y_M_D = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})$")
_D_M_Y = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})$")
_Y_M = re.compile(r"(\d{4})[-/. ](\d{1,2})$")
_M_Y = re.compile(r"(\d{1,2})[-/. ](\d{4})$")
_YEAR = re.compile(r"(\d{4})$")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_D_NAME_Y = re.compile(r"(\d{1,2})[\s.,-]+#(\d{1,2})[\s.,-]+(\d{4}|\d{2})$")
_NAME_D_Y = re.compile(r"#(\d{1,2})[\s.,-]+(\d{1,2})[\s.,]+(\d{4})$")
_NAME_Y = re.compile(r"#(\d{1,2})[\s.,-]+(\d{4})$")
_Y_NAME_D = re.compile(r"(\d{4})[\s.,-]+#(\d{1,2})(?:[\s.,-]+(\d{1,2}))?$")
_RANGE = re.compile(r"^(.+?)\s*(?:\.\.\.?|\s-\s|/|-|\s(?:to|по|да|до)\s)\s*(.+)$")


def day_first(texts: set[str]) -> bool | None:
    """Whether a column writes the day first where strokes or hyphens separate; None if it does not show."""
    separated = (t for t in texts if len(t) <= LONGEST and not _PLAIN.fullmatch(t) and ("/" in t or "-" in t))
    firsts = {(int(m[1]) > 12, int(m[3]) > 12) for t in separated
              if (m := _D_M_Y.match(_clean(t))) and m[2] in "/-" and (int(m[1]) > 12) != (int(m[3]) > 12)}
    return {(True, False)}.issuperset(firsts) if len(firsts) == 1 else None


def parse(value: object, today: date, day_before_month: bool | None = None) -> Found:
    """The date a cell holds. `day_before_month`: what `day_first` says of its column. Never raises."""
    if isinstance(value, datetime | date):
        return _checked(value.year, value.month, value.day, today)
    if isinstance(value, bool):
        return _UNREADABLE
    if isinstance(value, int | float):
        return _number(value, today)
    text = str(value)
    return _text(text, today, day_before_month) if len(text) <= LONGEST else _UNREADABLE


def _number(value: float, today: date) -> Found:
    if not math.isfinite(value) or (value != int(value) and int(value) not in _SERIALS):
        return _UNREADABLE
    whole = int(value)
    if _FIRST_YEAR <= whole <= _LAST_YEAR:
        return _checked(whole, None, None, today)
    if whole in _SERIALS:
        day = _EPOCH + timedelta(days=whole)
        return _checked(day.year, day.month, day.day, today)
    return _UNREADABLE


@lru_cache(maxsize=100_000)
def _text(text: str, today: date, day_before_month: bool | None) -> Found:
    if plain_form := _PLAIN.fullmatch(text):  # nine dates of ten; nothing else needs to be tried
        year, month, day = (plain_form[g] or plain_form[h] for g, h in ((1, 6), (2, 5), (3, 4)))
        return _checked(int(year), int(month), int(day), today)
    plain = _clean(text)
    if re.fullmatch(r"\d{5}(?:[.,]\d+)?", text.strip()):
        return _number(float(text.replace(",", ".")), today)
    if match := _COMPACT.fullmatch(plain):
        return _checked(int(match[1]), int(match[2]), int(match[3]), today)
    if match := _PART.match(plain):
        whole = _single(_named(plain[match.end():]), today, day_before_month)
        return whole if whole and whole.precision in ("month", "year") else _UNREADABLE
    if match := _FROM_TO.match(plain):
        return _range(f"{match[1]} - {match[2]}", today, day_before_month) or _UNREADABLE
    if match := _BOUNDS.match(plain):
        inner = _single(_named(plain[match.end():]), today, day_before_month)
        return _BOUND if inner and (inner.date or inner.problem) else _UNREADABLE
    if match := _SEASON.match(plain):
        return _checked(int(match[1]), None, None, today)
    return _single(_named(plain), today, day_before_month) or _range(plain, today, day_before_month) or _UNREADABLE


def _clean(text: str) -> str:
    """Folded, without brackets, time of day, weekday commas and the word "year"."""
    plain = _IN.sub("", fold(_TIME.sub("", _BRACKETS.sub(" ", text))))
    plain = _ORDINAL.sub("", _YEAR_WORDS.sub("", _WEEKDAY.sub("", plain.lstrip(" ,"))))
    plain = _NO_DAY.sub("", re.sub(r"(?<=\d) of (?=\D)", " ", plain))
    return re.sub(r"\s+", " ", plain.replace(",", " ")).strip(" .")


@lru_cache(maxsize=100_000)
def _named(plain: str) -> str:
    """`plain` with the first month name as #number."""
    for word in re.findall(r"[^\W\d_]{3,}", plain):
        number = _MONTHS.get(word) or next((_MONTHS[n] for n in _LONGEST_FIRST if len(n) > 2 and word.startswith(n)), None)
        if number:
            return plain.replace(word, f"#{number}", 1)
    return plain


def _single(plain: str, today: date, day_before_month: bool | None) -> Found | None:
    """The one date that all of `plain` is; None if it is not of such a form."""
    if m := _Y_M_D.match(plain):
        return _checked(int(m[1]), int(m[2]), int(m[3]), today)
    if m := _D_M_Y.match(plain):
        return _ordered(int(m[1]), int(m[3]), _full_year(m[4], today), m[2], today, day_before_month)
    if m := _D_NAME_Y.match(plain):
        return _checked(_full_year(m[3], today), int(m[2]), int(m[1]), today)
    if m := _NAME_D_Y.match(plain):
        return _checked(int(m[3]), int(m[1]), int(m[2]), today)
    if m := _Y_NAME_D.match(plain):
        return _checked(int(m[1]), int(m[2]), int(m[3]) if m[3] else None, today)
    if (m := _Y_M.match(plain)) and int(m[2]) <= 12:
        return _checked(int(m[1]), int(m[2]), None, today)
    if m := _M_Y.match(plain) or _NAME_Y.match(plain):
        return _checked(int(m[2]), int(m[1]), None, today)
    if m := _YEAR.match(plain):
        return _checked(int(m[1]), None, None, today)
    return None


def _ordered(first: int, second: int, year: int, separator: str, today: date, day_before_month: bool | None) -> Found:
    if separator in ". " or first == second or first > 12:
        return _checked(year, second, first, today)
    if second > 12:
        return _checked(year, first, second, today)
    if day_before_month is None:
        return Found(problem="ambiguous-date")
    day, month = (first, second) if day_before_month else (second, first)
    return _checked(year, month, day, today)


def _full_year(text: str, today: date) -> int:
    if len(text) == 4:
        return int(text)
    return 2000 + int(text) if 2000 + int(text) <= today.year else 1900 + int(text)


def _range(plain: str, today: date, day_before_month: bool | None) -> Found | None:
    """A range as the month or year that both ends lie in. An end may lack what the other tells ("5-7 мая 2021")."""
    match = _RANGE.match(plain)
    if not match:
        return None
    last = _single(_named(match[2]), today, day_before_month)
    if not last or not last.date:
        return None
    first_text = _named(match[1].strip(" ."))
    first = _single(first_text, today, day_before_month)
    if re.fullmatch(r"\d{1,2}", first_text):
        first = last if last.precision == "day" else (
            _checked(last.date.year, int(first_text), None, today) if last.precision == "month" else None)
    elif m := re.fullmatch(r"(\d{1,2}[. ])?(?:#?(\d{1,2}))", first_text):
        first = _checked(last.date.year, int(m[2]), None, today)
    if not first or not first.date:
        return None
    if (first.date.year, first.date.month) == (last.date.year, last.date.month) and "year" not in (
            first.precision, last.precision):
        return _checked(last.date.year, last.date.month, None, today)
    if first.date.year == last.date.year:
        return _checked(last.date.year, None, None, today)
    return _BOUND


def _checked(year: int, month: int | None, day: int | None, today: date) -> Found:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return Found(problem="impossible-date")
    try:
        found = date(year, month or 1, day or 1)
    except ValueError:
        return Found(problem="impossible-date")
    precision: Precision = "day" if day else "month" if month else "year"
    return Found(found, precision, "future-date" if found > today else "")
