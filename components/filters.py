"""Filters ⇄ the query string of the address: the only state there is.

`?from=2021-01&to=2024-12&region=BY-BR&sex=female&age=18-24&article=342&punishment=fine&organisation=viasna&lang=be&vintage=…`; what is
left out is not filtered. `compare=1` sets a second selection beside the first, whose parts bear a `b-` before their names. Whatever the
address says, the answer is a valid View and a sentence for each part that could not be used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode

import settings
import texts
from components import text
from components.text import t
from etl import store

FILTERS = ("region", "article", "sex", "age", "punishment", "organisation")
"""The dimensions a reader can filter by, one value each. An organisation chooses all who are on its lists, on others or not."""
OPTIONS = ("bom", "width", "theme", "scale", "lang", "compare")
"""Parts of the address that are no filters: how a file is written, the language, whether two selections are shown."""
OTHER = "b-"
"""What stands before the names of the second selection."""
_MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])")
_LONGEST_QUERY = 1000
_MOST_PARTS = 20


@dataclass(frozen=True)
class View:
    """What a reader looks at: months `first` to `last`, the filters that are set, whether a vintage is pinned, and the
    `other` selection that is compared with it, if any."""

    vintage: store.PublicVintage = field(compare=False)
    first: str
    last: str
    region: str = ""
    article: str = ""
    sex: str = ""
    age: str = ""
    punishment: str = ""
    organisation: str = ""
    pinned: bool = False
    other: View | None = None

    @property
    def chosen(self) -> dict[str, str]:
        """The filters set: dimension → code."""
        return {name: getattr(self, name) for name in FILTERS if getattr(self, name)}


def language(query: object) -> str:
    """The language that a query string asks for; the usual one where it asks for none, or for one there isn't."""
    asked = _read(query)[0].get("lang", "")
    return asked if asked in texts.languages() else settings.load().site.language


def default(vintage: store.PublicVintage) -> View:
    """The view of an address without a query."""
    return View(vintage, vintage.first_month, vintage.last_month)


def parse(query: object) -> tuple[View, list[str]]:
    """(the view, what could not be used, in words) for a query string with or without its "?".

    Raises store.NoVintage if nothing has been imported; an unknown vintage is told and the newest is shown.
    """
    asked, problems = _read(query)
    vintage, pinned = _vintage(asked.pop("vintage", ""), problems)
    usual = replace(default(vintage), pinned=pinned)
    if asked.get("lang", settings.load().site.language) not in texts.languages():
        problems.append(t("There is no language “{code}” here.", code=asked["lang"][:40]))
    compared = {name.removeprefix(OTHER): value for name, value in asked.items() if name.startswith(OTHER)}
    view = _chosen(usual, {name: value for name, value in asked.items() if not name.startswith(OTHER)}, problems)
    if "compare" in asked:
        view = replace(view, other=_chosen(usual, compared, problems))
    return view, problems


def _chosen(view: View, asked: dict[str, str], problems: list[str]) -> View:
    """`view` with all that is `asked` and can be had."""
    usual = view
    for name, value in asked.items():
        if name in ("from", "to"):
            view = _with_month(view, "first" if name == "from" else "last", value, problems)
        elif name in FILTERS:
            known = value in options(view.vintage, name)
            view = replace(view, **{name: value}) if known else view  # type: ignore[arg-type]
            problems += [] if known else [t("There are no figures for {name} “{value}”.", name=t(name), value=value[:40])]
        elif name not in OPTIONS:
            problems.append(t("“{name}” is not a filter.", name=name[:40]))
    if view.first > view.last:
        problems.append(t("The period ends before it begins; the whole period is shown."))
        view = replace(view, first=usual.first, last=usual.last)
    return view


def to_query(view: View, **changes: object) -> str:
    """The query string of `view` (with some parts changed), with its "?", empty where nothing is chosen. The other
    selection is not in it: see `page_query`."""
    view = replace(view, **changes) if changes else view  # type: ignore[arg-type]
    return _written(_parts(view) | _common(view))


def page_query(view: View, **changes: object) -> str:
    """Like `to_query`, with the other selection."""
    view = replace(view, **changes) if changes else view  # type: ignore[arg-type]
    other = {OTHER + name: value for name, value in _parts(view.other).items()} | {"compare": "1"} if view.other else {}
    return _written(_parts(view) | other | _common(view))


def _parts(view: View) -> dict[str, str]:
    usual = default(view.vintage)
    return {"from": view.first if view.first != usual.first else "", "to": view.last if view.last != usual.last else "",
            **view.chosen}


def _common(view: View) -> dict[str, str]:
    return {"lang": _spoken(), "vintage": view.vintage.id if view.pinned else ""}


def vintage_query(vintage_id: str) -> str:
    """The query string of a vintage without any filter."""
    return _written({"lang": _spoken(), "vintage": vintage_id})


def _spoken() -> str:
    """The language in use, "" if it is the usual one."""
    spoken = texts.language()
    return "" if spoken == settings.load().site.language else spoken


def _written(parts: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"?{query}" if query else ""


def options(vintage: store.PublicVintage, name: str) -> dict[str, str]:
    """The values of a filter that have figures: code → label in the language in use, in the order of the vocabulary."""
    return {code: words for code, words in labels(vintage, name).items()
            if code != store.UNDIVIDED and not (name == "organisation" and store.organisations_of(code))}


def why_none(vintage: store.PublicVintage, name: str) -> str:
    """Why a vintage has no values for a filter that others have, in words; "" where it has, or where there is nothing to be said."""
    if name not in store.LATER_DIMENSIONS or options(vintage, name):
        return ""
    if name not in vintage.facts.get("dimensions", ()):
        return t("no figures; this vintage was made before there were such")
    return t(_WHY_NONE[name])


_WHY_NONE = {"age": "no figures, because the age of too few persons is known",
             "organisation": "no choice, because all lists are of one organisation"}


def label(vintage: store.PublicVintage, name: str, code: str) -> str:
    """The label of a code, or the code itself."""
    return labels(vintage, name).get(code, code)


@texts.kept(64)
def labels(vintage: store.PublicVintage, name: str) -> Mapping[str, str]:
    """The labels of all codes of a dimension, in the order of the vocabulary."""
    named = vintage.labels[vintage.labels["dimension"] == name].sort_values("order")
    return MappingProxyType(dict(zip(named["code"], text.labels(named), strict=True)))


def months(vintage: store.PublicVintage) -> list[str]:
    """All months that can be chosen, the first one first."""
    return list(months_between(vintage.first_month, max(vintage.first_month, vintage.last_month)))


@lru_cache(maxsize=256)
def months_between(first: str, last: str) -> tuple[str, ...]:
    """The months from `first` to `last`, both with them."""
    count = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1
    return tuple(later(first, n) for n in range(count))


def later(month: str, by: int) -> str:
    """The month `by` months after `month`, before it if negative."""
    year, rest = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + by, 12)
    return f"{year:04}-{rest + 1:02}"


def _read(query: object) -> tuple[dict[str, str], list[str]]:
    """The parts of a query string by name, and what is wrong with it as a whole."""
    if not isinstance(query, str | None):
        return {}, [t("The filters in the address can't be read.")]
    # A lone surrogate can't be written into any answer.
    text = (query or "").encode("utf-8", "replace").decode("utf-8")
    if len(text) > _LONGEST_QUERY:
        return {}, [t("The address is too long; no filter was used.")]
    try:
        pairs = parse_qsl(text.lstrip("?"), keep_blank_values=False, max_num_fields=_MOST_PARTS)
    except ValueError:
        return {}, [t("The address has too many parts; no filter was used.")]
    names = [name for name, _ in pairs]
    twice = [t("“{name}” is there twice; the last one is used.", name=name[:40])
             for name in dict.fromkeys(names) if names.count(name) > 1]
    return dict(pairs), twice


def _vintage(asked: str, problems: list[str]) -> tuple[store.PublicVintage, bool]:
    if asked:
        try:
            return store.open_public(asked), True
        except store.UnknownVintage:
            problems.append(t("There is no vintage “{vintage}”; the newest one is shown.", vintage=asked[:40]))
        except store.StoreError as error:
            problems.append(t("{reason} The newest vintage is shown.", reason=error))
    return store.open_public(), False


def _with_month(view: View, end: str, value: str, problems: list[str]) -> View:
    if not _MONTH.fullmatch(value):
        problems.append(t("“{value}” is not a month such as 2021-05.", value=value[:40]))
        return view
    if not view.vintage.first_month <= value <= view.vintage.last_month:
        problems.append(t("The figures reach from {first} to {last}.", first=view.vintage.first_month,
                          last=view.vintage.last_month))
        return view
    return replace(view, first=value) if end == "first" else replace(view, last=value)
