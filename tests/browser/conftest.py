"""The dashboard under its production server, and a reader of it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
LEFT = """async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
  (await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length, document.cookie]"""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def site(sample: Path) -> Iterator[str]:
    """The address of the dashboard, served by gunicorn on 127.0.0.1."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}", "app:server"],
        cwd=ROOT, env=os.environ | {"VYRAK_DATA": str(sample)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    address = f"http://127.0.0.1:{port}"
    for _ in range(150):
        try:
            urllib.request.urlopen(f"{address}/health", timeout=1).close()
            break
        except OSError:
            assert server.poll() is None, server.stderr.read().decode()
            time.sleep(0.1)
    yield address
    server.terminate()
    server.wait(timeout=10)
    server.stderr.close()


class Reader:
    """A reader's page, and what went on behind it."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site
        self.requests: list[str] = []
        self.console: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.console.append(f"error: {error}"))

    def open(self, path: str = "/") -> None:
        """Open an address of the site and wait until its scripts have taken over."""
        self.page.goto(self.site + path)
        self.settle()

    def settle(self) -> None:
        """Wait until the page shows what the address asks."""
        self.page.wait_for_selector("#page.drawn:not(.busy) .page")
        self.page.wait_for_function("document.querySelector('#page .page').dataset.address === location.pathname + location.search")
        self.page.wait_for_load_state("networkidle")

    def touch(self, chart: str) -> None:
        """Touch a chart, so that it answers."""
        self.page.locator(f"#{chart}-body").scroll_into_view_if_needed()
        self.page.hover(f"#{chart}-body")
        self.page.wait_for_selector(f"#{chart}-body.awake .main-svg")

    def leaves_no_trace(self) -> None:
        """Nothing was asked of another host, and nothing is left that outlives the tab: no cookie, storage, database, cache or worker."""
        strangers = [url for url in self.requests if not url.startswith((f"{self.site}/", "data:", "blob:"))]
        assert not strangers, f"asked of others: {strangers}"
        assert self.page.context.cookies() == []
        if self.page.url.startswith(self.site):
            assert self.page.evaluate(LEFT) == [0, 0, 0, 0, 0, ""]

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def choose(self, name: str, label: str) -> None:
        """Pick a value in a filter by the words the reader sees, or type it where one can."""
        before = self.page.url
        field = self.page.locator(f"#filter-{name}")
        if field.evaluate("f => f.tagName") == "INPUT":
            field.fill(label)
            field.press("Enter")
        else:
            field.select_option(label=label)
        self.page.wait_for_function("before => location.href != before", arg=before)
        self.settle()

    def chosen(self, name: str) -> str:
        """The words a filter shows."""
        return self.page.eval_on_selector(f"#filter-{name}", "s => s.selectedOptions ? s.selectedOptions[0].textContent : s.value")

    def table(self, chart: str) -> list[list[str]]:
        """The table under a chart, header first, opened if it is not."""
        if not self.page.locator(f"#{chart}-more").evaluate("d => d.open"):
            self.page.click(f"#{chart}-open")
        self.page.wait_for_selector(f"#{chart}-table tbody tr")
        self.page.wait_for_load_state("networkidle")
        return self.page.eval_on_selector_all(
            f"#{chart}-table tr", "rows => rows.map(r => [...r.cells].map(c => c.textContent))")


@pytest.fixture
def reader(chromium: Browser, site: str) -> Iterator[Reader]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(15_000)
    here = Reader(page, site)
    yield here
    here.leaves_no_trace()
    context.close()
