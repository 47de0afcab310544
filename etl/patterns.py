"""Regular expressions that people write into profiles: checked before use, and never run without end.

Python's engine backtracks, so a pattern may take longer than the age of the universe on one cell. Refused is what makes
that possible in few characters: a repetition inside an open repetition ("(a+)+"), alternatives inside one ("(a|ab)*"),
back references. What is left is stopped after LIMIT seconds; texts are read up to LONGEST characters.
"""

from __future__ import annotations

import re
import signal
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from etl import overlay
from etl.codes import VocabularyError, fold

LIMIT = 1.0
"""Seconds for one cell. More than MOST_SLOW cells that take a tenth of it end the import too: a file has many cells."""
MOST_SLOW = 50
LONGEST = 5_000
_FEW = 10
"""A repetition of at most so many times counts as closed."""

R = TypeVar("R")
_SLOW: Counter[str] = Counter()


class ProfileError(VocabularyError):
    """A profile is wrong or can't be used here; the message names it, the place in it and the mend."""


@lru_cache
def compiled(pattern: str, where: str) -> re.Pattern[str]:
    """`pattern`, case not minded. Raises ProfileError, which names `where` it stands."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python will read differently one day is no clear pattern
            tree = re._parser.parse(pattern, re.IGNORECASE)  # type: ignore[attr-defined]
            found = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise ProfileError(f"{where}: the pattern {pattern!r} is no regular expression: {error}.") from error
    if wrong := _endless(tree.data, False):
        raise ProfileError(f"{where}: the pattern {pattern!r} may take for ever: it has {wrong}. Write it without.")
    return found


def _endless(nodes: Any, inside: bool) -> str:
    """What in a parsed pattern may take for ever, or ""; `inside`: within an open repetition."""
    return next((wrong for name, value in nodes if (wrong := _wrong_with(str(name), value, inside))), "")


def _wrong_with(kind: str, value: Any, inside: bool) -> str:
    if kind in ("GROUPREF", "GROUPREF_EXISTS"):
        return "a back reference"
    if kind == "BRANCH" and inside:
        return "alternatives inside an open repetition"
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, part = value
        if inside and least != most:
            return "a repetition inside an open repetition"
        return _endless(part, inside or int(most) > _FEW)
    parts = {"BRANCH": lambda: value[1], "SUBPATTERN": lambda: [value[-1]], "ASSERT": lambda: [value[1]],
             "ASSERT_NOT": lambda: [value[1]], "ATOMIC_GROUP": lambda: [value]}.get(kind, list)()
    return next((wrong for part in parts if (wrong := _endless(part, inside))), "")


def in_time(work: Callable[[], R], what: str) -> R:
    """What `work` gives. Raises ProfileError, which names `what`, if it takes longer than LIMIT."""
    if threading.current_thread() is not threading.main_thread():
        return work()  # signals reach the main thread only; the check of the pattern has to be enough
    began = time.monotonic()
    with _alarm(f"{what} took longer than {LIMIT:g} second on one cell; make it simpler."):
        done = work()
    if time.monotonic() - began > LIMIT / 10:
        _SLOW[what] += 1
        if _SLOW[what] > MOST_SLOW:
            raise ProfileError(f"{what} is slow on many cells; make it simpler.")
    return done


@contextmanager
def _alarm(message: str) -> Iterator[None]:
    def ring(*_: object) -> None:
        raise ProfileError(message)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def matches(pattern: str, text: str, where: str) -> list[re.Match[str]]:
    """All places of `text` where a profile's pattern fits."""
    if not pattern:
        return []
    found = compiled(pattern, where)
    return in_time(lambda: list(found.finditer(text[:LONGEST])), f"{where}: the pattern {pattern!r}")


def take_out(pattern: str, text: str, where: str) -> tuple[str, list[str]]:
    """(`text` without the places where the pattern fits, those places)."""
    found = matches(pattern, text, where)
    for match in reversed(found):
        text = f"{text[:match.start()]} {text[match.end():]}"
    return text, [match[0] for match in found if match[0].strip()]


def articles(text: str, laid: overlay.Overlay, words: Callable[[str], list[str]]) -> tuple[list[str], str]:
    """(codes of the articles in `text`, the pieces that name none) by the profile's grammar.

    `words`: the codes of the words that stand in a text.
    """
    grammar, where = laid.profile.articles or overlay.Articles(), f"{laid.name}, articles"
    codes: list[str] = []
    unread = []
    splitter = compiled(grammar.split, where)
    pieces = in_time(lambda: splitter.split(text[:LONGEST]), f"{where}: split") + ([text[LONGEST:]] if text[LONGEST:] else [])
    for piece in (str(p).strip() for p in pieces if p and p.strip(" .,")):
        found = [code for m in matches(grammar.pattern, piece, where) if (code := written(m, grammar.code))]
        rest, _ = take_out(grammar.pattern, piece, where) if grammar.pattern else (piece, [])
        found += words(re.sub(r"[,/&]+", " ", rest))
        codes += found
        if not found and fold(piece):
            unread.append(piece)
    return list(dict.fromkeys(codes)), "; ".join(unread)


def written(match: re.Match[str], template: str) -> str:
    """The code of an article: the template filled with the groups; a group that is missing takes its sign along."""
    parts = {name: re.sub(r"[^\w]+", "-", value or "").strip("-") for name, value in match.groupdict().items()}
    if not any(parts.values()):
        return ""
    filled = template.format(**parts)
    return re.sub(r"[.-]+(?=[.-])", "", re.sub(r"\s+", "", filled)).strip(".-")
