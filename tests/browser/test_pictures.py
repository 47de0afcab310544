"""Pictures drawn on the server, opened alone in real Chromium: with its own letters, no word meets another or leaves the picture."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

import texts
from components import download, figures, filters
from components.charts import CHARTS
from components.picture import drawing
from components.picture.canvas import GROUND
from components.text import t
from tests import pictures

pytestmark = pytest.mark.browser

_TEXTS = """() => [...document.querySelectorAll('text')].filter(t => +(t.getAttribute('opacity') ?? 1) >= .4).map(t => {
    const box = t.getBBox(); return [t.textContent, box.x, box.y, box.x + box.width, box.y + box.height]; })"""


def _chart(name: str) -> pictures.Figure:
    view, _ = filters.parse("")
    one = CHARTS[name]
    return figures.framed(one.figure(one.select(view), view), t(one.unit), download.short_source(view), t("SYNTHETIC DATA"))


MAKERS: dict[str, Callable[[], pictures.Figure]] = {name: lambda name=name: _chart(name) for name in CHARTS} | pictures.FORMS  # type: ignore[misc]


@pytest.fixture(scope="module")
def heard(chromium: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page, and whatever it fetches or complains of."""
    context = chromium.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("request", lambda request: said.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page, said
    context.close()


@pytest.mark.parametrize("name", list(MAKERS))
def test_a_picture_is_readable_at_both_widths_in_light_and_dark(name: str, heard: tuple[Page, list[str]], sample: Path, tmp_path: Path,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VYRAK_DATA", str(sample))
    page, said = heard
    for language in ("en", "ru") if name in CHARTS else ("en",):
        with texts.using(language):
            figure = MAKERS[name]()
        for wide, scheme in itertools.product((340, 720), ("light", "dark")):
            file = tmp_path / f"{language}-{wide}-{scheme}.svg"
            file.write_text(drawing.svg(figure, wide, title=name, description=name, language=language), encoding="utf-8")
            said.clear()
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(file.as_uri())
            assert said == [file.as_uri()], "it fetches nothing and says nothing"
            ground = page.eval_on_selector(".ground", "e => getComputedStyle(e).fill")
            assert ground == "rgb({}, {}, {})".format(*bytes.fromhex(GROUND[scheme][1:]))
            high = page.evaluate("document.documentElement.viewBox.baseVal.height")
            _assert_readable(page.evaluate(_TEXTS), wide, high)


def test_pictures_in_a_page_are_accessible_and_print_on_white(heard: tuple[Page, list[str]], sample: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    """Several in one page, as the dashboard has them, in a page of dark theme."""
    monkeypatch.setenv("VYRAK_DATA", str(sample))
    page, said = heard
    drawn = [drawing.svg(MAKERS[name](), wide, title=f"{name} {wide}", description="Invented numbers", language="en")
             for name in ("monthly", "regions") for wide in (340, 720)]
    page.emulate_media(color_scheme="dark")
    page.goto("about:blank")
    page.set_content(f"<!doctype html><html lang=en><title>Pictures</title><main><h1>Pictures</h1>{''.join(drawn)}</main></html>")
    said.clear()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.get_by_role("img", name="regions 340").count() == 1
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size") == 0, "ids would clash"
    assert page.eval_on_selector(".ground", "e => getComputedStyle(e).fill") != "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark", media="print")
    assert page.eval_on_selector(".ground", "e => getComputedStyle(e).fill") == "rgb(255, 255, 255)"
    page.emulate_media(media="screen")
    assert not said, "they fetch nothing and say nothing"


def _assert_readable(found: list[Any], wide: int, high: float) -> None:
    assert found
    for said, left, top, right, bottom in found:
        assert left >= 0 and right <= wide and top >= -1 and bottom <= high + 1, f"{said!r} leaves the picture of {wide} pixels"
    for (one, *a), (other, *b) in itertools.combinations(found, 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] - 2 <= b[1] or b[3] - 2 <= a[1]
        assert apart, f"{one!r} meets {other!r} in the picture of {wide} pixels"
