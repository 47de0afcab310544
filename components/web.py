"""What the server answers besides Dash: pages as HTML, files of charts, health. Each request passes the gate of answers.py first."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from dash import Dash
from flask import Flask, Response, make_response, request

import texts
from components import (
    answers,
    chart_files,
    download,
    embed,
    filters,
    guard,
    health,
    layout,
    limits,
    markup,
    openapi,
    pages,
    reconciliation,
    sharing,
    table_files,
)
from components.chart import NotPublished
from components.charts import CHARTS
from components.guard import Refused
from components.text import t
from etl import store

# Parquet, workbooks, ZIPs, fonts and pictures of dots are compressed already.
_SMALLER = ["text/html", "text/css", "text/plain", "text/csv", "text/javascript", "application/javascript", "application/json",
            "application/problem+json", "application/csvm+json", "image/svg+xml"]
# What Dash would tell every reader of the machine it runs on.
_NOBODYS_BUSINESS = ("python_version", "dash_version", "dash_version_url", "ddk_version", "plotly_version")


class VyrakDash(Dash):
    """Dash with the whole page in the HTML: it can be read before any script has run, and without."""

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """The page that is asked for; `parts` are Dash's."""
        path, query = request.path, request.query_string.decode("utf-8", "replace")
        config = _quiet(parts["config"])
        with texts.using(filters.language(query)):
            head = f"<title>{html.escape(layout.title(path))}</title>{_preview(path, query)}"
            return f"""<!DOCTYPE html>
<html lang="{texts.language()}"><head>{parts["metas"]}{head}{parts["favicon"]}{parts["css"]}</head>
<body data-plotly="{self.get_asset_url("plotly-basic.min.js")}"><div id="first">{markup.text(layout.page(path, query and f"?{query}"))}</div>
<div id="react-entry-point"><div class="_dash-loading"></div></div>{config}{parts["scripts"]}{parts["renderer"]}</body></html>"""


def _preview(path: str, query: str) -> str:
    """What programs read that make a preview of a link: of the chart of this page, or of the first of its charts."""
    alone, here = CHARTS.get(path.removeprefix("/chart/")), pages.find(path)
    try:
        view, _ = filters.parse(query)
    except store.StoreError:
        return ""
    if alone is not None:
        view = alone.heeded(view)
        return sharing.head(alone, view, download.title(alone, view))
    if here is None:
        return ""
    return sharing.head(CHARTS[here.charts[0] if here.charts else pages.PAGES[0].charts[0]], view, here.question(view), path)


def _quiet(config: str) -> str:
    """Dash's own settings without the versions of what runs here."""
    start, text, end = re.split(r"(?<=>)|(?=</script>)", config, maxsplit=2)
    known = json.loads(text)
    return start + json.dumps({key: value for key, value in known.items() if key not in _NOBODYS_BUSINESS}) + end


def compressing(name: str) -> Flask:
    """A server that sends all smaller that can be, files that are sent while they are made included: to programs that take gzip alone
    too, and with tags that are compared as they were sent."""
    server = Flask(name)
    server.config["COMPRESS_MIMETYPES"] = _SMALLER
    server.config["COMPRESS_ALGORITHM_STREAMING"] = ["zstd", "br", "gzip", "deflate"]
    server.config["COMPRESS_STREAMING_ENDPOINT_CONDITIONAL"] = ["static", "table"]
    return server


def register(app: VyrakDash) -> None:
    """Routes, checks and headers on the server of `app`. Call it after all callbacks are registered."""
    server: Flask = app.server
    for path, answer in (_PLACES | table_files.PLACES).items():
        server.add_url_rule(path, path, answer)
    server.add_url_rule("/chart/<path:name>", "chart", lambda name: chart(app, name))
    server.add_url_rule("/embed/<path:chart_id>", "embed", embed.answer)
    server.add_url_rule("/table/<path:name>", "table", table_files.table)
    guard.register(app, {*_PLACES, *table_files.PLACES, *(page.path for page in pages.PAGES)})
    # After the guard: what is refused has cost nothing.
    limited = server.extensions["limits"] = limits.Limits()
    server.before_request(lambda: limited.enter())
    server.teardown_request(lambda _: limited.leave())
    server.wsgi_app = answers.Answers(server.wsgi_app, guard.LARGEST_BODY)  # type: ignore[assignment, method-assign]
    # Dash learns which scripts it may serve when it first makes the page; another worker may be asked for one before.
    with server.test_request_context("/"):
        app.index()


def chart(app: VyrakDash, name: str) -> Response:
    """The page of a chart, or a file of it."""
    chart_id, dot, ending = name.partition(".")
    if chart_id not in CHARTS or dot:
        return chart_files.answer(chart_id, ending)
    page = make_response(table_files.preferred(f"/chart/{chart_id}", "") or app.index())
    page.vary.add("Accept")
    return page


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


def oembed() -> Response:
    """What programs ask that turn a link into the chart itself (oembed.com)."""
    asked = request.args
    if asked.get("format", "json") != "json":
        raise Refused(501, t("Only JSON is answered here: format=json."))
    sizes = [asked.get(name, str(sharing.LARGEST)) for name in ("maxwidth", "maxheight")]
    if not all(size.isascii() and size.isdigit() and len(size) < 6 for size in sizes):
        raise Refused(400, t("maxwidth and maxheight are numbers of pixels."))
    try:
        told = sharing.oembed(asked.get("url", ""), *map(int, sizes))
    except LookupError as error:
        raise Refused(404, t("This is no address of a chart of this site.")) from error
    except (ValueError, NotPublished) as error:
        raise Refused(404, str(error)) from error
    return Response(json.dumps(told, ensure_ascii=False), mimetype="application/json", headers={"Cache-Control": "public, max-age=3600"})


def described() -> Response:
    """What this server answers, for programs."""
    view = chart_files.asked_view()
    return chart_files.cached(Response(download.to_json(openapi.document(view, (*_PLACES, *table_files.PLACES))), mimetype="application/json"), view)


_PLACES = {
    "/health": health.health, "/ready": health.ready, "/oembed": oembed, "/openapi.json": described,
    "/reconciliation": reconciled, "/reconciliation.json": reconciled,
}
