"""Charts in other people's pages: whole without scripts, framed by whom the settings allow, found by oEmbed and by previews."""

import gzip
import html
import json
import re
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

import app as entry
import settings
import texts
from components import sharing
from components.charts import CHARTS
from etl import store

SITE = "http://localhost"


@pytest.fixture
def client(sample: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setenv("VYRAK_DATA", str(sample))
    return entry.server.test_client()


@pytest.fixture
def with_settings(monkeypatch: pytest.MonkeyPatch):
    """Settings other than those of config.toml."""
    def change(section: str, **values: object) -> None:
        ours = settings.load()
        other = ours.model_copy(update={section: getattr(ours, section).model_copy(update=values)})
        monkeypatch.setattr(settings, "load", lambda *_: other)
    return change


def seen(text: str) -> str:
    """The words of a page."""
    return html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.DOTALL)))


@pytest.mark.parametrize("chart", CHARTS)
def test_an_embed_is_whole_in_itself(client: FlaskClient, chart: str) -> None:
    for language in texts.languages():
        answer = client.get(f"/embed/{chart}?lang={language}")
        assert answer.status_code == 200 and f'<html lang="{language}">' in answer.text
        with texts.using(language):
            assert texts.t(CHARTS[chart].title) in seen(answer.text)
            assert texts.t("Synthetic data: everybody in these figures is invented. Do not quote them.") in seen(answer.text)
        assert answer.text.count("<svg ") == 2 and "<title>" in answer.text and answer.text.count("<desc>") == 2
        assert store.current_id() in seen(answer.text)
        assert f'href="{SITE}/chart/{chart}' in answer.text, "the way back"
        # What loads by itself is the scripts, which come last and are not needed.
        assert re.findall(r'src="([^"]*)"', answer.text) == ["/assets/charts.js", "/assets/embed.js"]
        assert not re.search(r"<link|<img|@import|url\(", answer.text)
        assert len(gzip.compress(answer.data)) < 20_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_embed_has_the_theme_it_is_told(client: FlaskClient, theme: str) -> None:
    told, free = (client.get(f"/embed/monthly{query}").text for query in (f"?theme={theme}", ""))
    assert f'data-theme="{theme}"' in told and "data-theme=" not in free.partition("<style>")[0]
    assert "prefers-color-scheme" in free.partition("<svg")[2] and "prefers-color-scheme" not in told.partition("<svg")[2]


@pytest.mark.parametrize(("address", "status", "said"), [
    ("/embed/nothing", 404, "no chart “nothing”"), ("/embed/monthly?region=atlantis", 400, "no figures for region “atlantis”"),
    ("/embed/monthly?theme=pink", 400, "theme"), ("/embed/monthly?vintage=20200101T000000Z-00000000", 400, "no vintage"),
    ("/embed/<script>alert(1)</script>", 404, "no chart"), ("/embed/monthly?colour=red", 400, "not a filter")])
def test_what_cant_be_shown_is_said_in_the_frame(client: FlaskClient, address: str, status: int, said: str) -> None:
    answer = client.get(address)
    assert answer.status_code == status and said in seen(answer.text) and "<script>alert" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store" and "frame-ancestors *" in answer.headers["Content-Security-Policy"]


def test_what_is_not_published_is_said_in_the_frame(client: FlaskClient) -> None:
    answer = client.get("/embed/monthly?region=BY-HM&sex=female&article=342")
    assert answer.status_code == 200 and "<svg" not in answer.text and 'class="problem"' in answer.text


def test_only_embeds_can_be_framed(client: FlaskClient, with_settings) -> None:
    for address in ("/", "/chart/monthly", "/chart/monthly.csv", "/reconciliation", "/oembed", "/nothing"):
        headers = client.get(address, buffered=True).headers
        assert headers["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    headers = client.get("/embed/monthly").headers
    assert "X-Frame-Options" not in headers and "frame-ancestors *" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in re.search(r"script-src [^;]*", headers["Content-Security-Policy"])[0]
    with_settings("embed", framed_by=["https://example.org", "https://*.example.com"])
    assert client.get("/embed/monthly").headers["Content-Security-Policy"].endswith("frame-ancestors https://example.org https://*.example.com")
    with_settings("embed", framed_by=[])
    assert client.get("/embed/monthly").headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


def test_files_can_be_read_by_a_sandboxed_embed_and_pages_not(client: FlaskClient) -> None:
    for address in ("/chart/monthly.figure.json", "/assets/charts.js", "/embed/monthly"):
        headers = client.get(address, buffered=True).headers
        assert headers["Access-Control-Allow-Origin"] == "*" and headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Origin" not in client.get("/").headers


def test_a_newer_vintage_leaves_an_open_embed_as_it_is(client: FlaskClient, sample: Path, tmp_path: Path, monkeypatch) -> None:
    """What an embed loads when it is touched is of the vintage it shows, and one that is opened anew shows the newest."""
    shutil.copytree(sample / "vintages", tmp_path / "vintages")
    monkeypatch.setenv("VYRAK_DATA", str(tmp_path))
    old = store.current_id()
    before, pinned = client.get("/embed/waves").text, client.get(f"/embed/waves?vintage={old}")
    address = html.unescape(re.search(r'data-figure="([^"]+)"', before)[1])
    figure = client.get(address).data
    new = old[:-8] + "ffffffff"
    shutil.copytree(tmp_path / "vintages" / old, tmp_path / "vintages" / new)
    facts = tmp_path / "vintages" / new / "public" / "facts.json"
    facts.write_text(facts.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    (tmp_path / "vintages" / new / "manifest.json").write_text('{"outputs": {}}', encoding="utf-8")
    with (tmp_path / "vintages" / "history.jsonl").open("a") as history:
        history.write(json.dumps({"vintage": new, "before": old}) + "\n")
    (tmp_path / "vintages" / "CURRENT").write_text(new)
    assert new in seen(client.get("/embed/waves").text)
    assert client.get(address).data == figure
    assert pinned.headers["Cache-Control"].startswith("public") and old in seen(client.get(f"/embed/waves?vintage={old}").text)


def asked(client: FlaskClient, url: str, **more: object):
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return client.get(f"/oembed?url={quote(url, safe='')}{query}")


@pytest.mark.parametrize("chart", CHARTS)
def test_oembed_gives_the_code_of_each_chart(client: FlaskClient, chart: str) -> None:
    for place in ("chart", "embed"):
        told = asked(client, f"{SITE}/{place}/{chart}?lang=be").json
        assert told["version"] == "1.0" and told["type"] == "rich" and {"width", "height", "html", "title", "provider_url"} <= set(told)
        with texts.using("be"):
            assert texts.t(CHARTS[chart].title) in told["title"] and "сінтэтычныя" in told["title"]
        source = html.unescape(re.search(r'src="([^"]+)"', told["html"])[1])
        assert source == f"{SITE}/embed/{chart}?lang=be" and client.get(source).status_code == 200


def test_oembed_keeps_to_the_room_there_is_and_to_its_own_addresses(client: FlaskClient) -> None:
    told = asked(client, f"{SITE}/chart/monthly", maxwidth=300, maxheight=400).json
    assert told["width"] == 300 and told["height"] == 400 and "height:400px" in told["html"]
    for url in ("https://elsewhere.example/chart/monthly", f"{SITE}/chart/nothing", f"{SITE}/", "", "javascript:alert(1)", "http://[",
                f"{SITE}:x/chart/monthly", f"{SITE}/chart/monthly?region=atlantis"):
        answer = asked(client, url)
        assert answer.status_code == 404 and answer.text.endswith(".\n"), url
    assert asked(client, f"{SITE}/chart/monthly", format="xml").status_code == 501
    assert asked(client, f"{SITE}/chart/monthly", maxwidth="wide").status_code == 400


@bounded(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_no_address_breaks_oembed_or_embed(client: FlaskClient, text: str) -> None:
    assert asked(client, text).status_code == 404
    assert client.get("/embed/monthly", query_string={"theme": text, "region": text}).status_code in (200, 400)


def test_a_link_has_its_preview(client: FlaskClient) -> None:
    for path in ("/", "/charges?lang=be", "/chart/monthly?sex=female&lang=ru", "/about"):
        text = client.get(path, buffered=True).text.partition("</head>")[0]
        told = dict(re.findall(r'<meta property="(og:\w+)" content="([^"]*)">', text))
        assert {"og:title", "og:description", "og:url", "og:type", "og:site_name"} <= set(told)
        assert told["og:url"] == html.escape(SITE + path) and '<meta name="twitter:card"' in text
        assert ("json+oembed" in text) == path.startswith("/chart/")
    discovered = html.unescape(re.search(r'json\+oembed" href="([^"]+)"', client.get("/chart/monthly?sex=female&lang=ru").text)[1])
    assert "sex=female" in html.unescape(client.get(discovered).json["html"])


def test_the_address_of_the_site_is_that_of_the_settings(client: FlaskClient, with_settings) -> None:
    with_settings("site", address="https://vyrak.example/figures")
    of_site = quote("https://vyrak.example/figures/chart/monthly", safe="")
    for path in ("/embed/monthly", "/chart/monthly", "/chart/monthly.metadata.json", f"/oembed?url={of_site}"):
        text = client.get(path, buffered=True, headers={"Host": "evil.example"}).text
        assert "evil.example" not in text and "https://vyrak.example/figures/" in text, path


def test_the_panel_offers_what_is_there(client: FlaskClient) -> None:
    text = client.get("/chart/monthly", buffered=True).text
    codes = [html.unescape(code) for code in re.findall(r"<code[^>]*>(.*?)</code>", text)]
    links, frames = codes[:2], codes[2:4]
    assert links[0] == f"{SITE}/chart/monthly" and f"vintage={store.current_id()}" in links[1]
    assert [f"vintage={store.current_id()}" in frame for frame in frames] == [False, True]
    for frame in frames:
        assert f'sandbox="{sharing.SANDBOX}"' in frame and f'title="{html.escape(CHARTS["monthly"].title)}' in frame
    for ending, _, options in sharing.FILES:
        assert client.get(addresses_of(ending, options)).status_code == 200


def addresses_of(ending: str, options: dict) -> str:
    return f"/chart/monthly.{ending}?" + "&".join(f"{name}={value}" for name, value in options.items())


def test_the_lines_in_the_code_are_the_script(client: FlaskClient) -> None:
    """What the embed says is what both ways of listening understand."""
    said = client.get("/assets/embed.js", buffered=True).text
    listens = client.get("/assets/embed-host.js", buffered=True).text
    for word in ("vyrak", '"height"'):
        assert word in said and word in listens and word in sharing.GROWS
