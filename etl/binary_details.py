"""What calamine doesn't tell of .xls and .xlsb: hidden rows and columns, and which cells are errors.

Both are streams of records, of which a few kinds are looked at: [MS-XLS] 2.4 and [MS-XLSB] 2.4.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator

from etl import xlsx_details
from etl.decrypt import Source, openable
from etl.xlsx_details import LAST_COLUMN, Details

MOST_RECORDS = 4_000_000
"""Records that one sheet may have, of as many cells: they take three seconds."""

_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
           0x2B: "#GETTING_DATA"}
_BOF, _EOF, _BOUNDSHEET = 0x0809, 0x000A, 0x0085
_FORMULA, _COLINFO, _BOOLERR, _ROW = 0x0006, 0x007D, 0x0205, 0x0208
_ROW_HIDDEN, _COLUMN_HIDDEN = 0x20, 0x01
_BRT_ROW, _BRT_ERROR, _BRT_FORMULA_ERROR, _BRT_COLUMNS, _BRT_SHEET = 0x00, 0x03, 0x0B, 0x3C, 0x9C
_BRT_ROW_HIDDEN = 0x10


class TooMany(ValueError):
    """The file has more records than can be looked at."""


def details_of_xls(source: Source) -> list[Details]:
    """The details of the sheets of an .xls file (BIFF5 and BIFF8), in their order. Raises whatever a damaged file leads to."""
    import olefile

    with olefile.OleFileIO(openable(source)) as ole:
        stream = ole.openstream("Workbook" if ole.exists("Workbook") else "Book").read()
    return [_details_of_xls(stream, struct.unpack_from("<I", stream, at)[0]) for kind, at, _ in _records(stream, 0) if kind == _BOUNDSHEET]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """(kind, where its content begins and ends) of the records from the BOF at `at` to the EOF that belongs to it."""
    depth, unpack = 0, struct.Struct("<HH").unpack_from
    for _ in range(MOST_RECORDS):
        kind, size = unpack(stream, at)
        yield kind, at + 4, at + 4 + size
        depth += (kind == _BOF) - (kind == _EOF)
        if depth < 1:
            return
        at += 4 + size
    raise TooMany


def _details_of_xls(stream: bytes, begin: int) -> Details:
    found = Details()
    for kind, at, _ in _records(stream, begin):
        if kind == _ROW:
            if stream[at + 12] & _ROW_HIDDEN:
                found.hidden[struct.unpack_from("<H", stream, at)[0] + 1] = None
        elif kind == _COLINFO:
            first, last, _, _, flags = struct.unpack_from("<5H", stream, at)
            if flags & _COLUMN_HIDDEN:
                found.hidden_columns |= _columns(first, last)
        elif kind == _BOOLERR:
            if stream[at + 7]:
                found.errors[struct.unpack_from("<HH", stream, at)] = _error(stream[at + 6])
        elif kind == _FORMULA and stream[at + 12:at + 14] == b"\xff\xff" and stream[at + 6] == 2:
            found.errors[struct.unpack_from("<HH", stream, at)] = _error(stream[at + 8])
    return found


def details_of_xlsb(source: Source) -> dict[str, Details]:
    """The details of each sheet of an .xlsb file, by name. Raises whatever a damaged file leads to."""
    found: dict[str, Details] = {}
    with zipfile.ZipFile(openable(source)) as archive:
        targets = xlsx_details.targets(archive, "xl/_rels/workbook.bin.rels")
        for kind, record in _binary_records(archive, "xl/workbook.bin"):
            if kind == _BRT_SHEET:
                relation, rest = _wide(record[8:])
                if stored := targets.get(relation):
                    found[_wide(rest)[0]] = _details_of_xlsb(archive, stored)
    return found


def _details_of_xlsb(archive: zipfile.ZipFile, stored: str) -> Details:
    found, row = Details(), 0
    for kind, record in _binary_records(archive, stored):
        if kind == _BRT_ROW:
            row, = struct.unpack_from("<I", record)
            if record[11] & _BRT_ROW_HIDDEN:
                found.hidden[row + 1] = None
        elif kind in (_BRT_ERROR, _BRT_FORMULA_ERROR):
            found.errors[row, struct.unpack_from("<I", record)[0]] = _error(record[8])
        elif kind == _BRT_COLUMNS:
            first, last, _, _, flags = struct.unpack_from("<4IH", record)
            if flags & _COLUMN_HIDDEN:
                found.hidden_columns |= _columns(first, last)
    return found


def _binary_records(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[int, bytes]]:
    """(kind, content) of each record of a part of an .xlsb; their kinds and sizes have seven bits a byte."""
    with io.BufferedReader(archive.open(name), 1 << 20) as file:  # type: ignore[type-var]
        for _ in range(MOST_RECORDS):
            if not (start := file.read(1)):
                return
            kind = start[0]
            if kind & 0x80:
                kind += (file.read(1)[0] << 7) - 0x80
            size, shift = 0, 0
            while shift < 28:
                part = file.read(1)[0]
                size |= (part & 0x7F) << shift
                if part < 0x80:
                    break
                shift += 7
            yield kind, file.read(size)
    raise TooMany


def _wide(record: bytes) -> tuple[str, bytes]:
    """(the text a record begins with, what comes after it)."""
    end = 4 + 2 * struct.unpack_from("<I", record)[0]
    return record[4:end].decode("utf-16-le"), record[end:]


def _error(code: int) -> str:
    return _ERRORS.get(code, "#VALUE!")


def _columns(first: int, last: int) -> dict[int, None]:
    return dict.fromkeys(range(first + 1, min(last + 1, LAST_COLUMN) + 1))
