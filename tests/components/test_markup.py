"""A tree of components as HTML: what a reader without scripts gets."""

from html.parser import HTMLParser

import pytest
from dash import dcc, html
from hypothesis import given
from hypothesis import strategies as st

from components import markup


class Read(HTMLParser):
    """The tags, attributes and text of a page, as a browser takes them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_names_of_react_become_names_of_html() -> None:
    read = Read(markup.text(html.Div([
        html.Label("a", htmlFor="x", className="c"), html.Img(src="/a.svg", alt="", n_clicks=3), html.Details(html.Summary("s"), open=True),
        html.Td("1", colSpan=2, tabIndex=0, **{"aria-label": "l"}), html.P(style={"--wide": "560/400", "maxWidth": "3em"}),
        dcc.Link("go", href="/?a=1&b=2"), dcc.Input(type="hidden", name="n", value="v", debounce=True), None, 5, False], id="top")))
    assert read.tags == ["div", "label", "img", "details", "summary", "td", "p", "a", "input"]
    assert "".join(read.texts) == "as1go5"
    assert sorted(read.attributes, key=str) == sorted([
        ("id", "top"), ("class", "c"), ("for", "x"), ("src", "/a.svg"), ("alt", ""), ("open", None), ("colspan", "2"), ("tabindex", "0"),
        ("aria-label", "l"), ("style", "--wide:560/400;max-width:3em"), ("href", "/?a=1&b=2"), ("type", "hidden"), ("name", "n"), ("value", "v")],
        key=str)


@given(st.text(), st.text())
def test_no_text_becomes_a_tag(inside: str, attribute: str) -> None:
    read = Read(markup.text(html.P(inside, title=attribute)))
    assert read.tags == ["p"]
    assert "".join(read.texts) == inside
    assert dict(read.attributes)["title"] == attribute


def test_what_only_scripts_can_draw_is_refused() -> None:
    for tree in (dcc.Graph(), dcc.Location(id="url"), object()):
        with pytest.raises(TypeError):
            markup.text(tree)
