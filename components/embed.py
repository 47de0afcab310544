"""One chart inside somebody else's page: a document of its own that is complete before any script runs or anything else loads."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from flask import Response, request

import settings
import texts
from components import addresses, card, chart_files, download, drawn, guard
from components.chart import Chart, NotPublished
from components.charts import CHARTS
from components.filters import View
from components.guard import Refused
from components.text import t
from etl import store

_STYLE = (Path(__file__).parent / "assets" / "embed.css").read_text(encoding="utf-8")
WIDTHS = (340, 600)
"""The widths in pixels that the pictures are drawn for, of which the reader's place shows the one that fits."""


def policy() -> str:
    """The Content-Security-Policy of an embed: our scripts only, no other address, framed by whom config.toml allows."""
    framed_by = " ".join(settings.load().embed.framed_by) or "'none'"
    return ("default-src 'none'; connect-src 'self'; img-src data:; style-src 'unsafe-inline'; script-src 'self'; base-uri 'none'; "
            f"form-action 'none'; frame-ancestors {framed_by}")


def answer(chart_id: str) -> Response:
    """The embed of a chart for the view that the request asks for; what can't be had is said in the same frame."""
    status, view = 200, None
    try:
        if chart_id not in CHARTS:
            raise Refused(404, t("There is no chart “{name}” here.", name=chart_id[:60]))
        theme = chart_files.theme(request.args)
        view = CHARTS[chart_id].heeded(chart_files.asked_view())
        text = _document(CHARTS[chart_id], view, theme)
    except (Refused, store.StoreError) as error:
        status, theme = getattr(error, "status", 503), "auto"
        text = _page(t("This chart can't be shown"), _said(str(error)), theme)
    response = Response(text, status, mimetype="text/html")
    guard.allow_framing(response, policy())
    if view is None or status != 200:
        response.headers["Cache-Control"] = "no-store"
        return response
    return chart_files.cached(response, view)


def _document(chart: Chart[Any], view: View, theme: str) -> str:
    title = download.title(chart, view)
    return _page(title, _article(chart, view, theme, title), theme)


def _page(title: str, body: str, theme: str) -> str:
    """A document in the form of an embed; `body` is HTML."""
    chosen = "" if theme == "auto" else f' data-theme="{theme}"'
    return f"""<!DOCTYPE html>
<html lang="{texts.language()}"{chosen}><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex"><title>{html.escape(title)}</title><style>{_STYLE}</style></head>
<body data-plotly="/assets/plotly-basic.min.js">{body}
<script src="/assets/charts.js" defer></script><script src="/assets/embed.js" defer></script></body></html>"""


def _article(chart: Chart[Any], view: View, theme: str, title: str) -> str:
    try:
        shown = drawn.of(chart, view)
    except NotPublished as error:
        return f"<h1>{html.escape(title)}</h1>{_said(str(error))}"
    narrow, wide = (card.svg(chart, view, width, theme) for width in WIDTHS)
    figure = html.escape(addresses.of(chart, card.pinned(view), "figure.json"))
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in shown.notes)
    about = f"<details><summary>{t('What to know about these figures')}</summary><ul>{notes}</ul></details>" if notes else ""
    chosen = download.chosen(view)
    only = f'<p class="chosen">{html.escape(chosen)}</p>' if chosen else ""
    return f"""<h1>{html.escape(title)}</h1>{only}<p class="finding">{html.escape(shown.finding)}</p>
<div class="figure" data-figure="{figure}" style="--high:{shown.high}px"><div class="narrow">{narrow}</div><div class="wide">{wide}</div></div>
{about}<p class="source">{html.escape(download.source(view))} {_back(chart, view)}</p>"""


def _said(text: str) -> str:
    site = settings.load().site
    return (f'<p class="problem">{html.escape(text)}</p><p class="source">'
            f'<a href="{html.escape(addresses.root())}/" target="_blank" rel="noopener">{html.escape(site.title)}</a></p>')


def _back(chart: Chart[Any], view: View) -> str:
    words = t("Table, data and more at {site}", site=settings.load().site.title)
    return f'<a href="{html.escape(addresses.root() + addresses.of(chart, view))}" target="_blank" rel="noopener">{html.escape(words)}</a>'
