"""The server writes one JSON object a line, and nothing of a reader: no address, path, query, header or value."""

import json
import logging
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import logs
from tests.browser.conftest import free_port

ROOT = Path(__file__).resolve().parent.parent
FAILING = '''
import logging

def server(environ, start_response):
    if environ["PATH_INFO"] == "/told":
        logging.getLogger("components.web").warning("kept %s of %s", 7, environ["QUERY_STRING"])
        start_response("204 No Content", [])
        return []
    raise ValueError("no such thing as " + environ["QUERY_STRING"])
'''


def _sent(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(4096)


def test_nothing_of_a_reader_is_written_down(tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text(FAILING)
    port = free_port()
    # Options that would write down who reads are of no use.
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "--bind", f"127.0.0.1:{port}", "--workers", "1",
         "--access-logfile", "-", "failing:server"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"PYTHONWARNINGS": "ignore", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)})
    try:
        for _ in range(200):
            try:
                assert _sent(port, b"GET /told?q=Secret HTTP/1.1\r\nHost: h.secret\r\nUser-Agent: Secret/1\r\n\r\n").startswith(b"HTTP/1.1 204")
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        assert b" 500 " in _sent(port, b"GET /secret/path?q=Secret HTTP/1.1\r\nHost: h.secret\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n")
        assert b" 400 " in _sent(port, b"GET / HTTP/1.1\r\nHost: h.secret\r\nSecret Header: 1\r\n\r\n")
        assert b" 400 " in _sent(port, b"SECRET\r\n\r\n")
    finally:
        process.terminate()
        written = process.communicate(timeout=20)[0]
    lines = [json.loads(line) for line in written.splitlines()]
    assert not [word for word in ("secret", "127.0.0.1", "192.0.2.7", str(port)) if word in written.lower()], written
    told = {line["said"] for line in lines}
    assert "kept 7 of …" in told and any(line.get("error") == "ValueError" and "failing.py" in line["where"][-1] for line in lines)
    assert all({"at", "level", "from", "said"} <= set(line) for line in lines)
    assert not list(tmp_path.rglob("*.ctl")), "nobody steers a running server"


def _record(name: str, path: str, message: object, *args: object, error: Exception | None = None) -> dict:
    info = (type(error), error, error.__traceback__) if error else None
    return json.loads(logs.Lines().format(logging.LogRecord(name, logging.ERROR, path, 1, message, args, info, "handle")))


@pytest.mark.parametrize(("name", "path", "message", "args", "said"), [
    ("components.web", "web.py", "A request failed", (), "A request failed"),
    ("components.web", "web.py", "%s asked for %d of %s", ("192.0.2.7", 3, "/x"), "… asked for 3 of …"),
    ("components.web", "web.py", "broken %q", ("x",), "broken %q"), ("werkzeug", "x.py", "%(who)s", ({"who": "192.0.2.7"},), "%(who)s"),
    ("gunicorn.error", "/x/workers/base.py", "Invalid request from ip=192.0.2.7: x", (), "base.handle"),
    ("gunicorn.error", "/x/workers/base.py", "Error handling request %s %s", ("GET", "/?q=1"), "Error handling request … …"),
    ("gunicorn.error", "/x/gunicorn/arbiter.py", "Worker (pid:%s) was sent %s!", (7, "SIGKILL"), "Worker (pid:7) was sent SIGKILL!"),
    ("someone.else", "/x/arbiter.py", "from %s", ("192.0.2.7",), "from …")])
def test_what_fills_a_message_in_is_left_out(name: str, path: str, message: str, args: tuple, said: str) -> None:
    assert _record(name, path, message, *args)["said"] == said


def test_a_failure_is_told_by_its_kind_and_place() -> None:
    try:
        int("a secret")
    except ValueError as error:
        asked, start = _record("components.web", "web.py", "failed", error=error), _record("gunicorn.error", "arbiter.py", "failed", error=error)
    assert asked["error"] == "ValueError" and "why" not in asked and asked["where"][0].startswith("tests/test_logs.py:")
    assert start["why"].endswith("'a secret'"), "why a server does not start, its operator must know"
