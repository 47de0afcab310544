"""What this site answers, for programs: an OpenAPI 3.1 document made of the registries of charts, files, tables and pages, so that it follows
them by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import settings
import texts
from components import addresses, chart_files, filters, pages, poster
from components.charts import CHARTS
from components.filters import View
from components.formats import FORMATS
from components.picture import drawing
from components.public_tables import TABLES
from etl import store

Place = tuple[str, str, tuple[int, ...], tuple[str, ...]]
_TABLES_ASK = ("vintage", "lang")
PLACES: dict[str, Place] = {
    "/table": ("All public tables, with their addresses", "application/json", (400,), _TABLES_ASK),
    "/data.zip": ("All public tables as one Frictionless data package", "application/zip", (400,), _TABLES_ASK),
    "/datapackage.json": ("What the data package says of itself, with the addresses of its tables here", "application/json", (400,), _TABLES_ASK),
    "/csv-metadata.json": ("The tables as CSV on the Web (W3C)", "application/csvm+json", (400,), _TABLES_ASK),
    "/reconciliation": ("Computed figures beside those that monitors have printed", "text/html", (400, 404), _TABLES_ASK),
    "/reconciliation.json": ("The same as JSON", "application/json", (400, 404), _TABLES_ASK),
    "/oembed": ("What programs ask that turn a link into the chart itself (oembed.com)", "application/json", (400, 404, 501),
                ("url", "maxwidth", "maxheight", "format")),
    "/openapi.json": ("This document", "application/json", (), ()),
}
"""Addresses without parts to fill in: what is there, its type, the other answers, the parts of the query. One that is not here is told of in
general terms."""
_OF_CHARTS = ("from", "to", *filters.FILTERS, *_TABLES_ASK)
_MORE_OF = {"csv": ("bom",), "zip": ("bom",), "svg": ("width", "theme"), "figure.json": ("theme",), "png": ("width", "theme", "scale"),
            "pdf": ("theme",), "preview.png": ("theme",)}
_SAID = {304: "What was asked for is what the program has already", 400: "What is asked can't be had; the answer says why",
         404: "There is no such thing; the answer lists what there is", 501: "Only JSON is answered",
         503: "No figures, or no pictures, can be served now; the answer says why"}
_PROBLEM = {"type": "object", "required": ["type", "title", "status", "detail"], "properties": {
    "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}}}


def document(view: View, places: Iterable[str]) -> dict[str, Any]:
    """The document, with the values that the filters of `view`'s vintage have. `places`: the addresses of this server without parts."""
    site = settings.load().site
    paths: dict[str, Any] = {page.path: _get(page.asks, "text/html", (), (), page.path) for page in pages.PAGES}
    for place in places:
        summary, mime, others, asked = PLACES.get(place, (place, "application/json", (400, 404), ()))
        paths[place] = _get(summary, mime, others, asked, place)
    paths["/health"] = _for_monitors("/health", {"200": "That the process lives; `status` is ok, degraded or failing, and `wrong` says why"})
    paths["/ready"] = _for_monitors("/ready", {"200": "Figures can be shown", "503": "None can be shown; the answer says why"})
    charts = {"chart": list(CHARTS)}
    for ending, kind in chart_files.ENDINGS.items():
        asked = (*_OF_CHARTS, *_MORE_OF.get(ending, ()))
        paths[f"/chart/{{chart}}.{ending}"] = _get(f"What a chart shows, as {ending}", kind.mime, (400, 404), asked,
                                                   f"/chart.{ending}", charts)
    paths["/chart/{chart}"] = _liked(_get("The page of a chart, or the file of it that the header Accept likes best", "text/html", (404,), (),
                                          "/chart.page", charts))
    paths["/embed/{chart}"] = _framed(_get("A chart to be shown inside other pages", "text/html", (), (*_OF_CHARTS, "theme"), "/embed", charts))
    tables = {"table": list(TABLES)}
    for ending, form in FORMATS.items():
        paths[f"/table/{{table}}.{ending}"] = _get(f"A public table as {ending}", form.mime, (400, 404), _TABLES_ASK, f"/table.{ending}", tables)
    paths["/table/{table}.metadata.json"] = _get("What a table holds", "application/json", (400, 404), _TABLES_ASK, "/table.metadata", tables)
    paths["/table/{table}"] = _liked(_get("The file of a table that the header Accept likes best", "text/csv", (404,), (), "/table.liked", tables))
    return {
        "openapi": "3.1.0", "info": {
            "title": f"{site.title} (synthetic data)" if view.vintage.synthetic else site.title, "version": "1", "summary": site.subtitle,
            "description": "All answers are of protected, published figures. Each can be asked for as of a vintage, which never changes; tags "
                           "(ETag) and gzip are heeded. Why something can't be had is said in a sentence, as problem details (RFC 9457) to "
                           "programs that ask for JSON.", "license": {"name": site.licence}},
        "servers": [{"url": addresses.root() or "/"}], "paths": dict(sorted(paths.items())),
        "components": {"parameters": _parameters(view), "schemas": {"Problem": _PROBLEM}},
    }


def _get(summary: str, mime: str, others: tuple[int, ...], asked: tuple[str, ...], name: str,
         parts: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """What GET answers at an address; `parts`: those of the path, with their values."""
    kind = mime.partition(";")[0]
    answers = {"200": {"description": summary, "content": {kind: {}}}, "304": {"description": _SAID[304]}}
    answers |= {str(status): _refused(status) for status in (*others, 503)}
    path_parts = [{"name": part, "in": "path", "required": True, "schema": {"type": "string", "enum": values}}
                  for part, values in (parts or {}).items()]
    return {"get": {"summary": summary, "operationId": name.strip("/").replace("/", "-").replace(".", "-") or "overview",
                    "parameters": [*path_parts, *({"$ref": f"#/components/parameters/{part}"} for part in asked)], "responses": answers}}


def _refused(status: int) -> dict[str, Any]:
    return {"description": _SAID[status], "content": {"text/plain": {"schema": {"type": "string"}},
                                                      "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _liked(told: dict[str, Any]) -> dict[str, Any]:
    """`told`, of an address that leads to a file."""
    where = {"Location": {"schema": {"type": "string"}}}
    told["get"]["responses"]["303"] = {"description": "The address of the file that the header Accept likes best", "headers": where}
    return told


def _framed(told: dict[str, Any]) -> dict[str, Any]:
    """`told`, of an address that says in the frame what can't be had."""
    for status in (400, 404, 503):
        told["get"]["responses"][str(status)] = {"description": _SAID[status], "content": {"text/html": {}}}
    return told


def _for_monitors(name: str, answers: dict[str, str]) -> dict[str, Any]:
    """An address that monitors ask: status → what it says."""
    told = _get(answers["200"], "application/json", (), (), name)
    told["get"]["responses"] = {status: {"description": words, "content": {"application/json": {"schema": {"type": "object"}}}}
                                for status, words in answers.items()}
    return told


def _parameters(view: View) -> dict[str, Any]:
    months = filters.months(view.vintage)
    month = {"type": "string", "pattern": r"^(19|20)\d\d-(0[1-9]|1[0-2])$", "examples": [months[0]]}
    values = {name: list(filters.options(view.vintage, name)) for name in filters.FILTERS}  # none: this vintage has no such figures
    told = {
        "from": (month, f"The first month; the figures reach from {months[0]} to {months[-1]}"), "to": (month, "The last month"),
        **{name: ({"type": "string"} | ({"enum": codes} if codes else {}), f"Only those of this {name}, in charts that follow it")
           for name, codes in values.items()},
        "vintage": ({"type": "string", "enum": store.history()}, "As of this vintage; without it, of the newest"),
        "lang": ({"type": "string", "enum": list(texts.languages())}, "The language of words"),
        "bom": ({"type": "string", "enum": ["1"]}, "1: with a byte order mark, for old Excel"),
        "width": ({"type": "integer", "minimum": min(poster.WIDTHS[0], 280), "maximum": max(poster.WIDTHS[-1], 1600)}, "Width in pixels"),
        "theme": ({"type": "string", "enum": list(drawing.THEMES)}, "Light, dark, or as the reader's system is"),
        "scale": ({"type": "string", "enum": list(map(str, poster.SCALES))}, "Dots a pixel"),
        "url": ({"type": "string"}, "The address of a chart's page on this site"), "maxwidth": ({"type": "integer"}, "Pixels"),
        "maxheight": ({"type": "integer"}, "Pixels"), "format": ({"type": "string", "enum": ["json"]}, "The form of the answer"),
    }
    return {name: {"name": name, "in": "query", "required": name == "url", "schema": schema, "description": words}
            for name, (schema, words) in told.items()}
