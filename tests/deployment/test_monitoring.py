"""The profile `monitoring` for real: a Prometheus reads a service, and every expression of ours finds data in it."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.api.corpus import Index, build_index, copy_index
from tests.api.test_command import COMMAND, Served, environment

MONITORING = Path(__file__).parents[2] / "docker" / "monitoring"
DASHBOARD = json.loads((MONITORING / "grafana" / "dashboards" / "molseek.json").read_text(encoding="utf-8"))
RULES = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))
TARGETS = [
    pytest.param(target["expr"], target.get("legendFormat", ""), id=f"{panel['title']}-{target['refId']}")
    for panel in DASHBOARD["panels"]
    for target in panel.get("targets", [])
]
HOWTO = (MONITORING.parents[1] / "docs" / "howto" / "monitoring.md").read_text(encoding="utf-8")
WATCHED = re.findall(r"^\| `([^`|]*molseek_[^`]*)` \|", HOWTO, re.MULTILINE)
ALERTS = {rule["alert"]: rule["expr"] for group in RULES["groups"] for rule in group["rules"]}

LONG = "an acid " * 600

needs_prometheus = pytest.mark.skipif(
    not (shutil.which("prometheus") and shutil.which("promtool")),
    reason="prometheus or promtool is not installed (Debian: apt-get install prometheus)",
)


@dataclass(frozen=True)
class Prometheus:
    url: str

    def ask(self, path: str, **parameters: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}") as response:
            answer = json.load(response)
        assert answer["status"] == "success", answer
        return answer["data"]

    def series(self, expression: str) -> list[tuple[dict[str, str], float]]:
        found = self.ask("query", query=expression)["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]

    def wait_for(self, expression: str) -> None:
        eventually(lambda: bool(self.series(expression)), expression)


def eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def index(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Index:
    return build_index(tiny_checkpoint, tmp_path_factory.mktemp("monitored"))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Keys by scope, and the `file` of them."""
    file = tmp_path_factory.mktemp("keys") / "keys.txt"
    found = {"file": str(file)}
    for scope in ("search", "operate"):
        made = subprocess.run(
            [*COMMAND, "key", scope, "--scope", scope], capture_output=True, text=True, check=True, env=environment()
        )
        found[scope] = re.search(r"molseek_\S+", made.stderr)[0]  # type: ignore[index]
        with file.open("a", encoding="utf-8") as lines:
            lines.write(made.stdout)
    return found


@pytest.fixture(scope="module")
def served(
    index: Index, keys: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, Path]]:
    """A service that waits for its first release, and where that goes."""
    root = tmp_path_factory.mktemp("empty") / "index"
    root.mkdir()
    arguments = ["--checkpoint", str(index.checkpoint), "--index", str(root), "--port", "0", "--keys", keys["file"]]
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(MOLSEEK_WAIT_FOR_INDEX="true", MOLSEEK_POLL_SECONDS="0.2", MOLSEEK_MAX_REQUESTS="32"),
    )
    try:
        yield Served(process), root
    finally:
        process.kill()
        process.wait()


def post(url: str, key: str, body: object) -> int:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            response.read()
            return int(response.status)
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.fixture(scope="module")
def prometheus(
    served: tuple[Served, Path], index: Index, keys: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """A Prometheus with our files, which has seen all that there is to see: errors, too many requests, searches."""
    service, root = served
    folder = tmp_path_factory.mktemp("prometheus")
    key = folder / "key"
    key.write_text(keys["operate"] + "\n", encoding="utf-8")
    config = (MONITORING / "prometheus.yml").read_text(encoding="utf-8")
    for old, new in (
        ("api:8000", f"127.0.0.1:{service.port}"),
        ("/etc/prometheus/key", str(key)),
        ("scrape_interval: 15s", "scrape_interval: 1s"),
        ("evaluation_interval: 15s", "evaluation_interval: 1s"),
    ):
        assert old in config
        config = config.replace(old, new)
    (folder / "prometheus.yml").write_text(config, encoding="utf-8")
    shutil.copy(MONITORING / "alerts.yml", folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(
        ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address={address}"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        seen = Prometheus(f"http://{address}")
        eventually(lambda: answers(seen), "Prometheus")
        seen.wait_for("molseek_ready_processes == 0")
        url = f"{service.url.rsplit('/search', 1)[0]}/search/text2mol"
        load(lambda: post(url, keys["search"], {"query": "an acid"}), 503, seen)
        copy_index(index.root, root / "new")
        for part in (root / "new").iterdir():
            part.rename(root / part.name)
        seen.wait_for("molseek_ready_processes == 1")
        load(lambda: post(url, keys["search"], {"queries": ["an acid", "CCO"]}), 200, seen)
        # Every 16 KiB of a body take one of the 32 places.
        load(lambda: post(url, keys["search"], {"queries": [LONG] * 50}), 429, seen)
        yield seen
    finally:
        process.kill()
        process.wait()


def answers(prometheus: Prometheus) -> bool:
    try:
        return bool(prometheus.ask("targets")["activeTargets"])
    except OSError:
        return False


def load(ask: Callable[[], int], status: int, prometheus: Prometheus) -> None:
    """Ask from many sides until some were answered with `status`, and Prometheus has seen the number of them rise."""
    rising = f'rate(molseek_requests_total{{status="{status}"}}[30s]) > 0'
    with ThreadPoolExecutor(16) as pool:
        eventually(
            lambda: status in list(pool.map(lambda _: ask(), range(32))) and bool(prometheus.series(rising)), rising
        )


@needs_prometheus
def test_promtool_finds_no_fault_in_the_files(tmp_path: Path) -> None:
    config = (MONITORING / "prometheus.yml").read_text(encoding="utf-8")
    config = config.replace("/etc/prometheus/key", str(MONITORING / "no-key"))
    (tmp_path / "prometheus.yml").write_text(config, encoding="utf-8")
    shutil.copy(MONITORING / "alerts.yml", tmp_path)
    done = subprocess.run(
        ["promtool", "check", "config", "--lint=all", "--lint-fatal", str(tmp_path / "prometheus.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@needs_prometheus
def test_prometheus_reads_the_service_with_a_key_of_its_own(prometheus: Prometheus) -> None:
    (target,) = prometheus.ask("targets")["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")
    assert target["labels"]["job"] == "molseek"
    assert {rule["name"]: rule["health"] for group in prometheus.ask("rules")["groups"] for rule in group["rules"]} == (
        dict.fromkeys(ALERTS, "ok")
    )


@pytest.mark.slow
@needs_prometheus
@pytest.mark.parametrize(("expression", "legend"), TARGETS)
def test_every_line_of_the_dashboard_has_data_and_the_labels_of_its_legend(
    prometheus: Prometheus, expression: str, legend: str
) -> None:
    # Grafana makes it four scrape intervals at least.
    found = prometheus.series(expression.replace("$__rate_interval", "1m"))
    assert found
    for labels, _ in found:
        assert set(re.findall(r"\{\{\s*(\w+)\s*\}\}", legend)) <= {name for name, value in labels.items() if value}
    # 0 ÷ 0 is no number: a stage that did nothing for a minute is left out of the plot.
    assert any(value == value for _, value in found)


@pytest.mark.slow
@needs_prometheus
@pytest.mark.parametrize("alert", [*ALERTS.values(), *WATCHED], ids=[*ALERTS, *WATCHED])
def test_what_alerts_watch_is_there(prometheus: Prometheus, alert: str) -> None:
    measured = re.sub(r" ([<>]|==) [\d.]+$", "", alert)
    assert [value for _, value in prometheus.series(measured) if value == value]


def test_the_howto_says_what_to_watch() -> None:
    assert len(WATCHED) >= 6


def test_the_dashboard_asks_the_data_source_that_is_provisioned() -> None:
    (source,) = yaml.safe_load(
        (MONITORING / "grafana" / "provisioning" / "datasources" / "prometheus.yaml").read_text(encoding="utf-8")
    )["datasources"]
    asked = {
        target.get("datasource", panel["datasource"])["uid"]
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
    }
    assert asked == {source["uid"]}
