"""Published numbers as plain values, and as frames. For the few hundred numbers of a chart plain values are ten times quicker than frames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

COLUMNS = ["period", "measure", "category", "persons", "protected", "provisional"]


class Cell(NamedTuple):
    """A published number; `persons` is None where it is protected."""

    period: str
    measure: str
    category: str
    persons: int | None
    protected: bool


class Row(NamedTuple):
    """A row of the frame of a Selection; `persons` is 0 where it is not known."""

    period: str
    measure: str
    category: str
    persons: int
    protected: bool
    provisional: bool


def rows_by(frame: pd.DataFrame, key: str) -> dict[str, list[Row]]:
    """The rows of a frame with COLUMNS by their measure or category, in its order."""
    found: dict[str, list[Row]] = {}
    persons = frame["persons"].to_numpy("int64", na_value=0).tolist()
    for row in map(Row, frame["period"], frame["measure"], frame["category"], persons, frame["protected"].tolist(), frame["provisional"].tolist()):
        found.setdefault(getattr(row, key), []).append(row)
    return found


def frame_of(cells: list[Cell], provisional: Iterable[str] = ()) -> pd.DataFrame:
    """Cells as the frame of a Selection. `provisional`: the periods that are."""
    if not cells:
        return _NOBODY
    return pd.DataFrame({
        "period": [c.period for c in cells], "measure": [c.measure for c in cells], "category": [c.category for c in cells],
        "persons": pd.array([c.persons for c in cells], "Int64"), "protected": [c.protected for c in cells],
        "provisional": [c.period in provisional for c in cells]})


_NOBODY = pd.DataFrame(columns=COLUMNS).astype({
    "period": "str", "measure": "str", "category": "str", "persons": "Int64", "protected": bool, "provisional": bool})
