"""The gate that every request passes: it sees one vintage, and an answer that was made for that vintage is sent again.

Kept are whole answers, compressed as they were sent, by address, body and the headers they may depend on; never by who asks. A new vintage
makes new answers from the next request on, without a restart. What is kept is bounded in bytes: filling it with addresses that nobody
needs has its cost (components/limits.py) and drives out what was asked for longest ago.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache
from werkzeug.wrappers import Response

import texts
from components import limits
from etl import store

KEPT_BYTES = 16 * 1024 * 1024
"""Of one process; an overview takes 12 KB."""
_LARGEST, _OVERHEAD = 1024 * 1024, 2048
_HEADERS = ("HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_HOST", "wsgi.url_scheme", "CONTENT_TYPE", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
"""What an answer can depend on besides address and body."""
_VARY = frozenset({"accept", "accept-encoding", "host"})
"""The same, by the names that answers give it; one that varies with anything else is not kept."""
_LONGEST_KEY = 4096
_LONGEST_WAIT = 2.0

Environ = dict[str, Any]
Start = Callable[..., Any]


@dataclass(frozen=True)
class Kept:
    """An answer as it was sent."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    size: int


class Answers:
    """A WSGI application before `made`, which makes the answers. `largest_body`: bytes of a request's body that are read at all."""

    def __init__(self, made: Callable[[Environ, Start], Iterable[bytes]], largest_body: int, kept_bytes: int | None = None) -> None:
        self._made, self._largest_body = made, largest_body
        self._kept: LRUCache[tuple, Kept] = LRUCache(KEPT_BYTES if kept_bytes is None else kept_bytes, getsizeof=lambda kept: kept.size)
        self._making: dict[tuple, threading.Event] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer a request."""
        # Neither the vintage nor the language of one request is left over for the next one of this thread.
        with store.one_vintage(), texts.using(texts.SOURCE):
            key = self._key(environ)
            if key is None:
                return self._made(environ, start)
            answer = self._again(key) or self._first(key, environ)
        answer.make_conditional(environ)
        answer.headers.pop("Date", None)  # the server writes one
        return answer(environ, start)

    def _key(self, environ: Environ) -> tuple | None:
        """What the answer is kept by; None where it is not to be kept."""
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        # A whole table is sent while it is made, so that it needs no memory.
        if not limits.kind(path) or path.startswith("/table/") or method not in ("GET", "HEAD", "POST"):
            return None
        body = self._body(environ) if method == "POST" else b""
        asked = [path, environ.get("QUERY_STRING", ""), *(environ.get(name, "") for name in _HEADERS)]
        if body is None or sum(map(len, asked)) + len(body) > _LONGEST_KEY:
            return None
        try:
            return (*store.state(), method == "POST", body, *asked)
        except store.StoreError:
            return None

    def _body(self, environ: Environ) -> bytes | None:
        """The body of a request, which can then be read once more; None if it is larger than any of ours, or of unknown size."""
        length = environ.get("CONTENT_LENGTH") or ""
        if not (length.isascii() and length.isdigit() and len(length) < 8 and int(length) <= self._largest_body):
            return None
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
        return body

    def _again(self, key: tuple) -> Response | None:
        with self._lock:
            kept = self._kept.get(key)
        return Response(kept.body, 200, list(kept.headers)) if kept else None

    def _first(self, key: tuple, environ: Environ) -> Response:
        """An answer made now; who asks for the same meanwhile waits for it."""
        with self._lock:
            under_way = self._making.get(key)
            if under_way is None:
                self._making[key] = threading.Event()
        if under_way is not None:
            under_way.wait(_LONGEST_WAIT)
            return self._again(key) or self._make(key, environ)
        try:
            return self._make(key, environ)
        finally:
            with self._lock:
                done = self._making.pop(key)
            done.set()

    def _make(self, key: tuple, environ: Environ) -> Response:
        # Whole, and whatever the reader has of it already: the kept answer is for others too.
        whole = {name: value for name, value in environ.items() if not name.startswith("HTTP_IF_") and name != "HTTP_RANGE"}
        head = environ["REQUEST_METHOD"] == "HEAD"
        if head:
            whole["REQUEST_METHOD"] = "GET"
        answer = Response.from_app(self._made, whole, buffered=True)
        body = answer.get_data()
        if answer.status_code == 200 and answer.headers.get("Cache-Control") != "no-store" and _VARY.issuperset(map(str.lower, answer.vary)):
            if "ETag" not in answer.headers:
                answer.add_etag()
            size = len(body) + _OVERHEAD + sum(len(part) for part in key if isinstance(part, str | bytes))
            if size < min(_LARGEST, self._kept.maxsize):
                with self._lock:
                    self._kept[key] = Kept(tuple(answer.headers.to_wsgi_list()), body, size)
        return answer
