"""What a request may cost: processor time by kind of route, and few lanes for the work of making an answer.

Nobody is counted: an address, a cookie or a hash of either would be a trace of a reader. So the limits are of the whole process. What was
made before is sent again for nothing (components/answers.py), and so are health, scripts and styles; a flood of views that nobody asked
for before is refused beyond what a part of a processor can make, and leaves the rest to all others.

The buckets are `token_bucket`'s, which go by the monotonic clock: a clock that is set back or forth neither locks out nor lets in.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

import token_bucket
from flask import g, request
from werkzeug.wrappers import Response

from components.guard import said
from components.text import t


@dataclass(frozen=True)
class Cost:
    """Processor time, in milliseconds, that one worker process spends on one kind of route: at once (`burst`), and in the long run
    (`each_second`)."""

    burst: int
    each_second: float


COSTS = {"view": Cost(20_000, 500), "file": Cost(20_000, 300)}
"""By kind of route, so that a flood of files leaves pages alone and the other way round. The burst makes all views that are often asked for
anew after a publication: 100 ms for most pages, 15 ms for a file of a chart."""
LANES = 2
"""Answers that are made at the same time in one process; more would not be faster, and would make those wait that are only sent again."""
WAITING = 16
"""Requests that may wait for a lane; with those in the lanes fewer than a worker has threads (gunicorn.conf.py), so that some are left for
what costs nothing."""
_LEAST = 100
"""Milliseconds that must be there for an answer to be begun."""
LONGEST_WAIT = 1.5
"""Seconds that a request waits for a lane."""
_FREE = ("/health", "/ready", "/assets/", "/_dash-component-suites/", "/_dash-layout", "/_dash-dependencies", "/_favicon.ico")


def kind(path: str) -> str:
    """Which of COSTS a path bears; "" if it costs nothing worth counting."""
    if path.startswith(_FREE):
        return ""
    return "file" if "." in path.rsplit("/", 1)[-1] else "view"


class Limits:
    """The buckets and lanes of one process. `enter()` before an answer is made, `leave()` after."""

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
        cost = self._costs[name]
        self._storage.replenish(name, cost.each_second, cost.burst)
        if (there := self._storage.get_token_count(name)) < _LEAST:
            return _later(429, math.ceil((_LEAST - there) / cost.each_second))
        g.taken, g.begun = [], (name, time.thread_time())
        for gate, patience in ((self._places, 0.0), (self._lanes, LONGEST_WAIT)):
            if not gate.acquire(timeout=patience):
                return _later(503, 1)
            g.taken.append(gate)
        return None

    def leave(self) -> None:
        """Give back the lane that `enter()` took, and pay for what was made in it."""
        for taken in g.pop("taken", []):
            taken.release()
        if begun := g.pop("begun", None):
            name, then = begun
            spent = math.ceil((time.thread_time() - then) * 1000)
            self._buckets[name].consume(name, max(min(spent, int(self._storage.get_token_count(name))), 1))


def _later(status: int, seconds: int) -> Response:
    answer = said(status, t("Many new views are being asked for at this moment. Please try this one again in {seconds} s; views that are asked "
                            "for often go on being shown.", seconds=seconds))
    answer.headers["Retry-After"] = str(seconds)
    answer.headers["Cache-Control"] = "no-store"
    return answer
