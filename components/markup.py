"""A tree of Dash components → the same page as HTML text, so that it can be read before any script has run, or without."""

from __future__ import annotations

import html
import re
from typing import Any

from dash.development.base_component import Component

_NAMES = {"className": "class", "htmlFor": "for"}
# What only Dash's renderer has a use for.
_DASH_ONLY = {"children", "n_clicks", "n_clicks_timestamp", "disable_n_clicks", "key", "loading_state", "refresh", "debounce"}
_LINKS, _FIELDS = {"Link"}, {"Input"}
_VOID = {"area", "br", "col", "hr", "img", "input", "source", "wbr"}


def text(tree: Any) -> str:
    """The HTML of `tree`: a component of dash.html, dcc.Link or dcc.Input, a text, a number, None, or a list of these.

    Raises TypeError for anything else: a component that only Dash's scripts can draw has no place on these pages.
    """
    if tree is None or isinstance(tree, bool):
        return ""
    if isinstance(tree, str | int | float):
        return html.escape(str(tree), quote=False)
    if isinstance(tree, list | tuple):
        return "".join(text(part) for part in tree)
    if not isinstance(tree, Component):
        raise TypeError(f"{type(tree).__name__} can't be written as HTML")
    return _element(tree)


def aria(**words: str) -> dict[str, Any]:
    """What a component tells those who hear the page: aria(label="Pages") → {"aria-label": "Pages"}."""
    return {f"aria-{name}": said for name, said in words.items()}


def data(**addresses: str) -> dict[str, Any]:
    """What a component tells our scripts: data(figure="/chart/…") → {"data-figure": "/chart/…"}."""
    return {f"data-{name}": said for name, said in addresses.items()}


def _element(component: Component) -> str:
    name = _tag(component)
    props = component.to_plotly_json()["props"]
    # Dash gives aria-… and data-… in another order in each process; the same page is to be the same bytes.
    ordered = sorted(props.items(), key=lambda prop: prop[0] if "-" in prop[0] else "")
    start = f"<{name}{''.join(_attribute(key, value) for key, value in ordered)}>"
    return start if name in _VOID else f"{start}{text(props.get('children'))}</{name}>"


def _tag(component: Component) -> str:
    kind = type(component).__name__
    if component._namespace == "dash_html_components":
        return kind.lower()
    if kind in _LINKS:
        return "a"
    if kind in _FIELDS:
        return "input"
    raise TypeError(f"dcc.{kind} can't be written as HTML")


def _attribute(name: str, value: Any) -> str:
    if name in _DASH_ONLY or value is None or value is False:
        return ""
    if name == "style":
        value = ";".join(f"{_css_name(key)}:{what}" for key, what in value.items())
    written = _NAMES.get(name, name if "-" in name else name.lower())
    return f" {written}" if value is True else f' {written}="{html.escape(str(value))}"'


def _css_name(name: str) -> str:
    return name if name.startswith("--") else re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", name)
