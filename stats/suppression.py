"""Quick protection of small cells: each is hidden, and in every line enough others that no sum gives it away alone.

It looks at one line of a table at a time, in a fraction of a second, and does not prove that lines together tell nothing:
that is what stats/disclosure.py is for, which takes a minute and is used wherever there is anybody to protect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from stats.tables import ALL, DIMENSIONS, OVERLAPPING, Table

_ROUNDS = 6


def protect_quickly(cells: pd.DataFrame, tables: Sequence[Table], fewer_than: int, narrowest_interval: int) -> pd.DataFrame:
    """`cells` (stats.tables.CELL_COLUMNS, exact) with small ones and their partners protected; national totals stay.

    A line is safe when none of its cells is hidden, or at least two are that hold `narrowest_interval` persons more
    than their number (each holds one at the least, since cells of nobody are shown).
    """
    cells = cells.reset_index(drop=True)
    by = dict.fromkeys(tuple(d for d in DIMENSIONS if d in table.by) for table in tables)
    broken_down = cells[list(DIMENSIONS)] != ALL
    persons = cells["persons"].to_numpy("int64")
    hidden = broken_down.any(axis=1).to_numpy() & (persons > 0) & (persons < fewer_than)
    shape = _shapes(broken_down)
    lines = [line for dimensions in by if dimensions for line in _lines(cells, shape, dimensions)]
    for _ in range(_ROUNDS):
        more = np.concatenate([_partners(persons, hidden, *line, narrowest_interval) for line in lines])
        if not len(more):
            break
        hidden[more] = True
    return cells.assign(protected=hidden, persons=cells["persons"].mask(hidden))


def _shapes(broken_down: pd.DataFrame) -> pd.Series:
    """By which dimensions each cell is broken down, as one text."""
    text = pd.Series("", index=broken_down.index)
    for dimension in DIMENSIONS:
        text = text.where(~broken_down[dimension], text + dimension + " ")
    return text


def _lines(cells: pd.DataFrame, shape: pd.Series, dimensions: tuple[str, ...]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each way in which the cells of a shape add up: their positions, and the number of the line each stands in."""
    here = cells[shape == "".join(f"{d} " for d in dimensions)]
    period = here["measure"] + " " + here["time"] + " " + here["period"]
    for over in dimensions:
        if over not in OVERLAPPING:
            yield _number(period, *(here[d] for d in dimensions if d != over))
    monthly = here[here["time"] == "month"]
    if len(monthly):
        year = monthly["measure"] + " " + monthly["period"].str[:4]
        yield _number(year, *(monthly[d] for d in dimensions))


def _number(*keys: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Positions, and a number for each combination of keys."""
    text = keys[0]
    for key in keys[1:]:
        text = text + " " + key
    return text.index.to_numpy(), pd.factorize(text)[0]


def _partners(persons: np.ndarray, hidden: np.ndarray, cells: np.ndarray, line: np.ndarray, narrowest: int) -> np.ndarray:
    """In each line that is not safe, the smallest cell that is shown."""
    its = hidden[cells]
    count = np.bincount(line, its)
    room = np.bincount(line, (persons[cells] - 1) * its)
    unsafe = (count > 0) & ((count < 2) | (room < narrowest))
    may = unsafe[line] & ~its
    cells, line = cells[may], line[may]
    order = np.lexsort((cells, persons[cells], line))
    return cells[order][np.unique(line[order], return_index=True)[1]]
