"""Files that are on the disk, whole, before anything points to them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Write a file whole, or leave what was there. Raises OSError."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    flush(new)
    new.replace(path)
    with suppress(OSError):
        flush_one(path.parent)


def flush(path: Path) -> None:
    """Make sure that `path`, and all below it, is on the disk before anything points to it."""
    for part in [*path.rglob("*"), path] if path.is_dir() else [path]:
        flush_one(part)


def flush_one(path: Path) -> None:
    """The same for one file, or for the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
