"""The public tables as one system of equations and inequalities: all that a reader knows of a protected cell.

Every cell is a variable. Two kinds of rows tie them together, all with coefficients of 1 and -1 and the right side 0:

- `equal`: the cells of a line add up to their margin (regions, sexes, punishments to the total; months to the year;
  years and waves to the same whole). Articles overlap, so they have no such line.
- `at_most`: a part is at most its whole (an article's cell and the cell of all articles; `stats.tables.PARTS`), and
  articles together are at least the whole, since everyone stands under one (`unknown` is one).

Margins that are tied to the tables but not declared take part as `virtual` cells: nobody publishes them, but a reader
can reason about them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array

from stats.tables import ALL, DIMENSIONS, OVERLAPPING, PARTS, PARTS_OF_A_YEAR, UNDIVIDED, UNKNOWN, Table

KEYS = ["measure", "time", "period", *DIMENSIONS]
_NOWHERE = -1


@dataclass(frozen=True)
class System:
    """`cells`: KEYS, persons, protected, one row a cell, sorted, the virtual ones last; `persons`: floats, NaN where not
    known; `top`: the national total of the cell's measure and period, without the undivided: no other breakdown cell exceeds
    it; `exact`: national totals (and what by definition equals them) and the undivided; `evident`: cells that all can tell,
    hidden or not; `gap`: cells of those of whom the month, the date or the value of a dimension is not known; `nests`: three
    columns of numbers, of the measure, of its year (or its waves), of its article; `equal`, `at_most`: rows by cells;
    `pairs`: (part, whole), positions of cells; `undivided`: of each pair, how many of the whole stand in no part."""

    cells: pd.DataFrame
    persons: np.ndarray
    virtual: np.ndarray
    exact: np.ndarray
    evident: np.ndarray
    gap: np.ndarray
    nests: np.ndarray
    top: np.ndarray
    equal: csr_array
    at_most: csr_array
    pairs: np.ndarray
    undivided: np.ndarray


def build(cells: pd.DataFrame, tables: Sequence[Table]) -> System:
    """The system of `cells` (stats.tables.CELL_COLUMNS), exact or published, of the declared `tables`.

    Raises ValueError if a measure lacks the table of its national totals, which every interval leans on.
    """
    closed = _closed(tables)
    _demand_totals(tables)
    frame = cells.sort_values(KEYS, kind="stable", ignore_index=True)
    margins = _virtual(frame, closed, tables)
    frame = pd.concat([frame, margins], ignore_index=True) if len(margins) else frame
    places = _Places(frame)
    shapes = _shapes(frame, closed)
    equal = _rows([*_sums(places, shapes, closed), *_waves(frame, shapes, closed)], len(frame))
    pairs = _pairs(places, shapes, closed)
    national = places.find(np.arange(len(frame)), **dict.fromkeys(DIMENSIONS, ALL))
    persons = frame["persons"].astype("Float64").to_numpy(float, na_value=np.nan)
    of_table, beside = _of_table(frame, places), _beside(frame, places, pairs)
    itself, exact = _is_undivided(frame), _exact(frame)
    at_most = _rows([*_shares(pairs, beside, itself), *_covers(pairs, frame), *_lifelong_parts(frame, shapes, itself)], len(frame))
    aside = np.where(of_table == _NOWHERE, 0, persons[of_table])
    # By two dimensions too: with u and v undivided in the margins, the table holds at most the total less the larger of them,
    # and what is undivided in both dimensions, u + v less all that the table lacks, is no more than the smaller.
    top = np.where(national == _NOWHERE, 0, persons[national] - aside)
    top = np.where(exact & ~np.isnan(persons), persons, top)
    undivided = np.where(beside == _NOWHERE, 0, persons[beside])
    virtual = np.arange(len(frame)) >= len(cells)
    return System(frame, persons, virtual, exact, _evident(frame), _gap(frame), _nests(frame), top, equal, at_most, pairs, undivided)


def slices(frame: pd.DataFrame) -> pd.Series:
    """Of each cell the table and period it stands in, as one text: "charged month 2024-07 region"."""
    names = pd.Series("", index=frame.index)
    for dimension in DIMENSIONS:
        names = names.where(frame[dimension] == ALL, names + " " + dimension)
    return frame["measure"] + " " + frame["time"] + " " + frame["period"] + names


def categories(cells: pd.DataFrame, dimension: str) -> list[str]:
    """The values of a dimension that occur anywhere, the undivided left out."""
    return sorted(set(cells[dimension]) - {ALL, UNDIVIDED})


def everywhere(cells: pd.DataFrame, tables: Sequence[Table], names: Container[str]) -> pd.DataFrame:
    """KEYS of every cell of the tables of a period with one of these `names` (`slices`) that may hold somebody, as far as
    its margins tell: none of those that are declared is 0."""
    index = pd.MultiIndex.from_frame(cells[KEYS])
    values = {d: categories(cells, d) for d in DIMENSIONS}
    periods = cells[["measure", "time", "period"]].drop_duplicates().sort_values("period")
    parts = [cells[KEYS].iloc[:0]]
    for table in (t for t in tables if t.by):
        at = periods[(periods["measure"] == table.measure) & (periods["time"] == table.time)]
        name = at["measure"] + " " + at["time"] + " " + at["period"] + " " + " ".join(d for d in DIMENSIONS if d in table.by)
        if len(chosen := at.loc[[n in names for n in name], "period"]):
            lists = [values[d] if d in table.by else [ALL] for d in DIMENSIONS]
            product = pd.MultiIndex.from_product([[table.measure], [table.time], chosen, *lists], names=KEYS)
            keys = product.to_frame(index=False).astype("str")
            parts.append(_with_margins(keys[~_ageless(keys)], index, table, tables))
    return pd.concat(parts, ignore_index=True)


def _with_margins(keys: pd.DataFrame, index: pd.MultiIndex, table: Table, tables: Sequence[Table]) -> pd.DataFrame:
    """Those of `keys`, cells of a table, whose declared margins are there."""
    less = {d: Table(table.measure, table.time, tuple(b for b in table.by if b != d)) for d in table.by}
    for over, margin in (less | _margins(table)).items():
        if margin in tables:
            keys = keys[index.get_indexer(pd.MultiIndex.from_frame(_to_margin(keys, over))) != _NOWHERE]
    return keys


def _demand_totals(tables: Sequence[Table]) -> None:
    for table in tables:
        if Table(table.measure, table.time) not in tables:
            raise ValueError(f"The tables of {table.measure!r} by {table.time} lack the one without any dimension.")


def _closed(tables: Iterable[Table]) -> dict[Table, None]:
    """The tables and all margins that follow from them by adding up; dict for a set that keeps its order."""
    closed = dict.fromkeys(tables)
    for table in (queue := list(closed)):
        for margin in _margins(table).values():
            if margin not in closed:
                closed[margin] = None
                queue.append(margin)
    return closed


def _margins(table: Table) -> dict[str, Table]:
    """What the cells of a table add up to, by what is added over: a dimension or "month"."""
    found = {d: Table(table.measure, table.time, tuple(b for b in table.by if b != d))
             for d in table.by if d not in OVERLAPPING}
    return found | ({table.time: Table(table.measure, "year", table.by)} if table.time in PARTS_OF_A_YEAR else {})


def _shapes(frame: pd.DataFrame, tables: Iterable[Table]) -> dict[Table, np.ndarray]:
    """The positions of the cells of each table."""
    broken = frame[list(DIMENSIONS)] != ALL
    code = broken.to_numpy() @ (1 << np.arange(len(DIMENSIONS)))
    found = frame.groupby([frame["measure"], frame["time"], code]).indices
    bits = {d: 1 << i for i, d in enumerate(DIMENSIONS)}
    empty = np.array([], dtype=int)
    return {t: found.get((t.measure, t.time, sum(bits[d] for d in t.by)), empty) for t in tables}


def _to_margin(frame: pd.DataFrame, over: str) -> pd.DataFrame:
    """The keys of the margins of these cells."""
    if over in PARTS_OF_A_YEAR:
        return frame[KEYS].assign(time="year", period=frame["period"].str[:4])
    return frame[KEYS].assign(**{over: ALL})


def _virtual(frame: pd.DataFrame, closed: Iterable[Table], tables: Sequence[Table]) -> pd.DataFrame:
    """The margins in `closed` that aren't declared, with their persons where those of the parts are known."""
    known = {t: frame.iloc[rows] for t, rows in _shapes(frame, tables).items()}
    for table in closed:  # a margin stands after every table it is first found from, though not after each of them
        for over, margin in _margins(table).items():
            if margin not in tables and table in known:
                keys = _to_margin(known[table], over).assign(persons=known[table]["persons"])
                sums = keys.groupby(KEYS)["persons"].agg(lambda p: p.sum(skipna=False)).to_frame()
                if margin in known:
                    sums = known[margin].set_index(KEYS)[["persons"]].combine_first(sums)
                known[margin] = sums.reset_index().assign(protected=True)
    parts = [cells for table, cells in known.items() if table not in tables]
    return pd.concat(parts, ignore_index=True) if parts else frame.iloc[:0]


class _Places:
    """Where the cells with certain KEYS stand in a frame. Keys are compared as numbers, in the order of the texts: several times as quick."""

    def __init__(self, frame: pd.DataFrame) -> None:
        values = {name: set(frame[name]) | {ALL, "year"} | ({p[:4] for p in set(frame[name])} if name == "period" else set()) for name in KEYS}
        self._values = {name: sorted(found) for name, found in values.items()}
        self._number = {name: {value: n for n, value in enumerate(found)} for name, found in self._values.items()}
        self._keys = {name: frame[name].map(self._number[name]).to_numpy("int64") for name in KEYS}
        numbers = self.numbers(self._keys)
        self._order = np.argsort(numbers, kind="stable")
        self._sorted = numbers[self._order]

    def like(self, positions: np.ndarray, **values: str | np.ndarray) -> dict[str, np.ndarray]:
        """The keys of the cells at these positions, but with other `values` (a text, or numbers); -1 for a value that no cell has."""
        keys = {name: of_all[positions] for name, of_all in self._keys.items()}
        numbers = {name: np.full(len(positions), self._number[name].get(value, _NOWHERE)) if isinstance(value, str) else value
                   for name, value in values.items()}
        return keys | numbers

    def margins(self, positions: np.ndarray, over: str) -> dict[str, np.ndarray]:
        """The keys of the margins of the cells at these positions (see `_to_margin`)."""
        if over not in PARTS_OF_A_YEAR:
            return self.like(positions, **{over: ALL})
        years = np.array([self._number["period"][period[:4]] for period in self._values["period"]], dtype="int64")
        return self.like(positions, time="year", period=years[self._keys["period"][positions]])

    def numbers(self, keys: dict[str, np.ndarray]) -> np.ndarray:
        """Each cell's keys as one number."""
        told = np.zeros(len(keys[KEYS[0]]), dtype="int64")
        for name in KEYS:
            told = told * len(self._values[name]) + keys[name]
        return told

    def at(self, keys: dict[str, np.ndarray]) -> np.ndarray:
        """The positions of the cells with these keys; -1 where there is none."""
        numbers = self.numbers(keys)
        if not len(self._sorted):
            return np.full(len(numbers), _NOWHERE)
        place = np.searchsorted(self._sorted, numbers).clip(max=len(self._sorted) - 1)
        there = (self._sorted[place] == numbers) & np.all([column >= 0 for column in keys.values()], axis=0)
        return np.where(there, self._order[place], _NOWHERE)

    def find(self, positions: np.ndarray, **values: str | np.ndarray) -> np.ndarray:
        """The positions of the cells like those at `positions` but with other `values`; -1 where there is none."""
        return self.at(self.like(positions, **values))


Row = tuple[np.ndarray, np.ndarray]
"""Columns and coefficients of one row."""


def _columns(columns: Iterable[int], coefficients: Iterable[int]) -> Row:
    return np.array([*columns]), np.array([*coefficients])


def _rows(rows: list[Row], width: int) -> csr_array:
    columns = np.concatenate([c for c, _ in rows]) if rows else np.array([], dtype=int)
    values = np.concatenate([v for _, v in rows]) if rows else np.array([], dtype=int)
    numbers = np.repeat(np.arange(len(rows)), [len(c) for c, _ in rows])
    return coo_array((values.astype(float), (numbers, columns)), shape=(len(rows), width)).tocsr()


def _sums(places: _Places, shapes: dict[Table, np.ndarray], closed: Iterable[Table]) -> Iterable[Row]:
    for table in closed:
        cells = shapes[table]
        for over in _margins(table):
            keys = places.margins(cells, over)
            margin = places.at(keys)
            for row in _split(cells, places.numbers(keys)):
                whole = margin[np.searchsorted(cells, row[0])]
                yield _columns([*row, whole], [1] * len(row) + [-1]) if whole != _NOWHERE else _columns(row, [1] * len(row))


def _split(positions: np.ndarray, group: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(group, kind="stable")
    return np.split(positions[order], np.flatnonzero(np.diff(group[order])) + 1) if len(order) else []


def _waves(frame: pd.DataFrame, shapes: dict[Table, np.ndarray], closed: Iterable[Table]) -> Iterable[Row]:
    """All waves ("none" is one), all years and the whole time hold the same persons."""
    for table in closed:
        years = Table(table.measure, "year", table.by)
        if table.time in ("wave", "all") and years in shapes:
            both = np.concatenate([shapes[table], shapes[years]])
            sign = np.repeat([1, -1], [len(shapes[table]), len(shapes[years])])
            yield from _grouped(frame, both, sign)


def _pairs(places: _Places, shapes: dict[Table, np.ndarray], closed: Iterable[Table]) -> np.ndarray:
    """(part, whole): an article and all articles, a measure and the one it is a part of, in the same period."""
    found = []
    for table in closed:
        cells = shapes[table]
        changes = [{d: ALL} for d in table.by if d in OVERLAPPING and len(table.by)]
        changes += [{"measure": p.whole} for p in PARTS if p.part == table.measure and p.in_each_period]
        for change in changes:
            whole = places.find(cells, **change)
            found.append(np.column_stack([cells, whole])[whole != _NOWHERE])
    return np.concatenate(found) if found else np.empty((0, 2), dtype=int)


def _covers(pairs: np.ndarray, frame: pd.DataFrame) -> Iterable[Row]:
    """Articles together are at least the whole."""
    overlapping = frame[list(OVERLAPPING)].ne(ALL).any(axis=1).to_numpy()
    measure = frame["measure"].to_numpy()
    same = pairs[overlapping[pairs[:, 0]] & (measure[pairs[:, 0]] == measure[pairs[:, 1]])]
    for parts in _split(np.arange(len(same)), same[:, 1]):
        yield _columns([*same[parts, 0], same[parts[0], 1]], [-1] * len(parts) + [1])


def _is_undivided(frame: pd.DataFrame) -> np.ndarray:
    return (frame[list(DIMENSIONS)] == UNDIVIDED).any(axis=1).to_numpy(bool)


def _of_table(frame: pd.DataFrame, places: _Places) -> np.ndarray:
    """For each cell the position of that of its table and period which is undivided in all dimensions, or -1."""
    every = np.arange(len(frame))
    itself, aside = places.like(every), places.like(every, **dict.fromkeys(DIMENSIONS, UNDIVIDED))
    return places.at(itself | {d: np.where(frame[d] == ALL, itself[d], aside[d]) for d in DIMENSIONS})


def _beside(frame: pd.DataFrame, places: _Places, pairs: np.ndarray) -> np.ndarray:
    """For each article and its whole the position of the undivided beside it, or -1."""
    part, whole = pairs.T
    article = (frame["article"].to_numpy()[part] != ALL) & (frame["article"].to_numpy()[whole] == ALL)
    return np.where(article, places.find(part, article=UNDIVIDED), _NOWHERE)


def _shares(pairs: np.ndarray, beside: np.ndarray, itself: np.ndarray) -> Iterable[Row]:
    """A part is at most its whole: an article at most what its whole leaves beside the undivided."""
    for (part, whole), aside in zip(pairs, beside, strict=True):
        if aside not in (_NOWHERE, part):
            yield _columns([part, aside, whole], [1, 1, -1])
        elif not itself[part]:
            yield _columns([part, whole], [1, -1])


def _lifelong_parts(frame: pd.DataFrame, shapes: dict[Table, np.ndarray], itself: np.ndarray) -> Iterable[Row]:
    """Over all years a part is at most its whole, where it needn't be in each of them. Who is undivided is so in every
    measure, but that tells nothing of their number."""
    for part in (p for p in PARTS if not p.in_each_period):
        for table, cells in shapes.items():
            whole = Table(part.whole, table.time, table.by)
            if table.measure == part.part and table.time in ("year", "all") and whole in shapes and set(table.by) <= set(part.by):
                both = np.concatenate([cells, shapes[whole]])
                both = both[~itself[both]]
                sign = np.where(frame["measure"].to_numpy()[both] == part.part, 1, -1)
                yield from _grouped(frame, both, sign)


def _grouped(frame: pd.DataFrame, positions: np.ndarray, sign: np.ndarray) -> Iterable[Row]:
    """One row for each combination of values of the dimensions."""
    group = frame.iloc[positions].groupby(list(DIMENSIONS)).ngroup().to_numpy()
    yield from ((positions[group == g], sign[group == g]) for g in range(group.max(initial=-1) + 1))


def _exact(cells: pd.DataFrame) -> np.ndarray:
    """National totals, the undivided, cells broken down only by dimensions that know but one value, so that they say
    no more."""
    several = [d for d in DIMENSIONS if len(categories(cells, d)) > 1]
    return (cells[several] == ALL).all(axis=1).to_numpy(bool) | _is_undivided(cells)


def _evident(cells: pd.DataFrame) -> np.ndarray:
    """Cells of all without a date, by age: that it isn't known is no news, and their number is public."""
    by_age_alone = (cells["age"] == UNKNOWN) & (cells[[d for d in DIMENSIONS if d != "age"]] == ALL).all(axis=1)
    return (by_age_alone & (cells["period"].str[:4] == "0000")).to_numpy(bool)


def _ageless(cells: pd.DataFrame) -> np.ndarray:
    """Cells of those without a date and of a known age, in which nobody can be."""
    return ((cells["period"].str[:4] == "0000") & ~cells["age"].isin([ALL, UNKNOWN, UNDIVIDED])).to_numpy(bool)


def _gap(frame: pd.DataFrame) -> np.ndarray:
    undated = frame["period"].str.contains("^0000|-00$|-Q0$")
    return ((frame[list(DIMENSIONS)] == UNKNOWN).any(axis=1) | undated).to_numpy(bool)


def _nests(frame: pd.DataFrame) -> np.ndarray:
    year = frame["period"].str[:4].mask(frame["time"] == "wave", "wave")
    levels = [["measure"], ["measure", year], ["measure", year, *OVERLAPPING]]
    return np.column_stack([frame.groupby(level).ngroup() for level in levels])
