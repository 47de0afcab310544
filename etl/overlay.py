"""The profile of a list from elsewhere, laid over the vocabulary: one TOML file, and which one is in use.

A leaf: etl/codes.py and etl/headers.py ask here what to put over their files; etl/profiles.py loads and checks. What is
kept between calls and depends on words is kept for each profile by itself (`cached`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Annotated, Literal, ParamSpec, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

HOME = "BY"
"""The jurisdiction of the vocabulary in etl/vocabulary: Belarus."""

REPLACED = ("regions", "articles", "waves")
"""Code lists of which nothing holds in another country; a profile from elsewhere begins them anew."""


class _Part(BaseModel):
    # A misspelt word must be an error, not something that is silently ignored.
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class Word(_Part):
    """A code that the profile adds, or adds spellings to: `label` for all languages, or one for each."""

    label: str = ""
    label_be: str = ""
    label_ru: str = ""
    label_en: str = ""
    aliases: Texts = ()

    def labels(self, code: str) -> dict[str, str]:
        """label_be, label_ru and label_en; what is not given is told by another, at last by the code."""
        spare = self.label or self.label_en or self.label_ru or self.label_be or code
        return {name: getattr(self, name) or spare for name in ("label_be", "label_ru", "label_en")}


class Extract(_Part):
    """What stands inside the text of a column: the group `value` of `pattern` is read as `field`."""

    source: str = Field(alias="from")
    field: str
    pattern: str


class Articles(_Part):
    """How articles are found inside text, and how their codes are written.

    `pattern` has named groups; `code` puts them together ("{title}-{article}.{part}"). A dot begins the part of the
    article, so dots and brackets inside a group become hyphens. `codes` hold words that stand for an article.
    """

    pattern: str = ""
    code: str = "{article}"
    split: str = r"[;\n]"
    codes: dict[str, Word] = {}


class Terms(_Part):
    """How sentences are told. `years`, `months`, `days`: more words for the units. `beside`: codes of punishments whose
    term is never that of the main one ("14 months; 3 years supervised release"). `bare`: the punishment meant by a term
    without one. `set_aside`: patterns of remarks that are taken out first, and said. `fillers`: words that add nothing."""

    years: Texts = ()
    months: Texts = ()
    days: Texts = ()
    beside: Texts = ()
    bare: str = ""
    set_aside: Texts = ()
    fillers: Texts = ()


class Organisation(_Part):
    code: str = Field(pattern=r"^[a-z0-9_-]+$")
    label: str


class Profile(_Part):
    """One profile file; docs/user-guide.md and the comments of a drafted one explain it."""

    title: str
    jurisdiction: str = Field(pattern=r"^[A-Z]{2}$")        # ISO 3166-1
    place: str = ""                                         # as it stands in a title: "the United States"
    organisation: Organisation | None = None
    list_: str = Field("", alias="list")                    # "{file}": the name of the file with its year
    table: Literal["cases", "charges", "sentences", "releases"]
    headers: Texts = ()                                     # by which `import` without a profile knows such a file
    date_order: Literal["", "day-month", "month-day"] = ""
    columns: dict[str, Texts]
    if_unreadable: dict[str, Literal["flag", "quarantine"]] = {}
    constants: dict[str, str | float | bool] = {}
    extract: tuple[Extract, ...] = ()
    articles: Articles | None = None
    terms: Terms | None = None
    places: dict[str, Word] = {}
    words: dict[str, dict[str, Word]] = {}                  # code list → code → spellings
    nothing: Texts = ()                                     # texts that mean "nothing is known", in any column
    counts: dict[str, str] = {}                             # measure → whom it counts, in words

    @property
    def foreign(self) -> bool:
        """Whether the list is from another country than the vocabulary."""
        return self.jurisdiction != HOME

    def added(self, name: str) -> dict[str, Word]:
        """What the profile adds to the code list `name`."""
        own = {"regions": self.places, "articles": self.articles.codes if self.articles else {}}.get(name, {})
        return {**self.words.get(name, {}), **own}


@dataclass(frozen=True, eq=False)
class Overlay:
    """The profile in use under its `name`, and the `others` whose lists lie in the same data folder already: these give
    labels only. `source`: the text of the file."""

    name: str
    profile: Profile
    source: str = ""
    others: tuple[Overlay, ...] = ()


_IN_USE: ContextVar[Overlay | None] = ContextVar("profile in use", default=None)
P = ParamSpec("P")
R = TypeVar("R")


def current() -> Overlay | None:
    """The overlay in use, or None: the vocabulary as it is."""
    return _IN_USE.get()


def day_first() -> bool | None:
    """Whether the profile in use writes the day before the month; None if it does not say."""
    order = laid.profile.date_order if (laid := _IN_USE.get()) else ""
    return order == "day-month" if order else None


@contextmanager
def using(overlay: Overlay | None) -> Iterator[None]:
    """Within it, all that reads words reads them by `overlay`."""
    token = _IN_USE.set(overlay)
    try:
        yield
    finally:
        _IN_USE.reset(token)


def cached(maxsize: int | None = 128) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Like functools.lru_cache, for each overlay by itself."""
    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @lru_cache(maxsize)
        def kept(_: Overlay | None, *args: P.args, **kwargs: P.kwargs) -> R:
            return function(*args, **kwargs)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            return kept(_IN_USE.get(), *args, **kwargs)  # type: ignore[arg-type]

        return call
    return decorate
