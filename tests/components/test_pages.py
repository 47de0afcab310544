"""Every page, as HTML before any script has run and as Dash draws it: the same, complete, and leading nowhere it shouldn't."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from defusedxml import ElementTree
from flask.testing import FlaskClient

import app as entry
import texts
from components import pages
from components.charts import CHARTS
from tests.components.test_web import call_of

PATHS = [page.path for page in pages.PAGES]


class Read(HTMLParser):
    """The ids, addresses, headings and words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.stack: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        self.stack.append(tag)
        self.ids += [about["id"]] if about.get("id") else []
        self.addresses += [about[n] for n in ("href", "src", "srcset", "data-figure", "data-table", "action") if about.get(n)]

    def handle_data(self, data: str) -> None:
        if self.stack[-1:] not in (["script"], ["style"]) and data.strip():
            self.words.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack.pop() != tag:
            pass


@pytest.fixture(autouse=True)
def here(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is published of the sample, statistics too."""
    monkeypatch.setenv("VYRAK_DATA", str(sample))


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return entry.server.test_client()


def get(client: FlaskClient, path: str):
    return client.get(path, buffered=True)


@pytest.mark.parametrize("language", texts.languages())
@pytest.mark.parametrize("path", PATHS)
def test_each_page_is_whole_without_scripts(client: FlaskClient, path: str, language: str) -> None:
    answer = get(client, f"{path}?lang={language}&sex=female")
    assert answer.status_code == 200 and f'<html lang="{language}">' in answer.text
    page = pages.find(path)
    shown = Read(answer.text)
    with texts.using(language):
        assert texts.t(page.asks) in shown.words
    assert len(shown.ids) == len(set(shown.ids)), "no id is there twice"
    for chart in page.charts:
        assert f"{chart}-title" in shown.ids
    if page.charts:
        assert "data:image/svg+xml;base64," in answer.text


def test_no_address_on_any_page_leads_nowhere(client: FlaskClient) -> None:
    asked: dict[str, int] = {}
    for path in [*PATHS, "/?sex=female&compare=1&b-region=BY-HM", "/charges?lang=ru", "/?region=BY-HM&sex=female&article=342"]:
        for address in dict.fromkeys(Read(get(client, path).text).addresses):
            address = address.removeprefix("http://localhost")
            if address.startswith(("#", "data:")):
                continue
            assert address.startswith("/"), f"{path} leads to {address}"
            place = address.partition("?")[0]
            asked[place] = asked.get(place, 0) + 1
            if asked[place] <= 2:
                answer = get(client, address)
                assert answer.status_code == 200, f"{path} leads to {address}: {answer.text[:200]}"
    assert len(asked) > 150


def told(tree: object) -> list[str]:
    """All words of a tree of components as Dash sends it."""
    if isinstance(tree, dict):
        return told(tree["props"].get("children"))
    if isinstance(tree, list):
        return [word for part in tree for word in told(part)]
    return [] if tree is None or not str(tree).strip() else [str(tree).strip()]


@pytest.mark.parametrize(("path", "query"), [("/", ""), ("/charges", "?lang=be&sex=female"), ("/chart/waves", ""), ("/methods", "?lang=ru")])
def test_dash_draws_the_same_page(client: FlaskClient, path: str, query: str) -> None:
    body = call_of(client, "page.children", query)
    body["inputs"] = [i | {"value": path if i["property"] == "pathname" else query} for i in body["inputs"]]
    drawn = client.post("/_dash-update-component", json=body)
    assert drawn.status_code == 200
    sent = get(client, path + query).text
    first = sent[sent.index('<div id="first">'):sent.index('<div id="react-entry-point">')]
    assert "".join("".join(told(drawn.json["response"]["page"]["children"])).split()) == "".join("".join(Read(first).words).split())


def test_a_path_that_leads_nowhere_is_told(client: FlaskClient) -> None:
    assert get(client, "/nowhere").status_code == 404
    assert get(client, "/chart/nothing").status_code == 404


def test_two_selections_stand_side_by_side(client: FlaskClient) -> None:
    shown = Read(get(client, "/?sex=female&compare=1&b-region=BY-HM").text)
    assert {"monthly-title", "monthly-b-title"} <= set(shown.ids)
    assert any(w.startswith("women,") for w in shown.words) and any(w.startswith("Minsk city,") for w in shown.words)
    assert any("second: Region: Minsk city" in w for w in shown.words)
    assert "There are no figures for" in get(client, "/?compare=1&b-sex=atlantis").text
    shown = Read(get(client, "/?age=18-24&compare=1&b-organisation=viasna").text)
    for words in ("Age group: 18 to 24, August 2020", "On the lists of: Viasna, August 2020"):
        assert any(w.startswith(words) for w in shown.words)


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("width", [280, 1600])
def test_a_picture_is_xml_of_the_width_asked(client: FlaskClient, chart: str, width: int) -> None:
    answer = get(client, f"/chart/{chart}.svg?width={width}&lang=be")
    assert answer.status_code == 200 and answer.mimetype == "image/svg+xml"
    root = ElementTree.fromstring(answer.text)
    assert root.get("width") == str(width)
    assert "<script" not in answer.text


@pytest.mark.parametrize("query", ["width=9", "width=99999", "width=x", "width=٣٤٠", "theme=red"])
def test_a_picture_that_cannot_be_had_is_refused(client: FlaskClient, query: str) -> None:
    answer = get(client, f"/chart/monthly.svg?{query}")
    assert answer.status_code == 400 and answer.text.strip().endswith(".")


def test_the_page_does_not_tell_what_it_runs_on(client: FlaskClient) -> None:
    text = get(client, "/").text
    assert "python_version" not in text and "dash_version" not in text
