"""Addresses of the live site ⇄ files of the copy.

`/` is index.html, `/charges` charges/index.html, `/chart/monthly.csv` chart/monthly.csv. Other languages than the usual one have a
folder: `/charges?lang=be` is be/charges/index.html. What says how a file is written becomes part of its name:
`/chart/monthly.svg?width=340` is chart/monthly.width-340.svg. Filters and vintages of before have no files.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import settings
import texts
from components import card, filters

_ONLY_LIVE = re.compile(r"/_dash.*|/health|/oembed|/openapi\.json|/table(?:/[^.]*)?|/assets/page\.js")
"""What makes sense on a server only: page.js brings Dash's part of the pages to life, an address without an ending is asked for a format."""
_NAMES = {"/_favicon.ico": "/favicon.ico"}  # some hosts serve no file whose name begins with "_"
_OPTIONS = set(filters.OPTIONS) - {"lang", "compare"}
_SAFE = re.compile(r"(?:/[\w.-]+)+/?|/", re.ASCII)


@dataclass(frozen=True, order=True)
class Place:
    """An address that has a file: `path` and `options` as the live site knows them."""

    path: str
    language: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def address(self) -> str:
        """The address on the live site."""
        spoken = {"lang": self.language} if self.language != settings.load().site.language and not self._for_all else {}
        query = urlencode(dict(self.options) | spoken)
        return self.path + (f"?{query}" if query else "")

    @property
    def file(self) -> str:
        """The file, from the folder of the copy."""
        path = _NAMES.get(self.path, self.path).strip("/")
        folder, last = posixpath.split(path)
        told = ".".join(f"{name}-{value}" for name, value in self.options)
        if "." in last:
            stem, ending = last.split(".", 1)
            name = ".".join(part for part in (stem, told, ending) if part)
        else:
            name = posixpath.join(last, told, "index.html")
        usual = self._for_all or self.language == settings.load().site.language
        return posixpath.join("" if usual else self.language, folder, name)

    @property
    def _for_all(self) -> bool:
        """Whether it is the same in all languages."""
        return self.path.startswith("/assets/") or self.path in _NAMES


def read(address: str, vintage_id: str, root: str) -> Place | None:
    """The place of an address of the live site, which is at `root` ("" if that is not set); None if no file can stand for it."""
    asked = urlsplit(address.removeprefix(root) if root and address.startswith((root + "/", root + "?")) else address)
    if asked.scheme or asked.netloc or _ONLY_LIVE.fullmatch(asked.path) or not _SAFE.fullmatch(asked.path) or ".." in asked.path:
        return None
    usual = settings.load().site.language
    place = Place(asked.path, usual)
    if place._for_all:
        return place  # what stands after "?" there is for caches only
    parts = dict(parse_qsl(asked.query))
    language, vintage = parts.pop("lang", usual), parts.pop("vintage", "")
    is_file = "." in posixpath.basename(asked.path)
    if language not in texts.languages() or (vintage and not (is_file and vintage == vintage_id)):
        return None
    if asked.path.endswith(".svg") and parts.get("width") == str(card.WIDE):
        del parts["width"]  # the same file as without
    if not all(name in _OPTIONS and re.fullmatch(r"[A-Za-z0-9-]+", value) for name, value in parts.items()):
        return None
    return Place(asked.path, language, tuple(sorted(parts.items())))


def relative(file: str, fragment: str, to: Place) -> str:
    """What a link in the page `file` says to lead `to` a place: right in any folder of any host, and without one."""
    return posixpath.relpath(to.file, posixpath.dirname(file) or ".") + (f"#{fragment}" if fragment else "")
