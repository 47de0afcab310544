"""Parses files in a process of its own, with limits: a file that breaks or swamps the parser costs only itself.

A password of encrypted files comes with the request, through the pipe: never as an argument or in the environment, which other
programs can see, and nothing that a library says here is printed or logged.

One worker serves all files of an import, so that its start is not paid for each. It writes nothing, holds at most
MEMORY bytes and stops itself after SECONDS of one file. What it sends is unpickled with dates as the only classes,
so that a parser taken over by a hostile file can send data and nothing else.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime
import gc
import json
import logging
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

MEMORY = 1_000_000_000
SECONDS = 25
LARGEST_ANSWER = 512_000_000
"""Bytes of cells that one file may yield: what a small file unpacks to must fit into the memory of the import."""

LARGEST_BEGUN = 500_000_000
"""Bytes of a file that is begun before the settings are known."""

ROWS_AT_ONCE = 2000
Message = tuple[Any, ...]
"""What a parser says, in order: ("sheet", name), ("rows", [row, …]), ("problem", kind, {field: value})."""


class Died(Exception):
    """The worker ended in the middle of a file; the text says why, for people."""


class _DataOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in ("date", "datetime", "time", "timedelta"):
            return getattr(datetime, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not a cell")


class _Worker:
    """The running worker, started when it is first needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._begun: dict[str, Any] | None = None

    def begin(self, request: dict[str, Any]) -> None:
        """Send a request; `ask` then takes its answer."""
        if self._begun is not None:
            self.stop()     # nobody wanted that answer
        stdin = self._started().stdin
        if stdin is None:
            raise Died("the reader could not be started")
        stdin.write(json.dumps(request).encode() + b"\n")
        stdin.flush()
        self._begun = request

    def ask(self, request: dict[str, Any]) -> Iterator[Message]:
        try:
            if self._begun != request:
                self.begin(request)
            self._begun = None
            stdout = self._started().stdout
            while stdout and (message := _DataOnly(stdout).load()) != ("end",):
                yield message
        except GeneratorExit:
            self.stop()
            raise
        except (EOFError, OSError, pickle.UnpicklingError, ValueError, TypeError, AttributeError, MemoryError) as error:
            raise Died(self._cause()) from error

    def stop(self) -> None:
        process, self._process, self._begun = self._process, None, None
        if process is not None:
            process.kill()
            process.communicate()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "etl.sandbox"], cwd=Path(__file__).resolve().parent.parent,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return self._process

    def _cause(self) -> str:
        process = self._process
        if process is None:
            return "reading it was stopped"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)
        code = process.returncode
        self.stop()
        if code == -signal.SIGALRM:
            return f"reading it takes longer than {SECONDS} seconds"
        return "reading it takes too much memory, or the file is damaged"


_worker = _Worker()
atexit.register(_worker.stop)


def parse(path: Path, **options: Any) -> Iterator[Message]:
    """What the parser says of the file at `path` (see Message), as it comes. Raises Died if it breaks."""
    return _worker.ask(_request(path, **options))


def begin(path: Path) -> None:
    """Let the worker start on the file that will probably be asked for first, while the program is still loading.

    A guess: where another file is asked for first, the worker is stopped, and nothing it says of this one is looked at.
    """
    with contextlib.suppress(OSError, ValueError):
        if path.is_file() and path.stat().st_size <= LARGEST_BEGUN:
            _worker.begin(_request(path, password=""))


def _request(path: Path, **options: Any) -> dict[str, Any]:
    return {"path": str(path.resolve()), **options}


def _limit() -> None:
    import resource
    # Not every system honours each of them; the time limit works everywhere.
    for name, value in (("RLIMIT_AS", MEMORY), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    from etl import parse as parser
    for line in iter(requests.readline, b""):
        request = json.loads(line)
        signal.alarm(int(request.pop("seconds", SECONDS)))
        sent = 0
        for message in parser.messages(Path(request.pop("path")), **request):
            packed = pickle.dumps(message, 5)
            sent += len(packed)
            if sent > LARGEST_ANSWER:
                answers.write(pickle.dumps(("failed", "file-unreadable", "it unpacks to too much data"), 5))
                break
            answers.write(packed)
        answers.write(pickle.dumps(("end",), 5))
        answers.flush()
        signal.alarm(0)
        gc.collect()


def _main() -> None:
    answers = os.fdopen(os.dup(1), "wb", 1 << 20)
    # Whatever a library prints must not get between the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    logging.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit()
    # Rows are many small objects without cycles; what a library leaves behind is collected between files.
    gc.disable()
    _serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    _main()
