"""The catalogue of everything that can be wrong with a spreadsheet, and the record of what was.

A problem has a kind (below), a place (file, sheet, row, column, cell), the text found and what was
expected. The steps collect problems; they never print and never raise for bad input.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from openpyxl.utils import get_column_letter

from etl import words
from texts import t

Severity = Literal["refused", "quarantined", "flagged", "noted"]
"""What a problem does: the file or sheet is refused; the row waits in quarantine; the row is taken but
the cell is left empty or is doubtful; or nothing is wrong but the reader should know."""


@dataclass(frozen=True)
class Kind:
    """One kind of problem. `message` and `remedy` are for people; `{found}` and `{expected}` are filled in."""

    id: str
    severity: Severity
    message: str
    remedy: str


def _catalogue(*kinds: Kind) -> dict[str, Kind]:
    return {kind.id: kind for kind in kinds}


# `unreadable-*` are given with the severity of a row that waits; a column whose vocabulary line says
# `flag` lowers them to "flagged".
KINDS = _catalogue(
    Kind("file-missing", "refused", "There is no file or folder of this name.", "Check the name and the folder."),
    Kind("file-unreadable", "refused", "This file can't be read as a spreadsheet: {found}.",
         "Open it in Excel or LibreOffice, save it as .xlsx or as CSV (UTF-8), and import that."),
    Kind("file-too-large", "refused", "The file is larger than {expected}: {found}.",
         "Split it, or raise import.largest_file_mb in config.toml if you trust its source."),
    Kind("file-encrypted", "refused", "The file is protected with a password.",
         "Import it with --password: the password is then asked for. Or open it, save it without the password, and import that."),
    Kind("password-wrong", "refused", "The password does not open this file.",
         "Check capitals and the layout of the keyboard. A file with another password is imported on its own, one after the other."),
    Kind("ods-encrypted", "refused", "The file is an OpenDocument spreadsheet (.ods) protected with a password, which can't be opened here.",
         "Open it, save it without the password, and import that."),
    Kind("list-shrunk", "refused", "The list has {found} rows where it had {expected} before.",
         "If the source really withdrew them, import again with --accept-shrunk."),
    Kind("sheet-not-recognised", "noted", "No table of charges, sentences or pardons was recognised on this sheet.",
         "If it is one, add its column headers to etl/vocabulary/columns.csv."),
    Kind("profile-available", "refused", "This looks like the list of the profile {found}; it was not read as a list on Belarus.",
         "Import it with --profile {found}, into a data folder of its own: VYRAK_DATA=FOLDER."),
    Kind("profile-unfit", "refused", "The sheet lacks columns by which the profile {expected} knows its lists: {found}.",
         "Use the profile of this list, or take those columns out of `headers` in the profile."),
    Kind("sheet-hidden", "noted", "The sheet is hidden; it was read like the others.",
         "If it holds old or private material, delete it at the source."),
    Kind("rows-hidden", "noted", "Rows that are hidden or filtered out were read like the others: {found}.",
         "If they are not meant to count, delete them at the source."),
    Kind("columns-hidden", "noted", "Columns that are hidden were read like the others: {found}.",
         "If they hold private material, delete them at the source."),
    Kind("hidden-not-looked", "noted", "Whether rows or columns are hidden, and which cells are errors, could not be found out.",
         "To be sure, save the file as .xlsx and import that; what is hidden is read like the rest."),
    Kind("rows-not-data", "noted", "Rows that hold no record ({expected}): {found}.",
         "If one of them is a record, fill in its name and what is known."),
    Kind("table-beside", "refused", "A second table begins beside the first at {found}; it was not read.",
         "Move it to a sheet of its own."),
    Kind("formula-without-value", "flagged", "The formula in {found} has no stored result, so the cell was read as empty.",
         "Open the file in Excel or LibreOffice, let it calculate, and save it."),
    Kind("letters-unreadable", "flagged", "{found} characters can't be read as {expected}; each became a question mark.",
         "Save the file as CSV (UTF-8) at the source."),
    Kind("quote-not-closed", "quarantined",
         "The quotation mark opened here, in line {expected} of the file, is never closed; lines it swallowed and that were read again as "
         "rows: {found}.",
         "Close the quotation mark, or take it out."),
    Kind("cell-cut", "flagged", "The cell holds {found} characters; what is beyond the first {expected} was cut off.",
         "Look for a quotation mark that is opened and never closed."),
    Kind("column-not-recognised", "noted", "The column “{found}” is not known and was not read.",
         "If it matters, add its header to etl/vocabulary/columns.csv."),
    Kind("column-repeated", "noted", "Two columns mean {expected}; where both are filled, the first is taken.",
         "Delete or rename one of them."),
    Kind("row-narrower", "flagged", "The row has fewer cells than the header; “{found}” was read as {expected}.",
         "Fill the row up to the last column of the header."),
    Kind("row-wider", "quarantined", "The row has more cells than the header: “{found}” has no column.",
         "Look for a delimiter inside a cell (a comma without quotes)."),
    Kind("row-repeated", "noted", "This row says the same as row {found} of this list and was counted once.",
         "Nothing needs to be done; delete it at the source when convenient."),
    Kind("unreadable-date", "quarantined", "“{found}” is not a date that can be understood.",
         "Write {expected}; where the day is unknown, the month and year or the year alone."),
    Kind("ambiguous-date", "quarantined", "“{found}” may be day-month or month-day.", "Write {expected}."),
    Kind("impossible-date", "quarantined", "“{found}” is no day of the calendar.", "Write {expected}."),
    Kind("future-date", "flagged", "“{found}” lies in the future.", "Check the year."),
    Kind("unreadable-articles", "quarantined", "“{found}” names no article that can be understood.",
         "Write {expected}."),
    Kind("charges-not-read", "flagged", "The part “{found}” of the cell names no charge that the profile knows; the others were taken.",
         "Add its words to the articles of the profile."),
    Kind("unreadable-term", "quarantined", "“{found}” is not a term that can be understood.", "Write {expected}."),
    Kind("unknown-term", "quarantined", "“{found}” is not in the list of {expected}.",
         "Correct the spelling, or add it to the vocabulary file of that list."),
    Kind("words-not-read", "flagged", "The words “{found}” beside the punishment were not understood.",
         "If they matter, add them to etl/vocabulary/punishments.csv."),
    Kind("date-is-a-bound", "flagged", "“{found}” only says before or after which time it was; no date was taken.",
         "Write the date as soon as it is known."),
    Kind("unreadable-number", "quarantined", "“{found}” is not a number.", "Write {expected}."),
    Kind("error-cell", "quarantined", "The cell holds a spreadsheet error ({found}).",
         "Mend the formula at the source."),
    Kind("nothing-known", "quarantined", "The row names a person but no charge, sentence or release, nor a status.",
         "Fill in what is known, or delete the row."),
    Kind("sentence-before-charge", "flagged",
         "The sentence ({found}) is dated before the detention or charge ({expected}).",
         "Check both dates."),
    Kind("release-before-sentence", "flagged", "The release ({found}) is dated before the sentence ({expected}).",
         "Check both dates."),
    Kind("held-and-released", "flagged", "One list says the person is held, another that they were released ({found}).",
         "Check which is newer."),
    Kind("file-repeated", "noted", "The file is the same, byte for byte, as {found}; it was read once.",
         "Nothing needs to be done."),
    Kind("correction-outdated", "flagged",
         "corrections.csv expects “{expected}” here, but the list says “{found}”; the correction was not applied.",
         "If the source has mended itself, take the line out of corrections.csv."),
    Kind("row-gone", "noted", "A row of an earlier export of this list ({found}) is not in this one; it is kept.",
         "If it was withdrawn on purpose, add it to corrections.csv."),
    Kind("events-column", "refused", "This file of events has no column “{found}”; none of its events was taken.",
         "Give its first line the columns {expected}."),
    Kind("event-date", "quarantined", "“{found}” is not a day of the past; the event was left out.", "Write the day like this: 2020-08-09."),
    Kind("event-incomplete", "quarantined", "The event has no “{found}”, or one that is far too long; it was left out.",
         "Give every event a label in each language, and a source: the address of a page or the name of a publication."),
    Kind("event-label-long", "quarantined", "The label has {found} letters; the event was left out.", "Use {expected} letters at most."),
)


@dataclass(frozen=True)
class Problem:
    """One problem found. `row` is counted from 1 as the spreadsheet program shows it; 0 is the whole sheet."""

    kind: str
    severity: Severity
    file: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    cell: str = ""
    found: str = ""
    expected: str = ""

    @property
    def message(self) -> str:
        """What is wrong, in the language in use."""
        return t(KINDS[self.kind].message, **self._fields())

    @property
    def remedy(self) -> str:
        """What to do, in the language in use."""
        return t(KINDS[self.kind].remedy, **self._fields())

    @property
    def where(self) -> str:
        """The place, as far as it is known: file, sheet, cell or row."""
        place = [self.file, self.sheet, self.cell or (t("row {row}", row=str(self.row)) if self.row else "")]
        return " · ".join(part for part in place if part)

    def _fields(self) -> dict[str, str]:
        return {"found": words.found(self.kind, self.found), "expected": words.expected(self.kind, self.expected)}


_LAST_COLUMN = 18_278
"""The columns to ZZZ."""
COLUMNS = ["kind", "severity", "file", "sheet", "row", "column", "cell", "found", "expected"]


def column_name(index: int) -> str:
    """What a spreadsheet program calls the column `index` (from 0); beyond what these name, its number."""
    return get_column_letter(index + 1) if index < _LAST_COLUMN else str(index + 1)


def problem(kind: str, file: str, *, severity: Severity | None = None, column_index: int | None = None,
            row: int = 0, **fields: str) -> Problem:
    """A problem of `kind` at a place; `column_index` counts from 0 and gives the cell's name ("E14")."""
    # A row of a CSV may be wider than the names of columns reach; then the row alone is named.
    cell = f"{get_column_letter(column_index + 1)}{row}" if column_index is not None and row and column_index < _LAST_COLUMN else ""
    return Problem(kind, severity or KINDS[kind].severity, file, row=row, cell=cell, **fields)


def to_frame(problems: Iterable[Problem]) -> pd.DataFrame:
    """The problems as a frame, one row each, columns COLUMNS."""
    told = list(problems)
    # By column: a hostile file has a problem in each of half a million rows, and a dict of each took as long as reading it.
    return pd.DataFrame({name: [getattr(p, name) for p in told] for name in COLUMNS}, columns=COLUMNS)


def from_frame(frame: pd.DataFrame) -> list[Problem]:
    """The problems of a frame made by `to_frame`."""
    return [Problem(*told) for told in zip(*(frame[name].tolist() for name in COLUMNS), strict=True)]


def told(problem: Problem) -> dict[str, Any]:
    """A problem as plain JSON: its fields, the message and the remedy in the language in use."""
    # vars() and not asdict(), which copies deeply what is only text.
    return vars(problem) | {"message": problem.message, "remedy": problem.remedy}
