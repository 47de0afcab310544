"""How soon the overview can be read and how fast a filter answers, in real Chromium, against a plain Dash app and Vizro with four charts
of as many bars, in the same run; and a filter at the server with ten thousand and with a million persons.

The slow phone: 1.6 Mbit/s, 150 ms to the server and back, a quarter of this machine's processor.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import _sizes
from benchmarks._peers import ROOT, python_with, timed, under_gunicorn
from benchmarks._phone import chromium, slow_phone

ROUNDS = 3
SIZES, VIEWS = (10_000, 1_000_000), 240
REGIONS = tuple(f"BY-{code}" for code in ("BR", "HO", "HR", "MA", "MI", "VI", "HM"))
FILTERS = ["sex=female", *[f"region={code}" for code in REGIONS],
           *[f"from={year}-01&to={year}-12" for year in range(2021, 2027)]]

# A chart is there when it can be seen: a picture that has come, or Plotly's own drawing.
OURS = "() => { const i = document.querySelector('#monthly-body img'); return i && i.complete && i.naturalWidth > 0; }"
THEIRS = "() => document.querySelectorAll('.main-svg .point, .main-svg .js-line').length > 0"
ALL_OF_OURS = "() => document.querySelector('#page.drawn .page') !== null"
ALL_OF_THEIRS = "() => document.querySelectorAll('.js-plotly-plot .main-svg').length >= 4"

PLAIN = """
import dash, plotly.express as px, pandas as pd
app = dash.Dash(__name__)
frames = [pd.DataFrame({"month": range(75), "persons": [(i * k) % 97 for i in range(75)]}) for k in (3, 5, 7, 11)]
app.layout = dash.html.Div([dash.dcc.Graph(figure=px.bar(f, x="month", y="persons")) for f in frames])
server = app.server
"""
VIZRO = """
import pandas as pd, vizro.models as vm, vizro.plotly.express as px
from vizro import Vizro
frames = [pd.DataFrame({"month": range(75), "persons": [(i * k) % 97 for i in range(75)]}) for k in (3, 5, 7, 11)]
page = vm.Page(title="four", components=[vm.Graph(figure=px.bar(f, x="month", y="persons")) for f in frames])
app = Vizro().build(vm.Dashboard(pages=[page]))
server = app.dash.server
"""


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = chromium(playwright)
        environment = os.environ | {"VYRAK_DATA": folder}
        subprocess.run([sys.executable, "-m", "etl", "import", "data/sample"], cwd=ROOT, env=environment, capture_output=True, check=False)
        with under_gunicorn("app:server", ROOT, sys.executable, environment) as site:
            ours = _loaded(browser, site, OURS, ALL_OF_OURS)
            _show("Vyrak's overview", *ours, ours)
            for name, python, code in (("plain Dash", sys.executable, PLAIN), ("Vizro", python_with("vizro", "vizro", "gunicorn"), VIZRO)):
                if not python:
                    print(f"  {name:18} could not be installed here; not compared")
                    continue
                (Path(folder) / "peer.py").write_text(code, encoding="utf-8")
                with under_gunicorn("peer:server", Path(folder), python, environment) as peer:
                    _show(name, *_loaded(browser, peer, THEIRS, ALL_OF_THEIRS), ours)
            _filters(browser, site)
        browser.close()
        for persons in SIZES:
            _at_the_server(Path(folder) / str(persons), persons)


def _show(name: str, kilobytes: float, first: float, whole: float, ours: tuple[float, float, float]) -> None:
    print(f"  {name:18} {kilobytes:7.0f} KB over the wire ({kilobytes / ours[0]:4.1f})   first chart {first:5.1f} s ({first / ours[1]:4.1f})   "
          f"all drawn {whole:5.1f} s ({whole / ours[2]:4.1f})", flush=True)


def _loaded(browser: Browser, site: str, first: str, whole: str) -> tuple[float, float, float]:
    """(kilobytes over the wire, seconds to the first chart, seconds until all is drawn) on the slow phone with a cold cache; medians."""
    return tuple(statistics.median(values) for values in zip(*(_once(browser, site, first, whole) for _ in range(ROUNDS)), strict=True))


def _once(browser: Browser, site: str, first: str, whole: str) -> tuple[float, float, float]:
    with slow_phone(browser) as (page, moved):
        start = time.perf_counter()
        page.goto(site, wait_until="commit", timeout=120_000)
        there, drawn = _seen(page, first, start), _seen(page, whole, start)
        page.wait_for_load_state("networkidle", timeout=120_000)
    return sum(moved) / 1000, there, drawn


def _seen(page: Page, condition: str, start: float) -> float:
    page.wait_for_function(condition, polling=50, timeout=120_000)
    return time.perf_counter() - start


def _filters(browser: Browser, site: str) -> None:
    """A filter that is changed: at the server, and until the new picture is there."""
    answers = [timed(partial(_post, site, f"?{query}")) for query in FILTERS]
    kept = [timed(partial(_post, site, f"?{query}")) for query in FILTERS]
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    shown = []
    for sex, value in product(("female", "male_or_unknown"), REGIONS):  # nobody has asked for these yet
        if value == REGIONS[0]:
            page.goto(f"{site}/?sex={sex}")
            page.wait_for_function(ALL_OF_OURS)
        start = time.perf_counter()
        page.select_option("#filter-region", value=value)
        page.wait_for_function(
            f"() => new URLSearchParams(document.querySelector('#page .page').dataset.address.split('?')[1]).get('region') === '{value}' && "
            "document.querySelector('#monthly-body img').complete", polling="raf")
        shown.append(time.perf_counter() - start)
    page.close()
    _told("filter at the server, first time", answers, 50)
    _told("the same, asked again", kept, 50)
    _told("filter to the new picture", shown, 200)


def _at_the_server(folder: Path, persons: int) -> None:
    """How long the server takes for views of so many persons by one or two filters on every page, each asked for the first time."""
    with get_context("spawn").Pool(1) as pool:  # so that the memory of a million persons is given back
        seconds, views = pool.apply(_sizes.make, (str(folder), persons, VIEWS))
    with under_gunicorn("app:server", ROOT, sys.executable, os.environ | {"VYRAK_DATA": str(folder)}) as site:
        for path in [path for path, _ in views[:20]] * 2:  # both workers have loaded what there is
            _post(site, "", path)
        times = [timed(partial(_post, site, query, path)) for path, query in views]
    _told(f"{persons:,} persons, {len(times)} filters at the server", times, 50)
    print(f"    (published in {seconds:.0f} s)", flush=True)


def _told(name: str, times: list[float], target: int) -> None:
    ordered = sorted(1000 * seconds for seconds in times)
    most = ordered[int(len(ordered) * .95) - 1]
    print(f"  {name:46} median {statistics.median(ordered):4.0f} ms, 95 in 100 under {most:4.0f} ms (asked: {target})", flush=True)


def _post(site: str, search: str, path: str = "/") -> bytes:
    body = ('{"output":"page.children","outputs":{"id":"page","property":"children"},"inputs":[{"id":"url","property":"pathname",'
            f'"value":"{path}"}},{{"id":"url","property":"search","value":"{search}"}}],"changedPropIds":["url.search"]}}')
    request = urllib.request.Request(f"{site}/_dash-update-component", body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()
