"""The outlines of the regions of Belarus and the shades of a map. Source and licence: components/boundaries/README.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

CITY = "BY-HM"
"""Minsk city lies within Minsk region and is smaller than its own label."""
WIDE, HIGH = (-3380, 3260), (-2720, 2800)
"""What the map shows of the plane, in tenths of a kilometre."""
_FILE = Path(__file__).with_name("boundaries") / "belarus.json"
_STRENGTHS = (0.1, 0.25, 0.42, 1.0)
_DARK_FROM = 3
"""From this shade on words are written in white: what lies between would give no ink enough contrast."""


@dataclass(frozen=True)
class Region:
    """One outline, closed, and where its label stands; in tenths of a kilometre."""

    x: list[int]
    y: list[int]
    label: tuple[int, int]


@lru_cache
def regions() -> dict[str, Region]:
    """The outlines by code, in the order of drawing: the city last."""
    given = json.loads(_FILE.read_text(encoding="utf-8"))
    return {code: Region([*one["outline"][::2], one["outline"][0]], [*one["outline"][1::2], one["outline"][1]], tuple(one["label"]))
            for code, one in given.items()}


def steps(values: Sequence[int]) -> list[int]:
    """The numbers at which the next darker shade begins: the greatest of 1, 2, 5, 10, 20, 50, … that some value reaches, three at
    most; none of which all values reach."""
    low, high = min(values, default=0), max(values, default=0)
    ladder = [m * 10**power for power in range(len(str(high))) for m in (1, 2, 5)]
    return [step for step in ladder if low < step <= high][-(len(_STRENGTHS) - 1):]


def shade(colour: str, value: int, steps: Sequence[int]) -> tuple[str, str]:
    """(fill, colour of the words on it) for a value, each as #rrggbb: the colour (#rrggbb) mixed with white."""
    passed = sum(value >= step for step in steps)
    # With few steps they are spread over all shades, so that the most is always the darkest.
    place = round(passed * (len(_STRENGTHS) - 1) / len(steps)) if steps else 1
    parts = (int(colour[i:i + 2], 16) for i in (1, 3, 5))
    mixed = "#" + "".join(f"{round(255 - (255 - part) * _STRENGTHS[place]):02x}" for part in parts)
    return mixed, "#ffffff" if place >= _DARK_FROM else "#1b1f24"
