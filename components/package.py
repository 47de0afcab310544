"""All public tables of a vintage as one Frictionless data package, and as CSV on the Web: for analysts, and for archives that keep it."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import settings
from components import addresses, download, formats, public_tables
from components.filters import View
from components.formats import FORMATS
from components.public_tables import TABLES
from components.text import t

_TYPES = {"string": "string", "integer": "integer", "number": "double", "boolean": "boolean"}
"""Types of Frictionless table schemas → of CSV on the Web."""


def files(view: View) -> dict[str, bytes]:
    """The files of the package: path → content. The same vintage gives the same bytes."""
    tables = {f"tables/{name}.csv": csv(name, view) for name in public_tables.there(view)}
    return {"datapackage.json": download.to_json(descriptor(view, tables)), "csv-metadata.json": download.to_json(csvw(view, "tables/")),
            "README.txt": _readme(view).encode("utf-8"), **tables}


def csv(name: str, view: View) -> bytes:
    """A table as the package has it."""
    return b"".join(FORMATS["csv"].write(public_tables.table(name, view, address(name, view))))


def address(name: str, view: View, ending: str = "csv") -> str:
    """Where a table of this vintage lies, for ever."""
    return f"{addresses.root()}/table/{name}.{ending}?vintage={view.vintage.id}"


def descriptor(view: View, tables: dict[str, bytes] | None = None) -> dict[str, Any]:
    """The datapackage.json (specs.frictionlessdata.io, data-package 1.0). `tables`: path → CSV of those inside the package; without them
    the resources are those on this site."""
    vintage, site = view.vintage, settings.load().site
    made = tables if tables is not None else {address(name, view): csv(name, view) for name in public_tables.there(view)}
    return {
        "profile": "tabular-data-package", "name": f"{'synthetic-' if vintage.synthetic else ''}vyrak-{vintage.id.lower()}",
        "title": download.marked(site.title, view),
        "description": " ".join(part for part in (download.synthetic_text(view), site.subtitle + ".", download.source(view)) if part),
        "version": vintage.id, "created": f"{vintage.created[:19]}Z", "homepage": addresses.root() + "/",
        "licenses": [{"name": vintage.facts["licence"].replace(" ", "-"), "title": vintage.facts["licence"]}],
        "sources": [{"title": t("lists of {name}", name=name)} for name in vintage.organisations] or [{"title": t("not told")}],
        "contributors": [{"title": vintage.facts["publisher"], "role": "publisher"}], "synthetic": vintage.synthetic,
        "resources": [_resource(name, view, path, content) for name, (path, content) in zip(public_tables.there(view), made.items(), strict=True)],
    }


def _resource(name: str, view: View, path: str, content: bytes) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": public_tables.fields(name, view), "missingValues": [""]}
    if TABLES[name].key:
        schema["primaryKey"] = list(TABLES[name].key)
    return {"name": name, "profile": "tabular-data-resource", "path": path, "title": t(TABLES[name].title), "description": t(TABLES[name].counts),
            "format": "csv", "mediatype": "text/csv", "encoding": "utf-8", "bytes": len(content),
            "hash": f"sha256:{hashlib.sha256(content).hexdigest()}", "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"',
                                                                              "doubleQuote": True}, "schema": schema}


def csvw(view: View, folder: str) -> dict[str, Any]:
    """The csv-metadata.json (W3C, Metadata Vocabulary for Tabular Data). `folder`: of the CSVs, from where it lies."""
    vintage = view.vintage
    return {
        "@context": "http://www.w3.org/ns/csvw", "dc:title": settings.load().site.title, "dc:publisher": vintage.facts["publisher"],
        "dc:license": vintage.facts["licence"], "dc:identifier": vintage.id, "dc:created": vintage.created,
        "dc:description": download.synthetic_text(view) or settings.load().site.subtitle,
        "tables": [{
            "url": f"{folder}{name}.csv", "dc:title": t(TABLES[name].title), "dc:description": t(TABLES[name].counts),
            "tableSchema": {"columns": [_column(field) for field in public_tables.fields(name, view)], **({
                "primaryKey": list(TABLES[name].key)} if TABLES[name].key else {})},
        } for name in public_tables.there(view)]}


def _column(field: dict[str, Any]) -> dict[str, Any]:
    """A column as CSV on the Web says it: what values it may have stands in its datatype (W3C, section 6.4), a list of codes as a pattern."""
    limits = field.get("constraints", {})
    pattern = limits.get("pattern") or "|".join(re.escape(code) for code in limits.get("enum", []))
    least = {"minimum": limits["minimum"]} if "minimum" in limits else {}
    kind = {"base": _TYPES[field["type"]]} | ({"format": pattern} if pattern else {}) | least
    return {"name": field["name"], "titles": field["name"], "datatype": kind if len(kind) > 1 else kind["base"],
            "dc:description": field["description"], **({"required": True} if limits.get("required") else {}),
            **({"schema:unitText": field["unit"]} if "unit" in field else {})}


def digest(view: View) -> str:
    """The SHA-256 of the package, which a citation names."""
    return hashlib.sha256(formats.zipped(files(view))).hexdigest()


def _readme(view: View) -> str:
    lines = [settings.load().site.title, "", *([download.synthetic_text(view), ""] if view.vintage.synthetic else []), download.source(view), "",
             t("datapackage.json and csv-metadata.json say what each table and column holds."), "",
             *(f"tables/{name}.csv: {t(TABLES[name].title)}" for name in public_tables.there(view)), ""]
    return "\n".join(lines)
