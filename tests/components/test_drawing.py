"""Pictures drawn on the server: what they show, that words neither meet nor leave them, and that nothing gets into them."""

import gzip
import itertools
import json
import math
import re
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

import texts
from components import download, figures, filters, maps, statistic_figures
from components.charts import CHARTS
from components.picture import drawing, lettering
from components.picture.axes import NotDrawable, nice_step
from components.picture.canvas import GROUND, Box, contrast, on_dark, text_box
from components.picture.lettering import Word
from components.text import t
from tests import pictures

SVG = "{http://www.w3.org/2000/svg}"
WIDTHS = (280, 340, 720)
PAPER = re.findall(r"--paper: (#[0-9a-f]{6})", (Path(download.__file__).parent / "assets" / "vyrak.css").read_text())[1]
"""The ground of a card on a dark page, which shows through where Plotly draws."""


@pytest.fixture(autouse=True)
def here(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All charts have something to show: the sample."""
    monkeypatch.setenv("VYRAK_DATA", str(sample))


def drawn(figure: dict[str, Any], wide: int = 720, **more: Any) -> ET.Element:
    """The picture as XML, read by a parser that refuses whatever could harm."""
    words = {"title": "A title", "description": "What it shows", "language": "en", "theme": "light"} | more
    return fromstring(drawing.svg(figure, wide, **words))


def chart(name: str) -> dict[str, Any]:
    """A chart of the page as it is handed to Plotly."""
    view, _ = filters.parse("")
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
            box = text_box(float(text.get("x", "0")), y + (number * 1.2 - 0.96) * size, [tuple(row)], size,
                           text.get("text-anchor", "start"), 0)
            found.append(("".join(w.text for w in row), box))
    return [(said, box) for said, box in found if said.strip()]


def assert_readable(picture: ET.Element) -> None:
    """No text meets another, none leaves the picture."""
    wide, high = float(picture.get("width", "0")), float(picture.get("height", "0"))
    found = boxes(picture)
    for said, box in found:
        assert box.left >= 0 and box.right <= wide and box.top >= -1 and box.bottom <= high + 1, f"{said!r} leaves the picture: {box}"
    for (one, a), (other, b) in itertools.combinations(found, 2):
        letters = Box(a.left, a.top + 2, a.right, a.bottom - 2)
        assert not letters.meets(b), f"{one!r} meets {other!r}"


def paths(picture: ET.Element, colour: str, kind: str = "f") -> list[str]:
    """The paths painted in a colour."""
    return [path.get("d", "") for path in picture.iter(f"{SVG}path") if f"{kind}{colour[1:]}" in path.get("class", "").split()]


def rectangles(d: str) -> list[tuple[float, float, float, float]]:
    """(left, top, right, bottom) of each rectangle in a path."""
    return [tuple(map(float, part)) for part in re.findall(r"M(\S+) (\S+)H(\S+)V(\S+)H\S+?z", d)]  # type: ignore[misc]


@pytest.mark.parametrize("language", ["en", "ru", "be"])
@pytest.mark.parametrize("wide", WIDTHS)
@pytest.mark.parametrize("name", list(CHARTS))
def test_every_chart_is_readable_at_every_width(name: str, wide: int, language: str) -> None:
    with texts.using(language):
        picture = drawn(chart(name), wide, language=language)
    assert float(picture.get("width", "0")) == wide
    assert_readable(picture)


@pytest.mark.parametrize("wide", WIDTHS[1:])
@pytest.mark.parametrize("form", list(pictures.FORMS))
def test_every_form_is_readable_at_both_widths(form: str, wide: int) -> None:
    assert_readable(drawn(pictures.FORMS[form](), wide))


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.integers(0, 10**7), min_size=1, max_size=30), wide=st.integers(280, 900))
def test_bars_are_as_long_as_their_values(values: list[int], wide: int) -> None:
    names = [f"category {i}" for i in range(len(values))]
    frame = pd.DataFrame({"category": names, "persons": values, "protected": False})
    picture = drawn(figures.ranked(frame, {}, "sentenced", "hidden"), wide)
    found = [box for d in paths(picture, figures.COLOURS["sentenced"]) for box in rectangles(d)]
    ordered = sorted(values, reverse=True)
    scale = (found[0][2] - found[0][0]) / ordered[0] if ordered[0] else 0
    assert sum(value * scale > 0.15 for value in ordered) <= len(found) <= sum(value > 0 for value in ordered)
    for (left, _, right, _), value in zip(found, ordered, strict=False):
        assert right - left == pytest.approx(value * scale, abs=0.11)
    said = words(picture)
    assert all(texts.number(value) in said for value in values), "each number is written at its bar"
    assert_readable(picture)


@given(st.floats(1e-3, 1e9), st.integers(1, 20))
def test_ticks_are_round_and_not_too_many(span: float, most: int) -> None:
    step = nice_step(span, most)
    assert round(step / 10 ** math.floor(math.log10(step) + 1e-9), 6) in (1, 2, 5, 10)
    assert span / step <= most * (1 + 1e-6)
    assert span / step > most / 2.6, "a finer round step would have fitted"


def _plain(**trace: Any) -> dict[str, Any]:
    return {"data": [{"type": "scatter", "mode": "lines", "x": [0, 1, 2], "y": [0, 1, 0], "line": {"color": "#0b5394"}} | trace],
            "layout": {"height": 300, "margin": {"l": 40, "r": 10, "t": 10, "b": 30}, "xaxis": {"range": [0, 2]}, "yaxis": {"range": [0, 1]}}}


def test_points_lie_where_their_values_are() -> None:
    [line] = paths(drawn(_plain(), 250), "#0b5394", "s")
    assert line == "M40 270L140 10L240 270"


def test_steps_and_gaps() -> None:
    [line] = paths(drawn(_plain(line={"color": "#0b5394", "shape": "hv"}), 250), "#0b5394", "s")
    assert line == "M40 270L140 270L140 10L240 10L240 270"
    [line] = paths(drawn(_plain(x=[0, 1, 1, 2], y=[0, 1, None, 1]), 250), "#0b5394", "s")
    assert line == "M40 270L140 10", "a missing value breaks the line; one point alone is none"


def test_error_bars_reach_as_far_as_the_interval() -> None:
    figure = _plain(mode="markers", x=[1], y=[.5], error_y={"type": "data", "array": [.25], "arrayminus": [.5], "color": "#a8326e", "width": 0})
    assert paths(drawn(figure, 250), "#a8326e", "s") == ["M140 270V75"]


def test_an_interval_is_filled_between_its_edges() -> None:
    figure = _plain()
    edge = {"type": "scatter", "mode": "lines", "x": [0, 2], "line": {"width": 0}}
    figure["data"] = [edge | {"y": [0, .5]}, edge | {"y": [.5, 1], "fill": "tonexty", "fillcolor": "rgba(168,50,110,0.2)"}]
    picture = drawn(figure, 250)
    assert paths(picture, "#a8326e") == ["M40 140L240 10L240 140L40 270z"]
    assert {path.get("fill-opacity") for path in picture.iter(f"{SVG}path") if "fa8326e" in path.get("class", "")} == {"0.2"}


def test_what_lies_outside_a_range_is_cut() -> None:
    figure = _plain(y=[0, 3, 0])
    [inner] = drawn(figure, 250).findall(f"{SVG}svg")
    assert inner.get("viewBox") == "40 10 200 260"
    assert not drawn(_plain(), 250).findall(f"{SVG}svg"), "nothing is cut where nothing lies outside"


def test_a_step_that_is_asked_for_is_kept_where_there_is_room() -> None:
    figure = _plain(x=["2020-01-01", "2026-01-01"], y=[0, 100])
    figure["layout"] |= {"xaxis": {"dtick": "M12"}, "yaxis": {"range": [0, 100], "dtick": 25}}
    assert [w for w in words(drawn(figure)) if len(w) < 4] == ["0", "25", "50", "75", "100"]
    assert [w for w in words(drawn(figure)) if len(w) == 4] == [str(year) for year in range(2020, 2027)]
    assert [w for w in words(drawn(figure, 240)) if len(w) == 4] == ["2020", "2022", "2024", "2026"], "every second where there is not"


def test_panels_with_one_scale() -> None:
    figure = _plain()
    figure["data"].append(figure["data"][0] | {"yaxis": "y2", "y": [0, 4, 0], "line": {"color": "#00745a"}})
    figure["layout"] |= {"yaxis": {"domain": [0, .4]}, "yaxis2": {"domain": [.6, 1], "matches": "y"}, "showlegend": False}
    low, high = (re.findall(r"[ML]\S+ ([\d.]+)", paths(drawn(figure), c, "s")[0]) for c in ("#0b5394", "#00745a"))
    assert 4 * (float(low[0]) - float(low[1])) == pytest.approx(float(high[0]) - float(high[1]), abs=0.5)


def test_unit_and_source_stay_at_the_edge_when_names_are_long() -> None:
    figure = figures.framed(pictures.articles(), "Persons charged. Flow.", "Vyrak; an invented list", "")
    for wide in WIDTHS:
        found = dict(boxes(drawn(figure, wide)))
        assert found["Persons charged. Flow."].left == found["Vyrak; an invented list"].left < 10


def test_a_long_name_is_not_cut_short() -> None:
    """A name without its end may say something else: "released on unknown" was "released on unknown grounds"."""
    names = [f"after the sentence: released on grounds that no list names {i}" for i in range(9)]
    frame = pd.DataFrame({"category": names, "persons": range(9), "protected": False})
    figure = figures.ranked(frame, {}, "charged", "hidden")
    figure["layout"]["height"] = 260
    for wide in WIDTHS:
        picture = drawn(figure, wide)
        assert_readable(picture)
        said = {re.sub(" +", " ", "".join(f"{one} " for one in text.itertext())).strip() for text in picture.iter(f"{SVG}text")}
        assert set(names) <= said


def test_what_is_cut_ends_in_an_ellipsis() -> None:
    for text in ("one two three four five six seven", "x" * 200, "short " + "y" * 90):
        said = lettering.wrapped(text, 12, 60, 2)
        assert "".join(word.text for word in said[-1]).endswith("…") and len(said) <= 2
        assert all(lettering.width(line, 12) <= 60 for line in said)


def test_a_number_keeps_its_own_line_over_a_long_name() -> None:
    said = lettering.wrapped("<b>57</b><br>as counted in the newest vintage", 12, 90)
    assert [word.text for word in said[0]] == ["57"] and len(said) > 2


def test_stacked_bars_stand_on_each_other() -> None:
    bar = {"type": "bar", "x": ["a", "b"]}
    figure = {"data": [bar | {"y": [1, 2], "marker": {"color": "#0b5394"}}, bar | {"y": [3, 0], "marker": {"color": "#00745a"}}],
              "layout": {"height": 300, "barmode": "stack", "showlegend": False, "yaxis": {"range": [0, 4]}}}
    picture = drawn(figure)
    lower, upper = ([box for d in paths(picture, c) for box in rectangles(d)] for c in ("#0b5394", "#00745a"))
    assert len(lower) == 2 and len(upper) == 1, "a bar of nothing is not drawn"
    assert upper[0][3] == lower[0][1] and upper[0][3] - upper[0][1] == pytest.approx(3 * (lower[0][3] - lower[0][1]), abs=0.2)


@pytest.mark.parametrize(("what", "figure"), [
    ("pie", {"data": [{"type": "pie"}]}),
    ("stackgroup", {"data": [{"type": "scatter", "x": [1], "y": [1], "stackgroup": "one"}]}),
    ("texttemplate", {"data": [{"type": "bar", "x": [1], "y": [1], "texttemplate": "%{y}"}]}),
    ("log", {"data": [], "layout": {"yaxis": {"type": "log"}}}),
    ("overlaying", {"data": [], "layout": {"yaxis2": {"overlaying": "y"}}}),
    ("right", {"data": [], "layout": {"yaxis": {"side": "right"}}}),
    ("images", {"data": [], "layout": {"images": [{}]}}),
    ("circle", {"data": [], "layout": {"shapes": [{"type": "circle", "x0": 0, "x1": 1, "y0": 0, "y1": 1}]}}),
    ("star", {"data": [{"type": "scatter", "mode": "markers", "x": [1], "y": [1], "marker": {"symbol": "star"}}]}),
    ("spline", {"data": [{"type": "scatter", "x": [1, 2], "y": [1, 2], "line": {"shape": "spline"}}]}),
    (".3s", {"data": [{"type": "scatter", "x": [1, 2], "y": [1, 2]}], "layout": {"yaxis": {"tickformat": ".3s"}}}),
    ("url", {"data": [{"type": "scatter", "x": [1, 2], "y": [1, 2], "line": {"color": "url(#a)"}}]}),
    ("percent", {"data": [{"type": "scatter", "x": [1], "y": [1], "error_y": {"type": "percent", "value": 5}}]}),
    ("tonext", {"data": [{"type": "scatter", "x": [1], "y": [1], "fill": "tonextx"}]}),
    ("y3", {"data": [], "layout": {"annotations": [{"text": "a", "x": 0, "y": 0, "yref": "y3"}]}}),
], ids=lambda given: given if isinstance(given, str) else "")
def test_what_can_not_be_drawn_is_refused_by_name(what: str, figure: dict[str, Any]) -> None:
    with pytest.raises(NotDrawable, match=re.escape(what)):
        drawn(figure)


HOSTILE = st.one_of(st.text(max_size=60), st.sampled_from([
    "<script>alert(1)</script>", "</text></svg><script>alert(1)</script>", "]]>", "<!--", "&lt;script&gt;", "&#60;script&#62;", "a\u202egpj.exe",
    "\ud800", "\x00\x0b\ufffe", "<b>", "</b></b>", "<br><br><br>", "x" * 300, "<style>*{display:none}</style>", "\" onload=\"alert(1)", "{{7*7}}",
    "<a href='javascript:alert(1)'>a</a>", "\u2067\u2066שלום\u2069", "漢字" * 40, "<B>", "&b>", "&amp;lt;b&amp;gt;"]))


@settings(max_examples=150, deadline=None)
@given(names=st.lists(HOSTILE, min_size=1, max_size=6, unique=True), title=HOSTILE, note=HOSTILE, wide=st.sampled_from(WIDTHS))
def test_nothing_in_a_label_gets_out_of_it(names: list[str], title: str, note: str, wide: int) -> None:
    frame = pd.DataFrame({"category": [str(i) for i in range(len(names))], "persons": range(1, len(names) + 1), "protected": False})
    figure = figures.ranked(frame, dict(enumerate_as_text(names)), "charged", note)
    figure["layout"]["annotations"] = [{"x": 0, "y": 0, "text": note, "showarrow": False}, {"xref": "paper", "yref": "paper", "x": 0, "y": 1,
                                                                                          "text": title, "showarrow": False}]
    text = drawing.svg(figure, wide, title=title, description=note, language="en")
    picture = fromstring(text, forbid_dtd=True)
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= {"svg", "title", "desc", "style", "path", "text", "tspan"}
    known = {"class", "role", "lang", "width", "height", "viewBox", "font-family", "font-size", "d", "x", "y", "dy", "text-anchor", "fill",
             "stroke-width", "stroke-dasharray", "stroke-linejoin", "fill-opacity", "stroke-opacity", "opacity", "transform", "font-weight"}
    assert {name for element in picture.iter() for name in element.attrib} <= known
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", text), "no mark turns the direction of what is read"
    assert_stays_inside(picture)


def enumerate_as_text(names: list[str]) -> list[tuple[str, str]]:
    """("0", the first), ("1", the second), …"""
    return [(str(i), name) for i, name in enumerate(names)]


def assert_stays_inside(picture: ET.Element) -> None:
    """No text leaves the picture at its sides."""
    for said, box in boxes(picture):
        assert box.left >= 0 and box.right <= float(picture.get("width", "0")), said


@pytest.mark.parametrize(("language", "said"), [("en", "1,234,567"), ("ru", "1\u00a0234\u00a0567"), ("be", "1\u00a0234\u00a0567")])
def test_numbers_and_months_are_written_as_the_language_does(language: str, said: str) -> None:
    figure = {"data": [{"type": "scatter", "x": ["2024-01-15", "2024-12-31"], "y": [0, 1]}],
              "layout": {"height": 300, "yaxis": {"tickvals": [1234567], "range": [0, 2e6], "tickformat": ",d"}, "xaxis": {"tickformat": "%b %Y"}}}
    found = words(drawn(figure, language=language))
    assert said in found
    assert {"en": "Jul 2024", "ru": "июль 2024\u202fг.", "be": "ліп 2024"}[language] in found


@pytest.mark.parametrize(("language", "said"), [("en", "Mar 2023"), ("ru", "март 2023\u202fг."), ("be", "сак 2023")])
def test_months_on_an_axis_of_names_are_written_as_the_language_does(language: str, said: str) -> None:
    figure = {"data": [{"type": "bar", "x": ["2023-01", "2023-03", "2023-13"], "y": [1, 2, 3]}],
              "layout": {"height": 300, "xaxis": {"type": "category"}}}
    found = words(drawn(figure, language=language))
    assert said in found and "2023-13" in found, "what is no month stays as it is"


def test_a_picture_says_what_it_is() -> None:
    picture = drawn(chart("monthly"), title="Charges & sentences", description="From 2020 on", language="be")
    assert (picture.get("role"), picture.get("lang")) == ("img", "be")
    assert [picture[0].tag, picture[0].text] == [f"{SVG}title", "Charges & sentences"]
    assert [picture[1].tag, picture[1].text] == [f"{SVG}desc", "From 2020 on"]


def test_themes() -> None:
    said = {theme: drawing.svg(chart("monthly"), 340, title="t", description="d", language="en", theme=theme) for theme in drawing.THEMES}
    assert "prefers-color-scheme:dark" in said["auto"] and "prefers-color-scheme" not in said["light"] + said["dark"]
    assert GROUND["dark"] in said["dark"] and GROUND["dark"] not in said["light"] and "#9a5b00" not in said["dark"]
    with pytest.raises(ValueError, match="sepia"):
        drawn(chart("monthly"), theme="sepia")


@pytest.mark.parametrize("make", [*(lambda name=name: chart(name) for name in CHARTS), *pictures.FORMS.values()],
                         ids=[*CHARTS, *pictures.FORMS])
def test_words_and_marks_stand_out_in_light_and_dark(make: Any) -> None:
    """Words by 4.5 to 1. Marks by 3 to 1 (WCAG 2.2, 1.4.11): each by its colour or by its edge. Grid lines carry no value."""
    figure = make()
    picture = drawn(figure)
    grounds = {"light": [GROUND["light"]], "dark": [GROUND["dark"], PAPER]}
    on_shade = {"#ffffff"} if "scaleanchor" in figure["layout"]["yaxis"] else set()  # the map's words stand on its shades: below
    inks = {"#" + text.get("class", "")[1:] for text in picture.iter(f"{SVG}text")} - on_shade
    marks = [{"#" + name[1:] for name in path.get("class", "").split() if re.fullmatch("[fs][0-9a-f]{6}", name)}
             for path in picture.iter(f"{SVG}path")]
    # Bands and regions have lines of their own along their edges; a line of the ground parts what touches.
    edged = {trace["fillcolor"] for trace in figure["data"] if trace.get("fill", "none") != "none" and trace["line"].get("width")}
    marks = [mark for mark in marks if mark and not mark <= {"#d8dee4", "#ffffff", *edged}]
    assert marks
    for theme, papers in grounds.items():
        for paper in papers:
            for ink in inks:
                assert contrast(on_dark(ink) if theme == "dark" else ink, paper) >= 4.5, f"words in {ink}, {theme}"
            for mark in [*marks, *({colour} for colour in figures.COLOURS.values())]:
                assert max(contrast(on_dark(ink) if theme == "dark" else ink, paper) for ink in mark) >= 3, f"marks in {mark}, {theme}"


def test_groups_that_have_an_order_get_evenly_lighter() -> None:
    for colours in (statistic_figures.ORDERED, [on_dark(colour) for colour in statistic_figures.ORDERED]):
        steps = [contrast(colour, "#000000") for colour in colours]
        assert all(1.15 < lighter / darker < 1.6 for darker, lighter in itertools.pairwise(steps))


@given(st.integers(0, 0xffffff).map("#{:06x}".format))
def test_any_colour_that_stands_out_on_white_does_so_on_dark(given: str) -> None:
    assert re.fullmatch("#[0-9a-f]{6}", on_dark(given))
    if contrast(given, "#ffffff") >= 3:
        assert contrast(on_dark(given), GROUND["dark"]) >= 4.5


def test_a_picture_is_small_and_quickly_drawn() -> None:
    figure = chart("monthly")
    times = []
    for _ in range(7):
        began = time.process_time()
        text = drawing.svg(figure, 720, title="t", description="d", language="en")
        times.append(time.process_time() - began)
    assert len(gzip.compress(text.encode())) < 15_000
    assert min(times) < 0.020, "10 ms on an idle machine; twice that while others work beside"


# The map --------------------------------------------------------------------------------------------------------------

def test_the_map_has_the_regions_of_the_vocabulary() -> None:
    codes = pd.read_csv(Path(maps.__file__).parents[1] / "etl" / "vocabulary" / "regions.csv")["code"].dropna()
    assert set(maps.regions()) == set(codes)


def test_neighbours_share_their_border() -> None:
    """Thinned out once for both, so that no gap opens between them."""
    borders = {code: set(itertools.pairwise(zip(one.x, one.y, strict=True))) for code, one in maps.regions().items()}
    for one, other in (("BY-MI", "BY-MA"), ("BY-MI", "BY-VI"), ("BY-BR", "BY-HR"), ("BY-HO", "BY-MA")):
        assert len(borders[one] & {(b, a) for a, b in borders[other]} | borders[one] & borders[other]) > 20


def _inside(x: float, y: float, region: maps.Region) -> bool:
    corners = list(zip(region.x, region.y, strict=True))
    return sum((y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0) for (x0, y0), (x1, y1) in itertools.pairwise(corners)) % 2 == 1


def test_labels_stand_on_their_regions() -> None:
    for code, region in maps.regions().items():
        assert _inside(*region.label, maps.regions()["BY-MI" if code == maps.CITY else code]), code
    assert not (Path(maps.__file__).parent / "boundaries" / "belarus.json").stat().st_size > 20_000


def test_the_map_says_every_number_and_hides_what_is_hidden() -> None:
    figure = pictures.regions()
    said = [re.sub("<br>", " ", note["text"]) for note in figure["layout"]["annotations"]]
    assert {"<b>4,210</b> Minsk city", "<b>≥ 900</b> Minsk region", "<b>fewer than 5 or hidden</b> Mahilioŭ region"} <= set(said)
    assert any("unknown: 213" in note for note in said), "those of no known region are told"
    hatched = [trace["name"] for trace in figure["data"] if "fillpattern" in trace]
    assert hatched == ["Mahilioŭ region"]
    assert "OpenStreetMap" in json.dumps(figure, ensure_ascii=False), "the licence asks for it"


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.sampled_from(sorted(figures.COLOURS)))
def test_more_is_never_paler_and_words_can_be_read(values: list[int], colour: str) -> None:
    steps = maps.steps(values)
    assert len(steps) <= 3 and steps == sorted(steps)
    shades = [maps.shade(figures.COLOURS[colour], value, steps) for value in sorted(values)]
    for (fill, _), (darker, _) in itertools.pairwise(shades):
        assert contrast(fill, "#ffffff") <= contrast(darker, "#ffffff") and contrast(on_dark(fill), GROUND["dark"]) <= contrast(
            on_dark(darker), GROUND["dark"]) + 1e-9
    for fill, ink in shades:
        assert contrast(fill, ink) >= 4.5 and contrast(on_dark(fill), on_dark(ink)) >= 4.5, fill


# Words ----------------------------------------------------------------------------------------------------------------

@given(st.text(max_size=200), st.floats(30, 400), st.integers(1, 5))
def test_wrapped_words_keep_to_their_room(text: str, room: float, most: int) -> None:
    said = lettering.wrapped(text, 12, room, most)
    assert len(said) <= most
    assert all(lettering.width(line, 12) <= room or sum(len(word.text) for word in line) <= 2 for line in said)
