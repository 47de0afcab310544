"""The site as it is served for real, on a port of 127.0.0.1, with what can be seen of its processes."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks._peers import ROOT, free_port, nginx

ONION, SAFE, PLAIN = 8081, 443, 80
"""Ports in deploy/nginx.conf: of the onion service, which takes no certificate, and of the open web."""


@dataclass(frozen=True)
class Site:
    """`port` of the site; `process` of its master; `log`: the file of what it says."""

    port: int
    process: subprocess.Popen
    log: Path

    def workers(self) -> list[int]:
        """The processes that answer."""
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(pid) for pid in text.split()]

    def megabytes(self) -> float:
        """Memory of all processes of the site, shared pages counted once."""
        return sum(_proportional(pid) for pid in [self.process.pid, *self.workers()]) / 1024

    def kill(self, pid: int) -> None:
        """Kill one of the workers, as a machine out of memory would."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def health(self) -> dict:
        """What /health says; {} if nothing came."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request("GET", "/health", headers={"Connection": "close"})
            return json.loads(connection.getresponse().read())
        except (OSError, ValueError, http.client.HTTPException):
            return {}

    def said(self) -> str:
        """All that it has logged."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def _proportional(pid: int) -> int:
    """Kilobytes of a process."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


@contextmanager
def served(data: Path, entry: str = "app:server", *options: str) -> Iterator[Site]:
    """The site under gunicorn, as gunicorn.conf.py has it but for `options`."""
    port = free_port()
    with tempfile.NamedTemporaryFile("wb", suffix=".log") as log:
        command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}", *options, entry]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"VYRAK_DATA": str(data)}, stdout=log, stderr=log)
        site = Site(port, process, Path(log.name))
        try:
            for _ in range(300):
                if site.health():
                    break
                assert process.poll() is None, site.said()
                time.sleep(0.1)
            yield site
        finally:
            process.terminate()
            process.wait(timeout=40)


def nginx_on_trial(folder: Path, program: str, ports: dict[int, int]) -> str:
    """deploy/nginx.conf as it is but for names of files, ports (those of the file → those of the trial, on 127.0.0.1) and who runs it: such
    that anybody may try it. `program`: where the program listens."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for pattern, instead in (
            (r"^user .*$", ""), (r"^ *listen \[::\].*$", ""),
            (r"listen (?:127\.0\.0\.1:)?(\d+)\b", lambda found: f"listen 127.0.0.1:{ports[int(found[1])]}"),
            (r"unix:/run/vyrak\.sock", program), (r"/etc/ssl/vyrak", str(folder)), (r"/run/nginx\.pid", f"{folder}/nginx.pid"),
            (r"/run/nginx-vyrak", f"{folder}/cache"), (r"/var/log/nginx", str(folder)),
            (r"^http \{$", "http {" + "".join(
                f" {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")))):
        text, found = re.subn(pattern, instead, text, flags=re.MULTILINE)
        if not found:
            raise ValueError(f"deploy/nginx.conf has nothing like {pattern}: the trial would not be of it")
    return text


@contextmanager
def behind_nginx(port: int) -> Iterator[int | None]:
    """The port of an nginx before the site at `port`, as deploy/nginx.conf has it for the onion service: without TLS, which no reader here
    speaks. None if there is no nginx here (VYRAK_NGINX names one that is not in the path)."""
    command, openssl = nginx(), shutil.which("openssl")
    if command is None or openssl is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as name:
        folder, ports = Path(name), {each: free_port() for each in (ONION, SAFE, PLAIN)}
        folder.chmod(0o755)
        subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=vyrak.example", "-keyout",
                        folder / "privkey.pem", "-out", folder / "fullchain.pem"], check=True, capture_output=True)
        (folder / "nginx.conf").write_text(nginx_on_trial(folder, f"127.0.0.1:{port}", ports), encoding="utf-8")
        process = subprocess.Popen([command, "-e", f"{folder}/error.log", "-c", folder / "nginx.conf", "-g", "daemon off;"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", ports[ONION]), 1).close()
                    break
                time.sleep(0.05)
            yield ports[ONION]
        finally:
            process.terminate()
            process.wait(timeout=20)


def etl(data: Path, *arguments: object) -> subprocess.Popen:
    """`python -m etl ARGUMENTS` beside all else."""
    return subprocess.Popen([sys.executable, "-m", "etl", *map(str, arguments)], cwd=ROOT, env=os.environ | {"VYRAK_DATA": str(data)},
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
