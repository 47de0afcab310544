"""What a file really is, and its cells: runs in the limited process (etl/sandbox.py), whatever its ending says."""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine as calamine

from etl import binary_details, decrypt, text_tables, xlsx_details
from etl.decrypt import Source
from etl.sandbox import ROWS_AT_ONCE, Message

LONGEST_CELL = 32_767
"""Characters a cell can hold in Excel."""
MOST_CELLS = 40_000_000
"""Cells one file may have; a row weighs as much as eight more, because that is what it takes of the memory."""

_DAYS = (datetime.date, datetime.datetime)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_BIFF8_BOOK = b"\x09\x08\x10\x00\x00\x06\x05\x00"
_FILEPASS = (b"\x2f\x00", b"\x86\x00\x00\x00\x2f\x00")
"""The record FILEPASS, at once or after an empty WRITEPROTECT."""
_ODS_MANIFEST = "META-INF/manifest.xml"
_NO_TABLES = {
    b"%PDF": "it is a PDF", b"{\\rtf": "it is an RTF document", b"\x89PNG": "it is a picture",
    b"\xff\xd8\xff": "it is a picture", b"GIF8": "it is a picture", b"PAR1": "it is a Parquet file",
    b"SQLite": "it is an SQLite database", b"Rar!": "it is a RAR archive", b"7z\xbc\xaf": "it is a 7-Zip archive",
    b"\x1f\x8b": "it is a gzip archive", b"\x7fELF": "it is a program", b"MZ": "it is a program",
    b"BZh": "it is a bzip2 archive",
}


class Refused(Exception):
    """The file can't be taken: a kind of etl/problems.py and what was found."""

    def __init__(self, kind: str, found: str = "") -> None:
        super().__init__(kind)
        self.kind, self.found = kind, found


def messages(path: Path, row_by_row: bool = False, password: str = "") -> Iterator[Message]:
    """The sheets, rows and problems of the file at `path`, in the form of etl.sandbox.Message; if it can't be taken
    the last one is ("failed", kind, found). `password` opens the file if it is encrypted; "" is none."""
    try:
        yield from _limited(_parse(path, row_by_row, password))
    except Refused as refusal:
        yield "failed", refusal.kind, refusal.found
    except calamine.PasswordError:  # what is left: .xls from before Excel 97
        yield "failed", "file-unreadable", "it is encrypted in a way that can't be opened here, or damaged"
    except MemoryError:
        raise
    except (Exception, RecursionError) as error:  # whatever a library raises for a broken file becomes a sentence
        yield "failed", "file-unreadable", f"it is damaged ({_one_line(error)})"


def _parse(path: Path, row_by_row: bool, password: str) -> Iterator[Message]:
    source: Source = path
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(_OLE) and _is_encrypted(path):
        source = _decrypted(path, password)
        start = source[:4096]
    if not start.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Refused("file-unreadable", "it is empty")
    kind = _zip_kind(source) if start.startswith(b"PK") else ""
    if row_by_row and kind != "xlsx":
        raise Refused("file-unreadable", "reading it takes too much memory, or the file is damaged")
    if kind:
        return xlsx_details.row_by_row(source) if row_by_row else _workbook(source, kind)
    if start.startswith(_OLE):
        return _workbook(source, "xls")
    for magic, what in _NO_TABLES.items():
        if start.startswith(magic):
            raise Refused("file-unreadable", what)
    return text_tables.messages(path)


def _zip_kind(source: Source) -> str:
    try:
        with zipfile.ZipFile(decrypt.openable(source)) as archive:
            names = {name.lower() for name in archive.namelist()}
            if "encrypted-package" in names or ("content.xml" in names and _is_encrypted_ods(archive)):
                raise Refused("ods-encrypted")
    except zipfile.BadZipFile as error:
        raise Refused("file-unreadable", "it is cut off or damaged; copy it again from where it came") from error
    for name, kind in (("xl/workbook.xml", "xlsx"), ("xl/workbook.bin", "xlsb"), ("content.xml", "ods")):
        if name in names:
            return kind
    raise Refused("file-unreadable", "it is a ZIP archive without a workbook; unpack it first")


def _is_encrypted_ods(archive: zipfile.ZipFile) -> bool:
    return _ODS_MANIFEST in archive.namelist() and b"encryption-data" in xlsx_details.read_small(archive, _ODS_MANIFEST)


def _is_encrypted(path: Path) -> bool:
    """Whether an OLE file holds an encrypted .xlsx, or an .xls with FILEPASS among its first records."""
    content = path.read_bytes()
    book = content.find(_BIFF8_BOOK)
    return _ENCRYPTED_PACKAGE in content or (book >= 0 and content[book + 20:book + 26].startswith(_FILEPASS))


def _decrypted(path: Path, password: str) -> bytes:
    if not password:
        raise Refused("file-encrypted")
    try:
        return decrypt.decrypted(path, password)
    except decrypt.WrongPassword:
        raise Refused("password-wrong") from None
    except decrypt.NotDecrypted:
        raise Refused("file-unreadable", "it is encrypted in a way that can't be opened here, or damaged") from None


def _workbook(source: Source, kind: str) -> Iterator[Message]:
    # calamine lets other threads run while it works, so the second look at the file takes no time of its own.
    with (decrypt.opened(source) as file, calamine.CalamineWorkbook.from_filelike(file) as book,
          ThreadPoolExecutor(1) as beside):
        stored = xlsx_details.sheets(source) if kind == "xlsx" else {}
        others = {} if kind == "xlsx" else _details(source, kind, [about.name for about in book.sheets_metadata])
        for about in book.sheets_metadata:
            if about.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            yield "sheet", about.name
            if about.visible != calamine.SheetVisibleEnum.Visible:
                yield "problem", "sheet-hidden", {}
            looking = beside.submit(xlsx_details.details, source, stored.get(about.name))
            sheet = book.get_sheet_by_name(about.name)
            details = others.get(about.name, looking.result())
            yield from _rows(sheet, details)
            yield from details.problems(sheet.end[1] + 1 if sheet.end else 0)


def _details(source: Source, kind: str, names: list[str]) -> dict[str, xlsx_details.Details]:
    """The details of each sheet but of an .xlsx, by name; of none if they can't be found out: the cells are what matters."""
    try:
        if kind == "ods":
            return xlsx_details.details_of_ods(source)
        if kind == "xlsb":
            return binary_details.details_of_xlsb(source)
        return dict(zip(names, binary_details.details_of_xls(source), strict=True))
    except xlsx_details.Repeated:
        raise Refused("file-unreadable", "one filled row of it is repeated more than a thousand times") from None
    except MemoryError:
        raise
    except Exception:  # whatever a library raises for a broken file
        return {}


def _rows(sheet: calamine.CalamineSheet, details: xlsx_details.Details) -> Iterator[Message]:
    # iter_rows gives the rows above the first filled one, but not the columns to the left of the first filled one.
    margin = [""] * (sheet.start[1] if sheet.start else 0)
    cells = (margin + row for row in sheet.iter_rows()) if margin else sheet.iter_rows()
    before, at_once = 0, max(20 * ROWS_AT_ONCE // max(sheet.width, 20), 1)
    while chunk := list(islice(cells, at_once)):
        details.restore_errors(chunk, before)
        before += len(chunk)
        yield "rows", chunk


def _limited(said: Iterable[Message]) -> Iterator[Message]:
    """The same with equal texts and dates sent once a chunk, over-long cells cut, and an end to too many cells."""
    count, row_number = 0, 0
    for message in said:
        if message[0] == "sheet":
            row_number = 0
        if message[0] != "rows":
            yield message
            continue
        rows, cut = _shared(message[1], row_number)
        yield "rows", rows
        yield from cut
        row_number += len(rows)
        count += sum(map(len, rows)) + 8 * len(rows)
        if count > MOST_CELLS:
            raise Refused("file-unreadable", "it has more rows and columns than can be held in memory")


def _shared(rows: list[list[Any]], before: int) -> tuple[list[list[Any]], list[Message]]:
    known: dict[str, str] = {}
    days: dict[Any, Any] = {}
    share, share_day = known.setdefault, days.setdefault
    rows = [[share(c, c) if (kind := c.__class__) is str else share_day(c, c) if kind in _DAYS else c for c in row] for row in rows]
    too_long = {text for text in known if len(text) > LONGEST_CELL}
    cut: list[Message] = []
    for number, row in enumerate(rows, start=before + 1) if too_long else ():
        for index, cell in enumerate(row):
            if isinstance(cell, str) and cell in too_long:
                row[index] = cell[:LONGEST_CELL]
                cut.append(("problem", "cell-cut", {"row": number, "column_index": index, "found": f"{len(cell):,}",
                                                   "expected": f"{LONGEST_CELL:,}"}))
    return rows, cut


def _one_line(error: BaseException) -> str:
    return re.sub(r"\s+", " ", str(error) or type(error).__name__)[:120]
