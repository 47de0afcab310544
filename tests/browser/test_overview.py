"""What a reader sees of the overview, in real Chromium."""

import csv
import io
import json
import re
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Reader

pytestmark = pytest.mark.browser

CHARTS = {
    "monthly": ("Charges, sentences and pardons", ".barlayer .point path", 150),
    "cumulative": ("Charged, sentenced and pardoned so far", ".scatterlayer .js-line", 6),
    "waves": ("Pardons by wave, and who was deported", ".barlayer .point path", 36),
    "punishments": ("Sentences by punishment", ".barlayer .point path", 7),
}


def number(text: str) -> int:
    return int(re.search(r"[\d,]+", text)[0].replace(",", ""))


@pytest.mark.parametrize("chart", CHARTS)
def test_each_chart_is_drawn_and_says_what_it_is(reader: Reader, chart: str) -> None:
    title, marks, least = CHARTS[chart]
    reader.open()
    assert reader.text(f"#{chart}-title") == f"{title} (synthetic data)"
    picture = reader.page.locator(f"#{chart}-body img")
    picture.scroll_into_view_if_needed()
    reader.page.wait_for_function("id => document.querySelector(id).complete && document.querySelector(id).naturalWidth", arg=f"#{chart}-body img")
    assert re.search(r"\d", picture.get_attribute("alt"))
    assert re.search(r"\d", reader.text(f"#{chart}-finding"))
    source = reader.text(f"#{chart}-source")
    assert "Viasna" in source and "Dissidentby" in source and re.search(r"Vintage \d{8}T\d{6}Z-[0-9a-f]{8}", source)
    reader.touch(chart)
    assert reader.page.locator(f"#{chart}-body {marks}").count() >= least
    drawn = reader.page.locator(f"#{chart}-body .live").text_content()
    assert "SYNTHETIC DATA" in drawn and "Persons" in drawn and "vintage" in drawn


def test_the_headline_numbers_say_as_of_when_and_what_they_count(reader: Reader) -> None:
    reader.open()
    for code, at_least, at_most in (("charged", 9200, 9600), ("sentenced", 7900, 8100), ("pardoned", 600, 610),
                                    ("deported", 185, 195), ("held", 850, 950)):
        words = reader.text(f".headline-{code}")
        assert at_least <= number(reader.text(f".headline-{code} .big")) <= at_most
        assert ("as of 31 October 2026" in words and "ersons" in words) or "prisoners" in words


def test_the_table_holds_the_numbers_of_the_chart(reader: Reader) -> None:
    reader.open("/?from=2024-01&to=2024-12")
    head, *rows = reader.table("monthly")
    assert head == ["Month", "Persons charged", "Persons sentenced", "Persons pardoned"]
    months = [row for row in rows if re.fullmatch(r"[A-Z][a-z]+ 2024", row[0])]
    assert len(months) == 12
    reader.touch("monthly")
    drawn = reader.page.evaluate("document.querySelector('#monthly-body .js-plotly-plot').data[1].y")
    assert [int(row[2]) for row in months] == list(drawn)


FILTERS = [("region", "Brest region", "region=BY-BR"),
           ("article", "342", "article=342"),
           ("sex", "women", "sex=female"), ("from", "January 2023", "from=2023-01"), ("to", "December 2023", "to=2023-12")]


@pytest.mark.parametrize(("name", "label", "query"), FILTERS, ids=[f[0] for f in FILTERS])
def test_each_filter_changes_chart_address_and_chip(reader: Reader, name: str, label: str, query: str) -> None:
    reader.open()
    finding, table = reader.text("#monthly-finding"), reader.table("monthly")
    reader.choose(name, label)
    reader.page.wait_for_function("old => document.querySelector('#monthly-finding').innerText != old", arg=finding)
    assert query in reader.page.url
    assert reader.table("monthly") != table
    if name in ("region", "article", "sex"):
        assert label in reader.text("#messages .chip")
    again, shown = reader.page.url, reader.text("#monthly-finding")
    reader.page.goto("about:blank")
    reader.open(again.removeprefix(reader.site))
    assert reader.text("#monthly-finding") == shown
    assert reader.chosen(name) == label


def test_back_forward_and_clear(reader: Reader) -> None:
    reader.open()
    everybody = reader.text("#monthly-finding")
    reader.choose("sex", "women")
    reader.page.wait_for_function("old => document.querySelector('#monthly-finding').innerText != old", arg=everybody)
    women = reader.text("#monthly-finding")
    reader.page.go_back()
    reader.page.wait_for_function("old => document.querySelector('#monthly-finding').innerText == old", arg=everybody)
    reader.page.go_forward()
    reader.page.wait_for_function("old => document.querySelector('#monthly-finding').innerText == old", arg=women)
    reader.page.click("#clear")
    reader.page.wait_for_function("old => document.querySelector('#monthly-finding').innerText == old", arg=everybody)
    assert reader.page.url == f"{reader.site}/"


def test_two_filters_are_shown_by_year_and_three_are_refused_in_words(reader: Reader) -> None:
    reader.open("/?region=BY-HM&sex=female")
    assert reader.table("monthly")[0][0] == "Year"
    assert "By year" in reader.text("#monthly-notes")
    reader.open("/?region=BY-HM&sex=female&article=342")
    assert "Not published" in reader.text("#monthly-body")
    assert reader.page.locator("#monthly-body img").count() == 0


def test_a_protected_figure_is_neither_zero_nor_a_number(reader: Reader) -> None:
    reader.open("/?region=BY-MA")
    cells = [cell for row in reader.table("monthly")[1:] for cell in row[1:]]
    assert "fewer than 5 or hidden" in cells
    assert not {"1", "2", "3", "4"} & set(cells)
    reader.touch("monthly")
    assert reader.page.locator("#monthly-body .scatterlayer .point").count() > 0


def test_nonsense_in_the_address_is_told(reader: Reader) -> None:
    reader.open("/?region=atlantis&vintage=20200101T000000Z-00000000&from=soon&colour=red")
    said = reader.text("#messages")
    for word in ("atlantis", "20200101T000000Z-00000000", "soon", "colour"):
        assert word in said
    assert reader.page.locator("#monthly-body img").count() == 1


@pytest.mark.parametrize("chart", CHARTS)
def test_the_csv_is_what_is_shown(reader: Reader, chart: str, tmp_path: Path) -> None:
    reader.open("/?from=2024-01&to=2025-12&sex=female")
    reader.page.click(f"#{chart}-sharing")
    with reader.page.expect_download() as download:
        reader.page.click(f"#{chart}-links a >> text='CSV'")
    assert download.value.suggested_filename.startswith("SYNTHETIC_vyrak_")
    text = Path(download.value.path()).read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    shown = [cell for row in reader.table(chart)[1:] for cell in row[1:]]
    exported = [f"at least {int(r['persons']):,}" if r["status"] == "at_least" else f"{int(r['persons']):,}"
                if r["persons"] else "fewer than 5 or hidden" for r in rows]
    assert sorted(c for c in shown if c != "0") == sorted(c for c in exported if c != "0")
    assert len(exported) >= (2 if chart == "waves" else 7), "pardons of women are by year, not by wave"


def test_the_workbook_and_the_zip_say_what_they_are(reader: Reader) -> None:
    reader.open("/?sex=female")
    reader.page.click("#monthly-sharing")
    with reader.page.expect_download() as download:
        reader.page.click("#monthly-links a >> text='Excel'")
    book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert book.sheetnames[1] == "about" and book.worksheets[0]["A1"].value == "period"
    with reader.page.expect_download() as download:
        reader.page.click("#monthly-links a >> text='Both as ZIP'")
    archive = zipfile.ZipFile(download.value.path())
    [about] = [json.loads(archive.read(n)) for n in archive.namelist() if n.endswith("metadata.json")]
    assert about["synthetic"] is True and "invented" in about["warning"]
    assert about["filters"]["sex"] == {"code": "female", "label": "women"}
    assert about["vintage"]["id"] in about["address"] and about["licence"] and about["definition"]


def test_nothing_leaves_and_nothing_stays(reader: Reader) -> None:
    reader.open()
    reader.choose("sex", "women")
    reader.leaves_no_trace()
    assert reader.console == [], "the page works under its Content-Security-Policy without a word in the console"


def test_no_button_sends_a_chart_away(reader: Reader) -> None:
    reader.open()
    reader.touch("monthly")
    assert reader.page.locator(".modebar-btn").count() == 0
    drawn = reader.page.evaluate("document.querySelector('#monthly-body .js-plotly-plot')._context")
    assert drawn["showSendToCloud"] is False and drawn["plotlyServerURL"] == ""


@pytest.mark.parametrize("path", ["/", "/?region=BY-HM&sex=female", "/?region=BY-HM&sex=female&article=342"])
def test_axe_finds_nothing(reader: Reader, path: str) -> None:
    reader.open(path)
    found = Axe().run(reader.page).response["violations"]
    assert [(v["id"], v["impact"], v["nodes"][0]["html"][:150]) for v in found] == []


@pytest.mark.parametrize("width", [320, 375, 768])
def test_it_fits_a_phone(reader: Reader, width: int) -> None:
    reader.page.set_viewport_size({"width": width, "height": 800})
    reader.open()
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
    assert reader.page.locator("#monthly-body img").first.bounding_box()["width"] <= width


def test_a_filter_by_keyboard(reader: Reader) -> None:
    reader.open()
    reader.page.focus("#filter-article")
    reader.page.keyboard.press("Tab")
    assert reader.page.evaluate("document.activeElement.id") == "filter-sex"
    reader.page.keyboard.press("ArrowDown")
    reader.page.wait_for_function("location.search.includes('sex=female')")
    reader.settle()
    assert reader.page.evaluate("document.activeElement.id") == "filter-sex", "the focus stays where it was"
    assert "Sex: women" in reader.text("#messages")


def test_charts_are_visible_soon_and_a_filter_answers_fast(reader: Reader) -> None:
    reader.open()  # warm: the figures to beat are for a second look
    start = time.perf_counter()
    reader.page.goto(reader.site)
    reader.page.wait_for_selector("#monthly-body img")
    assert time.perf_counter() - start < 3, "1 s is the aim on a quiet machine; benchmarks measure it"
    start = time.perf_counter()
    answer = reader.page.request.get(f"{reader.site}/chart/monthly.csv?region=BY-BR")
    assert answer.ok and time.perf_counter() - start < 1
