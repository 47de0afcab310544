"""A known vulnerability stops the tests, an advisory service out of reach does not; what is pinned is listed with its licence and reason."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import supply_chain

ROOT = Path(__file__).resolve().parent.parent


class _Service(BaseHTTPRequestHandler):
    """An advisory service (OSV) that knows of one invented vulnerability, of the package that its server names."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        self.server.asked = [query["package"]["name"] for query in asked]
        known = {"vulns": [{"id": "GHSA-0000-0000-0000", "modified": "2026-01-01T00:00:00Z"}]}
        self._answer({"results": [known if name == self.server.vulnerable else {} for name in self.server.asked]})

    def do_GET(self) -> None:
        affected = {"package": {"ecosystem": "PyPI", "name": self.server.vulnerable},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}]}
        self._answer({"id": "GHSA-0000-0000-0000", "modified": "2026-01-01T00:00:00Z", "summary": "An invented one", "affected": [affected]})

    def _answer(self, content: dict) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _service(vulnerable: str) -> Iterator[tuple[str, ThreadingHTTPServer]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        server.vulnerable, server.asked = vulnerable, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", server
        server.shutdown()


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runtime pins as uv locks them, written by hand: no registry is needed."""
    names = [(package, version) for package, version, marker in supply_chain.pins("requirements.txt") if not marker]
    source = '{ registry = "http://127.0.0.1:9/simple" }'
    lines = ['version = 1', 'requires-python = ">=3.11"']
    lines += [f'[[package]]\nname = "{package}"\nversion = "{version}"\nsource = {source}' for package, version in names]
    wanted = ", ".join(f'{{ name = "{package}" }}' for package, _ in names)
    lines += [f'[[package]]\nname = "vyrak"\nversion = "0"\nsource = {{ virtual = "." }}\ndependencies = [{wanted}]']
    (tmp_path / "uv.lock").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "vyrak"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = '
                                             + json.dumps([f"{package}=={version}" for package, version in names]), encoding="utf-8")

    @contextmanager
    def project(files: tuple[str, ...]) -> Iterator[Path]:
        assert files == supply_chain.PINS, "what tests and checks run is audited too"
        yield tmp_path

    monkeypatch.setattr(supply_chain, "_project", project)


def test_a_known_vulnerability_stops_the_tests(locked: None, capsys: pytest.CaptureFixture) -> None:
    with _service("gunicorn") as (address, server):
        assert supply_chain.audit(address) == 1
    assert {"gunicorn", "flask", "pandas"} <= set(server.asked)
    said = capsys.readouterr().err
    assert "gunicorn" in said and "GHSA-0000-0000-0000" in said and "make pins" in said


def test_where_none_is_known_it_is_said(locked: None, capsys: pytest.CaptureFixture) -> None:
    with _service("nothing of ours") as (address, server):
        assert supply_chain.audit(address) == 0
    assert len(server.asked) > 40 and "NOT AUDITED" not in capsys.readouterr().out


def test_a_service_out_of_reach_is_told_in_one_line_and_stops_nothing(locked: None, capsys: pytest.CaptureFixture) -> None:
    assert supply_chain.audit("http://127.0.0.1:9/") == 0
    [line] = capsys.readouterr().out.strip().splitlines()
    assert line.startswith("NOT AUDITED")


def test_a_registry_out_of_reach_or_a_service_that_hangs_stops_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    def hangs(*_: object) -> None:
        raise supply_chain.subprocess.TimeoutExpired("uv", 10)

    monkeypatch.setattr(supply_chain, "_uv", hangs)
    assert supply_chain.audit() == 0
    assert len(capsys.readouterr().out.strip().splitlines()) == 1


def test_every_pin_has_its_licence() -> None:
    listed = re.findall(r"^\| (\S+) \| (\S+) \| (.+) \|$", supply_chain.LICENCES.read_text(encoding="utf-8"), re.M)
    told = {(package, version): licence for package, version, licence in listed if package != "package"}
    assert set(told) == {(package, version) for package, version, _ in supply_chain.pins("requirements.txt")}, "make licences"
    assert not [package for (package, _), licence in told.items() if licence == "not said"]
    for package, _ in told:
        if known := supply_chain.licence(package):
            assert known in {licence for (name, _), licence in told.items() if name == package}, package


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_has_its_reason(name: str) -> None:
    wanted = re.findall(r"^([A-Za-z][\w-]*)", (ROOT / name).read_text(encoding="utf-8"), re.M)
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    assert wanted
    for package in wanted:
        assert re.search(rf"^\|[^|]*\b{re.escape(package)}(?![\w-])", text, re.M), f"{package} of {name} has no line in docs/dependencies.md"


def test_every_pin_has_hashes() -> None:
    for name in supply_chain.PINS:
        lines = (ROOT / name).read_text(encoding="utf-8")
        for package, version, _ in supply_chain.pins(name):
            entry = lines.split(f"{package}=={version}", 1)[1]
            assert re.match(r"[^\n]*\\\n    --hash=sha256:[0-9a-f]{64}", entry), package
