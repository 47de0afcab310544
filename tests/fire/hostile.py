"""Requests such as nobody sends who wants to read: for the tests here (a few thousand, in process) and for `python -m benchmarks soak` (a
hundred thousand, over the wire)."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from flask import Flask
from hypothesis import strategies as st
from werkzeug.test import run_wsgi_app

from components import filters, pages
from components.chart_files import ENDINGS
from components.charts import CHARTS

CALL = "/_dash-update-component"


@dataclass(frozen=True)
class Hostile:
    """`target`: path and query as they go over the wire (ASCII without blanks or line ends)."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(server: Flask, request: Hostile) -> Answer:
    """The answer of `server`, asked as a WSGI server would."""
    path, _, query = request.target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method, "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8050", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1:8050",
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(request.body), "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False}
    if request.body:
        environ["CONTENT_LENGTH"] = str(len(request.body))
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    body, status, headers = run_wsgi_app(server, environ, buffered=True)
    return Answer(int(status.split()[0]), dict(headers), b"".join(body))


@contextmanager
def listened() -> Iterator[list[str]]:
    """Every line that is logged in here, with its traceback."""
    lines: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    listener, root = Listener(), logging.getLogger()
    root.addHandler(listener)
    try:
        yield lines
    finally:
        root.removeHandler(listener)


def addresses(server: Flask) -> list[str]:
    """Every address that the site has: its pages, every file of every chart, and all the routes of the server, so that those that come
    later are in it."""
    charts = [f"/chart/{chart}{ending}" for chart in CHARTS for ending in ("", *(f".{e}" for e in ENDINGS))]
    routes = [rule.rule for rule in server.url_map.iter_rules() if not rule.arguments]
    of_charts = [f"{rule.rule.split('<')[0]}{chart}" for rule in server.url_map.iter_rules() if rule.rule.startswith(("/embed/", "/chart/"))
                 and rule.arguments for chart in CHARTS]
    return sorted({*(page.path for page in pages.PAGES), *charts, *routes, *of_charts})


def call(path: Any, search: Any) -> dict[str, Any]:
    """The body of the call that the page makes when the address changes."""
    return {"output": "page.children", "outputs": {"id": "page", "property": "children"}, "changedPropIds": ["url.search"],
            "inputs": [{"id": "url", "property": "pathname", "value": path}, {"id": "url", "property": "search", "value": search}]}


_CODES = [
    *"BY-BR BY-HM female male 342 361-4 fine imprisonment 2021-05 2024-01 1 be ru en dark light 560 20261031T120000Z-0123abcd 0 -1".split(),
    *"99999999999999999999 1e9 nan true null .. %00 ../../etc/passwd {} [] <script>alert(1)</script> \u202eabc ' \"".split(),
    *"${jndi:x} {{7*7}} ٣ ² İ ﬀ".split(), "; drop", "\ud800", "A" * 500, "\r\nX: y"]
_NAMES = [*filters.FILTERS, *filters.OPTIONS, *"from to vintage b-from b-b-region m theme __class__ constructor [] a[b] ё".split(), "",
          *(filters.OTHER + name for name in filters.FILTERS)]
_values = st.sampled_from(_CODES) | st.text(max_size=12)


def _written(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


_pair = st.tuples(st.sampled_from(_NAMES) | st.text(max_size=5), _values).map(lambda p: f"{_written(p[0])}={_written(p[1])}")
_raw = st.sampled_from([*"% %zz %c0%ae %ff%fe &&& = ? ; + %ED%A0%80 region=% %u0041".split(), "a" * 1500, "&".join(["x=1"] * 40)])
_query = st.lists(_pair | _raw, max_size=4).map(lambda parts: "?" + "&".join(parts) if parts else "")
_piece = st.sampled_from([*".. . %2e%2e %00 %2f \\ con private etc ~ * .csv .svg %F0%9F%98%80 %e2%80%ae manifest.json vintages CURRENT".split(), "",
                          "a" * 300]) | st.text(max_size=6).map(_written)


def _paths(known: list[str]) -> st.SearchStrategy[str]:
    place = st.sampled_from(known)
    worse = st.tuples(place, st.lists(_piece, min_size=1, max_size=3)).map(lambda p: p[0].rstrip("/") + "/" + "/".join(p[1]))
    cut = st.tuples(place, st.integers(0, 12), _piece).map(lambda p: p[0][:p[1]] + p[2])
    return (place | place | worse | cut).map(lambda path: path if path.startswith("/") else f"/{path}")


_words = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20)


def _one(names: str, *values: str) -> st.SearchStrategy[tuple[str, str]]:
    """A header of one of these names with one of these values, or with any."""
    return st.tuples(st.sampled_from(names.split()), st.sampled_from(values) | _words if values else _words)


_header = st.one_of(
    _one("Range", "bytes=0-1", "bytes=-1", "bytes=0-,1-,2-", "bytes=9-1", "bytes=99999999999-", "lines=1", "bytes="),
    _one("If-None-Match If-Match If-Range", "*", '"', 'W/"x"', '"a","b"', "," * 50),
    _one("If-Modified-Since If-Unmodified-Since Date", "Thu, 99 Foo 2026", "0", "Mon, 01 Jan 0001 00:00:00 GMT"),
    _one("Host", "evil.example", "", "a b", "[::1", "127.0.0.1:99999", "x" * 200, "é", "a/../b", "@", "127.0.0.1:8050"),
    _one("Accept-Encoding", "br", "gzip", "zstd", "deflate", "*", "br;q=0", "gzip;q=x", "identity;q=0,*;q=0", "," * 60),
    _one("Content-Type", "application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "x", "a/b;" * 20,
         "application/json; charset=utf-7", "application/x-www-form-urlencoded"),
    _one("Cookie Authorization X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-HTTP-Method-Override Accept Accept-Language Origin Referer "
         "User-Agent Sec-Fetch-Site Forwarded Via"))
_anything = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(_CODES),
                         lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=3), max_leaves=8)


@st.composite
def _bodies(draw: st.DrawFn, known: list[str]) -> bytes:
    """What is posted to the callback: good calls for odd addresses, good calls with one part that is wrong, anything, and raw bytes."""
    form = draw(st.sampled_from(["address", "address", "part", "part", "anything", "raw"]))
    if form == "raw":
        return draw(st.sampled_from([
            b"{", b"[" * 20_000, b'{"a":' * 5_000, b"\xff\xfe", b"null", b'"x"', b"1e999", b"NaN", b'{"output":"page.children"', b"x" * 70_000,
            b'{"output":"page.children","inputs":[' + b"{}," * 5000 + b"{}]}"]) | st.binary(max_size=40))
    body: Any = call(draw(_paths(known) | _anything), draw(_query | _anything))
    if form == "part":
        body[draw(st.sampled_from([*body, "state", "multi", "parsedChangedPropsIds"]))] = draw(_anything)
    if form == "anything":
        body = draw(_anything)
    return json.dumps(body).encode()


def requests(known: list[str]) -> st.SearchStrategy[Hostile]:
    """Hostile requests to a server with the addresses `known`."""
    methods = st.sampled_from(["GET"] * 12 + ["HEAD", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "FOO"])
    headers = st.lists(_header, max_size=3).map(lambda h: tuple(dict(h).items()))
    read = st.builds(lambda method, path, query, head: Hostile(method, path + query, head), methods, _paths(known), _query, headers)
    posted = st.builds(lambda method, query, head, body: Hostile(
        method, CALL + query, (*({"Content-Type": "application/json"} | dict(head)).items(),), body),
        st.sampled_from(["POST"] * 9 + ["PUT"]), _query, headers, _bodies(known))
    return st.one_of(read, read, posted)
