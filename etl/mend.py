"""The rows in quarantine as a workbook laid out like the original, to be mended and imported again as it is.

Each sheet keeps the rows above its data (title, header) and the rows in quarantine, every cell in its column; the
bad cell is coloured and carries a comment that says what is wrong and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import coordinate_to_tuple
from openpyxl.worksheet.worksheet import Worksheet

from etl.problems import Problem
from etl.read import Sheet

MARK = "to mend"
"""What the name of such a workbook says: it is a part of its list, so the rows it lacks are not gone."""

_BAD = PatternFill("solid", fgColor="FFD6CC")
_WIDEST = 60
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def is_part(file_name: str) -> bool:
    """Whether a file holds mended rows only, not the whole list."""
    return f"({MARK})" in file_name.casefold()


def write(folder: Path, sheets: Sequence[Sheet], not_data: Mapping[tuple[str, str], set[int]],
          problems: Sequence[Problem]) -> list[Path]:
    """One workbook a file with rows in quarantine, in `folder`: the paths written.

    not_data: for (sha256, sheet name) the numbers of the rows that hold no record.
    problems: those of severity "quarantined" decide which rows are written.
    """
    waiting: dict[tuple[str, str], dict[int, list[Problem]]] = {}
    for problem in problems:
        if problem.severity == "quarantined" and problem.row:
            waiting.setdefault((problem.file, problem.sheet), {}).setdefault(problem.row, []).append(problem)
    written = []
    for file in dict.fromkeys(sheet.file for sheet in sheets):
        here = [s for s in sheets if s.file == file and (file, s.name) in waiting]
        if here:
            written.append(_write_book(folder, file, here, not_data, waiting))
    return written


def _write_book(folder: Path, file: str, sheets: Sequence[Sheet], not_data: Mapping[tuple[str, str], set[int]],
                waiting: Mapping[tuple[str, str], dict[int, list[Problem]]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        page = book.create_sheet(re.sub(r"[\[\]*?/\\:]", " ", sheet.name)[:31] or "1")
        _write_sheet(page, sheet, not_data.get((sheet.sha256, sheet.name), set()), waiting[file, sheet.name])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{Path(file).stem} ({MARK}).xlsx"
    book.save(path)
    return path


def _write_sheet(page: Worksheet, sheet: Sheet, not_data: set[int], waiting: Mapping[int, list[Problem]]) -> None:
    last = max(waiting)
    kept = [n for n in range(1, last + 1) if n in waiting or n in not_data]
    for target, number in enumerate(kept, start=1):
        for column, value in enumerate(sheet.rows[number - 1], start=1):
            _write_cell(page, target, column, value)
        for problem in waiting.get(number, ()):
            _mark(page, target, problem)
    for cell in page[1]:
        page.column_dimensions[cell.column_letter].width = min(_WIDEST, max(12, len(str(cell.value or "")) + 2))


def _write_cell(page: Worksheet, row: int, column: int, value: object) -> None:
    if value is None or value == "":
        return
    allowed = isinstance(value, str | int | float | bool | datetime | date | time)
    cell = page.cell(row, column, value if allowed else str(value))
    if isinstance(value, str):
        # As text, whatever it begins with: a formula from a stranger's file must not run.
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(_FORMULA)


def _mark(page: Worksheet, row: int, problem: Problem) -> None:
    column = coordinate_to_tuple(problem.cell)[1] if problem.cell else 1
    cell = page.cell(row, column)
    cell.fill, cell.font = _BAD, Font(bold=True)
    said = f"{cell.comment.text}\n\n" if cell.comment else ""
    cell.comment = Comment(f"{said}{problem.message}\n{problem.remedy}", "Vyrak", width=360, height=140)
