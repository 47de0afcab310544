"""What calamine doesn't tell of an .xlsx file: hidden rows, errors, formulas without a result; and rows one by one.

The XML is searched as text, in pieces and without a parser: there is nothing in it that could be expanded.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from etl.decrypt import Source, openable
from etl.sandbox import ROWS_AT_ONCE, Message

_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(rb"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\bhidden\s*=\s*[\"'](?:1|true)[\"'][^>]*>")
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
_ODS_TAG = re.compile(rb"<table:table(?:-row)?(?:\s[^>]*)?>")


def sheets(source: Source) -> dict[str, str]:
    """Where in the .xlsx file `source` each sheet is stored, by its name; {} if the file doesn't say it plainly."""
    try:
        with zipfile.ZipFile(openable(source)) as archive:
            book = read_small(archive, "xl/workbook.xml")
            relations = read_small(archive, "xl/_rels/workbook.xml.rels")
            names = set(archive.namelist())
    except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return {}
    targets = {a.get("Id"): a.get("Target", "") for a in map(_attributes, _RELATION.findall(relations))}
    found = {}
    for about in map(_attributes, _SHEET.findall(book)):
        target = targets.get(next((v for k, v in about.items() if k.endswith(":id")), ""), "")
        stored = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
        if stored in names:
            found[about.get("name", "")] = stored
    return found


@dataclass
class Details:
    """Of one sheet: numbers of hidden rows, names of formula cells without a stored result, error cells by place."""

    hidden: dict[int, None] = field(default_factory=dict)
    no_result: dict[str, None] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)

    def problems(self) -> Iterator[Message]:
        """What of it should be said."""
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
    """The details of the sheet stored at `stored`; none if that is not known."""
    found = Details()
    if stored is None:
        return found
    with zipfile.ZipFile(openable(source)) as archive, archive.open(stored) as file:
        before = b""
        while piece := file.read(_PIECE):
            text = before + piece
            _look(text, found)
            before = text[-_OVERLAP:]
    return found


def _look(text: bytes, found: Details) -> None:
    if b"hidden" in text:
        numbers = (_NUMBER.search(tag) for tag in _HIDDEN_ROW.findall(text))
        found.hidden |= {int(number[1]): None for number in numbers if number}
    if b"<f" in text:
        found.no_result |= dict.fromkeys(cell.decode() for cell in _NO_RESULT.findall(text))
    if b't="e"' in text or b"t='e'" in text:
        for tag, content in _ERROR.findall(text):
            place, value = _NAME.search(tag), _VALUE.search(content)
            if place and value:
                found.errors[_place(place[1].decode())] = value[1].decode("utf-8", "replace")


def hidden_rows_of_ods(source: Source) -> dict[str, Details]:
    """The hidden and filtered rows of an .ods file, by sheet."""
    found: dict[str, Details] = {}
    number, current = 0, Details()
    with zipfile.ZipFile(openable(source)) as archive, archive.open("content.xml") as file:
        rest = b""
        while piece := file.read(_PIECE):
            text, _, rest = (rest + piece).rpartition(b">")
            for tag in _ODS_TAG.findall(text + b">"):
                about = _attributes(tag)
                if not tag.startswith(b"<table:table-row"):
                    number, current = 0, found.setdefault(about.get("table:name", ""), Details())
                    continue
                times = min(int(about.get("table:number-rows-repeated") or 1), LAST_ROW)
                if about.get("table:visibility") in ("collapse", "filter"):
                    current.hidden |= dict.fromkeys(range(number + 1, min(number + times, LAST_ROW) + 1))
                number += times
    return found


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
        rows = (["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True))
        while chunk := list(islice(rows, ROWS_AT_ONCE)):
            yield "rows", [row if any(cell != "" for cell in row) else [] for row in chunk]
        yield from details(source, stored.get(sheet.title)).problems()
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


def row_ranges(numbers: Iterable[int], most: int = 12) -> str:
    """Row numbers as people write them: "1-3, 17"."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    shown = [str(a) if a == b else f"{a}-{b}" for a, b in runs[:most]]
    return ", ".join(shown + ["…"] * (len(runs) > most))
