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

Comparison = Callable[[pd.DataFrame, str, np.ndarray, np.ndarray], np.ndarray]


def levels(frame: pd.DataFrame, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """For each pair of records (positions in `frame`) the number of its level in FIELDS[field]; -1: not comparable."""
    special: dict[str, Comparison] = {
        "surname": _names, "given": _given, "patronymic": _names, "birth_date": _birth_dates, "articles": _sets}
    return special.get(field, _dates if field in DATES else _equal)(frame, field, a, b)


def _sides(frame: pd.DataFrame, field: str, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(codes of the value at a, at b); -1 where unknown."""
    code = pd.factorize(frame[field])[0]
    return code[a], code[b]


def _equal(frame: pd.DataFrame, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    left, right = _sides(frame, field, a, b)
    last = len(FIELDS[field]) - 1
    differs = -1 if last == 0 else last      # pages that differ say nothing: each list has its own
    return np.where((left < 0) | (right < 0), -1, np.where(left == right, 0, differs))


def _names(frame: pd.DataFrame, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    level = _equal(frame, field, a, b)
    return _alike(frame[field], a, b, level, 2, 1, 0.88 if field == "surname" else 0.75)


def _given(frame: pd.DataFrame, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    level = _equal(frame, field, a, b)
    one_letter = (frame[field].str.len() == 1).to_numpy(dtype=bool, na_value=False)
    initial = pd.factorize(frame[field].str[:1])[0]
    short = (one_letter[a] | one_letter[b]) & (level >= 0)
    level = np.where(short, np.where(initial[a] == initial[b], 1, 3), level)
    return _alike(frame[field], a, b, level, 3, 2, 0.9)


def _alike(text: pd.Series, a: np.ndarray, b: np.ndarray, level: np.ndarray, differs: int, alike: int, at_least: float
           ) -> np.ndarray:
    """`level` with `alike` instead of `differs` where the Jaro-Winkler similarity is high enough."""
    at = np.flatnonzero(level == differs)
    values = text.to_numpy(dtype=object)
    if len(at):
        close = cpdist(values[a[at]], values[b[at]], scorer=JaroWinkler.similarity) >= at_least
        level[at[close]] = alike
    return level


def _birth_dates(frame: pd.DataFrame, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    coarse = np.maximum(*_precisions(frame, field, a, b))
    year, month, day = (np.nan_to_num(getattr(frame[field].dt, part).to_numpy(dtype=float)) for part in
                        ("year", "month", "day"))
    years_apart = np.abs(year[a] - year[b])
    same_year, same_month, same_day = years_apart == 0, month[a] == month[b], day[a] == day[b]
    swapped = same_year & (month[a] == day[b]) & (day[a] == month[b])
    one_part = (same_year & (same_month | same_day)) | (same_month & same_day) | swapped
    by_day = np.select([same_year & same_month & same_day, one_part, years_apart == 1], [0, 3, 4], 5)
    by_month = np.select([same_year & same_month, same_year, years_apart == 1], [1, 3, 4], 5)
    by_year = np.select([same_year, years_apart == 1], [2, 4], 5)
    return np.select([coarse == 0, coarse == 1, coarse == 2], [by_day, by_month, by_year], -1)


def _dates(frame: pd.DataFrame, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    coarse = np.maximum(*_precisions(frame, field, a, b))
    days = np.nan_to_num((frame[field] - pd.Timestamp(0)).dt.days.to_numpy(dtype=float))
    month = np.nan_to_num(frame[field].dt.year.to_numpy(dtype=float) * 12 + frame[field].dt.month.to_numpy(dtype=float))
    apart_by = np.abs(days[a] - days[b])
    by_day = np.select([apart_by == 0, apart_by <= DAYS_APART[field]], [0, 3], 4)
    by_month = np.where(month[a] == month[b], 1, 4)
    by_year = np.where((month[a] - 1) // 12 == (month[b] - 1) // 12, 2, 4)
    return np.select([coarse == 0, coarse == 1, coarse == 2], [by_day, by_month, by_year], -1)


def _precisions(frame: pd.DataFrame, field: str, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """0 day, 1 month, 2 year, 3 unknown, of each side."""
    grade = frame[f"{field}_precision"].map({"day": 0, "month": 1, "year": 2}).where(frame[field].notna())
    code = grade.fillna(3).to_numpy(dtype=int)
    return code[a], code[b]


def _sets(frame: pd.DataFrame, field: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    level = _equal(frame, field, a, b)
    at = np.flatnonzero(level == 2)
    left, right = _sides(frame, field, a[at], b[at])
    sets = [set(text.split()) for text in pd.factorize(frame[field])[1]]
    pairs, back = np.unique(left.astype(np.int64) * (len(sets) + 1) + right, return_inverse=True)
    meets = np.array([not sets[p // (len(sets) + 1)].isdisjoint(sets[p % (len(sets) + 1)]) for p in pairs], dtype=bool)
    level[at] = np.where(meets[back], 1, 2) if len(at) else level[at]
    return level
