"""The report of the sample's import in real Chromium: accessible, readable on a phone, and alone in the world."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_the_report_is_accessible_and_fetches_nothing(chromium: Browser, sample: Path) -> None:
    [page_file] = sample.glob("reports/*/report.html")
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    heard: list[str] = []
    page.on("request", lambda request: heard.append(request.url))
    page.on("console", lambda message: heard.append(message.text))
    page.goto(page_file.as_uri())
    assert heard == [page_file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") == 390, "a phone shows it without scrolling sideways"
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()
