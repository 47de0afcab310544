"""Axes of a picture: where a value lies, which ticks an axis has, and how they are written. Plain numbers and texts only.

An axis is of Plotly's kinds "category" (places 0, 1, 2, …), "linear" or "date" (days since 1970).
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent

_DATE = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?)?)?")
_MONTH = re.compile(r"[1-9]\d{3}-(?:0[1-9]|1[0-2])")
_FORMAT = re.compile(r"(,?)(?:\.(\d))?([df%]?)")
_DATE_PARTS = {"%Y": "y", "%b": "MMM", "%B": "MMMM", "%d": "d", "%m": "MM"}
_EPOCH = datetime.date(1970, 1, 1).toordinal()


class NotDrawable(ValueError):
    """The figure has something that can't be drawn rightly; the message names it."""


@dataclass
class Axis:
    """One axis: Plotly's settings of it, its values' range, and the pixels at which that range begins and ends."""

    id: str
    spec: dict[str, Any]
    kind: str = "linear"
    places: dict[str, int] = field(default_factory=dict)
    low: float = 0
    high: float = 1
    start: float = 0
    end: float = 1

    @property
    def horizontal(self) -> bool:
        return self.id.startswith("x")

    @property
    def hidden(self) -> bool:
        return self.spec.get("visible") is False

    def value(self, given: Any) -> float | None:
        """What was given in the data as a number on this axis, or None for a gap."""
        if given is None or (isinstance(given, float) and math.isnan(given)):
            return None
        if self.kind == "category":
            return self.places.get(str(given)) if isinstance(given, str) else float(given)
        return day(given) if self.kind == "date" else float(given)

    def pixel(self, value: float) -> float:
        """Where a number on this axis lies in the picture."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, room: float, language: str) -> list[tuple[float, str]]:
        """(value, its words) of each tick, about one for every `room` pixels; Plotly's `tickvals` where they are given."""
        spec, low, high = self.spec, min(self.low, self.high), max(self.low, self.high)
        if spec.get("tickvals") is not None:
            values = [self.value(v) for v in spec["tickvals"]]
            words = spec.get("ticktext") or [self._words(v, language, 1) if v is not None else "" for v in values]
            found = [(v, str(w)) for v, w in zip(values, words, strict=True) if v is not None]
            return [(v, w) for v, w in found if low - 1e-9 <= v <= high + 1e-9]
        most = max(2, min(spec.get("nticks") or 99, int(abs(self.end - self.start) / room)))
        if self.kind == "category":
            every = 1 if not self.horizontal else max(1, math.ceil((high - low) / most))
            return [(i, place_words(name, language)) for name, i in self.places.items() if i % every == 0 and low <= i <= high]
        if self.kind == "date":
            return _date_ticks(low, high, most, spec, language)
        step = spec.get("dtick") or nice_step(high - low, most, whole=spec.get("tickformat", "").endswith("d"))
        step *= max(1, math.ceil((high - low) / step / most - 1e-9))  # a step that is asked for is kept where there is room
        zero = spec.get("tick0", 0)
        first, last = math.ceil((low - zero) / step - 1e-9), math.floor((high - zero) / step + 1e-9)
        rounds = [round(zero + i * step, 10) for i in range(first, last + 1)]
        return [(v, self._words(v, language, step)) for v in rounds]

    def _words(self, value: float, language: str, step: float) -> str:
        spec = self.spec
        if self.kind == "date":
            return date_words(value, spec.get("tickformat") or "%Y", language)
        words = number_words(value, spec.get("tickformat", ""), language, step)
        return f"{spec.get('tickprefix', '')}{words}{spec.get('ticksuffix', '')}"


def kind_of(values: Iterable[Any]) -> str:
    """The kind of axis that Plotly chooses for these values."""
    given = [v for v in values if v is not None]
    if given and all(isinstance(v, str) for v in given):
        return "date" if all(_DATE.fullmatch(v) for v in given) else "category"
    return "date" if given and all(isinstance(v, datetime.date) for v in given) else "linear"


def day(given: Any) -> float:
    """A date ("2024-07", "2024-07-03", "2024-07-03 12:00" or a date) as days since 1970."""
    if isinstance(given, int | float):
        return given / 86_400_000  # as Plotly: milliseconds
    if isinstance(given, datetime.datetime):
        return given.toordinal() - _EPOCH + (given.hour * 60 + given.minute) / 1440
    if isinstance(given, datetime.date):
        return given.toordinal() - _EPOCH
    found = _DATE.fullmatch(str(given))
    if not found:
        raise NotDrawable(f"“{str(given)[:40]}” is not a date such as 2024-07-03")
    year, month, date, hour, minute, _ = found.groups()
    try:
        whole = datetime.date(int(year), int(month), int(date or 1)).toordinal() - _EPOCH
    except ValueError as error:
        raise NotDrawable(f"“{given}” is not a date: {error}") from None
    return whole + (int(hour or 0) * 60 + int(minute or 0)) / 1440


def nice_step(span: float, most: int, whole: bool = False) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that divides `span` into no more than `most` steps."""
    least = span / max(most, 1)
    power = 10.0 ** math.floor(math.log10(least)) if least > 0 else 1
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= least * (1 - 1e-9))
    return max(step, 1) if whole else step


def number_words(value: float, pattern: str, language: str, step: float = 1) -> str:
    """A number by the part of d3's patterns that is used: "", ",d", ".1f", ".0%" and such."""
    found = _FORMAT.fullmatch(pattern)
    if not found:
        raise NotDrawable(f"the number format “{pattern}” is not one that can be drawn")
    _, digits, kind = found.groups()
    places = int(digits) if digits else 0 if kind else max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    shape = "#,##0" + ("." + "0" * places if places else "")
    value = round(value, places + 2) + 0.0  # no "-0"
    if kind == "%":
        return format_percent(value, shape + "%", locale=language)
    return format_decimal(value, shape, locale=language)


def place_words(name: str, language: str) -> str:
    """The name of a place on an axis; a month's code ("2024-07") as the language writes a month."""
    return date_words(day(name), "%b %Y", language) if _MONTH.fullmatch(name) else name


def date_words(value: float, pattern: str, language: str) -> str:
    """A day as the language writes it, with the parts that the pattern (of d3: "%b %Y") asks for."""
    skeleton = {part: letters for part, letters in _DATE_PARTS.items() if part in pattern}
    if re.sub("|".join(_DATE_PARTS), "", pattern).strip(" ,.-<br>"):
        raise NotDrawable(f"the date format “{pattern}” is not one that can be drawn")
    date = datetime.date.fromordinal(math.floor(value) + _EPOCH)
    if list(skeleton) == ["%Y"]:
        return str(date.year)
    return format_skeleton("".join(skeleton[p] for p in ("%Y", "%b", "%B", "%m", "%d") if p in skeleton), date, locale=language)


def _date_ticks(low: float, high: float, most: int, spec: dict[str, Any], language: str) -> list[tuple[float, str]]:
    first, last = (datetime.date.fromordinal(math.floor(v) + _EPOCH) for v in (low, high))
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    # Past three years only whole years are ticks: "2024" says more at a glance than "Jul 2024".
    every = next((m for m in (1, 2, 3, 6, 12, 24, 60, 120) if months / m <= most and (m >= 12 or months <= 36)), 240)
    if asked := spec.get("dtick"):
        if not re.fullmatch(r"M\d+", str(asked)) or "tick0" in spec:
            raise NotDrawable(f"ticks of days at every “{asked}” can't be drawn, only at whole months such as M12")
        every = int(asked[1:]) * max(1, math.ceil(every / int(asked[1:])))
    pattern = spec.get("tickformat") or ("%Y" if every >= 12 else "%b %Y")
    start = (first.year * 12 + first.month - 1) // every * every
    days = [datetime.date(i // 12, i % 12 + 1, 1) for i in range(start, last.year * 12 + last.month, every)]
    values = [float(d.toordinal() - _EPOCH) for d in days]
    return [(v, date_words(v, pattern, language)) for v in values if low - 1e-9 <= v <= high + 1e-9]
