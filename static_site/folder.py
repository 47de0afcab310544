"""A folder of files that is replaced at one stroke: who reads sees the old one whole or the new one whole, whatever happens meanwhile."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.text import t

MANIFEST, MARK = "manifest.sha256", "site.json"
"""What `sha256sum -c` reads; and by what a folder is known as one that may be replaced."""
_AT_FDCWD, _EXCHANGE = -100, 2


class CannotWrite(Exception):
    """The folder can't be written; the message says why, in words for people."""


@dataclass(frozen=True)
class Written:
    """How many files are new or other than before, the same, and gone."""

    changed: int
    same: int
    gone: int


def write(folder: Path, files: Mapping[str, bytes]) -> Written:
    """Make `folder` hold `files` (name → contents), the manifest of their hashes, and nothing else.

    Files that are the same as before stay the same files, with the time of their last change; where all are, nothing is written. Raises
    CannotWrite if the folder holds something else, if another run is writing it, or if there is no room.
    """
    folder = folder.absolute()
    files = dict(files) | {MANIFEST: _manifest(files)}
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            return _write(folder, files)
    except OSError as error:
        raise CannotWrite(t("{folder} can't be written: {reason}.", folder=folder, reason=error.strerror or error)) from error


def _write(folder: Path, files: dict[str, bytes]) -> Written:
    new, old = (folder.with_name(f".{folder.name}.{what}") for what in ("new", "old"))
    if old.exists() and not folder.exists():
        old.rename(folder)  # a run was cut off between two renames
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()} if folder.is_dir() else set()
    if (folder.exists() and not folder.is_dir()) or (there and MARK not in there):
        raise CannotWrite(t("{folder} holds something else than a copy of the site. Name another folder, or empty it.", folder=folder))
    same = {name for name in there & files.keys() if (folder / name).read_bytes() == files[name]}
    told = Written(len(files) - len(same), len(same), len(there - files.keys()))
    if not told.changed and not told.gone:
        return told
    for name, data in files.items():
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        if name in same:
            _same(folder / name, new / name)
        else:
            (new / name).write_bytes(data)
    _into_place(new, folder, old)
    return told


def _same(file: Path, to: Path) -> None:
    """The same file at another place; a copy where the disk knows no file by two names, as a USB stick."""
    try:
        os.link(file, to)
    except OSError:
        shutil.copy2(file, to)


def _into_place(new: Path, folder: Path, old: Path) -> None:
    os.sync()
    if not folder.exists():
        new.rename(folder)
        return
    if _exchanged(new, folder):
        new.rename(old)
    else:
        folder.rename(old)
        new.rename(folder)
    shutil.rmtree(old)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the system could exchange two folders at one stroke: Linux can, on most disks."""
    exchange = getattr(ctypes.CDLL(None), "renameat2", None)
    return exchange is not None and exchange(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0


def _manifest(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other run writes `folder` while in here. Raises CannotWrite."""
    with (folder.with_name(f".{folder.name}.lock")).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            raise CannotWrite(t("Another run is writing {folder}. Wait for it.", folder=folder)) from error
        yield
