"""Asks the server everything its page and its addresses offer, and reads every number out of the answers."""

from __future__ import annotations

import base64
import csv
import html
import io
import itertools
import json
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet
from flask.testing import FlaskClient
from pypdf import PdfReader

import app as entry
import settings
import texts
from components import chart_files, filters, formats, pages, poster, public_tables
from components.cell_charts import CellChart
from components.charts import CHARTS
from components.kept import Kept
from etl import store

OF_DASH = re.compile(r"/assets/|/static/|/_dash-component-suites/|/_favicon|/<path:path>|/_dash-dependencies|/_reload-hash|/_dash-update-component")
"""Addresses that answer with scripts and the like, or are asked below in a way of their own."""

DRAWN = {"png", "preview.png"}
"""Endings that are not asked for: nothing can be read in them, and they are made of the same words and the same figure as the PDF."""
ENDINGS = [ending for ending in chart_files.ENDINGS if ending not in DRAWN]
FILLED_IN = {
    "/chart/<path:name>": [],  # asked for below, with its callbacks
    "/embed/<path:chart_id>": [f"/embed/{chart}" for chart in CHARTS],
    "/table/<path:name>": [f"/table/{name}.{ending}" for name in public_tables.TABLES for ending in (*formats.FORMATS, "metadata.json")],
}
"""The addresses with parts to fill in, and all that can stand there."""

_NUMBER = re.compile(r"\d+(?:[,\u00a0\u202f ]\d{3})*(?:\.\d+)?")


SIZES = (1, 2, 1, 1, 2, 1, 3, 4)
"""How many filters are chosen at once, over and over: more than two are mostly refused, and tell nothing then."""
ALONE = ("region", "age", "organisation", "punishment", "sex", "article")
"""Which filter is chosen by itself first: one after the other."""


def queries(most: int, windows: int = 0, seed: int = 0) -> list[str]:
    """No filter, then `most` combinations of the filters that the page offers, drawn by chance, over the whole period; and some of
    them over chance `windows` of it."""
    vintage = store.open_public()
    values = [["", *filters.options(vintage, name)] for name in filters.FILTERS]
    rng, months = np.random.default_rng(seed), filters.months(vintage)
    none, *some = ({n: v for n, v in zip(filters.FILTERS, chosen, strict=True) if v} for chosen in itertools.product(*values))
    drawn = [some[i] for i in rng.permutation(len(some))]
    turn = {name: [each for each in drawn if [*each] == [name]] for name in ALONE}
    alone = [each for one_of_each in itertools.zip_longest(*turn.values()) for each in one_of_each if each]
    of_size = {size: iter(alone if size == 1 else [each for each in drawn if len(each) == size]) for size in SIZES}
    parts = [none, *(each for size in itertools.islice(itertools.cycle(SIZES), most) if (each := next(of_size[size], None)))]
    for n in range(windows):
        first, last = sorted(rng.choice(len(months), 2))
        parts.append(parts[n % len(parts)] | {"from": months[first], "to": months[last]})
    return ["?" + "&".join(f"{name}={value}" for name, value in each.items()) if each else "" for each in parts]


class Answers(dict[str, bytes]):
    """Address → body; `given`: the addresses of charts' files that were not refused."""

    def __init__(self, found: Iterable[tuple[str, bytes]] = ()) -> None:
        super().__init__(found)
        self.given: set[str] = set()


def answers(asked: list[str], charts: Collection[str] = tuple(CHARTS)) -> Answers:
    """What the server says to each address it has, for queries that the address takes: address → body.

    Figures that follow filters are asked for with every query; what holds the same numbers once more, with the first two.
    `charts`: these alone, and the pages that show them.
    """
    client = entry.server.test_client()
    found = Answers(_plain(client, ["", f"?vintage={store.current_id()}", asked[-1]]) if len(charts) == len(CHARTS) else ())
    for chart, ending in itertools.product(charts, ENDINGS):
        follows = isinstance(CHARTS[chart], CellChart) and ending in ("csv", "metadata.json", "figure.json")
        for query in asked if follows else asked[:2]:
            answer = client.get(f"/chart/{chart}.{ending}{query}", buffered=True)
            assert answer.status_code in (200, 400), f"{chart}.{ending}{query} fails; what it would tell is not seen"
            found.given |= {f"/chart/{chart}.{ending}{query}"} if answer.status_code == 200 else set()
            found[f"/chart/{chart}.{ending}{query}"] = _without_outlines(answer.data) if (chart, ending) == ("map", "figure.json") else answer.data
    for place, query in _places(asked, charts):
        answer = client.get(place + query, buffered=True)
        assert answer.status_code == 200, f"{place}{query} fails; what it would tell is not seen"
        found[place + query] = _quiet(answer.data)
        for output in entry.app.callback_map:
            answer = client.post("/_dash-update-component", json=_call(output, place, query))
            assert answer.status_code == 200, f"{output} {place}{query} fails; what it would tell is not seen"
            found[f"{output} {place}{query}"] = answer.data
    return found


def forget() -> None:
    """Let go of all pages and tables that are kept, so that they are made again."""
    store._kept.cache_clear()  # what is kept by a vintage goes with the vintage
    texts.forget()
    poster._kept = Kept(poster._kept.most)


def second(query: str) -> str:
    """A query of one selection as that of a second one, beside everybody."""
    return "&".join(["?compare=1", *(filters.OTHER + part for part in query.removeprefix("?").split("&") if part)])


def _places(asked: list[str], charts: Collection[str]) -> Iterator[tuple[str, str]]:
    """The pages that show `charts` for the first query; for the last, in every language and as a second selection; and the page of each
    chart."""
    others = [code for code in texts.languages() if code != settings.load().site.language]
    for page in pages.PAGES:
        if len(charts) == len(CHARTS) or set(page.charts) & set(charts):
            yield page.path, asked[0]
            yield from ((page.path, f"{asked[-1] or '?'}&lang={code}") for code in others)
            yield from ((page.path, second(asked[-1])) for _ in page.charts[:1])
    yield from ((f"/chart/{chart}", asked[0]) for chart in charts)


def _without_outlines(body: bytes) -> bytes:
    """A map without the places of its outlines and labels."""
    figure = json.loads(body) if body[:1] == b"{" else {}
    for part in (*figure.get("data", []), *figure.get("layout", {}).get("annotations", [])):
        part |= {"x": None, "y": None}
    figure.get("layout", {}).update(xaxis=None, yaxis=None)
    return json.dumps(figure).encode()


def _quiet(body: bytes) -> bytes:
    """A page without the mark that Dash puts into it, another one each time."""
    return re.sub(rb'"end_id":\s*"[^"]*"', b"", body)


def _plain(client: FlaskClient, asked: list[str]) -> Iterator[tuple[str, bytes]]:
    """The addresses beside pages and charts' files."""
    for rule in sorted(str(rule) for rule in entry.server.url_map.iter_rules()):
        if OF_DASH.match(rule):
            continue
        assert "<" not in rule or rule in FILLED_IN, f"{rule} is new: say in FILLED_IN how to ask for all it can answer"
        for place, query in itertools.product(FILLED_IN.get(rule, [rule]), dict.fromkeys(asked)):
            yield place + query, _quiet(client.get(place + query, buffered=True).data)


def _call(output: str, place: str, query: str) -> dict[str, Any]:
    known = entry.app.callback_map[output]
    names = output.strip(".").split("...")
    outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
    values = {"search": query, "pathname": place}
    inputs, state = ([{**part, "value": values.get(part["property"])} for part in
                      ({"id": p["id"], "property": p["property"]} for p in known[key])] for key in ("inputs", "state"))
    return {"output": output, "outputs": outputs if output.startswith("..") else outputs[0], "inputs": inputs, "state": state,
            "changedPropIds": ["url.search"]}


def unpacked(body: bytes) -> bytes:
    """What a PDF, a Parquet file, a workbook or a ZIP holds, as text; any other answer as it is."""
    if body[:4] == b"%PDF":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages).encode()
    if body[:4] == b"PAR1":
        about = pyarrow.parquet.read_schema(io.BytesIO(body)).metadata[b"vyrak"].decode()
        return f'[{about}, {pd.read_parquet(io.BytesIO(body)).to_json(orient="split")}]'.encode()
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return b"\n".join(name.encode() + b"\n" + archive.read(name) for name in sorted(archive.namelist()))
    return body


def numbers(body: bytes) -> set[float]:
    """Every number in an answer, be it JSON, CSV, HTML, PDF, Parquet, or a ZIP (a workbook too) of these: in values, keys, texts, arrays of
    bytes."""
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return set().union(*(numbers(archive.read(name)) for name in archive.namelist()))
    text = unpacked(body).decode("utf-8-sig")
    if text.lstrip()[:1] == "<":
        return set(_in_markup(text))
    try:
        return set(_in_json(json.loads(text)))
    except ValueError:
        return set(_in_text(text))


def _in_markup(text: str) -> Iterator[float]:
    """The numbers that a page or a picture shows or is read out with: not its coordinates, styles and addresses."""
    for picture in re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", text):
        yield from _in_markup(base64.b64decode(picture).decode())
    text = re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    for shown in (*re.findall(r">([^<]+)<", text), *re.findall(r'\s(?:alt|title|aria-label)="([^"]*)"', text)):
        yield from _in_text(html.unescape(shown))


def _in_json(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        if {"dtype", "bdata"} <= set(value):
            yield from np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"]).astype(float).tolist()
        for key, inner in value.items():
            yield from _in_text(key)
            yield from _in_json(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _in_json(inner)
    elif isinstance(value, str) and value.startswith("data:image/svg+xml;base64,"):
        yield from _in_markup(value)
    elif isinstance(value, str):
        yield from _in_text(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def _in_text(text: str) -> Iterator[float]:
    for found in _NUMBER.findall(re.sub(r"sha256:[0-9a-f]{64}", "", text)):  # digits of a hash are no number
        whole = re.sub(r"[,\u00a0\u202f ]", "", found)
        yield float(whole)
        # "342, 1,204" and "12 1000": what looks like thousands may be two numbers.
        yield from (float(part) for part in re.split(r"[,\u00a0\u202f ]", found))


def counted(address: str, body: bytes) -> list[float]:
    """The numbers in the places where numbers of persons stand: a CSV's column, a figure's bars and lines, a table's cells."""
    if ".csv" in address and body.startswith((b"period", b"\xef\xbb\xbfperiod")):
        rows = csv.DictReader(io.StringIO(body.decode("utf-8-sig")))
        return [float(row["persons"]) for row in rows if row["persons"] and not _is_no_group(row)]
    chart = address.removeprefix("/chart/").partition(".")[0]
    if ".figure.json" not in address or not isinstance(CHARTS.get(chart), CellChart) or chart in _OF_TOTALS or body[:1] != b"{":
        return []
    content, found = json.loads(body), []
    for trace in _traces(content):
        for name in ("x", "y", "text", "customdata"):
            values = trace.get(name)
            found += [n for n in (_in_json(values) if isinstance(values, dict) else values or []) if isinstance(n, int | float)]
    return found


_OF_TOTALS = ("balance", "map")
"""Charts whose arrays hold other numbers: changes of a stock, outlines."""


def small_in_tables(answers: dict[str, bytes], fewer_than: int) -> Iterator[tuple[str, float]]:
    """Small numbers in the table of a chart that its CSV does not have: which of them are national totals, only the CSV says."""
    for address, body in answers.items():
        chart, _, query = address.removeprefix("/chart/").partition(".table.html")
        if ".table.html" in address and isinstance(CHARTS[chart], CellChart) and body.startswith(b"<table"):
            known = {row["persons"] for row in csv.DictReader(io.StringIO(answers[f"/chart/{chart}.csv{query}"].decode("utf-8-sig")))}
            cells = (html.unescape(cell) for cell in re.findall(r"<td>([^<]*)</td>", body.decode()))
            yield from ((address, float(cell)) for cell in cells if cell.isdecimal() and 0 < int(cell) < fewer_than and cell not in known)


def part(address: str) -> str:
    """Which part of the server an address is of: the ending of a chart's file, "callback", "second selection", a language, or "page"."""
    place, _, query = address.partition("?")
    if address.startswith("page.children"):
        return "callback"
    if place.startswith("/chart/") and "." in place:
        return place.partition(".")[2]
    if place.startswith(("/embed/", "/table/")):
        return place.split("/")[1]
    language = re.search(r"lang=(\w+)", query)
    return "second selection" if "compare=1" in query else language[1] if language else "page"


def _is_no_group(row: dict[str, str]) -> bool:
    """Those not yet broken down are a state of the work, and a national total may be small."""
    return row["category"] == store.UNDIVIDED or (not row["category"] and row["measure"] in ("net", "deported"))


def _traces(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "data" in value and "layout" in value:
            yield from value["data"]
        for inner in value.values():
            yield from _traces(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _traces(inner)


def published(folder: Path) -> dict[str, bytes]:
    """Every file of the public part of a vintage, as JSON: name → body."""
    found = {}
    for path in sorted(folder.iterdir()):
        found[path.name] = path.read_bytes() if path.suffix == ".json" else \
            pd.read_parquet(path).to_json(orient="split", date_format="iso").encode()
    return found
