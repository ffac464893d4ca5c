"""The manifests of docker/kubernetes: valid by the schemas of Kubernetes, and as careful as compose.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from indexer.engines.milvus_settings import MilvusSettings
from service.settings import Settings

kubernetes_validate = pytest.importorskip("kubernetes_validate")

DOCKER = Path(__file__).resolve().parents[2] / "docker"
FOLDER = DOCKER / "kubernetes"
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


@pytest.mark.parametrize("version", ["1.27", kubernetes_validate.latest_version()])
@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_is_valid(name: str, version: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], version, strict=True)


def test_a_manifest_has_nothing_twice() -> None:
    """YAML takes the last of two equal keys, and says nothing."""
    for path in FOLDER.glob("*.yaml"):
        for node in _mappings(yaml.compose(path.read_text(encoding="utf-8"))):
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), f"{path.name}: {keys}"


def _mappings(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        children = [value for _, value in node.value]
    else:
        children = node.value if isinstance(node, yaml.SequenceNode) else []
    for child in children:
        yield from _mappings(child)


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


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_a_container_runs_what_the_image_can(pod: dict[str, Any], container: dict[str, Any]) -> None:
    entrypoint = (DOCKER / "entrypoint.sh").read_text(encoding="utf-8")
    assert all(f"    {word}) " in entrypoint for word in container.get("args", []))
    ours = {f"MOLSEEK_{name.upper()}" for name in (*Settings.model_fields, *MilvusSettings.model_fields)}
    known = ours | set(re.findall(r"\$\{?([A-Z_]+)", entrypoint))
    assert {variable["name"] for variable in container.get("env", [])} <= known
    # Its user is the image's, whose files it reads.
    image = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    assert f"\nUSER {pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}\n" in image


@pytest.mark.parametrize("pod", PODS.values(), ids=PODS)
def test_what_a_pod_mounts_is_made_here_or_by_hand(pod: dict[str, Any]) -> None:
    made = {MANIFESTS["claim.yaml"]["metadata"]["name"]}
    by_hand = set(
        re.findall(r"molseek-(?:corpus|keys)", (DOCKER.parent / "docs" / "kubernetes.md").read_text(encoding="utf-8"))
    )
    claims = {
        volume["persistentVolumeClaim"]["claimName"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume
    }
    secrets = {volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume}
    assert claims | secrets <= made | by_hand


def test_the_network_policy_lets_in_what_the_service_answers() -> None:
    (api,) = PODS["deployment"]["containers"]
    policy = MANIFESTS["network.yaml"]["spec"]
    (ingress,) = policy["ingress"]
    assert [port["port"] for port in ingress["ports"]] == [api["ports"][0]["containerPort"]]
    for name in ("deployment", "rebuild"):
        spec = MANIFESTS[f"{name}.yaml"]["spec"]
        labels = spec.get("template", spec.get("jobTemplate", {}).get("spec", {}).get("template"))["metadata"]["labels"]
        assert policy["podSelector"]["matchLabels"].items() <= labels.items()
    assert policy["egress"] == []


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
