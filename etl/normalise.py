"""Raw cells → canonical rows: dates with precision, codes of articles, punishments, regions, outcomes.

Each distinct text of a column is read once. A cell that can't be understood becomes missing and leaves a problem; what
the problem does to the row is the column's to say (`if_unreadable` in vocabulary/columns.csv).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from etl import articles, dates, overlay, punishment
from etl.check import DATES, DTYPES, empty_rows
from etl.codes import code_list, fold
from etl.headers import columns
from etl.problems import KINDS, Problem, problem, to_frame
from etl.read import Sheet
from etl.recognise import Recognised

_ERROR_CELL = re.compile(r"#(?:REF|N/A|VALUE|NAME|DIV/0|NULL|NUM|ССЫЛКА|Н/Д|ЗНАЧ|ИМЯ|ДЕЛ/0|ЧИСЛО|ПУСТО)\b")
_DATE_LIKE = re.compile(r"\b(?:(?:19|20)\d\d[-. ]?\d\d(?:[-. ]?\d\d)?|\d{1,2}[. ]\d{1,2}[. ](?:19|20)?\d\d|"
                        r"(?:19|20)\d\d)\b")
_COPY = re.compile(r"\b(?:to mend|copy(?: of)?|копия|копія|final|new|v\d+)\b|\s\d{1,2}$")
_PARDON = re.compile(r"памілав|памилов|помилов|pardon|clemency")
_UNITS = {"years": re.compile(r"\b(?:years?|лет|гадоу|год\w*)\b"), "months": re.compile(r"\b(?:months?|мес\w*)\b")}
_LONGEST_JUNK = 30
LARGEST_GROUP = 10_000
"""A row that tells of more persons than this is taken for a slip."""
_BARE = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Read:
    """What one cell says: a `value`, or a `problem` (a kind of etl.problems) with what was `expected`."""

    value: Any = None
    problem: str = ""
    expected: str = ""
    found: str = ""


NOTHING = Read()
Reader = Callable[[Any], Read]


@dataclass
class _Sheet:
    """The sheet being normalised: where its columns are, and the problems found so far."""

    name: str
    file: str
    raw: pd.DataFrame
    today: date
    problems: list[Problem] = field(default_factory=list)

    def column(self, name: str) -> tuple[int, str]:
        """(index from 0, header) of the first column of a field."""
        places = self.raw.attrs["columns"].get(name) or [(0, name)]
        return places[0]

    def report(self, name: str, position: int, told: Read) -> None:
        index, header = self.column(name)
        given = _severity(name, told.problem)
        value = told.found or _shown(self.raw[name].iloc[position])
        self.problems.append(problem(
            told.problem, self.file, severity=given, sheet=self.name, row=int(self.raw["row"].iloc[position]),
            column=header, column_index=index, found=value, expected=told.expected))

    def read(self, name: str, reader: Reader) -> list[Any]:
        """The values of a field, one a row; each distinct cell is read once."""
        known: dict[tuple[type, Any], Read] = {}
        values = []
        for position, cell in enumerate(self.raw[name]):
            key = (type(cell), cell)
            told = known.get(key)
            if told is None:
                told = known[key] = _read_cell(cell, reader)
            if told.problem:
                self.report(name, position, told)
            values.append(told.value)
        return values


def normalise(recognised: Recognised, sheet: Sheet, today: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(canonical rows, problems): one row of etl.check.ROWS for each row of `recognised.raw`, in its order.

    Raises VocabularyError if a vocabulary file is wrong; never for bad cells.
    """
    today = today.date() if isinstance(today, datetime) else today
    work = _Sheet(sheet.name, sheet.file, recognised.raw, today)
    rows = empty_rows(pd.RangeIndex(len(recognised.raw)))
    rows = _origin(rows, recognised, sheet)
    for name in [c for c in recognised.raw.columns if c in DTYPES and c != "row"]:
        rows = _simple(rows, name, work)
    rows = _place(rows, work)
    rows = _sentence(rows, work)
    rows = _release(rows, work, recognised.table or "", sheet)
    rows = _constants(rows)
    _check_order(rows, work)
    _check_something_known(rows, work)
    return rows.astype(DTYPES)[list(DTYPES)], to_frame(work.problems)


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


def _origin(rows: pd.DataFrame, recognised: Recognised, sheet: Sheet) -> pd.DataFrame:
    return rows.assign(
        organisation=pd.Series(organisation(sheet.file), index=rows.index, dtype="str"), list=list_name(sheet.file),
        table=recognised.table, file=sheet.file, sha256=sheet.sha256, sheet=sheet.name,
        row=recognised.raw["row"].to_numpy("int64"))


def _constants(rows: pd.DataFrame) -> pd.DataFrame:
    """What a profile says of every row of its list, where the row itself says nothing."""
    if (laid := overlay.current()) is None or rows.empty:
        return rows
    profile = laid.profile
    said: dict[str, Any] = dict(profile.constants)
    for name, value in said.items():
        known = pd.Series(pd.to_datetime(value) if name in DATES else value, index=rows.index).astype(DTYPES[name])
        if name in DATES:
            rows[f"{name}_precision"] = rows[f"{name}_precision"].mask(rows[name].isna(), "day")
        rows[name] = rows[name].fillna(known)
    if profile.organisation:
        rows["organisation"] = profile.organisation.code
    if profile.list_:
        rows["list"] = fold(profile.list_.replace("{file}", Path(rows["file"].iloc[0]).stem))
    return rows


# One cell ---------------------------------------------------------------------------------------------------------

def _read_cell(cell: Any, reader: Reader) -> Read:
    """What a cell says, once blanks, known junk and spreadsheet errors are out of the way."""
    if cell is None or cell != cell or cell is False:
        return NOTHING if cell is not False else _or_nothing(reader, cell)
    if isinstance(cell, str):
        text = cell.strip()
        if not text or (_may_be_junk(text) and code_list("junk").knows(text) and not reader(text).value):
            return NOTHING
        if text.startswith("#") and _ERROR_CELL.match(text):
            return Read(problem="error-cell")
    return reader(cell)


def _may_be_junk(text: str) -> bool:
    """Whether `text` is worth looking up: known junk is short and begins with no figure."""
    return len(text) <= _LONGEST_JUNK and not text[0].isdigit()


def _or_nothing(reader: Reader, cell: bool) -> Read:
    """FALSE stands for "empty" in some exports; only a column of yes and no means it."""
    told = reader(cell)
    return told if told.value is not None and not told.problem else NOTHING


def _shown(cell: Any) -> str:
    return f"{cell:%Y-%m-%d}" if isinstance(cell, datetime) else str(cell)


def _severity(name: str, kind: str) -> Any:
    default = KINDS[kind].severity
    lowered = columns().if_unreadable.get(name) == "flag"
    return "flagged" if default == "quarantined" and lowered else default


def _text(cell: Any) -> Read:
    """Text as written, spaces collapsed; ids that a spreadsheet made into 1001.0 are 1001 again."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = _shown(cell) if isinstance(cell, datetime) else " ".join(str(cell).split())
    return Read(re.sub(r"^(\d+)\.0$", r"\1", text) if text.endswith(".0") else text)


def _code(name: str, expected: str) -> Reader:
    """A reader of a code list: the whole cell, else its lines where all that are known agree."""
    def read(cell: Any) -> Read:
        codes = code_list(name)
        text = str(cell)
        if codes.knows(text):
            return Read(codes.find(text))
        lines = {codes.find(line) for line in re.split(r"[\n\r;/|]+", text) if codes.knows(line)} - {None}
        return Read(lines.pop()) if len(lines) == 1 else Read(problem="unknown-term", expected=expected)
    return read


def _boolean(cell: Any) -> Read:
    if isinstance(cell, bool | int | float) and cell in (0, 1):
        return Read(bool(cell))
    codes = code_list("booleans")
    if codes.knows(str(cell)):
        code = codes.find(str(cell))
        return Read(None if code is None else code == "yes")
    return Read(problem="unknown-term", expected="yes or no")


def _number(cell: Any) -> Read:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Read(float(cell)) if cell >= 0 else Read(problem="unreadable-number", expected="a number, not negative")
    text = re.sub(r"\s", "", str(cell)).replace(",", ".")
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return Read(float(text))
    return Read(problem="unreadable-number", expected="a number such as 150 or 2,5")


def _articles(cell: Any) -> Read:
    found = articles.parse(str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell))
    if found.problem:
        return Read(problem=found.problem, expected=articles.expected())
    return Read(" ".join(found.codes), "charges-not-read" if found.unread else "", found=found.unread)


def _count(cell: Any) -> Read:
    """How many persons a row tells of."""
    told = _number(cell)
    if told.problem or (told.value == int(told.value) and 1 <= told.value <= LARGEST_GROUP):
        return told
    return Read(problem="unreadable-number", expected=f"a whole number from 1 to {LARGEST_GROUP:,}")


# Fields -----------------------------------------------------------------------------------------------------------

_READERS: dict[str, Reader] = {
    "sex": _code("sexes", "women and men"), "status": _code("statuses", "statuses"),
    "region": _code("regions", "regions and towns"), "outcome": _code("outcomes", "outcomes of release"),
    "boolean": _boolean, "number": _number, "count": _count, "articles": _articles,
}


def _simple(rows: pd.DataFrame, name: str, work: _Sheet) -> pd.DataFrame:
    """Fields whose column says all there is to say on them."""
    kind = columns().kinds[name]
    if name in DATES:
        return _date(rows, name, work)
    if name in ("punishment", "additional", "regime", "wave", "destination"):
        return rows  # read with the sentence and the release
    return rows.assign(**{name: _series(work.read(name, _READERS.get(kind, _text)), rows, name)})


def _series(values: Iterable[Any], rows: pd.DataFrame, name: str) -> pd.Series:
    return pd.Series(list(values), index=rows.index, dtype=DTYPES[name])


def _date(rows: pd.DataFrame, name: str, work: _Sheet) -> pd.DataFrame:
    texts = {cell for cell in work.raw[name] if isinstance(cell, str)}
    laid = overlay.current()
    first = laid.profile.date_order == "day-month" if laid and laid.profile.date_order else dates.day_first(texts)

    def read(cell: Any) -> Read:
        found = dates.parse(cell, work.today, first)
        return Read((found.date, found.precision) if found.date else None, found.problem, dates.EXPECTED)

    values = [value or (None, None) for value in work.read(name, read)]
    return rows.assign(**{
        name: pd.to_datetime(pd.Series([v[0] for v in values], index=rows.index, dtype="object")).astype("datetime64[us]"),
        f"{name}_precision": _series((v[1] for v in values), rows, f"{name}_precision")})


def _place(rows: pd.DataFrame, work: _Sheet) -> pd.DataFrame:
    """The region of the case: its own column, else the town, else the seat of the court."""
    if "clusters" in work.raw:
        rows["region"] = rows["region"].fillna(_series(work.read("clusters", _READERS["region"]), rows, "region"))
    if "court" in work.raw:
        seats = [None if pd.isna(court) else _seat(str(court)) for court in rows["court"]]
        rows["region"] = rows["region"].fillna(_series(seats, rows, "region"))
    return rows


def _seat(court: str) -> str | None:
    """The region that the name of a court tells: "суд Центрального района г. Минска"."""
    found = set(punishment.codes_in(court, "regions"))
    return found.pop() if len(found) == 1 else None


def _sentence(rows: pd.DataFrame, work: _Sheet) -> pd.DataFrame:
    """Punishment, regime, term, fines and additional punishments, from all columns that tell of them."""
    parts = [work.read(name, _sentence_reader(work.column(name)[1], punishment.EXPECTED_TERM))
             for name in ("penalty_text", "punishment", "regime", "sentence_text") if name in work.raw]
    additional = work.read("additional", _sentence_reader("", punishment.EXPECTED_PUNISHMENT)) \
        if "additional" in work.raw else [None] * len(rows)
    for name in ("penalty_text", "punishment", "sentence_text"):
        _say_unread(name, work)
    if not parts and "additional" not in work.raw:
        return rows
    merged = []
    for position in range(len(rows)):
        sentence = punishment.NOTHING
        for part in parts:
            sentence = punishment.together(sentence, part[position] or punishment.NOTHING)
        merged.append(punishment.with_additional(sentence, additional[position] or punishment.NOTHING))
    told = [punishment.canonical(sentence) for sentence in merged]
    for name in punishment.canonical(punishment.NOTHING):
        rows[name] = rows[name].fillna(_series((facts[name] for facts in told), rows, name))
    return rows


def _sentence_reader(header: str, expected: str) -> Reader:
    """A reader of terms and punishments. A bare number means what the header says: years or months."""
    unit = next((name for name, pattern in _UNITS.items() if pattern.search(fold(header))), "")

    def read(cell: Any) -> Read:
        text = _text(cell).value
        if unit and _BARE.fullmatch(text):
            text = f"{text} {unit}"
        found = punishment.parse(text)
        return Read(None if found.problem else found, found.problem, expected)
    return read


def _say_unread(name: str, work: _Sheet) -> None:
    """Tell of words beside a punishment or term that were not understood."""
    if name not in work.raw:
        return
    for position, cell in enumerate(work.raw[name]):
        if isinstance(cell, str) and (unread := punishment.parse(_text(cell).value).unread):
            work.report(name, position, Read(problem="words-not-read", found=unread))


def _release(rows: pd.DataFrame, work: _Sheet, table: str, sheet: Sheet) -> pd.DataFrame:
    """Outcome, destination and wave; what the title of a sheet of pardons says of all its rows."""
    if "died" in work.raw:
        died = _series(work.read("died", _boolean), rows, "deported")
        rows["outcome"] = rows["outcome"].mask(died.fillna(False).astype(bool) & rows["outcome"].isna(), "died")
    if table == "releases" and "outcome" not in work.raw and _is_of_pardons(work, sheet):
        rows["outcome"] = rows["outcome"].fillna("pardon")
    if "destination" in work.raw:
        rows["destination"] = _series(work.read("destination", _code("destinations", "countries")), rows, "destination")
    waves = code_list("waves").frame.index
    if "wave" in work.raw:
        rows["wave"] = _series(work.read("wave", _wave_reader(waves, work.today)), rows, "wave")
    day = rows["released_on"].dt.strftime("%Y-%m-%d").where(rows["released_on_precision"] == "day")
    on_a_wave = (rows["outcome"] == "pardon") & day.isin(waves)
    rows["wave"] = rows["wave"].fillna(day.where(on_a_wave))
    return rows


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
