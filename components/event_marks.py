"""Public events (etl/public_events.py) on charts with an axis of months or quarters: thin dotted lines with small numbers, and a note in words.

Numbers and not words stand in the picture, since words would meet on a phone: the note below the chart says what each number is, to those
who hear the page too. An event that comes again (a wave of pardons) has one number, and short lines after the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from components.figures import Figure
from components.filters import View
from components.selection import Selection, period_of
from components.statistic_figures import QUIET
from components.text import labels, period, t
from components.told import Told

Shown = TypeVar("Shown", Selection, Told)
_PERIOD = re.compile(r"\d{4}-(?:Q[1-4]|0[1-9]|1[0-2])")
_LINE = "#818b95"
_ROWS, _ROW, _DIGITS, _NARROW = 2, 12, 13, 340
"""Rows of numbers at most, their height, the room of a number, and the width of the narrowest picture, in pixels."""
_SHORT = 0.88
"""Where the line of an event that comes again begins, as a part of the panel's height."""


@dataclass(frozen=True)
class _Event:
    """What happened, and on which days (the first one first)."""

    label: str
    days: tuple[str, ...]


def told(select: Callable[[View], Shown], periods: Callable[[Shown], list[str]]) -> Callable[[View], Shown]:
    """`select` with a note of the events in the periods that it shows."""
    def selected(view: View) -> Shown:
        found: Shown = select(view)
        note = _note(_in(view, periods(found)))
        return replace(found, notes=[*found.notes, note]) if note else found
    return selected


def marked(figure: Callable[[Shown, View], Figure], periods: Callable[[Shown], list[str]]) -> Callable[[Shown, View], Figure]:
    """`figure` with the lines and numbers of the events; `periods`: of its axis, in their order."""
    def drawn(shown: Shown, view: View) -> Figure:
        axis = periods(shown)
        return _mark(figure(shown, view), axis, _in(view, axis))
    return drawn


def of_selection(shown: Selection) -> list[str]:
    """The periods on the axis of a chart of cells."""
    return list(dict.fromkeys(shown.frame["period"]))


def _period_of(day: str, like: str) -> str:
    """The month or quarter that a day lies in."""
    return period_of(day[:7], "quarter" if "Q" in like else "month")


def _in(view: View, axis: list[str]) -> list[_Event]:
    """The events within the periods, in order of time; none where these are years or single."""
    told = view.vintage.events
    if told.empty or len(axis) < 2 or not all(_PERIOD.fullmatch(p) for p in axis):
        return []
    found: dict[str, list[str]] = {}
    for day, label in sorted(zip(told["date"], labels(told), strict=True)):
        if _period_of(day, axis[0]) in axis:
            found.setdefault(label, []).append(day)
    return [_Event(label, tuple(days)) for label, days in found.items()]


def _note(events: list[_Event]) -> str:
    said = "; ".join(f"{n}. {event.label} ({_when(event.days)})" for n, event in enumerate(events, start=1))
    return t("Dotted lines, by number: {events}.", events=said) if said else ""


def _when(days: tuple[str, ...]) -> str:
    if len(days) < 3:
        return ", ".join(period(day) for day in days)
    return t("{first} to {last}, {count} in all", first=period(days[0]), last=period(days[-1]), count=len(days))


def _mark(figure: Figure, axis: list[str], events: list[_Event]) -> Figure:
    """The figure with its events: lines behind the data, numbers above the panels, as many as have room."""
    if not events:
        return figure
    layout, at = figure["layout"], {p: n for n, p in enumerate(axis)}
    panels = [f"y{key[5:]} domain" for key in layout if key.startswith("yaxis")]
    firsts = [at[_period_of(event.days[0], axis[0])] for event in events]
    again = {at[_period_of(day, axis[0])] for event in events for day in event.days[1:]} - set(firsts)
    lines = [_line(n, 0, panel) for n in dict.fromkeys(firsts) for panel in panels]
    layout["shapes"] = [*layout.get("shapes", []), *lines, *[_line(n, _SHORT, panel) for n in sorted(again) for panel in panels]]
    margin = layout["margin"]
    apart = len(axis) * _DIGITS / (_NARROW - margin["l"] - min(margin["r"], _NARROW * 0.3))
    rows: list[float] = []
    for n, place in enumerate(firsts, start=1):
        row = next((r for r, last in enumerate([*rows, float("-inf")]) if place - last >= apart), _ROWS)
        if row < _ROWS:
            rows[row:row + 1] = [place]
            layout["annotations"].append(_number(n, place, row))
    layout["margin"] = margin | {"t": margin["t"] + _ROW * len(rows)}
    layout["height"] += _ROW * len(rows)
    return figure


def _line(place: int, foot: float, panel: str) -> dict[str, Any]:
    # On an axis of categories a place is the number of the category.
    return {"type": "line", "xref": "x", "x0": place, "x1": place, "yref": panel, "y0": foot, "y1": 1, "layer": "below",
            "line": {"color": _LINE, "width": 1, "dash": "dot"}}


def _number(number: int, place: int, row: int) -> dict[str, Any]:
    return {"x": place, "yref": "paper", "y": 1, "xanchor": "center", "yanchor": "bottom", "yshift": 11 + _ROW * row, "showarrow": False,
            "text": str(number), "font": {"size": 11, "color": QUIET}}
