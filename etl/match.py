"""Which records speak of the same person: Fellegi-Sunter weights that can be read and explained.

For each field two records agree at one of its levels; the level's weight is log2(m / u): m is how often it occurs
between two records of one person, u between two of different persons (Fellegi and Sunter 1969). Where u is left to
the data it is the frequency of the agreeing value, so that a rare surname tells more than a common one. The weights
add up with the prior to the log2 odds that both are one person. docs/linkage.md says where m and u come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from etl.agreement import DATES, FIELDS, Compared, levels
from etl.names import parse

MERGE = np.log2(0.95 / 0.05)
"""Log2 odds from which a pair is merged: 95 %, for the least of them; nearly all are far above."""
SURE = np.log2(0.999 / 0.001)
"""Log2 odds from which two parts of the case (articles, term, region) support a name where no date is in common."""
REVIEW = 0.0
"""Log2 odds from which a pair is shown to people: even odds."""

CLEARLY_BETTER = 3.0
"""Log2 odds by which one partner must be likelier than another of the same list: eight times."""

POPULATION = 10_000
"""Records below which frequencies say little (all of a list of five may bear one name): they are taken of so many,
about the persons prosecuted for politics in Belarus since 2020. So small imports are as careful as large ones."""

FEWEST_VALUES = 1_000
"""The same for the other fields, where one value (a day of mass arrests, article 342) may be common in truth."""

RAREST = {"given": 0.005}
"""No given name is so rare that it told more than this, whatever its frequency in small lists."""

LARGEST_BLOCK = 60
"""A key that so many records share is no key: their pairs are found by the other keys."""

PAIRS_PER_RECORD = 2
"""Pairs that one key gives at most, for each record: the blocks that most records share go first. Lists of a million
rows have namesakes by chance that lists of thousands have not."""

PAIRS_AT_ONCE = 3_000_000
"""Pairs whose weights are held in memory together."""

# What two records must have in common to be merged: the name, and beside it the date of birth, the day or month of
# an event, or a page; else three of the parts of the case and the patronymic, or two if the odds are above SURE.
_NAME_LEVELS = {"surname": (0, 1), "given": (0, 1, 2)}
_SUPPORT = {"birth_date": (0, 1, 2), **dict.fromkeys(DATES, (0, 1, 3)), "url": (0,)}
_OTHER_SURNAME = 2
_CASE = ("articles", "term_months", "region")

_WHERE_SERVED = "_(open|home)$"


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
               "punishment", "term_months", *(c for d in DATES for c in (d, f"{d}_precision"))]
    taken = rows[columns]
    repeated = pd.Series(code).duplicated(keep=False).to_numpy()
    if not repeated.any():
        return _comparable(taken.set_axis(code)), code
    single = taken[~repeated].set_axis(code[~repeated])
    merged = taken[repeated].groupby(code[repeated]).first()
    frame = pd.concat([f for f in (single, merged) if len(f)] or [taken]).sort_index()
    return _comparable(frame), code


def _scope(rows: pd.DataFrame) -> pd.Series:
    """Where an id stands for one record: the list, or one table of it if each table numbers its rows by itself.

    The second is so where most ids that two tables of a list share go with two names.
    """
    known = rows.loc[rows["record_id"].notna() & rows["name"].notna(), ["list", "table", "record_id", "name"]]
    known = known[known.groupby("list")["table"].transform("nunique") > 1]
    name = [f"{parsed.surname} {parsed.given}" for parsed in map(parse, known["name"])]
    known = known.assign(name=pd.Series(name, index=known.index, dtype="str"))
    by_id = known.groupby(["list", "record_id"])[["table", "name"]].nunique()
    shared = by_id[by_id["table"] > 1]
    numbered = (shared["name"] > 1).groupby("list").mean() > 0.5
    by_table = rows["list"].isin(numbered.index[numbered])
    return rows["list"].fillna("") + ("/" + rows["table"]).where(by_table, "")


def _comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """The record in the form that is compared: parts of the name, sets of articles."""
    names = list(map(parse, frame["name"].fillna("").to_numpy(dtype=object)))
    for part in ("given", "surname", "patronymic"):
        frame[part] = pd.array([getattr(name, part) or None for name in names], dtype="str")
    frame["anonymous"] = np.array([name.anonymous for name in names], dtype=bool)
    distinct = {text: _numbers(text) for text in frame["articles"].dropna().unique()}
    frame["articles"] = frame["articles"].map(distinct).astype("str")
    frame["term_months"] = frame["term_months"].round(1)
    # Some lists only say "restricted liberty", others also where: no contradiction.
    frame["punishment"] = frame["punishment"].str.replace(_WHERE_SERVED, "", regex=True)
    return frame


def _numbers(articles: str) -> str:
    """The articles without part and inchoate form, in order: lists differ in how much of it they write."""
    return " ".join(sorted({code.split("+")[0].split(".")[0] for code in articles.split()}))


def candidates(records: Compared) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of records worth comparing: that share one of a few keys. Each pair once, a < b."""
    frame = records.frame
    year = frame["birth_date"].dt.year
    named = ~frame["anonymous"].to_numpy()
    day = {d: frame[d].where(frame[f"{d}_precision"] == "day") for d in DATES}
    surname, given = frame["surname"], frame["given"]
    keys = [(surname, given.fillna("")), (surname, year), (given, frame["birth_date"]), *((surname, day[d]) for d in DATES)]
    found = [_pairs_within([part[named] for part in key], np.flatnonzero(named)) for key in keys]
    for date in DATES:
        a, b = _pairs_within([given[named], day[date][named]], np.flatnonzero(named))
        if len(a) > len(frame):
            # In long lists many share a given name and a day and nothing else.
            alike = levels(records, "surname", a, b) != _OTHER_SURNAME
            a, b = a[alike], b[alike]
        found.append((a, b))
    found.append(_pairs_within([frame["url"]], np.arange(len(frame))))
    a, b = (np.concatenate(side) for side in zip(*found, strict=True))
    both = np.sort(a * len(frame) + b)
    both = both[np.diff(both, prepend=-1) > 0]
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
    largest = _largest_block(sizes, PAIRS_PER_RECORD * max(len(position), POPULATION))
    small = sizes[block] <= largest
    block, place = block[small], place[small]
    a, b = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for step in range(1, int(sizes[sizes <= largest].max(initial=1))):
        same = block[step:] == block[:-step]
        a.append(place[:-step][same])
        b.append(place[step:][same])
    first, second = np.concatenate(a), np.concatenate(b)
    return np.minimum(first, second), np.maximum(first, second)


def _largest_block(sizes: np.ndarray, most_pairs: int) -> int:
    """The size up to which blocks are compared, so that no more than `most_pairs` are."""
    blocks = np.bincount(sizes[sizes <= LARGEST_BLOCK], minlength=LARGEST_BLOCK + 1)
    size = np.arange(LARGEST_BLOCK + 1)
    return int(np.searchsorted(np.cumsum(blocks * size * (size - 1) // 2), most_pairs, side="right")) - 1


def score(records: Compared, a: np.ndarray, b: np.ndarray) -> Pairs:
    """Of the pairs of records (positions) those that may be one person, with the log2 odds and why."""
    parts = [_likely(_score(records, a[at:at + PAIRS_AT_ONCE], b[at:at + PAIRS_AT_ONCE]))
             for at in range(0, max(len(a), 1), PAIRS_AT_ONCE)]
    join = np.concatenate
    levels = {field: join([part.levels[field] for part in parts]) for field in FIELDS}
    return Pairs(join([p.a for p in parts]), join([p.b for p in parts]), join([p.odds for p in parts]), levels,
                 join([p.free for p in parts]))


def _likely(pairs: Pairs) -> Pairs:
    at = np.flatnonzero(pairs.odds >= REVIEW)
    return Pairs(pairs.a[at], pairs.b[at], pairs.odds[at], {f: level[at] for f, level in pairs.levels.items()}, pairs.free[at])


def _score(records: Compared, a: np.ndarray, b: np.ndarray) -> Pairs:
    # A record has about one partner among all others: the prior of a pair.
    odds = np.full(len(a), -np.log2(max(len(records.frame), POPULATION) / 2))
    found = {}
    for field, grades in FIELDS.items():
        level = found[field] = levels(records, field, a, b)
        for number, grade in enumerate(grades):
            at = np.flatnonzero(level == number)
            if grade.u:
                odds[at] += np.log2(grade.m / grade.u)
            elif len(at):
                share = np.log2(_frequency(records, field))
                odds[at] += np.log2(grade.m) - np.maximum(share[a[at]], share[b[at]])
    return Pairs(a, b, odds, found, _supported(found, odds) & ~apart(records, a, b))


def _supported(found: dict[str, np.ndarray], odds: np.ndarray) -> np.ndarray:
    # A name alone never merges two records, however rare it is; nor do facts alone, since relatives and
    # friends are tried together.
    same_name = np.logical_and.reduce([np.isin(found[field], good) for field, good in _NAME_LEVELS.items()])
    support = np.logical_or.reduce([np.isin(found[field], good) for field, good in _SUPPORT.items()])
    case = sum((found[field] == 0).astype(int) for field in (*_CASE, "patronymic"))
    support |= (case >= 3) | ((case >= 2) & (odds >= SURE))
    nameless_page = (found["url"] == 0) & (found["surname"] < 0)
    other_birth = found["birth_date"] == len(FIELDS["birth_date"]) - 1
    return ((same_name & support) | nameless_page) & ~other_birth


def apart(records: Compared, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pairs that one list keeps apart: two of its records, with two ids."""
    lists, ids = (records.coded(c)[0] for c in ("scope", "record_id"))
    return (lists[a] == lists[b]) & (ids[a] != ids[b]) & (ids[a] >= 0) & (ids[b] >= 0)


def _frequency(records: Compared, field: str) -> np.ndarray:
    """How often the value of each record occurs among those that have one."""
    code = records.coded(field)[0]
    count = max((code >= 0).sum(), POPULATION if field == "surname" else FEWEST_VALUES)
    sizes = np.bincount(code[code >= 0], minlength=1)
    return np.maximum(np.where(code >= 0, sizes[code], 1) / count, RAREST.get(field, 0))


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

