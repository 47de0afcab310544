"""The server: no to what does not exist, words for what is wrong, and nothing that traces a reader."""

import gzip
import json
import re
from pathlib import Path

import plotly.offline
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app as entry
from components import guard
from components.charts import CHARTS

CALL = "/_dash-update-component"


@pytest.fixture(scope="module")
def client():
    def get(path: str, **options: object):
        # Buffered, so that a file that is sent is closed again.
        return FlaskClient.get(plain, path, buffered=True, **options)

    plain = entry.server.test_client()
    plain.get = get
    return plain


def call_of(client, output_part: str, search: str) -> dict:
    """A call such as the page makes, for the callback whose output names `output_part`."""
    output, known = next((o, c) for o, c in entry.app.callback_map.items() if output_part in o)
    names = output.strip(".").split("...") if output.startswith("..") else [output]
    outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
    inputs = [{"id": i["id"], "property": i["property"], "value": search if i["property"] == "search" else "/"}
              for i in known["inputs"]]
    return {"output": output, "outputs": outputs if output.startswith("..") else outputs[0], "inputs": inputs,
            "changedPropIds": ["url.search"]}


@pytest.mark.parametrize(("path", "status"), [
    ("/", 200), ("/health", 200), ("/healthfoo", 404), ("/_dash-layout/x", 404), ("/chart/", 404),
    ("/_dash-component-suites/foo/bar.js", 404), ("/_dash-component-suites/dash/nothing.js", 404),
    ("/nothing", 404), ("/private", 404), ("/assets/../etl/check.py", 404),
    ("/chart/nothing.csv", 404), ("/chart/monthly.exe", 404), ("/chart/monthly.csv", 200), ("/chart/waves.zip", 200),
    ("/chart/monthly.metadata.json", 200), ("/chart/monthly.csv?region=atlantis", 400),
    ("/chart/monthly.csv?region=BY-HM&sex=female&article=342", 400), ("/chart/monthly.csv?from=%00", 400)])
def test_what_is_there_and_what_is_not(client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    if status >= 400 and "assets" not in path:
        assert re.match(r"[A-Z“T].+\.", answer.text) and "Traceback" not in answer.text


def test_the_other_methods_are_refused(client) -> None:
    assert client.post("/").status_code == 405 and client.get(CALL).status_code == 405
    assert client.delete("/chart/monthly.csv").status_code == 405


def test_headers_of_every_answer(client) -> None:
    for path in ("/", "/health", "/chart/monthly.csv", "/nothing", "/assets/vyrak.css"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        scripts = re.search(r"script-src ([^;]*)", policy)[1]
        assert "unsafe" not in scripts and "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in headers


def test_the_same_file_is_not_sent_twice(client) -> None:
    first = client.get("/chart/monthly.csv")
    again = client.get("/chart/monthly.csv", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_proxy_is_told_what_it_may_send_again_and_for_how_long(client) -> None:
    """nginx goes by this header alone (deploy/nginx.conf)."""
    vintage = client.get("/health").json["vintage"]

    def seconds(path: str, **more: object) -> int:
        with client.open(path, buffered=True, **more) as answer:
            return int(answer.headers["X-Accel-Expires"])

    tag = client.get("/chart/monthly.csv").headers["ETag"]
    for path in ("/", "/?sex=female", "/data", "/chart/monthly", "/chart/monthly.csv", "/embed/monthly", "/data.zip"):
        assert seconds(path) == guard.NEWEST_KEPT, path
    assert seconds("/chart/monthly.csv", headers={"If-None-Match": tag}) == guard.NEWEST_KEPT
    for path in (f"/embed/monthly?vintage={vintage}", f"/chart/monthly.svg?vintage={vintage}", "/assets/vyrak.css?m=1"):
        assert seconds(path) == guard.PINNED_KEPT, path
    for path in ("/health", "/ready", "/nothing", "/embed/nothing", "/chart/monthly.csv?sex=x", f"/table/cells.csv?vintage={vintage}"):
        assert seconds(path) == 0, path
    assert seconds("/_dash-update-component", method="POST", json={}) == 0


# flask-compress leaves the closing of a file it streams to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_answers_are_compressed(client) -> None:
    answer = client.get("/assets/plotly-basic.min.js", headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br" and len(answer.data) < 450_000
    about = client.get("/chart/monthly.metadata.json", headers={"Accept-Encoding": "gzip"})
    assert json.loads(gzip.decompress(about.data))["synthetic"] is True


def test_the_small_bundle_is_of_the_plotly_that_is_installed(client) -> None:
    served = client.get("/assets/plotly-basic.min.js").text[:400]
    assert f"v{plotly.offline.get_plotlyjs_version()}" in served


def test_health_tells_when_there_is_nothing(client, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("VYRAK_DATA", str(tmp_path))
    answer = client.get("/health")
    assert (answer.status_code, answer.json["status"], answer.json["wrong"]) == (200, "failing", ["Nothing has been imported yet."])
    assert client.get("/ready").status_code == 503
    assert client.get("/chart/monthly.csv").status_code == 503
    assert "No figures yet" in client.get("/").text


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_answers_to_a_touch(client, sample: Path, monkeypatch: pytest.MonkeyPatch, chart: str) -> None:
    monkeypatch.setenv("VYRAK_DATA", str(sample))
    answer = client.get(f"/chart/{chart}.figure.json?theme=dark")
    assert answer.status_code == 200 and answer.json["data"]
    assert answer.json["config"]["showSendToCloud"] is False and answer.json["config"]["plotlyServerURL"] == ""
    table = client.get(f"/chart/{chart}.table.html")
    assert table.status_code == 200 and table.text.startswith("<table><caption>") and "synthetic" in table.text


def test_nonsense_in_the_address_is_told_in_the_page(client) -> None:
    answer = client.post(CALL, json=call_of(client, "page", "?region=\ud800&sex=x"))
    assert answer.status_code == 200 and "There are no figures for" in answer.text


def _broken(client) -> list:
    good = call_of(client, "page", "")
    return [None, [], "x", {}, {"output": 5}, {"output": "nothing.children"}, {**good, "inputs": None},
            {**good, "inputs": [{}]}, {**good, "inputs": good["inputs"] * 500}, {**good, "outputs": None},
            {**good, "outputs": {"id": "a"}}, {**good, "changedPropIds": 5}, {**good, "state": [{}]},
            {**good, "inputs": [{**good["inputs"][0], "value": {"a": [1] * 100}}]},
            {**good, "inputs": [{**good["inputs"][0], "value": "x" * 5000}]}]


def test_calls_that_the_page_does_not_make_are_refused(client) -> None:
    for body in _broken(client):
        answer = client.post(CALL, json=body)
        assert answer.status_code == 400 and answer.text.strip().endswith("."), body
    for raw in (b"{", b"[" * 30_000, b'{"a":' * 10_000):
        assert client.post(CALL, data=raw, content_type="application/json").status_code == 400
    assert client.post(CALL, data=b"x" * 100_000, content_type="application/json").status_code in (400, 413)


anything = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
                        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
                        max_leaves=8)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["inputs", "outputs", "output", "state", "changedPropIds", "value"]), anything)
def test_no_body_of_any_shape_is_a_failure(client, key: str, value: object) -> None:
    body = call_of(client, "page", "")
    if key == "value":
        body["inputs"][0]["value"] = value
    else:
        body[key] = value
    assert client.post(CALL, data=json.dumps(body), content_type="application/json").status_code in (200, 204, 400)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["/", "/chart/", "/chart/monthly.csv?", "/assets/"]), st.text(max_size=30))
def test_no_path_is_a_failure(client, start: str, rest: str) -> None:
    # Two slashes would make a host of what follows, and the test client stumbles over it before asking.
    assert client.get(start + rest.lstrip("/")).status_code < 500


def test_a_value_is_plain() -> None:
    assert guard.wrong_callback(entry.app, None)
