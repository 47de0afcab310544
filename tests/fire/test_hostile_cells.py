"""Words typed into spreadsheets, vocabularies and profiles with markup, script and letters that turn the order around: in no page, picture,
hover text, table or file do they run, load, or reorder anything; and no cell of a list comes out at all."""

import io
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from defusedxml import ElementTree

import app as entry
from components import pages
from etl import store
from etl.__main__ import main
from tests.etl.conftest import record, write_export
from tests.fire.conftest import NEWER, as_a_new_process, change
from tests.fire.hostile import Answer, Hostile, addresses, ask

EVIL = ("\u202e<script>window.ran=1</script><img src=https://evil.invalid/x onerror=window.ran=1>"
        "<a href='javascript:window.ran=1'>ZZMARK</a>\u2066\"'=1+1")
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def poison(data: Path) -> None:
    """Every word of a vintage that people have typed, as evil as can be."""
    vintage = data / "vintages" / NEWER
    labels = pd.read_parquet(vintage / "public" / "labels.parquet")
    for column in ("label_be", "label_ru", "label_en"):
        labels[column] = [f"{EVIL} {n}" for n in range(len(labels))]
    labels.to_parquet(vintage / "public" / "labels.parquet", index=False)
    counts = {m: {"persons": 1, "as_of": "2026-10-31", "counts": EVIL} for m in ("charged", "sentenced", "pardoned", "deported", "held")}
    change(vintage, organisations=[EVIL], publisher=EVIL, licence=EVIL, place=EVIL, headline=counts)


class Elements(HTMLParser):
    """What a page would run or load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        self.found += [f"{tag} {name}" for name in about if name.startswith("on")]
        named = [(about.get(name) or "").strip().lower() for name in ("src", "href", "srcset", "action", "data")]
        self.found += [f"{tag} {value}" for value in named
                       if value.startswith(("javascript:", "http:", "https:", "//")) and not value.startswith("http://127.0.0.1:8050")]


def get(target: str) -> Answer:
    return ask(entry.server, Hostile("GET", target))


def texts_of(answer: Answer) -> list[str]:
    """All that an answer says, unpacked."""
    if "zip" in answer.headers["Content-Type"]:
        with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
            return [packed.read(name).decode("utf-8") for name in packed.namelist() if name.endswith((".csv", ".json"))]
    kind = answer.headers["Content-Type"]
    return [answer.body.decode("utf-8-sig")] if kind.startswith("text/") or "json" in kind or "svg" in kind else []


def test_words_of_people_are_only_words(data: Path) -> None:
    poison(data)
    as_a_new_process()
    named = ("waves", "punishments", "articles", "map", "sex", "terms")  # charts that show words of vocabularies
    asked = [address for address in addresses(entry.server) if address in {p.path for p in pages.PAGES} or (
        address.startswith(("/chart/", "/embed/")) and address.rsplit("/", 1)[1].split(".")[0] in named)]
    seen = 0
    for address in asked:
        answer = get(address)
        for text in texts_of(answer):
            unescaped = json.dumps(json.loads(text), ensure_ascii=False) if "json" in answer.headers["Content-Type"] else text
            assert not TURNING.search(unescaped), f"{address} turns letters around"
            assert "<img src=https" not in unescaped and "<script>window" not in unescaped, address
            seen += "ZZMARK" in text
            if "html" in answer.headers["Content-Type"]:
                assert not Elements(text).found, address
            if "svg" in answer.headers["Content-Type"]:
                tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(text).iter()}
                assert not tags & {"script", "a", "image", "foreignObject", "use"}, address
            if "csv" in answer.headers["Content-Type"]:
                cells = {cell for line in pd.read_csv(io.StringIO(text), dtype=str).itertuples(index=False) for cell in line if isinstance(cell, str)}
                assert not {cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))}, address
    assert seen > 30, "the words are there, and only words"


def test_no_cell_of_a_list_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VYRAK_DATA", str(tmp_path / "data"))
    kept = ("id", "status", "articles", "penalty", "decision", "verdict_date", "arrested")
    rows = [record(n) for n in range(1, 30)]
    rows += [{name: f"{value} {EVIL}" if name not in kept else value for name, value in record(n).items()} for n in range(30, 45)]
    rows += [dict.fromkeys(record(n), EVIL) for n in range(45, 50)]
    done = CliRunner().invoke(main, ["import", str(write_export(tmp_path / "viasna_export.csv", rows))], catch_exceptions=False)
    assert "is in use" in done.stdout and not TURNING.search(done.stdout), "a terminal is not turned around either"
    public = store.folder() / store.current_id() / "public"
    for path in public.iterdir():
        text = path.read_text(encoding="utf-8") if path.suffix == ".json" else pd.read_parquet(path).to_csv()
        assert "ZZMARK" not in text and "evil" not in text, path.name
    report = next((tmp_path / "data" / "reports").rglob("report.html")).read_text(encoding="utf-8")
    bad = [found for found in Elements(report).found if any(word in found for word in ("evil", " on", "javascript"))]
    assert "<script>window" not in report and not bad


@pytest.mark.browser
def test_in_chromium_they_neither_run_nor_load(data: Path, chromium) -> None:
    """The server's own answers, handed to Chromium without a network: every page with its charts touched."""
    poison(data)
    as_a_new_process()
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []

    def answered(route) -> None:
        request = route.request
        asked.append(request.url)
        target = request.url.removeprefix("http://127.0.0.1:9")
        told = ask(entry.server, Hostile(request.method, target, tuple(request.headers.items()), request.post_data_buffer or b""))
        route.fulfill(status=told.status, headers=told.headers, body=told.body)

    page.route("**/*", answered)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in ("/", "/pardons"):
        page.goto("http://127.0.0.1:9" + path)
        page.wait_for_selector("#page.drawn .page")
        for chart in page.eval_on_selector_all("#page [data-figure]", "all => all.map(f => f.id)"):
            page.locator(f"[id='{chart}']").scroll_into_view_if_needed()
            page.hover(f"[id='{chart}']")
            page.wait_for_selector(f"[id='{chart}'].awake .main-svg")
        assert page.evaluate("window.ran") is None and page.locator("a[href^='javascript'], img[src*='evil'], svg script, svg a").count() == 0
    assert not [url for url in asked if not url.startswith("http://127.0.0.1:9/")] and not said, said
    context.close()
