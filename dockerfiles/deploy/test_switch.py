"""switch.sh for real: nginx, two copies of the service, and requests that must not fail.

Only docker is a stand-in: a script that starts gunicorn where compose would start a
container. Needs nginx, curl and the service's requirements; run `python -m pytest deploy`.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any, Iterator

import pytest

HERE = Path(__file__).resolve().parent
ADDRESSES = {"blue": "127.0.0.2", "green": "127.0.0.3"}

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("curl") and sys.platform == "linux"),
    reason="needs nginx and curl on Linux",
)

# What compose does for switch.sh, without containers. The image's name says how it behaves.
DOCKER = r"""#!/bin/sh
set -eu
shift # compose
colour() { for last; do :; done; printf '%s' "$last"; }
case "$*" in
    'up '*nginx) nginx -p "$PWD" -c nginx.conf; touch nginx.running ;;
    'up '*)
        colour=$(colour "$@")
        [ ! -f "$colour.pid" ] || kill "$(cat "$colour.pid")" 2> /dev/null || true
        rm -f "$colour.pid"
        case $(sed -n "s/^$(printf %s "$colour" | tr a-z A-Z)_IMAGE=//p" .env) in
            missing*) echo 'no such image' >&2; exit 1 ;;
            silent*) exit 0 ;;
            broken*) app=broken:app ;;
            *) app=serve_http:app ;;
        esac
        case $colour in blue) host=127.0.0.2 ;; *) host=127.0.0.3 ;; esac
        cd "$SERVICE"
        PYTHONPATH=$DEPLOY HOST=$host PORT=8000 "$PYTHON" -m gunicorn --daemon \
            --log-file "$DEPLOY/$colour.log" --pid "$DEPLOY/$colour.pid" "$app"
        ;;
    'exec -T nginx nginx '*) shift 4; nginx -p "$PWD" -c nginx.conf "$@" ;;
    'exec -T '*)
        case $3 in blue) host=127.0.0.2 ;; *) host=127.0.0.3 ;; esac
        curl --silent --fail --output /dev/null "http://$host:8000/healthz" ;;
    'ps --services'*) [ ! -f nginx.running ] || echo nginx ;;
    'stop nginx')
        [ ! -f nginx.running ] || kill "$(cat nginx.pid)"
        rm -f nginx.running ;;
    'stop '*)
        [ ! -f "$2.pid" ] || kill "$(cat "$2.pid")"
        rm -f "$2.pid" ;;
esac
"""

# Healthy to its own health check, but not through nginx: refuses forwarded requests.
BROKEN = """
def app(environ, start_response):
    status = "500 Broken" if "HTTP_X_FORWARDED_FOR" in environ else "200 OK"
    start_response(status, [("Content-Length", "0")])
    return [b""]
"""

NGINX = """
pid nginx.pid;
error_log error.log;
events {}
http {
    access_log off;
    include conf.d/*.conf;
}
"""


@pytest.fixture(scope="module")
def name_server() -> Iterator[int]:
    """Answers for blue and green, as docker's name server does; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                try:
                    query, client = server.recvfrom(512)
                except OSError:
                    return
                name = query[13 : 13 + query[12]].decode()
                question = query[12 : 12 + len(name) + 6]
                answer = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(ADDRESSES[name])
                counts = b"\x81\x80\0\1\0\1\0\0\0\0"
                server.sendto(query[:2] + counts + question + answer, client)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


class Deployment:
    def __init__(self, folder: Path, name_server: int) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        shutil.copy(HERE / "switch.sh", folder)
        (folder / "nginx").mkdir()
        site = (HERE / "nginx" / "iris-service.conf").read_text()
        site = re.sub(r"resolver 127\.0\.0\.11", f"resolver 127.0.0.1:{name_server}", site)
        site = re.sub(r"listen 8080", f"listen 127.0.0.1:{self.port}", site)
        (folder / "nginx" / "iris-service.conf").write_text(site)
        (folder / "conf.d").symlink_to("nginx")
        (folder / "nginx.conf").write_text(NGINX)
        (folder / ".env").write_text(f"PORT={self.port}\n")
        (folder / "broken.py").write_text(BROKEN)
        (folder / "bin").mkdir()
        (folder / "bin" / "docker").write_text(DOCKER)
        (folder / "bin" / "docker").chmod(0o755)

    def command(self, *arguments: str) -> dict[str, Any]:
        environ = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "PYTHON": sys.executable,
            "SERVICE": str(HERE.parent),
            "DEPLOY": str(self.folder),
            "HEALTH_SECONDS": "3",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return {"args": ["sh", str(self.folder / "switch.sh"), *arguments], "env": environ}

    def switch(self, *arguments: str) -> int:
        # Output goes to a file: the daemons would keep a pipe open.
        with (self.folder / "output").open("w") as output:
            return subprocess.run(
                **self.command(*arguments), stdout=output, stderr=output
            ).returncode

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text()

    def served_by(self) -> str | None:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/healthz", timeout=5
            ) as reply:
                return str(reply.headers["X-Served-By"]).split(":")[0]
        except OSError:
            return None

    def image(self, colour: str) -> str | None:
        found = re.search(
            f"^{colour.upper()}_IMAGE=(.*)$", (self.folder / ".env").read_text(), re.M
        )
        return found[1] if found else None


@pytest.fixture
def deployment(tmp_path: Path, name_server: int) -> Iterator[Deployment]:
    made = Deployment(tmp_path, name_server)
    yield made
    docker, environ = made.folder / "bin" / "docker", made.command()["env"]
    for service in ("nginx", "blue", "green"):
        subprocess.run([docker, "compose", "stop", service], env=environ, cwd=made.folder)


def test_releases_without_a_failed_request(deployment: Deployment) -> None:
    assert deployment.switch("service:1") == 0, deployment.output
    assert deployment.served_by() == "blue"

    answers: list[str | None] = []
    stop = threading.Event()

    def visit() -> None:
        while not stop.is_set():
            answers.append(deployment.served_by())
            time.sleep(0.01)

    visitor = threading.Thread(target=visit)
    visitor.start()
    assert deployment.switch("service:2") == 0, deployment.output
    assert deployment.switch("--back") == 0, deployment.output
    stop.set()
    visitor.join()

    assert deployment.served_by() == "blue"
    assert None not in answers
    assert {"blue", "green"} == set(answers)
    assert (deployment.image("blue"), deployment.image("green")) == ("service:1", "service:2")


@pytest.mark.parametrize("image", ["missing:2", "silent:2", "broken:2"])
def test_a_failed_release_changes_nothing(deployment: Deployment, image: str) -> None:
    assert deployment.switch("service:1") == 0, deployment.output
    assert deployment.switch(image) == 1, deployment.output
    assert "failed; blue has the traffic" in deployment.output
    assert deployment.served_by() == "blue"
    assert (deployment.image("blue"), deployment.image("green")) == ("service:1", None)
    assert not (deployment.folder / ".lock").exists()
    # And the next release is none the worse for it.
    assert deployment.switch("service:3") == 0, deployment.output
    assert deployment.served_by() == "green"


def test_a_first_release_that_fails_leaves_nothing(deployment: Deployment) -> None:
    assert deployment.switch("broken:1") == 1
    assert "no colour has the traffic" in deployment.output
    assert not (deployment.folder / "nginx" / "active.inc").exists()
    assert deployment.served_by() is None


def test_an_interrupted_release_is_undone(deployment: Deployment) -> None:
    assert deployment.switch("service:1") == 0, deployment.output
    with (deployment.folder / "output").open("w") as output:
        running = subprocess.Popen(**deployment.command("silent:2"), stdout=output, stderr=output)
        time.sleep(1)
        assert deployment.switch("service:3") == 1  # one at a time
        running.terminate()
        assert running.wait(timeout=10) == 143
    assert deployment.served_by() == "blue"
    assert deployment.image("green") is None
    assert not (deployment.folder / ".lock").exists()


def test_there_may_be_nothing_to_go_back_to(deployment: Deployment) -> None:
    assert deployment.switch("--back") == 1
    assert deployment.switch("service:1") == 0, deployment.output
    assert deployment.switch("--back") == 1
    assert "no other release" in deployment.output
    assert deployment.served_by() == "blue"


def test_usage(deployment: Deployment) -> None:
    assert deployment.switch() == 2
    assert "./switch.sh IMAGE" in deployment.output
