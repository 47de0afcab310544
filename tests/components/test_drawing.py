"""Pictures drawn on the server: what they show, that words neither meet nor leave them, and that nothing gets into them."""

import itertools
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

import texts
from components import download, drawing, figures, filters
from components.canvas import Box, text_box
from components.charts import CHARTS
from components.lettering import Word
from components.text import t

SVG = "{http://www.w3.org/2000/svg}"
WIDTHS = (340, 720)


def drawn(figure: dict[str, Any], wide: int = 720, **more: Any) -> ET.Element:
    """The picture as XML, read by a parser that refuses whatever could harm."""
    words = {"title": "A title", "description": "What it shows", "language": "en"} | more
    return fromstring(drawing.svg(figure, wide, **words))


def chart(name: str, query: str = "") -> dict[str, Any]:
    """A chart of the page as it is handed to Plotly."""
    view, _ = filters.parse(query)
    one = CHARTS[name]
    return figures.framed(one.figure(one.select(view), view), t(one.unit), download.short_source(view), t("SYNTHETIC DATA"))


def words(picture: ET.Element) -> list[str]:
    """The texts of a picture, each as one line."""
    return ["".join(text.itertext()) for text in picture.iter(f"{SVG}text")]


def boxes(picture: ET.Element) -> list[tuple[str, Box]]:
    """Each line of text with the box it takes up, but for the faint mark behind."""
    found = []
    for text in picture.iter(f"{SVG}text"):
        if float(text.get("opacity", "1")) < 0.4:
            continue
        size, y = float(text.get("font-size", "12")), float(text.get("y", "0"))
        rows: list[list[Word]] = [[Word(text.text or "")]]
        for span in text:
            if span.get("dy"):
                rows.append([Word(span.text or "")])
            else:
                rows[-1].append(Word(span.text or "", bold=True))
            rows[-1] += [Word(inner.text or "", bold=True) for inner in span] + [Word(span.tail or "")]
        for number, row in enumerate(rows):
            box = text_box(float(text.get("x", "0")), y + (number - 0.96) * size * 1.2, [tuple(row)], size,
                           text.get("text-anchor", "start"), 0)
            found.append(("".join(w.text for w in row), box))
    return found


def assert_readable(picture: ET.Element) -> None:
    """No text meets another, none leaves the picture."""
    wide, high = float(picture.get("width", "0")), float(picture.get("height", "0"))
    found = [(said, box) for said, box in boxes(picture) if said.strip()]
    for said, box in found:
        assert box.left >= 0 and box.right <= wide and box.top >= -1 and box.bottom <= high + 1, f"{said!r} leaves the picture: {box}"
    for (one, a), (other, b) in itertools.combinations(found, 2):
        shrunk = Box(a.left, a.top + 2, a.right, a.bottom - 2)
        assert not shrunk.meets(b), f"{one!r} meets {other!r}"


@pytest.mark.parametrize("language", ["en", "ru", "be"])
@pytest.mark.parametrize("wide", WIDTHS)
@pytest.mark.parametrize("name", list(CHARTS))
def test_every_chart_is_readable_at_both_widths(name: str, wide: int, language: str) -> None:
    with texts.using(language):
        picture = drawn(chart(name), wide, language=language)
    assert float(picture.get("width", "0")) == wide
    assert_readable(picture)
