"""How soon an embed is there and how many a second one machine gives, beside what else could stand in its place, in one run: a Dash page in
the frame, a page with Plotly's whole bundle or its basic one, and a file that nginx serves.

The slow phone: 1.6 Mbit/s, 150 ms to the server and back, a quarter of this machine's processor. Load: wrk, 64 connections, on the processors that
the server uses too. What isn't installed (nginx, wrk) is left out and said.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from benchmarks._peers import ROOT, free_port, nginx, running, under_gunicorn
from benchmarks._phone import chromium, slow_phone
from benchmarks._served import behind_nginx

CHART = "/embed/monthly"
ROUNDS, PEER_ROUNDS, SECONDS, CONNECTIONS = 5, 1, 5, 64
PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length > 0 && document.querySelector({!r}) !== null"

ONE_CHART = """
import dash, plotly.express as px, pandas as pd
app = dash.Dash(__name__)
frame = pd.DataFrame({"month": range(75), "persons": [(i * 3) % 97 for i in range(75)]})
app.layout = dash.dcc.Graph(figure=px.bar(frame, x="month", y="persons"))
server = app.server
"""
FLASK = """
from pathlib import Path
from flask import Flask, Response
body = Path("embed.gz").read_bytes()
server = Flask(__name__)
server.add_url_rule("/", "whole", lambda: Response(body, mimetype="text/html", headers={"Content-Encoding": "gzip"}))
"""
NGINX = """
worker_processes 2; error_log stderr crit; pid {folder}/nginx.pid; daemon off;
events {{ worker_connections 1024; }}
http {{ access_log off; types {{ text/html html; text/javascript js; image/svg+xml svg; }} gzip on; gzip_types *; gzip_static on;
  keepalive_requests 1000000; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}; }} }}
"""
PLOTLY = """<!DOCTYPE html><meta charset=utf-8><div id=c style="height:400px"></div><script src="{bundle}"></script>
<script>Plotly.newPlot("c", [{{type: "bar", y: Array.from({{length: 75}}, (_, i) => (i * 3) % 97)}}])</script>"""


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = chromium(playwright)
        environment = os.environ | {"VYRAK_DATA": str(folder / "data")}
        subprocess.run([sys.executable, "-m", "etl", "import", "data/sample"], cwd=ROOT, env=environment, capture_output=True, check=False)
        with under_gunicorn("app:server", ROOT, sys.executable, environment) as site:
            embed = _get(site + CHART)
            _write_peers(folder, embed)
            _show("Vyrak's embed", *_first(browser, site + CHART, ".figure svg", ROUNDS))
            more, seconds = _touched(browser, site + CHART)
            print(f"  {'the same, once touched':34} {more:7.1f} KB more (asked: 450)   answers after {seconds:5.2f} s", flush=True)
            _load("Vyrak's embed", site + CHART)
            with behind_nginx(urlsplit(site).port or 0) as front:
                if front:
                    _load("the same behind deploy/nginx.conf", f"http://127.0.0.1:{front}{CHART}")
        with under_gunicorn("dash_peer:server", folder, sys.executable, environment) as peer:
            _show("Dash in a frame", *_first(browser, peer, ".main-svg"))
        with _nginx(folder) as peer:
            for what, file, drawn in (("Plotly's whole bundle", "whole.html", ".main-svg"), ("Plotly's basic bundle", "basic.html", ".main-svg"),
                                      ("the picture as a file", "picture.html", "svg")):
                if peer:
                    _show(what, *_first(browser, f"{peer}/{file}", drawn))
            if peer:
                _load("nginx, the embed as a file", f"{peer}/embed.html")
            else:
                print("  nginx is not installed: no pages with Plotly's bundles, no load of a file")
        with under_gunicorn("flask_peer:server", folder, sys.executable, environment) as peer:
            _load("Flask, the same bytes", peer)
        browser.close()


def _write_peers(folder: Path, embed: bytes) -> None:
    from plotly.offline import get_plotlyjs
    (folder / "dash_peer.py").write_text(ONE_CHART, encoding="utf-8")
    (folder / "flask_peer.py").write_text(FLASK, encoding="utf-8")
    (folder / "gunicorn.conf.py").write_text('workers = 2\nthreads = 8\nworker_class = "gthread"\n', encoding="utf-8")
    (folder / "embed.gz").write_bytes(gzip.compress(embed))
    (folder / "embed.html.gz").write_bytes(gzip.compress(embed))
    (folder / "embed.html").write_bytes(embed)
    picture = re.search(rb"<svg .*?</svg>", embed, re.DOTALL)
    assert picture is not None, "an embed has a picture"
    (folder / "picture.html").write_bytes(b"<!DOCTYPE html><meta charset=utf-8>" + picture[0])
    (folder / "whole.js").write_text(get_plotlyjs(), encoding="utf-8")
    shutil.copy(ROOT / "components" / "assets" / "plotly-basic.min.js", folder / "basic.js")
    for bundle in ("whole", "basic"):
        (folder / f"{bundle}.html").write_text(PLOTLY.format(bundle=f"{bundle}.js"), encoding="utf-8")


def _show(name: str, kilobytes: float, first: float) -> None:
    print(f"  {name:34} {kilobytes:7.1f} KB over the wire   first picture {first:5.2f} s"
          f"{' (asked: 60 KB, 0.7 s)' if 'Vyrak' in name else ''}", flush=True)


def _first(browser: Browser, address: str, drawn: str, rounds: int = PEER_ROUNDS) -> tuple[float, float]:
    """(kilobytes over the wire, seconds until the picture is painted) on the slow phone with a cold cache; medians."""
    return tuple(statistics.median(values) for values in zip(*(_once(browser, address, drawn) for _ in range(rounds)), strict=True))


def _once(browser: Browser, address: str, drawn: str) -> tuple[float, float]:
    with slow_phone(browser) as (page, moved):
        start = time.perf_counter()
        page.goto(address, wait_until="commit", timeout=120_000)
        page.wait_for_function(PAINTED.format(drawn), polling=20, timeout=120_000)
        seconds = time.perf_counter() - start
        page.wait_for_load_state("networkidle", timeout=120_000)
    return sum(moved) / 1000, seconds


def _touched(browser: Browser, address: str) -> tuple[float, float]:
    """(kilobytes that the first touch of an embed loads, seconds until it answers) on the slow phone."""
    with slow_phone(browser) as (page, moved):
        page.goto(address, wait_until="networkidle", timeout=120_000)
        moved.clear()
        start = time.perf_counter()
        page.hover(".figure")
        page.wait_for_selector(".figure.awake .main-svg", timeout=120_000)
        seconds = time.perf_counter() - start
    return sum(moved) / 1000, seconds


def _load(name: str, address: str) -> None:
    """How many a second, and how long the slowest hundredth takes."""
    if not shutil.which("wrk"):
        print(f"  {name:34} wrk is not installed: no load")
        return
    _get(address)
    said = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-H", "Accept-Encoding: gzip", address],
                          capture_output=True, text=True, check=True, timeout=60).stdout
    found = {key: re.search(pattern, said) for key, pattern in (("rate", r"Requests/sec:\s+([\d.]+)"), ("slow", r"99%\s+(\S+)"))}
    failed = re.search(r"(Non-2xx.*|Socket errors.*)", said)
    print(f"  {name:34} {float(found['rate'][1]) if found['rate'] else 0:8.0f} a second, 99 in 100 under {found['slow'][1] if found['slow'] else '?'}"
          f"{'; ' + failed[1].strip() if failed else ''}", flush=True)


def _get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read()


@contextmanager
def _nginx(folder: Path) -> Iterator[str]:
    """The address of nginx serving `folder` on 127.0.0.1; "" where it is not installed."""
    program = nginx()
    if not program:
        yield ""
        return
    port = free_port()
    folder.chmod(0o755)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port), encoding="utf-8")
    with running([program, "-p", folder, "-c", folder / "nginx.conf"], f"http://127.0.0.1:{port}/picture.html"):
        yield f"http://127.0.0.1:{port}"
