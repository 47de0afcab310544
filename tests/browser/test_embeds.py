"""Embeds in a page on another origin, as readers of a newspaper meet them."""

import http.server
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Frame, Page

from components.charts import CHARTS
from components.sharing import GROWS

SHIFTS = """window.shifted = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) window.shifted += e.value; })
    .observe({type: 'layout-shift', buffered: true});"""


@pytest.fixture(scope="module")
def newspaper() -> Iterator[Callable[..., str]]:
    """Makes pages on another origin: (HTML, headers) → address."""
    pages: dict[str, tuple[str, dict[str, str]]] = {}

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text, headers = pages.get(self.path, ("", {}))
            self.send_response(200 if text else 404)
            for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def page(body: str, **headers: str) -> str:
        path = f"/{len(pages)}"
        pages[path] = f"<!DOCTYPE html><title>News</title><link rel=icon href=data:,><body><p>Before</p>{body}<p id=after>After</p>", {
            name.replace("_", "-"): value for name, value in headers.items()}
        return f"http://127.0.0.1:{server.server_address[1]}{path}"

    yield page
    server.shutdown()
    server.server_close()


def code(site: str, address: str) -> str:
    """The code that oEmbed gives for an address of a chart."""
    with urllib.request.urlopen(f"{site}/oembed?url={quote(site + address, safe='')}", timeout=10) as answer:
        return json.load(answer)["html"]


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., tuple[Page, list[str]]]]:
    """Opens an address: (the page, what the console said and which requests failed)."""
    contexts = []

    def open_it(address: str, width: int = 1000, **options: object) -> tuple[Page, list[str]]:
        context = chromium.new_context(viewport={"width": width, "height": 3000}, **options)
        contexts.append(context)
        page, said = context.new_page(), []
        page.set_default_timeout(15_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("requestfailed", lambda request: said.append(f"{request.url} failed"))
        if options.get("java_script_enabled", True):
            page.add_init_script(SHIFTS)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        return page, said

    yield open_it
    for context in contexts:
        context.close()


def frames(page: Page) -> list[Frame]:
    return page.frames[1:]


def test_several_embeds_of_all_widths_fit_and_move_nothing(visit, newspaper, site: str) -> None:
    codes = [code(site, f"/chart/{chart}?lang={lang}") for chart, lang in (("monthly", "be"), ("map", "ru"), ("waves", "en"), ("articles", "be"))]
    page, said = visit(newspaper("".join(f"<div>{each}</div>" for each in codes) + GROWS))
    for width in (1000, 700, 480, 360, 297):
        page.set_viewport_size({"width": width, "height": 4500})
        page.wait_for_timeout(100)
        for frame in frames(page):
            wide, room, high, there = frame.evaluate("[document.documentElement.scrollWidth, innerWidth, document.body.scrollHeight, innerHeight]")
            assert wide <= room and high <= there, f"{frame.url} at {width}"
            seen = frame.locator(".figure svg:visible")
            assert seen.count() == 1 and seen.bounding_box()["height"] > 150
    assert page.evaluate("shifted") == 0 and said == []


def test_a_touched_embed_answers_in_a_sandbox(visit, newspaper, site: str) -> None:
    page, said = visit(newspaper(code(site, "/chart/monthly")))
    [frame] = frames(page)
    frame.hover(".figure")
    frame.wait_for_selector(".figure.awake .main-svg")
    assert frame.locator(".figure svg title").first.count() and frame.evaluate("origin") == "null", "the sandbox holds"
    assert page.evaluate("shifted") == 0 and said == []


def test_without_scripts_and_under_a_strict_policy_the_picture_is_there(visit, newspaper, site: str) -> None:
    body = code(site, "/chart/waves?lang=be")
    page, said = visit(newspaper(body, Content_Security_Policy=f"default-src 'none'; frame-src {site}; style-src 'unsafe-inline'; img-src data:"))
    assert frames(page)[0].locator(".figure svg:visible").count() == 1 and said == []
    page, _ = visit(newspaper(body.replace(' sandbox="', ' sandbox="" data-was="')), java_script_enabled=False)
    [frame] = frames(page)
    assert "сінтэтычныя" in frame.locator("h1").inner_text() and frame.locator(".figure svg:visible").count() == 1


def test_the_frame_grows_for_large_letters_where_the_page_listens(visit, newspaper, site: str) -> None:
    page, _ = visit(newspaper(code(site, "/chart/monthly") + GROWS), width=400)
    [frame] = frames(page)
    before = page.locator("iframe").bounding_box()["height"]
    frame.evaluate("document.documentElement.style.fontSize = '34px'; document.body.style.fontSize = '34px'")
    page.wait_for_function("before => document.querySelector('iframe').clientHeight > before", arg=before)
    assert frame.evaluate("document.body.scrollHeight <= innerHeight")


def test_an_embed_is_dark_where_the_reader_or_the_page_says_so(visit, newspaper, site: str) -> None:
    def ground(page: Page) -> str:
        return frames(page)[0].evaluate("getComputedStyle(document.body).backgroundColor")

    bare = f'<iframe src="{site}/embed/monthly{{}}" style="width:100%;height:900px"></iframe>'
    dark, light = "rgb(22, 27, 34)", "rgb(255, 255, 255)"
    assert ground(visit(newspaper(bare.format("")), color_scheme="dark")[0]) == dark
    assert ground(visit(newspaper(bare.format("?theme=dark")), color_scheme="light")[0]) == dark
    assert ground(visit(newspaper(bare.format("?theme=light")), color_scheme="dark")[0]) == light


def test_on_a_slow_network_the_picture_comes_first(visit, newspaper, chromium: Browser, site: str) -> None:
    address = newspaper(code(site, "/chart/monthly").replace(' loading="lazy"', "").replace(' sandbox="', ' data-was="'))
    context = chromium.new_context()
    page = context.new_page()
    held: list[str] = []
    page.route("**/assets/**", lambda route: held.append(route.request.url))  # never answered
    page.goto(address, wait_until="commit")
    page.frame_locator("iframe").locator(".figure svg:visible").wait_for(timeout=10_000)
    assert held and all(url.endswith(".js") for url in held)
    context.close()


@pytest.mark.parametrize("address", ["/", "/chart/monthly", "/reconciliation"])
def test_no_other_page_can_be_framed(visit, newspaper, site: str, address: str) -> None:
    _, said = visit(newspaper(f'<iframe src="{site}{address}"></iframe>'))
    assert any("frame-ancestors" in line or "failed" in line or "X-Frame-Options" in line for line in said)


def test_every_chart_shows_itself_in_a_narrow_place(visit, newspaper, site: str) -> None:
    all_of_them = "".join(f'<iframe src="{site}/embed/{chart}?lang=ru" style="width:280px;height:900px"></iframe>' for chart in CHARTS)
    page, said = visit(newspaper(all_of_them), width=1600)
    for frame in frames(page):
        assert frame.evaluate("document.documentElement.scrollWidth") <= 280, frame.url
        assert frame.locator(".figure svg:visible").count() == 1, frame.url
    assert len(frames(page)) == len(CHARTS) and said == []
