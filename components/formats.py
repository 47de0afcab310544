"""A table in the forms that other people's tools read: CSV, XLSX, JSON, Parquet. The same table gives the same bytes.

No cell starts a formula anywhere: in CSV a text that a spreadsheet program would run gets an apostrophe before it, as these programs
themselves mark texts; in XLSX it is marked as a text and stays as it is. Numbers, negative ones too, stay numbers.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from components.picture.lettering import clean

RUNS = r"^'*[=+\-@\t\r]"
"""A text that a spreadsheet program would run, and one that looks like such a text with its apostrophe: as both get another, taking
one away gives every text back."""
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ROWS = 50_000
"""Rows that are written at a time, so that a large table needs no more memory than a small one."""
_RECORDS = 5_000
"""The same for JSON, whose rows are objects of Python for a while."""
_CHANGED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
_LONGEST_CELL = 32_767
"""Letters that a cell of a workbook can hold."""
_MOST_OF_A_BOOK = 50_000
"""Rows of a workbook: some 15 seconds of a processor. A sheet could hold 1,048,576."""


@dataclass(frozen=True)
class Table:
    """`frame`: the rows, text columns of dtype str or object, numbers and truths typed; `about`: all that an analyst needs to cite and
    reproduce them, as JSON; `title` of the sheet; `made`: when the vintage was (ISO 8601)."""

    frame: pd.DataFrame
    about: dict[str, Any]
    title: str
    made: str


@dataclass(frozen=True)
class Format:
    """`mime`: its type; `write`: the table, in pieces; `most`: rows that it can hold, or that are written in bearable time; None: any."""

    mime: str
    write: Callable[[Table], Iterator[bytes]]
    most: int | None = None


def csv(table: Table) -> Iterator[bytes]:
    """UTF-8, lines ended by LF, texts quoted where they must be, missing values empty."""
    for n, rows in enumerate(_parts(table.frame)):
        written = io.BytesIO()
        pyarrow.csv.write_csv(_unrunnable(rows), written, pyarrow.csv.WriteOptions(include_header=n == 0, quoting_style="needed"))
        yield written.getvalue()


def _parts(frame: pd.DataFrame) -> Iterator[pa.Table]:
    """The rows by and by; a table without rows is one part without any."""
    for start in range(0, max(len(frame), 1), _ROWS):
        yield _arrow(frame.iloc[start:start + _ROWS])


def _arrow(frame: pd.DataFrame) -> pa.Table:
    texts_of_it = {name: "str" for name in frame.columns if frame[name].dtype == object}
    return pa.Table.from_pandas(frame.astype(texts_of_it), preserve_index=False)


def _unrunnable(rows: pa.Table) -> pa.Table:
    for n, column in enumerate(rows.columns):
        # Most columns repeat few texts, which are looked at once.
        if _is_text(column) and pc.any(pc.match_substring_regex(pc.unique(column), RUNS)).as_py():
            marked = pc.binary_join_element_wise(pa.scalar("'", column.type), column, pa.scalar("", column.type))
            rows = rows.set_column(n, rows.schema.field(n), pc.if_else(pc.match_substring_regex(column, RUNS), marked, column))
    return rows


def _is_text(column: pa.ChunkedArray) -> bool:
    return pa.types.is_string(column.type) or pa.types.is_large_string(column.type)


def json_rows(table: Table) -> Iterator[bytes]:
    """{"about": …, "rows": [{column: value}, …]}; a missing value is null."""
    yield b'{"about": ' + _json(table.about) + b',\n"rows": ['
    for start in range(0, len(table.frame), _RECORDS):
        part = table.frame.iloc[start:start + _RECORDS]
        rows = part.astype(object).where(part.notna(), None).to_dict("records")
        yield (b"," if start else b"") + b",".join(b"\n" + _json(row) for row in rows)
    yield b"\n]}\n"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=_plain, allow_nan=False).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


def parquet(table: Table) -> Iterator[bytes]:
    """Typed columns; what `about` says is in the metadata of the schema, under "vyrak"."""
    rows = _arrow(table.frame)
    written = io.BytesIO()
    pyarrow.parquet.write_table(rows.replace_schema_metadata({"vyrak": _json(table.about)}), written, compression="zstd")
    yield written.getvalue()


def xlsx(table: Table) -> Iterator[bytes]:
    """A workbook of two sheets: the rows, typed, under a fixed header; and what they are."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(table.title))
    sheet.freeze_panes = "A2"
    for n, name in enumerate(table.frame.columns, 1):
        sheet.column_dimensions[get_column_letter(n)].width = max(10, min(40, len(name) + 3))
    bold = Font(bold=True)
    sheet.append([_cell(sheet, name, font=bold) for name in table.frame.columns])
    for row in table.frame.astype(object).where(table.frame.notna(), None).itertuples(index=False):
        sheet.append([_cell(sheet, value) for value in row])
    about = book.create_sheet("about")
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 34, 100
    for name, value in _flat(table.about):
        about.append([_cell(about, name, font=bold), _cell(about, value, alignment=Alignment(wrap_text=True, vertical="top"))])
    written = io.BytesIO()
    book.save(written)
    yield _as_ever(written.getvalue(), table.made)


def _cell(sheet: Any, value: Any, **look: Any) -> WriteOnlyCell:
    if isinstance(value, str):
        # A cell ends its lines with LF.
        value = _NOT_IN_XML.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))[:_LONGEST_CELL]
    cell = WriteOnlyCell(sheet, value=_plain(value) if isinstance(value, np.generic) else value)
    if isinstance(value, str):
        # openpyxl would make a text that starts with "=" a formula, and one such as "#N/A" an error.
        cell.data_type = "s"
        if re.match(RUNS, value):
            cell.quotePrefix = True
    for name, how in look.items():
        setattr(cell, name, how)
    return cell


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", clean(title))[:31].strip() or "data"


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Nested JSON as lines: ("source / publisher", "Vyrak")."""
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _flat(part, f"{name} / {key}" if name else str(key))
    elif isinstance(value, list):
        yield name, "; ".join(part if isinstance(part, str) else json.dumps(part, ensure_ascii=False) for part in value)
    else:
        yield name, value if isinstance(value, str | int | float | bool | None) else str(value)


def _as_ever(book: bytes, made: str) -> bytes:
    """The same workbook with the time of the vintage in place of that of writing."""
    when = made[:19].encode() + b"Z"
    with zipfile.ZipFile(io.BytesIO(book)) as old:
        files = {name: old.read(name) for name in sorted(old.namelist())}
    return zipped(files | {"docProps/core.xml": _CHANGED.sub(rb"\g<1>" + when, files["docProps/core.xml"])})


def zipped(files: dict[str, bytes]) -> bytes:
    """Several files as one, the same bytes for the same contents."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


FORMATS: dict[str, Format] = {
    "csv": Format("text/csv; charset=utf-8", csv),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx, _MOST_OF_A_BOOK),
    "json": Format("application/json", json_rows),
    "parquet": Format("application/vnd.apache.parquet", parquet),
}
