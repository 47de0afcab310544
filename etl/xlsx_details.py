"""What calamine doesn't tell of .xlsx and .ods: hidden rows and columns, errors, formulas without a result; rows one by one.

The XML is searched as text, in pieces and without a parser: there is nothing in it that could be expanded.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from openpyxl.utils import get_column_letter

from etl.decrypt import Source, openable
from etl.sandbox import ROWS_AT_ONCE, Message

_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(rb"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\bhidden\s*=\s*[\"'](?:1|true)[\"'][^>]*>")
_HIDDEN_COLUMNS = re.compile(rb"<(?:\w+:)?col\s[^>]*?\bhidden\s*=\s*[\"'](?:1|true)[\"'][^>]*>")
_NUMBER = re.compile(rb"\br\s*=\s*[\"'](\d+)[\"']")
_NO_RESULT = re.compile(rb"<c\s[^>]*?\br=[\"']([A-Z]{1,3}\d{1,7})[\"'][^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*"
                        rb"(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
_ERROR = re.compile(rb"(<(?:\w+:)?c\s[^>]*?\bt=[\"']e[\"'][^>]*>)(.{0,4000}?)</(?:\w+:)?c>", re.DOTALL)
_NAME = re.compile(rb"\br=[\"']([A-Z]{1,3}\d{1,7})[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]{1,20})<")
_PIECE, _OVERLAP = 1 << 20, 1 << 13
_SMALL = 10_000_000
MOST_SAID = 100
LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
_ODS_TAG = re.compile(rb"<table:table(?:-row|-column)?(?:[\s/][^>]*)?>|(<table:table-cell\s[^>]*?\bcalcext:value-type=\"error\"[^>]*(?<!/)>)"
                      rb"(.{0,4000}?)</table:table-cell>", re.DOTALL)
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell(?:[\s/][^>]*)?>")
_ODS_TEXT = re.compile(rb"<text:p[^>]*>([^<]{1,20})<")
_MOST_REPEATED = 1000


class Repeated(ValueError):
    """A row with something in it is repeated more often than anyone types: a few bytes would become a million records."""


def sheets(source: Source) -> dict[str, str]:
    """Where in the .xlsx file `source` each sheet is stored, by its name; {} if the file doesn't say it plainly."""
    try:
        with zipfile.ZipFile(openable(source)) as archive:
            book = read_small(archive, "xl/workbook.xml")
            stored = targets(archive, "xl/_rels/workbook.xml.rels")
    except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return {}
    found = {}
    for about in map(_attributes, _SHEET.findall(book)):
        relation = next((v for k, v in about.items() if k.endswith(":id")), "")
        if relation in stored:
            found[about.get("name", "")] = stored[relation]
    return found


def targets(archive: zipfile.ZipFile, relations: str) -> dict[str, str]:
    """The parts of the archive that the part `relations` names for the workbook, by the id of the relation. Raises KeyError."""
    named = {a.get("Id", ""): posixpath.normpath(posixpath.join("/xl", a.get("Target", ""))).lstrip("/")
             for a in map(_attributes, _RELATION.findall(read_small(archive, relations)))}
    names = set(archive.namelist())
    return {relation: target for relation, target in named.items() if target in names}


@dataclass
class Details:
    """Of one sheet: numbers of hidden rows and columns, names of formula cells without a stored result, error cells by place;
    `looked`: False if none of it could be found out."""

    hidden: dict[int, None] = field(default_factory=dict)
    no_result: dict[str, None] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_columns: dict[int, None] = field(default_factory=dict)
    looked: bool = True

    def problems(self, width: int) -> Iterator[Message]:
        """What of it should be said of a sheet of `width` columns: people hide all that are empty, too."""
        if not self.looked:
            yield "problem", "hidden-not-looked", {}
        if columns := sorted(n for n in self.hidden_columns if n <= width):
            yield "problem", "columns-hidden", {"found": _ranges(columns, get_column_letter)}
        if self.hidden:
            yield "problem", "rows-hidden", {"row": min(self.hidden), "found": row_ranges(sorted(self.hidden))}
        for cell in islice(self.no_result, MOST_SAID):
            row, column = _place(cell)
            yield "problem", "formula-without-value", {"row": row + 1, "column_index": column, "found": cell}

    def restore_errors(self, rows: list[list[Any]], before: int) -> None:
        """Put error cells, which calamine leaves empty, back into `rows`, of which `before` come before."""
        for row, column in [place for place in self.errors if before <= place[0] < before + len(rows)]:
            cells = rows[row - before]
            cells += [""] * (column + 1 - len(cells))
            cells[column] = self.errors.pop((row, column))


def details(source: Source, stored: str | None) -> Details:
    """The details of the sheet stored at `stored`, None if that is not known."""
    if stored is None:
        return Details(looked=False)
    found = Details()
    with zipfile.ZipFile(openable(source)) as archive, archive.open(stored) as file:
        before = b""
        while piece := file.read(_PIECE):
            text = before + piece
            _look(text, found)
            before = text[-_OVERLAP:]
    return found


def _look(text: bytes, found: Details) -> None:
    if b"hidden" in text:
        for about in map(_attributes, _HIDDEN_COLUMNS.findall(text)):
            found.hidden_columns |= _numbers(about.get("min", "0"), about.get("max", "0"))
        numbers = (_NUMBER.search(tag) for tag in _HIDDEN_ROW.findall(text))
        found.hidden |= {int(number[1]): None for number in numbers if number}
    if b"<f" in text:
        found.no_result |= dict.fromkeys(cell.decode() for cell in _NO_RESULT.findall(text))
    if b't="e"' in text or b"t='e'" in text:
        for tag, content in _ERROR.findall(text):
            place, value = _NAME.search(tag), _VALUE.search(content)
            if place and value:
                found.errors[_place(place[1].decode())] = value[1].decode("utf-8", "replace")


def _numbers(first: str, last: str) -> dict[int, None]:
    """The columns from `first` to `last`, none if they are no numbers of columns."""
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        return {}
    return dict.fromkeys(range(max(int(first[:9]), 1), min(int(last[:9]), LAST_COLUMN) + 1))


def details_of_ods(source: Source) -> dict[str, Details]:
    """The hidden and filtered rows, the hidden columns and the error cells of an .ods file, by sheet."""
    found: dict[str, Details] = {}
    reader = _OdsReader(found)
    with zipfile.ZipFile(openable(source)) as archive, archive.open("content.xml") as file:
        rest = b""
        while piece := file.read(_PIECE):
            # Whole rows at a time: the place of an error is told by the cells of the row before it.
            text = rest + piece
            end = text.rfind(b"<table:table-row")
            if end <= 0:
                end = text.rfind(b">") + 1 if len(text) > 16 * _PIECE else 0
            reader.look(text[:end])
            rest = text[end:]
        reader.look(rest)
    return found


class _OdsReader:
    """Goes through content.xml from the start to the end; what it finds is put into `found`."""

    def __init__(self, found: dict[str, Details]) -> None:
        self._found, self._current = found, Details()
        self._row = self._times = self._columns = 0

    def look(self, text: bytes) -> None:
        begin = 0
        for match in _ODS_TAG.finditer(text):
            tag = match[0]
            if match[1]:
                self._error(match[1], match[2], text[begin:match.start()])
                continue
            about = _attributes(tag)
            if tag.startswith(b"<table:table-row"):
                begin = match.end()
                self._row += self._times
                self._times = _times(about, "rows", LAST_ROW)
                if self._times > _MOST_REPEATED and b"<text:p" in text[begin:self._end_of_row(text, begin)]:
                    raise Repeated
                if about.get("table:visibility") in ("collapse", "filter"):
                    self._current.hidden |= dict.fromkeys(range(self._row + 1, min(self._row + self._times, LAST_ROW) + 1))
            elif tag.startswith(b"<table:table-column"):
                first, self._columns = self._columns, min(self._columns + _times(about, "columns", LAST_COLUMN), LAST_COLUMN)
                if about.get("table:visibility") in ("collapse", "filter"):
                    self._current.hidden_columns |= dict.fromkeys(range(first + 1, self._columns + 1))
            else:
                self._row = self._times = self._columns = 0
                self._current = self._found.setdefault(about.get("table:name", ""), Details())

    @staticmethod
    def _end_of_row(text: bytes, begin: int) -> int:
        end = text.find(b"<table:table-row", begin)
        return end if end >= 0 else len(text)

    def _error(self, tag: bytes, content: bytes, before: bytes) -> None:
        if (text := _ODS_TEXT.search(content)) is None:
            return
        first = sum(_times(_attributes(cell), "columns", LAST_COLUMN) for cell in _ODS_CELL.findall(before))
        for row in range(self._row, self._row + min(self._times, _MOST_REPEATED)):
            for column in range(first, first + _times(_attributes(tag), "columns", _MOST_REPEATED)):
                self._current.errors[row, column] = html.unescape(text[1].decode("utf-8", "replace"))


def _times(about: dict[str, str], what: str, most: int) -> int:
    return min(int(about.get(f"table:number-{what}-repeated") or 1), most)


def row_by_row(source: Source) -> Iterator[Message]:
    """All rows as openpyxl streams them: for sheets whose cells lie so far apart that calamine runs out of memory."""
    import openpyxl

    book = openpyxl.load_workbook(openable(source), read_only=True, data_only=True, keep_links=False)
    stored = sheets(source)
    for sheet in book.worksheets:
        yield "sheet", sheet.title
        if sheet.sheet_state != "visible":
            yield "problem", "sheet-hidden", {}
        # The dimensions a file states may lie; unset, every row is given.
        sheet.reset_dimensions()
        rows, width = (["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)), 0
        while chunk := list(islice(rows, ROWS_AT_ONCE)):
            width = max(width, *map(len, chunk))
            yield "rows", [row if any(cell != "" for cell in row) else [] for row in chunk]
        yield from details(source, stored.get(sheet.title)).problems(width)
    book.close()


def read_small(archive: zipfile.ZipFile, name: str) -> bytes:
    """The start of a part of the archive, which is all of it unless it is far too long. Raises KeyError if there is none."""
    with archive.open(name) as file:
        return file.read(_SMALL)


def _attributes(tag: bytes) -> dict[str, str]:
    return {key.decode(): html.unescape((a or b).decode("utf-8", "replace")) for key, a, b in _ATTRIBUTE.findall(tag)}


def _place(cell: str) -> tuple[int, int]:
    """(row, column), both from 0, of a cell's name."""
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(cell[len(letters):]) - 1, column - 1


def row_ranges(numbers: Iterable[int]) -> str:
    """Row numbers as people write them: "1-3, 17"."""
    return _ranges(numbers, str)


def _ranges(numbers: Iterable[int], name: Callable[[int], str], most: int = 12) -> str:
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    shown = [name(a) if a == b else f"{name(a)}-{name(b)}" for a, b in runs[:most]]
    return ", ".join(shown + ["…"] * (len(runs) > most))
