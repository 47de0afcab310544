"""What the codes of the public cells are called, in each language: the labels of a vintage."""

from __future__ import annotations

import pandas as pd

from etl import codes
from stats.tables import ALL, organisations_of


def of(cells: pd.DataFrame) -> pd.DataFrame:
    """The labels of all codes in `cells`: dimension, code, label_be, label_ru, label_en, order."""
    lists = {"region": "regions", "sex": "sexes", "punishment": "punishments", "article": "articles", "age": "age_groups"}
    categories = codes.code_list("categories").frame
    parts = []
    used = {dimension: set(cells[dimension]) - {ALL} for dimension in lists}
    used["wave"] = set(cells.loc[cells["time"] == "wave", "period"])
    for dimension, name in {**lists, "wave": "waves"}.items():
        known = pd.concat([codes.code_list(name).frame, categories])[list(codes.LABELS)]
        known = known[~known.index.duplicated()].reset_index().assign(dimension=dimension)
        known["order"] = range(len(known))
        unlisted = sorted(used[dimension] - set(known["code"]))
        extra = pd.DataFrame({"code": unlisted, **dict.fromkeys(codes.LABELS, unlisted),
                              "dimension": dimension, "order": range(len(known), len(known) + len(unlisted))})
        parts.append(pd.concat([known[known["code"].isin(used[dimension])], *([extra] if unlisted else [])]))
    parts.append(_labels_of_organisations(cells, categories))
    return pd.concat(parts, ignore_index=True)[["dimension", "code", *codes.LABELS, "order"]]


def _labels_of_organisations(cells: pd.DataFrame, categories: pd.DataFrame) -> pd.DataFrame:
    """The labels of the organisations in `cells`, and of the values made of them (stats.tables.DIMENSIONS)."""
    used = sorted(set(cells["organisation"]) - {ALL})
    found = {name: list(organisations_of(name)) for name in used}
    known = pd.concat([codes.code_list("organisations").frame, categories])[list(codes.LABELS)]
    names = list(dict.fromkeys(name for organisations in found.values() for name in organisations))
    rows = [(name, *(known[label].get(name, name) for label in codes.LABELS)) for name in names]
    for value, organisations in found.items():
        words = (" + ".join(known[label].get(name, name) for name in organisations or [value]) for label in codes.LABELS)
        only = _ONLY if len(organisations) == 1 else dict.fromkeys(codes.LABELS, "{name}")
        rows.append((value, *(only[label].format(name=word) for label, word in zip(codes.LABELS, words, strict=True))))
    frame = pd.DataFrame(rows, columns=["code", *codes.LABELS], dtype="str")
    return frame.assign(dimension="organisation", order=range(len(frame)))


_ONLY = {"label_be": "толькі {name}", "label_ru": "только {name}", "label_en": "{name} only"}
