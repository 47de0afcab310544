"""A picture drawn as SVG → a poster of it as PNG or PDF, without a browser and without a font of the system.

Typst sets the words and puts the picture in (poster.typ), with fonts that lie here (fonts/). It is Rust in one wheel and is given no file,
no network and no clock: the same poster is the same bytes. Without it nothing is drawn, and `NoPictures` says so.
"""

from __future__ import annotations

import datetime
import logging
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from components.picture.canvas import DARK
from components.picture.lettering import clean
from texts import t

_HERE = Path(__file__).resolve().parent
FONTS = _HERE / "fonts"
FAMILY = "Inter"
"""The font that the picture of a poster is drawn in."""
_COLOURS = {"ground": "#ffffff", "ink": "#1b1f24", "quiet": "#57606a", "rule": "#d8dee4"}
_WARN = {"light": {"warn": "#7a3b00", "warn-ground": "#fff4e0"}, "dark": {"warn": "#f3c07a", "warn-ground": "#33270f"}}
_FORGETS_AFTER = 11
_threads_of = 0
"""The process in which Typst has its threads."""
_log = logging.getLogger(__name__)


class NoPictures(Exception):
    """Pictures can't be made here; the message says why, in words for people."""


@dataclass(frozen=True)
class Poster:
    """What stands on a poster: `svg` (drawn in FAMILY), `chosen`, the filters that are set, in words or "", `alt` for those who hear it,
    `mark` ("SYNTHETIC DATA" or ""), the code of the `language`, `theme` "light" or "dark", and `made`, when the figures were: it is the
    date of the file."""

    svg: str
    title: str
    finding: str
    chosen: str
    unit: str
    notes: tuple[str, ...]
    source: str
    site: str
    mark: str
    alt: str
    language: str
    theme: str
    made: datetime.datetime


def edge(width: int) -> int:
    """How wide the empty edge of a poster is, in pixels of CSS."""
    return 14 if width < 480 else 24


def inside(width: int) -> int:
    """How wide the picture on a poster is."""
    return width - 2 * edge(width)


def png(poster: Poster, width: int, scale: float = 2) -> bytes:
    """The poster, `width` pixels of CSS wide and as high as it needs, with `scale` dots to a pixel. Raises NoPictures."""
    return _pressed(poster, "png", scale, form="sheet", width=width, edge=edge(width))


def pdf(poster: Poster, width: int) -> bytes:
    """The poster as one page of PDF, `width` pixels of CSS (1/96 inch) wide: vectors, text that can be searched and heard (PDF/UA-1, with
    the picture's alternative), with the letters in use of the fonts inside. Raises NoPictures."""
    return _pressed(poster, "pdf", 1, form="sheet", width=width, edge=edge(width), pixel=0.75)


def card(poster: Poster, width: int, height: int, chart: int) -> bytes:
    """The poster as a PNG of just this size, one dot to a pixel: words on the left, the picture `chart` pixels wide on the right."""
    return _pressed(poster, "png", 1, form="card", width=width, height=height, chart=chart)


def _pressed(poster: Poster, kind: Literal["png", "pdf"], scale: float, **sizes: object) -> bytes:
    words = {name: clean(getattr(poster, name)) for name in ("title", "finding", "chosen", "unit", "source", "site", "mark", "alt", "language")}
    words["notes"] = "\n".join(clean(note) for note in poster.notes)
    inputs = words | _colours(poster.theme) | {"pixel": "1", "svg": poster.svg} | {name: str(size) for name, size in sizes.items()}
    failed: BaseException | None = _forked()
    # A letter that no font here has makes a PDF that is not PDF/UA, but still one to be read.
    for standards in () if failed else (["ua-1"], []) if kind == "pdf" else ([],):
        try:
            return _compiled(inputs, format=kind, ppi=72 * scale, timestamp=poster.made, pdf_standards=standards)
        except BaseException as error:
            if type(error).__name__ not in ("TypstError", "PanicException"):  # a panic of Rust is no Exception
                raise
            failed = error
    _log.error("A picture failed: %s", failed)
    raise NoPictures(t("This picture can't be drawn; it has been noted. The table and the CSV have the same numbers.")) from failed


def _compiled(inputs: dict[str, str], **options: object) -> bytes:
    typst, fonts = _typst()
    # A compiler serves one thread and one text, and is made in 0.1 ms; its root holds nothing but fonts.
    compiler = typst.Compiler(root=FONTS, font_paths=fonts, ignore_system_fonts=True)
    made: bytes = compiler.compile((_HERE / "poster.typ").read_bytes(), sys_inputs=inputs, **options)
    if options["format"] == "png":  # Typst keeps all that it made for ten texts: hundreds of megabytes where those are pictures
        for _ in range(_FORGETS_AFTER):
            compiler.compile(b"", format="pdf")
    return made


def _forked() -> RuntimeError | None:
    """Typst's threads don't live on in a process that is forked off after they began: it would wait for them for ever."""
    global _threads_of
    _threads_of = _threads_of or os.getpid()
    return None if _threads_of == os.getpid() else RuntimeError("Typst had drawn before this process was forked off: draw after that only")


def _colours(theme: str) -> dict[str, str]:
    return {name: DARK[colour] if theme == "dark" else colour for name, colour in _COLOURS.items()} | _WARN[theme]


@lru_cache(maxsize=1)
def _typst() -> tuple[Any, Any]:
    """The library and the fonts, read once. Raises NoPictures."""
    try:
        import typst
    except (ImportError, OSError) as error:
        raise NoPictures(t("Pictures as PNG and PDF can't be made on this server: typst is not installed or doesn't run there. "
                           "The picture as SVG, the table and the CSV are there.")) from error
    return typst, typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
