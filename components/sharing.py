"""What takes a chart to other people's pages: embed code, oEmbed, previews of links, and the panel that offers them."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

from dash import html
from dash.development.base_component import Component

import settings
import texts
from components import addresses, download, drawn
from components.chart import Chart, NotPublished
from components.charts import CHARTS
from components.filters import View, language, parse, to_query
from components.markup import data
from components.picture.lettering import wrapped
from components.text import t

NARROWEST, PHONE, WIDE = 280, 340, 640
"""The widths in pixels of the narrowest place an embed is made for, of a phone, and of the usual one."""
LARGEST = 10_000
SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox"
"""All that an embed needs of the page around it: scripts of its own, and links that open a window."""
GROWS = ('<script>addEventListener("message",function(e){if(e.data&&e.data.vyrak==="height")'
         'document.querySelectorAll("iframe").forEach(function(f){if(f.contentWindow===e.source&&e.data.height>f.clientHeight&&e.data.height<5000)'
         'f.style.height=e.data.height+"px"})})</script>')
"""What makes a frame higher where its embed has no room, for instance because a reader has larger letters. It is not needed: the
height that the code gives is enough for usual letters. /assets/embed-host.js is the same as a file."""
FILES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("png", "Picture (PNG)", {}), ("pdf", "For print (PDF)", {}),
    ("svg", "Picture (SVG)", {"width": 720, "theme": "light"}), ("csv", "CSV", {}), ("xlsx", "Excel", {}),
    ("json", "JSON", {}), ("parquet", "Parquet", {}),
    ("metadata.json", "Metadata", {}), ("zip", "Both as ZIP", {}))
"""The files that a chart's panel offers: (ending, name, options)."""


def height(chart: Chart[Any], view: View, width: int) -> int:
    """How high, in pixels, a place `width` wide has to be so that the embed of a chart need not be scrolled, in usual letters. Raises
    NotPublished."""
    shown = drawn.of(chart, view)
    room = width - 32
    texts_of_it = ((download.title(chart, view), 15, 1.3), (shown.finding, 18, 1.35),
                   (download.source(view) + " " + settings.load().site.title, 13, 1.5), (t("What to know about these figures"), 13, 2.2))
    words = sum(len(wrapped(said, size, room)) * size * high for said, size, high in texts_of_it)
    return 20 * round((words + shown.high + 96) / 20 + 0.5)


def code(chart: Chart[Any], view: View, high: int) -> str:
    """The HTML that shows the chart inside another page, `high` pixels high."""
    place = addresses.root() + addresses.of(chart, view, place="embed")
    return (f'<iframe src="{escape(place)}" title="{escape(download.title(chart, view))}" loading="lazy" '
            f'referrerpolicy="no-referrer" style="width:100%;min-width:{NARROWEST}px;height:{high}px;border:0" sandbox="{SANDBOX}"></iframe>')


def oembed(url: str, most_wide: int, most_high: int) -> dict[str, Any]:
    """What oEmbed 1.0 (oembed.com) answers for the address of a chart's page or embed: type "rich". Raises LookupError if the address
    is none of a chart of this site, NotPublished and ValueError (with what is wrong in its filters, in words)."""
    try:
        asked = urlsplit(url)
    except ValueError as error:
        raise LookupError(url) from error
    place, _, chart_id = asked.path.removeprefix(urlsplit(addresses.root()).path).strip("/").partition("/")
    if asked[:2] != urlsplit(addresses.root())[:2] or place not in ("chart", "embed") or chart_id not in CHARTS:
        raise LookupError(url)
    with texts.using(language(asked.query)):
        view, problems = parse(asked.query)
        if problems:
            raise ValueError(" ".join(problems))
        return _oembed(CHARTS[chart_id], CHARTS[chart_id].heeded(view), most_wide, most_high)


def _oembed(chart: Chart[Any], view: View, most_wide: int, most_high: int) -> dict[str, Any]:
    site, high = settings.load().site, min(height(chart, view, PHONE), most_high)
    return {"version": "1.0", "type": "rich", "provider_name": site.title, "provider_url": addresses.root() + "/",
            "author_name": view.vintage.facts["publisher"], "title": download.title(chart, view), "cache_age": 86400 if view.pinned else 3600,
            "width": max(NARROWEST, min(WIDE, most_wide)), "height": high, "html": code(chart, view, high),
            "thumbnail_url": addresses.root() + addresses.of(chart, view, "preview.png"), "thumbnail_width": 1200, "thumbnail_height": 630}


def head(chart: Chart[Any], view: View, title: str, path: str = "") -> str:
    """What stands in the head of the page at `path` for programs that make previews of links (Open Graph, Twitter cards), of which
    `chart` is the first; and, on the page of the chart itself (no `path`), for those that embed (oEmbed). Empty where the chart has no
    figures for the view."""
    root = addresses.root()
    here = root + (path + to_query(view) if path else addresses.of(chart, view))
    view = chart.heeded(view)
    try:
        told = (download.synthetic_text(view), download.chosen(view), drawn.of(chart, view).finding)
    except NotPublished:
        return ""
    said = " ".join(part for part in told if part)
    named = {"og:type": "article", "og:site_name": settings.load().site.title, "og:title": title, "og:description": said, "og:url": here,
             "og:locale": texts.language(), "og:image": root + addresses.of(chart, view, "preview.png"), "og:image:alt": said,
             "og:image:width": "1200", "og:image:height": "630"}
    tags = [_tag("meta", property=name, content=value) for name, value in named.items()]
    tags += [_tag("meta", name="description", content=said), _tag("meta", name="twitter:card", content="summary_large_image"),
             _tag("link", rel="canonical", href=here)]
    if not path:
        tags.append(_tag("link", rel="alternate", type="application/json+oembed", href=f"{root}/oembed?url={quote(here, safe='')}", title=title))
    return "".join(tags)


def _tag(tag: str, **attributes: str) -> str:
    written = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return f"<{tag} {written}>"


def panel(chart: Chart[Any], view: View, id: str, opened: bool) -> Component:
    """The panel of a card that offers links, embed code, pictures and data."""
    pinned = replace(view, pinned=True)
    root = addresses.root()
    newest, high = replace(view, pinned=False), height(chart, view, PHONE)
    copied = ((t("Link"), root + addresses.of(chart, newest)),
              (t("Link to these figures, which will never change"), root + addresses.of(chart, pinned)),
              (t("Code for your own page, always with the newest figures"), code(chart, newest, high) + GROWS),
              (t("Code for your own page, with these figures for ever"), code(chart, pinned, high) + GROWS))
    rows = [[html.Dt(name), html.Dd([html.Code(text, tabIndex=0), html.Button(t("Copy"), type="button", className="button copy",
                                                                              **data(copied=t("Copied")))])] for name, text in copied]
    rows = rows if addresses.lasting() else []
    files: list[Any] = []
    for ending, name, options in FILES:
        files += [html.A(t(name), href=addresses.of(chart, pinned, ending, **options), className="download"), " "]
    return html.Details([
        html.Summary(t("Share, embed, download"), id=f"{id}-sharing"),
        html.Div([html.P([t("Download:"), " ", *files], className="links", id=f"{id}-links"),
                  html.Dl([part for row in rows for part in row], className="shared") if rows else None]),
    ], className="share", id=f"{id}-share", open=opened)
