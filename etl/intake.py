"""Files in, rows out: read, recognise, normalise and check every sheet, and account for every row of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from etl import check, normalise, overlay, problems, profiles, read, recognise

SPREADSHEETS = re.compile(r"\.(xlsx|xlsm|xls|xlsb|ods|csv|tsv|txt)$", re.IGNORECASE)
_OFFICE_LOCK = "~$"


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
    problems: list[dict] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether the sum holds."""
        return self.read == (self.accepted + self.unchanged + self.corrected + self.quarantined + self.not_data)


@dataclass(frozen=True)
class Intake:
    """`accepted` and `quarantined`: canonical rows (etl.check.ROWS); `problems`: etl.problems.COLUMNS; `lines`: one
    SheetLine a sheet, or one a file that could not be read."""

    accepted: pd.DataFrame
    quarantined: pd.DataFrame
    problems: pd.DataFrame
    lines: list[SheetLine]


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


def take_in(files: Iterable[Path], today: pd.Timestamp, done: Callable[[Path], None] = lambda _: None) -> Intake:
    """Read all `files`; `done` is called after each. Never raises for bad input: it becomes problems."""
    accepted, quarantined, found, lines = [], [], [], []
    first_name: dict[str, str] = {}
    for path in files:
        result = read.read_file(path)
        found += result.problems
        for sheet in result.sheets:
            # The same file twice in one import, as when a folder holds a copy: read once, said twice.
            if first_name.setdefault(sheet.sha256, str(path)) != str(path):
                found.append(problems.problem("file-repeated", sheet.file, sheet=sheet.name,
                                              found=Path(first_name[sheet.sha256]).name))
                lines.append(SheetLine(sheet.file, sheet.name, "", None, len(sheet.rows), not_data=len(sheet.rows)))
                continue
            good, waiting, wrong, line = _take_in_sheet(sheet, today)
            accepted.append(good)
            quarantined.append(waiting)
            found += wrong
            lines.append(line)
        if not result.sheets:
            lines.append(SheetLine(path.name, "", "", None, 0))
        done(path)
    frame = problems.to_frame(found)
    return Intake(_together(accepted), _together(quarantined), frame, lines)


def _take_in_sheet(sheet: read.Sheet, today: pd.Timestamp
                   ) -> tuple[pd.DataFrame, pd.DataFrame, list[problems.Problem], SheetLine]:
    seen = profiles.extracted(recognise.recognise(sheet))
    nothing = check.empty_rows(pd.RangeIndex(0))
    line = SheetLine(sheet.file, sheet.name, sheet.sha256, seen.table, len(sheet.rows), not_data=seen.not_data)
    if seen.table is None:
        known = profiles.fitting(sheet) if overlay.current() is None else None
        said = [problems.problem("profile-available", sheet.file, sheet=sheet.name, found=known)] if known else seen.problems
        return nothing, nothing, list(said), line
    if (laid := overlay.current()) and (lacks := profiles.lacking(sheet, laid.profile.headers)):
        line.table, line.not_data = None, line.read
        return nothing, nothing, [problems.problem("profile-unfit", sheet.file, sheet=sheet.name, found=", ".join(lacks),
                                                   expected=laid.name)], line
    rows, wrong = normalise.normalise(seen, sheet, today)
    wrong = [*seen.problems, *problems.from_frame(wrong)]
    good, waiting = check.split(rows, problems.to_frame(wrong))
    line.accepted, line.quarantined = len(good), len(waiting)
    return good, waiting, wrong, line


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else check.empty_rows(pd.RangeIndex(0))
