"""Every page in every language as readers meet it: with scripts and without, on a phone, in the dark, by keyboard."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

import texts
from components.pages import PAGES
from tests.browser.conftest import Reader

pytestmark = pytest.mark.browser

PATHS = [page.path for page in PAGES]


def found_by_axe(reader: Reader) -> list[tuple[str, str, str]]:
    return [(v["id"], v["impact"], v["nodes"][0]["html"][:150]) for v in Axe().run(reader.page).response["violations"]]


@pytest.mark.parametrize("language", texts.languages())
@pytest.mark.parametrize("path", PATHS)
def test_each_page_in_each_language(reader: Reader, path: str, language: str) -> None:
    reader.page.set_viewport_size({"width": 320, "height": 800})
    reader.open(f"{path}?lang={language}")
    assert reader.page.evaluate("document.documentElement.lang") == language
    assert reader.page.title().endswith("Vyrak") and reader.text("h1")
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 320, "it fits the smallest phone"
    reader.page.set_viewport_size({"width": 1280, "height": 800})
    tops = reader.page.evaluate("[...document.querySelectorAll('#page .pages a')].map(a => a.getBoundingClientRect().top)")
    assert len(tops) == len(PATHS) and len(set(tops)) == 1, "all pages are named in one line"
    assert found_by_axe(reader) == []
    assert reader.console == []


@pytest.mark.parametrize("path", ["/", "/charges", "/data"])
def test_the_dark_page_is_as_easy_to_read(reader: Reader, path: str) -> None:
    reader.page.emulate_media(color_scheme="dark")
    reader.open(path)
    assert reader.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 25)"
    assert found_by_axe(reader) == []


def test_without_scripts_all_is_there_and_the_filters_work(chromium: Browser, site: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.goto(site)
    assert re.search(r"\d,\d{3}", page.locator(".headline-charged .big").inner_text())
    assert page.locator("#monthly-body img").first.evaluate("i => i.naturalWidth") > 0
    page.select_option("#filter-sex", label="women")
    page.click("button.apply")
    assert "sex=female" in page.url
    assert "Sex: women" in page.inner_text("#messages")
    page.click(".language-be")
    assert "lang=be" in page.url and "sex=female" in page.url
    assert "жанчыны" in page.inner_text("#messages")
    page.click("#monthly-title a")
    assert page.locator("#monthly-table tbody tr").count() > 4
    context.close()


def test_nothing_jumps_while_the_page_comes_to_life(reader: Reader) -> None:
    reader.page.add_init_script("""window.shifted = 0;
        new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifted += e.value; })
            .observe({type: 'layout-shift', buffered: true});""")
    reader.open()
    reader.touch("monthly")
    assert reader.page.evaluate("window.shifted") < 0.01


def test_what_was_opened_and_held_stays_so(reader: Reader) -> None:
    reader.open()
    before = reader.table("monthly")
    reader.choose("sex", "women")
    assert reader.page.locator("#monthly-more").evaluate("d => d.open")
    reader.page.wait_for_function("old => (document.querySelector('#monthly-table td') || {textContent: old}).textContent != old", arg=before[1][1])
    assert reader.table("monthly") != before


def test_two_selections_and_back(reader: Reader) -> None:
    reader.open("/?sex=female")
    reader.page.click("#compare")
    reader.settle()
    assert reader.page.locator("#monthly-b-body img").count() == 1
    reader.choose("b-region", "Minsk city")
    assert reader.text(".side >> nth=1").startswith("Minsk city")
    assert reader.text(".side >> nth=0").startswith("women")
    reader.page.click("#compare")
    reader.settle()
    assert reader.page.locator("#monthly-b-body").count() == 0 and "sex=female" in reader.page.url


def test_a_preset_period_and_the_pages_keep_the_language(reader: Reader) -> None:
    reader.open("/?lang=ru")
    reader.page.click(".preset >> text='2024'")
    reader.settle()
    assert "from=2024-01&to=2024-12" in reader.page.url and "lang=ru" in reader.page.url
    reader.page.click(".pages a >> nth=3")
    reader.settle()
    assert "/charges?lang=ru" in reader.page.url
    assert reader.page.evaluate("document.documentElement.lang") == "ru"


def test_a_lasting_link_shows_the_same(reader: Reader) -> None:
    reader.open("/charges?sex=female")
    finding = [text for text in reader.page.locator(".finding").all_inner_texts()]
    reader.page.click("#permanent")
    reader.settle()
    assert "vintage=" in reader.page.url
    assert reader.page.locator(".finding").all_inner_texts() == finding


def test_all_is_reached_by_keyboard(reader: Reader) -> None:
    reader.open()
    reader.page.keyboard.press("Tab")
    assert reader.text(":focus") == "Skip to the figures"
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate("document.activeElement.id") == "figures"
    reached = set()
    for _ in range(90):
        reader.page.keyboard.press("Tab")
        reached.add(reader.page.evaluate("document.activeElement.id || document.activeElement.className || document.activeElement.tagName"))
    assert {"filter-from", "filter-article", "filter-sex", "compare", "clear", "monthly-open", "monthly-sharing"} <= reached


@pytest.mark.parametrize("lost", [False, True])
def test_figures_that_do_not_come_are_told_and_not_taken_for_the_new_ones(reader: Reader, lost: bool) -> None:
    """Refused in a flood (429), or lost on the way: what is shown is of the selection before."""
    reader.open("/?lang=ru")
    before = reader.text(".finding >> nth=0")
    reader.page.route("**/_dash-update-component*", lambda call: call.abort() if lost else call.fulfill(status=429, body="Later."))
    reader.page.select_option("#filter-sex", "female")
    said = reader.page.wait_for_selector("#failed")
    assert said.inner_text() == "Новые цифры не пришли. Показана всё ещё прежняя выборка. Попробовать снова"
    assert reader.text(".finding >> nth=0") == before
    reader.page.unroute("**/_dash-update-component*")
    reader.page.click("#failed a")
    reader.page.wait_for_function("old => document.querySelector('.finding').innerText != old", arg=before)
    assert "sex=female" in reader.page.url and reader.page.locator("#failed").count() == 0
    reader.console.clear()


def test_text_twice_as_large_still_fits(reader: Reader) -> None:
    reader.page.set_viewport_size({"width": 640, "height": 800})
    reader.open()
    reader.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 640
