"""How much room words take in a picture, and how they are broken into lines, without a browser or a font file.

A picture drawn on the server is read in whatever font the reader's system has. So widths are those of DejaVu Sans, the widest
of the common system fonts: what fits in it fits in Segoe UI, Roboto, Helvetica and Arial too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

LINE = 1.2
"""Height of a line, in parts of the size of its letters."""
_BOLD = 1.13
_WIDTHS = {c: hundredths / 100 for hundredths, letters in {
    25: "'", 30: " ,.IJijlІЇЈіїј’·", 35: "-/:;\\f|", 40: "!()[]rt", 45: '"', 50: "*_`szѕ–▾“”śźžš", 55: "?Lcгзсэѓєćčґ",
    60: "FPTYaekovxyЎГРТУабвекотухчьяёў«»", 65: "$0123456789EKSbdghnpqu{}ЁЅЕЗийлнпрћŭ", 70: "ABCRVXZЄЌАБВКСХЧЬЭЯдцъ",
    75: "DGHNUЏИЙЛНПм", 80: "&OQwДОЦы", 85: "#+<=>M^~МФЪфю≥≤→", 90: "Ыжш", 95: "%mщ", 100: "@W—…", 105: "Ш", 110: "ЖЩЮ",
}.items() for c in letters}
_OTHER, _WIDE = 0.72, 1.05
# Marks that turn the direction of text could make a label read as something else; the rest is not allowed in XML.
_UNSAFE = re.compile("[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
                     "\ud800-\udfff\ufffe\uffff\U000e0000-\U000e0fff]")
_TAG = re.compile(r"(<br ?/?>|</?b>|</?i>)")


@dataclass(frozen=True)
class Word:
    """A piece of text of one weight."""

    text: str
    bold: bool = False


Line = tuple[Word, ...]


def clean(text: object) -> str:
    """The text without control characters, marks that turn its direction, and anything else XML can't hold."""
    return _UNSAFE.sub("", str(text)).replace("\n", " ").replace("\t", " ").replace("\r", " ")


def lines(text: object, bold: bool = False) -> list[Line]:
    """The lines of a text in the markup that Plotly knows: `<b>`, `<br>` and entities; `<i>` is read over. What looks like any
    other tag is text."""
    done: list[Line] = []
    now: list[Word] = []
    heavy = bold
    for part in _TAG.split(clean(text)):
        if part.startswith("<br") and _TAG.fullmatch(part):
            done, now = [*done, tuple(now)], []
        elif part in ("<b>", "</b>"):
            heavy = bold or part == "<b>"
        elif part and part not in ("<i>", "</i>"):
            now.append(Word(clean(html.unescape(part)), heavy))
    return [*done, tuple(now)]


def width(line: Sequence[Word], size: float) -> float:
    """How wide a line is, in pixels."""
    return sum(_em(word.text) * (_BOLD if word.bold else 1) for word in line) * size


def wrapped(text: object, size: float, room: float, most: int = 99) -> list[Line]:
    """The lines of a text broken anew so that none is wider than `room` pixels; a word that is wider alone is cut, and so is
    what would be a line past `most`, with "…". A line break of the text stays where all lines fit, and after a first line in bold
    (a number over its name)."""
    whole = lines(text)
    if len(whole) <= most and all(width(line, size) <= room for line in whole):
        return whole
    if most > len(whole) > 1 and all(word.bold for word in whole[0]) and width(whole[0], size) <= room:
        return [whole[0], *_broken(whole[1:], size, room, most - 1)]
    return _broken(whole, size, room, most)


def _broken(whole: Sequence[Line], size: float, room: float, most: int) -> list[Line]:
    words = [Word(piece, word.bold) for line in whole for word in line for piece in word.text.split()]
    done: list[list[Word]] = [[]]
    for word in words:
        longer = [*done[-1], Word(f"{' ' if done[-1] else ''}{word.text}", word.bold)]
        if done[-1] and width(longer, size) > room:
            done.append([word])
        else:
            done[-1] = longer
    if len(done) > most:
        done, rest = done[:most], done[most]
        done[-1] = [*done[-1], Word(f" {rest[0].text} …", rest[0].bold)]
    return [_cut(line, size, room) for line in done]


def _cut(line: list[Word], size: float, room: float) -> Line:
    """The line, or as much of it as has room, with "…" at its end."""
    if width(line, size) <= room:
        return tuple(line)
    kept = list(line)
    while kept and width([*kept, Word("…")], size) > room:
        last = Word(kept[-1].text[:-1], kept[-1].bold)
        kept = [*kept[:-1], last] if last.text else kept[:-1]
    return (*kept, Word("…"))


def _em(text: str) -> float:
    return sum(_WIDTHS.get(c) or (_WIDE if ord(c) > 0x1100 else _OTHER) for c in text)
