"""The files of a chart: which endings its address can have, of what type each is, and how it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask import Response, request

import settings
from components import addresses, card, download, filters, formats, markup, poster
from components.chart import Chart, NotPublished
from components.charts import CHARTS
from components.filters import View
from components.guard import Refused
from components.picture import drawing
from components.text import t

Options = Mapping[str, str]
"""The parts of the address that say how a file is written: components.filters.OPTIONS."""
_WIDTHS = range(280, 1601)


@dataclass(frozen=True)
class Ending:
    """`mime`: the type of the file; `make`: the file of a chart for a view (raises NotPublished and Refused); `kept`: whether it is for
    readers to keep, and not a part of a page."""

    mime: str
    make: Callable[[Chart[Any], View, Options], bytes | str]
    kept: bool = True


def answer(chart_id: str, ending: str) -> Response:
    """The file of a chart for the view that the request asks for. Raises Refused."""
    if chart_id not in CHARTS or ending not in ENDINGS:
        raise Refused(404, t("There is no {name}. There are: {all}.", name=f"{chart_id}.{ending}"[:60], all=", ".join(
            f"{c}.{e}" for c in CHARTS for e in ENDINGS)))
    chart, kind, view = CHARTS[chart_id], ENDINGS[ending], asked_view()
    view = chart.heeded(view)
    try:
        data = kind.make(chart, view, request.args)
    except NotPublished as error:
        raise Refused(400, str(error)) from error
    except poster.NoPictures as error:
        raise Refused(503, str(error)) from error
    response = Response(data, content_type=kind.mime)
    if kind.kept:
        response.headers["Content-Disposition"] = f'attachment; filename="{download.file_name(chart, view, ending)}"'
    return cached(response, view)


def asked_view() -> View:
    """The view that the request asks for; raises Refused with all that can't be had."""
    view, problems = filters.parse(request.query_string.decode("utf-8", "replace"))
    if problems:
        raise Refused(400, " ".join(problems))
    return view


def cached(response: Response, view: View, tag: str = "") -> Response:
    """`response` with what caches need: a pinned vintage never changes; without one the newest may be another tomorrow. `tag`: what it is
    made from besides the program, where it is sent while it is made."""
    response.headers["Cache-Control"] = "public, max-age=86400" if view.pinned else "no-cache"
    response.last_modified = datetime.fromisoformat(view.vintage.created).replace(tzinfo=UTC)
    if tag:
        response.set_etag(hashlib.sha256(f"{settings.program()}-{tag}".encode()).hexdigest()[:40])
    else:
        response.add_etag()
    response.make_conditional(request)
    return response


def width(options: Options, widths: range = _WIDTHS, usual: int = card.WIDE) -> int:
    """The width of a picture in pixels that the address asks for; raises Refused."""
    text = options.get("width", str(usual))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and int(text) in widths):
        raise Refused(400, t("The width of a picture is a number from {first} to {last}.", first=widths[0], last=widths[-1]))
    return int(text)


def theme(options: Options) -> str:
    """The theme of a picture that the address asks for; raises Refused."""
    name = options.get("theme", "auto")
    if name not in drawing.THEMES:
        raise Refused(400, t("The theme of a picture is one of {all}.", all=", ".join(drawing.THEMES)))
    return name


def _print_theme(options: Options) -> str:
    """The theme of a picture that travels alone, and so can't follow its reader's."""
    return "light" if (name := theme(options)) == "auto" else name


def _png(chart: Chart[Any], view: View, options: Options) -> bytes:
    asked = options.get("scale", "2")
    if asked not in map(str, poster.SCALES):
        raise Refused(400, t("The scale of a picture is one of {all}.", all=", ".join(map(str, poster.SCALES))))
    wide = width(options, poster.WIDTHS, poster.WIDE)
    return poster.png(chart, view, wide, _print_theme(options), int(asked))


def _table(chart: Chart[Any], view: View) -> formats.Table:
    shown = chart.select(view)
    address = addresses.root() + addresses.of(chart, replace(view, pinned=True), "csv")
    return formats.Table(download.rows(chart, shown, view), download.metadata(chart, shown, view, address), download.title(chart, view),
                         view.vintage.created)


def _in(name: str) -> Ending:
    """A chart's rows in one of the formats of tables."""
    return Ending(formats.FORMATS[name].mime, lambda chart, view, options: b"".join(formats.FORMATS[name].write(_table(chart, view))))


def _csv(chart: Chart[Any], view: View, options: Options) -> bytes:
    return download.to_csv(download.rows(chart, chart.select(view), view), bom=options.get("bom") == "1")


def _metadata(chart: Chart[Any], view: View, options: Options) -> bytes:
    return download.to_json(_table(chart, view).about)


def _both(chart: Chart[Any], view: View, options: Options) -> bytes:
    return formats.zipped({download.file_name(chart, view, "csv"): _csv(chart, view, options),
                           download.file_name(chart, view, "metadata.json"): _metadata(chart, view, options)})


ENDINGS: dict[str, Ending] = {
    "csv": Ending("text/csv; charset=utf-8", _csv),
    "xlsx": _in("xlsx"),
    "json": _in("json"),
    "parquet": _in("parquet"),
    "metadata.json": Ending("application/json", _metadata),
    "zip": Ending("application/zip", _both),
    "png": Ending("image/png", _png),
    "pdf": Ending("application/pdf", lambda chart, view, options: poster.pdf(chart, view, _print_theme(options))),
    "preview.png": Ending("image/png", lambda chart, view, options: poster.preview(chart, view, _print_theme(options)), kept=False),
    "svg": Ending("image/svg+xml; charset=utf-8", lambda chart, view, options: card.svg(chart, view, width(options), theme(options)), kept=False),
    "figure.json": Ending("application/json", lambda chart, view, options: download.to_json(card.live(chart, view, theme(options))), kept=False),
    "table.html": Ending("text/html; charset=utf-8", lambda chart, view, options: markup.text(card.table(chart, view)), kept=False),
}
