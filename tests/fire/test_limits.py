"""Answers kept and limited: a flood of new views is refused in words, what was made before is sent all the same, and nobody is counted."""

import json
import re
import threading
import time
from pathlib import Path

import pytest
from flask import Flask

import app as entry
from components import answers, layout, limits
from tests.fire.conftest import NEWER, OLDER, as_a_new_process, use
from tests.fire.hostile import Answer, Hostile, ask, call

FEW = {"view": limits.Cost(2000, 0.5), "file": limits.Cost(150, 0.5)}
"""Milliseconds for a few files and some pages, which come back within minutes."""


@pytest.fixture(scope="module")
def server() -> Flask:
    """A server of its own, with few tokens and room for some answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "KEPT_BYTES", 400_000)
        patch.setattr(limits, "COSTS", FEW)
        return entry.build().server


@pytest.fixture(autouse=True)
def anew(server: Flask, data: Path) -> None:
    """Nothing kept, and all tokens there."""
    as_a_new_process()
    server.wsgi_app._kept.clear()
    server.extensions["limits"]._storage._buckets.clear()


def get(server: Flask, target: str, method: str = "GET", **headers: str) -> Answer:
    return ask(server, Hostile(method, target, tuple((name.replace("_", "-"), value) for name, value in headers.items())))


def months(count: int) -> list[str]:
    """Addresses of views that nobody has asked for."""
    return [f"/chart/monthly.csv?from={2020 + (7 + n) // 12}-{(7 + n) % 12 + 1:02}" for n in range(count)]


def test_a_flood_is_refused_in_words_and_stops_nobody_else(server: Flask) -> None:
    assert get(server, "/chart/monthly.csv").status == 200
    refused = [answer for address in months(60) if (answer := get(server, address)).status != 200]
    assert len(refused) > 20 and {answer.status for answer in refused} == {429}
    assert all(1 <= int(answer.headers["Retry-After"]) <= 200 and answer.headers["Cache-Control"] == "no-store" for answer in refused)
    assert refused[0].body.decode().startswith("Many new views are being asked for at this moment. Please try this one again in ")
    assert "страниц" in get(server, "/chart/monthly.csv?from=2023-05&lang=ru").body.decode()
    # What was made before, the other kind of route, and what costs nothing are there as ever.
    for address in ("/chart/monthly.csv", "/", "/health", "/ready", "/assets/vyrak.css", "/_dash-layout"):
        assert get(server, address).status == 200


def test_tokens_come_back(server: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [get(server, address).status for address in months(60)][-1] == 429
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 500)
    assert get(server, months(61)[-1]).status == 200


def test_a_clock_set_back_locks_nobody_out(server: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    get(server, months(1)[0])
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert get(server, months(2)[1]).status == 200


def test_what_the_guard_refuses_costs_nothing(server: Flask) -> None:
    for _ in range(20):
        assert get(server, "/nothing/at.all").status == 404 and get(server, "/", "DELETE").status == 405
        assert ask(server, Hostile("POST", "/_dash-update-component", (("Content-Type", "application/json"),), b"{}")).status == 400
    assert get(server, "/").status == get(server, "/chart/monthly.csv").status == 200


def test_nobody_is_counted(server: Flask) -> None:
    """The flood of one reader and the visits of many are one and the same: what would tell them apart is used nowhere."""
    headers = [{"X_Forwarded_For": f"192.0.2.{n}", "User_Agent": f"agent {n}", "Cookie": f"a={n}", "Referer": f"http://x/{n}"} for n in range(60)]
    statuses = [get(server, address, **told).status for address, told in zip(months(60), headers, strict=True)]
    assert statuses == sorted(statuses) and statuses[0] == 200 and statuses[-1] == 429
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(limits.__file__).parent.rglob("*.py"))
    assert not re.search(r"remote_addr|REMOTE_ADDR|user_agent|USER_AGENT|access_route|\.cookies|set_cookie|flask import .*session", sources)


def test_the_same_answer_is_sent_again_and_every_form_of_it_is_right(server: Flask) -> None:
    first = get(server, "/")
    assert [get(server, "/").body for _ in range(10)] == [first.body] * 10, "ten of one address cost no token"
    assert get(server, "/").headers == first.headers
    again = get(server, "/", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    head = get(server, "/", "HEAD")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(first.body)))
    # Another language, encoding or host is another answer.
    assert b'lang="be"' in get(server, "/?lang=be").body and b'lang="en"' in first.body
    packed = get(server, "/", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip" and get(server, "/").body == first.body


def test_who_asks_first_for_a_part_does_not_spoil_it_for_others(server: Flask) -> None:
    """The first to ask has it already, or wants a part, or the head: the next one gets the whole."""
    for number, (method, headers) in enumerate([("GET", {"If_None_Match": "*"}), ("GET", {"Range": "bytes=0-3"}), ("HEAD", {}), ("OPTIONS", {})]):
        address = months(4)[number]
        server.extensions["limits"]._storage._buckets.clear()  # a busy machine is not what is tried here
        get(server, address, method, **headers)
        whole = get(server, address)
        assert whole.status == 200 and len(whole.body) == int(whole.headers["Content-Length"]) > 500


def test_callbacks_are_kept_by_what_they_ask(server: Flask) -> None:
    def ask_page(path: str, search: str) -> Answer:
        body = json.dumps(call(path, search)).encode()
        return ask(server, Hostile("POST", "/_dash-update-component", (("Content-Type", "application/json"),), body))

    overview, other = ask_page("/", ""), ask_page("/pardons", "")
    assert overview.status == other.status == 200 and overview.body != other.body
    assert [ask_page("/", "").body for _ in range(8)] == [overview.body] * 8


def test_a_new_vintage_is_in_the_next_answer(server: Flask, data: Path) -> None:
    assert f"Vintage {NEWER}".encode() in get(server, "/").body
    use(data, OLDER)
    assert f"Vintage {OLDER}".encode() in get(server, "/").body
    use(data, NEWER)
    assert f"Vintage {NEWER}".encode() in get(server, "/").body


def test_what_is_kept_is_bounded_in_bytes(server: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.extensions["limits"], "enter", lambda: None)
    kept = server.wsgi_app._kept
    for number in range(120):
        assert get(server, f"/chart/monthly.csv?from=2021-01&{'x' * (number % 50)}={number}").status in (200, 400)
        get(server, f"/about?lang=be&region={'x' * number}")
    assert 0 < kept.currsize <= 400_000 and sum(len(answer.body) for answer in kept.values()) < kept.currsize


def test_few_are_made_at_once_and_nobody_waits_for_ever(server: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most, gate = [], [], threading.Lock()
    made = layout.page

    def slow(path: str, query: object):
        with gate:
            at_once.append(path)
            most.append(len(at_once))
        time.sleep(0.1)
        with gate:
            at_once.pop()
        return made(path, query)

    monkeypatch.setattr(layout, "page", slow)
    monkeypatch.setitem(FEW, "view", limits.Cost(10**9, 1e9))
    said: list[Answer] = []
    threads = [threading.Thread(target=lambda n=n: said.append(get(server, f"/about?lang=be&{n}"))) for n in range(30)]
    for thread in threads:
        thread.start()
    started = time.monotonic()
    assert get(server, "/health").status == 200 and time.monotonic() - started < 1, "what costs nothing waits for nobody"
    for thread in threads:
        thread.join(timeout=10)
    statuses = [answer.status for answer in said]
    assert max(most) <= limits.LANES and set(statuses) == {200, 503} and statuses.count(200) >= limits.LANES + limits.WAITING
    assert all(answer.headers["Retry-After"] == "1" for answer in said if answer.status == 503)


def test_many_who_ask_for_one_thing_wait_for_one_making(server: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    times, made = [], layout.page

    def slow(path: str, query: object):
        times.append(path)
        time.sleep(0.1)
        return made(path, query)

    monkeypatch.setattr(layout, "page", slow)
    said: list[Answer] = []
    threads = [threading.Thread(target=lambda: said.append(get(server, "/methods?once"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert len(times) == 1 and len({answer.body for answer in said}) == 1 and {answer.status for answer in said} == {200}
