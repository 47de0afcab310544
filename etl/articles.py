"""Articles of the Criminal Code in every notation → codes, or why they can't be understood.

Codes: "342" (article), "342.1" (its part 1), "361-4" (an article of its own, not part 4 of 361), "293.1+13.1" (an
inchoate offence: preparation, article 13; attempt, 14; complicity, 16; attached to the article that follows).
Sources: Criminal Code of the Republic of Belarus, 9 July 1999, No. 275-Z, general part, Arts. 13, 14 and 16.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from etl import overlay, patterns, punishment
from etl.codes import fold

EXPECTED = "articles such as “ч. 2 ст. 339”, “ст. 361-4” or “Part 2 of Art. 339”"
INCHOATE = ("13", "14", "16")
_INCHOATE_WORDS = {"приготовл": "13", "падрыхтоу": "13", "preparation": "13", "покуш": "14", "замах": "14", "attempt": "14",
                   "пособнич": "16", "соучаст": "16", "саудзел": "16", "complicity": "16"}
"""How words begin that say what the articles of the general part say, where these are not named: "покушение на ст. 289"."""
LONGEST = 4000
"""Characters of the longest text that is looked at; twenty articles with their titles have two thousand."""
_FIRST, _LAST = 100, 470
"""The special part of the code, with room for articles added."""

_TITLE = re.compile(r"\s[—–]\s.*|\s-\s+[^\W\d].*|:\s.*|[«“\"].*")
_BRACKETS = re.compile(r"\([^()]*+\)|\[[^\[\]]*+\]")
_NO_NOTE = re.compile(r"\((?:\s*(?:ч|part|п)[^)]*\d|[\W\d_]*\Z)")
"""Brackets that hold no note: "ст. 293 (ч. 2)"."""
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LAW = re.compile(r"\b(?:рб|республики беларусь|рэспублікі беларусь|of the republic of belarus|belarus)\b")
_ARTICLE = r"(?:ст|стст|стат(?:ья|ьи|ьей|ье|ей|ьям)|арт|артыкул[ауы]?|arts?|articles?)"
_PART = r"(?:ч|чч|част\w*|частк\w*|part|parts|pt)"
_LIST = r"\d(?!\d)(?:\s*(?:,|и|і|ды|й|and|&|-)\s*\d(?![\d-]))*"
_TOKEN = re.compile(rf"""
    (?P<point>\b(?:п|пп|пункт\w*|point|para)\.?\s*{_LIST}(?=[\s.,]*{_PART}\b))
  | (?P<part>\b{_PART}\.?(?:\s*{_PART}\.?)?\s*(?:№\s*)?(?P<parts>{_LIST}))
  | (?P<article>\b{_ARTICLE}\b\.?)
  | (?P<range>\b(?P<from>\d{{3}})\s*-\s*(?P<to>\d{{3}})\b)
  | (?P<number>\b\d{{2,3}}(?:-\d(?!\d))?(?![\d.]*\d))
  | (?P<stop>[\n;,])
  | (?P<and>\b(?:и|і|ды|and|в совокупности|to|через|праз)\b)
  | (?P<word>[^\W\d]+)
  | (?P<digit>\d+[\d.,-]*)
""", re.VERBOSE)


@dataclass(frozen=True)
class Found:
    """`codes`: in the order of the text, each once. `problem`: a kind of etl.problems, or ""."""

    codes: tuple[str, ...] = ()
    problem: str = ""
    unread: str = ""        # pieces of the text that name no article beside others that do; only under a profile


@dataclass
class _Reading:
    """Where the reading of one cell stands."""

    codes: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)      # read before the article they belong to
    inchoate: list[str] = field(default_factory=list)   # waiting for the article that follows
    last: tuple[str, ...] = ()                          # codes that a part right behind them would refine
    ok: bool = True

_MOST_IN_RANGE = 30
"""Articles from the first to the last of a range; more are not meant."""


@overlay.cached(100_000)
def parse(text: str) -> Found:
    """The articles in `text`, one cell, by the profile in use or the Criminal Code of Belarus. Never raises for a bad cell."""
    laid = overlay.current()
    if laid and (laid.profile.articles or laid.profile.foreign):
        codes, unread = patterns.articles(text, laid, _named)
        return Found(tuple(codes), "" if codes else "unreadable-articles", unread if codes else "")
    if len(text) > LONGEST:
        return Found(problem="unreadable-articles")
    reading = _Reading()
    for line in re.split(r"[\n\r]+", text):
        _read_line(_plain(line), reading)
    if not reading.ok or not reading.codes or reading.inchoate or reading.parts:
        return Found(problem="unreadable-articles")
    return Found(tuple(dict.fromkeys(reading.codes)))


def expected() -> str:
    """What a cell of articles should hold, in words for people."""
    laid = overlay.current()
    return EXPECTED if laid is None else f"articles or charges that the profile {laid.name} knows"


def _named(text: str) -> list[str]:
    return punishment.codes_in(text, "articles")


def _plain(line: str) -> str:
    line = _SUPERSCRIPT.sub(lambda m: "-" + unicodedata.normalize("NFKC", m[0]), line)
    line = re.sub("[\u2010-\u2012\u2212]", "-", line)
    kept = _TITLE.sub(" ", " " + line)
    # A semicolon and a comma part articles; folding would take them away.
    pieces = re.split("([;,])", _BRACKETS.sub(_note, kept).replace("(", " ").replace(")", " "))
    return _LAW.sub(" ", " ".join(p if p in ";," else fold(p) for p in pieces))


def _note(brackets: re.Match[str]) -> str:
    return brackets[0] if _NO_NOTE.match(brackets[0]) else " "


def _read_line(line: str, reading: _Reading) -> None:
    tokens = list(_TOKEN.finditer(line))
    for place, token in enumerate(tokens):
        kind = token.lastgroup if token.lastgroup not in ("parts", "from", "to") else None
        kind = kind or next(k for k in ("part", "range") if token[k])
        if kind == "part":
            parts = _listed(token["parts"])
            reading.ok &= bool(parts)
            _part(parts, reading)
        elif kind == "range":
            first, last = int(token["from"]), int(token["to"])
            if first <= last < first + _MOST_IN_RANGE:
                _articles([str(n) for n in range(first, last + 1)], reading)
            else:
                reading.ok = False
        elif kind == "number":
            _articles([token["number"]], reading)
        elif kind in ("stop", "and"):
            # "ч. 1 ст. 342, 368": what was read before the comma is closed.
            reading.last = () if not _part_alone(tokens[place + 1:]) else reading.last
        elif kind == "word":
            said = next((code for word, code in _INCHOATE_WORDS.items() if token["word"].startswith(word)), None)
            if said and not reading.inchoate:
                reading.inchoate, reading.last = [said], ()
        elif kind == "digit":
            reading.ok = False
    reading.last = ()


def _listed(parts: str) -> list[str]:
    """The numbers of parts in "1, 2" or "1-3"; none if the range runs backwards."""
    return [str(n) for first, last in re.findall(r"(\d)(?:\s*-\s*(\d))?", parts) for n in range(int(first), int(last or first) + 1)]


def _part_alone(following: list[re.Match[str]]) -> bool:
    """Whether a part follows that no article of its own follows: "ст. 342, ч. 1"."""
    kinds = ["part" if t["part"] else "article" if t["article"] else "number" if t["number"] else "" for t in following]
    return kinds[:1] == ["part"] and not {"article", "number"} & set(kinds[1:3])


def _part(parts: list[str], reading: _Reading) -> None:
    if not reading.last:
        reading.parts += parts
        return
    if reading.inchoate:
        reading.inchoate = [f"{reading.inchoate[0].split('.')[0]}.{parts[0]}"]
    else:
        for code in reading.last:
            reading.codes.remove(code)
            number, plus, inchoate = code.partition("+")
            reading.codes += [f"{number}.{part}{plus}{inchoate}" for part in parts]
    reading.last = ()


def _articles(numbers: list[str], reading: _Reading) -> None:
    parts, reading.parts = reading.parts, []
    if numbers[0] in INCHOATE:
        reading.inchoate = [f"{numbers[0]}.{parts[0]}" if parts else numbers[0]]
        # "ч. 1 ст. 14 ч. 2 ст. 289": what has its part before it has none behind it.
        reading.last = () if parts else tuple(reading.inchoate)
        return
    if any(not _FIRST <= int(n.split("-")[0]) <= _LAST for n in numbers):
        reading.ok = False
        return
    tail, reading.inchoate = "".join(f"+{code}" for code in reading.inchoate), []
    codes = [f"{n}{f'.{p}' if p else ''}{tail}" for n in numbers for p in (parts or [""])]
    reading.codes += codes
    reading.last = () if parts else tuple(codes)
