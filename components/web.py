"""What the server answers besides Dash: files of charts, health, headers, and no to everything that does not exist."""

from __future__ import annotations

import html
import json
import logging
import re
from functools import lru_cache
from typing import Any

from dash import Dash
from dash.exceptions import DependencyException, InvalidResourceError
from flask import Flask, Response, request

import texts
from components import card, download, filters, layout, markup, pages, reconciliation
from components.charts import CHARTS, NotPublished
from components.picture import drawing
from components.text import t
from etl import store

LARGEST_BODY = 64 * 1024
_LONGEST_VALUE = 1000
_ENDINGS = {"csv": "text/csv; charset=utf-8", "metadata.json": "application/json", "zip": "application/zip",
            "svg": "image/svg+xml; charset=utf-8", "figure.json": "application/json", "table.html": "text/html; charset=utf-8"}
_SHOWN = ("svg", "figure.json", "table.html")
"""What a page loads; the others are files to keep."""
_PATHS = frozenset({"/_dash-layout", "/_dash-dependencies", "/_dash-update-component", "/_favicon.ico", "/health",
                    "/reconciliation", "/reconciliation.json", *(page.path for page in pages.PAGES)})
_FOLDERS = re.compile(r"/(?:chart|assets|_dash-component-suites/[\w-]+)/[^\x00]+")
_WIDTHS = range(280, 1601)
_log = logging.getLogger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
}
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
<body data-plotly="{self.get_asset_url("plotly-basic.min.js")}"><div id="first">{_page(path, query, _vintage())}</div>
<div id="react-entry-point"><div class="_dash-loading"></div></div>{config}{parts["scripts"]}{parts["renderer"]}</body></html>"""


@lru_cache(maxsize=128)
def _page(path: str, query: str, newest: str) -> str:
    """The page as HTML. Kept by what is asked and by the newest vintage, on which it depends even where another is pinned."""
    return markup.text(layout.page(path, f"?{query}" if query else ""))


def _vintage() -> str:
    try:
        return str(store.folder() / store.current_id())
    except store.StoreError:
        return ""


def _quiet(config: str) -> str:
    """Dash's own settings without the versions of what runs here."""
    start, text, end = re.split(r"(?<=>)|(?=</script>)", config, maxsplit=2)
    known = json.loads(text)
    return start + json.dumps({key: value for key, value in known.items() if key not in _NOBODYS_BUSINESS}) + end


def register(app: VyrakDash) -> None:
    """Routes, checks and headers on the server of `app`. Call it after all callbacks are registered."""
    server: Flask = app.server
    server.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    server.add_url_rule("/health", "health", health)
    server.add_url_rule("/chart/<path:name>", "chart", lambda name: chart_file(app, name))
    server.add_url_rule("/reconciliation", "reconciliation", reconciled)
    server.add_url_rule("/reconciliation.json", "reconciliation.json", reconciled)
    server.before_request(lambda: _refuse(app))
    policy = content_security_policy(app)
    server.after_request(lambda response: _with_headers(response, policy))
    server.register_error_handler(store.StoreError, lambda error: (str(error), 503, {"Content-Type": "text/plain"}))
    server.register_error_handler(Exception, _failed)
    # Dash learns which scripts it may serve when it first makes the page; another worker may be asked for one before.
    with server.test_request_context("/"):
        app.index()


def content_security_policy(app: Dash) -> str:
    """Scripts of ours only, by hash where they stand in the page; styles may be inline, since Plotly and Dash need it
    (plotly/dash#2518)."""
    scripts = " ".join(f"'{h}'" if not h.startswith("'") else h for h in app.csp_hashes())
    return ("default-src 'none'; connect-src 'self'; font-src 'self'; img-src 'self' data:; manifest-src 'self'; "
            f"style-src 'self' 'unsafe-inline'; script-src 'self' {scripts}; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'")


def health() -> Response:
    """Whether figures can be served, and which."""
    try:
        content, status = {"status": "ok", "vintage": store.open_public().id}, 200
    except store.StoreError as error:
        content, status = {"status": "failing", "reason": str(error)}, 503
    return Response(json.dumps(content), status, mimetype="application/json", headers={"Cache-Control": "no-store"})


def chart_file(app: VyrakDash, name: str) -> Response | str:
    """The page of a chart, or a file of it: one of _ENDINGS, for the view that the query asks for."""
    chart_id, dot, ending = name.partition(".")
    if chart_id not in CHARTS or (dot and ending not in _ENDINGS):
        raise _no(404, t("There is no {name}. There are: {all}.", name=name[:60], all=", ".join(
            f"{c}.{e}" for c in CHARTS for e in _ENDINGS)))
    if not dot:
        return app.index()
    view, problems = filters.parse(request.query_string.decode("utf-8", "replace"))
    if problems:
        raise _no(400, " ".join(problems))
    chart = CHARTS[chart_id]
    view = chart.heeded(view)
    try:
        data = _file(ending, chart, view)
    except NotPublished as error:
        raise _no(400, str(error)) from error
    response = Response(data, mimetype=_ENDINGS[ending].split(";")[0], content_type=_ENDINGS[ending])
    if ending not in _SHOWN:
        response.headers["Content-Disposition"] = f'attachment; filename="{download.file_name(chart, view, ending)}"'
    # A pinned vintage never changes; without one the newest may be another tomorrow.
    response.headers["Cache-Control"] = "public, max-age=86400" if view.pinned else "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def reconciled() -> Response:
    """Computed figures beside printed ones, as a page or as JSON."""
    view, problems = filters.parse(request.query_string.decode("utf-8", "replace"))
    if problems or set(request.args) - {"vintage", "lang"}:
        raise _no(400, " ".join(problems) or t("This page can be asked for another vintage or language only: ?vintage=…&lang=…"))
    try:
        content = reconciliation.as_json(view) if request.path.endswith(".json") else reconciliation.page(view)
    except reconciliation.NotReconciled as error:
        raise _no(404, str(error)) from error
    response = Response(content, mimetype="application/json" if request.path.endswith(".json") else "text/html")
    response.add_etag()
    response.make_conditional(request)
    return response


def _file(ending: str, chart: Any, view: filters.View) -> bytes | str:
    if ending == "svg":
        return card.svg(chart, view, _width(), _theme())
    if ending == "figure.json":
        return download.to_json(card.live(chart, view, _theme()))
    if ending == "table.html":
        return markup.text(card.table(chart, view))
    shown = chart.select(view)
    address = request.host_url.rstrip("/") + download.address(chart, view, "csv", pinned=True)
    about = download.to_json(download.metadata(chart, shown, view, address))
    if ending == "metadata.json":
        return about
    table = download.to_csv(download.rows(chart, shown, view), bom=request.args.get("bom") == "1")
    if ending == "csv":
        return table
    return download.to_zip({download.file_name(chart, view, "csv"): table,
                            download.file_name(chart, view, "metadata.json"): about})


def _width() -> int:
    text = request.args.get("width", str(card.WIDE))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and int(text) in _WIDTHS):
        raise _no(400, t("The width of a picture is a number from {first} to {last}.", first=_WIDTHS[0], last=_WIDTHS[-1]))
    return int(text)


def _theme() -> str:
    theme = request.args.get("theme", "auto")
    if theme not in drawing.THEMES:
        raise _no(400, t("The theme of a picture is one of {all}.", all=", ".join(drawing.THEMES)))
    return theme


def _refuse(app: Dash) -> Response | None:
    """An answer to what nobody should ask; None lets the request through."""
    path = request.path
    texts.speak(filters.language(request.query_string.decode("utf-8", "replace")))
    if path not in _PATHS and not _FOLDERS.fullmatch(path):
        return _said(404, t("There is no such page. The figures are at /."))
    if path == "/_dash-update-component":
        if request.method != "POST":
            return _said(405, t("This address takes POST only."))
        wrong = wrong_callback(app, _body())
        return _said(400, wrong) if wrong else None
    return None if request.method in ("GET", "HEAD") else _said(405, t("This address can only be read."))


def _body() -> Any:
    """The JSON sent, or None; one nested ten thousand deep is none."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def wrong_callback(app: Dash, body: Any) -> str:
    """What is wrong with the body of a call from the page, in words; "" if it is one that our page could make."""
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return t("This is not a call that the page makes.")
    known = app.callback_map.get(body["output"])
    if known is None:
        return t("There is no such part of the page.")
    for key, wanted in (("inputs", known["inputs"]), ("state", known["state"])):
        given = body.get(key, [])
        if not isinstance(given, list) or not all(isinstance(part, dict) for part in given):
            return t("The call is not of the form that the page uses.")
        if [(p.get("id"), p.get("property")) for p in given] != [(w["id"], w["property"]) for w in wanted]:
            return t("The call does not name the parts that the page has.")
        if not all(_is_plain(part.get("value")) for part in given):
            return t("A value is neither a short text nor a number.")
    return "" if _outputs_fit(body) else t("The call does not name the parts that the page has.")


def _outputs_fit(body: dict[str, Any]) -> bool:
    outputs, changed = body.get("outputs"), body.get("changedPropIds", [])
    listed: list[Any] = outputs if isinstance(outputs, list) else [outputs]
    if not all(isinstance(o, dict) and set(o) <= {"id", "property"} for o in listed):
        return False
    names = [f"{o.get('id')}.{o.get('property')}" for o in listed]
    expected = f"..{'...'.join(names)}.." if isinstance(outputs, list) else names[0]
    return expected == body["output"] and isinstance(changed, list) and all(
        isinstance(c, str) and len(c) <= _LONGEST_VALUE for c in changed)


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, int | float | bool) or (
        isinstance(value, str) and len(value) <= _LONGEST_VALUE)


def _with_headers(response: Response, policy: str) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers["Content-Security-Policy"] = policy
    if request.path.startswith("/assets/") and request.args.get("m"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-cache"
    return response


def _said(status: int, text: str) -> Response:
    return Response(text + "\n", status, content_type="text/plain; charset=utf-8")


class _Refused(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def _no(status: int, text: str) -> _Refused:
    return _Refused(_said(status, text))


def _failed(error: Exception) -> Any:
    """What went wrong, said without a trace; a mistake of ours is logged, without what the reader asked."""
    if isinstance(error, _Refused):
        return error.response
    if isinstance(error, DependencyException | InvalidResourceError):
        return _said(404, t("There is no such file."))
    code = getattr(error, "code", None)
    if isinstance(code, int) and code < 500:
        return _said(code, t("This request can't be answered."))
    _log.exception("A request failed")
    return _said(500, t("Something went wrong here; it has been noted."))


__all__ = ["VyrakDash", "register"]
