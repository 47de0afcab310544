"""The files of the public part of a vintage: read, and found out if they are not as they were written."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from stats.tables import ALL, CELL_COLUMNS, LATER_DIMENSIONS

SCHEMA = 1
"""The layout of a vintage's files. Tables and columns that came later are missing in older vintages and read as empty; a change that
this does not allow for takes another number. A reader refuses a number it does not know."""

_LATER = ("statistics", "definitions", "revisions", "reconciliation", "contradictions", "events")
_LABEL_COLUMNS = ("dimension", "code", "label_be", "label_ru", "label_en", "order")
_FACTS = {"id": str, "schema": int, "created": str, "synthetic": bool, "organisations": list, "first_month": str, "last_month": str, "as_of": str,
          "headline": dict, "rows": dict, "fewer_than": int, "licence": str, "publisher": str, "tables": list}
_DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, NotImplementedError, MemoryError, RecursionError, pa.ArrowException)
"""What reading files can raise that are not as they were written."""
_UNPLAIN = re.compile("[<>\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]")


class StoreError(Exception):
    """A vintage can't be read; the message says which and why, in words for people."""


@dataclass(frozen=True, eq=False)
class PublicVintage:
    """The public part of one vintage. It is equal to itself alone, so that what was made of it can be kept by it.

    cells: the protected tables, columns stats.tables.CELL_COLUMNS, `persons` missing where `protected`.
    labels: dimension, code, label_be, label_ru, label_en, order.
    facts: headline numbers, how cases were dated, rows read; plain JSON.
    statistics, definitions (stats/statistics.py), revisions (stats/revisions.py), reconciliation (stats/reconciliation.py),
    contradictions (stats/contradictions.py), events (etl/public_events.py): empty in vintages made before there were such tables.
    """

    id: str
    created: str
    synthetic: bool
    organisations: tuple[str, ...]
    first_month: str
    last_month: str
    cells: pd.DataFrame
    labels: pd.DataFrame
    facts: dict
    statistics: pd.DataFrame
    definitions: pd.DataFrame
    revisions: pd.DataFrame
    reconciliation: pd.DataFrame
    contradictions: pd.DataFrame
    events: pd.DataFrame


def read(path: Path) -> PublicVintage:
    """The public part of the vintage whose folder `public` is given, wherever it lies. Raises StoreError."""
    name = path.parent.name
    try:
        facts = _plain(json.loads((path / "facts.json").read_text(encoding="utf-8")))
        must_be_known(name, facts["schema"])
        if damage := unlike_written(path.parent):
            raise LookupError(damage)
        _must_be_whole(facts)
        cells, labels = (_table(path / f"{table}.parquet", columns) for table, columns in (("cells", CELL_COLUMNS), ("labels", _LABEL_COLUMNS)))
        return PublicVintage(
            id=facts["id"], created=facts["created"], synthetic=facts["synthetic"],
            organisations=tuple(facts["organisations"]), first_month=facts["first_month"],
            last_month=facts["last_month"], cells=cells, labels=labels, facts=facts, **{name: _later(path, name) for name in _LATER},
        )
    except _DAMAGE as error:
        raise damaged(name, error) from error


def must_be_known(vintage_id: str, schema: object) -> None:
    """Raises StoreError if a vintage is of a layout that this Vyrak can't read."""
    if not isinstance(schema, int) or schema < 1:
        raise StoreError(f"The vintage {vintage_id} does not say by which layout it was made; it is damaged or not a vintage.")
    if schema > SCHEMA:
        raise StoreError(f"The vintage {vintage_id} was made by a newer Vyrak (layout {schema}; this one knows {SCHEMA}). Update this one.")


def damaged(vintage_id: str, error: Exception) -> StoreError:
    """What is said of a vintage whose files can't be read."""
    return StoreError(f"The vintage {vintage_id} is damaged: {cause(error)}.")


def _must_be_whole(facts: dict) -> None:
    """Raises LookupError where the facts of a vintage lack what pages show."""
    wanting = [key for key, kind in _FACTS.items() if not isinstance(facts.get(key), kind)]
    if wanting:
        raise LookupError(f"its facts lack {', '.join(wanting)}")


def _table(file: Path, columns: Iterable[str]) -> pd.DataFrame:
    """A table that has at least these columns."""
    frame = _plain_table(pd.read_parquet(file))
    if file.stem == "cells":  # no cell of an older vintage is broken down by these
        frame = frame.assign(**{name: pd.Series(ALL, index=frame.index, dtype="str") for name in LATER_DIMENSIONS if name not in frame})
    wanting = [column for column in columns if column not in frame]
    if wanting:
        raise LookupError(f"the table {file.stem} lacks {', '.join(wanting)}")
    return frame


def _plain(part: Any) -> Any:
    """Facts, or a part of them, without what could be taken for markup or would turn the order of letters around: words of vocabularies,
    profiles and printed figures are typed by people, and stand in pages, pictures, hover texts, tables and files."""
    if isinstance(part, dict):
        return {key: _plain(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_plain(value) for value in part]
    return _UNPLAIN.sub(_plain_letter, part) if isinstance(part, str) else part


def _plain_letter(found: re.Match[str]) -> str:
    return {"<": "‹", ">": "›"}.get(found[0], "")


def _plain_table(frame: pd.DataFrame) -> pd.DataFrame:
    """The same for a table; its codes are none of anybody's words."""
    odd = {name: frame[name].str.replace(_UNPLAIN, _plain_letter, regex=True) for name in frame.select_dtypes("str")
           if name != "code" and frame[name].str.contains(_UNPLAIN).any()}
    return frame.assign(**odd)


def unlike_written(vintage: Path) -> str:
    """Which public file of a vintage is not as its manifest says it was written, in words; "" if all are, or if there is no manifest to
    compare with (the process that shows figures need not be able to read it)."""
    try:
        written = json.loads((vintage / "manifest.json").read_text(encoding="utf-8"))["outputs"]
        files = {name: digest for name, digest in written.items() if name.startswith("public/")}
    except (FileNotFoundError, PermissionError):
        return ""
    except _DAMAGE:
        return "its manifest can't be read"
    for name, digest in files.items():
        try:
            if hashlib.sha256((vintage / name).read_bytes()).hexdigest() != digest:
                return f"{Path(name).name} is not as it was written"
        except OSError as error:
            return f"{Path(name).name} can't be read ({cause(error)})"
    return ""


def cause(error: BaseException) -> str:
    """Why something could not be read, without the paths that the system's own messages hold."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, LookupError) and error.args and " " in str(error.args[0]):
        return str(error.args[0])
    return "not in the form it was written in"


def _later(path: Path, name: str) -> pd.DataFrame:
    """A table that older vintages don't have; empty then."""
    file = path / f"{name}.parquet"
    return _plain_table(pd.read_parquet(file)) if file.exists() else pd.DataFrame()
