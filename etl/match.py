"""Which records speak of the same person: Fellegi-Sunter weights that can be read and explained.

For each field two records agree at one of its levels; the level's weight is log2(m / u): m is how often it occurs
between two records of one person, u between two of different persons (Fellegi and Sunter 1969). Where u is left to
the data it is the frequency of the agreeing value, so that a rare surname tells more than a common one. The weights
add up with the prior to the log2 odds that both are one person. docs/linkage.md says where m and u come from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from etl.names import parse

MERGE = np.log2(0.95 / 0.05)
"""Log2 odds from which a pair is merged: 95 %, for the least of them; nearly all are far above."""
REVIEW = 0.0
"""Log2 odds from which a pair is shown to people: even odds."""

CLEARLY_BETTER = 3.0
"""Log2 odds by which one partner must be likelier than another of the same list: eight times."""

POPULATION = 10_000
"""Records below which frequencies say little (all of a list of five may bear one name): they are taken of so many,
about the persons prosecuted for politics in Belarus since 2020. So small imports are as careful as large ones."""

FEWEST_VALUES = 1_000
"""The same for the other fields, where one value (a day of mass arrests, article 342) may be common in truth."""

LARGEST_BLOCK = 60
"""A key that so many records share is no key: their pairs are found by the other keys."""

DAYS_APART = {"charged_on": 15, "detained_on": 15, "sentenced_on": 7, "released_on": 7}
"""How far two lists date the same event apart: by the hearing or its report, by arrest or the charge that follows."""


@dataclass(frozen=True)
class Level:
    """One level of agreement: `m` and `u` as above (`u` None: the frequency of the value), `words` for people."""

    words: str
    m: float
    u: float | None


_DATES = {"charged_on": "date of charge", "detained_on": "date of detention", "sentenced_on": "date of verdict",
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
                   Level("born a year apart", 0.02, 0.05), Level("other date of birth", 0.02, 0.95)),
    "sex": (Level("same sex", 0.995, None), Level("other sex", 0.005, 0.35)),
    **{date: (Level(f"same {words}", 0.8, None), Level(f"{words} in the same month or year", 0.8, None),
              Level(f"{words} some days apart", 0.1, 0.02), Level(f"other {words}", 0.1, 0.95))
       for date, words in _DATES.items()},
    "articles": (Level("same articles", 0.6, None), Level("articles in common", 0.3, 0.3),
                 Level("other articles", 0.1, 0.5)),
    "punishment": (Level("same punishment", 0.9, None), Level("other punishment", 0.1, 0.6)),
    "term_months": (Level("same term", 0.9, None), Level("other term", 0.1, 0.9)),
    "region": (Level("same region", 0.9, None), Level("other region", 0.1, 0.75)),
    "url": (Level("same page", 0.9, 1e-6),),
}

_NAME_LEVELS = {"surname": (0, 1), "given": (0, 1, 2)}
_SUPPORT = {"birth_date": (0, 1, 2), **dict.fromkeys(_DATES, (0, 1, 2)), "url": (0,)}
_CASE = ("articles", "term_months", "region")
"""What must be in common beside the name: a date of birth, the date of an event, or the list's page on the person;
else all of the case, or two parts of it with the patronymic."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of records `a` and `b` (positions) with their log2 odds, the level of each field (-1: not comparable),
    whether nothing forbids to merge them (`free`: same name, a fact in common, no contradiction)."""

    a: np.ndarray
    b: np.ndarray
    odds: np.ndarray
    levels: dict[str, np.ndarray]
    free: np.ndarray


def records(rows: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """(records, for each row the position of its record): rows of one list with the same id are one record.

    Records have the rows' columns that are compared, `scope` (where their id is unique) and the parts of the name.
    """
    rows = rows.assign(scope=_scope(rows))
    own = "id " + rows["scope"] + "/" + rows["record_id"]
    code, _ = pd.factorize(own.fillna("row " + rows["row_key"]))
    columns = ["scope", "record_id", "url", "name", "birth_date", "birth_date_precision", "sex", "region", "articles",
               "punishment", "term_months", *(c for d in _DATES for c in (d, f"{d}_precision"))]
    taken = rows[columns]
    repeated = pd.Series(code).duplicated(keep=False).to_numpy()
    single = taken[~repeated].set_axis(code[~repeated])
    merged = taken[repeated].groupby(code[repeated]).first()
    frame = pd.concat([f for f in (single, merged) if len(f)] or [taken]).sort_index()
    return _comparable(frame), code


def _scope(rows: pd.DataFrame) -> pd.Series:
    """Where an id stands for one record: the list, or one table of it if each table numbers its rows by itself.

    The second is so where most ids that two tables of a list share go with two names.
    """
    name = [(parsed.surname, parsed.given) for parsed in map(parse, rows["name"].fillna(""))]
    known = rows[["list", "table", "record_id"]].assign(name=pd.Series(name, index=rows.index))
    known = known[rows["record_id"].notna() & rows["name"].notna()]
    by_id = known.groupby(["list", "record_id"])[["table", "name"]].nunique()
    shared = by_id[by_id["table"] > 1]
    numbered = (shared["name"] > 1).groupby("list").mean() > 0.5
    by_table = rows["list"].isin(numbered.index[numbered])
    return rows["list"].fillna("") + ("/" + rows["table"]).where(by_table, "")


def _comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """The record in the form that is compared: parts of the name, sets of articles."""
    names = [parse(text) for text in frame["name"].fillna("")]
    for part in ("given", "surname", "patronymic"):
        frame[part] = pd.array([getattr(name, part) or None for name in names], dtype="str")
    frame["anonymous"] = np.array([name.anonymous for name in names], dtype=bool)
    distinct = {text: _numbers(text) for text in frame["articles"].dropna().unique()}
    frame["articles"] = frame["articles"].map(distinct).astype("str")
    frame["term_months"] = frame["term_months"].round(1)
    return frame


def _numbers(articles: str) -> str:
    """The articles without part and inchoate form, in order: lists differ in how much of it they write."""
    return " ".join(sorted({code.split("+")[0].split(".")[0] for code in articles.split()}))


def candidates(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of records worth comparing: that share one of a few keys. Each pair once, a < b."""
    year = frame["birth_date"].dt.year
    named = ~frame["anonymous"].to_numpy()
    day = {d: frame[d].where(frame[f"{d}_precision"] == "day") for d in _DATES}
    surname, given = frame["surname"], frame["given"]
    keys = [(surname, given.fillna("")), (surname, year), (given, frame["birth_date"])]
    keys += [(name, day[d]) for name in (given, surname) for d in _DATES]
    found = [_pairs_within([part[named] for part in key], np.flatnonzero(named)) for key in keys]
    found.append(_pairs_within([frame["url"]], np.arange(len(frame))))
    a, b = (np.concatenate(side) for side in zip(*found, strict=True))
    both = np.unique(a * len(frame) + b)
    return both // max(len(frame), 1), both % max(len(frame), 1)


def _pairs_within(key: list[pd.Series], position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of records with the same, fully known key."""
    known = np.logical_and.reduce([part.notna().to_numpy() for part in key])
    code = np.zeros(int(known.sum()), dtype=np.int64)
    for part in key:
        values, distinct = pd.factorize(part[known])
        code = pd.factorize(code * (len(distinct) + 1) + values)[0].astype(np.int64)
    order = np.argsort(code, kind="stable")
    block, place = code[order], position[known][order]
    sizes = np.bincount(block) if len(block) else np.zeros(0, dtype=np.int64)
    small = sizes[block] <= LARGEST_BLOCK
    block, place = block[small], place[small]
    a, b = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for step in range(1, int(sizes[sizes <= LARGEST_BLOCK].max(initial=1))):
        same = block[step:] == block[:-step]
        a.append(place[:-step][same])
        b.append(place[step:][same])
    first, second = np.concatenate(a), np.concatenate(b)
    return np.minimum(first, second), np.maximum(first, second)


def score(frame: pd.DataFrame, a: np.ndarray, b: np.ndarray) -> Pairs:
    """The log2 odds of each pair of records (positions in `frame`), and why."""
    # A record has about one partner among all others: the prior of a pair.
    odds = np.full(len(a), -np.log2(max(len(frame), POPULATION) / 2))
    levels = {}
    for field, grades in FIELDS.items():
        level = _compare(field)(frame, field, a, b)
        share = _frequency(frame, field)
        for number, grade in enumerate(grades):
            at = level == number
            if at.any():
                u = grade.u if grade.u is not None else _chance(share, field, number, frame, a[at], b[at])
                odds[at] += np.log2(grade.m / u)
        levels[field] = level
    return Pairs(a, b, odds, levels, _free(frame, levels, a, b))


def _free(frame: pd.DataFrame, levels: dict[str, np.ndarray], a: np.ndarray, b: np.ndarray) -> np.ndarray:
    # A name alone never merges two records, however rare it is; nor do facts alone, since relatives and
    # friends are tried together.
    has_support = np.logical_or.reduce([np.isin(levels[f], good) for f, good in _SUPPORT.items()])
    case = sum((levels[f] == 0).astype(int) for f in _CASE) + (levels["patronymic"] == 0)
    has_support |= case >= len(_CASE)
    same_page = levels["url"] == 0
    named = np.logical_and.reduce([np.isin(levels[f], good) for f, good in _NAME_LEVELS.items()])
    known = levels["surname"] >= 0
    other_birth = levels["birth_date"] == len(FIELDS["birth_date"]) - 1
    return has_support & (named | (same_page & ~known)) & ~other_birth & ~apart(frame, a, b)


def apart(frame: pd.DataFrame, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pairs that one list keeps apart: two of its records, with two ids."""
    lists, ids = (pd.factorize(frame[c])[0] for c in ("scope", "record_id"))
    return (lists[a] == lists[b]) & (ids[a] != ids[b]) & (ids[a] >= 0) & (ids[b] >= 0)


def _frequency(frame: pd.DataFrame, field: str) -> np.ndarray:
    """How often the value of each record occurs among those that have one."""
    code = pd.factorize(frame[field])[0]
    count = max((code >= 0).sum(), POPULATION if field in _NAME_LEVELS else FEWEST_VALUES)
    sizes = np.bincount(code[code >= 0], minlength=1)
    return np.where(code >= 0, sizes[code], 1) / count


def _chance(share: np.ndarray, field: str, number: int, frame: pd.DataFrame, a: np.ndarray, b: np.ndarray
            ) -> np.ndarray:
    """The chance that two different persons agree on the value of the pair: its frequency, at least one in 10,000."""
    if field in _DATES and number == 1:      # one of some seventy months, or of six years
        year = (frame[f"{field}_precision"] == "year").to_numpy(dtype=bool)
        return np.where(year[a] | year[b], 1 / 6, 1 / 40)
    return np.clip(np.maximum(share[a], share[b]), 1e-4, 1)


Comparison = Callable[[pd.DataFrame, str, np.ndarray, np.ndarray], np.ndarray]


def _compare(field: str) -> Comparison:
    special: dict[str, Comparison] = {
        "surname": _names, "given": _given, "patronymic": _names, "birth_date": _birth_dates, "articles": _sets}
    return special.get(field, _dates if field in _DATES else _equal)


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
    by_day = np.select([apart_by == 0, apart_by <= DAYS_APART[field]], [0, 2], 3)
    by_month = np.where(month[a] == month[b], 1, 3)
    by_year = np.where((month[a] - 1) // 12 == (month[b] - 1) // 12, 1, 3)
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


def ambiguous(frame: pd.DataFrame, pairs: Pairs, likely: np.ndarray) -> np.ndarray:
    """Of the pairs numbered `likely`, those whose record has a second, nearly as good partner in the same list.

    The list says that the two partners are two persons, so choosing the better one would be a guess.
    """
    sides = [pd.DataFrame({"pair": likely, "record": one[likely], "partner": other[likely], "odds": pairs.odds[likely]})
             for one, other in ((pairs.a, pairs.b), (pairs.b, pairs.a))]
    claims = pd.concat(sides, ignore_index=True)
    claims["scope"] = pd.factorize(frame["scope"])[0][claims["partner"]]
    claims = claims[frame["record_id"].notna().to_numpy()[claims["partner"]]]
    best = claims.groupby(["record", "scope"])["odds"].transform("max")
    close = claims[claims["odds"] > best - CLEARLY_BETTER]
    return close.loc[close.duplicated(["record", "scope"], keep=False), "pair"].unique()


def reasons(pairs: Pairs, number: int) -> str:
    """Why a pair has its score, in words, what speaks for it first."""
    said = [(field, FIELDS[field][level[number]]) for field, level in pairs.levels.items() if level[number] >= 0]
    text = "; ".join(grade.words for _, grade in said)
    return text if pairs.free[number] else f"{text}; not merged: a name alone, or a contradiction"

