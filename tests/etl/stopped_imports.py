"""Stops imports: `python -m tests.etl.stopped_imports FOLDER WHOLE ORDER`, one JSON line for each. Run by test_durable.py.

One import goes on from file to file. Each time it is about to change one of the data folder it waits, and is forked: the copy goes
on from there as an import would, and is killed (SIGKILL) at the next file, another on the way there, another meets a full
disk. What each leaves in the data folder is looked at; then the folder is put back, and the import goes on to its next
file. So every moment is tried for little more than the time of one import. `WHOLE` imports more are killed from the outside,
after some time, just as they are.

The import that waits has one thread (others do not survive a fork): what it writes beside its counting comes at the start of that
or, with ORDER `last`, at its end.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from etl import __main__ as vyrak
from etl import publish, sandbox, store
from tests.etl.conftest import record, write_export

REPEAT_EVERY = 60
"""After so many the import is repeated even if nothing is left of the one that was stopped."""
SIZES = (0, 4, 1000, 8000)
"""Bytes that each file may have on a disk that is full."""
_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir")
_TIMES = ["first_seen", "first_reported", "changed_at"]
_FULL = OSError(errno.ENOSPC, "No space left on device")


class Exports:
    """A data folder with a first vintage (`kept` is a copy of it), and the export that brings the second."""

    def __init__(self, path: Path) -> None:
        self.data, self.kept, self.held, self.look = (path / name for name in ("data", "kept", "held", "look"))
        records = [record(n) for n in range(1, 25)]
        changed = [record(1, verdict_date="2024-06-07"), *records[2:], *(record(n) for n in range(25, 35))]
        files = []
        for name, rows in (("first", records), ("second", changed)):
            (path / name).mkdir(parents=True)
            files.append(write_export(path / name / "viasna_export.csv", rows))
        self.first, self.second = files
        os.environ["VYRAK_DATA"] = str(self.data)


@dataclass(frozen=True)
class Ended:
    """How a child ended: whether by a signal, its exit status, and what it said."""

    killed: bool
    status: int
    said: str


def in_child(work: Callable[[], int | None], after: float | None = None) -> Ended:
    """Run `work` in a forked child, which is killed `after` so many seconds, if it has not ended before."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _speak_into(writing)
        _end(work)
    os.close(writing)
    return _ended(child, reading, after)


def _speak_into(writing: int) -> None:
    os.dup2(writing, 1)
    os.dup2(writing, 2)


def _end(work: Callable[[], int | None]) -> None:
    """Do `work`, and end this process as the interpreter would."""
    status = 1
    try:
        status = work() or 0
    except SystemExit as leave:
        status = int(leave.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _ended(child: int, reading: int, after: float | None) -> Ended:
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return Ended(os.WIFSIGNALED(status), os.waitstatus_to_exitcode(status), said.decode())


def import_(file: Path) -> Callable[[], None]:
    """What `python -m etl import FILE` does."""
    def work() -> None:
        sys.argv = ["etl", "import", str(file)]
        vyrak._for_people(vyrak.main, as_json=False)
    return work


def contents() -> dict[str, Any]:
    """A digest of each table of the vintage in use, without times, and those of its files that are not as its manifest says."""
    def work() -> None:
        tables = {name: _digest(publish.read_private(name)) for name in ("rows", "persons", "charges", "sentences", "assignments")}
        print(json.dumps(tables | {"cells": _digest(store.open_public().cells), "damaged": damaged()}))
    return json.loads(in_child(work).said)


def _digest(frame: pd.DataFrame) -> str:
    told = frame.drop(columns=[name for name in _TIMES if name in frame])
    return hashlib.sha256(told.sort_values(list(told.columns)).to_csv(index=False).encode()).hexdigest()


def damaged() -> list[str]:
    """The files of the vintage in use that are not as its manifest says."""
    folder = store.folder() / store.current_id()
    return [name for name, digest in publish.manifest(folder.name)["outputs"].items()
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest]


def _tree() -> dict[str, str]:
    """The vintages and what lies beside them: each file by a digest."""
    return {str(path.relative_to(store.folder())): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            for path in sorted(store.folder().rglob("*"))}


@dataclass
class Trials:
    """What is tried. `before`: the vintage before the import; `kept`: its folder; `expected`: what an import left alone gives."""

    exports: Exports
    before: str
    kept: dict[str, str]
    expected: dict[str, Any]
    told: int
    number: int = 0
    repeated: set[str] = field(default_factory=set)

    def tell(self, what: str, ended: Ended) -> None:
        """Look at what a stopped import left in the folder `look`, repeat it if it left anything, and write what was found."""
        os.environ["VYRAK_DATA"] = str(self.exports.look)
        try:
            self.number += 1
            found = {"what": what, "killed": ended.killed, "status": ended.status, "said": ended.said} | self._left()
        finally:
            os.environ["VYRAK_DATA"] = str(self.exports.data)
        os.write(self.told, json.dumps(found).encode() + b"\n")

    def _left(self) -> dict[str, Any]:
        in_use, others = store.current_id(), store.history()[1:]
        if in_use == self.before:
            state = "first" if not damaged() and not others else f"damaged: {damaged()}, {others}"
        else:
            state = "second" if contents() == self.expected and others == [self.before] else f"neither: {contents()}, {others}"
        shown = [name for name in store.unfinished() if in_child(partial(_open, name)).status == 0]
        result = {"vintage": state, "shown": shown, "unfinished": len(store.unfinished())}
        # The next import begins by clearing up. If the folder is then what it was, so is all that the import makes of it.
        _clear()
        tree = _tree()
        digest = hashlib.sha256(json.dumps(tree).encode()).hexdigest()
        if (tree != self.kept and digest not in self.repeated) or self.number % REPEAT_EVERY == 0:
            self.repeated.add(digest)
            ended = in_child(import_(self.exports.second))
            whole = ended.status == 0 and contents() == self.expected
            result["repeated"] = "whole" if whole else f"not the same: {ended} {contents()}"
            result["leftovers"] = [*store.unfinished(), *(p.name for p in store.folder().glob(".[bC]*"))]
        return result

    def whole(self, count: int) -> None:
        """Kill `count` imports, each after a longer time."""
        started = time.monotonic()
        in_child(import_(self.exports.second))
        lasted = time.monotonic() - started
        for n in range(count):
            _put(self.exports.kept, self.exports.data)
            ended = in_child(import_(self.exports.second), lasted * (n + 0.5) / count)
            self.exports.data.rename(self.exports.look)
            self.tell(f"after {n + 1}/{count} of an import", ended)
            shutil.rmtree(self.exports.look)
        _put(self.exports.kept, self.exports.data)

    def each_file(self, last: bool) -> Callable[[], None]:
        """An import that waits at every file while its copies are stopped; `last`: see the top of this file."""
        def work() -> None:
            publish.ThreadPoolExecutor = AtLast if last else AtOnce  # type: ignore[assignment,misc]
            Waiting(self, int(last))
            import_(self.exports.second)()
        return work


def _open(vintage_id: str) -> None:
    store.open_public(vintage_id)


def _clear() -> None:
    with publish.only_one_import():
        pass


def _put(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


class Waiting:
    """Waits whenever this process is about to change a file of the data folder, and tries copies of it from there."""

    def __init__(self, trials: Trials, parity: int) -> None:
        self._trials, self._data, self._parity = trials, str(trials.exports.data), parity
        self._busy, self._next = False, self._wait
        self._files, self._way = 0, 0.0
        os.fsync = self._heard("fsync", os.fsync, lambda _: self._data)
        # Arrow writes without Python, so without the audit hook.
        pd.DataFrame.to_parquet = self._heard(  # type: ignore[method-assign]
            "write", pd.DataFrame.to_parquet, lambda _, path, **__: path)
        sys.addaudithook(self._audit)

    def _heard(self, what: str, does: Callable[..., Any], path: Callable[..., Any]) -> Callable[..., Any]:
        def hearing(*arguments: Any, **options: Any) -> Any:
            self._hear(what, str(path(*arguments, **options)))
            return does(*arguments, **options)
        return hearing

    def _audit(self, event: str, arguments: tuple) -> None:
        if event in _CHANGES or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            self._hear(event, str(arguments[0]))

    def _hear(self, what: str, path: str) -> None:
        if path.startswith(self._data) and not self._busy:
            self._next(f"{what} {path[len(self._data):]}")

    def _wait(self, change: str) -> None:
        self._busy = True
        self._files += 1
        exports = self._trials.exports
        _put(exports.data, exports.held)
        for what, act, part in self._plan():
            started = time.monotonic()
            reading, writing = os.pipe()
            child = os.fork()
            if not child:
                _speak_into(writing)
                sandbox._worker = sandbox._Worker()     # two can't ask one
                self._busy, self._next = False, act
                if act is not _kill:
                    act(change)
                return
            os.close(writing)
            ended = _ended(child, reading, part and self._way * part)
            if act is _kill and ended.killed:
                self._way = time.monotonic() - started
            exports.data.rename(exports.look)
            exports.held.rename(exports.data)
            # The lock of the copy is that of this process, which goes on.
            (exports.look / "vintages" / ".lock").unlink(missing_ok=True)
            self._trials.tell(f"{what} at {self._files} {change}", ended)
            shutil.rmtree(exports.look)
            _put(exports.data, exports.held)
        self._busy = False

    def _plan(self) -> Iterator[tuple[str, Callable[[str], None], float | None]]:
        """(what, what a copy does whenever it is about to change a file, after which part of the way to the next it is killed)."""
        yield "killed", _kill, None
        yield "killed on the way", _go_on, (self._files * 0.37) % 1
        if self._files % 2 == self._parity:
            yield "full", _refuse, None
        else:
            size = SIZES[self._files // 2 % len(SIZES)]
            yield f"full after {size} bytes", lambda _: _full_after(size), None


def _kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _go_on(_: str) -> None:
    pass


def _refuse(_: str) -> None:
    raise _FULL


def _full_after(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


class AtOnce:
    """In place of an executor of one thread: does at once what it is given."""

    def __init__(self, _: int) -> None:
        pass

    def __enter__(self) -> AtOnce:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Result:
        result = work(*arguments)
        return Result(lambda: result)


class AtLast(AtOnce):
    """Does it when the result is asked for."""

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Result:
        return Result(lambda: work(*arguments))


@dataclass(frozen=True)
class Result:
    """What an executor gives for work: the result, when asked."""

    result: Callable[[], Any]


def run(path: Path, whole: int, order: str) -> None:
    """Stop imports in every way, and print what was found."""
    exports = Exports(path)
    in_child(import_(exports.first))
    shutil.copytree(exports.data, exports.kept)
    in_child(_clear)
    before, kept = store.current_id(), _tree()
    in_child(import_(exports.second))
    trials = Trials(exports, before, kept, contents(), os.dup(1))
    trials.whole(whole)
    through = in_child(trials.each_file(order == "last"))
    if through.status:
        sys.exit(through.said)


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
