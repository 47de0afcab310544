"""Pictures that travel alone: a chart with its title, finding, unit, source and mark as PNG, PDF, or the preview of a link.

Each is drawn when it is first asked for, in less than a tenth of a second (`python -m benchmarks pictures`), and kept in memory by vintage,
view, language, size and theme, none of which ever changes what it means.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import settings
import texts
from components import download, figures
from components.chart import Chart
from components.filters import View, to_query
from components.kept import Kept
from components.picture import drawing, press
from components.picture.press import NoPictures
from components.text import t

__all__ = ["SCALES", "THEMES", "WIDE", "WIDTHS", "NoPictures", "pdf", "png", "preview"]

WIDTHS, WIDE = range(320, 1201), 720
SCALES = (1, 2, 3)
THEMES = ("light", "dark")
PREVIEW = (1200, 630)
"""The size that Open Graph's and Twitter's large cards have."""
_PAGE = 560
"""The width of a PDF's page in pixels of CSS: that of A5, 148 mm."""
_BESIDE = 660, 558
"""The room for the chart in a preview."""
_kept = Kept(8_000_000)


def png(chart: Chart[Any], view: View, width: int = WIDE, theme: str = "light", scale: int = 2) -> bytes:
    """The poster of a chart as PNG, `width` pixels of CSS wide with `scale` dots to each: 720 at 2 prints well at 122 mm (300 dots to
    the inch). Raises NotPublished, NoPictures, and ValueError for a width, theme or scale there is not."""
    _known("width", width, WIDTHS)
    _known("scale", scale, SCALES)
    return _get("png", chart, view, theme, lambda: press.png(_poster(chart, view, theme, press.inside(width)), width, scale), width, scale)


def pdf(chart: Chart[Any], view: View, theme: str = "light") -> bytes:
    """The poster of a chart as a PDF of one page, as wide as A5 and as high as it needs. Raises NotPublished, NoPictures, ValueError."""
    return _get("pdf", chart, view, theme, lambda: press.pdf(_poster(chart, view, theme, press.inside(_PAGE)), _PAGE))


def preview(chart: Chart[Any], view: View, theme: str = "light") -> bytes:
    """The picture of a link to a chart: PNG, 1200 × 630. Raises NotPublished, NoPictures, ValueError."""
    return _get("preview", chart, view, theme, lambda: press.card(_poster(chart, view, theme, 0), *PREVIEW, _BESIDE[0]))


def _get(kind: str, chart: Chart[Any], view: View, theme: str, make: Callable[[], bytes], *sizes: int) -> bytes:
    _known("theme", theme, THEMES)
    return _kept.get((kind, chart.id, to_query(chart.heeded(view), pinned=True), texts.language(), theme, sizes), make)


def _known(name: str, value: object, values: Any) -> None:
    if value not in values:
        said = f"{values[0]} to {values[-1]}" if isinstance(values, range) else ", ".join(map(str, values))
        raise ValueError(f"the {name} of a picture is one of {said}, not {value!r}")


def _poster(chart: Chart[Any], view: View, theme: str, width: int) -> press.Poster:
    """What stands on the poster of a chart, with the chart drawn so wide, or, where it is 0, as it is read best beside the words of a
    preview."""
    view = chart.heeded(view)
    shown = chart.select(view)
    mark = t("SYNTHETIC DATA") if view.vintage.synthetic else ""
    figure = figures.framed(chart.figure(shown, view), "", "", mark)
    figure["layout"]["font"] = figure["layout"]["font"] | {"family": press.FAMILY}
    title, finding = download.title(chart, view), chart.finding(shown, view)
    made = datetime.datetime.fromisoformat(view.vintage.created)
    return press.Poster(
        svg=_svg(figure, width, title, finding, theme) if width else _beside(figure, title, finding, theme),
        title=title, finding=finding, chosen=download.chosen(view), unit=chart.said_unit(view),
        notes=tuple(chart.notes(shown)), source=download.source(view), site=settings.load().site.title, mark=mark,
        alt=f"{title}. {finding} {chart.said_unit(view)}", language=texts.language(), theme=theme,
        made=made if made.tzinfo else made.replace(tzinfo=datetime.UTC))


def _svg(figure: figures.Figure, width: int, title: str, finding: str, theme: str) -> str:
    return drawing.svg(figure, width, title=title, description=finding, language=texts.language(), theme=theme)


def _beside(figure: figures.Figure, title: str, finding: str, theme: str) -> str:
    """The chart in the shape of the room beside the words, drawn as narrow as it can be, so that its letters are as large as can be."""
    wide, high = _BESIDE
    own, panels = figure["layout"]["height"], sum(name.startswith("yaxis") for name in figure["layout"])
    least, most = 100 * panels if panels > 1 else 0, max(1.6 * own, 260)
    drawn = []
    for width in (380, 440, 520, 600, 700):
        shaped = deepcopy(figure)
        shaped["layout"]["height"] = round(min(max(width * high / wide, least), most))
        svg = _svg(shaped, width, title, finding, theme)
        tall = float(re.search(r' height="([\d.]+)"', svg)[1])  # type: ignore[index]
        drawn.append((min(wide / width, high / tall), svg))
    return max(drawn, key=lambda one: one[0])[1]
