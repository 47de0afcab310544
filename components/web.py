"""What the server answers besides Dash: pages as HTML, files of charts, health. Each request passes the gate of answers.py first."""

from __future__ import annotations

import html
import json
import re
from functools import lru_cache
from typing import Any

from dash import Dash
from flask import Flask, Response, request

import texts
from components import answers, chart_files, filters, guard, health, layout, limits, markup, pages, reconciliation
from components.charts import CHARTS
from components.guard import Refused
from components.text import t
from etl import store

# What Dash would tell every reader of the machine it runs on.
_NOBODYS_BUSINESS = ("python_version", "dash_version", "dash_version_url", "ddk_version", "plotly_version")


class VyrakDash(Dash):
    """Dash with the whole page in the HTML: it can be read before any script has run, and without."""

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """The page that is asked for; `parts` are Dash's."""
        path, query = request.path, request.query_string.decode("utf-8", "replace")
        config = _quiet(parts["config"])
        with texts.using(filters.language(query)):
            return f"""<!DOCTYPE html>
<html lang="{texts.language()}"><head>{parts["metas"]}<title>{html.escape(layout.title(path))}</title>{parts["favicon"]}{parts["css"]}</head>
<body data-plotly="{self.get_asset_url("plotly-basic.min.js")}"><div id="first">{_page(path, query, _state())}</div>
<div id="react-entry-point"><div class="_dash-loading"></div></div>{config}{parts["scripts"]}{parts["renderer"]}</body></html>"""


@lru_cache(maxsize=128)
def _page(path: str, query: str, state: tuple[str, ...]) -> str:
    """The page as HTML. Kept by what is asked and by the state of the store, on which it depends even where a vintage is pinned."""
    return markup.text(layout.page(path, f"?{query}" if query else ""))


def _state() -> tuple[str, ...]:
    """What is shown, or why nothing is."""
    try:
        return store.state()
    except store.StoreError as error:
        return (str(error),)


def _quiet(config: str) -> str:
    """Dash's own settings without the versions of what runs here."""
    start, text, end = re.split(r"(?<=>)|(?=</script>)", config, maxsplit=2)
    known = json.loads(text)
    return start + json.dumps({key: value for key, value in known.items() if key not in _NOBODYS_BUSINESS}) + end


def register(app: VyrakDash) -> None:
    """Routes, checks and headers on the server of `app`. Call it after all callbacks are registered."""
    server: Flask = app.server
    for path, answer in _PLACES.items():
        server.add_url_rule(path, path, answer)
    server.add_url_rule("/chart/<path:name>", "chart", lambda name: chart(app, name))
    guard.register(app, {*_PLACES, *(page.path for page in pages.PAGES)})
    # After the guard: what is refused has cost nothing.
    limited = server.extensions["limits"] = limits.Limits()
    server.before_request(lambda: limited.enter())
    server.teardown_request(lambda _: limited.leave())
    server.wsgi_app = answers.Answers(server.wsgi_app, guard.LARGEST_BODY)  # type: ignore[assignment, method-assign]
    # Dash learns which scripts it may serve when it first makes the page; another worker may be asked for one before.
    with server.test_request_context("/"):
        app.index()


def chart(app: VyrakDash, name: str) -> Response | str:
    """The page of a chart, or a file of it."""
    chart_id, dot, ending = name.partition(".")
    return app.index() if chart_id in CHARTS and not dot else chart_files.answer(chart_id, ending)


def reconciled() -> Response:
    """Computed figures beside printed ones, as a page or as JSON."""
    view = chart_files.asked_view()
    if set(request.args) - {"vintage", "lang"}:
        raise Refused(400, t("This page can be asked for another vintage or language only: ?vintage=…&lang=…"))
    as_json = request.path.endswith(".json")
    try:
        content = reconciliation.as_json(view) if as_json else reconciliation.page(view)
    except reconciliation.NotReconciled as error:
        raise Refused(404, str(error)) from error
    return chart_files.cached(Response(content, mimetype="application/json" if as_json else "text/html"), view)


_PLACES = {"/health": health.health, "/ready": health.ready, "/reconciliation": reconciled, "/reconciliation.json": reconciled}
