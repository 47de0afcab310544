"""A backup restores every figure into an empty folder; a damaged, cut, foreign or hostile one is refused in words and changes nothing."""

import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import backup, publish, store, upkeep
from etl.__main__ import main
from etl.options import present
from tests.etl.conftest import record, write_export

ROOT = Path(__file__).resolve().parents[2]
CORRECTIONS = "list,record,field,expected,right,reason,who,when\n"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one vintage, one that was withdrawn, decisions, and what no backup needs."""
    data, folder = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("in")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VYRAK_DATA", str(data))
        (data / "corrections.csv").write_text(CORRECTIONS, encoding="utf-8")
        file = write_export(folder / "viasna_export.csv", [record(n) for n in range(1, 21)])
        CliRunner().invoke(main, ["import", str(file)], catch_exceptions=False)
        # Another vintage, in a moment: the same tables under another id.
        first = store.current_id()
        second = "20990101T000000Z-0123abcd"
        shutil.copytree(store.folder() / first, store.folder() / second)
        publish.make_current(second, "import", present())
        assert CliRunner().invoke(main, ["withdraw", second, "--use", first, "--reason", "It was never right."]).exit_code == 0
        (store.folder() / "20990101T000000Z-ffffffff").mkdir()  # left by an import that was stopped
        (data / "published_figures.csv").write_text("of the program, not of people\n")
    return data


@pytest.fixture
def archive(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backup of it; VYRAK_DATA names an empty folder."""
    monkeypatch.setenv("VYRAK_DATA", str(small))
    backup.to_file(tmp_path / "backup.tar", present())
    monkeypatch.setenv("VYRAK_DATA", str(tmp_path / "empty"))
    return tmp_path / "backup.tar"


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_every_figure_is_the_same_after_a_restore_into_an_empty_folder(sample: Path, tmp_path: Path) -> None:
    restored, file = tmp_path / "machine" / "data", tmp_path / "backup.tar"
    for command, data in ((["backup", str(file)], sample), (["restore", str(file)], restored)):
        done = subprocess.run([sys.executable, "-m", "etl", *command], cwd=ROOT, capture_output=True, text=True, timeout=60,
                              env=os.environ | {"VYRAK_DATA": str(data)})
        assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    asked = [subprocess.Popen([sys.executable, "-m", "tests.every_figure"], cwd=ROOT, stdout=subprocess.PIPE, text=True,
                              env=os.environ | {"VYRAK_DATA": str(data)}) for data in (sample, restored)]
    before, after = (json.loads(one.communicate(timeout=90)[0]) for one in asked)
    assert len(before) > 30 and sum(told.startswith("200 ") for address, told in before.items() if address.endswith(".csv")) > 25
    assert after == before
    vintages = {path: content for path, content in _tree(sample / "vintages").items() if path != ".lock"}
    assert _tree(restored / "vintages") == vintages, "and so are the private tables, and the history"


def test_a_backup_holds_what_people_decided_and_what_was_withdrawn_and_nothing_else(archive: Path, small: Path, run_restore: Callable) -> None:
    told = run_restore(archive)
    data = Path(os.environ["VYRAK_DATA"])
    assert (data / "corrections.csv").read_text(encoding="utf-8") == CORRECTIONS
    assert not (data / "published_figures.csv").exists() and not (data / ".restoring").exists() and not (data / "program").exists()
    assert told["vintages"] == 2 and store.history() == [told["vintage"]] and not store.unfinished()
    assert [gone.reason for gone in store.withdrawals()] == ["It was never right."]
    assert told["sha256"] == hashlib.sha256(archive.read_bytes()).hexdigest() and told["differing"] == []
    private = list(store.folder().glob("*/private"))
    assert len(private) == 2 and {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o700}, "for the user who imports alone"
    # It goes on from there.
    file = write_export(data.parent / "viasna_export.csv", [record(n) for n in range(1, 31)])
    done = CliRunner().invoke(main, ["import", str(file), "--json"], catch_exceptions=False)
    assert publish.manifest(json.loads(done.stdout)["vintage"])["parent"] == told["vintage"]


@pytest.fixture
def run_restore() -> Callable[[Path], dict]:
    def call(file: Path) -> dict:
        return json.loads(CliRunner().invoke(main, ["restore", str(file), "--json"], catch_exceptions=False).stdout)
    return call


def test_a_backup_goes_through_pipes(small: Path, tmp_path: Path) -> None:
    """So that it can be encrypted without ever lying on a disk in the clear."""
    command = (f"{sys.executable} -m etl backup - | (exec 3>&1; head -c 700; sleep 0.2; cat) "
               f"| VYRAK_DATA={tmp_path / 'empty'} {sys.executable} -m etl restore -")
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60,
                          env=os.environ | {"VYRAK_DATA": str(small)})
    assert done.returncode == 0, done.stderr
    assert _tree(tmp_path / "empty" / "vintages").keys() == {p for p in _tree(small / "vintages") if not p.startswith(".lock")}


def test_nothing_is_restored_over_vintages_or_other_decisions(archive: Path) -> None:
    data = Path(os.environ["VYRAK_DATA"])
    data.mkdir()
    (data / "corrections.csv").write_text("another\n")
    with pytest.raises(backup.BackupError, match=r"corrections\.csv is there already"):
        backup.from_file(archive)
    (data / "corrections.csv").write_text(CORRECTIONS, encoding="utf-8")
    backup.from_file(archive)
    before = _tree(data)
    with pytest.raises(backup.BackupError, match="holds vintages already"):
        backup.from_file(archive)
    assert _tree(data) == before


def test_no_backup_is_written_over_another(archive: Path, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VYRAK_DATA", str(small))
    before = archive.read_bytes()
    with pytest.raises(backup.BackupError, match="is there already"):
        backup.to_file(archive, present())
    with pytest.raises(backup.BackupError, match="No such file"):
        backup.to_file(archive.parent / "no" / "folder.tar", present())
    assert archive.read_bytes() == before and list(archive.parent.glob("*.part")) == []


def test_a_backup_made_while_an_import_runs_shows_the_moment_before(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    shutil.copytree(small, data)
    monkeypatch.setenv("VYRAK_DATA", str(data))
    before, of_vintage = store.current_id(), backup._of_vintage

    def meanwhile(name: str) -> object:
        """The import puts its vintage into use while the backup is reading."""
        new = store.folder() / "20990202T000000Z-0123abcd"
        if not new.exists():
            shutil.copytree(store.folder() / before, new)
            publish.make_current(new.name, "import", present())
        return of_vintage(name)

    with publish.only_one_import(), monkeypatch.context() as patched:
        (store.folder() / ".building-x").mkdir()
        patched.setattr(backup, "_of_vintage", meanwhile)
        backup.to_file(tmp_path / "backup.tar", present())
    assert store.current_id() != before
    monkeypatch.setenv("VYRAK_DATA", str(tmp_path / "empty"))
    assert backup.from_file(tmp_path / "backup.tar").vintage == before == store.open_public().id
    assert store.history() == [before] and not store.unfinished()


def test_a_damaged_vintage_takes_the_place_of_no_good_backup(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    shutil.copytree(small, data)
    monkeypatch.setenv("VYRAK_DATA", str(data))
    cells = store.folder() / store.current_id() / "public" / "cells.parquet"
    cells.write_bytes(cells.read_bytes()[:-1] + b"x")
    with pytest.raises(backup.BackupError, match=r"public/cells\.parquet.*not what its manifest says"):
        backup.to_file(tmp_path / "backup.tar", present())
    assert not list(tmp_path.glob("backup*"))


def test_settings_and_words_that_differ_are_laid_beside_and_told(archive: Path, tmp_path: Path, run_restore: Callable) -> None:
    altered = _altered(archive, tmp_path / "other.tar", {"program/config.toml": b"[site]\n"})
    assert run_restore(altered)["differing"] == ["config.toml"]
    assert [p.name for p in (tmp_path / "empty" / "program").rglob("*")] == ["config.toml"]


def _altered(archive: Path, to: Path, contents: dict[str, bytes | None], *, listed: bool = True, **told: object) -> Path:
    """A backup with files altered, added (or, by None, taken out), and the list with them if `listed`; `told` alters the list itself."""
    with tarfile.open(archive) as tar:
        kept = {info.name: tar.extractfile(info).read() for info in tar}
    about = json.loads(kept.pop("vyrak-backup.json"))
    kept |= {name: content for name, content in contents.items() if content is not None}
    kept = {name: content for name, content in kept.items() if contents.get(name, b"") is not None}
    if listed:
        about["files"] = [[name, len(content), hashlib.sha256(content).hexdigest()] for name, content in kept.items()]
    about |= told
    with tarfile.open(to, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in {"vyrak-backup.json": json.dumps(about).encode(), **kept}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    # tarfile fills its last record up; a backup does not.
    content = to.read_bytes()
    to.write_bytes(content.rstrip(b"\0") + bytes(-len(content.rstrip(b"\0")) % 512 + 1024))
    return to


def _member(archive: Path, ending: str) -> str:
    with tarfile.open(archive) as tar:
        return next(name for name in tar.getnames() if name.endswith(ending))


def _refused(file: Path) -> str:
    """What is said of it; the folder stays empty."""
    with pytest.raises(backup.BackupError) as caught:
        backup.from_file(file)
    data = Path(os.environ["VYRAK_DATA"])
    assert [p.name for p in data.rglob("*") if p.name not in ("vintages", ".lock")] == []
    return str(caught.value)


@pytest.mark.parametrize("path", ["../outside.csv", "/root/outside.csv", "vintages/../../outside.csv", "vintages/CURRENT/../x.csv", "x/../y.csv",
                                  "vintages/.lock", "Ａ.csv", "corrections.csv\n", "program/config.toml/x", "vintages/history.jsonl ", ".bashrc", "",
                                  "vintages/20990101T000000Z-0123abcd/public/../x.json", "etl/__main__.py", "a" * 61 + ".csv"])
def test_no_path_leads_out(archive: Path, tmp_path: Path, path: str) -> None:
    with tarfile.open(archive) as tar:
        about = json.loads(tar.extractfile("vyrak-backup.json").read())
    told = _altered(archive, tmp_path / "h.tar", {}, listed=False, files=[*about["files"], [path, 1, hashlib.sha256(b"x").hexdigest()]])
    assert "no backup of Vyrak holds" in _refused(told)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE, tarfile.XHDTYPE,
                                  tarfile.GNUTYPE_LONGNAME])
def test_links_devices_and_holes_are_refused(archive: Path, tmp_path: Path, kind: bytes) -> None:
    content = bytearray(archive.read_bytes())
    second = 512 + 512 * -(-tarfile.TarInfo.frombuf(bytes(content[:512]), "utf-8", "strict").size // 512)
    info = tarfile.TarInfo("vintages/CURRENT")
    info.type, info.linkname = kind, "/etc/passwd"
    content[second:second + 512] = info.tobuf(tarfile.USTAR_FORMAT)[:512]
    hostile = tmp_path / "hostile.tar"
    hostile.write_bytes(content)
    assert "no plain file" in _refused(hostile)


def test_what_is_cut_foreign_encrypted_newer_or_too_large_is_told_in_words(archive: Path, tmp_path: Path) -> None:
    content, file = archive.read_bytes(), tmp_path / "x"

    def said(of: bytes) -> str:
        file.write_bytes(of)
        return _refused(file)

    assert "it is empty" in said(b"") and "is cut off" in said(content[:len(content) // 2]) and "cut off" in said(content[:600])
    assert "cut off" in said(content[:-1024]), "without its end"
    assert "age --decrypt" in said(b"age-encryption.org/v1\n" + content) and "gpg --decrypt" in said(b"\x85\x02" + content)
    assert "compressed" in said(b"\x1f\x8b\x08" + content) and "ZIP" in said(b"PK\x03\x04" + content)
    assert "no backup of Vyrak" in said(b"%PDF-1.7" + content) and "no backup of Vyrak" in said(content[512:])
    assert "more than it lists" in said(content + b"more") and "more than it lists" in said(content[:-1024] + content[:512] + content[-1024:])
    # A bomb: a few bytes that say they are many.
    cells = _member(archive, "cells.parquet")
    assert "has room for" in _refused(_altered(archive, tmp_path / "y", {}, listed=False, files=[[cells, 10 ** 15, "0" * 64]]))
    assert "newer Vyrak" in _refused(_altered(archive, tmp_path / "y", {}, layout=backup.LAYOUT + 1))
    assert "twice" in _refused(_altered(archive, tmp_path / "y", {}, listed=False, files=[[cells, 1, "0" * 64]] * 2))
    for broken in ({"files": 5}, {"files": [[1, 2]]}, {"files": [[cells, -1, "0"]]}, {"files": [[cells, "1", "0"]]}, {"layout": "one"}):
        assert "damaged" in _refused(_altered(archive, tmp_path / "y", {}, listed=False, **broken)) or broken == {"layout": "one"}
    assert "can't be opened" in _refused(tmp_path / "nowhere")


def test_a_list_that_fits_false_files_does_not_make_them_a_vintage(archive: Path, small: Path, tmp_path: Path) -> None:
    """Whoever can alter the files can alter the list too; what then is told by the vintages' own manifests."""
    inside = _member(archive, "/manifest.json").removesuffix("/manifest.json")
    manifest = json.loads((small / inside / "manifest.json").read_text(encoding="utf-8"))
    cases: list[tuple[dict[str, bytes | None], str]] = [
        ({f"{inside}/public/cells.parquet": b"PAR1"}, "is damaged"),
        ({f"{inside}/public/more.json": b"{}"}, "not what its manifest says"),
        ({f"{inside}/private/rows.parquet": None}, "not what its manifest says"),
        ({f"{inside}/manifest.json": json.dumps(manifest | {"schema": store.SCHEMA + 1}).encode()}, "newer Vyrak"),
        ({f"{inside}/manifest.json": b"[" * 5}, "manifest can't be read"),
        ({"vintages/CURRENT": b"20200101T000000Z-00000000"}, "does not hold the vintage"),
    ]
    for contents, said in cases:
        assert said in _refused(_altered(archive, tmp_path / "altered.tar", contents)), contents.keys()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_byte_altered_is_found(archive: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(archive.read_bytes())
    if data.draw(st.booleans(), label="cut"):
        content = content[:data.draw(st.integers(0, len(content) - 1025), label="at")]
    else:
        start = data.draw(st.sampled_from([0, len(content) // 2, 0, 512]), label="from")
        at = data.draw(st.integers(start, min(start + 9000, len(content) - 1)), label="at")
        content[at] ^= data.draw(st.integers(1, 255), label="by")
    file = tmp_path / "altered.tar"
    file.write_bytes(content)
    shutil.rmtree(tmp_path / "empty", ignore_errors=True)
    try:
        backup.from_file(file)
    except backup.BackupError:
        assert not (tmp_path / "empty" / "vintages" / "CURRENT").exists()
        return
    # What is restored is right all the same: the byte lay in the filling between files, or in a field that is not read.
    with tarfile.open(archive) as tar:
        assert all((tmp_path / "empty" / info.name).read_bytes() == tar.extractfile(info).read() for info in tar if info.name.startswith("vintages"))


def test_a_restore_that_was_stopped_can_be_repeated(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(backup.BackupError, match="No space left"):
        patched.setattr(backup.durable, "flush", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        backup.from_file(archive)
    (tmp_path / "empty" / ".restoring").mkdir()  # as after a power cut
    (tmp_path / "empty" / ".restoring" / "x").write_text("half")
    backup.from_file(archive)
    assert store.open_public().facts["headline"]["charged"]["persons"] == 20


def test_an_import_that_runs_in_the_folder_is_not_disturbed(archive: Path) -> None:
    with publish.only_one_import(), pytest.raises(publish.BusyError):
        backup.from_file(archive)


def test_a_backup_is_not_poured_into_a_terminal(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VYRAK_DATA", str(small))
    monkeypatch.setattr(upkeep.sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(backup.BackupError, match="send it on"):
        upkeep.backup_.callback(Path("-"), as_json=False)
