"""What calamine doesn't tell of an .xlsx file: hidden rows, formulas without a stored result, rows one by one.

The XML is searched as text, in pieces and without a parser: there is nothing in it that could be expanded.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from etl.sandbox import Message

_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\bhidden\s*=\s*[\"'](?:1|true)[\"'][^>]*>")
_NUMBER = re.compile(rb"\br\s*=\s*[\"'](\d+)[\"']")
_NO_RESULT = re.compile(rb"<c\s[^>]*?\br=[\"']([A-Z]+\d+)[\"'][^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*"
                        rb"(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
_PIECE, _OVERLAP = 1 << 20, 1 << 13
_SMALL = 10_000_000
ROWS_AT_ONCE = 2000


def sheets(path: Path) -> dict[str, str]:
    """Where in the .xlsx file at `path` each sheet is stored, by its name; {} if the file doesn't say it plainly."""
    try:
        with zipfile.ZipFile(path) as archive:
            book = _read_small(archive, "xl/workbook.xml")
            relations = _read_small(archive, "xl/_rels/workbook.xml.rels")
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


def problems(path: Path, stored: str) -> Iterator[Message]:
    """Hidden rows and formulas without a result in the sheet stored at `stored`."""
    hidden: dict[int, None] = {}
    bare: dict[str, None] = {}
    with zipfile.ZipFile(path) as archive, archive.open(stored) as file:
        before = b""
        while piece := file.read(_PIECE):
            text = before + piece
            if b"hidden" in text:
                for tag in _HIDDEN_ROW.findall(text):
                    if number := _NUMBER.search(tag):
                        hidden[int(number[1])] = None
            if b"<f" in text:
                bare |= dict.fromkeys(cell.decode() for cell in _NO_RESULT.findall(text))
            before = text[-_OVERLAP:]
    if hidden:
        yield "problem", "rows-hidden", {"row": min(hidden), "found": _ranges(sorted(hidden))}
    for cell in islice(bare, 100):
        letters = cell.rstrip("0123456789")
        yield "problem", "formula-without-value", {"row": int(cell[len(letters):]), "found": cell,
                                                   "column_index": _index(letters)}


def row_by_row(path: Path) -> Iterator[Message]:
    """All rows as openpyxl streams them: for sheets whose cells lie so far apart that calamine runs out of memory."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets:
        yield "sheet", sheet.title
        if sheet.sheet_state != "visible":
            yield "problem", "sheet-hidden", {}
        # The dimensions a file states may lie; unset, every row is given.
        sheet.reset_dimensions()
        rows = (["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True))
        while chunk := list(islice(rows, ROWS_AT_ONCE)):
            yield "rows", [row if any(cell != "" for cell in row) else [] for row in chunk]
    book.close()


def _read_small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        return file.read(_SMALL)


def _attributes(tag: bytes) -> dict[str, str]:
    import html
    return {key.decode(): html.unescape((a or b).decode("utf-8", "replace")) for key, a, b in _ATTRIBUTE.findall(tag)}


def _index(letters: str) -> int:
    """Column letters as an index from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _ranges(numbers: list[int], most: int = 12) -> str:
    """Row numbers as people write them: "1-3, 17"."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    shown = [str(a) if a == b else f"{a}-{b}" for a, b in runs[:most]]
    return ", ".join(shown + ["…"] * (len(runs) > most))
