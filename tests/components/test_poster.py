"""Charts as PNG, PDF and previews of links: what they say, that they are the same bytes each time, and that nothing in them is run."""

import datetime
import io
import os
import re
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import texts
from components import card, download, filters, poster
from components.charts import CHARTS
from components.kept import Kept
from components.picture import lettering, press
from components.picture.lettering import Word
from components.text import t

ROOT = Path(__file__).resolve().parents[2]
PLAIN = press.Poster(
    svg='<svg xmlns="http://www.w3.org/2000/svg" width="300" height="60" font-family="Inter"><text x="9" y="30">ЎўІі chart</text></svg>',
    title="A title", finding="A finding.", chosen="", unit="Persons. Flow.", notes=(), source="Source: an invented list.", site="Vyrak",
    mark="SYNTHETIC DATA", alt="A chart", language="en", theme="light", made=datetime.datetime(2026, 10, 31, tzinfo=datetime.UTC))


@pytest.fixture(autouse=True)
def here(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All charts have something to show: the sample."""
    monkeypatch.setenv("VYRAK_DATA", str(sample))


def opened(data: bytes) -> tuple[int, int, bytes]:
    """(width, height, filtered rows) of a PNG; every check sum must be right."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, parts = 8, b""
    kind = b""
    while kind != b"IEND":
        long, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + long]
        assert struct.unpack(">I", data[at + 8 + long:at + 12 + long])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            wide, high, *form = struct.unpack(">IIBBBBB", body)
            assert form == [8, 6, 0, 0, 0], "eight bits for each of red, green, blue and opacity, not interlaced"
        parts += body if kind == b"IDAT" else b""
        at += 12 + long
    assert at == len(data)
    rows = zlib.decompress(parts)
    assert len(rows) == high * (1 + 4 * wide)
    return wide, high, rows


def dots(data: bytes) -> np.ndarray:
    """The dots of a PNG: rows × columns × red, green, blue, opacity."""
    wide, high, rows = opened(data)
    done = np.zeros((high, 4 * wide), np.uint8)
    for y, row in enumerate(np.frombuffer(rows, np.uint8).reshape(high, -1)):
        above = done[y - 1].reshape(-1, 4).astype(int).tolist() if y else [[0] * 4] * wide
        if row[0] < 3:
            here = row[1:].copy()
            here = here + done[y - 1] if row[0] == 2 and y else here
            done[y] = here.reshape(-1, 4).cumsum(axis=0, dtype=np.uint8).reshape(-1) if row[0] == 1 else here
            continue
        made, left, corner = [], [0] * 4, [0] * 4
        for given_, up in zip(row[1:].reshape(-1, 4).tolist(), above, strict=True):
            guess = [(a + b) // 2 for a, b in zip(left, up, strict=True)] if row[0] == 3 else [
                min((a, b, c), key=lambda v, p=a + b - c: abs(p - v)) for a, b, c in zip(left, up, corner, strict=True)]  # type: ignore[misc]
            left, corner = [(g + v) % 256 for g, v in zip(given_, guess, strict=True)], up
            made += left
        done[y] = made
    return done.reshape(high, wide, 4)


def read(data: bytes) -> tuple[pypdf.PdfReader, str]:
    """A PDF of one page, and its text with all spaces alike."""
    document = pypdf.PdfReader(io.BytesIO(data), strict=True)
    assert len(document.pages) == 1
    return document, spaced(document.pages[0].extract_text())


def spaced(text: str) -> str:
    return " ".join(text.split())


def font(weight: str) -> tuple[dict[int, int], list[float]]:
    """({letter: number of its shape}, widths of the shapes in parts of the size) of a font file, read as OpenType has it."""
    data = (press.FONTS / f"Inter-{weight}.ttf").read_bytes()
    table = {data[12 + 16 * i:16 + 16 * i]: struct.unpack(">II", data[20 + 16 * i:28 + 16 * i]) for i in range(struct.unpack(">H", data[4:6])[0])}
    start = table[b"cmap"][0]
    records = [struct.unpack(">HHI", data[start + 4 + 8 * i:start + 12 + 8 * i]) for i in range(struct.unpack(">H", data[start + 2:start + 4])[0])]
    at = start + next(offset for platform, encoding, offset in records if (platform, encoding) == (3, 1))
    assert struct.unpack(">H", data[at:at + 2])[0] == 4
    count = struct.unpack(">H", data[at + 6:at + 8])[0] // 2
    ends, starts, deltas, offsets = (np.frombuffer(data, ">u2", count, at + 14 + skip) for skip in (
        0, 2 * count + 2, 4 * count + 2, 6 * count + 2))
    shapes = {}
    for i, (first, last) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            place = at + 14 + 6 * count + 2 + 2 * i + int(offsets[i]) + 2 * (code - first)
            shape = struct.unpack(">H", data[place:place + 2])[0] if offsets[i] else code
            shapes[code] = (shape + int(deltas[i])) % 65536
    unit = struct.unpack(">H", data[table[b"head"][0] + 18:table[b"head"][0] + 20])[0]
    known = struct.unpack(">H", data[table[b"hhea"][0] + 34:table[b"hhea"][0] + 36])[0]
    widths = [w / unit for w in np.frombuffer(data, ">u2", 2 * known, table[b"hmtx"][0])[::2].tolist()]
    return shapes, widths + widths[-1:] * 9999


FONTS = {weight: font(weight) for weight in ("Regular", "Bold")}


@pytest.mark.parametrize("language", ["en", "ru", "be"])
@pytest.mark.parametrize("name", list(CHARTS))
def test_every_chart_is_a_png_and_a_pdf_that_say_what_they_show(name: str, language: str) -> None:
    with texts.using(language):
        chart, (view, _) = CHARTS[name], filters.parse("")
        made = poster._poster(chart, view, "dark" if language == "ru" else "light", press.inside(340))
        wide, high, rows = opened(press.png(made, 340, 1))
        assert wide == 340 and high > 250 and np.count_nonzero(np.frombuffer(rows, np.uint8)) > 4000
        document, said = read(press.pdf(made, 340))
        for words in (download.title(chart, view), made.finding, t(chart.unit), download.source(view), *made.notes):
            assert words and spaced(words) in said
        assert said.count(t("SYNTHETIC DATA")) == 2, "above the title, and behind the chart"
        assert document.metadata and document.metadata.title == download.title(chart, view)
    assert (document.trailer["/Root"]["/Lang"], document.metadata.author) == (language, "Vyrak")
    assert b"<pdfuaid:part>1<" in document.trailer["/Root"]["/Metadata"].get_data(), "Typst says so only where the font has every letter"
    embedded = [f.get_object() for f in document.pages[0]["/Resources"]["/Font"].values()]
    assert {f["/BaseFont"][8:] for f in embedded} == {"Inter-Regular", "Inter-Bold"} and all("/ToUnicode" in f for f in embedded)


@pytest.mark.parametrize("name", list(CHARTS))
def test_every_chart_has_a_preview_of_the_size_that_is_asked_for(name: str) -> None:
    with texts.using("be"):
        data = poster.preview(CHARTS[name], filters.parse("")[0])
    assert opened(data)[:2] == (1200, 630) and len(data) < 300_000


def test_a_png_has_as_many_dots_as_asked_and_the_mark_in_its_colour() -> None:
    data = {scale: press.png(PLAIN, 400, scale) for scale in (1, 3)}
    (wide, high, _), small = opened(data[3]), dots(data[1])
    assert wide == 1200 and abs(high - 3 * small.shape[0]) < 3
    assert (small[..., 3] == 255).all() and (small[0, 0] == [255, 255, 255, 255]).all()
    marked = (small[..., :3] == [0xff, 0xf4, 0xe0]).all(axis=2).sum()
    assert marked > 1000, "the ground of the mark"
    assert not (dots(press.png(replace(PLAIN, mark=""), 400, 1))[..., :3] == [0xff, 0xf4, 0xe0]).all(axis=2).any()
    assert (dots(press.png(replace(PLAIN, theme="dark"), 400, 1))[0, 0] == [0x16, 0x1b, 0x22, 255]).all()


def test_a_picture_says_which_filters_are_set() -> None:
    view, _ = filters.parse("?region=BY-HM&from=2022-01&to=2023-12")
    assert "Region: Minsk city; January 2022 to December 2023" in read(poster.pdf(CHARTS["monthly"], view))[1]
    assert "Minsk city" not in read(poster.pdf(CHARTS["monthly"], filters.parse("")[0]))[1]
    assert "Region" not in read(poster.pdf(CHARTS["held"], view))[1], "it follows the period alone"


def test_a_pdf_is_tagged_for_those_who_hear_it() -> None:
    document, _ = read(press.pdf(replace(PLAIN, notes=("One.", "Two.")), 560))

    def roles(part: Any) -> list[str]:
        part = part.get_object()
        if isinstance(part, list):
            return [role for one in part for role in roles(one)]
        if not isinstance(part, dict):
            return []
        here = [part["/S"] + (f" {part['/Alt']}" if "/Alt" in part else "")] if "/S" in part else []
        return here + (roles(part["/K"]) if "/K" in part else [])
    found = roles(document.trailer["/Root"]["/StructTreeRoot"])
    assert "/H1" in found and "/Figure A chart" in found and found.count("/LI") == 2


def test_the_same_poster_is_the_same_bytes_in_another_process() -> None:
    """At another time, in another folder, with other settings of the system."""
    made = [press.png(PLAIN, 340, 1), press.pdf(PLAIN, 560), press.card(PLAIN, 1200, 630, 660)]
    assert made == [press.png(PLAIN, 340, 1), press.pdf(PLAIN, 560), press.card(PLAIN, 1200, 630, 660)]
    code = ("import datetime, zlib; from components.picture import press; from components.picture.press import Poster; p = " + repr(PLAIN) +
            "; print(*[zlib.crc32(d) for d in (press.png(p, 340, 1), press.pdf(p, 560), press.card(p, 1200, 630, 660))])")
    other = subprocess.run([sys.executable, "-c", code], cwd="/", capture_output=True, text=True, check=True, env={
        "PYTHONPATH": str(ROOT), "TZ": "Asia/Tokyo", "LANG": "C", "HOME": "/nonexistent", "PATH": os.environ["PATH"], "PYTHONHASHSEED": "7"})
    assert other.stdout.split() == [str(zlib.crc32(data)) for data in made]


HOSTILE = st.one_of(st.text(max_size=40), st.sampled_from([
    '#panic("gone")', '#read("/etc/passwd")', '#include "/etc/passwd"', "$ x^2 $", "*bold* _slanted_ `raw`", "\\u{202e}", "https://example.org/a",
    "#link(\"javascript:alert(1)\")[a]", "] #[", "\"); panic(\"", "= heading", "- item\n- item", "// gone", "/* gone", "@reference", "<label>",
    "a\u202egpj.exe", "\u2067\u2066שלום\u2069", "\ud800", "\x00\x0b\ufffe", "</svg><script>alert(1)</script>", "&amp;lt;b&amp;gt;", "漢字" * 30,
    "x" * 400, "%PDF-1.4", ") /JS (app.alert(1))", ""]))


@settings(max_examples=30, deadline=None)
@given(title=HOSTILE, finding=HOSTILE, note=HOSTILE, site=HOSTILE)
def test_nothing_in_a_text_is_run_or_leads_elsewhere(title: str, finding: str, note: str, site: str) -> None:
    hostile = replace(PLAIN, title=title or "a", finding=finding, notes=(note,), chosen=note, unit=finding, source=title, site=site, alt=title or "a")
    document, said = read(press.pdf(hostile, 560))
    assert not document.pages[0].get("/Annots") and not {"/OpenAction", "/AA", "/Names"} & set(document.trailer["/Root"])
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", said), "no mark turns the direction of what is read"
    assert opened(press.card(hostile, 1200, 630, 660))[:2] == (1200, 630)


@pytest.mark.parametrize("text", ['#panic("gone")', '#read("/etc/passwd")', "*bold* _slanted_", "// gone", "@reference", "https://example.org/a"])
def test_markup_in_a_text_is_text(text: str) -> None:
    assert read(press.pdf(replace(PLAIN, title=text, finding=text, notes=(text,), source=text), 560))[1].count(text) >= 4


@pytest.mark.parametrize("lacking", [replace(PLAIN, site="漢字"), replace(PLAIN, svg=PLAIN.svg.replace("chart", "漢字"))], ids=["words", "chart"])
def test_a_letter_that_the_font_lacks_costs_itself_only(lacking: press.Poster) -> None:
    document, said = read(press.pdf(lacking, 560))
    assert "A finding." in said and "漢字" not in said and document.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" not in document.trailer["/Root"]["/Metadata"].get_data()


def test_a_long_finding_gets_smaller_letters_and_stays_in_the_preview() -> None:
    """The words end above the source, however many they are."""
    def lowest(words: str) -> int:
        picture = dots(press.card(replace(PLAIN, finding=words, mark="", source="", site="", unit=""), 500, 315, 200))
        return int(np.flatnonzero((picture[:, :230, :3] < 128).all(axis=2).any(axis=1))[-1])
    assert lowest("Most were sentenced. ") < lowest("Most were sentenced. " * 30) < 315 - 36


def test_lines_are_no_wider_in_the_font_than_they_are_laid_out_for() -> None:
    said = {"".join(word.text for word in line) for language in ("be", "ru", "en") for text in _catalogue(language)
            for line in lettering.wrapped(text, 12, 300)}
    assert len(said) > 3000
    for bold, (shapes, widths) in zip((False, True), FONTS.values(), strict=True):
        over = {line: sum(widths[shapes.get(ord(c), 0)] for c in line) * 12 - lettering.width([Word(line, bold)], 12) for line in said}
        assert max(over.values()) < 4, "pixels, the least distance of two words"
        assert sum(more > 0 for more in over.values()) < len(over) / 200


def _catalogue(language: str) -> list[str]:
    pairs = texts._catalogue("be")._catalog if language == "en" else texts._catalogue(language)._catalog  # type: ignore[attr-defined]
    return [text for key, value in pairs.items() if (text := (key if language == "en" else value)) and isinstance(text, str) and key]


def test_without_the_library_everything_else_is_there_and_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    monkeypatch.setattr(poster, "_kept", Kept(10**6))
    press._typst.cache_clear()
    chart, (view, _) = CHARTS["monthly"], filters.parse("")
    try:
        for draw in (poster.png, poster.pdf, poster.preview):
            with pytest.raises(poster.NoPictures, match="typst is not installed or doesn't run there"):
                draw(chart, view)
        assert card.svg(chart, view, 340).startswith("<svg")
    finally:
        press._typst.cache_clear()


def test_what_can_not_be_drawn_is_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(press.NoPictures, match="can't be drawn"):
        press.pdf(replace(PLAIN, svg="<svg"), 560)
    assert "A picture failed" in caplog.text


def test_a_process_forked_off_after_drawing_says_so_and_does_not_wait_for_ever() -> None:
    """Its threads are gone there: without the check the drawing never ends."""
    code = (f"import datetime, os, signal, sys; from components.picture import press; from components.picture.press import Poster; p = {PLAIN!r}\n"
            "press.png(p, 340, 1)\nif os.fork():\n    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))\nsignal.alarm(20)\n"
            "try:\n    press.png(p, 340, 1)\nexcept press.NoPictures:\n    os._exit(3)")
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "forked off" in done.stderr


@pytest.mark.parametrize(("wrong", "said"), [({"width": 319}, "320 to 1200"), ({"scale": 4}, "1, 2, 3"), ({"theme": "auto"}, "light, dark")])
def test_sizes_and_themes_there_are_not(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        poster.png(CHARTS["monthly"], filters.parse("")[0], **wrong)


def test_a_picture_is_drawn_once_for_each_view_language_size_and_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[str, int]] = []

    def draw(one: press.Poster, width: int, scale: float) -> bytes:
        drawn.append((one.language, width))
        return b"picture"
    monkeypatch.setattr(poster, "_kept", Kept(10**6))
    monkeypatch.setattr(press, "png", draw)
    chart, (view, _) = CHARTS["monthly"], filters.parse("")
    pinned = filters.parse(filters.to_query(view, pinned=True))[0]
    for asked, more in ((view, {}), (view, {}), (pinned, {}), (view, {"theme": "dark"}), (view, {"scale": 1}), (view, {"width": 340}),
                        (filters.parse("?region=BY-HM")[0], {}), (filters.parse("?from=2022-01")[0], {})):
        poster.png(chart, asked, **more)  # type: ignore[arg-type]
    with texts.using("be"):
        poster.png(chart, view)
    assert drawn == [("en", 720)] * 3 + [("en", 340), ("en", 720), ("en", 720), ("be", 720)], "a view and the same one pinned are one"


@given(asked=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 40)), max_size=60), most=st.integers(0, 100))
def test_what_is_kept_never_takes_more_than_it_may(asked: list[tuple[int, int]], most: int) -> None:
    kept = Kept(most)
    for key, size in asked:
        assert kept.get((key, size), lambda s=size: b"x" * s) == b"x" * size  # type: ignore[misc]
        assert kept.bytes == sum(len(data) for data in kept._files.values()) <= most
        if size <= most:
            assert kept.get((key, size), _never) == b"x" * size, "what was just made is still there"


def _never() -> bytes:
    raise AssertionError("it was made already")


def test_many_who_ask_at_once_wait_for_one_drawing_and_a_failure_is_not_kept() -> None:
    kept, made, got = Kept(100), [], []

    def slowly() -> bytes:
        made.append(threading.get_ident())
        time.sleep(0.05)
        return b"once"
    threads = [threading.Thread(target=lambda: got.append(kept.get("a", slowly))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [b"once"] * 8 and len(made) == 1
    with pytest.raises(AssertionError):
        kept.get("b", _never)
    again: Callable[[], bytes] = lambda: b"now"  # noqa: E731
    assert kept.get("b", again) == b"now"
