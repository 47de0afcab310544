"""The sheet that a picture is drawn on: shapes and texts become SVG elements, colours become classes of one style sheet.

Coordinates are pixels from the top left corner. Every colour is named by what it is on a light ground; `DARK` says what it is on a
dark one, and what is not listed there is computed (`on_dark`). Nothing here refers to anything outside of the picture, and no
element has an id, so that several pictures can stand in one page.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from components.picture.axes import NotDrawable
from components.picture.lettering import LINE, Line, clean, width

GROUND = {"light": "#ffffff", "dark": "#161b22"}
DARK = {
    "#ffffff": GROUND["dark"], "#1b1f24": "#e6edf3", "#57606a": "#9da7b3", "#d8dee4": "#373e47",
    "#9a5b00": "#e3a54a", "#0b5394": "#6cb2f5", "#00745a": "#45c4a0", "#a8326e": "#f088b6", "#3d3d3d": "#c9d1d9",
    # Groups that have an order (statistic_figures.ORDERED): as evenly lighter as on white, and of the same hues.
    "#302259": "#9480be", "#0f3a74": "#8298d7", "#005186": "#6bafe9", "#006791": "#58c5f1", "#007c94": "#58d9f1", "#008f90": "#70eceb",
    "#2ca28a": "#96fce2",
    "#e0c9a6": "#5c431b", "#a9c6e3": "#1f4468", "#a5d3c6": "#175043", "#e2b6cc": "#632a47",
}
_NAMES = {"white": "#ffffff", "black": "#000000"}
_HEX = re.compile(r"#([0-9a-f]{6})([0-9a-f]{2})?")
_RGB = re.compile(r"rgba?\((\d+), ?(\d+), ?(\d+)(?:, ?([\d.]+))?\)")
_DASHES = {"solid": "", "dot": "2 4", "dash": "7 5", "longdash": "11 6", "dashdot": "7 4 2 4"}

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """Where a text lies."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box, gap: float = 0) -> bool:
        """Whether two boxes overlap or come nearer than `gap`."""
        return (self.left < other.right + gap and other.left < self.right + gap
                and self.top < other.bottom + gap and other.top < self.bottom + gap)

    def moved(self, x: float, y: float) -> Box:
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)


def colour(given: str) -> tuple[str, float]:
    """(#rrggbb, opacity from 0 to 1) of a colour as CSS writes it: #rrggbb, rgb(), rgba(), "white", "black"."""
    text = _NAMES.get(given.lower().strip(), given.lower().strip())
    if text == "transparent":
        return "#000000", 0.0
    if re.fullmatch("#[0-9a-f]{3}", text):
        text = "#" + "".join(c * 2 for c in text[1:])
    if found := _HEX.fullmatch(text):
        return "#" + found[1], int(found[2] or "ff", 16) / 255
    if (found := _RGB.fullmatch(text)) and all(int(found[i]) < 256 for i in (1, 2, 3)):
        return "#" + "".join(f"{int(found[i]):02x}" for i in (1, 2, 3)), float(found[4] or 1)
    raise NotDrawable(f"“{given[:40]}” is not a colour that can be drawn")


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, "relative luminance")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def on_dark(given: str) -> str:
    """What a colour (#rrggbb) becomes on a dark ground: one that stands out on white is lightened until it stands out there by
    4.5 to 1, a pale one becomes a deep one of its hue."""
    if given in DARK:
        return DARK[given]
    hue, lightness, much = colorsys.rgb_to_hls(*(int(given[i:i + 2], 16) / 255 for i in (1, 3, 5)))
    if contrast(given, GROUND["light"]) < 3:
        return _hex(hue, 0.14 + (1 - lightness) * 0.55, min(much, 0.55))
    while contrast(_hex(hue, lightness, much), GROUND["dark"]) < 4.6 and lightness < 1:
        lightness += 0.02
    return _hex(hue, min(lightness, 1), much)


def _hex(hue: float, lightness: float, much: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, lightness, much))


def _luminance(given: str) -> float:
    parts = [int(given[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def n(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


@dataclass
class Canvas:
    """What has been drawn: elements in their order, the colours in use, and where the texts lie."""

    width: float
    height: float
    parts: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    _colours: set[tuple[str, str]] = field(default_factory=set)

    def paint(self, fill: str = "", stroke: str = "", thick: float = 1, dash: str = "solid", opacity: float = 1) -> str:
        """The attributes that paint a shape: no fill or no stroke where none is named."""
        classes, more = [], ""
        for kind, given in (("f", fill), ("s", stroke)):
            name, solid = colour(given) if given else ("", 0)
            solid *= opacity
            if solid:
                self._colours.add((kind, name))
                classes.append(f"{kind}{name[1:]}")
                more += f' {"fill" if kind == "f" else "stroke"}-opacity="{solid:.2g}"' if solid < 1 else ""
            elif kind == "f":
                more += ' fill="none"'
            if kind == "s" and solid and thick != 1:
                more += f' stroke-width="{n(thick)}"'
        if dash not in _DASHES:
            raise NotDrawable(f"lines of dash “{dash}” can't be drawn")
        more += f' stroke-dasharray="{_DASHES[dash]}"' if _DASHES[dash] else ""
        return (f' class="{" ".join(classes)}"' if classes else "") + more

    def path(self, d: str, paint: str) -> None:
        """A path of SVG's own language."""
        if d and "class=" in paint:
            self.parts.append(f'<path d="{d}"{paint}/>')

    def line(self, points: Sequence[Point], paint: str) -> None:
        """A line through points."""
        self.path(through(points), paint)

    def text(self, x: float, y: float, words: Sequence[Line], size: float, ink: str, *, anchor: str = "start",
             from_top: float = 0, opacity: float = 1, angle: float = 0, keep: bool = True) -> Box:
        """Lines of text at x (their start, middle or end, as `anchor` says); `from_top` is the part of their height that lies above
        y. Its box is kept for the sake of others, unless `keep` is false."""
        box = text_box(x, y, words, size, anchor, from_top)
        first = box.top + size * (LINE + 0.72) / 2
        spans = []
        for number, line in enumerate(words):
            said = "".join(f"<tspan font-weight=\"700\">{_xml(w.text)}</tspan>" if w.bold else _xml(w.text) for w in line)
            spans.append(f'<tspan x="{n(x)}" dy="{n(size * LINE)}">{said}</tspan>' if number else said)
        name, solid = colour(ink)
        self._colours.add(("f", name))
        more = f' text-anchor="{anchor}"' if anchor != "start" else ""
        more += f' font-size="{n(size)}"' if size != 12 else ""
        more += f' opacity="{opacity * solid:.2g}"' if opacity * solid < 1 else ""
        more += f' transform="rotate({n(angle)} {n(x)} {n(y)})"' if angle else ""
        if any(w.text.strip() for line in words for w in line):
            self.parts.append(f'<text class="f{name[1:]}" x="{n(x)}" y="{n(first)}"{more}>{"".join(spans)}</text>')
            if keep:
                self.boxes.append(box)
        return box

    def document(self, title: str, description: str, language: str, theme: str, font: str) -> str:
        """The whole picture."""
        self._colours.add(("f", "#ffffff"))
        return (f'<svg xmlns="http://www.w3.org/2000/svg" class="vyrak-{theme}" role="img" lang="{escape(language)}" '
                f'width="{n(self.width)}" height="{n(self.height)}" viewBox="0 0 {n(self.width)} {n(self.height)}" '
                f'font-family="{escape(font)}" font-size="12"><title>{_xml(title)}</title><desc>{_xml(description)}</desc>'
                f'<style>{self._style(theme)}</style><path class="fffffff ground" d="M0 0h{n(self.width)}v{n(self.height)}H0z"/>'
                f'{"".join(self.parts)}</svg>')

    def _style(self, theme: str) -> str:
        def rules(dark: bool) -> str:
            return "".join(f".vyrak-{theme} .{kind}{name[1:]}{{{'fill' if kind == 'f' else 'stroke'}:"
                           f"{on_dark(name) if dark else name}}}" for kind, name in sorted(self._colours))
        if theme == "dark":
            return rules(dark=True)
        return rules(dark=False) + (f"@media screen and (prefers-color-scheme:dark){{{rules(dark=True)}}}" if theme == "auto" else "")


def text_box(x: float, y: float, words: Sequence[Line], size: float, anchor: str, from_top: float) -> Box:
    """Where lines of text lie that are drawn at x and y (see Canvas.text)."""
    wide, high = max((width(line, size) for line in words), default=0), len(words) * size * LINE
    left = x - wide * {"start": 0, "middle": 0.5, "end": 1}[anchor]
    return Box(left, y - high * from_top, left + wide, y + high * (1 - from_top))


def through(points: Iterable[Point]) -> str:
    """The path through points."""
    return "".join(f"{'L' if i else 'M'}{n(x)} {n(y)}" for i, (x, y) in enumerate(points))


def _xml(text: str) -> str:
    return escape(clean(text), quote=False)
