"""Takes a published vintage back, visibly: its figures are shown no more, and its address says when and why.

Nothing is deleted: the files stay for whoever has to find out what went wrong, and `<id>.withdrawn` beside them says that they are
not to be shown (etl/store.py).
"""

from __future__ import annotations

import json
import unicodedata

import pandas as pd

from etl import durable, publish, store

_LONGEST_REASON = 500


class NotWithdrawn(Exception):
    """The vintage can't be withdrawn; the message says why."""


def withdraw(vintage_id: str, reason: str, instead: str | None, now: pd.Timestamp) -> str | None:
    """Show the figures of a vintage never again, but `reason`, to whoever asks for it.

    If it is in use, `instead` is from now on, by default the nearest vintage before it that was not withdrawn. Gives the id of the
    vintage in use, or None where there is no other: then no figures are shown at all until the next import.
    Raises NotWithdrawn, and store.UnknownVintage.
    """
    reason = sentence(reason)
    if store.withdrawal(vintage_id):
        raise NotWithdrawn(f"The vintage {vintage_id} was withdrawn before.")
    _must_be_one(vintage_id)
    current = store.current_id()
    if instead is None:
        instead = former(vintage_id) if current == vintage_id else current
    elif instead == vintage_id:
        raise NotWithdrawn(f"The vintage {vintage_id} can't be in use instead of itself.")
    else:
        _must_be_one(instead)
    told = {"vintage": vintage_id, "day": f"{now:%Y-%m-%d}", "reason": reason, "instead": instead}
    # First of all its figures go. Whatever fails after this, they stay away; `rollback` then does the rest.
    durable.replace(store.withdrawal_mark(vintage_id), json.dumps(told, ensure_ascii=False))
    publish.make_current(instead or current, "withdrawal", now, withdrawn=vintage_id, reason=reason)
    return instead


def former(vintage_id: str) -> str | None:
    """The nearest vintage before another, by which one each was made from, that may be shown; None if there is none."""
    shown = set(store.history())
    parent = publish.manifest(vintage_id)["parent"]
    while parent is not None and parent not in shown:
        parent = publish.manifest(parent)["parent"]
    return parent


def sentence(reason: str) -> str:
    """The reason as readers will see it: one line that ends like a sentence. Raises NotWithdrawn."""
    line = " ".join(reason.split())
    if not line or len(line) > _LONGEST_REASON:
        raise NotWithdrawn(f"Readers are told the reason: write a sentence of at most {_LONGEST_REASON} characters.")
    # Marks of direction would let it be read as something else.
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs") for letter in line):
        raise NotWithdrawn("The reason holds characters that can't be seen; type it anew.")
    return line if line[-1] in ".!?…" else f"{line}."


def _must_be_one(vintage_id: str) -> None:
    if vintage_id not in store.history():
        withdrawn = " any more: it was withdrawn" if store.withdrawal(vintage_id) else ""
        raise store.UnknownVintage(f"There is no vintage {vintage_id[:40]}{withdrawn}.")
