"""Whatever happens to the data folder, the last good vintage goes on being shown, and /health says in words what is wrong."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import app as entry
from etl import store
from tests.fire.conftest import NEWER, OLDER, as_a_new_process, change, use


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    """One bit in the middle: Parquet would not notice, and a figure might be another."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def unreadable(path: Path) -> None:
    """A link that leads to itself: nobody, root included, can open it."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    path.symlink_to(path.name)


def bare(vintages: Path) -> Path:
    """The public part of the vintage in use, which has no manifest to be compared with."""
    (vintages / NEWER / "manifest.json").unlink()
    return vintages / NEWER / "public"


def put_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


FAULTS: dict[str, tuple[Callable[[Path], object], str | None, str]] = {
    # What happens to the folder of vintages; what a process that held nothing shows then; what is said.
    "folder gone": (lambda v: v.rename(v.with_name("elsewhere")), None, "is gone"),
    "data folder gone": (lambda v: v.parent.rename(v.parent.with_name("elsewhere")), None, "is gone"),
    "folder unreadable": (unreadable, None, "CURRENT"),
    "CURRENT gone": (lambda v: (v / "CURRENT").unlink(), NEWER, "CURRENT"),
    "CURRENT empty": (lambda v: (v / "CURRENT").write_text(""), NEWER, "is not the id"),
    "CURRENT is garbage": (lambda v: (v / "CURRENT").write_bytes(b"\xff\xfe\x00"), NEWER, "CURRENT"),
    "CURRENT names a path": (lambda v: (v / "CURRENT").write_text("../../etc"), NEWER, "is not the id"),
    "CURRENT names nothing": (lambda v: (v / "CURRENT").write_text("20270101T000000Z-00000000"), NEWER, "There is no vintage 2027"),
    "CURRENT is a folder": (lambda v: put_folder(v / "CURRENT"), NEWER, "Is a directory"),
    "CURRENT and the history gone": (lambda v: [(v / name).unlink() for name in ("CURRENT", "history.jsonl")], NEWER, "CURRENT"),
    "vintage gone": (lambda v: shutil.rmtree(v / NEWER), OLDER, f"There is no vintage {NEWER}"),
    "vintage unreadable": (lambda v: unreadable(v / NEWER / "public"), OLDER, NEWER),
    "half written": (lambda v: (v / NEWER / "public" / "cells.parquet").unlink(), OLDER, "cells.parquet can't be read"),
    "half written, no manifest": (lambda v: (bare(v) / "labels.parquet").unlink(), OLDER, "damaged"),
    "Parquet cut off": (lambda v: cut(v / NEWER / "public" / "cells.parquet"), OLDER, "not as it was written"),
    "Parquet with one bit flipped": (lambda v: flip(v / NEWER / "public" / "cells.parquet"), OLDER, "not as it was written"),
    "Parquet cut off, no manifest": (lambda v: cut(bare(v) / "cells.parquet"), OLDER, "damaged"),
    "Parquet unreadable": (lambda v: unreadable(v / NEWER / "public" / "cells.parquet"), OLDER, "cells.parquet can't be read"),
    "manifest is garbage": (lambda v: (v / NEWER / "manifest.json").write_text("[" * 100_000), OLDER, "manifest"),
    "facts are a list": (lambda v: (bare(v) / "facts.json").write_text("[]"), OLDER, "damaged"),
    "facts too deep": (lambda v: (bare(v) / "facts.json").write_text("[" * 99_999), OLDER, "damaged"),
    "facts lack what pages show": (lambda v: change(v / NEWER, headline=None, rows="many"), OLDER, "lack headline, rows"),
    "a newer schema": (lambda v: change(v / NEWER, schema=99), OLDER, "newer Vyrak"),
    "an older schema": (lambda v: change(v / NEWER, schema=0), OLDER, "does not say by which layout"),
    "a schema that is none": (lambda v: change(v / NEWER, schema="two"), OLDER, "does not say by which layout"),
}


@pytest.fixture(scope="module")
def client():
    return entry.server.test_client()


def shown(client) -> str | None:
    """The vintage that pages, files, /ready and /health agree on; None if there is none."""
    ready = client.get("/ready")
    about, page, file = client.get("/health").json, client.get("/"), client.get("/chart/monthly.csv")
    if ready.status_code == 503:
        assert about["status"] == "failing" and about["wrong"] and file.status_code == 503 and "No figures yet" in page.text
        return None
    assert (ready.status_code, page.status_code, file.status_code) == (200, 200, 200)
    assert f"Vintage {about['vintage']}" in page.text and about["vintage"] == ready.json["vintage"]
    # A lasting link to what is shown, as the page has them, is one to the same.
    pinned = client.get(f"/chart/monthly.csv?vintage={about['vintage']}")
    assert (pinned.status_code, pinned.data) == (200, file.data)
    return about["vintage"]


OLD_SHOWN = "Shown are those from before: the vintage of"


def wrong(client) -> str:
    about = client.get("/health")
    assert about.status_code == 200, "the process lives, whatever the figures do"
    return " ".join(about.json["wrong"])


@pytest.mark.parametrize("name", FAULTS)
def test_the_last_good_vintage_goes_on_being_shown(client, data: Path, name: str) -> None:
    fault, without_memory, said = FAULTS[name]
    as_a_new_process()
    assert shown(client) == NEWER and not wrong(client)
    if any(word in name for word in ("facts", "schema", "no manifest")):
        # So a vintage may come; in one that is held already, it is of no consequence.
        as_a_new_process()
        use(data, OLDER)
        assert shown(client) == OLDER
        fault(data / "vintages")
        use(data, NEWER)
        assert shown(client) == OLDER
    else:
        fault(data / "vintages")
        assert shown(client) == NEWER, "from memory"
    trouble = wrong(client)
    assert said in trouble and str(data) not in trouble and "vintages/" not in trouble and trouble.endswith(".")
    as_a_new_process()
    assert shown(client) == without_memory
    assert str(data) not in wrong(client)


def test_once_it_is_mended_the_vintage_in_use_is_shown_again(client, data: Path) -> None:
    as_a_new_process()
    kept = (data / "vintages" / NEWER / "public" / "cells.parquet").read_bytes()
    assert OLD_SHOWN not in client.get("/").text
    cut(data / "vintages" / NEWER / "public" / "cells.parquet")
    assert shown(client) == NEWER and OLD_SHOWN not in client.get("/").text, "from memory: the one in use"
    as_a_new_process()
    assert shown(client) == OLDER and client.get("/health").json["status"] == "degraded"
    assert OLD_SHOWN in client.get("/").text and OLD_SHOWN in client.get("/chart/monthly").text, "readers are told"
    assert OLD_SHOWN not in client.get(f"/?vintage={OLDER}").text, "who asks for that one gets what was asked for"
    (data / "vintages" / NEWER / "public" / "cells.parquet").write_bytes(kept)
    assert shown(client) == NEWER and client.get("/health").json["status"] == "ok" and OLD_SHOWN not in client.get("/").text


def test_what_was_gone_back_from_never_returns(client, data: Path) -> None:
    """A wrong or exposing figure was taken back; then the vintage in its place can't be read: rather none than that one."""
    as_a_new_process()
    assert shown(client) == NEWER
    with (data / "vintages" / "history.jsonl").open("a") as log:
        log.write(json.dumps({"vintage": OLDER, "before": NEWER, "why": "rollback"}) + "\n")
    use(data, OLDER)
    shutil.rmtree(data / "vintages" / OLDER)
    assert shown(client) is None
    as_a_new_process()
    assert shown(client) is None


def test_what_was_withdrawn_never_stands_in(client, data: Path) -> None:
    as_a_new_process()
    before = store.state()
    assert shown(client) == NEWER
    (data / "vintages" / f"{NEWER}.withdrawn").write_text("{}")
    assert store.state() != before, "no answer made before is sent again"
    (data / "vintages" / "CURRENT").write_bytes(b"\xff")
    assert shown(client) == OLDER


def test_a_clock_that_is_wrong_and_a_full_disk_are_said_and_stop_nothing(client, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_a_new_process()
    change(data / "vintages" / NEWER, created="2199-01-01T00:00:00")
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _: SimpleNamespace(free=5_000_000))
    assert shown(client) == NEWER
    assert "The clock of this machine" in wrong(client) and "Only 5 MB are left" in wrong(client)


def test_one_answer_is_never_made_of_two_vintages(data: Path) -> None:
    as_a_new_process()
    with store.one_vintage():
        assert store.open_public().id == NEWER
        use(data, OLDER)
        assert store.open_public().id == NEWER
    assert store.open_public().id == OLDER


def test_an_old_vintage_that_is_damaged_takes_no_page_with_it(client, data: Path) -> None:
    as_a_new_process()
    cut(data / "vintages" / OLDER / "public" / "cells.parquet")
    page = client.get("/data")
    assert page.status_code == 200 and OLDER in page.text
    told = client.get(f"/?vintage={OLDER}")
    assert told.status_code == 200 and "The newest vintage is shown." in told.text
