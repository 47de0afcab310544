"""Tables in markup: HTML pages named .xls (as web exports are) and the XML workbooks of Excel 2003 and 1C."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import TextIO

from etl.sandbox import Message
from etl.xlsx_details import LAST_COLUMN, Details

_MARKUP = re.compile(r"\s*(<\?xml|<!doctype|<html|<head|<meta|<body|<table|<style|<!--)", re.IGNORECASE)
_TABLE = re.compile(r"<(\w+:)?table\b", re.IGNORECASE)
_WIDEST_SPAN = 100
_AT_ONCE = 1 << 16


def is_markup(sample: str) -> bool:
    """Whether a text that begins with `sample` is HTML or XML with a table in it."""
    return bool(_MARKUP.match(sample)) and bool(_TABLE.search(sample))


def messages(text: TextIO) -> Iterator[Message]:
    """Each outermost table as a sheet, named after the worksheet or "Table 1", "Table 2", …"""
    parser = _Tables()
    while chunk := text.read(_AT_ONCE):
        parser.feed(chunk)
        yield from parser.take()
    parser.close()
    parser.finish()
    yield from parser.take()


class _Tables(HTMLParser):
    """Collects rows. XML workbooks need nothing more than HTML tables: Row and Cell for tr and td, and cells and rows
    that say at which index they stand."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._said: list[Message] = []
        self._depth = self._tables = self._row_number = 0
        self._name = ""
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1
        self._down: dict[int, int] = {}
        self._details, self._columns, self._widest = Details(), 0, 0

    def take(self) -> list[Message]:
        """What was collected since the last call."""
        said, self._said = self._said, []
        return said

    def finish(self) -> None:
        """Takes the row at which the text broke off."""
        self._end_table()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag, found = tag.rpartition(":")[2], {k.rpartition(":")[2]: v or "" for k, v in attrs}
        if tag == "worksheet":
            self._name = found.get("name", "")
        elif tag == "table":
            self._begin_table()
        elif self._depth != 1:
            return
        elif tag in ("tr", "row"):
            self._end_row()
            self._begin_row(found)
        elif tag in ("col", "column"):
            self._take_columns(found, _number(found.get("span"), 0) + (tag == "column"))
        elif tag in ("td", "th", "cell"):
            self._end_cell()
            self._begin_cell(found)
        elif tag in ("br", "p", "div", "li") and self._cell:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "table":
            if self._depth == 1:
                self._end_table()
            self._depth = max(self._depth - 1, 0)
        elif self._depth == 1 and tag in ("tr", "row"):
            self._end_row()
        elif self._depth == 1 and tag in ("td", "th", "cell"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and self._depth:
            self._cell.append(data)

    def _begin_table(self) -> None:
        self._depth += 1
        if self._depth == 1:
            self._tables += 1
            self._said.append(("sheet", self._name or f"Table {self._tables}"))
            self._row_number, self._down = 0, {}
            self._details, self._columns, self._widest = Details(), 0, 0

    def _end_table(self) -> None:
        self._end_row()
        self._said += self._details.problems(self._widest)
        self._details = Details()

    def _take_columns(self, found: dict[str, str], count: int) -> None:
        """`count`: how many columns it stands for; a span counts all of them in HTML and those after the first in XML."""
        first = min(max(_number(found.get("index"), 0) - 1, self._columns), LAST_COLUMN)
        self._columns = min(first + max(count, 1), LAST_COLUMN)
        if _hidden(found):
            self._details.hidden_columns |= dict.fromkeys(range(first + 1, self._columns + 1))

    def _begin_row(self, found: dict[str, str]) -> None:
        index = _number(found.get("index", ""), 0)
        if self._row_number < index - 1 < self._row_number + 100_000:
            self._said.append(("rows", [[] for _ in range(index - 1 - self._row_number)]))
            self._row_number = index - 1
        if _hidden(found):
            self._details.hidden[self._row_number + 1] = None
        self._row = []

    def _begin_cell(self, found: dict[str, str]) -> None:
        self._row = [] if self._row is None else self._row
        index = min(_number(found.get("index", ""), 0), 16_384)
        self._row += [""] * (index - 1 - len(self._row))
        # Cells that reach down from the row above take their places first.
        while self._down.get(len(self._row), 0) > 0:
            self._down[len(self._row)] -= 1
            self._row.append("")
        across = _number(found.get("colspan"), 1) + _number(found.get("mergeacross"), 0)
        self._span = min(max(across, 1), _WIDEST_SPAN)
        for column in range(len(self._row), len(self._row) + self._span):
            self._down[column] = _number(found.get("rowspan", ""), 1) - 1
        self._cell = []

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            lines = (re.sub(r"[ \t\r\f\v]+", " ", line).strip() for line in "".join(self._cell).split("\n"))
            self._row += ["\n".join(line for line in lines if line), *[""] * (self._span - 1)]
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None:
            self._widest = max(self._widest, len(self._row))
            self._said.append(("rows", [self._row]))
            self._row_number += 1
        self._row = None


def _hidden(found: dict[str, str]) -> bool:
    """Whether a row or column is hidden: in XML by ss:Hidden="1", in HTML by an attribute without a value or by its style."""
    return found.get("hidden", "0") in ("1", "", "hidden") or "display:none" in found.get("style", "").replace(" ", "").lower()


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else otherwise
