"""Which table a sheet holds, which column is which, and which of its rows are records.

A sheet is read from top to bottom as blocks: a header (over one row or two), then its records, until a row that
repeats the header or brings a new one. Rows that hold no record (titles, notes, sums, blank rows) are counted and
said, never dropped in silence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import pandas as pd

from etl import layout
from etl.codes import code_list
from etl.headers import columns
from etl.layout import Header
from etl.problems import Problem, column_name, problem
from etl.read import Cell, Sheet
from etl.xlsx_details import row_ranges

HEADER_ROWS = 100
"""A header that does not come within so many rows of a sheet does not come."""
_JOINED = ("articles", "prison")
"""Kinds of which several columns of a row are read together, one value a line."""


@dataclass(frozen=True)
class Recognised:
    """What a sheet holds.

    `table`: a code of vocabulary/tables.csv, or None. `raw`: one row a record with `row` (int, as the spreadsheet
    shows it), `_width` (cells of the row; fewer than the header in a ragged CSV) and one column of raw cells (None:
    empty) a recognised field; `raw.attrs["columns"]` = {field: [(column index from 0, header), …]}. `not_data`: the
    rows that hold no record, so that len(sheet.rows) = len(raw) + not_data. `blocks`: the headers with their records.
    """

    table: str | None
    raw: pd.DataFrame
    not_data: int
    problems: list[Problem]
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Block:
    """A header and its records, as positions in sheet.rows."""

    header: Header
    records: list[int] = field(default_factory=list)


def recognise(sheet: Sheet) -> Recognised:
    """What `sheet` holds. Never raises for a bad sheet; raises VocabularyError if columns.csv is wrong."""
    hint = layout.table_named(sheet.name) or layout.table_titled(sheet.rows) or layout.table_named(_stem(sheet.file))
    blocks, others = _blocks(sheet.rows, hint)
    if not blocks:
        said = [_of(sheet, "sheet-not-recognised")] if any(layout.filled(row) for row in sheet.rows) else []
        return Recognised(None, _frame([], {}), len(sheet.rows), said)
    everything = blocks
    blocks = [block for block in blocks if block.records] or blocks[:1]
    tables = {block.header.table for block in blocks}
    said = [p for block in blocks for p in _header_problems(sheet, block)]
    frames = [_raw(sheet, block, said) for block in blocks]
    raw = _together(frames)
    said += _said_of_others(sheet, others)
    return Recognised(tables.pop() if len(tables) == 1 else "cases", raw, len(sheet.rows) - len(raw), said,
                      everything)


def _blocks(rows: list[list[Cell]], hint: str | None) -> tuple[list[Block], dict[str, list[int]]]:
    """The blocks of a sheet, and the rows that are neither header nor record, by what they are."""
    blocks: list[Block] = []
    others: dict[str, list[int]] = defaultdict(list)
    position, after_gap = 0, True
    while position < len(rows) and (blocks or position < HEADER_ROWS):
        row = rows[position]
        current = blocks[-1].header if blocks else None
        count = layout.filled(row)
        if current and not count:
            # Looking for a header in each of the blank rows of a long gap took most of the time of such a sheet.
            position, after_gap = position + 1, True
            continue
        may_begin = after_gap and layout.looks_like_header(row, current) if current else True
        if (may_begin or (current and current.repeated_by(row))) and (found := layout.header_at(rows, position, hint)):
            blocks.append(Block(found))
            # The row below may say the header again in another language.
            position, after_gap = position + found.height, True
            continue
        kind = layout.row_kind(row, count, current)
        if kind == "record":
            blocks[-1].records.append(position)
        elif kind != "blank":
            others[kind].append(position)
        after_gap = kind != "record"
        position += 1
    return blocks, others


def _header_problems(sheet: Sheet, block: Block) -> Iterator[Problem]:
    header = block.header
    shown = header.row + header.height
    for index, text in header.unknown:
        if text:
            yield _of(sheet, "column-not-recognised", row=shown, column=text, column_index=index, found=text)
        elif any(not layout.empty(cell) for i in block.records for cell in sheet.rows[i][index:index + 1]):
            name = f"{column_name(index)} (without a header)"
            yield _of(sheet, "column-not-recognised", row=shown, column_index=index, found=name)
    vocabulary = columns()
    for name, places in header.fields.items():
        if len(places) > 1 and vocabulary.kinds[name] not in (*_JOINED, "ignore"):
            yield _of(sheet, "column-repeated", row=shown, column=places[1][1], column_index=places[1][0],
                      found=places[1][1], expected=name)
    if header.beside is not None:
        yield _of(sheet, "table-beside", row=shown, column_index=header.beside,
                  found=f"{column_name(header.beside)}{shown}")


def _raw(sheet: Sheet, block: Block, said: list[Problem]) -> pd.DataFrame:
    """The raw frame of one block; problems of its rows are added to `said`."""
    header, kinds = block.header, columns().kinds
    rows = [sheet.rows[i] for i in block.records]
    read = {name: places for name, places in header.fields.items() if kinds[name] != "ignore"}
    cells = {name: _values(rows, [i for i, _ in places], kinds[name]) for name, places in read.items()}
    for at, row in enumerate(rows):
        if len(row) < header.width:
            said += _realign(sheet, block, at, cells)
        elif len(row) > header.width and layout.filled(row[header.width:]):
            extra = next(c for c in row[header.width:] if not layout.empty(c))
            said.append(_of(sheet, "row-wider", row=block.records[at] + 1, found=str(extra),
                            column_index=row.index(extra, header.width)))
    return _frame([i + 1 for i in block.records], {"_width": [len(row) for row in rows], **cells}, read)


def _values(rows: list[list[Cell]], indices: list[int], kind: str) -> list[Cell]:
    first, *others = (_column(rows, i) for i in indices)
    for more in others:
        if kind in _JOINED:
            first = [b if a is None else a if b is None else f"{a}\n{b}" for a, b in zip(first, more, strict=True)]
        else:
            first = [b if a is None else a for a, b in zip(first, more, strict=True)]
    return first


def _column(rows: list[list[Cell]], index: int) -> list[Cell]:
    ragged = any(len(row) <= index for row in rows)
    cells = (row[index] if index < len(row) else None for row in rows) if ragged else map(itemgetter(index), rows)
    return [None if cell == "" else cell for cell in cells]


def _realign(sheet: Sheet, block: Block, at: int, cells: dict[str, list[Cell]]) -> Iterator[Problem]:
    """Move a town that slid to the left in a row narrower than its header back to where towns stand.

    Seen in Viasna's machine export: the cell before the last is missing, and the last, a town, stands under `died`.
    """
    row = sheet.rows[block.records[at]]
    last = len(row) - 1
    names = [n for n, places in block.header.fields.items() if last in (i for i, _ in places)]
    town = row[last] if row else None
    if not isinstance(town, str) or not names or "clusters" not in cells or columns().kinds[names[0]] == "region":
        return
    if code_list("regions").find(town) is None:
        return
    if names[0] in cells:
        cells[names[0]][at] = None
    cells["clusters"][at] = town
    yield _of(sheet, "row-narrower", row=block.records[at] + 1, column=names[0], column_index=last, found=town,
              expected="clusters")


def _said_of_others(sheet: Sheet, others: dict[str, list[int]]) -> Iterator[Problem]:
    for kind, positions in others.items():
        where = row_ranges(i + 1 for i in positions)
        yield _of(sheet, "rows-not-data", row=positions[0] + 1, found=where, expected=kind)


def _frame(rows: list[int], cells: dict[str, list[Any]], read: dict | None = None) -> pd.DataFrame:
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in cells.items()})
    frame.insert(0, "row", pd.Series(rows, dtype="int64"))
    frame["_width"] = frame["_width"].astype("int64") if cells else pd.Series(dtype="int64")
    frame.attrs["columns"] = dict(read or {})
    return frame


def _together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if len(frames) == 1:
        return frames[0]
    raw = pd.concat(frames, ignore_index=True).astype(object)
    raw = raw.where(raw.notna(), None).astype({"row": "int64", "_width": "int64"})
    # Where a field stands in any block, and in which rows it stands where.
    raw.attrs["blocks"] = [(int(frame["row"].iloc[0]), frame.attrs["columns"]) for frame in frames]
    raw.attrs["columns"] = {name: at for frame in reversed(frames) for name, at in frame.attrs["columns"].items()}
    return raw


def _of(sheet: Sheet, kind: str, **place: Any) -> Problem:
    return problem(kind, sheet.file, sheet=sheet.name, **place)


def _stem(file: str) -> str:
    return file.rsplit(".", 1)[0]
