"""Kills imports: `python -m tests.etl.kill_imports FOLDER MOMENTS SHARE OF`, one JSON line a kill. Run by test_durable.py.

Each import is a forked child of this process, which has everything loaded, so that 200 of them take half a minute. A child
kills itself (SIGKILL) when it is about to touch its n-th file of the data folder, for every n; for the other moments this
process kills it after some time, spread over the run. `SHARE OF`: which part of the moments, of how many.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from etl import publish, store
from etl.__main__ import main as vyrak
from tests.etl.conftest import record, write_export

REPEAT_EVERY = 10
"""After so many kills in one data folder, whatever they left in it, the import is run to its end."""
_TOUCH = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir")
_TIMES = ["first_seen", "first_reported", "changed_at"]


class Exports:
    """A data folder with a first vintage (`kept` is a copy of it), and the export that brings the second."""

    def __init__(self, path: Path) -> None:
        self.data, self.kept = path / "data", path / "kept"
        records = [record(n) for n in range(1, 25)]
        changed = [record(1, verdict_date="2024-06-07"), *records[2:], *(record(n) for n in range(25, 35))]
        files = []
        for name, rows in (("first", records), ("second", changed)):
            (path / name).mkdir(parents=True)
            files.append(write_export(path / name / "viasna_export.csv", rows))
        self.first, self.second = files
        os.environ["VYRAK_DATA"] = str(self.data)

    def reset(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(self.kept, self.data)


def in_child(work: Callable[[int], None], after: float | None = None) -> tuple[bool, bytes]:
    """Run `work` in a forked child, which may write to the file descriptor it gets: (was it killed, what it wrote).

    It is killed `after` so many seconds, if that is given and it has not ended before.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        try:
            work(writing)
        finally:
            os._exit(0)
    os.close(writing)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        wrote = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status), wrote


def import_(file: Path, kill_at: int = 0) -> Callable[[int], None]:
    """An import of `file` that writes the time at which it touches each file of the data folder, and may kill itself."""
    def work(writing: int) -> None:
        data, started, touched = os.environ["VYRAK_DATA"], time.monotonic(), 0

        def count(event: str, arguments: tuple) -> None:
            nonlocal touched
            if event in _TOUCH and str(arguments[0]).startswith(data):
                touched += 1
                os.write(writing, struct.pack("d", time.monotonic() - started))
                if touched == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        with suppress(SystemExit):
            vyrak(["import", "--json", str(file)], standalone_mode=False)
    return work


def damaged() -> list[str]:
    """The files of the vintage in use that are not as its manifest says."""
    folder = store.folder() / store.current_id()
    return [name for name, digest in publish.manifest(folder.name)["outputs"].items()
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest]


def contents() -> dict[str, str]:
    """A digest of each table of the vintage in use, without times."""
    def work(writing: int) -> None:
        tables = {name: _digest(publish.read_private(name)) for name in ("rows", "persons", "charges", "sentences", "assignments")}
        cells = _digest(store.open_public().cells)
        os.write(writing, json.dumps(tables | {"cells": cells, "damaged": damaged()}).encode())
    return json.loads(in_child(work)[1])


def _digest(frame) -> str:
    told = frame.drop(columns=[name for name in _TIMES if name in frame])
    return hashlib.sha256(told.sort_values(list(told.columns)).to_csv(index=False).encode()).hexdigest()


def moments(times: list[float], count: int) -> list[tuple[str, float]]:
    """Every file touched, and for the rest times over the whole run, half of them between the first and last touch."""
    touches = [("file", float(n)) for n in range(1, len(times) + 1)]
    rest = count - len(touches)
    writing = [times[0] + (times[-1] - times[0]) * i / (rest // 2) for i in range(rest // 2)]
    whole = [times[-1] * (i + 1) / (rest - len(writing) + 1) for i in range(rest - len(writing))]
    return [*touches, *(("time", t) for t in (*writing, *whole))]


def run(path: Path, count: int, share: int, of: int) -> None:
    """Kill, look, now and then repeat; print what was found."""
    exports = Exports(path)
    in_child(import_(exports.first))
    shutil.copytree(exports.data, exports.kept)
    before = store.current_id()
    _, wrote = in_child(import_(exports.second))
    after = contents()
    times = [t for t, in struct.iter_unpack("d", wrote)]
    exports.reset()
    for number, (kind, value) in enumerate(moments(times, count)[share::of], start=1):
        killed = False
        while not killed:      # a quicker run than the one measured may end before its time
            killed, _ = in_child(import_(exports.second, int(value))) if kind == "file" else in_child(
                import_(exports.second), value)
            if not killed:
                kind, value = "time", value * 0.7 if kind == "time" else times[0]
                exports.reset()
        if store.current_id() == before:
            state = "first" if not damaged() else f"damaged: {damaged()}"
        else:
            state = "second" if contents() == after else f"neither: {contents()}"
        result = {"kind": kind, "at": value, "vintage": state}
        if state == "second" or number % REPEAT_EVERY == 0:
            in_child(import_(exports.second))
            result["repeated"] = "whole" if contents() == after else f"not the same: {contents()}"
            result["leftovers"] = [p.name for p in store.folder().iterdir() if p.name.startswith((".building", ".CURRENT"))]
            exports.reset()
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    run(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
