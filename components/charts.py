"""The registry of charts. Adding one is an entry in one of the two lists; page, picture, table, CSV and metadata follow from it."""

from __future__ import annotations

from typing import Any

from components.cell_charts import CELL_CHARTS
from components.chart import Chart, NotPublished
from components.completeness_charts import COMPLETENESS_CHARTS
from components.statistic_charts import STATISTIC_CHARTS

_ALL: tuple[Chart[Any], ...] = (*CELL_CHARTS, *STATISTIC_CHARTS, *COMPLETENESS_CHARTS)
CHARTS: dict[str, Chart[Any]] = {chart.id: chart for chart in _ALL}

__all__ = ["CHARTS", "Chart", "NotPublished"]
