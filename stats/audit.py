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
# Intervals this many times as wide as the rule demands are not followed to their ends.
_WIDE = 2


class DisclosureError(Exception):
    """The figures can't be protected as the rule demands; nothing was published."""


class ContradictionError(DisclosureError):
    """Published cells that no table of whole numbers agrees with."""


@dataclass(frozen=True)
class Rule:
    """`fewer_than`: from 1 person up to one less a cell is small; `narrowest`: of an interval, upper minus lower;
    `spare_unknown`: cells of those of whom a value isn't known describe no group of people, and are never small."""

    fewer_than: int
    narrowest: int
    spare_unknown: bool = False


def audit(cells: pd.DataFrame, tables: Sequence[Table], fewer_than: int, narrowest_interval: int, *,
          spare_unknown: bool = False) -> pd.DataFrame:
    """What can be worked out of published `cells` (stats.tables.CELL_COLUMNS), one row a protected cell.

    Columns KEYS, `lower`, `upper` (persons, both possible), `narrow`: upper - lower < `narrowest_interval` (or than the
    national total of the period, where that is smaller) and upper > 0, for that nobody is there may be known. A row
    more, with `narrow`, for each published cell that is small itself, or whose whole exceeds it by a small number.
    Raises ContradictionError if no table agrees with the published cells.
    """
    rule = Rule(fewer_than, narrowest_interval, spare_unknown)
    system = build(cells, tables)
    hidden = system.cells["protected"].to_numpy(bool)
    lower, upper = intervals(system, hidden, floors(system, hidden, tables),
                             np.full(len(hidden), _WIDE * rule.narrowest))
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
    rest = is_small(system.persons[whole] - system.undivided - system.persons[part]) & ~found[whole] & ~system.virtual[whole]
    found[part[rest]] = True
    return found & ~system.exact & ~system.virtual & ~(system.gap & rule.spare_unknown)


def narrow(system: System, hidden: np.ndarray, lower: np.ndarray, upper: np.ndarray, rule: Rule) -> np.ndarray:
    """Hidden cells of which too much can be worked out."""
    return hidden & ~system.virtual & (upper - lower < demanded(system, rule)) & (upper > 0)


def demanded(system: System, rule: Rule) -> np.ndarray:
    """The width each interval must have: the rule's, or all that the national total of the period leaves; none where all can tell
    the number anyway."""
    return np.where(system.evident | (system.gap & rule.spare_unknown), 0, np.minimum(rule.narrowest, np.nan_to_num(system.top)))


def floors(system: System, hidden: np.ndarray, tables: Sequence[Table]) -> np.ndarray:
    """The least a protected cell can be: 1, for nobody is shown as 0; but 0 where a whole table of a period is
    protected, cells of nobody included, and for virtual margins."""
    names = slices(system.cells)
    counts = names[hidden].value_counts()
    counts = counts[~counts.index.isin(names[~hidden & ~system.exact])]
    every = slices(everywhere(system.cells[~system.virtual], tables, set(counts.index))).value_counts()
    whole = counts.index[counts == every.reindex(counts.index)]
    return np.where(names.isin(whole) | system.virtual, 0.0, 1.0)


def intervals(system: System, hidden: np.ndarray, floor: np.ndarray, wanted: np.ndarray
              ) -> tuple[np.ndarray, np.ndarray]:
    """(lower, upper) of each cell, floats; published cells have both equal. An interval that is seen to be as wide as
    `wanted` is not followed to its ends. Raises ContradictionError."""
    lower, upper = outer(system, hidden, floor)
    found = lower.copy(), upper.copy()
    for block in blocks(system, lower, upper):
        found[0][block.columns], found[1][block.columns] = seen(block, wanted[block.columns])
    return found


def outer(system: System, hidden: np.ndarray, floor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds that the rows imply one by one, carried on until nothing changes: never too narrow.

    Raises ContradictionError.
    """
    lower, upper = np.where(hidden, floor, system.persons), np.where(hidden, system.top, system.persons)
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
class Block:
    """Cells that rows tie together, apart from all others: rows are `rows @ x`, from `least` to `most`."""

    columns: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    rows: csr_array
    least: np.ndarray
    most: np.ndarray


def blocks(system: System, lower: np.ndarray, upper: np.ndarray) -> Iterator[Block]:
    """The blocks of more than one row; what a single row allows, `outer` has found already."""
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
        yield Block(columns[its], lower[columns[its]], upper[columns[its]], inside[lines][:, its], least[lines],
                     -known[lines])


def _labels(rows: csr_array) -> np.ndarray:
    """For each column the number of its connected component."""
    count, width = rows.shape
    entries = rows.tocoo()
    graph = coo_array((np.ones(entries.nnz), (entries.col, entries.row + width)), shape=(width + count, width + count))
    return connected_components(graph, directed=False)[1][:width]


def seen(block: Block, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(lower, upper) of the cells of a block, as far apart as tables show that are found by chance objectives; then,
    for each cell that hasn't moved by what is `wanted`, by programmes of its own."""
    low, high = by_chance(block)
    for i in np.flatnonzero(high - low < wanted):
        unit = np.zeros(len(low))
        for sign, bounds, outermost in ((1, low, block.lower), (-1, high, block.upper)):
            if bounds[i] != outermost[i] and high[i] - low[i] < wanted[i]:
                unit[i] = sign
                low, high = _wider(low, high, lowest(block, unit))
    return low, high


def by_chance(block: Block) -> tuple[np.ndarray, np.ndarray]:
    """(lower, upper) of the cells of a block in a few tables of chance objectives; the same ones every time."""
    low, high, chance = block.upper, block.lower, np.random.default_rng(0)
    for _ in range(_CHANCE):
        objective = chance.standard_normal(len(low))
        for sign in (1, -1):
            low, high = _wider(low, high, lowest(block, sign * objective))
    return low, high


def _wider(low: np.ndarray, high: np.ndarray, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Persons are whole, so a bound between two whole numbers is the one inside.
    return np.minimum(low, np.ceil(table - _WHOLE)), np.maximum(high, np.floor(table + _WHOLE))


def lowest(block: Block, objective: np.ndarray) -> np.ndarray:
    """The cells of `block` where `objective` is lowest. Raises ContradictionError if they can't agree."""
    equal = block.least == block.most
    found = linprog(objective, A_eq=block.rows[equal], b_eq=block.most[equal], A_ub=block.rows[~equal],
                    b_ub=block.most[~equal], bounds=np.column_stack([block.lower, block.upper]), method="highs-ds")
    if found.status != 0:
        raise ContradictionError(f"The published numbers contradict each other: {found.message}")
    return found.x
