"""All that the copy holds: what the server answers to every page, embed and file, and to all that these lead to."""

from __future__ import annotations

import html
import itertools
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

import app
import settings
import texts
from components import addresses, chart_files, download, filters, package, pages, poster, public_tables, table_files
from components.charts import CHARTS
from components.formats import FORMATS
from components.text import t
from etl import store
from static_site import places, rewriting
from static_site.places import Place

_NOT_HAD = (400, 503)
"""What the server says of a chart that has no figures, and of a picture that nothing on this machine can draw."""
_MOST_WORKERS = 8
_SAVED_AS = re.compile(r'attachment; filename="?([^";]+)')


class Unanswered(Exception):
    """The copy can't be made whole; the message says what is missing, in words for people."""


@dataclass(frozen=True)
class Answer:
    """What the server answers. `leads_to`: the addresses in a page; `policy`: its Content-Security-Policy; `saved_as`: the name that it
    gives a file."""

    status: int
    data: bytes
    is_page: bool
    leads_to: tuple[str, ...]
    policy: str
    saved_as: str


@dataclass(frozen=True)
class Copy:
    """`files`: name → contents; `left_out`: a line for each file that there would be, and why it isn't there."""

    files: dict[str, bytes]
    left_out: list[str]


def copy(workers: int | None = None) -> Copy:
    """The whole public side of the vintage in use, made by so many processes at once (as many as there are processors if that is not
    told). Raises Unanswered and store.StoreError."""
    vintage = store.open_public()
    root = settings.load().site.address
    answers = _all(vintage.id, root, workers or min(os.cpu_count() or 1, _MOST_WORKERS))
    if store.current_id() != vintage.id:
        raise Unanswered(t("A new vintage was published meanwhile. Run this again."))
    had = {place: answer for place, answer in answers.items() if answer.status == 200}
    files = {place.file: _file(place, answer, had, vintage.id, root) for place, answer in had.items()}
    files |= {place.file: _described(place, files) for place in had if place.path in _DESCRIBED}
    files["404.html"] = _not_found(root)
    files["site.json"] = _about(vintage, files)
    left_out = sorted(f"{place.file}: {answer.data.decode('utf-8').strip()}" for place, answer in answers.items() if place not in had)
    return Copy(files, left_out)


def _seeds() -> Iterator[Place]:
    """What there is by the registries; all else is found by following links."""
    for language in texts.languages():
        for path in (*(page.path for page in pages.PAGES), *(f"/{place}/{chart}" for place in ("chart", "embed") for chart in CHARTS),
                     *(f"/chart/{chart}.{ending}" for chart in CHARTS for ending in chart_files.ENDINGS)):
            yield Place(path, language)
        for chart, theme in itertools.product(CHARTS, poster.THEMES):
            yield Place(f"/embed/{chart}", language, (("theme", theme),))
    usual, view = settings.load().site.language, filters.default(store.open_public())
    for name in public_tables.there(view):
        for ending in (*FORMATS, table_files.METADATA):
            yield Place(f"/table/{name}.{ending}", usual)
    for path in ("/data.zip", *_DESCRIBED):
        yield Place(path, usual)
    assets = Path(app.app.config.assets_folder)
    for file in sorted(path for path in assets.rglob("*") if path.is_file()):
        if place := places.read(f"/assets/{file.relative_to(assets).as_posix()}", "", ""):
            yield place


def _all(vintage_id: str, root: str, workers: int) -> dict[Place, Answer]:
    """What is asked for first, and all that it leads to."""
    answers: dict[Place, Answer] = {}
    waiting = list(dict.fromkeys(_seeds()))
    with _asking(workers) as ask:
        while waiting:
            fetched = dict(zip(waiting, ask(waiting), strict=True))
            answers |= fetched
            named = (places.read(address, vintage_id, root) for answer in fetched.values() for address in answer.leads_to)
            waiting = list(dict.fromkeys(place for place in named if place and place not in answers))
    return answers


@contextmanager
def _asking(workers: int) -> Iterator[Callable[[list[Place]], Iterable[Answer]]]:
    """What asks the server for places; there is a server in each of the processes."""
    if workers == 1:
        yield lambda wanted: map(_answer, wanted)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield lambda wanted: pool.map(_answer, wanted, chunksize=8)


def _answer(place: Place) -> Answer:
    """Raises Unanswered where the server says that there is no such thing, or fails."""
    with addresses.copying(), texts.using(texts.language()):  # the server speaks the language it is asked for, from then on
        response = app.server.test_client().get(place.address, buffered=True)
    if response.status_code != 200 and response.status_code not in _NOT_HAD:
        raise Unanswered(t("{address} is linked from a page, and the server answers: {status} {text}", address=place.address,
                           status=str(response.status_code), text=response.text.strip()[:200]))
    saved = _SAVED_AS.match(response.headers.get("Content-Disposition", ""))
    is_page = response.mimetype == "text/html" and not place.path.endswith(".html")
    leads_to = tuple(rewriting.addresses(response.text)) if is_page else ()
    return Answer(response.status_code, response.data, is_page, leads_to, response.headers.get("Content-Security-Policy", ""),
                  saved[1] if saved else "")


def _file(place: Place, answer: Answer, had: dict[Place, Answer], vintage_id: str, root: str) -> bytes:
    if not answer.is_page:
        return answer.data

    def link(address: str) -> str | None:
        there = places.read(address, vintage_id, root)
        return places.relative(place.file, urlsplit(address).fragment, there) if there in had else None

    def saved_as(address: str) -> str:
        there = places.read(address, vintage_id, root)
        return had[there].saved_as if there in had else ""

    try:
        return rewriting.rewritten(answer.data.decode("utf-8"), link, saved_as, live=root, policy=answer.policy).encode("utf-8")
    except rewriting.NoFile as error:
        raise Unanswered(t("{page} needs {address}, which can't be a file.", page=place.address, address=error)) from error


def _described(place: Place, files: dict[str, bytes]) -> bytes:
    """The description of the tables, as those that lie in the copy."""
    view, usual = filters.default(store.open_public()), settings.load().site.language
    with addresses.copying(), texts.using(place.language):
        folder = places.relative(place.file, "", Place("/table/a.csv", usual)).removesuffix("a.csv")
        if place.path == "/csv-metadata.json":
            return download.to_json(package.csvw(view, folder))
        names = public_tables.there(view)
        told = package.descriptor(view, {f"{folder}{name}.csv": files[Place(f"/table/{name}.csv", usual).file] for name in names})
    return download.to_json({key: value for key, value in told.items() if (key, value) != ("homepage", "/")})


_DESCRIBED = ("/datapackage.json", "/csv-metadata.json")
_NEEDS_NOTHING = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def _not_found(root: str) -> bytes:
    """The page for what is not there, in all languages. It can't know in which folder it is shown, so that it has no link of its own."""
    said = []
    for language in texts.languages():
        with texts.using(language):
            words = t("There is no such page in this copy. It has no filters and no vintages of before.")
            live = f' <a href="{html.escape(root)}/">{html.escape(t("The live site has them."))}</a>' if root else ""
            said.append(f'<p lang="{language}">{html.escape(words)}{live}</p>')
    title = html.escape(settings.load().site.title)
    return f"""<!DOCTYPE html>
<html lang="{settings.load().site.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_NEEDS_NOTHING}">
<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex"><link rel="icon" href="data:,"><title>404 · {title}</title>
<style>:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }}</style>
</head><body><h1>{title}</h1>{"".join(said)}</body></html>
""".encode()


def _about(vintage: store.PublicVintage, files: dict[str, bytes]) -> bytes:
    """What the copy is, for machines. The same for the same vintage: the time is that of the vintage."""
    told = {"title": settings.load().site.title, "vintage": vintage.id, "created": vintage.created, "synthetic": vintage.synthetic,
            "languages": texts.languages(), "live_site": settings.load().site.address or None, "licence": vintage.facts["licence"],
            "files": len(files), "pages": sum(name.endswith("index.html") for name in files), "bytes": sum(map(len, files.values()))}
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
