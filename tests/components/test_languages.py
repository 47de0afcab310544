"""Every word that a reader meets passes through the catalogues: shown with a language that marks all it was asked for.

The language is Polish, which has no catalogue yet: adding one must be all it takes.
"""

import gettext
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import app as entry
import texts
from components import layout, pages
from components.charts import CHARTS

MARKED = "pl"
NAMES = ("Vyrak", "Viasna", "Dissidentby", "CC BY", "CSV", "JSON", "SVG", "ZIP", "Excel", "Python", "pandas", "curl",
         "English", "Polski", "Беларуская", "Русский")
"""What is written alike in every language."""
MONTHS = "sty lut mar kwie maj czerw lip sierp wrz paźdz listopad grud".split()


MARK = "¤"
WORD = re.compile(r"[^\W\d_]{2,}")


def marked(message: str) -> str:
    """The message with a mark after each word, but for what is filled in: a picture may break its lines anywhere."""
    return "".join(part if part.startswith("{") else WORD.sub(rf"\g<0>{MARK}", part) for part in re.split(r"(\{\w+\})", message))


class _Marking(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return marked(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return marked(msgid2)


@pytest.fixture(autouse=True)
def here(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is published of the sample, statistics too."""
    monkeypatch.setenv("VYRAK_DATA", str(sample))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    known, catalogue = texts.languages(), texts._catalogue
    monkeypatch.setattr(texts, "languages", lambda: [*known, MARKED])
    monkeypatch.setattr(texts, "_catalogue", lambda code: _Marking() if code == MARKED else catalogue(code))
    yield entry.server.test_client()
    texts.forget()
    texts.speak(texts.SOURCE)


def unmarked(text: str) -> list[str]:
    """The words in `text` that no catalogue was asked for."""
    text = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{8}", " ", text)
    text = re.sub(r"https?://\S+", " ", text)
    text = re.sub(r"“[^”]*”", " ", text)  # the reader's own words
    for name in NAMES:
        text = text.replace(name, " ")
    found = [(match[0], text[match.end():match.end() + 1]) for match in WORD.finditer(text)]
    return [word for word, after in found if after != MARK and not any(word.lower().startswith(month) for month in MONTHS)]


def words_of(page: str) -> Iterator[str]:
    """All that a reader sees or hears of a page: texts, and attributes that are read out."""
    page = re.sub(r"<(script|style)\b.*?</\1>|<code\b.*?</code>", "", page, flags=re.DOTALL)
    yield from (html.unescape(text) for text in re.findall(r">([^<]+)<", page))
    yield from (html.unescape(text) for text in re.findall(r'\s(?:alt|title|placeholder|aria-label|data-title)="([^"]*)"', page))


@pytest.mark.parametrize("address", [
    *[page.path for page in pages.PAGES], "/?sex=female&region=BY-HM&compare=1&b-article=342", "/?from=soon&colour=red&sex=x",
    "/?region=BY-HM&sex=female&article=342", *[f"/chart/{chart}" for chart in CHARTS]])
def test_no_word_of_a_page_is_untranslated(client: FlaskClient, address: str) -> None:
    answer = client.get(f"{address}{'&' if '?' in address else '?'}lang={MARKED}", buffered=True)
    assert answer.status_code == 200 and MARK in answer.text
    assert {word: text for text in words_of(answer.text) for word in unmarked(text)} == {}


@pytest.mark.parametrize("chart", CHARTS)
def test_no_word_of_a_chart_is_untranslated(client: FlaskClient, chart: str) -> None:
    query = "sex=female&" if "sex" in CHARTS[chart].filters else ""
    embedded = client.get(f"/embed/{chart}?{query}lang={MARKED}")
    assert {word: text for text in words_of(embedded.text) for word in unmarked(text)} == {}
    picture = client.get(f"/chart/{chart}.svg?{query}lang={MARKED}")
    assert {word: text for text in words_of(picture.text) for word in unmarked(text)} == {}
    figure = client.get(f"/chart/{chart}.figure.json?{query}lang={MARKED}").json
    said = [text for text in texts_in(figure["data"]) + texts_in(figure["layout"])]
    assert {word: text for text in said for word in unmarked(text)} == {}
    table = client.get(f"/chart/{chart}.table.html?{query}lang={MARKED}")
    assert {word: text for text in words_of(table.text) for word in unmarked(text)} == {}
    about = client.get(f"/chart/{chart}.metadata.json?{query}lang={MARKED}").json
    for key in ("title", "warning", "description", "definition", "notes"):
        assert unmarked(json.dumps(about[key], ensure_ascii=False)) in ([], ["null"]), key


def texts_in(part: object, key: str = "") -> list[str]:
    """The texts of a figure that are shown: not its settings."""
    if isinstance(part, dict):
        return [text for name, value in part.items() for text in texts_in(value, name)]
    if isinstance(part, list):
        return [text for value in part for text in texts_in(value, key)]
    shown = {"text", "name", "hovertemplate", "customdata", "ticktext", "hovertext"}
    return [re.sub(r"%\{[^}]*\}|<[^>]*>", " ", part)] if isinstance(part, str) and key in shown else []


def test_the_marks_find_a_word_that_was_forgotten() -> None:
    assert unmarked(marked("Persons {what} in 2024").format(what="forgotten")) == ["forgotten"]
    assert layout.title("/") == "Overview · Vyrak"


class _Listening(gettext.NullTranslations):
    """Says what the catalogue says, and keeps what it was asked for in vain."""

    def __init__(self, inner: gettext.NullTranslations) -> None:
        super().__init__()
        self.inner, self.lacking = inner, set[str]()

    def gettext(self, message: str) -> str:
        said = self.inner.gettext(message)
        if message not in self.inner._catalog:  # type: ignore[attr-defined]
            self.lacking.add(message)
        return said

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.inner.ngettext(msgid1, msgid2, n)


@pytest.mark.parametrize("language", [code for code in texts.languages() if code != texts.SOURCE])
def test_no_page_asks_a_catalogue_in_vain(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    listening = _Listening(texts._catalogue(language))
    monkeypatch.setattr(texts, "_catalogue", lambda code: listening if code == language else _Marking())
    texts.forget()
    for path in [*[page.path for page in pages.PAGES], *[f"/chart/{chart}" for chart in CHARTS], "/reconciliation",
                 "/?sex=female&region=BY-HM&compare=1&b-article=342", "/?region=BY-HM&sex=female&article=342&from=soon"]:
        answer = client.get(f"{path}{'&' if '?' in path else '?'}lang={language}", buffered=True)
        assert answer.status_code in (200, 400)
    # A note that was filled in at publication is looked for as a whole first, and then found by its template.
    in_vain = {message for message in listening.lacking if re.search("[A-Za-z]{2}", message) and not re.search(r"\d|few$", message)}
    assert in_vain - {*NAMES} == set()
