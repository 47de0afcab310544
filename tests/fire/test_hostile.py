"""Thousands of requests that nobody sends who wants to read: no failure, no trace, no traceback, and every answer soon."""

import json
import logging
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import app as entry
from components import layout
from components.charts import CHARTS
from tests.fire.conftest import as_a_new_process
from tests.fire.hostile import CALL, Hostile, addresses, ask, call, listened, requests

KNOWN = addresses(entry.server)
SLOWEST = 2.0


@pytest.fixture(autouse=True)
def here(data: Path) -> None:
    as_a_new_process()


@settings(max_examples=100, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(requests(KNOWN), min_size=20, max_size=20))
def test_two_thousand_hostile_requests(asked: list[Hostile]) -> None:
    for request in asked:
        started = time.perf_counter()
        with listened() as logged:
            answer = ask(entry.server, request)
        assert answer.status not in (500, 502, 503, 504) and not logged, request  # 501: a format of oEmbed that there is not
        assert b"Traceback" not in answer.body and "Set-Cookie" not in answer.headers, request
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and "Content-Security-Policy" in answer.headers, request
        assert time.perf_counter() - started < SLOWEST, request


def test_every_address_answers_with_its_headers() -> None:
    others = [chart for chart in CHARTS if chart not in ("monthly", "map", "waiting")]
    for address in KNOWN:
        if address.rsplit("/", 1)[-1].split(".")[0] in others:
            continue
        with listened() as logged:
            answer = ask(entry.server, Hostile("GET", address))
        assert answer.status in (200, 204, 302, 400, 404, 405) and not logged, f"{address} {answer.status} {logged}"
        assert answer.headers["Referrer-Policy"] == "no-referrer" and "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"]


FAILING = [
    Hostile("GET", "/charges?region=geheim-wert&q=%D1%81%D0%B5%D0%BA%D1%80%D0%B5%D1%82",
            (("User-Agent", "geheim-agent"), ("X-Forwarded-For", "192.0.2.77"))),
    Hostile("POST", f"{CALL}?geheim", (("Content-Type", "application/json"),), json.dumps(call("/", "?geheim-wert")).encode()),
]


@pytest.mark.parametrize("request_", FAILING, ids=["page", "call"])
def test_a_failure_is_logged_without_what_was_asked_and_by_whom(request_: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: str, query: object) -> None:
        try:
            raise KeyError(str(query))
        except KeyError as error:
            raise ValueError(f"can't use {query!r} of {path}") from error

    monkeypatch.setattr(layout, "page", fails)
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)
    with listened() as logged:
        answer = ask(entry.server, request_)
    assert answer.status == 500 and answer.body == b"Something went wrong here; it has been noted.\n"
    told = "\n".join(logged)
    assert "ValueError at test_hostile.py:" in told and "after KeyError at" in told, "whoever mends it knows where to look"
    for secret in ("geheim", "192.0.2", "127.0.0.1", "%D1", "секрет"):
        assert secret not in told, told
