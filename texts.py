"""Words for people in their language: gettext catalogues in `locale/`, numbers and dates as the language writes them.

English is the source: its sentences are the keys of the catalogues. Adding a language is adding one catalogue
(docs/architecture.md). Imports nothing of ours, so that every part may use it.
"""

from __future__ import annotations

import datetime
import gettext
import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

FOLDER = Path(__file__).with_name("locale")
SOURCE = "en"
_language: ContextVar[str] = ContextVar("language", default=SOURCE)
_KEPT: list[Callable[[], None]] = []
P = ParamSpec("P")
R = TypeVar("R")


def languages() -> list[str]:
    """The codes of the languages there are: English, and one for each catalogue."""
    return list(_languages())


@lru_cache
def _languages() -> tuple[str, ...]:
    return SOURCE, *sorted(path.stem for path in FOLDER.glob("*.po"))


def kept(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function that is pure but for the language in use keeps its `most` latest answers, each for its language."""
    def keeping(function: Callable[P, R]) -> Callable[P, R]:
        @lru_cache(maxsize=most)
        def answer(spoken: str, *args: P.args, **named: P.kwargs) -> R:
            return function(*args, **named)

        @wraps(function)
        def ask(*args: P.args, **named: P.kwargs) -> R:
            return answer(language(), *args, **named)  # type: ignore[arg-type]

        _KEPT.append(answer.cache_clear)
        return ask
    return keeping


def forget() -> None:
    """Forget all that `kept` keeps: what catalogues say has changed under it."""
    for clear in _KEPT:
        clear()


def language() -> str:
    """The code of the language in use."""
    return _language.get()


def speak(code: str) -> None:
    """Speak the language `code` from here on, as a program does that serves one person."""
    _language.set(code)


@contextmanager
def using(code: str) -> Iterator[None]:
    """Speak the language `code` (one of `languages()`) in here. Each thread and request has its own."""
    before = _language.set(code)
    try:
        yield
    finally:
        _language.reset(before)


def t(message: str, **fields: object) -> str:
    """The English `message` in the language in use, with `fields` filled in; numbers as that language writes them.

    What no catalogue holds stays English: half a sentence understood is better than none.
    """
    said = _catalogue(language()).gettext(message) if message else ""
    return said.format(**{name: _shown(value) for name, value in fields.items()}) if fields else said


def tn(one: str, many: str, count: int, **fields: object) -> str:
    """`one` or `many` in the form that `count` takes in the language in use; `{count}` is filled in with the others."""
    said = _catalogue(language()).ngettext(one, many, count)
    return said.format(count=number(count), **{name: _shown(value) for name, value in fields.items()})


def again(text: str, templates: Iterable[str] = (), *, whole: bool = True) -> str:
    """A text that was written in English (into a vintage, by a parser) in the language in use.

    It is a message of the catalogue (only if `whole`), or one of `templates` filled in; anything else is somebody's own
    words and stays as it is.
    """
    if language() == SOURCE or not text:
        return text
    said = _catalogue(language()).gettext(text) if whole else text
    if said != text:
        return said
    for template in templates:
        if found := pattern(template).fullmatch(text):
            return t(template, **found.groupdict())
    return text


def number(value: float) -> str:
    """12345.5 as the language in use writes it."""
    return _number(value + 0)  # -0.0 is 0


@kept(4096)
def _number(value: float) -> str:
    return format_decimal(value, locale=language())


def day(value: datetime.date) -> str:
    """A day as the language in use writes it: "5 мая 2024"."""
    return format_date(value, "d MMMM y", locale=language())


def moment(value: datetime.datetime) -> str:
    """A moment in UTC as the language in use writes it."""
    return f"{format_datetime(value, 'd MMMM y, HH:mm', locale=language())} UTC"


def right_to_left() -> bool:
    """Whether the language in use is written from right to left."""
    return Locale(language()).text_direction == "rtl"


def _shown(value: object) -> object:
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


@lru_cache
def pattern(template: str) -> re.Pattern[str]:
    """What matches `template` filled in; its fields are groups of the same names."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(template)), re.DOTALL)


@lru_cache
def _catalogue(code: str) -> gettext.NullTranslations:
    """The catalogue of a language; it is compiled in memory when first spoken, which takes a hundredth of a second."""
    if code == SOURCE:
        return gettext.NullTranslations()
    with (FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
