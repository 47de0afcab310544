"""A backup of a data folder as one file, and a data folder out of a backup.

The file is a plain tar: first `vyrak-backup.json` with the length and SHA-256 of every file, then these files in that order. It holds
what people decided (`*.csv` of the data folder), every vintage with its history, and the settings and vocabulary they were made with;
neither reports nor incoming lists. Vintages never change and the history only grows, so a backup needs no lock: whatever an import does
meanwhile, the file shows the moment at which `CURRENT` was read.

It holds persons. It is readable by its owner alone and made to be sent through a program that encrypts (docs/operations.md).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pandas as pd

import settings
from etl import codes, durable, publish, store

LAYOUT = 1
_LIST = "vyrak-backup.json"
_WHAT = "backup of a data folder of Vyrak"
_LONGEST_LIST = 64 * 1024 * 1024
_PIECE = 1024 * 1024
_ID = r"\d{8}T\d{6}Z-[0-9a-f]{8}"
_MAY_BE = re.compile(
    rf"vintages/(?:CURRENT|history\.jsonl|{_ID}\.withdrawn|{_ID}/manifest\.json|{_ID}/(?:public|private)/[a-z_]{{1,60}}\.(?:parquet|json))"
    r"|[a-z_]{1,60}\.csv|program/config\.toml|program/vocabulary/[a-z_]{1,60}\.csv", re.ASCII)
"""Every path that a backup can hold. Nothing else is ever made into a path: no folder above, no link, no other name."""
_OTHERS = {b"age-encryption.org": "it is encrypted with age: age --decrypt FILE | python -m etl restore -",
           b"-----BEGIN AGE": "it is encrypted with age: age --decrypt FILE | python -m etl restore -",
           b"-----BEGIN PGP": "it is encrypted with gpg: gpg --decrypt FILE | python -m etl restore -",
           b"\x85": "it may be encrypted with gpg: gpg --decrypt FILE | python -m etl restore -",
           b"\x1f\x8b": "it is compressed: gunzip it first", b"\x28\xb5\x2f\xfd": "it is compressed: unzstd it first", b"PK": "it is a ZIP file"}


class BackupError(Exception):
    """A backup can't be made or used; the message says why and what to do."""


@dataclass(frozen=True)
class _File:
    """One file of a backup. `content` is held only of what may change while the backup is made."""

    path: str
    size: int
    sha256: str
    content: bytes | None = None


@dataclass(frozen=True)
class Told:
    """What was written or restored. `sha256`: of the whole archive; `differing`: settings and vocabulary that are not those of this program."""

    vintage: str
    vintages: int
    files: int
    size: int
    sha256: str
    differing: tuple[str, ...] = ()


class _Through:
    """Passes bytes on, and counts and hashes them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._hash, self.size = stream, hashlib.sha256(), 0

    def write(self, piece: bytes) -> int:
        self._noted(piece)
        self._stream.write(piece)
        return len(piece)

    def read(self, size: int) -> bytes:
        # A pipe may give less than asked for before its end.
        pieces = []
        while size > 0 and (piece := self._stream.read(min(size, _PIECE))):
            pieces.append(piece)
            size -= len(piece)
        return self._noted(b"".join(pieces))

    def _noted(self, piece: bytes) -> bytes:
        self._hash.update(piece)
        self.size += len(piece)
        return piece

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


# To a file ------------------------------------------------------------------------------------------------------------

def to_file(file: Path, now: pd.Timestamp) -> Told:
    """Write a backup to a file of this name, whole or not at all. Raises BackupError, store.StoreError, OSError."""
    if file.exists():
        raise BackupError(f"{file} is there already, and may be the only good backup; give another name.")
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        # Nobody else may read it, not for a moment.
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            told = to_stream(stream, now)
            stream.flush()
            os.fsync(stream.fileno())
        part.rename(file)
        durable.flush_one(file.parent)
    except OSError as error:
        raise BackupError(f"{error.filename or file}: {error.strerror}. No backup was made.") from error
    finally:
        part.unlink(missing_ok=True)
    return told


def to_stream(stream: BinaryIO, now: pd.Timestamp) -> Told:
    """Write a backup of the data folder. Raises BackupError, store.NoVintage or StoreError, OSError."""
    current = store.current_id()
    files = list(_files(current))
    out = _Through(stream)
    told = {"what": _WHAT, "layout": LAYOUT, "made": now.isoformat(), "current": current, "files": [[f.path, f.size, f.sha256] for f in files]}
    text = json.dumps(told, indent=0).encode()
    _put(out, _LIST, text, now)
    for file in files:
        _put(out, file.path, _checked(file), now)
    out.write(bytes(2 * tarfile.BLOCKSIZE))
    return Told(current, sum(f.path.endswith("/manifest.json") for f in files), len(files), out.size, out.sha256)


def _files(current: str) -> Iterator[_File]:
    """What the backup holds, in its order."""
    data, folder = settings.data_folder(), store.folder()
    # What may change is read first: a vintage that comes into use after this belongs to the next backup.
    changing = [_held("vintages/CURRENT", current.encode())]
    if (folder / "history.jsonl").exists():
        changing.append(_held("vintages/history.jsonl", (folder / "history.jsonl").read_bytes()))
    decided = [path for path in data.glob("*.csv") if _MAY_BE.fullmatch(path.name) and not path.name.startswith("published_")]
    changing += [_held(path.name, path.read_bytes()) for path in sorted(decided)]
    changing += [_held(f"program/{path.name}", path.read_bytes()) for path in [settings.ROOT / "config.toml"]]
    changing += [_held(f"program/vocabulary/{path.name}", path.read_bytes()) for path in sorted(codes.FOLDER.glob("*.csv"))]
    withdrawn = [gone.vintage for gone in store.withdrawals()]
    changing += [_held(f"vintages/{name}.withdrawn", store.withdrawal_mark(name).read_bytes()) for name in withdrawn]
    yield from changing
    for name in sorted({*store.history(), *withdrawn, current}):
        yield from _of_vintage(name)


def _of_vintage(name: str) -> Iterator[_File]:
    """The files of a vintage, held against what its manifest says of them."""
    folder = store.folder() / name
    outputs = publish.manifest(name)["outputs"]
    wrong = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        inside = str(path.relative_to(folder))
        digest = _sha256(path)
        if inside != "manifest.json" and outputs.pop(inside, None) != digest:
            wrong.append(inside)
        yield _File(f"vintages/{name}/{inside}", path.stat().st_size, digest)
    if wrong or outputs:
        raise BackupError(f"The vintage {name} is damaged ({', '.join([*wrong, *outputs][:3])}): what is on the disk is not what its manifest says. "
                          "No backup was made, so that it takes the place of no good one. Restore that folder from an earlier backup.")


def _held(path: str, content: bytes) -> _File:
    return _File(path, len(content), hashlib.sha256(content).hexdigest(), content)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked(file: _File) -> bytes:
    content = (settings.data_folder() / file.path).read_bytes() if file.content is None else file.content
    if len(content) != file.size or hashlib.sha256(content).hexdigest() != file.sha256:
        raise BackupError(f"{file.path} changed while the backup was made; nothing ever should. Look after the disk, then try again.")
    return content


def _put(out: _Through, path: str, content: bytes, now: pd.Timestamp) -> None:
    info = tarfile.TarInfo(path)
    info.size, info.mode, info.mtime = len(content), 0o600, int(now.timestamp())
    out.write(info.tobuf(tarfile.USTAR_FORMAT))
    out.write(content)
    out.write(bytes(-len(content) % tarfile.BLOCKSIZE))


# From a file ----------------------------------------------------------------------------------------------------------

def from_file(file: Path) -> Told:
    """Fill the data folder, which must hold no vintages, from a backup. Raises BackupError, publish.BusyError, OSError."""
    try:
        stream = file.open("rb")
    except OSError as error:
        raise BackupError(f"{file} can't be opened: {error.strerror}.") from error
    with stream:
        return from_stream(stream)


def from_stream(stream: BinaryIO) -> Told:
    """The same from a stream. Until all of it has been read and found right, the data folder is as it was."""
    data = settings.data_folder()
    _must_be_free(data)
    archive = _Through(stream)
    current, files = _listed(archive)
    _must_fit(data, files)
    with publish.only_one_import():
        staged = data / ".restoring"
        shutil.rmtree(staged, ignore_errors=True)
        try:
            staged.mkdir(mode=0o700)
            _unpack(archive, files, staged)
            vintages = _sound(staged / "vintages", current, files)
            differing = _only_differing(staged / "program", settings.ROOT)
            durable.flush(staged)
            _bring_in(staged, data)
        except OSError as error:
            raise BackupError(f"{error.filename or data}: {error.strerror}. Nothing was restored.") from error
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return Told(current, vintages, len(files), archive.size, archive.sha256, differing)


def _must_be_free(data: Path) -> None:
    there = [path.name for path in (data / "vintages").glob("*") if path.name != ".lock" and not path.name.startswith(".building-")]
    if there:
        raise BackupError(f"{data} holds vintages already, and nothing is ever restored over them. Name an empty folder (VYRAK_DATA=…), or move "
                          f"{data / 'vintages'} away.")


def _must_fit(data: Path, files: list[_File]) -> None:
    """What people decided may be there already, if it is the same; and there must be room for all."""
    for file in files:
        here = data / file.path
        if file.path.endswith(".csv") and "/" not in file.path and here.exists() and _sha256(here) != file.sha256:
            raise BackupError(f"{here} is there already and is another than that of the backup. Move it away, and compare the two afterwards.")
    data.mkdir(parents=True, exist_ok=True)
    needed, free = sum(file.size for file in files), shutil.disk_usage(data).free
    if needed > free:
        raise BackupError(f"The backup says that it needs {needed / 1e6:,.0f} MB; {data} has room for {free / 1e6:,.0f} MB.")


def _listed(archive: _Through) -> tuple[str, list[_File]]:
    """The vintage in use and the files, as the first file of the archive lists them."""
    name, size = _header(archive, first=True)
    if name != _LIST or not 0 < size <= _LONGEST_LIST:
        raise BackupError("This is no backup of Vyrak: it does not begin with the list of its files.")
    try:
        text = io.BytesIO()
        _copied(archive, size, name, text)
        told = json.loads(text.getvalue())
        if not isinstance(told, dict) or told.get("what") != _WHAT:
            raise BackupError("This is no backup of Vyrak: its list does not say so.")
        if not isinstance(told["layout"], int) or told["layout"] > LAYOUT:
            raise BackupError("This backup was made by a newer Vyrak. Update this one.")
        files = [_File(path, size, sha256) for path, size, sha256 in told["files"]]
        current = told["current"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BackupError("The list of files in this backup is damaged.") from error
    _must_be_plain(files)
    return current, files


def _must_be_plain(files: list[_File]) -> None:
    """No path leads anywhere but to where Vyrak keeps such a file."""
    for file in files:
        if not isinstance(file.path, str) or not _MAY_BE.fullmatch(file.path):
            raise BackupError(f"This backup lists a file that no backup of Vyrak holds ({str(file.path)[:60]!r}). It was made or altered by "
                              "somebody else; nothing of it was used.")
        if not isinstance(file.size, int) or file.size < 0 or not isinstance(file.sha256, str):
            raise BackupError("The list of files in this backup is damaged.")
    if len({file.path for file in files}) < len(files):
        raise BackupError("This backup lists a file twice; nothing of it was used.")


def _header(archive: _Through, *, first: bool = False) -> tuple[str, int]:
    """Name and length of the next file; ("", 0) at the end."""
    block = archive.read(tarfile.BLOCKSIZE)
    if first and (known := next((why for start, why in _OTHERS.items() if block.startswith(start)), "")):
        raise BackupError(f"This is no backup of Vyrak as it was written; {known}.")
    if first and len(block) < tarfile.BLOCKSIZE:
        raise BackupError("This is no backup of Vyrak: it is empty, or a few letters long.")
    if len(block) == tarfile.BLOCKSIZE and not block.strip(b"\0"):
        return "", 0
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, ValueError) as error:
        raise BackupError("This is no backup of Vyrak." if first else f"The backup is cut off or damaged at byte {archive.size:,}.") from error
    if info.type != tarfile.REGTYPE:
        raise BackupError(f"The backup holds something that is no plain file ({info.name[:60]!r}); nothing of it was used.")
    return info.name, info.size


def _copied(archive: _Through, size: int, name: str, out: BinaryIO) -> str:
    """Copy the content of a file, a piece at a time; its SHA-256."""
    digest, left = hashlib.sha256(), size
    while left and (piece := archive.read(min(left, _PIECE))):
        digest.update(piece)
        out.write(piece)
        left -= len(piece)
    if left or len(archive.read(-size % tarfile.BLOCKSIZE)) < -size % tarfile.BLOCKSIZE:
        raise BackupError(f"The backup is cut off in {name}, after {archive.size:,} bytes. Copy it anew, or take an earlier one.")
    return digest.hexdigest()


def _unpack(archive: _Through, files: list[_File], staged: Path) -> None:
    """Each file as it was listed, or none."""
    for file in files:
        name, size = _header(archive)
        if (name, size) != (file.path, file.size):
            raise BackupError(f"The backup is damaged: {file.path} should come after {archive.size:,} bytes, and does not.")
        path = staged / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as out:
            digest = _copied(archive, size, name, out)
        if digest != file.sha256:
            raise BackupError(f"{name} in the backup is not as it was when the backup was made (SHA-256). Copy it anew, or take an earlier one.")
    for private in staged.glob("vintages/*/private"):
        private.chmod(0o700)
    if _header(archive)[0] or archive.read(tarfile.BLOCKSIZE).strip(b"\0") or archive.read(1):
        raise BackupError("The backup holds more than it lists; nothing of it was used.")


def _sound(vintages: Path, current: str, files: list[_File]) -> int:
    """How many vintages there are. Each must be whole, by its own manifest too, and open."""
    by_path = {file.path: file.sha256 for file in files}
    names = sorted(path.split("/")[1] for path in by_path if path.endswith("/manifest.json"))
    for name in names:
        try:
            manifest = json.loads((vintages / name / "manifest.json").read_text(encoding="utf-8"))
            store.must_be_known(name, manifest["schema"])
            outputs = {f"vintages/{name}/{path}": digest for path, digest in manifest["outputs"].items()}
            store.read(vintages / name / "public")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupError(f"The vintage {name} in the backup is damaged: its manifest can't be read.") from error
        except store.StoreError as error:
            raise BackupError(f"In the backup: {error}") from error
        here = {path: digest for path, digest in by_path.items() if path.startswith(f"vintages/{name}/")}
        here.pop(f"vintages/{name}/manifest.json")
        if here != outputs:
            raise BackupError(f"The vintage {name} in the backup is not what its manifest says; nothing was used.")
    pointer = vintages / "CURRENT"
    if current not in names or not pointer.is_file() or pointer.read_bytes() != str(current).encode():
        raise BackupError("The backup does not hold the vintage that it says is in use; nothing of it was used.")
    return len(names)


def _only_differing(program: Path, ours: Path) -> tuple[str, ...]:
    """The settings and vocabulary of the backup that are not those of this program; the others are taken away."""
    differing = []
    for path in sorted(p for p in program.rglob("*") if p.is_file()):
        inside = path.relative_to(program)
        same = ours / inside if inside.parts[0] == "config.toml" else codes.FOLDER / inside.name
        if same.is_file() and same.read_bytes() == path.read_bytes():
            path.unlink()
        else:
            differing.append(str(inside))
    if (program / "vocabulary").exists() and not any((program / "vocabulary").iterdir()):
        (program / "vocabulary").rmdir()
    return tuple(differing)


def _bring_in(staged: Path, data: Path) -> None:
    """Move all into the data folder. The vintages come last and in one step: until then the folder holds none."""
    for path in staged.glob("*.csv"):
        path.replace(data / path.name)
    if any(p.is_file() for p in (staged / "program").rglob("*")):
        shutil.rmtree(data / "program", ignore_errors=True)
        (staged / "program").rename(data / "program")
    lock = data / "vintages" / ".lock"
    lock.unlink()
    # An empty folder gives way to another; one in which an import has begun meanwhile does not.
    try:
        (staged / "vintages").rename(data / "vintages")
    except OSError as error:
        raise BackupError(f"{data / 'vintages'} can't be put in place ({error.strerror}): an import has begun, or it is a disk of its own. "
                          "Nothing was restored.") from error
    durable.flush_one(data)
