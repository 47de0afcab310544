"""Chromium, and the slow phone in it: 1.6 Mbit/s, 150 ms to the server and back, a quarter of this machine's processor."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, Playwright

from benchmarks._peers import ROOT

_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
_SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 1.6e6 / 8}
_SLOWER_BY = 4


def chromium(playwright: Playwright) -> Browser:
    """The browser that the tests use, too."""
    path = subprocess.run([ROOT / ".ci" / "find-chromium"], cwd=ROOT, capture_output=True, text=True, check=True)
    return playwright.chromium.launch(executable_path=path.stdout.strip(), args=_ARGUMENTS)


@contextmanager
def slow_phone(browser: Browser) -> Iterator[tuple[Page, list[float]]]:
    """A page with a cold cache, and the bytes of each answer that comes over the wire."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", _SLOW)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER_BY})
    moved: list[float] = []
    devtools.on("Network.loadingFinished", lambda event: moved.append(event["encodedDataLength"]))
    yield page, moved
    context.close()
