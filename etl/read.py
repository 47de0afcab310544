"""Any spreadsheet file → raw rows, nothing interpreted. The parsing itself happens in etl/sandbox.py's process."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import re
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path

import settings
from etl import sandbox
from etl.problems import Problem, problem

Cell = str | int | float | bool | datetime.datetime | datetime.date | datetime.time | datetime.timedelta | None
"""A cell as it is stored; an empty one is "" or None."""

_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass
class Sheet:
    """One sheet. `rows[i]` is row i+1 as the spreadsheet program shows it; rows of a CSV file keep their own length.
    `sha256` is the file's; the name of a CSV file's only sheet is ""."""

    file: str
    sha256: str
    name: str
    rows: list[list[Cell]] = field(default_factory=list)


@dataclass(frozen=True)
class ReadResult:
    """The sheets of a file in their order, and what was wrong or should be known."""

    sheets: list[Sheet]
    problems: list[Problem]


def read_file(path: Path, password: str = "") -> ReadResult:
    """The sheets of the file at `path`, whatever its ending says it is; `password` opens it if it is encrypted.

    Never raises for a bad file: it gives no sheets and one problem that is "refused".
    """
    name = _NOT_SHOWN.sub("�", path.name)
    try:
        if (refused := _refused(path, name)) is not None:
            return ReadResult([], [refused])
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return ReadResult([], [problem("file-unreadable", name, found=error.strerror or "it can't be opened")])
    except ValueError:
        return ReadResult([], [problem("file-missing", name)])
    started = time.monotonic()
    try:
        return _collect(path, name, sha256, password=password)
    except sandbox.Died as error:
        cause = str(error)
    # calamine holds the rectangle of all cells in memory, which one stray cell in the last row makes huge; the slower
    # reader of .xlsx goes row by row.
    left = sandbox.SECONDS - (time.monotonic() - started)
    if left > 1:
        with contextlib.suppress(sandbox.Died):
            second = _collect(path, name, sha256, password=password, row_by_row=True, seconds=left)
            if second.sheets:
                return second
    return ReadResult([], [problem("file-unreadable", name, found=cause)])


def _refused(path: Path, name: str) -> Problem | None:
    """What forbids to open the file at all."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return problem("file-missing", name)
    if not stat.S_ISREG(status.st_mode):
        return problem("file-unreadable", name, found="it is a folder, a pipe or a device, not a file")
    most = settings.load().import_.largest_file_mb
    if status.st_size > most * 1_000_000:
        return problem("file-too-large", name, found=f"{status.st_size / 1e6:.0f} MB", expected=f"{most} MB")
    return None


def _collect(path: Path, name: str, sha256: str, **options: object) -> ReadResult:
    result = ReadResult([], [])
    for what, *parts in sandbox.parse(path, **options):
        if what == "sheet":
            result.sheets.append(Sheet(name, sha256, parts[0]))
        elif what == "rows":
            result.sheets[-1].rows.extend(parts[0])
        elif what == "problem":
            result.problems.append(problem(parts[0], name, sheet=result.sheets[-1].name, **parts[1]))
        else:
            return ReadResult([], [problem(parts[0], name, found=parts[1])])
    if not result.sheets:
        return ReadResult([], [problem("file-unreadable", name, found="there is no whole table in it")])
    for sheet in result.sheets:
        _drop_empty_end(sheet.rows)
    return result


def _drop_empty_end(rows: list[list[Cell]]) -> None:
    """Formatted but empty rows after the last filled one are none that anyone typed."""
    while rows and all(cell is None or cell == "" for cell in rows[-1]):
        rows.pop()
