"""The vintages as the public side may see them: the protected tables of one vintage, and nothing about persons.

A vintage is the folder `<data>/vintages/<id>/`; the file `CURRENT` beside it names the one in use, `history.jsonl` all that
were. Vintages never change once written (etl/publish.py), so a vintage read once may be kept.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

import settings
import texts
from stats.contradictions import KINDS
from stats.reconciliation import REASONS, VERDICTS
from stats.tables import ALL, DIMENSIONS, OVERLAPPING, UNDIVIDED
from texts import t

__all__ = ["ALL", "DIMENSIONS", "KINDS", "OVERLAPPING", "REASONS", "UNDIVIDED", "VERDICTS", "NoVintage", "PublicVintage", "StoreError",
           "UnknownVintage", "Withdrawal", "Withdrawn", "current_id", "folder", "history", "open_public", "unfinished", "withdrawal",
           "withdrawal_mark", "withdrawals"]

SCHEMA = 1
"""The layout of a vintage's files. Tables and columns that came later are missing in older vintages and read as empty; a change that
this does not allow for takes another number. A reader refuses a number it does not know."""

_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


class StoreError(Exception):
    """A vintage can't be read; the message says which and why, in words for people."""


class NoVintage(StoreError):
    """Nothing has been imported yet."""


class UnknownVintage(StoreError):
    """There is no vintage of that id."""


class Withdrawn(StoreError):
    """The vintage was withdrawn; the message says when and why, for readers."""


class Withdrawal(NamedTuple):
    """That a vintage was withdrawn. `day`: ISO; `reason`: a sentence for readers; `instead`: the vintage in use from then on, "" if none."""

    vintage: str
    day: str
    reason: str
    instead: str


@dataclass(frozen=True, eq=False)
class PublicVintage:
    """The public part of one vintage. It is equal to itself alone, so that what was made of it can be kept by it.

    cells: the protected tables, columns stats.tables.CELL_COLUMNS, `persons` missing where `protected`.
    labels: dimension, code, label_be, label_ru, label_en, order.
    facts: headline numbers, how cases were dated, rows read; plain JSON.
    statistics, definitions (stats/statistics.py), revisions (stats/revisions.py), reconciliation (stats/reconciliation.py),
    contradictions (stats/contradictions.py), events (etl/public_events.py): empty in vintages made before there were such tables.
    """

    id: str
    created: str
    synthetic: bool
    organisations: tuple[str, ...]
    first_month: str
    last_month: str
    cells: pd.DataFrame
    labels: pd.DataFrame
    facts: dict
    statistics: pd.DataFrame
    definitions: pd.DataFrame
    revisions: pd.DataFrame
    reconciliation: pd.DataFrame
    contradictions: pd.DataFrame
    events: pd.DataFrame


_LATER = ("statistics", "definitions", "revisions", "reconciliation", "contradictions", "events")


def folder() -> Path:
    """The folder of the vintages."""
    return settings.data_folder() / "vintages"


def current_id() -> str:
    """The id of the vintage in use. Raises NoVintage."""
    try:
        return (folder() / "CURRENT").read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise NoVintage("Nothing has been imported yet.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"The file CURRENT in the folder of vintages can't be read: {error}.") from error


def history() -> list[str]:
    """The ids of all vintages that are in use or ever were, the newest first; but those withdrawn."""
    used = _used()
    return [name for name in _folders() if name in used and not withdrawal_mark(name).exists()]


def withdrawals() -> list[Withdrawal]:
    """The vintages that were withdrawn, the newest first."""
    return [told for name in _folders() if (told := withdrawal(name))]


def unfinished() -> list[str]:
    """Folders that an import made, and was stopped before it could bring them into use: no vintages, the newest first."""
    used = _used()
    return [name for name in _folders() if name not in used]


def withdrawal_mark(vintage_id: str) -> Path:
    """The file that says that a vintage was withdrawn. It lies beside the vintage, which never changes."""
    return folder() / f"{vintage_id}.withdrawn"


def withdrawal(vintage_id: str) -> Withdrawal | None:
    """When and why a vintage was withdrawn; None if it was not."""
    if not _ID.fullmatch(vintage_id):
        return None
    try:
        told = json.loads(withdrawal_mark(vintage_id).read_text(encoding="utf-8"))
        return Withdrawal(vintage_id, *(str(told[key] or "") for key in ("day", "reason", "instead")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        # A mark that can't be read is a mark: figures must not come back because a disk is full or failing.
        return Withdrawal(vintage_id, "", "", "")


def _told(gone: Withdrawal) -> str:
    try:
        day = texts.day(date.fromisoformat(gone.day))
    except ValueError:
        return t("The vintage {vintage} was withdrawn.", vintage=gone.vintage)
    return t("The vintage {vintage} was withdrawn on {day}: {reason}", vintage=gone.vintage, day=day, reason=gone.reason)


def _folders() -> list[str]:
    try:
        names = [p.name for p in folder().iterdir() if _ID.fullmatch(p.name)]
    except OSError:
        return []
    return sorted(names, reverse=True)


def _used() -> set[str]:
    """The ids that `CURRENT` names or ever named.

    A line of `history.jsonl` is written before `CURRENT` is replaced, and tells what was in use before it (older lines don't). So
    a line that was not followed by the replacement is known: the next one, or `CURRENT`, tells of another.
    """
    try:
        current = current_id()
    except NoVintage:
        current = None
    lines = _log()
    if not lines:
        return set(_folders()) if current else set()
    after = [line.get("before", lines[n]["vintage"]) for n, line in enumerate(lines[1:])]
    done = {line["vintage"] for line, next_before in zip(lines, [*after, current], strict=True) if line["vintage"] == next_before}
    return {*done, *(line["before"] for line in lines if line.get("before")), *([current] if current else [])}


def _log() -> list[dict]:
    """The lines of `history.jsonl`, but those cut off by a full disk."""
    try:
        path = folder() / "history.jsonl"
        now = path.stat()
        return list(_lines(path, now.st_ino, now.st_size, now.st_mtime_ns))
    except FileNotFoundError:
        return []


@lru_cache(maxsize=8)
def _lines(path: Path, *state: int) -> tuple[dict, ...]:
    """The lines of the file; read again when its `state` (inode, size, time) has changed, since every call for a page asks for them."""
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = []
    for line in text.splitlines():
        with suppress(ValueError):
            lines.append(json.loads(line))
    return tuple(line for line in lines if isinstance(line, dict) and "vintage" in line)


def open_public(vintage_id: str | None = None, *, even_withdrawn: bool = False) -> PublicVintage:
    """The public part of the vintage `vintage_id`, by default of the one in use.

    Raises NoVintage, UnknownVintage, Withdrawn (unless `even_withdrawn`, for what is compared with it, never for showing), or
    StoreError if its files are damaged or of a newer Vyrak.
    """
    vintage_id = vintage_id or current_id()
    # The id may come from an address: only the form of an id is ever made into a path.
    if not _ID.fullmatch(vintage_id):
        raise UnknownVintage(f"{vintage_id[:40]!r} is not the id of a vintage.")
    path = folder() / vintage_id / "public"
    if not path.is_dir() or vintage_id not in _used():
        raise UnknownVintage(f"There is no vintage {vintage_id}.")
    if not even_withdrawn and (gone := withdrawal(vintage_id)):
        raise Withdrawn(_told(gone))
    return _kept(path)


def read(path: Path) -> PublicVintage:
    """The public part of the vintage whose folder `public` is given, wherever it lies. Raises StoreError."""
    try:
        facts = json.loads((path / "facts.json").read_text(encoding="utf-8"))
        must_be_known(path.parent.name, facts["schema"])
        return PublicVintage(
            id=facts["id"], created=facts["created"], synthetic=facts["synthetic"],
            organisations=tuple(facts["organisations"]), first_month=facts["first_month"],
            last_month=facts["last_month"], cells=pd.read_parquet(path / "cells.parquet"),
            labels=pd.read_parquet(path / "labels.parquet"), facts=facts, **{name: _later(path, name) for name in _LATER},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(path.parent.name, error) from error


_kept = lru_cache(maxsize=8)(read)


def must_be_known(vintage_id: str, schema: object) -> None:
    """Raises StoreError if a vintage is of a layout that this Vyrak can't read."""
    if not isinstance(schema, int) or schema < 1:
        raise StoreError(f"The vintage {vintage_id} does not say by which layout it was made; it is damaged or not a vintage.")
    if schema > SCHEMA:
        raise StoreError(f"The vintage {vintage_id} was made by a newer Vyrak (layout {schema}; this one knows {SCHEMA}). Update this one.")


def damaged(vintage_id: str, error: Exception) -> StoreError:
    """What is said of a vintage whose files can't be read."""
    lines = str(error).strip().splitlines()
    return StoreError(f"The vintage {vintage_id} is damaged: {lines[0] if lines else type(error).__name__}.")


def _later(path: Path, name: str) -> pd.DataFrame:
    """A table that older vintages don't have; empty then."""
    file = path / f"{name}.parquet"
    return pd.read_parquet(file) if file.exists() else pd.DataFrame()
