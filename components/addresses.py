"""Where the pages, embeds and files of a chart are found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import has_request_context, request

import settings
from components.chart import Chart
from components.filters import View, to_query

_copy: ContextVar[bool] = ContextVar("copy", default=False)


@contextmanager
def copying() -> Iterator[None]:
    """In here pages are made for a copy of the site as files (static_site/), which has no filters and an unknown host."""
    before = _copy.set(True)
    try:
        yield
    finally:
        _copy.reset(before)


def in_copy() -> bool:
    """Whether what is made is for a copy of the site as files."""
    return _copy.get()


def lasting() -> bool:
    """Whether there is an address that leads to a view for ever: in a copy only if it is told where the live site is."""
    return not in_copy() or bool(root())


def root() -> str:
    """Where readers find this site, without a slash at the end: the setting; where none is set, where the request was sent to, or ""
    in a copy, which may be sent to anywhere."""
    asked = request.host_url.rstrip("/") if has_request_context() and not in_copy() else ""
    return settings.load().site.address or asked


def of(chart: Chart[Any], view: View, ending: str = "", *, place: str = "chart", **options: object) -> str:
    """The address, on this site, of the page of a chart for this view, or of one of its files; `place`: "chart" or "embed"."""
    query = to_query(view)
    more = "&".join(f"{key}={value}" for key, value in options.items())
    return f"/{place}/{chart.id}{'.' if ending else ''}{ending}{query}{('&' if query else '?') + more if more else ''}"
