"""The reconciliation of the sample, as a reader without scripts sees it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.conftest import Reader

pytestmark = pytest.mark.browser


def test_it_needs_no_script_and_fits_a_phone(chromium: Browser, site: str) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/reconciliation")
    text = page.locator("main").inner_text()
    assert "the differences mean nothing" in text and "6,550" in text
    assert page.locator("main").bounding_box()["width"] <= 360
    context.close()


def test_axe_finds_nothing(reader: Reader) -> None:
    reader.page.goto(f"{reader.site}/reconciliation")
    found = Axe().run(reader.page).response["violations"]
    assert [(v["id"], v["impact"], v["nodes"][0]["html"][:150]) for v in found] == []
    assert [line for line in reader.console if not line.startswith("info")] == []
    assert all(url.startswith(reader.site) for url in reader.requests)
