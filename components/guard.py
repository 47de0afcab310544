"""What the server refuses and how it says so; the headers on all its answers."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Collection
from pathlib import Path
from typing import Any

from dash import Dash
from dash.exceptions import DependencyException, InvalidResourceError
from flask import Flask, Response, has_request_context, request
from werkzeug.http import HTTP_STATUS_CODES

import texts
from components import filters
from components.text import t
from etl import store

LARGEST_BODY = 64 * 1024
PINNED_KEPT, NEWEST_KEPT = 300, 2
"""Seconds that a proxy keeps what never changes (a vintage that is withdrawn must be gone from there soon), and what the next vintage changes."""
_LONGEST_VALUE = 1000
_FOLDERS = re.compile(r"/(?:chart|embed|table|assets|_dash-component-suites/[\w-]+)/[^\x00]+")
_OF_DASH = frozenset({"/_dash-layout", "/_dash-dependencies", "/_dash-update-component", "/_favicon.ico"})
_FOR_ALL = ("/assets/", "/chart/", "/table", "/oembed", "/openapi.json", "/data.zip", "/datapackage.json", "/csv-metadata.json")
_log = logging.getLogger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation", "gyroscope",
        "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get",
        "screen-wake-lock", "serial", "usb", "xr-spatial-tracking")),
}


class Refused(Exception):
    """What is asked can't be had. `said(status, text)` is the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def said(status: int, text: str) -> Response:
    """An answer in one sentence, or, to a program that asks for JSON, the same as problem details (RFC 9457)."""
    kinds = ("text/plain", "application/json", "application/problem+json")
    if has_request_context() and request.accept_mimetypes.best_match(kinds, kinds[0]) != kinds[0]:
        told = {"type": "about:blank", "title": HTTP_STATUS_CODES.get(status, ""), "status": status, "detail": text}
        return Response(json.dumps(told, ensure_ascii=False), status, mimetype=kinds[2], headers={"Vary": "Accept"})
    return Response(text + "\n", status, content_type="text/plain; charset=utf-8", headers={"Vary": "Accept"})


def register(app: Dash, places: Collection[str]) -> None:
    """Checks and headers on the server of `app`, whose own addresses are `places`. Call it after all callbacks are registered."""
    server: Flask = app.server
    server.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    known = _OF_DASH | set(places)
    server.before_request(lambda: _refuse(app, known))
    policy = content_security_policy(app)
    server.after_request(lambda response: _with_headers(response, policy))
    server.register_error_handler(store.StoreError, lambda error: said(503, str(error)))
    server.register_error_handler(Exception, _failed)


def content_security_policy(app: Dash) -> str:
    """Scripts of ours only, by hash where they stand in the page; styles may be inline, since Plotly and Dash need it
    (plotly/dash#2518)."""
    scripts = " ".join(f"'{h}'" if not h.startswith("'") else h for h in app.csp_hashes())
    return ("default-src 'none'; connect-src 'self'; font-src 'self'; img-src 'self' data:; manifest-src 'self'; "
            f"style-src 'self' 'unsafe-inline'; script-src 'self' {scripts}; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'")


def _refuse(app: Dash, known: Collection[str]) -> Response | None:
    """An answer to what nobody should ask; None lets the request through."""
    path = request.path
    texts.speak(filters.language(request.query_string.decode("utf-8", "replace")))
    if path not in known and not _FOLDERS.fullmatch(path):
        return said(404, t("There is no such page. The figures are at /."))
    if path == "/_dash-update-component":
        if request.method != "POST":
            return said(405, t("This address takes POST only."))
        wrong = wrong_callback(app, _body())
        return said(400, wrong) if wrong else None
    return None if request.method in ("GET", "HEAD") else said(405, t("This address can only be read."))


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


def allow_framing(response: Response, policy: str) -> None:
    """Let pages of others show this answer, as `policy` (a Content-Security-Policy) says."""
    response.headers["Content-Security-Policy"] = policy


def _with_headers(response: Response, policy: str) -> Response:
    """The headers of every answer. Files are for everybody: scripts elsewhere may read them, and an embed in a sandbox, which is no part
    of this site to the browser, has to."""
    framed = "Content-Security-Policy" in response.headers
    for name, value in HEADERS.items():
        if not (framed and name == "X-Frame-Options"):
            response.headers[name] = value
    response.headers.setdefault("Content-Security-Policy", policy)
    if framed or request.path.startswith(_FOR_ALL):
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Access-Control-Allow-Origin"] = "*"
    if request.path.startswith("/assets/") and request.args.get("m"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Expires"] = str(_kept_by_proxy(response))
    return response


def _kept_by_proxy(response: Response) -> int:
    """Seconds for which the proxy before us may send an answer again without asking; nginx takes the header away. Of the newest vintage
    for a moment: as nothing to who waits for a new one, and thousands of readers in it cost the program one answer. A whole table, which
    is sent while it is made, may be larger than the proxy has room for."""
    control = response.headers["Cache-Control"]
    if request.method == "POST" or response.status_code not in (200, 304) or "no-store" in control or request.path.startswith("/table/"):
        return 0
    return PINNED_KEPT if "public" in control else NEWEST_KEPT


def _where(error: BaseException) -> str:
    """What kind of failure it was, and where in the code. Its own words may hold what the reader asked, and are left out."""
    places = [f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    cause = error.__cause__ or error.__context__
    return f"{type(error).__name__} at {' < '.join(places[:-10:-1])}" + (f"; after {_where(cause)}" if cause else "")


def _failed(error: Exception) -> Any:
    """What went wrong, said without a trace; a mistake of ours is logged, without what the reader asked."""
    if isinstance(error, Refused):
        return said(error.status, str(error))
    if isinstance(error, DependencyException | InvalidResourceError):
        return said(404, t("There is no such file."))
    code = getattr(error, "code", None)
    if isinstance(code, int) and code < 500:
        return said(code, t("This request can't be answered."))
    _log.error("A request failed: %s", _where(error))
    return said(500, t("Something went wrong here; it has been noted."))
