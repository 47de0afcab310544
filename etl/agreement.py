"""How far two records agree in each field: levels, their weights, and the words for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

DAYS_APART = {"charged_on": 15, "detained_on": 15, "sentenced_on": 7, "released_on": 7}
"""How far two lists date the same event apart: by the hearing or its report, by arrest or the charge that follows."""


@dataclass(frozen=True)
class Level:
    """One level of agreement: `m` and `u` as above (`u` None: the frequency of the value), `words` for people."""

    words: str
    m: float
    u: float | None


DATES = {"charged_on": "date of charge", "detained_on": "date of detention", "sentenced_on": "date of verdict",
          "released_on": "date of release"}

FIELDS: dict[str, tuple[Level, ...]] = {
    "surname": (Level("same surname", 0.93, None), Level("surname alike", 0.05, 0.003),
                Level("other surname", 0.02, 0.99)),
    "given": (Level("same given name", 0.96, None), Level("same initial", 0.9, 0.1),
              Level("given name alike", 0.02, 0.01), Level("other given name", 0.02, 0.95)),
    "patronymic": (Level("same patronymic", 0.8, None), Level("patronymic alike", 0.17, 0.03),
                   Level("other patronymic", 0.03, 0.95)),
    "birth_date": (Level("same date of birth", 0.9, 1 / (365 * 40)), Level("same month of birth", 0.9, 1 / (12 * 40)),
                   Level("same year of birth", 0.9, 1 / 40), Level("date of birth differs in one part", 0.05, 0.005),
                   Level("born a year apart", 0.02, 0.05), Level("other date of birth", 0.004, 0.95)),
    "sex": (Level("same sex", 0.995, None), Level("other sex", 0.005, 0.35)),
    **{date: (Level(f"same {words}", 0.8, None), Level(f"{words} in the same month", 0.8, 1 / 40),
              Level(f"{words} in the same year", 0.8, 1 / 5), Level(f"{words} some days apart", 0.1, 0.02),
              Level(f"other {words}", 0.1, 0.95))
       for date, words in DATES.items()},
    "articles": (Level("same articles", 0.6, None), Level("articles in common", 0.3, 0.3),
                 Level("other articles", 0.1, 0.5)),
    "punishment": (Level("same punishment", 0.9, None), Level("other punishment", 0.1, 0.6)),
    "term_months": (Level("same term", 0.9, None), Level("other term", 0.1, 0.9)),
    "region": (Level("same region", 0.9, None), Level("other region", 0.1, 0.75)),
    "url": (Level("same page", 0.9, 1e-6),),
}



class Compared:
    """Records as they are compared: each column coded once, however many pairs are looked at."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._codes: dict[str, tuple[np.ndarray, list]] = {}
        self._days: dict[str, tuple[np.ndarray, ...]] = {}

    def coded(self, field: str) -> tuple[np.ndarray, list]:
        """(the number of each record's value, -1 where unknown; the values by number)."""
        if field not in self._codes:
            column = self.frame[field]
            code, values = pd.factorize(column.to_numpy(dtype=object, na_value=None) if column.dtype == "str" else column)
            self._codes[field] = code, list(values)
        return self._codes[field]

    def date(self, field: str) -> tuple[np.ndarray, ...]:
        """(precision: 0 day, 1 month, 2 year, 3 unknown; days since 1970; year; month; day) of each record."""
        if field not in self._days:
            column = self.frame[field]
            code, known = self.coded(f"{field}_precision")
            grade = np.array([*({"day": 0, "month": 1, "year": 2}[precision] for precision in known), 3], dtype=np.int8)[code]
            grade[column.isna()] = 3
            day = column.fillna(pd.Timestamp(0)).to_numpy("datetime64[D]")
            month, year = day.astype("datetime64[M]"), day.astype("datetime64[Y]")
            parts = (day.astype(int), year.astype(int) + 1970, (month - year).astype(int) + 1, (day - month).astype(int) + 1)
            self._days[field] = (grade, *(part.astype(np.int32) for part in parts))
        return self._days[field]


Comparison = Callable[[Compared, str, np.ndarray, np.ndarray], np.ndarray]


def levels(records: Compared, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """For each pair of records (positions) the number of its level in FIELDS[field]; -1: not comparable."""
    special: dict[str, Comparison] = {
        "surname": _names, "given": _given, "patronymic": _names, "birth_date": _birth_dates, "articles": _sets}
    return special.get(field, _dates if field in DATES else _equal)(records, field, a, b)


def _equal(records: Compared, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    code = records.coded(field)[0]
    left, right = code[a], code[b]
    last = len(FIELDS[field]) - 1
    differs = np.int8(-1 if last == 0 else last)      # pages that differ say nothing: each list has its own
    return np.where((left < 0) | (right < 0), np.int8(-1), np.where(left == right, np.int8(0), differs))


def _names(records: Compared, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    level = _equal(records, field, a, b)
    return _alike(records, field, a, b, level, 2, 1, 0.88 if field == "surname" else 0.75)


def _given(records: Compared, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    level = _equal(records, field, a, b)
    code, values = records.coded(field)
    one_letter = np.array([len(value) == 1 for value in values] + [False])[code]
    initial = pd.factorize(np.array([value[:1] for value in values] + [""], dtype=object))[0][code]
    short = (one_letter[a] | one_letter[b]) & (level >= 0)
    level = np.where(short, np.where(initial[a] == initial[b], np.int8(1), np.int8(3)), level)
    return _alike(records, field, a, b, level, 3, 2, 0.9)


def _alike(records: Compared, field: str, a: np.ndarray, b: np.ndarray, level: np.ndarray, differs: int, alike: int,
           at_least: float) -> np.ndarray:
    """`level` with `alike` instead of `differs` where the Jaro-Winkler similarity is high enough."""
    at = np.flatnonzero(level == differs)
    if len(at):
        left, right, of_pair = _distinct_pairs(records, field, a[at], b[at])
        close = cpdist(left, right, scorer=JaroWinkler.similarity) >= at_least
        level[at[close[of_pair]]] = alike
    return level


def _distinct_pairs(records: Compared, field: str, a: np.ndarray, b: np.ndarray) -> tuple[list, list, np.ndarray]:
    """The distinct pairs of values of pairs of records (left sides, right sides), and which of them each pair has."""
    code, values = records.coded(field)
    of_pair, distinct = pd.factorize(code[a].astype(np.int64) * len(values) + code[b])
    return [values[n] for n in distinct // len(values)], [values[n] for n in distinct % len(values)], of_pair


def _both_known(precision: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(pairs of which both dates are known, the coarser precision of each of these)."""
    coarse = np.maximum(precision[a], precision[b])
    at = np.flatnonzero(coarse < 3)
    return at, coarse[at]


def _birth_dates(records: Compared, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    precision, _, year, month, day = records.date(field)
    at, coarse = _both_known(precision, a, b)
    left, right = a[at], b[at]
    years_apart = np.abs(year[left] - year[right])
    same_year, same_month, same_day = years_apart == 0, month[left] == month[right], day[left] == day[right]
    swapped = same_year & (month[left] == day[right]) & (day[left] == month[right])
    one_part = (same_year & (same_month | same_day)) | (same_month & same_day) | swapped
    by_day = np.select([same_year & same_month & same_day, one_part, years_apart == 1], [0, 3, 4], 5)
    by_month = np.select([same_year & same_month, same_year, years_apart == 1], [1, 3, 4], 5)
    by_year = np.select([same_year, years_apart == 1], [2, 4], 5)
    level = np.full(len(a), -1, dtype=np.int8)
    level[at] = np.select([coarse == 0, coarse == 1], [by_day, by_month], by_year)
    return level


def _dates(records: Compared, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    precision, days, year, month, _ = records.date(field)
    at, coarse = _both_known(precision, a, b)
    left, right = a[at], b[at]
    apart_by = np.abs(days[left] - days[right])
    same_year = year[left] == year[right]
    by_day = np.select([apart_by == 0, apart_by <= DAYS_APART[field]], [0, 3], 4)
    by_month = np.where(same_year & (month[left] == month[right]), 1, 4)
    by_year = np.where(same_year, 2, 4)
    level = np.full(len(a), -1, dtype=np.int8)
    level[at] = np.select([coarse == 0, coarse == 1], [by_day, by_month], by_year)
    return level


def _sets(records: Compared, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    level = _equal(records, field, a, b)
    at = np.flatnonzero(level == 2)
    if len(at):
        left, right, of_pair = _distinct_pairs(records, field, a[at], b[at])
        meets = [not set(one.split()).isdisjoint(other.split()) for one, other in zip(left, right, strict=True)]
        level[at] = np.where(np.array(meets)[of_pair], np.int8(1), np.int8(2))
    return level
