"""What the server writes down: one JSON object a line, and in it nothing of a reader. Imports nothing of ours.

A line has `at` (UTC), `level`, `from`, `said`, and for a failure `error` (its type) and `where` (the places in the program, the innermost last).
It never has what filled a message in, nor the text of a failure: those may hold an address, a path, a query, a header or a value. Only what
starts and watches the workers, and knows of no request, speaks in full.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent
_KNOWS_NO_REQUEST = {"arbiter.py", "sock.py", "pidfile.py"}
"""Modules of gunicorn in whose messages nothing of a reader can stand."""
_DEEPEST = 12


class Lines(logging.Formatter):
    """Writes a record as such a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {"at": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%SZ}", "level": record.levelname.lower(),
                                   "from": record.name, "said": _said(record)}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__name__
            if _open(record):
                line["why"] = str(error)
            line["where"] = [_place(frame) for frame in traceback.extract_tb(error.__traceback__)[-_DEEPEST:]]
        return json.dumps(line, ensure_ascii=False)


def _open(record: logging.LogRecord) -> bool:
    return record.name == "gunicorn.error" and Path(record.pathname).name in _KNOWS_NO_REQUEST


def _said(record: logging.LogRecord) -> str:
    """The message; what was filled in only where it is a number or nothing of a reader can stand in it."""
    if _open(record):
        return record.getMessage()
    written = str(record.msg)
    # A text without gaps may have been filled in before it came here, as gunicorn does with the address of whom it refuses.
    if record.name.startswith("gunicorn") and not record.args:
        return f"{Path(record.pathname).stem}.{record.funcName}"
    if not isinstance(record.args, tuple) or not record.args:
        return written
    try:
        return written % tuple(part if isinstance(part, int | float) else "…" for part in record.args)
    except (TypeError, ValueError):
        return written


def _place(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    short = path.relative_to(ROOT) if path.is_relative_to(ROOT) and ".venv" not in path.parts else Path(*path.parts[-2:])
    return f"{short}:{frame.lineno} {frame.name}"
