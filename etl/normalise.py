"""Raw cells → canonical rows: dates with precision, codes of articles, punishments, regions, outcomes.

Each distinct text of a column is read once. A cell that can't be understood becomes missing and leaves a problem; what
the problem does to the row is the column's to say (`if_unreadable` in vocabulary/columns.csv).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from etl import dates, overlay, profiles, punishment
from etl.cells import READERS, Read, Reader, as_text, of_list, read_cell, shown
from etl.check import DATES, DTYPES, empty_rows
from etl.codes import code_list, fold
from etl.headers import columns
from etl.problems import KINDS, Problem, problem, to_frame
from etl.read import Sheet
from etl.recognise import Recognised

_DATE_LIKE = re.compile(r"\b(?:(?:19|20)\d\d[-. ]?\d\d(?:[-. ]?\d\d)?|\d{1,2}[. ]\d{1,2}[. ](?:19|20)?\d\d|"
                        r"(?:19|20)\d\d)\b")
_COPY = re.compile(r"\b(?:to mend|copy(?: of)?|копия|копія|final|new|v\d+)\b|\s\d{1,2}$")
_PARDON = re.compile(r"памілав|памилов|помилов|pardon|clemency")
_UNITS = {"years": re.compile(r"\b(?:years?|лет|гадоу|год\w*)\b"), "months": re.compile(r"\b(?:months?|мес\w*)\b")}
_BARE = re.compile(r"\d+(?:[.,]\d+)?")

Rows = dict[str, Any]
"""Columns of etl.check.ROWS as arrays, one value a row."""


@dataclass
class _Sheet:
    """The sheet being normalised: where its columns are, and the problems found so far."""

    name: str
    file: str
    raw: pd.DataFrame
    today: date
    problems: list[Problem] = field(default_factory=list)
    _distinct: dict[str, tuple[np.ndarray, list[Any]]] = field(default_factory=dict)

    def column(self, name: str, row: int) -> tuple[int, str]:
        """(index from 0, header) of the first column of a field in the block that has the row of this number."""
        blocks = self.raw.attrs.get("blocks", [])
        block = blocks[max(bisect_right(blocks, row, key=lambda block: block[0]) - 1, 0)][1] if blocks else {}
        return (block.get(name) or self.raw.attrs["columns"].get(name) or [(0, name)])[0]

    def headers(self, name: str) -> set[str]:
        """The headers of the first column of a field in all blocks."""
        blocks = [columns for _, columns in self.raw.attrs.get("blocks", [(0, self.raw.attrs["columns"])])]
        return {block[name][0][1] for block in blocks if name in block}

    def report(self, name: str, position: int, told: Read) -> None:
        row = int(self.raw["row"].iloc[position])
        index, header = self.column(name, row)
        given = _severity(name, told.problem)
        value = told.found or shown(self.raw[name].iloc[position])
        self.problems.append(problem(
            told.problem, self.file, severity=given, sheet=self.name, row=row, column=header, column_index=index,
            found=value, expected=told.expected))

    def distinct(self, name: str) -> tuple[np.ndarray, list[Any]]:
        """(for each row the position of its cell among the distinct ones, -1 where it is empty; the distinct cells)."""
        if name not in self._distinct:
            self._distinct[name] = _distinct(self.raw[name].to_numpy(dtype=object))
        return self._distinct[name]

    def read(self, name: str, reader: Reader) -> Column:
        """What the cells of a field say. Each distinct cell is read once."""
        code, cells = self.distinct(name)
        told = [read_cell(cell, reader) for cell in cells]
        wrong = np.array([bool(t.problem) for t in told] + [False])
        for position in np.flatnonzero(wrong[code]).tolist():
            self.report(name, position, told[code[position]])
        return Column(code, [t.value for t in told])


@dataclass(frozen=True)
class Column:
    """The values of a field: row i says `values[code[i]]`, or nothing where `code[i]` is -1."""

    code: np.ndarray
    values: list[Any]

    def array(self, dtype: str, of: Callable[[Any], Any] = lambda value: value) -> Any:
        """`of` each row's value as an array of `dtype`; None is missing."""
        values = [None if value is None else of(value) for value in self.values]
        return pd.array([*values, None], dtype=dtype).take(self.code)


def _distinct(cells: np.ndarray) -> tuple[np.ndarray, list[Any]]:
    if {bool, int} <= (kinds := set(map(type, cells))) or {bool, float} <= kinds:
        # True is 1 to a hash table, but not to a reader of numbers.
        code, found = pd.factorize(np.array([None if c is None or c != c else f"{type(c).__name__} {c}" for c in cells], dtype=object))
        first = np.full(len(found), 0)
        filled = np.flatnonzero(code >= 0)[::-1]
        first[code[filled]] = filled
        return code, cells[first].tolist()
    code, found = pd.factorize(cells)
    return code, found.tolist()


def normalise(recognised: Recognised, sheet: Sheet, today: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(canonical rows, problems): one row of etl.check.ROWS for each row of `recognised.raw`, in its order.

    Raises VocabularyError if a vocabulary file is wrong; never for bad cells.
    """
    today = today.date() if isinstance(today, datetime) else today
    work = _Sheet(sheet.name, sheet.file, recognised.raw, today)
    rows = _origin(recognised, sheet)
    for name in [c for c in recognised.raw.columns if c in DTYPES and c != "row"]:
        rows |= _simple(name, work)
    rows |= _place(rows, work)
    rows |= _sentence(rows, work)
    rows |= _release(rows, work, recognised.table or "", sheet)
    frame = profiles.with_constants(empty_rows(pd.RangeIndex(len(recognised.raw)), rows))
    _check_order(frame, work)
    _check_something_known(frame, work)
    return frame.astype(DTYPES), to_frame(work.problems)


def _severity(name: str, kind: str) -> Any:
    default = KINDS[kind].severity
    lowered = columns().if_unreadable.get(name) == "flag"
    return "flagged" if default == "quarantined" and lowered else default


def list_name(file: str) -> str:
    """The name of the list that a file is an export of: its folded stem without dates, versions and copies."""
    stem = fold(re.sub(r"[(\[]", " ", Path(file).stem))
    plain = _COPY.sub(" ", _DATE_LIKE.sub(" ", stem))
    return " ".join(_COPY.sub(" ", " ".join(plain.split())).split()) or stem


def organisation(file: str) -> str | None:
    """The code of the organisation that the name of a file tells, or None."""
    stem = f" {fold(Path(file).stem)} "
    found = {code for alias, code in code_list("organisations").lookup.items() if f" {alias} " in stem and code}
    return found.pop() if len(found) == 1 else None


def _origin(recognised: Recognised, sheet: Sheet) -> Rows:
    told = {"organisation": organisation(sheet.file), "list": list_name(sheet.file), "table": recognised.table,
            "file": sheet.file, "sha256": sheet.sha256, "sheet": sheet.name}
    everywhere = np.zeros(len(recognised.raw), dtype=np.intp)
    said = {name: pd.array([value], dtype=DTYPES[name]).take(everywhere) for name, value in told.items()}
    return said | {"row": recognised.raw["row"].to_numpy("int64")}


def _or(rows: Mapping[str, Any], name: str, more: Any) -> Any:
    """What `rows` have under `name`, and `more` where that is missing."""
    return pd.Series(rows[name]).fillna(pd.Series(more)).array if name in rows else more


# Fields -----------------------------------------------------------------------------------------------------------

def _simple(name: str, work: _Sheet) -> Rows:
    """Fields whose column says all there is to say on them."""
    kind = columns().kinds[name]
    if name in DATES:
        return _date(name, work)
    if name in ("punishment", "additional", "regime", "wave", "destination"):
        return {}  # read with the sentence and the release
    return {name: work.read(name, READERS.get(kind, as_text)).array(DTYPES[name])}


def _date(name: str, work: _Sheet) -> Rows:
    # A workbook of mended rows says how the whole column was read: a few rows of it may not tell.
    given = work.raw.attrs.get("dates", {})
    first = overlay.day_first()
    if first is None:
        first = given[name] if name in given else dates.day_first({c for c in work.distinct(name)[1] if isinstance(c, str)})

    def read(cell: Any) -> Read:
        found = dates.parse(cell, work.today, first)
        return Read((found.date, found.precision) if found.date else None, found.problem, dates.EXPECTED)

    told = work.read(name, read)
    return {name: told.array(DTYPES[name], lambda value: value[0]),
            f"{name}_precision": told.array(DTYPES[f"{name}_precision"], lambda value: value[1])}


def _place(rows: Rows, work: _Sheet) -> Rows:
    """The region of the case: its own column, else the town, else the seat of the court."""
    said = {name: rows[name] for name in ("region",) if name in rows}
    if "clusters" in work.raw:
        said["region"] = _or(said, "region", work.read("clusters", READERS["region"]).array(DTYPES["region"]))
    if "court" in work.raw:
        code, cells = work.distinct("court")
        seats = [_seat(str(as_text(cell).value)) for cell in cells]
        said["region"] = _or(said, "region", Column(code, seats).array(DTYPES["region"]))
    return said


def _seat(court: str) -> str | None:
    """The region that the name of a court tells: "суд Центрального района г. Минска"."""
    found = set(punishment.codes_in(court[:punishment.LONGEST], "regions"))
    return found.pop() if len(found) == 1 else None


def _sentence(rows: Rows, work: _Sheet) -> Rows:
    """Punishment, regime, term, fines and additional punishments, from all columns that tell of them."""
    parts = [work.read(name, _sentence_reader(work.headers(name), punishment.EXPECTED_TERM))
             for name in ("penalty_text", "punishment", "regime", "sentence_text") if name in work.raw]
    if "additional" in work.raw:
        more = work.read("additional", _sentence_reader(set(), punishment.EXPECTED_PUNISHMENT))
    else:
        more = Column(np.full(len(work.raw), -1), [])
    for name in ("penalty_text", "punishment", "sentence_text"):
        _say_unread(name, work)
    if not parts and "additional" not in work.raw:
        return {}
    # Few combinations of what the columns say occur, however long the list is.
    combination, first = _combinations([*parts, more])
    told = [punishment.canonical(_told_together(parts, more, position)) for position in first]
    return {name: _or(rows, name, Column(combination, [facts[name] for facts in told]).array(DTYPES[name]))
            for name in punishment.canonical(punishment.NOTHING)}


def _combinations(parts: list[Column]) -> tuple[np.ndarray, list[int]]:
    """(for each row the number of its combination of values, for each combination the first row that has it)."""
    number = np.zeros(len(parts[0].code), dtype=np.int64)
    for part in parts:
        number = pd.factorize(number * (len(part.values) + 1) + part.code + 1)[0]
    return number, np.unique(number, return_index=True)[1].tolist()


def _told_together(parts: list[Column], more: Column, position: int) -> punishment.Sentence:
    def said(part: Column) -> punishment.Sentence:
        return (part.values[part.code[position]] if part.code[position] >= 0 else None) or punishment.NOTHING

    sentence = punishment.NOTHING
    for part in parts:
        sentence = punishment.together(sentence, said(part))
    return punishment.with_additional(sentence, said(more))


def _sentence_reader(headers: set[str], expected: str) -> Reader:
    """A reader of terms and punishments. A bare number means what the header says, of whichever block of the sheet: years or
    months; nothing if they disagree."""
    units = {name for header in headers for name, pattern in _UNITS.items() if pattern.search(fold(header))}
    unit = units.pop() if len(units) == 1 else ""

    def read(cell: Any) -> Read:
        text = as_text(cell).value
        if unit and _BARE.fullmatch(text):
            text = f"{text} {unit}"
        found = punishment.parse(text)
        return Read(None if found.problem else found, found.problem, expected)
    return read


def _say_unread(name: str, work: _Sheet) -> None:
    """Tell of words beside a punishment or term that were not understood."""
    if name not in work.raw:
        return
    code, cells = work.distinct(name)
    unread = [punishment.parse(as_text(cell).value).unread if isinstance(cell, str) else "" for cell in cells]
    for position in np.flatnonzero(np.array([bool(words) for words in unread] + [False])[code]).tolist():
        work.report(name, position, Read(problem="words-not-read", found=unread[code[position]]))


def _release(rows: Rows, work: _Sheet, table: str, sheet: Sheet) -> Rows:
    """Outcome, destination and wave; what the title of a sheet of pardons says of all its rows."""
    index = pd.RangeIndex(len(work.raw))

    def series(name: str, values: Any = None) -> pd.Series:
        values = rows.get(name) if values is None else values
        return pd.Series([None] * len(index) if values is None else values, index=index, dtype=DTYPES[name])

    outcome, wave, released = series("outcome"), series("wave"), series("released_on")
    said: Rows = {}
    if "died" in work.raw:
        died = series("deported", work.read("died", READERS["boolean"]).array("boolean")).fillna(False).astype(bool)
        outcome = outcome.mask(died & outcome.isna(), "died")
    if table == "releases" and "outcome" not in work.raw and _is_of_pardons(work, sheet):
        outcome = outcome.fillna("pardon")
    if "destination" in work.raw:
        said["destination"] = work.read("destination", of_list("destinations", "countries")).array(DTYPES["destination"])
    waves = code_list("waves").frame.index
    if "wave" in work.raw:
        wave = series("wave", work.read("wave", _wave_reader(waves, work.today)).array(DTYPES["wave"]))
    if (pardoned := (outcome == "pardon") & (series("released_on_precision") == "day")).any():
        day = released[pardoned].dt.strftime("%Y-%m-%d")
        wave = wave.fillna(day.where(day.isin(waves)).reindex(index))
    return said | {"outcome": outcome.array, "wave": wave.array}


def _is_of_pardons(work: _Sheet, sheet: Sheet) -> bool:
    headers = [header for places in work.raw.attrs["columns"].values() for _, header in places]
    return any(_PARDON.search(fold(text)) for text in (sheet.name, Path(sheet.file).stem, *headers))


def _wave_reader(waves: pd.Index, today: date) -> Reader:
    def read(cell: Any) -> Read:
        found = dates.parse(cell, today, True)
        wave = found.date.isoformat() if found.date else str(cell).strip()
        known = wave if wave in waves else code_list("waves").find(wave)
        return Read(known) if known else Read(problem="unknown-term", expected="waves of pardons")
    return read


# Rows -------------------------------------------------------------------------------------------------------------

def _check_order(rows: pd.DataFrame, work: _Sheet) -> None:
    """Flag a sentence before the charge or detention, and a release before the sentence; both stay."""
    for kind, later, earlier in (("sentence-before-charge", "sentenced_on", "detained_on"),
                                 ("sentence-before-charge", "sentenced_on", "charged_on"),
                                 ("release-before-sentence", "released_on", "sentenced_on")):
        if later not in work.raw or earlier not in work.raw:
            continue
        for position in rows.index[_end(rows, later) < rows[earlier]]:
            work.report(later, position, Read(problem=kind, expected=f"{rows[earlier][position]:%Y-%m-%d}",
                                              found=f"{rows[later][position]:%Y-%m-%d}"))


def _end(rows: pd.DataFrame, name: str) -> pd.Series:
    """The last day a date of any precision may be."""
    end = rows[name].mask(rows[f"{name}_precision"] == "month", rows[name] + pd.offsets.MonthEnd(0))
    return end.mask(rows[f"{name}_precision"] == "year", rows[name] + pd.offsets.YearEnd(0))


_FACTS = ("status", "charged_on", "detained_on", "articles", "in_custody", "sentenced_on", "court", "punishment",
          "term_months", "life", "fine_base_units", "fine_roubles", "in_absentia", "released_on", "outcome", "deported")


def _check_something_known(rows: pd.DataFrame, work: _Sheet) -> None:
    """A row with a name and nothing else is no case. Rows that already wait for another reason are not told twice."""
    told = {p.row for p in work.problems if p.severity == "quarantined"}
    empty = rows[list(_FACTS)].isna().all(axis=1)
    for position in rows.index[empty & ~rows["row"].isin(told)]:
        work.problems.append(problem("nothing-known", work.file, sheet=work.name, row=int(rows["row"][position])))
