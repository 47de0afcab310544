"""What a reader who knows every published number can work out of the protected ones: intervals, by linear programming.

Attack and measure are those of statistical disclosure control (Hundepool et al., Statistical Disclosure Control, Wiley
2012, ch. 4; Fischetti & Salazar-González, Operations Research 53(5), 2005): the lower and upper bound of each protected
cell over all tables of whole numbers that agree with what is published.

Three steps, each exact where it ends the question. Bounds that each row alone implies are carried on until nothing
changes; cells tied by one row only are settled so. Tables found by programmes with chance objectives show how far
a cell can move at the least. What then is still open is settled by two programmes a cell (HiGHS).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import connected_components

from stats.system import KEYS, System, build, everywhere, slices
from stats.tables import ALL, Table

_WHOLE = 1e-6
_CHANCE = 4
_SWEEPS = 50


class ContradictionError(Exception):
    """Published cells that no table of whole numbers agrees with."""


@dataclass(frozen=True)
class Rule:
    """`fewer_than`: from 1 person up to one less a cell is small; `narrowest`: of an interval, upper minus lower."""

    fewer_than: int
    narrowest: int


def audit(cells: pd.DataFrame, tables: Sequence[Table], fewer_than: int, narrowest_interval: int) -> pd.DataFrame:
    """What can be worked out of published `cells` (stats.tables.CELL_COLUMNS), one row a protected cell.

    Columns KEYS, `lower`, `upper` (persons, both possible), `narrow`: upper - lower < `narrowest_interval` (or than the
    national total of the period, where that is smaller) and upper > 0, for that nobody is there may be known. A row
    more, with `narrow`, for each published cell that is small itself, or whose whole exceeds it by a small number.
    Raises ContradictionError if no table agrees with the published cells.
    """
    rule = Rule(fewer_than, narrowest_interval)
    system = build(cells, tables)
    hidden = system.cells["protected"].to_numpy(bool)
    lower, upper = intervals(system, hidden, floors(system, hidden, tables), rule, settle=True)
    told = system.cells[KEYS].assign(lower=lower.astype(int), upper=upper.astype(int))
    open_small = small(system, rule) & ~hidden
    told["narrow"] = narrow(system, hidden, lower, upper, rule) | open_small
    return told[(hidden | open_small) & ~system.virtual].reset_index(drop=True)


def small(system: System, rule: Rule) -> np.ndarray:
    """Cells that may not be shown: of 1 to `fewer_than` - 1 persons, or so many fewer than their whole."""
    def is_small(persons: np.ndarray) -> np.ndarray:
        return (persons > 0) & (persons < rule.fewer_than)

    found = is_small(system.persons)
    part, whole = system.pairs.T
    rest = is_small(system.persons[whole] - system.persons[part]) & ~found[whole] & ~system.virtual[whole]
    found[part[rest]] = True
    return found & ~system.exact & ~system.virtual


def narrow(system: System, hidden: np.ndarray, lower: np.ndarray, upper: np.ndarray, rule: Rule) -> np.ndarray:
    """Hidden cells of which too much can be worked out."""
    return hidden & ~system.virtual & (upper - lower < demanded(system, rule)) & (upper > 0)


def demanded(system: System, rule: Rule) -> np.ndarray:
    """The width each interval must have: the rule's, or all that the national total of the period leaves."""
    return np.minimum(rule.narrowest, np.nan_to_num(system.top))


def floors(system: System, hidden: np.ndarray, tables: Sequence[Table]) -> np.ndarray:
    """The least a protected cell can be: 1, for nobody is shown as 0; but 0 where a whole table of a period is
    protected, cells of nobody included, and for virtual margins."""
    names = slices(system.cells)
    withheld = names[hidden].value_counts().reindex(names.unique(), fill_value=0)
    every = slices(everywhere(system.cells[~system.virtual], tables)).value_counts()
    whole = withheld.index[withheld >= every.reindex(withheld.index, fill_value=len(names) + 1)]
    return np.where(names.isin(whole) | system.virtual, 0.0, 1.0)


def intervals(system: System, hidden: np.ndarray, floor: np.ndarray, rule: Rule, settle: bool
              ) -> tuple[np.ndarray, np.ndarray]:
    """(lower, upper) of each cell, floats; published cells have both equal.

    With `settle` the bounds are those of all tables of whole numbers, else a cell that is seen to move as far as
    demanded is left at what was seen. Raises ContradictionError.
    """
    lower, upper = _outer(system, np.where(hidden, floor, system.persons), np.where(hidden, system.top, system.persons))
    seen_lower, seen_upper = lower.copy(), upper.copy()
    wanted = np.where(settle, np.inf, demanded(system, rule))
    for block in _blocks(system, lower, upper):
        inner = _Inner(block, settle_width=wanted[block.columns])
        seen_lower[block.columns], seen_upper[block.columns] = inner.bounds()
    return seen_lower, seen_upper


def _outer(system: System, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds that the rows imply one by one, carried on until nothing changes: never too narrow."""
    lower, upper = lower.copy(), upper.copy()
    rows = vstack([system.equal, -system.equal, system.at_most]).tocoo()
    free = (lower < upper)[rows.col]
    touched = np.unique(rows.row[free])
    keep = np.isin(rows.row, touched)
    row, col, up = rows.row[keep], rows.col[keep], rows.data[keep] > 0
    for _ in range(_SWEEPS):
        least = np.where(up, lower[col], -upper[col])  # of each term; a row's terms are at most 0 in sum
        room = least - np.bincount(row, least, rows.shape[0])[row]
        before = lower.copy(), upper.copy()
        np.minimum.at(upper, col[up], room[up])
        np.maximum.at(lower, col[~up], -room[~up])
        if (lower > upper).any():
            raise ContradictionError(f"The published numbers contradict each other near {_name(system, lower > upper)}.")
        if np.array_equal(before[0], lower) and np.array_equal(before[1], upper):
            break
    return lower, upper


def _name(system: System, where: np.ndarray) -> str:
    cell = system.cells.loc[np.flatnonzero(where)[0], KEYS]
    return " ".join(str(value) for value in cell if value != ALL)


@dataclass(frozen=True)
class _Block:
    """Cells that rows tie together, apart from all others: rows are `rows @ x`, from `least` to `most`."""

    columns: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    rows: csr_array
    least: np.ndarray
    most: np.ndarray


def _blocks(system: System, lower: np.ndarray, upper: np.ndarray) -> Iterator[_Block]:
    """The blocks of more than one row; what a single row allows, `_outer` has found already."""
    free = lower < upper
    rows = vstack([system.equal, system.at_most]).tocsr()
    least = np.repeat([0.0, -np.inf], [system.equal.shape[0], system.at_most.shape[0]])
    known = rows @ np.where(free, 0, lower)
    inside = rows[:, free]
    highest = known + inside.maximum(0) @ upper[free] + inside.minimum(0) @ lower[free]
    binding = (np.diff(inside.indptr) > 0) & ((least == 0) | (highest > 0))
    inside, least, known = inside[binding], least[binding] - known[binding], known[binding]
    label = _labels(inside)
    label_of_row = label[inside.indices[inside.indptr[:-1]]]
    columns = np.flatnonzero(free)
    for name in np.flatnonzero(np.bincount(label_of_row, minlength=1) > 1):
        its, lines = label == name, label_of_row == name
        yield _Block(columns[its], lower[columns[its]], upper[columns[its]], inside[lines][:, its], least[lines],
                     -known[lines])


def _labels(rows: csr_array) -> np.ndarray:
    """For each column the number of its connected component."""
    count, width = rows.shape
    entries = rows.tocoo()
    graph = coo_array((np.ones(entries.nnz), (entries.col, entries.row + width)), shape=(width + count, width + count))
    return connected_components(graph, directed=False)[1][:width]


class _Inner:
    """How far the cells of a block are seen to move, over tables of whole numbers found on the way."""

    def __init__(self, block: _Block, settle_width: np.ndarray) -> None:
        self.block, self.wanted = block, settle_width
        self.low, self.high = block.upper.copy(), block.lower.copy()

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The bounds of all cells of the block, found as far as wanted."""
        chance = np.random.default_rng(0)
        for _ in range(_CHANCE):
            direction = chance.standard_normal(len(self.low))
            self._take(direction)
            self._take(-direction)
        for i in range(len(self.low)):
            unit = np.zeros(len(self.low))
            for sign, seen, outer in ((1, self.low, self.block.lower), (-1, self.high, self.block.upper)):
                if seen[i] != outer[i] and self.high[i] - self.low[i] < self.wanted[i]:
                    unit[i] = sign
                    self._take(unit)
        return self.low, self.high

    def _take(self, objective: np.ndarray) -> None:
        table = lowest(self.block, objective)
        # Persons are whole, so a bound between two whole numbers is the one inside.
        self.low = np.minimum(self.low, np.ceil(table - _WHOLE))
        self.high = np.maximum(self.high, np.floor(table + _WHOLE))


def lowest(block: _Block, objective: np.ndarray) -> np.ndarray:
    """The cells of `block` where `objective` is lowest. Raises ContradictionError if they can't agree."""
    equal = block.least == block.most
    found = linprog(objective, A_eq=block.rows[equal], b_eq=block.most[equal], A_ub=block.rows[~equal],
                    b_ub=block.most[~equal], bounds=np.column_stack([block.lower, block.upper]), method="highs-ds")
    if found.status != 0:
        raise ContradictionError(f"The published numbers contradict each other: {found.message}")
    return found.x
