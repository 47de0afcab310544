"""The first draft of a profile: what each column of an unknown list seems to be, for a person to correct.

A draft may be mailed around, so nothing of a row goes into it: headers, shares of cells and numbers only, not even the
values of a column that has few. A list without a header has none to show, and is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from etl import articles, dates, headers, layout, profiles, punishment
from etl.codes import code_list, fold
from etl.patterns import ProfileError
from etl.read import Cell, Sheet, read_file

_ROWS = 2_000
"""So many rows tell what a column holds."""
_MOST = 0.6
"""From this share on, what cells are read as counts as what the column holds."""
_ALIKE = 88
_HEADER_ROWS = 15

_CITED = {
    "us": re.compile(r"\d+\s?U\.?\s?S\.?\s?C", re.IGNORECASE),
    "ru": re.compile(r"КоАП|УК РФ|\bст\.\s?\d", re.IGNORECASE),
    "plain": re.compile(r"(?:\bart(?:s|icle|icles|ículo|ikel)?\b\.?|§|\bsec(?:s|tion|tions)?\b\.?)\s?\d", re.IGNORECASE),
}
_GRAMMARS = {
    "us": (r"(?P<title>\d{1,2})\s?U\.?\s?S\.?\s?C\.?\s{0,2}(?:§{1,2})?\s{0,2}(?P<article>\d{1,5}[a-z]?)"
           r"(?P<part>(?:\s?\([a-z0-9]{1,4}\)){0,5})", "{title}-{article}.{part}"),
    "ru": (r"(?:ч\.?\s?(?P<before>\d)\s{0,2})?(?:ст\.?\s?)?(?P<article>\d{1,3}(?:\.\d{1,2}){0,2})(?:\s{0,2}ч\.?\s?(?P<part>\d))?",
           "{article}.{before}{part}"),
    "plain": (r"(?P<article>\d{1,4}[a-z]?)(?:\s?\((?P<part>\d{1,2})\))?", "{article}.{part}"),
}
_NAME = re.compile(r"[^\W\d_][\w.'’ʼ`-]*(?:,?\s+[^\W\d_][\w.'’ʼ`-]*){1,4}")
_URL = re.compile(r"https?://\S+|www\.\S+")
_DATE_WORDS = {
    "birth_date": r"birth|born|рожд|нарадж", "detained_on": r"arrest|detain|detention|задерж|затрым|арест|арышт",
    "charged_on": r"charge|indict|обвин|абвін", "sentenced_on": r"sentence|verdict|convict|пригов|прысуд|вырак|осужд",
    "released_on": r"release|pardon|освобо|вызвал|помил|паміл|commut", "reported_on": r"added|updat|report|добав|внес|дада",
}
_FITS = {"date": "date", "articles": "articles", "term": "term", "punishment": "term", "region": "place", "sex": "sex",
         "boolean": "yes or no", "outcome": "outcome"}
"""Kinds of columns (etl.headers) whose cells can be held against what they should be."""


@dataclass
class _Column:
    """One column: `header`, the share of its filled cells that can be read as each kind, and what it seems to be."""

    header: str
    cells: list[Cell]
    shares: dict[str, float]
    field: str = ""
    why: str = ""
    doubtful: bool = False


def draft(path: Path, today: datetime) -> str:
    """The profile of the list in `path` as TOML. Raises ProfileError if there is no table with a header in it."""
    result = read_file(path)
    if not result.sheets:
        raise ProfileError(" ".join(p.message for p in result.problems) or f"{path.name} can't be read.")
    return of_sheet(max(result.sheets, key=lambda s: len(s.rows)), today.date())


def of_sheet(sheet: Sheet, today: date) -> str:
    """The profile of the list on a sheet as TOML. Raises ProfileError if there is no table with a header on it."""
    columns = _columns(sheet, _header(sheet), today)
    for column in columns:
        _guess(column)
    _settle(columns)
    text = _written(columns)
    profiles.parse(text, "draft")  # what is handed out can be used as it is
    return text


# The header ---------------------------------------------------------------------------------------------------------

def _header(sheet: Sheet) -> int:
    """The position of the header: the first of the top rows that is text only and says nothing of a person."""
    for position, row in enumerate(sheet.rows[:_HEADER_ROWS]):
        texts = [cell.strip() for cell in row if isinstance(cell, str) and cell.strip()]
        if len(texts) < 2 or len(texts) < layout.filled(row):
            continue
        if not _says_of_somebody(texts) and not _repeats_below(sheet, position):
            return position
        break
    raise ProfileError(f"No header was found in {sheet.file}: its first row with several cells seems to hold a record. Put a row "
                       "with the names of the columns above it.")


def _says_of_somebody(texts: list[str]) -> bool:
    """Whether cells look like those of a record: figures as in dates and ids, addresses, given names, text of length."""
    given = code_list("given_names").lookup
    if len({fold(t) for t in texts}) < len(texts):
        return False  # a header over two tables may repeat itself; a record hardly does
    return any(re.search(r"\d{4}|\d[./-]\d|@", t) or _URL.search(t) or len(t) > layout.LONGEST_HEADER
               or any(given.get(fold(word)) for word in re.split(r"[\s,]+", t)) for t in texts)


def _repeats_below(sheet: Sheet, position: int) -> bool:
    """Whether most cells of a row stand in their column again: then they are values, not names of columns."""
    row, below = sheet.rows[position], sheet.rows[position + 1:position + 1 + _ROWS]
    filled = [i for i, cell in enumerate(row) if isinstance(cell, str) and cell.strip()]
    again = sum(any(i < len(other) and other[i] == row[i] for other in below) for i in filled)
    return 2 * again > len(filled)


def _columns(sheet: Sheet, position: int, today: date) -> list[_Column]:
    width = len(sheet.rows[position])
    below = sheet.rows[position + 1:position + 1 + _ROWS]
    found = []
    for index in range(width):
        header = sheet.rows[position][index]
        if not isinstance(header, str) or not fold(header):
            continue
        cells = [row[index] for row in below if index < len(row) and not layout.empty(row[index])]
        found.append(_Column(" ".join(header.split()), cells, _shares(cells, today)))
    return found


def _shares(cells: list[Cell], today: date) -> dict[str, float]:
    """The share of cells that can be read as each kind, those above nothing."""
    if not cells:
        return {}
    order = dates.day_first({cell for cell in cells if isinstance(cell, str)})
    tests: dict[str, Callable[[Any], bool]] = {
        "date": lambda c: _is_date(c, today, True if order is None else order),
        "number": lambda c: isinstance(c, int | float) or bool(re.fullmatch(r"\d+(?:[.,]\d+)?", str(c).strip())),
        "term": lambda c: _is_term(str(c)), "sex": _in_list("sexes"), "yes or no": _in_list("booleans"),
        "outcome": _in_list("outcomes"), "place": _in_list("regions"), "address": lambda c: bool(_URL.match(str(c).strip())),
        "articles": lambda c: any(p.search(str(c)) for p in _CITED.values()) or _is_article(str(c)),
        "name": lambda c: _is_name(str(c)),
    }
    shares = {kind: sum(map(test, cells)) / len(cells) for kind, test in tests.items()}
    return {kind: share for kind, share in shares.items() if share}


def _is_date(cell: Cell, today: date, order: bool) -> bool:
    if isinstance(cell, str) and re.fullmatch(r"\s*\d{1,3}\s*", cell):
        return False
    return dates.parse(cell, today, order).date is not None and not isinstance(cell, bool)


def _is_term(text: str) -> bool:
    told = punishment.parse(text[:500])
    return not told.problem and (told.term_months is not None or bool(told.punishments) or told.life is not None)


def _is_article(text: str) -> bool:
    return bool(re.search(r"[^\W\d]", text)) and not articles.parse(text[:500]).problem


def _is_name(text: str) -> bool:
    text = text.strip()
    words = re.split(r"[\s,]+", text)
    return bool(_NAME.fullmatch(text)) and sum(w[:1].isupper() for w in words) >= 2


def _in_list(name: str) -> Callable[[Any], bool]:
    return lambda cell: code_list(name).find(str(cell)) is not None


# The guesses --------------------------------------------------------------------------------------------------------

def _guess(column: _Column) -> None:
    """What a column seems to be: by its header, which is read so with or without a profile; else by its cells."""
    if by_header := headers.columns().field(column.header):
        column.field, column.why = by_header, "by its header"
        if not _agrees(column, by_header):
            column.why += ", but few of its cells could be read; write its words below"
            column.doubtful = True
        return
    if (near := _near(column.header)) and _agrees(column, near):
        column.field, column.why = near, "its header is like a known one"
        return
    surest = max(column.shares, key=lambda k: column.shares[k], default="")
    if column.shares.get(surest, 0) < _MOST:
        return
    found = {"sex": "sex", "term": "sentence_text", "place": "region", "address": "url", "outcome": "outcome",
             "name": "name" if len({str(c) for c in column.cells}) > 0.5 * len(column.cells) else ""}.get(surest, "")
    if column.shares.get("articles", 0) >= _MOST and surest in ("articles", "term", "name"):
        found = "articles"
    if surest == "date":
        found = next((f for f, words in _DATE_WORDS.items() if re.search(words, fold(column.header))), "a date")
    column.field, column.why = found, "by its cells"


def _agrees(column: _Column, field: str) -> bool:
    kind = headers.columns().kinds[field]
    return kind not in _FITS or not column.cells or column.shares.get(_FITS[kind], 0) >= _MOST


def _near(header: str) -> str | None:
    """The field of the known header most like this one."""
    known = {key[0]: field for key, field in headers.columns().aliases.items() if len(key[0]) > 4}
    best = process.extractOne(fold(header), list(known), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return known[best[0]] if best else None


def _settle(columns: list[_Column]) -> None:
    """Make one whole of the guesses: each field once (but for lists of articles), one date, one column that says who."""
    taken: set[str] = set()
    for column in columns:
        if column.field in taken and column.field not in ("articles", "ignore", "a date"):
            column.field = ""
        taken.add(column.field)
    undecided = [c for c in columns if c.field == "a date"]
    for column in undecided:
        free = not taken & set(layout.DATES)
        column.field = "charged_on" if free else ""
        column.why += "; which date it is must be told"
        taken.add(column.field)
    if not taken & {"name", "record_id", "url"}:
        distinct = [c for c in columns if c.cells and len({str(v) for v in c.cells}) == len(c.cells) and not c.field]
        if not distinct:
            raise ProfileError("No column of this list seems to say whose record a row is (a name, an id or an address).")
        distinct[0].field, distinct[0].why = "record_id", "no cell comes twice"


# The text -----------------------------------------------------------------------------------------------------------

def _written(columns: list[_Column]) -> str:
    known = [c for c in columns if c.field]
    kinds = headers.columns().kinds
    read = [c for c in known if kinds[c.field] != "ignore"]
    left_out = [c.header for c in known if kinds[c.field] == "ignore"]
    lines = [
        "# Draft of a profile, guessed from the columns of a list. Correct it, then try it; nothing is changed by",
        "#   python -m etl check --profile THIS-FILE.toml FILE",
        "# Behind each guess stands the share of its filled cells that can be read as such. The draft holds no cell of the list.",
        "", 'title = "A list from elsewhere"',
        'jurisdiction = "XX"        # the country, ISO 3166-1: US, RU, GE. Lists of two countries are never counted in one record',
        'place = "an unnamed place" # the country as it stands in titles',
        f"table = {_toml(_table(known))}            # what a row is: cases (the whole course of one), charges, sentences or releases",
        f"headers = {_toml([c.header for c in columns[:4]])}    # by which such a file is known",
    ]
    order = _order(columns)
    lines.append(f"date_order = {_toml(order)}    # the dates show it" if order else
                 'date_order = ""            # day-month or month-day: the dates don\'t decide 03/04/2021')
    lines += ["", "# field = header, or [headers]. docs/data-dictionary.md explains the fields.", "[columns]"]
    for field in dict.fromkeys(c.field for c in read):
        same = [c for c in read if c.field == field]
        value = _toml(same[0].header if len(same) == 1 else [c.header for c in same])
        lines.append(f"{field} = {value}    # {same[0].why}: {_shown(same[0])}")
    if left_out:
        lines.append(f"ignore = {_toml(left_out)}    # free text, photos and the like")
    unknown = [c for c in columns if not c.field]
    if unknown:
        lines += ["# Not understood; write a field for each, or put its header into ignore:"]
        lines += [f"# ? = {_toml(c.header)}    # {_shown(c)}, {_different(c)}" for c in unknown]
    if doubtful := [c.field for c in read if c.doubtful]:
        lines += ["", "# A cell that can't be read: flag takes the row without it, quarantine keeps the row out until it is mended.",
                  "[if_unreadable]", *(f'{field} = "flag"' for field in dict.fromkeys(doubtful))]
    lines += ["", *_further(read)]
    return "\n".join(lines) + "\n"


def _shown(column: _Column) -> str:
    best = sorted(column.shares.items(), key=lambda item: -item[1])[:3]
    told = ", ".join(f"{share:.0%} {kind}" for kind, share in best if share >= 0.05)
    return f"{len(column.cells):,} filled cells" + (f", {told}" if told else "")


def _different(column: _Column) -> str:
    count = len({str(cell) for cell in column.cells})
    return f"{count} different values" if count <= 20 else "more than 20 different values"


def _order(columns: list[_Column]) -> str:
    shown = [dates.day_first({c for c in column.cells if isinstance(c, str)}) for column in columns
             if column.shares.get("date", 0) >= _MOST]
    decided = {"day-month" if first else "month-day" for first in shown if first is not None}
    return decided.pop() if len(decided) == 1 else ""


def _table(known: list[_Column]) -> str:
    dated = {layout.DATES[c.field] for c in known if c.field in layout.DATES}
    return dated.pop() if len(dated) == 1 else "cases"


def _further(read: list[_Column]) -> list[str]:
    """The sections that a person has to fill, with what is known of them."""
    lines = []
    cited = [c for c in read if c.field == "articles"]
    if cited:
        texts = [str(cell) for c in cited for cell in c.cells]
        fits = {name: sum(bool(p.search(t)) for t in texts) for name, p in _CITED.items()}
        best = max(fits, key=lambda name: fits[name])
        pattern, code = _GRAMMARS[best if fits[best] else "plain"]
        lines += ["# How an article is found in the text (groups), and how its code is written; before the dot the article, behind",
                  "# it its part. Charges in words: [articles.codes] with CODE = { label = \"…\", aliases = [\"…\"] }",
                  "[articles]", f"pattern = '{pattern}'", f"code = {_toml(code)}", ""]
    lines += ["# What every row is, where the list does not say: outcome = \"pardon\"", "[constants]", "",
              "# Words of this list: [words.outcomes], [words.punishments] (CODE = { label = \"…\", aliases = [\"…\"] });",
              "# places by ISO 3166-2: [places] with \"US-NY\" = { label = \"New York\", aliases = [\"NY\"] }",
              "[places]", ""]
    if any(c.field in ("sentence_text", "penalty_text", "punishment") for c in read):
        lines += ["# Sentences: years = [\"years\"], bare = \"imprisonment\" (a term without a word), beside = [\"fine\"]", "[terms]", ""]
    return lines[:-1]


def _toml(value: str | list[str]) -> str:
    """A text or list of texts as TOML, whose basic strings are JSON's."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
