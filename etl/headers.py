"""What a column's header means: `vocabulary/columns.csv`, which staff edit.

One line of it is one canonical field, for any table (`table` empty) or for one table only: a bare "Date" means
another date in a list of charges than in a list of pardons. Lines without a field list words of two kinds: `filler`,
which add nothing to a header ("if known"), and `subtotal`, with which a row of sums begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from etl import overlay
from etl.codes import FOLDER, VocabularyError, fold, read_csv

KINDS = frozenset(("text", "date", "articles", "term", "punishment", "region", "court", "outcome", "sex", "status",
                   "boolean", "number", "count", "citizenship", "prison", "url", "ignore"))
WORDS = ("filler", "subtotal")
TABLES = ("cases", "charges", "sentences", "releases")
_COUNTER = re.compile(r"[\s/._-]*\d+$")
_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]?")
_SEVERAL = re.compile(r"[\n\r/|]+")


@dataclass(frozen=True, eq=False)
class Columns:
    """`kinds` and `if_unreadable` by field; `aliases`: (folded header, table or "") → field; the folded words."""

    kinds: dict[str, str]
    if_unreadable: dict[str, str]
    aliases: dict[tuple[str, str], str]
    fillers: frozenset[str]
    subtotals: frozenset[str]

    def field(self, header: str, table: str = "") -> str | None:
        """The field `header` stands for in `table` ("" knows only what holds for every table), or None.

        Tried in turn, from the surest: the header as it is; without brackets, filler words and a counter at its end
        ("articles/0"); each part of a header in two languages, if all that are known agree.
        """
        return _field(self, header, table)

    def is_subtotal(self, text: str) -> bool:
        """Whether a row that begins with `text` holds sums: "Total", "Усяго па Мінску", "Итого:"."""
        return bool(_begins_with(fold(text), self.subtotals))

    def _known(self, folded: str, table: str) -> str | None:
        return self.aliases.get((folded, table)) or self.aliases.get((folded, ""))


def _fold_header(text: str) -> str:
    return fold(text).replace(" / ", "/")


@lru_cache(maxsize=20_000)
def _field(columns: Columns, header: str, table: str) -> str | None:
    for form in (header, _COUNTER.sub("", header), _BRACKETS.sub(" ", header)):
        key = _fold_header(form)
        found = columns._known(key, table) or columns._known(_without_fillers(key, columns.fillers), table)
        if found:
            return found
    parts = {columns._known(_fold_header(part), table) for part in _SEVERAL.split(_BRACKETS.sub(" ", header))} - {None}
    return parts.pop() if len(parts) == 1 else None


def _begins_with(folded: str, words: frozenset[str]) -> bool:
    pieces = folded.replace(".", " ").replace(",", " ").split()
    return any(" ".join(pieces[:n]) in words for n in (1, 2))


def _without_fillers(folded: str, fillers: frozenset[str]) -> str:
    words = [w for w in re.split(r"[\s,]+", folded) if w]
    kept, i = [], 0
    while i < len(words):
        run = next((n for n in (3, 2, 1) if " ".join(words[i:i + n]) in fillers), 0)
        kept += [] if run else [words[i]]
        i += run or 1
    return " ".join(kept).strip(" .,-")


def columns(folder: Path = FOLDER) -> Columns:
    """The vocabulary of columns in `<folder>/columns.csv`, with what the profile in use lays over it.

    Raises VocabularyError if a line has an unknown kind or table, or gives one header to two fields.
    """
    laid = overlay.current()
    return _columns(folder) if laid is None else _laid_over(folder, laid)


NOT_READ = "ignore"
"""The field of headers that a profile leaves out on purpose."""


def source(number: int) -> str:
    """The field of a column out of whose text a profile takes its extract `number`; no field of the canonical tables."""
    return f"from {number}"


@lru_cache
def _laid_over(folder: Path, laid: overlay.Overlay) -> Columns:
    """The columns under a profile: a header that it names means what it says, in any table."""
    known, profile = _columns(folder), laid.profile
    own = {_fold_header(header): field for field, headers in profile.columns.items() for header in headers}
    sources: dict[str, str] = {}
    for number, extract in enumerate(profile.extract):
        sources.setdefault(_fold_header(extract.source), source(number))
    named = own | sources
    aliases = {key: field for key, field in known.aliases.items() if key[0] not in named}
    kinds = known.kinds | {NOT_READ: "ignore"} | dict.fromkeys(sources.values(), "text")
    return Columns(kinds, known.if_unreadable | profile.if_unreadable | dict.fromkeys(sources.values(), "flag"),
                   aliases | {(header, ""): field for header, field in named.items()}, known.fillers, known.subtotals)


@lru_cache
def _columns(folder: Path) -> Columns:
    frame = read_csv("columns", folder)
    missing = [c for c in ("field", "table", "kind", "if_unreadable", "aliases") if c not in frame.columns]
    if missing:
        raise VocabularyError(f"columns.csv lacks the column {missing[0]!r}.")
    kinds: dict[str, str] = {}
    severity: dict[str, str] = {}
    aliases: dict[tuple[str, str], str] = {}
    words: dict[str, set[str]] = {kind: set() for kind in WORDS}
    for number, line in enumerate(frame.to_dict("records"), start=2):
        if line["field"]:
            _check_line(line, number)
            _must_agree(kinds, line["field"], line["kind"], number)
            _must_agree(severity, line["field"], line["if_unreadable"], number)
            for alias in line["aliases"].split("|"):
                _must_agree(aliases, (_fold_header(alias), line["table"]), line["field"], number)
        elif line["kind"] in WORDS:
            words[line["kind"]] |= {fold(word) for word in line["aliases"].split("|")} - {""}
        else:
            raise VocabularyError(f"columns.csv, line {number}: the field is missing.")
    # A header without any letter (only a sign that folding takes away, like "#") must not stand for a field.
    known = {key: field for key, field in aliases.items() if key[0]}
    return Columns(kinds, severity, known, frozenset(words["filler"]), frozenset(words["subtotal"]))


def _check_line(line: dict[str, str], number: int) -> None:
    allowed = {"kind": KINDS, "table": ("", *TABLES), "if_unreadable": ("quarantine", "flag")}
    for column, values in allowed.items():
        if line[column] not in values:
            raise VocabularyError(f"columns.csv, line {number}: {column} is {line[column]!r}; "
                                  f"write one of {', '.join(v for v in sorted(values) if v)}.")


def _must_agree(known: dict, key: object, value: str, number: int) -> None:
    if known.setdefault(key, value) != value:
        shown = key[0] if isinstance(key, tuple) else key
        raise VocabularyError(f"columns.csv, line {number}: {shown!r} stands for {known[key]!r} and for {value!r}. "
                              "Keep it in one of the two lines.")
