"""The rows in quarantine as a workbook laid out like the original, to be mended and imported again as it is.

Each sheet keeps the rows above its records (titles, header) and the rows that wait, every cell in its column as it was
found; the bad cell is coloured and carries a comment that says what is wrong and what to write. A hidden sheet says of
which export the rows are: it outlives renaming and saving in Excel, LibreOffice and Google Sheets, which a property of
the document does not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from etl.problems import Problem
from etl.read import Cell, Sheet
from etl.recognise import Block
from etl.xlsx_details import LAST_COLUMN
from texts import t

MARK = "to mend"
"""What the name of such a workbook says. Where the hidden sheet is lost, this still tells that it is a part of its list."""

MOST_ROWS = 5_000
"""Rows one workbook holds: nobody mends more by hand, and 10,000 took seven seconds to write."""
MOST_CELLS = 1_000_000
"""Cells of the rows in it: 1,000 columns, and nobody mends more than 1,000 rows of them."""

PLACES = ["sha256", "sheet", "row", "number", "row_key"]
"""What is known of a row of a mended workbook: the place in the export where it waits, the number among the rows of one
key (etl.revise.with_keys) and the key it had. A row that a person added has an empty place and key."""

_HIDDEN = "vyrak"
_VERSION = "vyrak: rows to mend, 1"
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\[\]]")
_FORMULA = ("=", "+", "-", "@", "\t")
_FILLS = {"quarantined": PatternFill("solid", fgColor="FFD0C2"), "flagged": PatternFill("solid", fgColor="FFF2B3")}
_FIRST_DATES = {"day": True, "month": False, "": None}


# Reading ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Book:
    """The export of which a workbook holds mended rows. By sheet: its name there, the header and index of the column of
    row numbers, how its columns of dates are read; by sheet and row: the width, number and key of the row."""

    file: str
    sha256: str
    names: dict[str, str] = field(default_factory=dict)
    columns: dict[str, tuple[str, int]] = field(default_factory=dict)
    dates: dict[str, dict[str, bool | None]] = field(default_factory=dict)
    rows: dict[tuple[str, int], tuple[int, int, str]] = field(default_factory=dict)


def opened(sheets: Sequence[Sheet]) -> tuple[list[Sheet], Book | None]:
    """(the sheets to be read, what the hidden sheet says of them), or (all, None) for any other file."""
    hidden = next((s for s in sheets if s.name == _HIDDEN and s.rows and s.rows[0][:1] == [_VERSION]), None)
    if hidden is None:
        return list(sheets), None
    try:
        book = Book(str(hidden.rows[0][1]), str(hidden.rows[0][2]))
        for what, title, *said in hidden.rows[1:]:
            _take(book, str(what), str(title), said)
    except (ValueError, IndexError, TypeError, OverflowError):  # somebody wrote into it: the rows are read as they are
        return [s for s in sheets if s is not hidden], None
    return [s for s in sheets if s is not hidden], book


def _take(book: Book, what: str, title: str, said: list[Cell]) -> None:
    if what == "sheet":
        book.names[title] = str(said[0] or "")
        book.columns[title] = str(said[1]), _whole(said[2])
    elif what == "dates":
        book.dates.setdefault(title, {})[str(said[0])] = _FIRST_DATES.get(str(said[1] or ""))
    elif what == "row":
        book.rows[title, _whole(said[0])] = _whole(said[1]), _whole(said[2]), str(said[3])


def _whole(cell: Cell) -> int:
    return int(float(str(cell)))


def is_part(file: str) -> bool:
    """Whether the name of a file says that it holds mended rows only."""
    return f"({MARK})" in file.casefold()


def unpack(sheet: Sheet, book: Book) -> tuple[Sheet, list[int]]:
    """(`sheet` as it was in the export, and of each of its rows the number it had there, 0 for an added one)."""
    title = sheet.name if sheet.name in book.names else next(iter(book.names), "") if len(book.names) == 1 else sheet.name
    header, column = book.columns.get(title, ("", len(sheet.rows[0]) if sheet.rows else 0))
    column = next((row.index(header) for row in sheet.rows if header and header in row), column)
    rows, numbers = [], []
    for cells in sheet.rows:
        row = list(cells)
        label = row.pop(column) if column < len(row) else ""
        number = int(label) if isinstance(label, int | float) and not isinstance(label, bool) and label == label // 1 else 0
        width = book.rows[title, number][0] if (title, number) in book.rows else 0
        # Rows of a CSV file keep their own length, which here is filled up to that of the longest.
        filled = next((i + 1 for i in reversed(range(len(row))) if row[i] not in ("", None)), 0)
        rows.append(row[:max(width, filled)] if width else row)
        numbers.append(number if width else 0)
    return Sheet(book.file, book.sha256, book.names.get(title, sheet.name), rows), numbers


def places(book: Book | None, title: str, name: str, index: pd.Index, numbers: Sequence[int]) -> pd.DataFrame:
    """PLACES of the rows of one sheet; `numbers`: the row of the export each is, 0 if it is none."""
    known = book.rows if book else {}
    title = title if book and title in book.names else next(iter(book.names), "") if book else ""
    told = [(book.sha256, name, n, *known[title, n][1:]) if book and n else ("", "", 0, 1, "") for n in numbers]
    return pd.DataFrame(told, columns=PLACES, index=index)


def nothing_mended() -> pd.DataFrame:
    """PLACES of no row."""
    return pd.DataFrame({name: pd.Series(dtype="int64" if name in ("row", "number") else "str") for name in PLACES})


# Keeping ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Row:
    """A row that waits: its number in the file read and in the export, its place in the order of reading, its cells."""

    number: int
    original: int
    position: int
    cells: list[Cell]


@dataclass(frozen=True)
class Spoilt:
    """What must be kept of a sheet to write its waiting rows: `sheet` without its rows, `of` as it was in the export, the
    rows above its first header, and for each block the rows of its header and those that wait."""

    sheet: Sheet
    of: Sheet
    titles: list[list[Cell]]
    blocks: list[tuple[list[list[Cell]], list[Row]]]
    dates: dict[str, bool | None]


def keep(sheet: Sheet, of: Sheet, seen: Sequence[Block], waiting: Mapping[int, tuple[int, int]],
         dates: dict[str, bool | None]) -> Spoilt:
    """The rows `waiting` ({number in `sheet`: (number in the export, place in the order of reading)}) with their headers.

    `of` has the cells of `sheet`, under the names of the export; `seen` are its blocks.
    """
    titles = of.rows[:seen[0].header.row]
    blocks = []
    head: list[list[Cell]] = []
    for block in seen:
        first = block.header.row
        head = head + of.rows[first:first + block.header.height]
        rows = [Row(i + 1, *waiting[i + 1], of.rows[i]) for i in block.records if i + 1 in waiting]
        if rows:
            blocks.append((head, rows))
        # A header without records belongs to the next one: the same in another language.
        head = head if not block.records else []
    return Spoilt(replace(sheet, rows=[]), replace(of, rows=[]), titles, blocks, dates)


# Writing ----------------------------------------------------------------------------------------------------------

@dataclass
class Written:
    """A workbook to mend: its name, the export it is of, how many rows it holds and how many more wait; `cells`: the sheet
    and row in it of each (file, sheet, row) that was read."""

    name: str
    of: str
    rows: int = 0
    left_out: int = 0
    cells: dict[tuple[str, str, int], tuple[str, int]] = field(default_factory=dict)


def write(folder: Path, spoilt: Sequence[Spoilt], keys: pd.DataFrame, problems: Iterable[Problem]) -> list[Written]:
    """One workbook in `folder` for each export with rows that wait.

    `keys`: `number` and `row_key` of the rows that wait, by their place in the order of reading; others are left out.
    `problems`: what is said of these rows. Raises OSError if the folder can't be written.
    """
    told: dict[tuple[str, str, int], list[Problem]] = {}
    for problem in problems:
        if problem.severity in _FILLS and problem.row:
            told.setdefault((problem.file, problem.sheet, problem.row), []).append(problem)
    exports: dict[tuple[str, str], list[Spoilt]] = {}
    for one in spoilt:
        exports.setdefault((one.of.file, one.of.sha256), []).append(one)
    written: list[Written] = []
    for (file, sha256), sheets in exports.items():
        if any(row.position in keys.index for one in sheets for _, rows in one.blocks for row in rows):
            name = _free_name(file, {book.name for book in written})
            written.append(_write_book(folder / name, file, sha256, sheets, keys, told))
    return [book for book in written if book.rows]


def _free_name(file: str, taken: set[str]) -> str:
    stem = _NOT_IN_NAMES.sub(" ", file).rpartition(".")[0].strip(" .") or "list"
    stem = stem.encode("utf-8", "replace")[:180].decode("utf-8", "ignore")
    names = (f"{stem} ({MARK}){number}.xlsx" for number in ["", *(f" {n}" for n in range(2, 1000))])
    return next(name for name in names if name not in taken)


def _write_book(path: Path, file: str, sha256: str, sheets: Sequence[Spoilt], keys: pd.DataFrame,
                told: Mapping[tuple[str, str, int], list[Problem]]) -> Written:
    book, result = Workbook(write_only=True), Written(path.name, file)
    hidden: list[list[Cell]] = [[_VERSION, file, sha256]]
    done: set[tuple[str, int]] = set()
    # The newest attempt at mending a row is the one to go on from, where one import held both.
    for one in sorted(sheets, key=lambda one: one.of.sha256 == one.sheet.sha256):
        blocks = []
        for head, rows in one.blocks:
            waiting = [r for r in rows if r.position in keys.index and (one.of.name, r.original) not in done]
            fitting = _fitting(waiting, [*one.titles, *head], result.rows)
            result.rows, result.left_out = result.rows + len(fitting), result.left_out + len(waiting) - len(fitting)
            done |= {(one.of.name, row.original) for row in waiting if row.original}
            if fitting:
                blocks.append((head, fitting))
        if blocks:
            page = book.create_sheet(_title(one.of, [s.title for s in book.worksheets]))
            hidden += _write_sheet(page, replace(one, blocks=blocks), keys, told, result)
    if not result.rows:
        return result
    page = book.create_sheet(_HIDDEN)
    page.sheet_state = "veryHidden"
    for line in hidden:
        page.append([_cell(page, value) for value in line])
    book.save(path)
    return result


def _fitting(waiting: list[Row], above: list[list[Cell]], before: int) -> list[Row]:
    """The first of the rows `waiting` that a workbook with so many `before` has room for. A row of a CSV may be wider than a sheet."""
    rows = [row for row in waiting if len(row.cells) < LAST_COLUMN]
    width = max((len(cells) for cells in (*above, *(row.cells for row in rows))), default=0)
    most = min(MOST_ROWS, MOST_CELLS // max(width, 1)) if width < LAST_COLUMN else 0
    return rows[:max(most - before, 0)]


def _title(sheet: Sheet, taken: Sequence[str]) -> str:
    """A name Excel allows and no other sheet has, as near to that of the original as can be."""
    wanted = _NOT_IN_NAMES.sub(" ", sheet.name or sheet.file.rpartition(".")[0]).strip("' ")[:28] or "1"
    used = {title.casefold() for title in (*taken, _HIDDEN)}
    return next(title for n in range(1, 10_000) if (title := wanted if n == 1 else f"{wanted[:26]} {n}").casefold() not in used)


def _write_sheet(page: Worksheet, one: Spoilt, keys: pd.DataFrame, told: Mapping[tuple[str, str, int], list[Problem]],
                 result: Written) -> list[list[Cell]]:
    """Write the page; what the hidden sheet must say of it."""
    everything = [*one.titles, *(cells for head, rows in one.blocks for cells in (*head, *(r.cells for r in rows)))]
    column, label = max(map(len, everything)), t("Row in the original")
    hidden: list[list[Cell]] = [["sheet", page.title, one.of.name, label, column]]
    hidden += [["dates", page.title, name, next(word for word, means in _FIRST_DATES.items() if means is first)]
               for name, first in one.dates.items()]
    page.freeze_panes = f"A{len(one.titles) + len(one.blocks[0][0]) + 1}"
    for index in range(column + 1):
        longest = max((len(str(row[index])) for row in one.blocks[0][0] if index < len(row)), default=0)
        page.column_dimensions[get_column_letter(index + 1)].width = min(max(longest + 2, 12), 40)
    at = 0
    for cells in one.titles:
        page.append([_cell(page, value) for value in cells])
        at += 1
    for number, (head, rows) in enumerate(one.blocks):
        # A blank row ends the block before, as in the original.
        for cells in ([[]] if number else []) + head[:-1]:
            page.append([_cell(page, value) for value in cells])
            at += 1
        page.append(_filled(page, head[-1], column, label))
        at += 1
        for row in rows:
            at += 1
            place = (one.sheet.file, one.sheet.name, row.number)
            page.append(_written_row(page, one, row, column, told.get(place, ())))
            result.cells[place] = page.title, at
            hidden.append(["row", page.title, row.original, len(row.cells), int(keys.at[row.position, "number"]),
                           str(keys.at[row.position, "row_key"])])
    return hidden


def _filled(page: Worksheet, cells: list[Cell], column: int, last: Cell) -> list[WriteOnlyCell]:
    """The cells of a row up to `column`, and `last` in it, in grey."""
    row = [_cell(page, cells[i] if i < len(cells) else "") for i in range(column)]
    origin = _cell(page, last)
    origin.font = Font(italic=True, color="595959")
    return [*row, origin]


def _written_row(page: Worksheet, one: Spoilt, row: Row, column: int, problems: Iterable[Problem]) -> list[WriteOnlyCell]:
    cells = _filled(page, row.cells, column, row.original)
    filled = next((i for i, cell in enumerate(row.cells) if cell not in ("", None)), 0)
    said: dict[int, list[Problem]] = {}
    for problem in problems:
        letters = problem.cell.rstrip("0123456789")
        said.setdefault(column_index_from_string(letters) - 1 if letters else filled, []).append(problem)
    for index, here in said.items():
        cell = cells[min(index, column - 1)]
        worst = "quarantined" if any(p.severity == "quarantined" for p in here) else "flagged"
        cell.fill, cell.font = _FILLS[worst], Font(bold=worst == "quarantined")
        # As text, so that "13-1" stays an article when it is typed and does not become 13 January.
        if not isinstance(row.cells[index] if index < len(row.cells) else "", int | float | date | time | timedelta):
            cell.number_format = "@"
        where = t("Original: {file}, row {row}", file=f"{one.of.file} · {one.of.name}" if one.of.name else one.of.file,
                  row=str(row.original))
        text = "\n\n".join([*(f"{p.message}\n{p.remedy}" for p in here), where])
        cell.comment = Comment(_UNPRINTABLE.sub("�", text), "Vyrak", width=360, height=60 + 18 * (len(text) // 45 + 1))
    return cells


def _cell(page: Worksheet, value: Cell) -> WriteOnlyCell:
    """`value` as it was: dates are dates, numbers numbers, and text is text whatever it begins with, never a formula."""
    if isinstance(value, str):
        text = _UNPRINTABLE.sub("�", value.replace("\r\n", "\n").replace("\r", "\n"))
        cell = WriteOnlyCell(page, text)
        if text:
            cell.data_type, cell.number_format = "s", "@"
        cell.quotePrefix = text.startswith(_FORMULA)
        return cell
    if isinstance(value, float) and not math.isfinite(value):
        return WriteOnlyCell(page, str(value))
    cell = WriteOnlyCell(page, value)
    if isinstance(value, date) and (not isinstance(value, datetime) or value.time() == time()):
        cell.number_format = "yyyy-mm-dd"
    return cell
