"""Tables in text files: CSV in the encoding and with the delimiter it came in, HTML and XML tables under any name."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from etl import html_tables
from etl.csv_records import Records
from etl.sandbox import ROWS_AT_ONCE, Message

_SAMPLE = 200_000
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_EIGHT_BIT = ("cp1251", "cp866", "koi8_r", "koi8_u", "iso8859_5", "cp1252")
_CONTROL = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1a\x1b"))
_SEP = re.compile(r"sep=(.)\r?\n?\Z", re.IGNORECASE)
_BY_FREQUENCY = "оаеинітсрвлкмдпуяыўьгзбчйхжшюцщэфёъ"
_WEIGHT = {letter: 3 - 3 * rank / len(_BY_FREQUENCY) for rank, letter in enumerate(_BY_FREQUENCY)}
"""The letters of Belarusian and Russian, the commonest first: in a wrong encoding rare ones become the commonest."""


class NotText(ValueError):
    """The file holds no text; the message says so to people."""


def messages(path: Path) -> Iterator[Message]:
    """The sheets of the text file at `path`: one of a CSV, one for each table of an HTML page."""
    with path.open("rb") as file:
        encoding, unreadable = encoding_of(file)
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        sample = text.read(_SAMPLE)
        text.seek(0)
        if html_tables.is_markup(sample):
            yield from html_tables.messages(text)
        else:
            yield "sheet", ""
            yield from _csv(text, sample)
    if unreadable:
        yield "problem", "letters-unreadable", {"found": f"{unreadable:,}", "expected": encoding.upper()}


def _csv(text: io.TextIOBase, sample: str) -> Iterator[Message]:
    # A cell may be longer than any program writes; what is too long is cut and said by etl/parse.py.
    csv.field_size_limit(2**31 - 1)
    first = sample[:8].split("\n", 1)[0]
    if sep := _SEP.match(first.rstrip("\r\n")):
        text.readline()
        delimiter = sep[1]
    else:
        delimiter = delimiter_of(sample)
    records = Records(text, delimiter, 2 if sep else 1)
    rows = iter(records)
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        yield "rows", chunk
    for mark in records.opened:
        yield "problem", "quote-not-closed", {"row": mark.row + 1, "column_index": mark.column, "found": f"{mark.swallowed:,}",
                                              "expected": f"{mark.line:,}"}


def delimiter_of(sample: str) -> str:
    """The delimiter of the CSV text `sample` begins: the one that cuts most rows into equally many cells.

    Commas inside sentences cut unevenly, so they lose to the tabs or semicolons that stand in every row.
    """
    best, best_score = ",", 0.0
    for delimiter in "\t;,|":
        widths = Counter(len(row) for row in islice(Records(io.StringIO(sample, newline=""), delimiter), 200) if row)
        widths.pop(1, None)
        if widths:
            width, times = widths.most_common(1)[0]
            near = sum(n for w, n in widths.items() if abs(w - width) <= 1)
            score = near * (1 + width / 100) + times / 1000
            if score > best_score:
                best, best_score = delimiter, score
    return best


def encoding_of(file: io.BufferedIOBase) -> tuple[str, int]:
    """The encoding of a text file, and how many of its characters can't be read in it.

    A byte order mark decides; else the text is UTF-8 if all of it can be, but for a few broken places; else UTF-16 by
    its zero bytes; else the 8-bit encoding in which it looks most like Belarusian, Russian or English. Raises NotText.
    """
    head = file.read(_SAMPLE)
    file.seek(0)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, _broken(file, name)[1]
    if (wide := _wide(head)) is not None:
        return wide, _broken(file, wide)[1]
    if len(head.translate(None, _CONTROL)) < 0.99 * len(head):
        raise NotText("it is neither a spreadsheet nor text")
    beyond, broken = _broken(file, "utf-8")
    if broken == 0 or broken * 20 < beyond:
        return "utf-8", broken
    letters = bytes(b for b in _pieces(head) if b)
    return max(_EIGHT_BIT, key=lambda name: (_looks_right(letters.decode(name, "replace")), -_EIGHT_BIT.index(name))), 0


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Latin letters and digits, and of Cyrillic letters, is 0 or 4."""
    high = {0, 4}
    half = max(len(head) // 2, 1)
    if head.count(0) * 20 < half:
        return None
    odd, even = sum(b in high for b in head[1::2]), sum(b in high for b in head[::2])
    if max(odd, even) < 0.9 * half:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _chunks(file: io.BufferedIOBase) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(1 << 20), b"")


def _broken(file: io.BufferedIOBase, encoding: str) -> tuple[int, int]:
    """(characters beyond ASCII, broken places) of a file read in `encoding`."""
    beyond = broken = 0

    def count(error: UnicodeError) -> tuple[str, int]:
        nonlocal broken
        broken += 1
        return "", error.end  # type: ignore[attr-defined]

    codecs.register_error("vyrak-count", count)
    decoder = codecs.getincrementaldecoder(encoding)("vyrak-count")
    for chunk in _chunks(file):
        text = decoder.decode(chunk)
        beyond += len(text) - len(text.encode("ascii", "ignore"))
    decoder.decode(b"", True)
    return beyond, broken


def _pieces(head: bytes) -> bytes:
    """The words of a sample that hold bytes beyond ASCII: the others say nothing of its encoding."""
    return b" ".join(word for word in re.split(rb"[\s,;|\t]+", head) if not word.isascii())[:20_000]


def _looks_right(text: str) -> float:
    """How much `text` looks like words: Cyrillic letters, the common ones often, no change of case or of alphabet
    within a word, no signs for drawing boxes."""
    score = 0.0
    for a, b in zip(" " + text, text, strict=False):
        lower = b.lower()
        if lower in _WEIGHT:
            score += _WEIGHT[lower] * (1 if b == lower else 0.95)
        elif b.isascii():
            continue
        elif b.isalpha():
            score += 0.5 if a.isascii() and a.isalpha() else -1
        else:
            score -= 2 if b not in "«»“”„–—№…’ \xa0°" else 0
        if (a.islower() and b.isupper()) or (a.isascii() and a.isalpha() and lower in _WEIGHT):
            score -= 3
    return score
