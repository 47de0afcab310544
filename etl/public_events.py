"""The public events that charts mark (an election, laws, waves of pardons): CSV files that staff edit → one checked table.

`data/events.csv` is shipped; an `events.csv` in the data folder adds to it, and takes its place on the days that both name. Events are
public facts with a source, never what happened to one person. A bad line is left out and told; the others are taken.
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import settings
from etl import codes, overlay, problems

COLUMNS = ["date", *codes.LABELS, "source"]
"""A day ("2020-08-09"), what the event is called in each language, and the address or publication that tells of it."""

SHIPPED = settings.ROOT / "data" / "events.csv"
LONGEST_LABEL = 60
"""Letters of a label; a longer one is no label."""
_LONGEST_SOURCE, _LONGEST_LINE, _LARGEST = 400, 5_000, 1_000_000
_EARLIEST = 1990
_NONE = pd.DataFrame(columns=COLUMNS, dtype="str")
_FORMS = ("%Y-%m-%d", "%d.%m.%Y")
"""As it is to be written, and as spreadsheet programs here write it."""


def events(now: pd.Timestamp) -> tuple[pd.DataFrame, list[problems.Problem]]:
    """(COLUMNS as text, one row a day and label, in order of time; what was wrong), for the data folder and profile in use."""
    laid = overlay.current()
    own = settings.data_folder() / SHIPPED.name
    # What is shipped is of Belarus; a list from elsewhere has its own events or none.
    paths = [] if laid and laid.profile.foreign else [SHIPPED]
    if own.exists() and own.resolve() != SHIPPED.resolve():
        paths.append(own)
    frames, found = [_NONE], []
    for path in paths:
        frame, wrong = _of(path, now)
        frames = [each[~each["date"].isin(frame["date"])] for each in frames] + [frame]
        found += wrong
    return pd.concat(frames).drop_duplicates().sort_values(["date", "label_en"]).reset_index(drop=True).astype("str"), found


def _of(path: Path, now: pd.Timestamp) -> tuple[pd.DataFrame, list[problems.Problem]]:
    """The good lines of one file, and what is wrong with the others."""
    try:
        text = path.read_bytes()[:_LARGEST].decode("utf-8-sig")
    except OSError as error:
        return _NONE, [problems.problem("file-unreadable", path.name, found=error.strerror or "it can't be opened")]
    except UnicodeDecodeError:
        return _NONE, [problems.problem("file-unreadable", path.name, found="it is not a CSV in UTF-8")]
    first, *lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    delimiter = max(",;\t", key=first.count)
    header = [cell.casefold() for cell in _cells(first, delimiter)]
    if missing := [name for name in COLUMNS if name not in header]:
        return _NONE, [problems.problem("events-column", path.name, found=missing[0], expected=", ".join(COLUMNS))]
    found, taken = [], []
    for number, line in enumerate(lines, start=2):
        cells = _cells(line, delimiter)
        if not any(cells):
            continue
        event = dict(zip(header, [*cells, *[""] * len(header)], strict=False))
        wrong = list(_wrong(event, cells[len(header):], path.name, number, now))
        found += wrong
        taken += [] if wrong else [event | {"date": f"{_day(event['date']):%Y-%m-%d}"}]
    return pd.DataFrame(taken, columns=COLUMNS).astype("str"), found


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line, each as words that can be seen. Line by line, so that a quotation mark left open swallows no other."""
    cells = next(csv.reader([line[:_LONGEST_LINE]], delimiter=delimiter), [])
    return [" ".join("".join(letter if letter.isprintable() else " " for letter in cell).split()) for cell in cells]


def _wrong(line: dict[str, str], beyond: list[str], file: str, number: int, now: pd.Timestamp) -> Iterator[problems.Problem]:
    """Why a line can't be taken; nothing for a good one."""
    if any(beyond):
        yield problems.problem("row-wider", file, row=number, found=" ".join(beyond).strip())
        return
    day = _day(line["date"])
    if day is None or day.year < _EARLIEST or day > now.date():
        yield problems.problem("event-date", file, row=number, column="date", found=line["date"])
    for name in (*codes.LABELS, "source"):
        if not line[name] or len(line[name]) > _LONGEST_SOURCE:
            yield problems.problem("event-incomplete", file, row=number, column=name, found=name)
        elif len(line[name]) > LONGEST_LABEL and name != "source":
            yield problems.problem("event-label-long", file, row=number, column=name, found=str(len(line[name])), expected=str(LONGEST_LABEL))


def _day(text: str) -> datetime.date | None:
    for form in _FORMS:
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None
