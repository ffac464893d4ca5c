"""The manifests of docker/kubernetes: valid by the schemas of Kubernetes, and as careful as compose.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

kubernetes_validate = pytest.importorskip("kubernetes_validate")

FOLDER = Path(__file__).resolve().parents[2] / "docker" / "kubernetes"
MANIFESTS = {
    path.name: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("*.yaml"))
    if path.name != "kustomization.yaml"
}
PODS = {
    "deployment": MANIFESTS["deployment.yaml"]["spec"]["template"]["spec"],
    "rebuild": MANIFESTS["rebuild.yaml"]["spec"]["jobTemplate"]["spec"]["template"]["spec"],
}
CONTAINERS = [
    pytest.param(pod, container, id=f"{name}-{container['name']}")
    for name, pod in PODS.items()
    for container in (*pod.get("initContainers", []), *pod["containers"])
]


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_is_valid(name: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], kubernetes_validate.latest_version(), strict=True)


def test_kustomize_applies_every_manifest() -> None:
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
    assert sorted(listed["resources"]) == sorted(MANIFESTS)
    assert {container["image"] for _, container in (mark.values for mark in CONTAINERS)} == {"molseek:cpu"}
    assert listed["images"][0]["name"] == "molseek"


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_no_container_has_more_rights_than_it_needs(pod: dict[str, Any], container: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    rights = container["securityContext"]
    assert rights["readOnlyRootFilesystem"] is True
    assert rights["allowPrivilegeEscalation"] is False
    assert rights["capabilities"] == {"drop": ["ALL"]}
    assert set(container["resources"]["limits"]) == {"cpu", "memory"}
    assert "hostPath" not in str(pod) and "hostNetwork" not in pod


@pytest.mark.parametrize("pod", PODS.values(), ids=PODS)
def test_a_service_named_molseek_does_not_set_variables_of_ours(pod: dict[str, Any]) -> None:
    assert pod["enableServiceLinks"] is False


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_what_is_mounted_is_a_volume_of_the_pod(pod: dict[str, Any], container: dict[str, Any]) -> None:
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    assert set(mounts) <= {volume["name"] for volume in pod["volumes"]}
    assert mounts["index"]["mountPath"] == "/var/lib/molseek/index"
    assert "tmp" in mounts
    assert mounts["index"].get("readOnly", False) is (container["name"] == "api")


def test_the_service_is_probed_and_found_by_its_labels() -> None:
    (api,) = PODS["deployment"]["containers"]
    assert api["startupProbe"]["httpGet"]["path"] == api["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert api["livenessProbe"]["httpGet"]["path"] == "/health/live"  # a missing release is no reason to restart
    labels = MANIFESTS["deployment.yaml"]["spec"]["template"]["metadata"]["labels"]
    assert MANIFESTS["service.yaml"]["spec"]["selector"].items() <= labels.items()
    assert MANIFESTS["disruption.yaml"]["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert MANIFESTS["service.yaml"]["spec"]["ports"][0]["targetPort"] == api["ports"][0]["name"]


def test_clients_need_keys() -> None:
    (api,) = PODS["deployment"]["containers"]
    assert {"name": "MOLSEEK_KEYS", "value": "/keys/keys.txt"} in api["env"]
    assert not [variable for variable in api["env"] if variable["name"] == "MOLSEEK_ALLOW_ANONYMOUS"]
