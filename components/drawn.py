"""What a chart shows of a view, worked out once for its card, its pictures, its embed and the previews of its links."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import texts
from components import download, figures
from components.chart import Chart
from components.charts import CHARTS
from components.filters import View
from components.text import t
from etl import store


@dataclass(frozen=True)
class Drawn:
    """In one language. `figure` is drawn in several widths and is not to be changed; `high`: the height in pixels of the chart alone,
    without the words that the figure has above and below."""

    figure: figures.Figure
    high: int
    finding: str
    description: str
    notes: list[str]


def of(chart: Chart[Any], view: View) -> Drawn:
    """What `chart` shows of `view`. Raises NotPublished."""
    return _of(chart.id, replace(view, pinned=False), view.vintage)


@texts.kept(256)
def _of(chart_id: str, view: View, vintage: store.PublicVintage) -> Drawn:
    """`vintage`: of the view, which is not compared by it."""
    chart = CHARTS[chart_id]
    shown = chart.select(view)
    bare = chart.figure(shown, view)
    high = bare["layout"]["height"]
    figure = figures.framed(bare, chart.said_unit(view), download.short_source(view), t("SYNTHETIC DATA") if vintage.synthetic else "")
    finding = chart.finding(shown, view)
    return Drawn(figure, high, finding, chart.description(finding, view), chart.notes(shown))
