"""The copy of the site as files: whole, leading nowhere it shouldn't, the same bytes for the same vintage, replaced at one stroke."""

import gzip
import hashlib
import json
import os
import posixpath
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import app
import settings
import texts
from components import chart_files, pages, public_tables
from components.charts import CHARTS
from static_site import answers, packing, places, rewriting
from static_site import folder as folders
from static_site.__main__ import main
from static_site.places import Place
from tests.copies import LANGUAGES, few

ROOT = Path(__file__).resolve().parents[2]
LIVE = "https://live.example"
VINTAGE = "20261031T120000Z-0123abcd"
LOADED = ("src", "srcset", "data-figure", "data-figure-dark", "data-table", "data-plotly")


class Elements(HTMLParser):
    """The elements of a page with their attributes, in order, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(autouse=True)
def few_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)


@pytest.fixture(scope="module")
def made(folder: Path) -> Iterator[answers.Copy]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VYRAK_DATA", str(folder))
        few(patch)
        yield answers.copy(workers=1)


@pytest.fixture(scope="module")
def shown(made: answers.Copy) -> dict[str, Elements]:
    """The pages of the copy."""
    return {name: Elements(data.decode()) for name, data in made.files.items() if name.endswith("index.html")}


# What is in it ------------------------------------------------------------------------------------------------------

def test_all_of_the_registries_is_there_in_each_language(made: answers.Copy) -> None:
    not_had = {line.partition(":")[0] for line in made.left_out}
    for folder in ("", "be/"):
        for page in pages.PAGES:
            assert f"{folder}{page.path.strip('/')}/index.html".replace("//", "/").lstrip("/") in made.files
        for chart in CHARTS:
            assert f"{folder}chart/{chart}/index.html" in made.files
            for ending in chart_files.ENDINGS:
                assert (f"{folder}chart/{chart}.{ending}" in made.files) != (f"{folder}chart/{chart}.{ending}" in not_had)
    assert {name for name in not_had if "monthly" in name} == set(), "a chart with figures has all its files"
    assert {name for name in not_had if "held" in name} and all(len(line.partition(": ")[2]) > 20 for line in made.left_out), "and it is said why"


def test_no_address_on_any_page_leads_nowhere(made: answers.Copy, shown: dict[str, Elements]) -> None:
    seen = 0
    for name, page in shown.items():
        ids = {about["id"] for _, about in page.found if about.get("id")}
        for tag, about in page.found:
            for attribute in (*LOADED, "href", "action"):
                address = about.get(attribute)
                if address is None or address.startswith("data:"):
                    continue
                if address.startswith("#"):
                    assert address[1:] in ids, f"{name}: {address}"
                    continue
                assert not re.match(r"[a-z]+:|/", address), f"{name}: <{tag} {attribute}={address}> needs this very host"
                assert "?" not in address, f"{name}: files can't be asked for {address}"
                assert posixpath.normpath(posixpath.join(posixpath.dirname(name), address)) in made.files, f"{name}: {address}"
                seen += 1
    assert seen > 300


def test_pages_are_whole_without_dash_and_without_filters(shown: dict[str, Elements]) -> None:
    for name, page in shown.items():
        words = "".join(page.words)
        assert [tag for tag, _ in page.found if tag in ("form", "select", "button") and "embed/" not in name] == [], name
        scripts = [about["src"] for tag, about in page.found if tag == "script"]
        assert all(re.fullmatch(r"(?:\.\./)*assets/(?:charts|embed)\.js", str(script)) for script in scripts), scripts
        assert "_dash" not in words
        assert ("ynthetic" if "be/" not in name else "нтэтычн") in words, name
        assert VINTAGE in words, name
    assert "Only the live site has filters." in "".join(shown["index.html"].words)
    assert "a log of readers is kept is up to whoever serves it" in "".join(shown["about/index.html"].words)
    assert "keeps no log" not in "".join(shown["about/index.html"].words)


def test_each_page_says_what_it_may_load(shown: dict[str, Elements]) -> None:
    for name, page in shown.items():
        [policy] = [about["content"] for _, about in page.found if about.get("http-equiv") == "Content-Security-Policy"]
        assert policy and policy.startswith("default-src 'none'") and "frame-ancestors" not in policy and "sha256" not in policy, name
        first = next(n for n, (_, about) in enumerate(page.found) if about.get("http-equiv") == "Content-Security-Policy")
        assert all(tag in ("html", "head", "meta") for tag, _ in page.found[:first]), "it counts for what comes after it"


def test_files_are_what_the_server_answers(made: answers.Copy) -> None:
    client = app.server.test_client()
    for address, name in (("/chart/monthly.csv?lang=be", "be/chart/monthly.csv"), ("/table/cells.csv", "table/cells.csv"),
                          ("/chart/map.svg?width=720&theme=light", "chart/map.theme-light.width-720.svg"),
                          ("/chart/map.svg?width=560", "chart/map.svg"), ("/assets/vyrak.css", "assets/vyrak.css")):
        assert client.get(address, buffered=True).data == made.files[name]
    saved = {about["href"]: about.get("download") for tag, about in Elements(made.files["chart/monthly/index.html"].decode()).found if tag == "a"}
    assert saved["../monthly.csv"] == f"SYNTHETIC_vyrak_monthly_{VINTAGE}.csv"


def test_the_package_describes_the_tables_beside_it(made: answers.Copy) -> None:
    told, on_the_web = (json.loads(made.files[name]) for name in ("datapackage.json", "csv-metadata.json"))
    assert {resource["path"] for resource in told["resources"]} == {f"table/{name}.csv" for name in public_tables.TABLES if f"table/{name}.csv" in
                                                                    made.files} == {table["url"] for table in on_the_web["tables"]} != set()
    for resource in told["resources"]:
        assert resource["hash"] == f"sha256:{hashlib.sha256(made.files[resource['path']]).hexdigest()}"


def test_no_file_names_a_host(made: answers.Copy) -> None:
    allowed = re.compile(rb"https?://(www\.w3\.org/)")
    for name, data in made.files.items():
        if not name.startswith("assets/") and not name.endswith((".zip", ".ico", ".png", ".pdf", ".xlsx", ".parquet")):
            assert re.findall(rb"https?://[^\s\"'<]+", allowed.sub(b"", data)) == [], name
            assert b"localhost" not in data and b"127.0.0.1" not in data, name


def test_the_dark_has_figures_of_its_own(made: answers.Copy) -> None:
    light, dark = (json.loads(made.files[f"chart/monthly{theme}.figure.json"]) for theme in ("", ".theme-dark"))
    assert light["data"] != dark["data"]


def test_what_the_copy_is_for_machines(made: answers.Copy) -> None:
    about = json.loads(made.files["site.json"])
    assert (about["vintage"], about["synthetic"], about["languages"]) == (VINTAGE, True, LANGUAGES)
    assert about["files"] == len(made.files) - 1 and about["created"] == "2026-10-31T12:00:00"
    missing = Elements(made.files["404.html"].decode())
    assert {about["href"] for _, about in missing.found if "href" in about} == {"data:,"}, "it does not know in which folder it is shown"


def test_another_process_makes_the_same_bytes(made: answers.Copy, folder: Path) -> None:
    script = ("import hashlib, pytest; from tests.copies import few; few(pytest.MonkeyPatch()); from static_site import answers\n"
              "for name, data in answers.copy(workers=1).files.items(): print(hashlib.sha256(data).hexdigest(), name)")
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120,
                          env=os.environ | {"VYRAK_DATA": str(folder), "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"})
    other = dict(line.split(" ", 1)[::-1] for line in done.stdout.splitlines())
    assert other == {name: hashlib.sha256(data).hexdigest() for name, data in made.files.items()}, done.stderr


def test_a_copy_knows_its_live_site(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = settings.load()
    told = rules.model_copy(update={"site": rules.site.model_copy(update={"address": LIVE})})
    monkeypatch.setattr(settings, "load", lambda: told)
    for name in ("map", "held"):
        monkeypatch.delitem(CHARTS, name)
    monkeypatch.setattr(pages, "PAGES", pages.PAGES[:1])
    monkeypatch.setattr(texts, "languages", lambda: ["en"])
    files = answers.copy(workers=1).files
    page, embed = (Elements(files[name].decode()) for name in ("chart/monthly/index.html", "embed/monthly/index.html"))
    links = {about["href"] for tag, about in page.found if tag == "a"}
    assert {f"{LIVE}/chart/monthly", f"{LIVE}/chart/monthly?vintage={VINTAGE}"} <= links, "filters and the lasting link are there"
    assert f'src="{LIVE}/embed/monthly' in "".join(page.words), "and the code to embed"
    assert ("link", {"rel": "canonical", "href": f"{LIVE}/chart/monthly"}) in page.found
    assert "../../chart/monthly/index.html" in {about.get("href") for tag, about in embed.found}, "what the copy has is not asked of the live site"
    assert f'href="{LIVE}/"' in files["404.html"].decode()


# Addresses ----------------------------------------------------------------------------------------------------------

PLACES = st.builds(Place, st.sampled_from(["/", "/charges", "/chart/monthly", "/chart/monthly.csv", "/chart/monthly.figure.json", "/embed/map"]),
                   st.sampled_from(["en", "be"]), st.dictionaries(st.sampled_from(["width", "theme", "bom"]), st.sampled_from(["1", "340", "dark"])
                                                                  ).map(lambda options: tuple(sorted(options.items()))))


@given(PLACES, PLACES)
def test_each_place_has_a_file_of_its_own(one: Place, other: Place) -> None:
    assert places.read(one.address, VINTAGE, "") == one == places.read(LIVE + one.address, VINTAGE, LIVE)
    assert (one.file == other.file) == (one == other)
    there = posixpath.normpath(posixpath.join(posixpath.dirname(one.file), places.relative(one.file, "", other)))
    assert there == other.file


@pytest.mark.parametrize("address", [
    "/charges?sex=female", "/?compare=1", f"/charges?vintage={VINTAGE}", "/chart/monthly.csv?vintage=20200101T000000Z-00000000", "/health",
    "/oembed?url=x", "/_dash-layout", "/assets/page.js", "//elsewhere.example/x", "https://elsewhere.example/", "/chart/../secret", "chart/monthly",
    "/?lang=xx", "/chart/monthly.svg?width=../../x", "javascript:alert(1)"])
def test_what_no_file_can_stand_for(address: str) -> None:
    assert places.read(address, VINTAGE, "") is None


def test_links_without_a_file_are_words_and_pictures_without_one_an_error() -> None:
    def read(text: str, live: str = "") -> str:
        return rewriting.rewritten(text, lambda address: "here.html" if address == "/here" else None, lambda address: "", live=live, policy="")
    assert read('<p>a<a href="/gone" class="c" download>b &amp; c</a><a href="/here">d</a></p>') == '<p>a<span class="c">b &amp; c</span>' \
        '<a href="here.html">d</a></p>'
    assert read('<a href="/gone?x=1&amp;y=2">b</a>', LIVE) == f'<a href="{LIVE}/gone?x=1&amp;y=2">b</a>'
    assert read('<div id="react-entry-point"><div><br>x</div></div><svg viewBox="0 0 1 1"><path d="M0"/></svg>') == \
        '<svg viewBox="0 0 1 1"><path d="M0"/></svg>'
    assert read('<script>var x = "</p>"</script><script src="/_dash/x.js"></script><p>y</p>') == "<p>y</p>"
    with pytest.raises(rewriting.NoFile, match="/gone"):
        read('<img src="/gone">')


# The folder ---------------------------------------------------------------------------------------------------------

FILES = {"site.json": b"{}", "index.html": b"one", "be/chart/a.csv": b"1,2", "be/gone.csv": b"3"}


def there(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()} if folder.exists() else {}


def test_files_that_are_the_same_stay(tmp_path: Path) -> None:
    site = tmp_path / "site"
    assert folders.write(site, FILES) == folders.Written(5, 0, 0)
    assert subprocess.run(["sha256sum", "-c", "--quiet", "--strict", "manifest.sha256"], cwd=site).returncode == 0
    before = {path: path.stat() for path in [site, *site.rglob("*")]}
    assert folders.write(site, FILES) == folders.Written(0, 5, 0)
    assert {path: path.stat() for path in [site, *site.rglob("*")]} == before, "nothing at all was touched"
    changed = {name: data for name, data in FILES.items() if name != "be/gone.csv"} | {"index.html": b"two"}
    assert folders.write(site, changed) == folders.Written(2, 2, 1)
    assert there(site) == changed | {"manifest.sha256": (site / "manifest.sha256").read_bytes()}
    now = (site / "be/chart/a.csv").stat()
    assert (now.st_ino, now.st_mtime_ns) == (before[site / "be/chart/a.csv"].st_ino, before[site / "be/chart/a.csv"].st_mtime_ns)
    assert subprocess.run(["sha256sum", "-c", "--quiet", "--strict", "manifest.sha256"], cwd=site).returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"site", ".site.lock"}


def test_a_disk_without_second_names_gets_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders.write(tmp_path / "site", FILES)
    old = (tmp_path / "site/index.html").stat().st_mtime_ns

    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")
    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(folders, "_exchanged", lambda *_: False)
    folders.write(tmp_path / "site", FILES | {"more": b"4"})
    assert there(tmp_path / "site").keys() == {*FILES, "more", "manifest.sha256"}
    assert (tmp_path / "site/index.html").stat().st_mtime_ns == old


@pytest.mark.parametrize("after", range(5))
def test_a_run_that_breaks_off_leaves_the_old_copy_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    site = tmp_path / "site"
    folders.write(site, FILES)
    before = there(site)
    write, written = Path.write_bytes, []

    def full(path: Path, data: bytes) -> int:
        if len(written) == after:
            raise OSError(28, "No space left on device")
        written.append(path)
        return write(path, data)
    new = {name: data + b"!" for name, data in FILES.items()}
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(folders.CannotWrite, match="No space left"):
            folders.write(site, new)
    assert there(site) == before
    assert folders.write(site, new).changed == 5
    assert {path.name for path in tmp_path.iterdir()} == {"site", ".site.lock"}


def test_a_run_killed_between_two_renames_is_mended(tmp_path: Path) -> None:
    site = tmp_path / "site"
    folders.write(site, FILES)
    before = there(site)
    site.rename(tmp_path / ".site.old")
    (tmp_path / ".site.new").mkdir()
    assert folders.write(site, FILES) == folders.Written(0, 5, 0)
    assert there(site) == before


@pytest.mark.skipif(not hasattr(__import__("ctypes").CDLL(None), "renameat2"), reason="this system exchanges no folders")
def test_a_reader_never_finds_it_missing(tmp_path: Path) -> None:
    site, missing, done = tmp_path / "site", [], threading.Event()
    folders.write(site, FILES)

    def read() -> None:
        while not done.is_set():
            try:
                (site / "index.html").read_bytes()
            except FileNotFoundError as error:
                missing.append(error)
    reader = threading.Thread(target=read)
    reader.start()
    for n in range(20):
        folders.write(site, FILES | {"index.html": b"%d" % n})
    done.set()
    reader.join()
    assert not missing


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/diary.txt").write_text("x")
    with pytest.raises(folders.CannotWrite, match="something else than a copy"):
        folders.write(tmp_path / "home", FILES)
    assert there(tmp_path / "home") == {"diary.txt": b"x"}


def test_two_runs_at_once_are_told(tmp_path: Path) -> None:
    with folders._alone(tmp_path / "site"), pytest.raises(folders.CannotWrite, match="Another run"):
        folders.write(tmp_path / "site", FILES)


def test_texts_are_compressed_beside(made: answers.Copy) -> None:
    packed = packing.compressed(made.files)
    assert packed == packing.compressed(made.files)
    assert all(gzip.decompress(data) == made.files[name.removesuffix(".gz")] for name, data in packed.items())
    assert "index.html.gz" in packed and "assets/plotly-basic.min.js.gz" in packed and not [name for name in packed if ".zip" in name]


def test_without_figures_the_command_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VYRAK_DATA", str(tmp_path / "none"))
    done = CliRunner().invoke(main, [str(tmp_path / "site")])
    assert done.exit_code == 1 and "Nothing has been imported yet." in done.output and "Traceback" not in done.output
    assert not (tmp_path / "site").exists()
