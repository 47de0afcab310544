"""What a monitor asks: does this process live, what does it show, what is wrong. No path, no name of a machine, nothing of a reader."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

from etl import store


def health() -> Response:
    """That the process lives, always 200; `status` is "ok", "degraded" (figures are shown, and `wrong` says what to mend) or "failing" (there
    are none to show)."""
    return _told(_state(), 200)


def ready() -> Response:
    """200 once figures can be shown, even if older ones than those in use; 503 before."""
    state = _state()
    return _told({"ready": state["vintage"] is not None, "vintage": state["vintage"], "wrong": [] if state["vintage"] else state["wrong"]},
                 200 if state["vintage"] else 503)


def _state() -> dict[str, Any]:
    wrong = store.wrong()
    try:
        shown = store.open_public()
    except store.StoreError:
        return {"status": "failing", "vintage": None, "wrong": wrong}
    return {"status": "degraded" if wrong else "ok", "vintage": shown.id, "created": shown.created, "reaches_to": shown.facts["as_of"],
            "synthetic": shown.synthetic, "wrong": wrong}


def _told(content: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(content), status, mimetype="application/json", headers={"Cache-Control": "no-store"})
