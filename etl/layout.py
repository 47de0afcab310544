"""How people lay out a sheet: titles, headers over one row or two, repeated headers, notes, sums and gaps."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cached_property

from etl import overlay
from etl.codes import code_list, fold
from etl.headers import Columns, columns
from etl.read import Cell

TITLE_ROWS = 15
"""How many rows from the top may be looked through for a title that tells which table a sheet holds."""
LONGEST_HEADER = 150
ENOUGH = 6
"""So many known headers make a row a header however many others stand beside them."""

DATES = {"charged_on": "charges", "detained_on": "charges", "sentenced_on": "sentences", "released_on": "releases"}
_FACTS = DATES | dict.fromkeys(("sentence_text", "penalty_text", "punishment", "term_months", "court", "in_absentia"),
                                "sentences") | dict.fromkeys(("outcome", "deported", "wave", "destination"), "releases")
_UNSEEN = " \t\r\n\v\f\xa0\u200b\u200c\u200d\u2060\ufeff\u202f"
_WHO = ("name", "record_id", "url")
_PERSON = re.compile(r"[^\W\d_][\w.'’ʼ`-]*(\s+[^\W\d_][\w.'’ʼ`-]*){1,4}")


@dataclass(frozen=True)
class Header:
    """A header at `row` (from 0) over `height` rows. `fields`: {field: [(column index, text), …]}; `unknown`: columns
    whose text stands for no field; `texts`: the cells of its first row; `beside`: the column in which a second table
    begins to the right, if one does."""

    row: int
    height: int
    width: int
    table: str
    fields: dict[str, list[tuple[int, str]]]
    unknown: list[tuple[int, str]]
    texts: tuple[str, ...]
    beside: int | None = None

    @cached_property
    def _lead(self) -> tuple[int, str]:
        """The first filled column, and its text."""
        return next(((i, text) for i, text in enumerate(self.texts) if text), (0, self.texts[0]))

    def repeated_by(self, row: list[Cell]) -> bool:
        """Whether `row` says the header again: its first filled cell does, and most of the others."""
        lead, text = self._lead
        cell = row[lead] if lead < len(row) else None
        # Most rows differ at once.
        if not isinstance(cell, str) or text not in cell or _text(cell) != text:
            return False
        same = sum(bool(text) and text == _text(cell) for text, cell in zip(self.texts, row, strict=False))
        return same >= 2 and 2 * same >= sum(map(bool, self.texts))


def empty(cell: Cell) -> bool:
    """Whether a cell holds nothing that can be seen."""
    return cell is None or (isinstance(cell, str) and not cell.strip(_UNSEEN))


def filled(row: list[Cell]) -> int:
    """How many cells of `row` hold something."""
    count = len(row) - row.count("") - row.count(None)
    # Cells of spaces only are looked for where they can matter; a full row is told by counting alone.
    return count if count > 4 else sum(not empty(cell) for cell in row)


def row_kind(row: list[Cell], count: int, header: Header | None) -> str:
    """What a row that is no header is, of whose cells `count` are filled: "record", "blank", "title" (above the header), "note"
    or "subtotal"."""
    if not count:
        return "blank"
    if header is None:
        return "title"
    first = next(cell for cell in row if not empty(cell))
    # Folding every name of a long list would take longer than reading it; a full row of sums begins with the word.
    if isinstance(first, str) and (count <= 4 or first.split(None, 1)[0].rstrip(":.,").casefold() in _sum_words()) and (
            len(first) <= LONGEST_HEADER and columns().is_subtotal(first) and not _has_date(row)):
        return "subtotal"
    if count > 1:
        return "record" if count > 2 or not _only_counts(row, header) else "blank"
    return _kind_of_single(row, header)


def _kind_of_single(row: list[Cell], header: Header) -> str:
    """A row of one filled cell: a person of whom nothing else is written, a prefilled number, or a note.

    In doubt it is a record, which then waits in quarantine for a person to look at.
    """
    index, cell = next((i, c) for i, c in enumerate(row) if not empty(c))
    name = next((n for n, places in header.fields.items() if index in (i for i, _ in places)), None)
    if name is None or name == "number" or isinstance(cell, datetime.date | datetime.time):
        return "blank" if not isinstance(cell, str) or cell.strip().isdigit() else "note"
    if name in _WHO or index == min(i for places in header.fields.values() for i, _ in places):
        is_person = isinstance(cell, str) and _PERSON.fullmatch(cell.strip()) and cell.strip()[0].isupper()
        return "record" if (name == "name" and is_person) or (name == "record_id" and _is_id(cell)) else "note"
    return "record"


@overlay.cached()
def _sum_words() -> frozenset[str]:
    return frozenset(words.split()[0] for words in columns().subtotals)


def _is_id(cell: Cell) -> bool:
    return not isinstance(cell, str) or bool(re.fullmatch(r"[\w/-]*\d[\w/-]*", cell.strip()))


def _only_counts(row: list[Cell], header: Header) -> bool:
    """Whether all filled cells stand under "№": rows numbered in advance."""
    numbers = {i for i, _ in header.fields.get("number", [])}
    return bool(numbers) and all(i in numbers for i, cell in enumerate(row) if not empty(cell))


def _has_date(row: list[Cell]) -> bool:
    return any(isinstance(cell, datetime.date) for cell in row)


def looks_like_header(row: list[Cell], header: Header) -> bool:
    """Whether one of the first cells of a row below `header` is a header: a quick look before the thorough one."""
    texts = [text for cell in row[:header.width] if (text := _text(cell))]
    return any(columns().field(text, header.table) for text in texts[:3])


def header_at(rows: list[list[Cell]], position: int, hint: str | None) -> Header | None:
    """The header that begins at `position`, over one row or two, or None."""
    alone = _header(rows, position, 1, hint)
    below = _header(rows, position + 1, 1, hint) if position + 1 < len(rows) else None
    both = _header(rows, position, 2, hint) if position + 1 < len(rows) and _all_text(rows[position + 1]) else None
    if both and _known(both) > max(_known(alone), _known(below)):
        return both
    # A title that happens to hold a known word must not hide the header below it.
    return alone if _known(alone) >= _known(below) else None


def _known(header: Header | None) -> int:
    return sum(map(len, header.fields.values())) if header else 0


def _all_text(row: list[Cell]) -> bool:
    return all(isinstance(cell, str) or cell is None for cell in row) and filled(row) > 1


def _header(rows: list[list[Cell]], position: int, height: int, hint: str | None) -> Header | None:
    """The header in `height` rows from `position`, if enough of them is known to make a table."""
    width = max(len(row) for row in rows[position:position + height])
    top = [_text(c) for c in rows[position]] + [""] * (width - len(rows[position]))
    low = [_text(c) for c in rows[position + height - 1]]
    low += [""] * (width - len(low))
    forms = _forms(top, low) if height == 2 else [_alone(text) for text in top]
    if sum(map(bool, forms)) < 2:
        return None
    beside = _beside(top if height == 1 else low)
    read = forms[:beside]
    table = _table([_field(options, columns(), "") for options in read], hint)
    names = [_field(options, columns(), table) for options in read]
    texts = tuple(" ".join(p for p in (a, b if height == 2 else "") if p) for a, b in zip(top, low, strict=True))
    fields: dict[str, list[tuple[int, str]]] = {}
    for index, name in enumerate(names):
        if name:
            fields.setdefault(name, []).append((index, texts[index]))
    known, used = sum(map(bool, names)), sum(map(bool, read))
    # A profile names the columns that matter, however many others stand beside them.
    enough = 2 * known >= used or known >= ENOUGH or overlay.current() is not None
    if known < 2 or not enough or not _is_table(fields):
        return None
    unknown = [(i, texts[i]) for i, name in enumerate(names) if not name]
    return Header(position, height, width, table, fields, unknown, tuple(top), beside)


def _is_table(fields: dict) -> bool:
    return any(who in fields for who in _WHO) and any(
        f not in (*_WHO, "number") and columns().kinds[f] != "ignore" for f in fields)


def _forms(top: list[str], low: list[str]) -> list[list[tuple[str, str | None]]]:
    """For each column of a header of two rows the texts it may stand for, surest first, each with the table that the
    upper row names ("Verdict" over "Date", "Court"). A merged cell holds its text in its first column only."""
    forms: list[list[tuple[str, str | None]]] = []
    over = ""
    for upper, lower in zip(top, low, strict=True):
        over = upper or (over if lower else "")
        if lower and over:
            table = table_named(over)
            forms.append([(f"{over} {lower}", None), (f"{lower} {over}", None), (lower, table)])
        else:
            forms.append(_alone(lower or upper))
    return forms


def _alone(text: str) -> list[tuple[str, str | None]]:
    return [(text, None)] if text else []


def _field(options: list[tuple[str, str | None]], vocabulary: Columns, table: str) -> str | None:
    return next((f for text, named in options if (f := vocabulary.field(text, named or table))), None)


def _beside(texts: list[str]) -> int | None:
    """Where a second table begins: after an empty column, with headers of the first one again, one of who it is."""
    for gap in (i for i in range(2, len(texts) - 1) if not texts[i] and texts[i + 1]):
        left = {columns().field(t) for t in texts[:gap] if t}
        right = {columns().field(t) for t in texts[gap + 1:] if t}
        if any(who in left and who in right for who in _WHO) and len(right - {None}) > 1:
            return gap + 1
    return None


def _table(names: list[str | None], hint: str | None) -> str:
    """The table that columns of these fields make; `hint` is what the sheet, its title or its file is called.

    Dates tell what happened; dates of two kinds make a list of cases whatever its name. A list with a status is one
    of cases too: it tells what became of each person.
    """
    if laid := overlay.current():
        return laid.profile.table
    dated = {DATES[n] for n in names if n in DATES}
    if hint == "cases" or len(dated) > 1 or (hint is None and "status" in names):
        return "cases"
    if hint:
        return hint if dated <= {hint} else "cases"
    told = dated or {_FACTS[n] for n in names if n in _FACTS}
    return told.pop() if len(told) == 1 else "cases"


def _text(cell: Cell) -> str:
    """A cell of a header as text: dates, numbers and long texts head no column."""
    return cell.strip() if isinstance(cell, str) and len(cell) <= LONGEST_HEADER and not empty(cell) else ""


@overlay.cached(1000)
def table_named(name: str) -> str | None:
    """The table a sheet, a title or a file of this name holds: all of it is an alias in tables.csv, or the aliases
    among its words agree."""
    lookup = code_list("tables").lookup
    whole = fold(name)
    if whole in lookup:
        return lookup[whole]
    words = re.split(r"[\s.,_-]+", whole)
    spans = (" ".join(words[i:i + n]) for n in (1, 2, 3) for i in range(len(words)))
    found = {lookup[s] for s in spans if s in lookup} - {None}
    # "List of sentences": a list of anything is a list of cases only if nothing better is said.
    told = found - {"cases"} or found
    return told.pop() if len(told) == 1 else None


def table_titled(rows: list[list[Cell]]) -> str | None:
    """The table named by a title: a single cell in one of the first rows, above any header."""
    for row in rows[:TITLE_ROWS]:
        cells = [c for c in row if not empty(c)]
        if len(cells) > 1:
            return None
        if cells and isinstance(cells[0], str) and (found := table_named(cells[0][:200])):
            return found
    return None
