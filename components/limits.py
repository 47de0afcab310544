"""What a request may cost: tokens by kind of route, and few lanes for the work of making an answer.

Nobody is counted: an address, a cookie or a hash of either would be a trace of a reader. So the limits are of the whole process. What was
made before is sent again without a token (components/answers.py), and so are health, scripts and styles; a flood of views that nobody
asked for before is refused beyond what a part of a processor can make, and leaves the rest to all others.

The buckets are `token_bucket`'s, which go by the monotonic clock: a clock that is set back or forth neither locks out nor lets in.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

import token_bucket
from flask import g, request
from werkzeug.wrappers import Response

from components.guard import said
from components.text import t


@dataclass(frozen=True)
class Cost:
    """Of one kind of route in one worker process: answers that may be made anew at once (`burst`), and `each_second` in the long run."""

    burst: int
    each_second: float


COSTS = {"view": Cost(60, 5), "file": Cost(200, 20)}
"""Making a page, as HTML or for a callback, takes 100 ms for most views, a file of a chart 15 ms: a flood of both keeps four fifths of a processor
busy, and each kind leaves the other alone."""
LANES = 2
"""Answers that are made at the same time in one process; more would not be faster, and would make those wait that are only sent again."""
WAITING = 4
"""Requests that may wait for a lane; with those in the lanes fewer than a worker has threads, so that some are left for what costs nothing."""
LONGEST_WAIT = 1.5
"""Seconds that a request waits for a lane."""
_FREE = ("/health", "/ready", "/assets/", "/_dash-component-suites/", "/_dash-layout", "/_dash-dependencies", "/_favicon.ico")


def kind(path: str) -> str:
    """Which of COSTS a path bears; "" if it costs nothing worth counting."""
    if path.startswith(_FREE):
        return ""
    return "file" if "." in path.rsplit("/", 1)[-1] else "view"


class Limits:
    """The tokens and lanes of one process. `enter()` before an answer is made, `leave()` after."""

    def __init__(self, costs: dict[str, Cost] | None = None, lanes: int = LANES, waiting: int = WAITING) -> None:
        self._storage = token_bucket.MemoryStorage()
        self._costs = COSTS if costs is None else costs
        self._buckets = {name: token_bucket.Limiter(cost.each_second, cost.burst, self._storage) for name, cost in self._costs.items()}
        self._lanes, self._places = threading.BoundedSemaphore(lanes), threading.BoundedSemaphore(lanes + waiting)

    def enter(self) -> Response | None:
        """A refusal of the request at hand, or None: it has a lane then, until `leave()`."""
        bucket = self._buckets.get(name := kind(request.path))
        if bucket is None:
            return None
        if not bucket.consume(name):
            lacking = 1 - self._storage.get_token_count(name)
            return _later(429, max(math.ceil(lacking / self._costs[name].each_second), 1))
        g.taken = []
        for gate, patience in ((self._places, 0.0), (self._lanes, LONGEST_WAIT)):
            if not gate.acquire(timeout=patience):
                return _later(503, 1)
            g.taken.append(gate)
        return None

    def leave(self) -> None:
        """Give back what `enter()` took."""
        for taken in g.pop("taken", []):
            taken.release()


def _later(status: int, seconds: int) -> Response:
    answer = said(status, t("Many new views are being asked for at this moment. Please try this one again in {seconds} s; views that are asked "
                            "for often go on being shown.", seconds=seconds))
    answer.headers["Retry-After"] = str(seconds)
    answer.headers["Cache-Control"] = "no-store"
    return answer
