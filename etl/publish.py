"""Writes one vintage: counted, protected, whole or not at all. A vintage never changes once written.

`vintages/<id>/private/` holds the rows and the linked tables, `public/` what etl/store.py shows, `manifest.json` the
hash of every input and output. The folder is made under another name, flushed and renamed; then the file `CURRENT` is
replaced. Both are atomic, so whenever the program is stopped the last vintage stays in use.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import platform
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from etl import codes, compute, durable, labels, overlay, store
from etl.intake import SheetLine, totals_of
from etl.link import Linked
from settings import Settings
from stats import batches, recognised
from stats.tables import PUBLIC_TABLES, Table

if TYPE_CHECKING:
    from stats.publication import Published

_SYNTHETIC = ("synthetic", "синтет", "сінтэт")


HEADLINE_COUNTS = {
    "charged": "persons prosecuted for political reasons that at least one list names, each counted once",
    "sentenced": "persons sentenced in such a case, each counted once at the first sentence",
    "pardoned": "persons released by pardon that at least one list names",
    "deported": "persons pardoned and taken straight out of the country",
    "held": "recognised political prisoners whom the newest list gives as held and no list as released",
}
"""Whom the headline numbers count, unless a profile says it of its lists."""


class ProtectionError(Exception):
    """The figures can't be published without exposing somebody; the message names the cell."""


class BusyError(Exception):
    """Another import is under way."""


@dataclass(frozen=True)
class Contents:
    """All that goes into a vintage. `rows`: every row kept (etl.revise); `changes`, `quarantine` and `problems`: all
    there are, not only those of the last import; `lines`: the accounts of the last import; `events`: etl.public_events.COLUMNS."""

    rows: pd.DataFrame
    linked: Linked
    changes: pd.DataFrame
    quarantine: pd.DataFrame
    problems: pd.DataFrame
    lines: list[SheetLine]
    events: pd.DataFrame


@contextmanager
def only_one_import() -> Iterator[None]:
    """Holds the lock of the folder of vintages. Raises BusyError at once if another import holds it."""
    store.folder().mkdir(parents=True, exist_ok=True)
    with (store.folder() / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BusyError("Another import is under way; wait until it has ended.") from error
        _clear_unfinished()
        yield


def read_private(name: str, vintage_id: str | None = None) -> pd.DataFrame | None:
    """A private table of the vintage in use (or the one named); None before the first import.

    Raises store.StoreError if it is damaged, OSError if it is not there."""
    try:
        vintage_id = vintage_id or store.current_id()
        return pd.read_parquet(store.folder() / vintage_id / "private" / f"{name}.parquet")
    except store.NoVintage:
        return None
    except ValueError as error:
        raise store.damaged(str(vintage_id), error) from error


def read_public(name: str, vintage_id: str | None) -> pd.DataFrame | None:
    """A public table of a vintage; None without a vintage, or if it was made before there were such tables."""
    path = store.folder() / str(vintage_id) / "public" / f"{name}.parquet"
    return pd.read_parquet(path) if vintage_id and path.exists() else None


def manifest(vintage_id: str) -> dict:
    """The manifest of a vintage. Raises store.UnknownVintage, or StoreError if it is damaged or of a newer Vyrak."""
    try:
        told = json.loads((store.folder() / vintage_id / "manifest.json").read_text(encoding="utf-8"))
        schema = told["schema"]
    except OSError as error:
        raise store.UnknownVintage(f"There is no vintage {vintage_id}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise store.damaged(vintage_id, error) from error
    store.must_be_known(vintage_id, schema)
    return told


def kept_profiles() -> tuple[str | None, dict[str, str]]:
    """(the country of the lists in the data folder, the profiles they were taken with by name); None before any import."""
    try:
        record = manifest(store.current_id())
    except store.NoVintage:
        return None, {}
    return record.get("jurisdiction", overlay.HOME), record.get("profiles", {})


def publish(contents: Contents, settings: Settings, now: pd.Timestamp) -> tuple[str, bool]:
    """Write `contents` as a vintage and make it the one in use: (its id, True).

    Where nothing differs from the vintage in use (rows, quarantine, vocabulary, settings) none is made:
    (the id in use, False). Raises ProtectionError if the figures can't be protected, OSError if the disk
    is full; the vintage in use then stays.
    """
    state = _state(contents, settings)
    try:
        parent = store.current_id()
        # What was withdrawn is made anew: the program that miscounted it may have been mended.
        if manifest(parent)["state"] == state and store.withdrawal(parent) is None:
            return parent, False
    except store.StoreError:
        parent = None
    vintage_id = f"{now:%Y%m%dT%H%M%SZ}-{hashlib.sha256(f'{state}{parent}'.encode()).hexdigest()[:8]}"
    # An import that was stopped just before its end has left this very vintage, whole.
    if not (store.folder() / vintage_id).exists():
        _build(contents, settings, vintage_id, parent, state, now)
    make_current(vintage_id, "import", now)
    return vintage_id, True


def _build(contents: Contents, settings: Settings, vintage_id: str, parent: str | None, state: str, now: pd.Timestamp
           ) -> None:
    """Write the vintage: whole, or not at all."""
    building = store.folder() / f".building-{vintage_id}"
    try:
        # Writing leaves the processor to the counting.
        with ThreadPoolExecutor(1) as beside:
            writing = beside.submit(_write_tables, building / "private", private_tables(contents))
            _write_public(building, contents, settings, vintage_id, now, parent)
            writing.result()
        # Whoever serves the public tables as another user (deploy/vyrak.service) can't read these.
        (building / "private").chmod(0o700)
        _write_manifest(building, contents, vintage_id, parent, state, now)
        durable.flush(building)
        building.rename(store.folder() / vintage_id)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)     # on a full disk its room is needed at once
        raise


def make_current(vintage_id: str, why: str, now: pd.Timestamp, **noted: str) -> None:
    """Note a vintage in `history.jsonl`, with what else is `noted`, and point `CURRENT` at it. Raises store.UnknownVintage."""
    manifest(vintage_id)
    folder = store.folder()
    try:
        before = store.current_id()
    except store.NoVintage:
        before = None
    line = {"at": now.isoformat(), "vintage": vintage_id, "before": before, "why": why, **noted}
    # It begins with a line end: a full disk may have cut off the line before.
    with (folder / "history.jsonl").open("a", encoding="utf-8") as log:
        log.write(f"\n{json.dumps(line)}\n")
    durable.flush_one(folder / "history.jsonl")
    # From here on it is in use. Should the power fail before the disk has it, the vintage before is.
    durable.replace(folder / "CURRENT", vintage_id)


def private_tables(contents: Contents) -> dict[str, pd.DataFrame]:
    """The private tables of a vintage by name."""
    linked = contents.linked
    return {
        "rows": contents.rows, "changes": contents.changes, "quarantine": contents.quarantine,
        "problems": contents.problems, "persons": linked.persons, "charges": linked.charges,
        "sentences": linked.sentences, "releases": linked.releases, "assignments": linked.assignments,
        "review": linked.review,
    }


def _write_public(building: Path, contents: Contents, settings: Settings, vintage_id: str, now: pd.Timestamp, parent: str | None
                  ) -> None:
    """The public tables; and, private, who stands in their breakdowns."""
    events = compute.events_of(contents.linked)
    published = _protected(events, settings, parent)
    cells, folder = published.cells, building / "public"
    facts = _facts(contents, events, is_synthetic(contents.rows), settings, now) | {
        "id": vintage_id, "schema": store.SCHEMA, "rule": _rule(settings), "protection": "audited", "dimensions": list(store.DIMENSIONS),
        "tables": [[table.measure, table.time, list(table.by)] for table in published.tables]}
    source = compute.source(contents.linked, contents.rows, events, cells, settings, vintage_id=vintage_id, now=now,
                            before=read_public("revisions", parent), divided=published.divided)
    _write_tables(folder, {"cells": cells, "labels": labels.of(cells), "events": contents.events,
                           **compute.tables(source, synthetic=facts["synthetic"])})
    _write_tables(building / "private", {"divided": published.divided})
    (folder / "facts.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")


def _protected(events: pd.DataFrame, settings: Settings, parent: str | None) -> Published:
    """The public cells, protected and audited. Raises ProtectionError if they can't be protected as config.toml demands."""
    from stats import publication  # its linear programmes take a third of a second to load

    rule = settings.disclosure
    try:
        return publication.publish(events, PUBLIC_TABLES, rule.fewer_than, rule.narrowest_interval,
                                   settings.publication.article_at_least, _published_before(parent, settings))
    except publication.DisclosureError as error:
        raise ProtectionError(str(error)) from error


def _published_before(parent: str | None, settings: Settings) -> Published | None:
    """What the vintage before published, if by the same rule; its breakdowns go on from there."""
    from stats.publication import Published

    divided = read_divided(parent)
    if divided is None:
        return None
    told = store.open_public(parent, even_withdrawn=True)
    tables = tuple(Table(measure, time, tuple(by)) for measure, time, by in told.facts["tables"])
    return Published(told.cells, divided, tables) if told.facts["rule"] == _rule(settings) else None


def read_divided(vintage_id: str | None) -> pd.DataFrame | None:
    """Who stands in the breakdowns of a vintage (stats.batches.begun); None without one, or if it was made before this was kept. What
    vintages did not tell of an event when it was made is missing."""
    path = store.folder() / str(vintage_id) / "private" / "divided.parquet"
    if not path.exists():
        return None
    kept = pd.read_parquet(path)
    return kept.assign(**{name: pd.Series(None, index=kept.index, dtype="str") for name in batches.COLUMNS if name not in kept})


def _rule(settings: Settings) -> list[int]:
    return [settings.disclosure.fewer_than, settings.disclosure.narrowest_interval]


def _facts(contents: Contents, events: pd.DataFrame, synthetic: pd.Series, settings: Settings, now: pd.Timestamp) -> dict:
    """The national numbers that stand beside the tables; all of them totals over everybody."""
    rows = contents.rows
    as_of = compute.reach(rows, now)
    totals = events.groupby("measure").size()
    laid = overlay.current()
    counts = {m: text for m, text in HEADLINE_COUNTS.items() if m != "held"} | _told_by_profiles(laid)
    foreign = laid is not None and laid.profile.foreign
    earliest = events["date"].min()
    first_month = f"{min(earliest, as_of) if pd.notna(earliest) else as_of:%Y-%m}" if foreign else settings.site.first_month
    headline = {m: {"persons": int(totals.get(m, 0)), "as_of": f"{as_of:%Y-%m-%d}", "counts": text}
                for m, text in counts.items()}
    # Being held is told of recognised political prisoners; a list from elsewhere without statuses knows of none.
    if not foreign or rows["status"].notna().any():
        known = recognised.recognised(contents.linked.persons, contents.linked.releases).set_index("category")
        headline["held"] = {
            "persons": int(known.loc["held", "persons"]), "as_of": f"{as_of:%Y-%m-%d}",
            "counts": HEADLINE_COUNTS["held"],
        }
    return {
        "created": now.isoformat(), "synthetic": bool(synthetic.any()),
        "synthetic_rows": int(synthetic.sum()), "kept_rows": len(rows),
        "organisations": sorted(rows["organisation"].dropna().unique()),
        "first_month": first_month, "place": laid.profile.place or laid.profile.jurisdiction if laid and foreign else "",
        "last_month": settings.site.last_month or f"{as_of:%Y-%m}",
        "as_of": f"{as_of:%Y-%m-%d}", "headline": headline,
        "placed": {str(m): _placed(frame, settings) for m, frame in events.groupby("measure")},
        "further": {str(m): _unless_few(int(n), settings) for m, n in events.groupby("measure")["further"].sum().items()},
        "rows": totals_of(contents.lines), "quarantined_now": len(contents.quarantine),
        "licence": settings.site.licence, "publisher": settings.site.publisher,
        "fewer_than": settings.disclosure.fewer_than,
    }


def _told_by_profiles(laid: overlay.Overlay | None) -> dict[str, str]:
    """Whom each measure counts, as the profiles of a data folder say it."""
    said: dict[str, list[str]] = {}
    for each in (*laid.others, laid) if laid else ():
        for measure, text in each.profile.counts.items():
            said.setdefault(measure, []).append(text)
    return {measure: "; ".join(dict.fromkeys(texts)) for measure, texts in said.items()}


def is_synthetic(rows: pd.DataFrame) -> pd.Series:
    """Rows of made-up people: their file, list, address or name says so."""
    said = pd.Series(False, index=rows.index)
    for column in ("file", "list"):
        said |= rows[column].isin([text for text in rows[column].dropna().unique() if _says_synthetic(text)])
    for column in ("url", "name"):
        rest = rows.loc[~said, column].dropna()
        said[rest.index[[_says_synthetic(text) for text in rest]]] = True
    return said


def _says_synthetic(text: str) -> bool:
    folded = text.casefold()
    return any(word in folded for word in _SYNTHETIC)


def _placed(events: pd.DataFrame, settings: Settings) -> dict:
    """By which date events were put on the time axis, None where these are few; and how many could not be (national totals)."""
    by = {str(k): int(v) for k, v in events["basis"].value_counts().items()}
    told = {basis: _unless_few(n, settings) for basis, n in by.items()}
    if [*told.values()].count(None) == 1:
        # The total of all is public, so one alone could be worked out.
        told[min((n, basis) for basis, n in by.items() if told[basis] is not None or len(by) == 1)[1]] = None
    return {"by": told, "undated": int(events["date"].isna().sum()), "year_only": int((events["precision"] == "year").sum())}


def _unless_few(persons: int, settings: Settings) -> int | None:
    return None if 0 < persons < settings.disclosure.fewer_than else persons


def _state(contents: Contents, settings: Settings) -> str:
    digest = hashlib.sha256()
    for frame in (contents.rows[["row_key", "content", "first_seen"]].sort_values("row_key"),
                  contents.linked.assignments.sort_values("row_key"),
                  contents.quarantine[["file", "sha256", "sheet", "row"]]):
        digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    for path in [*sorted(codes.FOLDER.glob("*.csv")), *compute.PRINTED]:
        digest.update(path.read_bytes())
    digest.update(contents.events.to_json().encode())
    # The language of reports changes no figure.
    digest.update(settings.model_dump_json(exclude={"import_": {"language"}, "site": {"language"}}).encode())
    if used := _profiles()["profiles"]:
        digest.update(json.dumps(used, sort_keys=True).encode())
    return digest.hexdigest()


def _profiles() -> dict[str, Any]:
    """The country of the lists in the data folder, and the text of every profile used in it, for its manifest."""
    laid = overlay.current()
    used = kept_profiles()[1] | ({laid.name: laid.source} if laid else {})
    return {"jurisdiction": laid.profile.jurisdiction if laid else overlay.HOME, "profiles": used}


def _write_tables(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")


def _write_manifest(folder: Path, contents: Contents, vintage_id: str, parent: str | None, state: str,
                    now: pd.Timestamp) -> None:
    outputs = {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
               for p in sorted(folder.rglob("*")) if p.is_file()}
    inputs = contents.rows[["file", "sha256"]].drop_duplicates().sort_values(["file", "sha256"])
    text = json.dumps({
        "id": vintage_id, "created": now.isoformat(), "schema": store.SCHEMA, "parent": parent, "state": state,
        "inputs": inputs.to_dict("records"), "outputs": outputs,
        "imports": [vars(line) | {"problems": len(line.problems)} for line in contents.lines],
        **_profiles(), "made_with": {"python": platform.python_version(), "pandas": pd.__version__},
    }, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def _clear_unfinished() -> None:
    """What an import that was killed left behind; only ever called with the lock held."""
    with suppress(store.StoreError):
        # Without a vintage in use nothing tells a vintage from what was left over.
        for name in store.unfinished() if store.current_id() else ():
            # Taken away in a moment: no half of it must ever stand under the name of a vintage.
            (store.folder() / name).rename(store.folder() / f".building-{name}")
    for leftover in store.folder().glob(".building-*"):
        shutil.rmtree(leftover, ignore_errors=True)
