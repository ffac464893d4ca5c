"""What compose.yaml and the Dockerfile promise, as far as it shows without a container engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
INDEX_MOUNT = "/var/lib/molseek/index"


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert set(compose["volumes"]) == {"index"}
    return dict(compose["services"])


def stages() -> dict[str, list[str]]:
    """The Dockerfile's instructions by stage, line continuations joined, comments left out."""
    lines = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)).splitlines()
    found: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, lines)):
        if line.startswith("FROM "):
            base, name = re.fullmatch(r"FROM (\S+) AS (\S+)", line).groups()  # type: ignore[union-attr]
            # A stage starts with everything its base stage did.
            found[name] = [*found.get(base, []), line]
        elif found:
            found[list(found)[-1]].append(line)
    return found


def test_compose_has_the_service_its_first_fill_and_the_rebuild_on_demand(services: dict[str, dict[str, Any]]) -> None:
    assert set(services) == {"api", "init", "index"}
    assert "profiles" not in services["api"] and "profiles" not in services["init"]
    assert services["index"]["profiles"] == ["index"]


def test_compose_publishes_to_this_machine_alone_and_asks_others_for_keys(services: dict[str, dict[str, Any]]) -> None:
    api = services["api"]
    assert api["ports"] == ["${BIND:-127.0.0.1}:${PORT:-8000}:8000"]
    assert api["environment"]["MOLSEEK_PUBLISHED"] == "${BIND:-127.0.0.1}"
    assert api["environment"]["MOLSEEK_ALLOW_ANONYMOUS"] == "${MOLSEEK_ALLOW_ANONYMOUS:-false}"
    assert api["environment"]["MOLSEEK_KEYS"] == "${KEYS_DIR:+/keys/keys.txt}"
    assert "${KEYS_DIR:-./docker}:/keys:ro" in api["volumes"]


@pytest.mark.parametrize("name", ["api", "init", "index"])
def test_no_container_has_more_rights_than_it_needs(services: dict[str, dict[str, Any]], name: str) -> None:
    service = services[name]
    assert "privileged" not in service
    assert "cap_add" not in service
    assert "network_mode" not in service
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["user"].split(":")[0] not in ("0", "root")
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"] and service["cpu_quota"] and service["pids_limit"]


def test_the_service_can_read_the_index_but_not_write_it(services: dict[str, dict[str, Any]]) -> None:
    assert f"index:{INDEX_MOUNT}:ro" in services["api"]["volumes"]
    assert all(volume.endswith(":ro") for volume in services["api"]["volumes"])
    for writer in ("init", "index"):
        assert f"index:{INDEX_MOUNT}" in services[writer]["volumes"]


def test_a_corpus_is_mounted_read_only(services: dict[str, dict[str, Any]]) -> None:
    assert [v for v in services["index"]["volumes"] if v.endswith(":/corpus:ro")]


def test_the_service_starts_after_the_first_fill_has_ended(services: dict[str, dict[str, Any]]) -> None:
    assert services["api"]["depends_on"] == {"init": {"condition": "service_completed_successfully"}}


def test_the_service_is_watched_and_brought_back_and_one_shots_are_not(services: dict[str, dict[str, Any]]) -> None:
    api = services["api"]
    assert api["healthcheck"]["test"][0] == "CMD"
    assert api["restart"] == "unless-stopped"
    for once in ("init", "index"):
        assert services[once]["restart"] == "no"
        assert services[once]["healthcheck"] == {"disable": True}


def test_every_variable_the_deployment_sets_is_a_setting_of_the_service(services: dict[str, dict[str, Any]]) -> None:
    known = {f"MOLSEEK_{name.upper()}" for name in Settings.model_fields}
    in_compose = {name for s in services.values() for name in s["environment"] if name.startswith("MOLSEEK_")}
    in_image = set(re.findall(r"\b(MOLSEEK_[A-Z_]+)=", DOCKERFILE))
    assert in_compose and in_image
    assert in_compose - known == set()
    assert in_image - known == set()


def test_the_settings_of_the_service_accept_what_the_image_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in re.findall(r"\b(MOLSEEK_[A-Z_]+)=(\S+)", "\n".join(stages()["runtime"])):
        monkeypatch.setenv(name, value)
    settings = Settings()  # type: ignore[call-arg]
    assert settings.checkpoint == "compact" or settings.checkpoint == Path("compact")
    assert (settings.index, settings.host, settings.port) == (Path(INDEX_MOUNT), "0.0.0.0", 8000)


@pytest.mark.parametrize("target", ["cpu", "cuda"])
def test_an_image_ends_as_a_fixed_user_that_is_not_root_and_checks_its_health(target: str) -> None:
    instructions = stages()[target]
    users = [line.split()[1] for line in instructions if line.startswith("USER ")]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", users[-1])
    assert any(line.startswith("HEALTHCHECK ") and "NONE" not in line for line in instructions)
    assert not any("curl" in line for line in instructions)


@pytest.mark.parametrize("target", ["cpu", "cuda"])
def test_an_image_holds_no_build_tools_and_no_training_extra(target: str) -> None:
    instructions = "\n".join(stages()[target])
    assert not re.search(r"gcc|build-essential|\bpip\b|\bgit\b", instructions)
    builder = "\n".join(stages()[f"builder-{target}"])
    assert not re.search(r"--extra (train|dev)|\[(train|dev)", builder)
    assert "-c constraints.txt" in builder


def test_the_cpu_image_is_the_default_target() -> None:
    assert list(stages())[-1] == "cpu"


def test_torch_is_installed_before_anything_that_could_choose_its_build() -> None:
    for target in ("cpu", "cuda"):
        installs = [line for line in stages()[f"builder-{target}"] if " install " in line]
        assert "TORCH_PIP_ARGS} torch " in installs[0]


def test_the_build_context_holds_all_that_is_copied_and_no_data() -> None:
    kept = {
        line[1:].strip("/")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    assert (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()[1] == "*"
    assert {"pyproject.toml", "constraints.txt", "model", "training", "indexer", "service", "docker"} <= kept
    assert not kept & {"tests", "var", "runs", ".git", ".venv"}


@pytest.mark.parametrize("path", ["compose.yaml", "docker/Dockerfile", "Makefile", "constraints.txt", "pyproject.toml"])
def test_no_package_index_is_written_down(path: str) -> None:
    assert not re.search(r"https?://(?!127\.0\.0\.1|%s|\$)", (ROOT / path).read_text(encoding="utf-8"))
