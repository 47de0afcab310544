"""One cell → what it says: a value, or a problem. A reader of each kind of column, and what all of them leave out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from etl import articles
from etl.codes import code_list

_ERROR_CELL = re.compile(r"#(?:REF|N/A|VALUE|NAME|DIV/0|NULL|NUM|ССЫЛКА|Н/Д|ЗНАЧ|ИМЯ|ДЕЛ/0|ЧИСЛО|ПУСТО)\b|Err:\d{3}\Z")
_LONGEST_JUNK = 30
_TIDY = re.compile(r"[^\W\d]+(?: [^\W\d]+)*")
LARGEST_GROUP = 10_000
"""A row that tells of more persons than this is taken for a slip."""


class Read(NamedTuple):
    """What one cell says: a `value`, or a `problem` (a kind of etl.problems) with what was `expected`."""

    value: Any = None
    problem: str = ""
    expected: str = ""
    found: str = ""


NOTHING = Read()
Reader = Callable[[Any], Read]


def read_cell(cell: Any, reader: Reader) -> Read:
    """What a cell says, once blanks, known junk and spreadsheet errors are out of the way."""
    if cell is None or cell != cell or cell is False:
        return NOTHING if cell is not False else _or_nothing(reader, cell)
    if isinstance(cell, str):
        text = cell.strip()
        # Before junk: folded, "#N/A" is "n/a".
        if text.startswith(("#", "Err:")) and _ERROR_CELL.match(text):
            return Read(problem="error-cell")
        if not text or (_may_be_junk(text) and code_list("junk").knows(text) and not reader(text).value):
            return NOTHING
    return reader(cell)


def _may_be_junk(text: str) -> bool:
    """Whether `text` is worth looking up: known junk is short and begins with no figure."""
    return len(text) <= _LONGEST_JUNK and not text[0].isdigit()


def _or_nothing(reader: Reader, cell: bool) -> Read:
    """FALSE stands for "empty" in some exports; only a column of yes and no means it."""
    told = reader(cell)
    return told if told.value is not None and not told.problem else NOTHING


def shown(cell: Any) -> str:
    return f"{cell:%Y-%m-%d}" if isinstance(cell, datetime) else str(cell)


def as_text(cell: Any) -> Read:
    """Text as written, spaces collapsed; ids that a spreadsheet made into 1001.0 are 1001 again."""
    if isinstance(cell, str) and _TIDY.fullmatch(cell):
        return Read(cell)
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = shown(cell) if isinstance(cell, datetime) else " ".join(str(cell).split())
    return Read(re.sub(r"^(\d+)\.0$", r"\1", text) if text.endswith(".0") else text)


def of_list(name: str, expected: str) -> Reader:
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
        return Read(float(cell)) if 0 <= cell < math.inf else Read(problem="unreadable-number", expected="a number, not negative")
    text = re.sub(r"\s", "", str(cell)).replace(",", ".")
    if re.fullmatch(r"\d{1,15}(\.\d+)?", text):
        return Read(float(text))
    return Read(problem="unreadable-number", expected="a number such as 150 or 2,5")


def _articles(cell: Any) -> Read:
    # A program that takes articles for numbers writes 342.0.
    text = re.sub(r"^(\d{3})\.0$", r"\1", str(cell).strip())
    found = articles.parse(text)
    if found.problem:
        return Read(problem=found.problem, expected=articles.expected())
    return Read(" ".join(found.codes), "charges-not-read" if found.unread else "", found=found.unread)


def _count(cell: Any) -> Read:
    """How many persons a row tells of."""
    told = _number(cell)
    if told.problem or (told.value == int(told.value) and 1 <= told.value <= LARGEST_GROUP):
        return told
    return Read(problem="unreadable-number", expected=f"a whole number from 1 to {LARGEST_GROUP:,}")


READERS: dict[str, Reader] = {
    "sex": of_list("sexes", "women and men"), "status": of_list("statuses", "statuses"),
    "region": of_list("regions", "regions and towns"), "outcome": of_list("outcomes", "outcomes of release"),
    "boolean": _boolean, "number": _number, "count": _count, "articles": _articles,
}
"""The reader of a kind of column (etl.headers); others are text."""
