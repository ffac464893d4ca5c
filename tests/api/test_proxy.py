"""The nginx of docs/nginx.conf, for real, in front of a service of two processes."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.api.corpus import Index
from tests.api.test_command import COMMAND, Served, environment

HOST = "molecules.example.org"
CONFIG = Path(__file__).parents[2] / "docs" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

pytestmark = pytest.mark.skipif(not (NGINX and shutil.which("openssl")), reason="nginx or openssl is not installed")

# Around the example: as a user without rights, in a folder of the test.
_AROUND = """
daemon off; pid {folder}/nginx.pid; error_log stderr warn; worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/molseek.conf;
}}
"""


def replace(text: str, old: str, new: str) -> str:
    assert old in text, f"the example has no {old!r} any more"
    return text.replace(old, new)


@dataclass
class Proxy:
    port: int
    certificate: Path

    def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        context = ssl.create_default_context(cafile=self.certificate)
        connection = http.client.HTTPSConnection(HOST, context=context)
        connection.sock = context.wrap_socket(
            socket.create_connection(("127.0.0.1", self.port), 60), server_hostname=HOST
        )
        content = json.dumps(body) if body is not None else None
        connection.request(method, path, content, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        read = answer.status, answer.headers, answer.read()
        connection.close()
        return read


@pytest.fixture(scope="module")
def served(index: Index) -> Iterator[Served]:
    process = subprocess.Popen(
        [*COMMAND, "--checkpoint", str(index.checkpoint), "--index", str(index.root), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(
            MOLSEEK_PROCESSES="2",
            MOLSEEK_ROOT_PATH="/molseek",
            MOLSEEK_TRUSTED_PROXIES="127.0.0.1",
            MOLSEEK_TRUSTED_HOSTS=f"{HOST},127.0.0.1",
        ),
    )
    try:
        yield Served(process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def proxy(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("nginx")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
         "-keyout", "molseek.key", "-out", "molseek.crt"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    example = CONFIG.read_text(encoding="utf-8")
    example = replace(example, "listen 443", f"listen 127.0.0.1:{port}")
    example = replace(example, "/etc/nginx/", f"{folder}/")
    example = replace(example, "127.0.0.1:8000", f"127.0.0.1:{served.port}")
    example = replace(example, "rate=50r/s", "rate=1r/s")
    example = replace(example, "burst=100", "burst=20")
    (folder / "molseek.conf").write_text(example, encoding="utf-8")
    (folder / "nginx.conf").write_text(_AROUND.format(folder=folder), encoding="utf-8")
    process = subprocess.Popen(
        [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while True:
            assert process.poll() is None, process.communicate()[1]
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        yield Proxy(port, folder / "molseek.crt")
    finally:
        process.terminate()
        process.wait(30)


def test_a_search_through_it_is_answered_over_tls(proxy: Proxy) -> None:
    status, headers, body = proxy.ask("POST", "/molseek/search/text2mol", {"query": "an acid", "k": 1})
    assert status == 200 and len(json.loads(body)["results"][0]) == 1
    assert headers["strict-transport-security"] and headers["x-content-type-options"] == "nosniff"
    assert re.fullmatch("[0-9a-f]{32}", headers["x-request-id"])


def test_links_lead_back_through_it(proxy: Proxy) -> None:
    _, _, body = proxy.ask("GET", "/molseek/molecules/aspirin")
    link = json.loads(body)["svg"]
    assert link == "/molseek/molecules/aspirin.svg"
    status, headers, body = proxy.ask("GET", link)
    assert (status, headers["content-type"]) == (200, "image/svg+xml") and b"<svg" in body
    _, _, page = proxy.ask("GET", "/molseek/")
    script = re.search(rb'src="([^"]+)"', page)
    assert script is not None
    assert proxy.ask("GET", f"/molseek/{script[1].decode()}")[0] == 200
    _, _, body = proxy.ask("GET", "/molseek/molecules/nobody")
    assert json.loads(body)["instance"] == "/molseek/molecules/nobody"


def test_the_service_sees_its_clients_and_not_what_they_claim(proxy: Proxy, served: Served) -> None:
    served.lines()
    _, headers, _ = proxy.ask("GET", "/molseek/version", **{"X-Forwarded-For": "203.0.113.9", "X-Request-ID": "mine"})
    logged = ""
    while headers["x-request-id"] not in logged:
        logged = served.log.get(timeout=60)
    assert json.loads(logged)["client"] == "127.0.0.1"
    assert json.loads(logged)["path"] == "/molseek/version"


def test_what_is_for_operators_is_not_reached_and_bodies_are_bounded(proxy: Proxy) -> None:
    assert proxy.ask("GET", "/molseek/metrics")[0] == 404
    assert proxy.ask("POST", "/molseek/search/text2mol", {"query": "x" * (2 << 20)})[0] == 413


def numbers(served: Served) -> dict[str, float]:
    """The samples of /metrics. A connection that meets a process as it is killed is made again."""
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/metrics", timeout=60) as answer:
                lines = answer.read().decode().splitlines()
            return {name: float(value) for name, value in (x.rsplit(" ", 1) for x in lines if not x.startswith("#"))}
        except (ConnectionError, urllib.error.URLError):
            time.sleep(0.05)


def test_one_page_of_numbers_for_both_processes(proxy: Proxy, served: Served) -> None:
    for _ in range(12):  # connections of their own, which the kernel spreads
        urllib.request.urlopen(f"http://127.0.0.1:{served.port}/health/live", timeout=60).close()
    asked = numbers(served)['molseek_requests_total{method="GET",route="/health/live",status="200"}']
    assert asked == 12
    while numbers(served)["molseek_ready_processes"] != 2:  # each process notes that it is ready within a second
        time.sleep(0.1)


def test_who_asks_too_often_gets_the_services_own_problem(proxy: Proxy) -> None:
    answers = [proxy.ask("GET", "/molseek/health/live") for _ in range(60)]
    assert answers[0][0] in (200, 429)
    refused = [(headers, json.loads(body)) for status, headers, body in answers if status == 429]
    assert refused
    headers, problem = refused[0]
    assert (headers["content-type"], headers["retry-after"]) == ("application/problem+json", "1")
    assert problem["code"] == "busy"


def members(served: Served) -> list[int]:
    pid = served.process.pid
    children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes in /proc")
def test_a_process_that_is_killed_is_replaced_and_nothing_is_forgotten(served: Served) -> None:
    before = numbers(served)
    assert before["molseek_ready_processes"] == 2
    killed, kept = members(served)
    os.kill(killed, signal.SIGKILL)
    while killed in (now := members(served)) or len(now) < 2:
        time.sleep(0.05)
    assert kept in now
    while (after := numbers(served))["molseek_ready_processes"] != 2:
        time.sleep(0.1)
    assert all(after[name] >= count for name, count in before.items() if name.startswith("molseek_requests_total"))


def test_told_to_end_it_answers_what_it_has_and_ends(served: Served) -> None:
    seen: list[int] = []

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        try:
            while True:
                connection.request(
                    "POST", "/search/text2mol", json.dumps({"query": "an acid"}), {"Content-Type": "application/json"}
                )
                answer = connection.getresponse()
                answer.read()
                seen.append(answer.status)
        except (ConnectionError, http.client.RemoteDisconnected):
            return  # refused or closed between two requests

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    while len(seen) < 8:
        assert served.process.poll() is None
        time.sleep(0.05)
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(60) == 0
    for client in clients:
        client.join(60)
    assert set(seen) == {200}
