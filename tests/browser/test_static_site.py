"""The copy of the site as files, in a folder of some host and from a stick, as readers meet it: with scripts and without."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from static_site import answers
from static_site import folder as folders
from tests.browser.conftest import Reader
from tests.copies import few

pytestmark = pytest.mark.browser

HOST_PAGE = """<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><title>A newspaper</title>
<iframe src="{}" title="A chart" sandbox="allow-scripts"
style="width:100%;height:700px;border:0"></iframe>"""


class Quiet(SimpleHTTPRequestHandler):
    """Files as the plainest host serves them, to any page that asks, as hosts of public files do."""

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def copied(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with some of the pages and charts, two folders deep on its host."""
    folder = tmp_path_factory.mktemp("host") / "mirrors" / "vyrak"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VYRAK_DATA", str(sample))
        few(patch)
        folders.write(folder, answers.copy(workers=1).files)
    return folder


@pytest.fixture(scope="module")
def host(copied: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(copied.parents[1])))
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}/mirrors/vyrak"
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def context(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    opened = chromium.new_context(java_script_enabled=request.param, viewport={"width": 1000, "height": 800})
    yield opened
    opened.close()


def watched(page: Page, site: str) -> Reader:
    """A reader of a page who also notes what is answered with an error."""
    reader = Reader(page, site)
    page.on("response", lambda answer: reader.console.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
    page.set_default_timeout(15_000)
    return reader


def test_each_page_is_whole_and_asks_nobody_else(context: BrowserContext, copied: Path, host: str) -> None:
    reader = watched(context.new_page(), host)
    names = sorted(path.relative_to(copied).as_posix() for path in copied.rglob("index.html"))
    for name in names:
        reader.page.goto(f"{host}/{name}")
        assert reader.page.locator("h1").inner_text()
        assert reader.page.evaluate("getComputedStyle(document.body).margin") != "8px", f"{name} has its style"
        for image in reader.page.locator("img").all():
            image.scroll_into_view_if_needed()
            reader.page.wait_for_function("image => image.complete", arg=image.element_handle())
            assert image.evaluate("image => image.naturalWidth") > 0, name
    assert len(names) >= 24
    assert reader.console == []
    assert all(url.startswith((host, "data:")) for url in reader.requests)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_wake_and_tables_open(chromium: Browser, host: str, theme: str) -> None:
    opened = chromium.new_context(color_scheme=theme, viewport={"width": 1000, "height": 800})
    reader = watched(opened.new_page(), host)
    reader.page.goto(f"{host}/be/index.html")
    reader.touch("monthly")
    assert f"{host}/be/chart/monthly.{'theme-dark.' if theme == 'dark' else ''}figure.json" in reader.requests
    assert len(reader.table("monthly")) > 4
    assert reader.console == []
    opened.close()


def test_all_is_found_on_a_stick(context: BrowserContext, copied: Path) -> None:
    reader = watched(context.new_page(), "")
    reader.page.goto((copied / "index.html").as_uri())
    assert reader.page.evaluate("getComputedStyle(document.body).margin") == "0px"
    reader.page.click(".pages a >> text=Charges")
    reader.page.click(".language-be")
    assert reader.page.url == (copied / "be/charges/index.html").as_uri()
    reader.page.click("#map-title a")
    assert reader.page.url == (copied / "be/chart/map/index.html").as_uri()
    assert reader.page.locator("#map-table tbody tr").count() > 4
    reader.page.hover("#map-body")
    assert reader.page.locator("#map-body img").evaluate("image => image.naturalWidth") > 0
    assert reader.page.locator("#map-body.awake").count() == 0, "nothing can be fetched here: the picture stays"
    assert reader.console == []
    assert all(url.startswith(("file:", "data:")) for url in reader.requests)


def test_an_embed_wakes_in_a_page_of_others(chromium: Browser, copied: Path, host: str) -> None:
    (copied.parents[1] / "paper.html").write_text(HOST_PAGE.format(f"{host}/embed/monthly/index.html"), encoding="utf-8")
    opened = chromium.new_context()
    reader = watched(opened.new_page(), host)
    reader.page.goto(host.replace("127.0.0.1", "localhost").replace("/mirrors/vyrak", "/paper.html"))  # another origin
    embed = reader.page.frame_locator("iframe")
    embed.locator("[data-figure]").hover()
    embed.locator(".awake .main-svg").first.wait_for()
    assert reader.console == []
    opened.close()
