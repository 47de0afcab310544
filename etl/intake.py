"""Files in, rows out: read, recognise, normalise and check every sheet, and account for every row of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from etl import check, dates, mend, normalise, overlay, problems, profiles, read, recognise

SPREADSHEETS = re.compile(r"\.(xlsx|xlsm|xls|xlsb|ods|csv|tsv|txt)$", re.IGNORECASE)
_OFFICE_LOCK = "~$"
COUNTS = ("read", "accepted", "unchanged", "corrected", "quarantined", "not_data")
"""What the account of a sheet counts."""


@dataclass
class SheetLine:
    """The account of one sheet: read = accepted + unchanged + corrected + quarantined + not_data, in its rows.

    Until etl/revise.py has compared them with the rows kept, all good rows stand under `accepted`.
    """

    file: str
    sheet: str
    sha256: str
    table: str | None
    read: int
    accepted: int = 0
    unchanged: int = 0
    corrected: int = 0
    quarantined: int = 0
    not_data: int = 0
    problems: list[problems.Problem] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether the sum holds."""
        return self.read == (self.accepted + self.unchanged + self.corrected + self.quarantined + self.not_data)


def totals_of(lines: Iterable[SheetLine]) -> dict[str, int]:
    """The accounts of all sheets together, by COUNTS."""
    lines = list(lines)
    return {name: sum(getattr(line, name) for line in lines) for name in COUNTS}


@dataclass(frozen=True)
class Intake:
    """`accepted` and `quarantined`: canonical rows (etl.check.ROWS), indexed by the order in which they were read;
    `problems`: etl.problems.COLUMNS; `lines`: one SheetLine a sheet, or one a file that could not be read; `mended`: of the
    rows that come from workbooks of mended rows where they wait (etl.mend.PLACES); `spoilt`: the raw rows that wait."""

    accepted: pd.DataFrame
    quarantined: pd.DataFrame
    problems: pd.DataFrame
    lines: list[SheetLine]
    mended: pd.DataFrame = field(default_factory=mend.nothing_mended)
    spoilt: list[mend.Spoilt] = field(default_factory=list)

    def whole(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Those of `rows` that come from whole exports, which say by what they lack that it is gone."""
        return rows[~rows.index.isin(self.mended.index)]


def spreadsheets(paths: Iterable[Path]) -> list[Path]:
    """The files named, and the spreadsheets in the folders named and below, in order and once each.

    A file named outright is taken whatever its ending: reading it will tell.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.is_file() and SPREADSHEETS.search(p.name))
            found.update((p, None) for p in inside if not p.name.startswith((_OFFICE_LOCK, ".")))
        else:
            found[path] = None
    return list(found)


def take_in(files: Iterable[Path], today: pd.Timestamp, done: Callable[[Path], None] = lambda _: None,
            password: str = "") -> Intake:
    """Read all `files`, those that are encrypted with `password`; `done` is called after each. Never raises for bad input: it becomes problems."""
    parts: list[_Part] = []
    found: list[problems.Problem] = []
    lines: list[SheetLine] = []
    first_name: dict[str, str] = {}
    position = 0
    for path in files:
        result = read.read_file(path, password)
        sheets, book = mend.opened(result.sheets)
        names = {sheet.name for sheet in sheets} | {""}
        found += [p for p in result.problems if p.sheet in names]
        for sheet in sheets:
            # The same file twice in one import, as when a folder holds a copy: read once, said twice.
            if first_name.setdefault(sheet.sha256, str(path)) != str(path):
                found.append(problems.problem("file-repeated", sheet.file, sheet=sheet.name,
                                              found=Path(first_name[sheet.sha256]).name))
                lines.append(SheetLine(sheet.file, sheet.name, "", None, len(sheet.rows), not_data=len(sheet.rows)))
                continue
            part = _take_in_sheet(sheet, book, today, position, [p for p in result.problems if p.sheet == sheet.name])
            position += part.line.read
            found += part.problems
            lines.append(part.line)
            parts.append(replace(part, problems=[]))
        if not result.sheets:
            lines.append(SheetLine(path.name, "", "", None, 0))
        done(path)
    mended = [part.mended for part in parts if part.mended is not None]
    return Intake(_together([p.accepted for p in parts]), _together([p.quarantined for p in parts]), problems.to_frame(found),
                  lines, pd.concat(mended) if mended else mend.nothing_mended(), [p.spoilt for p in parts if p.spoilt])


@dataclass(frozen=True)
class _Part:
    """What one sheet gives, as in Intake; `mended` is None for a sheet of a whole export."""

    accepted: pd.DataFrame
    quarantined: pd.DataFrame
    problems: list[problems.Problem]
    line: SheetLine
    mended: pd.DataFrame | None = None
    spoilt: mend.Spoilt | None = None


def _take_in_sheet(sheet: read.Sheet, book: mend.Book | None, today: pd.Timestamp, position: int,
                   read_with: list[problems.Problem]) -> _Part:
    """Read one sheet, whose first row is at `position` in the order of reading; `book` if it holds mended rows; `read_with`:
    the problems with which the file gave it, on whose account rows may wait too."""
    of, numbers = mend.unpack(sheet, book) if book else (sheet, [])
    seen = profiles.extracted(recognise.recognise(of))
    line = SheetLine(sheet.file, sheet.name, sheet.sha256, seen.table, len(sheet.rows), not_data=seen.not_data)
    nothing = check.empty_rows(pd.RangeIndex(0))
    if seen.table is None:
        known = profiles.fitting(of) if overlay.current() is None else None
        said = [problems.problem("profile-available", sheet.file, sheet=sheet.name, found=known)] if known else seen.problems
        return _Part(nothing, nothing, _placed(said, sheet), line)
    if (laid := overlay.current()) and (lacks := profiles.lacking(of, laid.profile.headers)):
        line.table, line.not_data = None, line.read
        unfit = problems.problem("profile-unfit", sheet.file, sheet=sheet.name, found=", ".join(lacks), expected=laid.name)
        return _Part(nothing, nothing, [unfit], line)
    if book:
        seen.raw.attrs["dates"] = book.dates.get(sheet.name, {})
    rows, wrong = normalise.normalise(seen, of, today)
    rows.index = pd.RangeIndex(position, position + len(rows))
    said = _placed([*seen.problems, *problems.from_frame(wrong)], sheet)
    if book:
        rows = rows.assign(file=sheet.file, sheet=sheet.name, sha256=sheet.sha256)
    good, waiting = check.split(rows, problems.to_frame([*read_with, *said]))
    line.accepted, line.quarantined = len(good), len(waiting)
    mended, at = None, dict(zip(waiting["row"], waiting.index, strict=True))
    if book or mend.is_part(sheet.file):
        originals = [numbers[n - 1] if numbers else 0 for n in rows["row"]]
        mended = mend.places(book, sheet.name, of.name, rows.index, originals)
        waiting = _where_they_wait(waiting, mended, of)
    if waiting.empty:
        return _Part(good, waiting, said, line, mended)
    places = {row: (numbers[row - 1] if book else row, index) for row, index in at.items()}
    return _Part(good, waiting, said, line, mended, mend.keep(sheet, of, seen.blocks, places, _date_orders(seen)))


def _placed(said: list[problems.Problem], sheet: read.Sheet) -> list[problems.Problem]:
    """The problems with the names of the file that was read, where rows bear those of the export they belong to."""
    return [p if p.file == sheet.file and p.sheet == sheet.name else replace(p, file=sheet.file, sheet=sheet.name) for p in said]


def _where_they_wait(waiting: pd.DataFrame, mended: pd.DataFrame, of: read.Sheet) -> pd.DataFrame:
    """Rows that still wait after mending, at the place of the export where they waited before."""
    place = mended.loc[waiting.index]
    known = place["row"] > 0
    return waiting.assign(
        file=waiting["file"].mask(known, of.file), sheet=waiting["sheet"].mask(known, of.name),
        sha256=waiting["sha256"].mask(known, of.sha256), row=waiting["row"].mask(known, place["row"]))


def _date_orders(seen: recognise.Recognised) -> dict[str, bool | None]:
    """How each column of dates was read, day or month first: a few rows of it may not tell."""
    given = seen.raw.attrs.get("dates", {})
    return given or {name: dates.day_first({cell for cell in seen.raw[name] if isinstance(cell, str)})
                     for name in check.DATES if name in seen.raw}


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled) if filled else check.empty_rows(pd.RangeIndex(0))
