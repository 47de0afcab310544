"""A page as the server answers it → the same page for readers without that server: links that are relative, no script of Dash.

Read by a parser and written again as it was but for the addresses, so that a page which is made in whatever way comes out right.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

_ADDRESSES = ("href", "src", "srcset", "action", "data-figure", "data-table", "data-plotly")
_NO_END = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
Attributes = dict[str, str | None]
Link = Callable[[str], str | None]
"""The address of a live page or file → what to write for it; None where there is nothing for it in the copy."""


class NoFile(Exception):
    """A page can't do without something that the copy has no file for."""


def addresses(text: str) -> Iterator[str]:
    """All addresses in a page, in the order in which they stand there; those of figures also for the dark."""
    found: list[str] = []

    def note(address: str) -> None:
        found.append(address)
    _Writer(note, str, "", "").write(text)
    yield from dict.fromkeys(found)


def rewritten(text: str, link: Link, saved_as: Callable[[str], str], *, live: str, policy: str) -> str:
    """The page `text` with its addresses by `link`. `saved_as`: address → the name that a file is saved under, "" for what is not saved;
    `live`: where the live site is, "" if that is not known; `policy`: the page's Content-Security-Policy.

    A link to what the copy has not leads to the live site, or is only its words. Raises NoFile where a picture, style or script is missing.
    """
    return _Writer(link, saved_as, live, policy, strict=True).write(text)


def in_page(policy: str) -> str:
    """What of a Content-Security-Policy can be said inside a page (not who may frame it), without scripts in the page itself."""
    parts = [part.strip() for part in policy.split(";")]
    kept = [re.sub(r" 'sha256-[^']+'", "", part) for part in parts if part and not part.startswith("frame-ancestors")]
    return "; ".join(kept)


class _Writer(HTMLParser):
    def __init__(self, link: Link, saved_as: Callable[[str], str], live: str, policy: str, strict: bool = False) -> None:
        super().__init__(convert_charrefs=False)
        self.link, self.saved_as, self.live, self.policy, self.strict = link, saved_as, live, policy, strict
        self.out: list[str] = []
        self.left_out = 0
        """How many elements are open of one that is left out, with all in it."""
        self.has_icon = False
        self.only_words = False
        """Whether the link that is open is written as its words."""

    def write(self, text: str) -> str:
        self.feed(text)
        self.close()
        return "".join(self.out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.left_out:
            self.left_out += tag not in _NO_END
            return
        about = dict(attrs)
        if self._is_left_out(tag, about):
            self.left_out += tag not in _NO_END
            return
        if tag == "a" and "href" in about:
            self._open_link(about)
        else:
            for name in _ADDRESSES:
                if about.get(name):
                    self._point(tag, about, name)
            about.pop("data-address", None)
            self.has_icon = self.has_icon or about.get("rel") == "icon"
            self._put(tag, about, as_it_was=about == dict(attrs))
        if tag == "head" and self.policy:
            self.out.append(f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{html.escape(in_page(self.policy))}">')

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """<path/>, in a picture inside the page."""
        if not self.left_out:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "head" and self.policy and not self.has_icon:
            self.out.append('<link rel="icon" href="data:,">')  # else browsers ask the host of the copy for /favicon.ico
        if self.left_out:
            self.left_out -= tag not in _NO_END
        elif tag == "a" and self.only_words:
            self.only_words = False
            self.out.append("</span>")
        else:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._say(data)

    def handle_entityref(self, name: str) -> None:
        self._say(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._say(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self._say(f"<!{decl}>")

    def _say(self, text: str) -> None:
        if not self.left_out:
            self.out.append(text)

    def _put(self, tag: str, about: Attributes, *, as_it_was: bool = False) -> None:
        if as_it_was:  # pictures have names with capital letters, which the parser does not tell
            self.out.append(self.get_starttag_text() or "")
            return
        written = (f" {name}" if value is None else f' {name}="{html.escape(value)}"' for name, value in about.items())
        self.out.append(f"<{tag}{''.join(written)}>")

    def _is_left_out(self, tag: str, about: Attributes) -> bool:
        if tag == "script":
            return not (about.get("src") and self.link(about["src"] or ""))
        if tag == "link":
            address = about.get("href") or ""
            kept = about.get("rel") in ("stylesheet", "icon") and self.link(address)
            return not (kept or self._is_live(address))
        if tag == "meta":
            # Addresses of previews are whole ones, or none.
            return (about.get("content") or "").startswith("/") or "charset" in about
        return about.get("id") == "react-entry-point"

    def _is_live(self, address: str) -> bool:
        return bool(self.live) and address.startswith(self.live)

    def _point(self, tag: str, about: Attributes, name: str) -> None:
        address = about[name] or ""
        if address.startswith(("#", "data:")) or (tag == "link" and about.get("rel") not in ("stylesheet", "icon")):
            return
        there = self.link(address)
        if there is None and self.strict:
            raise NoFile(address)
        about[name] = there
        if name == "data-figure":
            about["data-figure-dark"] = self.link(address + ("&" if "?" in address else "?") + "theme=dark")

    def _open_link(self, about: Attributes) -> None:
        address = about["href"] or ""
        elsewhere = re.match(r"[a-z]+:", address) and (about.get("rel") == "external" or not self._is_live(address))
        if address.startswith("#") or elsewhere:
            self._put("a", about, as_it_was=True)
            return
        there = self.link(address)
        if there is None and self.live:
            there = address if self._is_live(address) else self.live + address
        if there is None:
            self.only_words = True
            self._put("span", {name: value for name, value in about.items() if name in ("class", "id")})
            return
        name = self.saved_as(address)
        self._put("a", about | {"href": there} | ({"download": name} if name else {}))
