"""The configurations of deploy/ keep what docs/operations.md and SECURITY.md promise; deploy/try_nginx.sh tries nginx' own."""

import re
from pathlib import Path

from benchmarks._served import nginx_on_trial
from components import guard

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"


def _lines(name: str) -> list[str]:
    return [line.strip() for line in (DEPLOY / name).read_text(encoding="utf-8").splitlines() if line.strip() and not line.strip().startswith("#")]


def test_nginx_writes_down_nobody_and_passes_nobody_on() -> None:
    lines = _lines("nginx.conf")
    assert [line for line in lines if line.startswith("access_log")] == ["access_log off;"]
    assert [line for line in lines if line.startswith("error_log")] == ["error_log /var/log/nginx/error.log emerg;"]
    told = "\n".join(lines)
    assert not re.search(r"\$(binary_)?remote_addr|\$http_user_agent|\$proxy_add_x_forwarded_for|\$http_host|\$host\b", told)
    servers = told.split("proxy_pass http://vyrak;")[1:]
    full = [part for part in servers if "proxy_http_version" in part.split("}")[0]]
    assert len(full) == 2, "the open web and the onion"
    for part in full:
        for header in ("User-Agent", "Referer", "Cookie", "X-Forwarded-For", "X-Real-IP"):
            assert f'proxy_set_header {header} "";' in part.split("}")[0], header
        assert "proxy_set_header Host $server_name;" in part and "proxy_cache_key $scheme$server_name$request_uri;" in part


def test_what_is_withdrawn_leaves_the_cache_of_nginx_within_minutes_and_nothing_is_on_disk() -> None:
    told = "\n".join(_lines("nginx.conf"))
    # How long is the program's to say (tests/components/test_web.py); nginx would go by its own times, or by the browsers', if it had any.
    assert told.count("proxy_ignore_headers Cache-Control Expires Set-Cookie;") == told.count("proxy_cache vyrak;") == 2
    assert "proxy_cache_valid" not in told and "use_stale" not in told and "X-Accel-Expires" not in told
    assert "proxy_cache_path /run/" in told and guard.PINNED_KEPT <= 300 and guard.NEWEST_KEPT <= 5


def test_nginx_asks_again_after_a_worker_that_has_just_ended() -> None:
    """It does so only where another server is named."""
    upstream = "\n".join(_lines("nginx.conf")).split("upstream vyrak {")[1].split("}")[0]
    assert upstream.count("server unix:/run/vyrak.sock max_fails=0;") == 2


def test_the_configuration_can_be_tried_by_anybody_as_it_is(tmp_path: Path) -> None:
    tried = nginx_on_trial(tmp_path, "127.0.0.1:9", {80: 8380, 443: 8343, 8081: 8381})
    listening = re.findall(r"^ *listen ([^ ;]+)", tried, re.M)
    assert len(listening) == 5 and all(address.startswith("127.0.0.1:8") for address in listening)
    assert not re.search(r"(?<!" + re.escape(str(tmp_path)) + r")/(run|var/(log|cache))/(nginx|vyrak)", tried)


def test_the_proxy_waits_for_less_long_than_the_server_and_systemd_for_longer() -> None:
    config = (ROOT / "gunicorn.conf.py").read_text(encoding="utf-8")
    keepalive, graceful = (int(re.search(rf"^{name} = (\d+)", config, re.M)[1]) for name in ("keepalive", "graceful_timeout"))
    upstream = int(re.search(r"upstream vyrak \{[^}]*keepalive_timeout (\d+)s", (DEPLOY / "nginx.conf").read_text(encoding="utf-8"))[1])
    assert upstream < keepalive
    assert int(re.search(r"^TimeoutStopSec=(\d+)", (DEPLOY / "vyrak.service").read_text(encoding="utf-8"), re.M)[1]) > graceful


def test_the_unit_can_read_little_and_send_nothing() -> None:
    unit = set(_lines("vyrak.service"))
    assert unit >= {"PrivateNetwork=yes", "RestrictAddressFamilies=AF_UNIX", "ProtectSystem=strict", "ReadOnlyPaths=/opt/vyrak /var/lib/vyrak",
                    "NoNewPrivileges=yes", "PrivateTmp=yes", "CapabilityBoundingSet=", "SystemCallFilter=@system-service", "LimitCORE=0",
                    "MemoryMax=1500M", "MemoryDenyWriteExecute=yes"}


def test_the_image_holds_every_folder_that_the_program_imports() -> None:
    copied = " ".join(line for line in _lines("Containerfile") if line.startswith("COPY"))
    for needed in ("app.py", "settings.py", "texts.py", "logs.py", "gunicorn.conf.py", "config.toml", "components", "etl", "stats", "locale",
                   "data/published_figures.csv", "data/published_metrics.csv", "requirements.txt"):
        assert needed in copied, needed
    assert "USER 10001" in _lines("Containerfile") and "--require-hashes" in (DEPLOY / "Containerfile").read_text(encoding="utf-8")
