"""Registries cut down to a few pages and charts of each kind, so that tests make a copy of the site in seconds and not in half a minute."""

from dataclasses import replace

import pytest

import texts
from components import pages
from components.charts import CHARTS

KEPT = ("monthly", "map", "held")
"""A chart by month, the map, and one of a statistic, which a vintage without statistics has no figures for."""
PATHS = ("/", "/behind-bars", "/charges", "/completeness", "/data", "/about")
LANGUAGES = ["en", "be"]


def few(patch: pytest.MonkeyPatch) -> None:
    """Cut the registries down while `patch` lasts."""
    for name in [name for name in CHARTS if name not in KEPT]:
        patch.delitem(CHARTS, name)
    kept = tuple(replace(page, charts=tuple(name for name in page.charts if name in KEPT)) for page in pages.PAGES if page.path in PATHS)
    patch.setattr(pages, "PAGES", kept)
    patch.setattr(texts, "languages", lambda: LANGUAGES)
