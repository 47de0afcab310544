"""The addresses of whole tables: each public table in each format, and all of them as one package."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from components import download, formats, package, public_tables
from components.chart_files import asked_view, cached
from components.filters import View, to_query
from components.formats import FORMATS
from components.guard import Refused
from components.public_tables import TABLES
from components.text import number, t

METADATA = "metadata.json"


class Stream(Response):
    """An answer that is sent while it is made. Werkzeug would make it whole to count its bytes, wherever it compares tags."""

    implicit_sequence_conversion = False
    automatically_set_content_length = False


def table(name: str) -> Any:
    """A table, or what is known of it; without an ending, the format that the program asking likes best."""
    table_name, dot, ending = name.partition(".")
    if table_name not in TABLES or (dot and ending not in (*FORMATS, METADATA)):
        raise Refused(404, t("There is no {name}. There are: {all}.", name=name[:60],
                             all=", ".join(f"{known}.{e}" for known in TABLES for e in (*FORMATS, METADATA))))
    if not dot:
        return preferred(f"/table/{table_name}", "csv")
    view = _view()
    if table_name not in public_tables.there(view):
        raise Refused(404, t("This vintage was made before there was a table “{name}”.", name=table_name))
    made = public_tables.table(table_name, view, package.address(table_name, view, ending if ending in FORMATS else "csv"))
    if ending == METADATA:
        return cached(Response(download.to_json(made.about), mimetype="application/json"), view)
    most = FORMATS[ending].most
    if most is not None and len(made.frame) > most:
        raise Refused(400, t("This table has {rows} rows; as {name} only tables of up to {most} can be had. Take CSV or Parquet.",
                             rows=number(len(made.frame)), name=ending.upper(), most=number(most)))
    response = Stream(FORMATS[ending].write(made), content_type=FORMATS[ending].mime)
    response.headers["Content-Disposition"] = f'attachment; filename="{download.saved_as(view, f"{table_name}_", ending)}"'
    # It is sent while it is made, so that it needs no memory: its tag is of what it is made from.
    return cached(response, view, tag=f"{view.vintage.id}-{table_name}-{ending}-{to_query(view)}")


def tables() -> Response:
    """All tables there are: name, title, addresses."""
    view = _view()
    listed = [{"name": name, "title": t(TABLES[name].title), "rows": len(getattr(view.vintage, name)),
               "files": {ending: package.address(name, view, ending) for ending in (*FORMATS, METADATA)}} for name in public_tables.there(view)]
    content = {"synthetic": view.vintage.synthetic, "warning": download.synthetic_text(view) or None, "vintage": view.vintage.id, "tables": listed}
    return cached(Response(download.to_json(content), mimetype="application/json"), view)


def packed() -> Response:
    """The data package, whole."""
    view = _view()
    response = Response(formats.zipped(package.files(view)), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{download.saved_as(view, "", "zip")}"'
    return cached(response, view)


def described() -> Response:
    """What the data package says of itself, with the tables at their addresses here."""
    view = _view()
    return cached(Response(download.to_json(package.descriptor(view)), mimetype="application/json"), view)


def on_the_web() -> Response:
    """The same as CSV on the Web."""
    view = _view()
    return cached(Response(download.to_json(package.csvw(view, "/table/")), mimetype="application/csvm+json"), view)


def _view() -> View:
    """The vintage and language that are asked for; tables are whole and take no filter."""
    view = asked_view()
    if set(request.args) - {"vintage", "lang"}:
        raise Refused(400, t("A table is whole: it can be asked for another vintage or language only: ?vintage=…&lang=…"))
    return view


def preferred(place: str, usual: str) -> Response | None:
    """Leads to the file that the header Accept likes best; None where it likes a page best, or nothing in particular and `usual` is ""."""
    known = {kind.mime.partition(";")[0]: ending for ending, kind in FORMATS.items()}
    best = request.accept_mimetypes.best_match(["text/html", *known]) if request.accept_mimetypes else None
    ending = known.get(best or "", usual)
    if not ending:
        return None
    query = request.query_string.decode("ascii", "replace")
    response = Response(status=303, headers={"Location": f"{place}.{ending}{'?' if query else ''}{query}"})
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-store"
    return response


PLACES = {"/table": tables, "/data.zip": packed, "/datapackage.json": described, "/csv-metadata.json": on_the_web}
