"""Profiles of lists from elsewhere: found by name or path, read, checked, and held against the data folder.

A profile is one TOML file (etl/overlay.py says what may stand in it). Those in `etl/profiles/` are shipped; another may
lie anywhere. Every mistake in one is a sentence that names the file, the place and the mend.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError
from rapidfuzz import process

from etl import codes, headers, overlay, patterns
from etl.check import DATES, DTYPES, FACTS
from etl.overlay import HOME, Overlay, Profile
from etl.patterns import ProfileError
from etl.read import Sheet
from etl.recognise import HEADER_ROWS, Recognised

FOLDER = Path(__file__).with_name("profiles")
_LARGEST = 1_000_000
UNNAMED = "XX"
"""The country in a draft: of no country, so that nothing is published before a person has written which."""
_WHO = ("name", "record_id", "url")
_CODED = {"sex": "sexes", "status": "statuses", "region": "regions", "outcome": "outcomes", "punishment": "punishments",
          "regime": "regimes"}
"""Fields that hold codes, and the lists of these."""
_LISTS = ("sexes", "statuses", "outcomes", "punishments", "regimes", "booleans", "destinations", "organisations", "junk")
"""The code lists to which a profile may add; regions and articles have tables of their own in it."""


def shipped() -> list[str]:
    """The names of the profiles that come with the program."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Overlay:
    """The profile of that name, or in the file of that path. Raises ProfileError."""
    path = FOLDER / f"{name}.toml" if name in shipped() else Path(name)
    if path.suffix != ".toml" or not path.is_file():
        raise ProfileError(f"There is no profile {name!r}. Name a .toml file, or one of {', '.join(shipped())}.")
    try:
        if path.stat().st_size > _LARGEST:
            raise ProfileError(f"{path.name} is too large for a profile.")
        return parse(path.read_text(encoding="utf-8-sig"), path.stem)
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"The profile {path.name} can't be read: {error}. Save it as UTF-8 text.") from error


@lru_cache(maxsize=32)
def parse(source: str, name: str) -> Overlay:
    """The profile in the text of a file, checked. Raises ProfileError."""
    try:
        profile = Profile.model_validate(tomllib.loads(source))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError(f"The profile {name} is not valid TOML: {error}.") from error
    except ValidationError as error:
        lines = [f"{name}, {'.'.join(map(str, e['loc']))}: {e['msg']}." for e in error.errors()]
        raise ProfileError("\n".join(lines)) from error
    made = Overlay(name, profile, source)
    _check_columns(made)
    _check_patterns(made)
    with overlay.using(made):
        _check_codes(made)
    return made


def for_folder(name: str | None, jurisdiction: str | None, sources: Mapping[str, str]) -> Overlay | None:
    """The overlay of an import with the profile `name` (None: none) into a data folder of that `jurisdiction`.

    `jurisdiction`: None before the first import; `sources`: the profiles with which lists were taken into it, by name.
    Raises ProfileError if the list is from another country than those in the folder.
    """
    laid = load(name) if name else None
    country = laid.profile.jurisdiction if laid else HOME
    if jurisdiction not in (None, country):
        raise ProfileError(
            f"This data folder holds lists on {jurisdiction}, and lists of two countries are never counted in one record: "
            f"import a list on {country} into a folder of its own, VYRAK_DATA=FOLDER python -m etl import …"
            + ("" if laid or not sources else f"; if it is a list on {jurisdiction}, name its profile with --profile."))
    if laid is None:
        return None
    others = [_kept(source, other) for other, source in sorted(sources.items()) if other != laid.name]
    return Overlay(laid.name, laid.profile, laid.source, tuple(o for o in others if o))


def _kept(source: str, name: str) -> Overlay | None:
    """A profile of an earlier import; None if this version no longer takes it. Its codes then stand for themselves."""
    try:
        return parse(source, name)
    except ProfileError:
        return None


def fitting(sheet: Sheet) -> str | None:
    """The shipped profile whose headers all stand in one of the first rows of a sheet, or None."""
    known = {name: load(name).profile.headers for name in shipped()}
    return next((name for name, wanted in known.items() if wanted and not lacking(sheet, wanted)), None)


def lacking(sheet: Sheet, wanted: Sequence[str]) -> list[str]:
    """Those of the `wanted` headers that the best of the first rows of a sheet does not have."""
    best = list(wanted)
    for row in sheet.rows[:HEADER_ROWS]:
        here = {codes.fold(cell) for cell in row if isinstance(cell, str) and len(cell) < 200}
        best = min(best, [text for text in wanted if codes.fold(text) not in here], key=len)
    return best


def extracted(seen: Recognised) -> Recognised:
    """`seen` with the fields that the profile in use takes out of the text of other columns.

    A cell in which its pattern does not fit says nothing of the field; several fits are taken the first.
    """
    laid = overlay.current()
    if laid is None or not laid.profile.extract or seen.table is None:
        return seen
    raw, places = seen.raw.copy(), dict(seen.raw.attrs["columns"])
    first: dict[str, str] = {}
    for number, extract in enumerate(laid.profile.extract):
        source = first.setdefault(codes.fold(extract.source), headers.source(number))
        if source not in raw.columns:
            continue
        where = f"{laid.name}, extract {number + 1}"
        known = {text: next((m["value"] for m in patterns.matches(extract.pattern, text, where) if m["value"]), None)
                 for text in {str(cell) for cell in raw[source] if cell is not None}}
        values = pd.Series([None if cell is None else known[str(cell)] for cell in raw[source]], index=raw.index, dtype=object)
        if extract.field in raw.columns:
            values = raw[extract.field].where(raw[extract.field].notna(), values)
        raw[extract.field] = values.where(values.notna(), None)
        places.setdefault(extract.field, places[source])
    raw.attrs["columns"] = places
    return replace(seen, raw=raw)


def with_constants(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` (etl.check.ROWS) with what the profile in use says of every row of its list, where a row itself says nothing."""
    if (laid := overlay.current()) is None or rows.empty:
        return rows
    profile = laid.profile
    said: dict[str, Any] = dict(profile.constants)
    for name, value in said.items():
        known = pd.Series(pd.to_datetime(value) if name in DATES else value, index=rows.index).astype(DTYPES[name])
        if name in DATES:
            rows[f"{name}_precision"] = rows[f"{name}_precision"].mask(rows[name].isna(), "day")
        rows[name] = rows[name].fillna(known)
    if profile.organisation:
        rows["organisation"] = profile.organisation.code
    if profile.list_:
        rows["list"] = codes.fold(profile.list_.replace("{file}", Path(rows["file"].iloc[0]).stem))
    return rows


# Checks -----------------------------------------------------------------------------------------------------------

def _check_columns(made: Overlay) -> None:
    profile, name = made.profile, made.name
    fields = [*headers.columns().kinds, headers.NOT_READ]
    for field in (*profile.columns, *profile.if_unreadable, *(e.field for e in profile.extract)):
        _must_be_one(field, fields, f"{name}: there is no field {field!r}")
    taken: dict[str, str] = {}
    for field, texts in profile.columns.items():
        for text in texts:
            if not codes.fold(text):
                raise ProfileError(f"{name}, columns.{field}: the header {text!r} holds no letter or figure.")
            if taken.setdefault(codes.fold(text), field) != field:
                raise ProfileError(f"{name}: the header {text!r} stands for {taken[codes.fold(text)]!r} and for {field!r}.")
    for extract in profile.extract:
        if codes.fold(extract.source) in taken:
            raise ProfileError(f"{name}: the column {extract.source!r} is read in two ways; take it out of [columns], or out of "
                               "[[extract]].")
    told = {*profile.columns, *(e.field for e in profile.extract)}
    if not told & set(_WHO):
        raise ProfileError(f"{name}: none of the columns says whose record a row is; name one of {', '.join(_WHO)} in [columns].")


def _check_patterns(made: Overlay) -> None:
    profile, name = made.profile, made.name
    for number, extract in enumerate(profile.extract, start=1):
        where = f"{name}, extract {number}"
        if "value" not in patterns.compiled(extract.pattern, where).groupindex:
            raise ProfileError(f"{where}: the pattern needs a group (?P<value>…) around what is to be read.")
    for pattern in profile.terms.set_aside if profile.terms else ():
        patterns.compiled(pattern, f"{name}, terms.set_aside")
    if profile.articles is None:
        return
    where = f"{name}, articles"
    if patterns.compiled(profile.articles.split, where).groups:
        raise ProfileError(f"{where}: split must hold no group; write (?:…) for (…).")
    if profile.articles.pattern:
        groups = patterns.compiled(profile.articles.pattern, where).groupindex
        try:
            holes = [hole for hole in string.Formatter().parse(profile.articles.code) if hole[1] is not None]
            if any(spec or conversion for _, _, spec, conversion in holes):
                raise ValueError("write the name of a group alone between braces")
            wanted = {str(field) for _, field, _, _ in holes}
        except ValueError as error:
            raise ProfileError(f"{where}: code = {profile.articles.code!r} can't be filled in: {error}.") from error
        if not wanted or wanted - set(groups):
            missing = ", ".join(sorted(wanted - set(groups))) or "a group in braces, such as {article}"
            raise ProfileError(f"{where}: code = {profile.articles.code!r} needs {missing}; the pattern has the groups "
                               f"{', '.join(groups) or 'none'}.")


def _check_codes(made: Overlay) -> None:
    profile, name = made.profile, made.name
    for words in profile.words:
        _must_be_one(words, _LISTS, f"{name}, words: there is no code list {words!r}")
    for words in {*profile.words, "regions", "articles"}:
        for code in profile.added(words):
            if not code or any(sign.isspace() or sign in "+|" for sign in code):
                raise ProfileError(f"{name}: {code!r} can't be a code of {words}; leave out spaces, + and |.")
        _say_each_once(profile.added(words), f"{name}, {words}")
    punishments = list(codes.code_list("punishments").frame.index)
    for code in (*profile.terms.beside, *filter(None, [profile.terms.bare])) if profile.terms else ():
        _must_be_one(code, punishments, f"{name}, terms: there is no punishment {code!r}")
    for field, value in profile.constants.items():
        _must_be_one(field, list(FACTS), f"{name}, constants: there is no field {field!r}")
        if field in _CODED:
            among = list(codes.code_list(_CODED[field]).frame.index)
            _must_be_one(str(value), among, f"{name}, constants.{field}: there is no code {value!r}")
        try:
            kind = DTYPES[field]
            pd.Series([pd.to_datetime(str(value)) if kind.startswith("datetime") else value]).astype(kind)
        except (ValueError, TypeError) as error:
            raise ProfileError(f"{name}, constants.{field}: {value!r} can't stand there: {error}.") from error


def _say_each_once(added: Mapping[str, overlay.Word], where: str) -> None:
    taken: dict[str, str] = {}
    for code, word in added.items():
        for text in {*word.labels(code).values(), *word.aliases}:
            if taken.setdefault(codes.fold(text), code) != code:
                raise ProfileError(f"{where}: {text!r} stands for {taken[codes.fold(text)]!r} and for {code!r}; keep it in one.")


def _must_be_one(value: str, known: Iterable[str], message: str) -> None:
    known = list(known)
    if value not in known:
        near = [found for found, score, _ in process.extract(value, known, limit=3) if score > 60]
        raise ProfileError(f"{message}" + (f"; did you mean {' or '.join(near)}?" if near else "."))
