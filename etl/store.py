"""The vintages as the public side may see them: the protected tables of one vintage, and nothing about persons.

A vintage is the folder `<data>/vintages/<id>/`; the file `CURRENT` beside it names the one in use, `history.jsonl` all that
were. Vintages never change once written (etl/publish.py), so a vintage read once may be kept.

Whatever happens to the folder, the last good vintage goes on being shown: `open_public()` answers with what this process holds, or with
the vintage that was in use before, where the one in use can't be read; `wrong()` says so in words.
"""

from __future__ import annotations

import datetime
import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

import settings
import texts
from etl.public_files import SCHEMA, PublicVintage, StoreError, cause, damaged, must_be_known, read, unlike_written
from stats.contradictions import KINDS
from stats.reconciliation import REASONS, VERDICTS
from stats.source import STATUSES
from stats.tables import ALL, DIMENSIONS, LATER_DIMENSIONS, OVERLAPPING, PUBLIC_TABLES, UNDIVIDED, organisations_of
from texts import t

__all__ = ["ALL", "DIMENSIONS", "KINDS", "LATER_DIMENSIONS", "OVERLAPPING", "PUBLIC_TABLES", "REASONS", "SCHEMA", "STATUSES", "UNDIVIDED",
           "VERDICTS", "NoVintage", "PublicVintage", "StoreError", "UnknownVintage", "Withdrawal", "Withdrawn", "current_id", "damaged", "folder",
           "history", "must_be_known", "one_vintage", "open_public", "organisations_of", "read", "stands_in", "state", "unfinished", "withdrawal",
           "withdrawal_mark", "withdrawals", "wrong"]

_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


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


_ANEW_AFTER = 5.0
"""Seconds after which a vintage that could not be read is tried again."""
_LITTLE_ROOM = 200_000_000
"""Bytes left on the disk below which the next import may fail."""


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
        raise StoreError(f"The file CURRENT in the folder of vintages can't be read: {cause(error)}.") from error


def history() -> list[str]:
    """The ids of all vintages that are in use or ever were, the newest first; but those withdrawn."""
    used = _used()
    return [name for name in _folders() if name in used and not withdrawal_mark(name).exists()]


def _in_succession() -> list[str]:
    """The vintages that were in use one after the other, the newest first, without those that were gone back from: a figure taken back
    must never return because the one in its place can't be read. Raises StoreError."""
    chain: list[str] = []
    for line in _log():
        for name in (line.get("before"), line["vintage"]):
            if name in chain:
                del chain[chain.index(name) + 1:]
            elif name:
                chain.append(name)
    return chain[::-1] or _folders()


def unfinished() -> list[str]:
    """Folders that an import made, and was stopped before it could bring them into use: no vintages, the newest first."""
    used = _used()
    return [name for name in _folders() if name not in used]


def withdrawals() -> list[Withdrawal]:
    """The vintages that were withdrawn, the newest first."""
    return [told for name in _folders() if (told := withdrawal(name))]


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
        day = texts.day(datetime.date.fromisoformat(gone.day))
    except ValueError:
        return t("The vintage {vintage} was withdrawn.", vintage=gone.vintage)
    return t("The vintage {vintage} was withdrawn on {day}: {reason}", vintage=gone.vintage, day=day, reason=gone.reason)


def _folders() -> list[str]:
    try:
        names = [p.name for p in folder().iterdir() if _ID.fullmatch(p.name)]
    except OSError:
        return []
    return sorted(names, reverse=True)


def _used(sure: bool = True) -> set[str]:
    """The ids that `CURRENT` names or ever named. Raises StoreError where that can't be told; if it need not be `sure`, where `CURRENT`
    can't be read, all that the history names.

    A line of `history.jsonl` is written before `CURRENT` is replaced, and tells what was in use before it (older lines don't). So
    a line that was not followed by the replacement is known: the next one, or `CURRENT`, tells of another.
    """
    try:
        current = current_id()
    except NoVintage:
        current = None
    except StoreError:
        if sure:
            raise
        return {name for line in _log() for name in (line["vintage"], line.get("before")) if name}
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
    except OSError as error:
        raise StoreError(f"The history of the vintages can't be read: {cause(error)}.") from error


@lru_cache(maxsize=8)
def _lines(path: Path, *state: int) -> tuple[dict, ...]:
    """The lines of the file; read again when its `state` (inode, size, time) has changed, since every call for a page asks for them."""
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = []
    for line in text.splitlines():
        with suppress(ValueError):
            lines.append(json.loads(line))
    return tuple(line for line in lines if isinstance(line, dict) and isinstance(line.get("vintage"), str)
                 and isinstance(line.get("before"), str | None))


def open_public(vintage_id: str | None = None, *, even_withdrawn: bool = False) -> PublicVintage:
    """The public part of the vintage `vintage_id`; by default of the one in use, or of the last good one where that can't be read.

    Raises NoVintage, UnknownVintage, Withdrawn (unless `even_withdrawn`, for what is compared with it, never for showing), or
    StoreError if its files are damaged or of a newer Vyrak.
    """
    if vintage_id is None:
        return _newest()
    try:
        return _opened(vintage_id, even_withdrawn=even_withdrawn)
    except StoreError:
        # What is shown now has a lasting address, even while its folder is gone.
        with suppress(StoreError):
            if (newest := _newest()).id == vintage_id:
                return newest
        raise


@contextmanager
def one_vintage() -> Iterator[None]:
    """In here `open_public()` is one and the same vintage, whatever is brought into use meanwhile: no answer is made of two."""
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)


def state() -> tuple[str, ...]:
    """What every answer depends on besides what is asked: another one as soon as another vintage is shown, one
    stands in for another, or any is withdrawn. Raises
    StoreError where none can be shown."""
    return (str(folder()), open_public().id, str(stands_in()), *_marks())


def wrong() -> list[str]:
    """What is wrong with what is shown and with where it lies, in words for people and without paths; nothing if all is well."""
    try:
        shown, trouble = _shown()
    except StoreError as error:
        return [str(error)]
    damage = "" if trouble else unlike_written(folder() / shown.id)
    if damage:
        trouble = f"The files of the vintage in use have been damaged: {damage}."
    said = [f"{trouble} Vintage {shown.id} goes on being shown."] if trouble else []
    return [*said, *_clock(shown), *_room()]


_held: ContextVar[list[tuple[PublicVintage, str]] | None] = ContextVar("held", default=None)
_last_good: dict[Path, PublicVintage] = {}
_unreadable: dict[Path, tuple[float, StoreError]] = {}


def stands_in() -> bool:
    """Whether another vintage than the one in use is shown, since that can't be read. Raises StoreError where none can be shown."""
    shown, trouble = _seen()
    with suppress(StoreError):
        return bool(trouble) and shown.id != current_id()
    return False  # which one is in use can't be read either: what is shown may be it


def _newest() -> PublicVintage:
    return _seen()[0]


def _seen() -> tuple[PublicVintage, str]:
    """What `_shown()` gives, the same throughout `one_vintage()`."""
    held = _held.get()
    if held:
        return held[0]
    seen = _shown()
    if held is not None:
        held.append(seen)
    return seen


def _shown() -> tuple[PublicVintage, str]:
    """(the vintage in use, "") or (the last good one, why it is not the one in use). Raises StoreError where there is none."""
    here = folder()
    try:
        shown, trouble = _opened(current_id(), known=True), ""
    except StoreError as error:
        shown, trouble = _instead(here, error), str(error)
        if isinstance(error, NoVintage):
            trouble = "The folder of vintages is gone, or the file CURRENT in it."
    _last_good[here] = shown
    return shown, trouble


def _instead(here: Path, error: StoreError) -> PublicVintage:
    """What is shown while the vintage in use can't be read: the newest in succession that this process holds or can read, never one that
    was withdrawn."""
    held = _last_good.get(here)
    if held and withdrawal_mark(held.id).name in _marks():
        held = None
    try:
        chain = _in_succession()
    except StoreError:
        chain = []
    if not chain and held:
        return held
    for vintage_id in chain:
        if held and held.id == vintage_id:
            return held
        with suppress(StoreError):
            return _opened(vintage_id, known=True)
    raise error


def _marks() -> tuple[str, ...]:
    """The names of the files that say of a vintage that it was withdrawn; none where the folder can't be read."""
    try:
        return _marks_of(folder(), folder().stat().st_mtime_ns)
    except OSError:
        return ()


@lru_cache(maxsize=8)
def _marks_of(here: Path, changed: int) -> tuple[str, ...]:
    """`changed`: when the folder last was."""
    return tuple(sorted(path.name for path in here.glob("*.withdrawn")))


def _opened(vintage_id: str, known: bool = False, even_withdrawn: bool = False) -> PublicVintage:
    """The public part of a vintage from its folder; `known`: it is certain that it was in use. Raises as `open_public`."""
    # The id may come from an address: only the form of an id is ever made into a path.
    if not _ID.fullmatch(vintage_id):
        raise UnknownVintage(f"{vintage_id[:40]!r} is not the id of a vintage.")
    path = folder() / vintage_id / "public"
    try:
        there = path.is_dir() and (known or vintage_id in _used(sure=False))
    except OSError as error:
        raise StoreError(f"The vintage {vintage_id} can't be read: {cause(error)}.") from error
    if not there:
        raise UnknownVintage(f"There is no vintage {vintage_id}.")
    if not even_withdrawn and (gone := withdrawal(vintage_id)):
        raise Withdrawn(_told(gone))
    when, failed = _unreadable.get(path, (0.0, None))
    if failed and time.monotonic() - when < _ANEW_AFTER:
        raise failed
    try:
        found = _kept(path)
    except StoreError as error:
        if len(_unreadable) > 100:
            _unreadable.clear()
        _unreadable[path] = time.monotonic(), error
        raise
    _unreadable.pop(path, None)
    return found


_kept = lru_cache(maxsize=8)(read)


def _clock(shown: PublicVintage) -> list[str]:
    created = pd.Timestamp(shown.created)
    ahead = created.tz_localize(None) - pd.Timestamp(datetime.datetime.now(datetime.UTC)).tz_localize(None)
    return [f"The clock of this machine says a time before vintage {shown.id} was made: it is wrong, or was wrong then."
            ] if ahead > pd.Timedelta(minutes=10) else []


def _room() -> list[str]:
    try:
        left = shutil.disk_usage(folder()).free
    except OSError:
        return []
    return [f"Only {left // 1_000_000} MB are left on the disk of the vintages: the next import may fail."] if left < _LITTLE_ROOM else []
