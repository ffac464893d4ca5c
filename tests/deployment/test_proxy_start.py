"""What starts nginx in the profile `proxy`: it refuses what would be unsafe, and its configuration is one to nginx."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


class Container:
    """The folders /proxy, /site, /tls and /tmp under one of the test. nginx only tests its configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "docker" / "proxy", folder / "proxy")
        for made in ("site", "tls", "tmp", "bin"):
            (folder / made).mkdir()
        shutil.copy(ROOT / "docs" / "nginx.conf", folder / "site")
        for file in (*(folder / "proxy").iterdir(), folder / "site" / "nginx.conf"):
            text = file.read_text(encoding="utf-8")
            text = re.sub(r"""(?<=[ ">|])/(?=(?:proxy|site|tls|tmp)/)""", f"{folder}/", text)
            file.write_text(text, encoding="utf-8")
        nginx = folder / "bin" / "nginx"
        nginx.write_text(f'#!/bin/sh\nexec "{NGINX}" -t "$@"\n', encoding="utf-8")
        nginx.chmod(0o755)

    def certify(self) -> None:
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
        keys = ["-keyout", str(self.folder / "tls/molseek.key"), "-out", str(self.folder / "tls/molseek.crt")]
        subprocess.run([*made, *keys], check=True, capture_output=True)

    def start(self, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "PROXY_BIND": "127.0.0.1",
            "SERVER_NAME": "localhost",
            "MOLSEEK_KEYS": "",
            "MOLSEEK_ALLOW_ANONYMOUS": "false",
            "UPSTREAM": "127.0.0.1:8765",  # a name, as in compose.yaml, can be looked up among containers alone
        }
        return subprocess.run(
            ["/bin/sh", str(self.folder / "proxy" / "start.sh")],
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(tmp_path)


def test_without_a_certificate_it_says_what_is_missing(container: Container) -> None:
    started = container.start()
    assert started.returncode == 2
    assert "TLS_DIR has no molseek.crt" in started.stderr


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_an_address_that_others_reach_needs_keys_or_a_word(container: Container) -> None:
    container.certify()
    refused = container.start(PROXY_BIND="0.0.0.0")
    assert refused.returncode == 2
    assert "name KEYS_DIR, or say MOLSEEK_ALLOW_ANONYMOUS=true" in refused.stderr


@pytest.mark.skipif(not (NGINX and shutil.which("openssl")), reason="nginx or openssl is not installed")
@pytest.mark.parametrize(
    "variables",
    [{}, {"PROXY_BIND": "0.0.0.0", "MOLSEEK_KEYS": "/keys"}, {"PROXY_BIND": "::", "MOLSEEK_ALLOW_ANONYMOUS": "true"}],
)
def test_its_configuration_is_one_to_nginx(container: Container, variables: dict[str, str]) -> None:
    container.certify()
    started = container.start(SERVER_NAME="chem.example.org", **variables)
    assert started.returncode == 0, started.stderr
    assert "test is successful" in started.stderr
    written = (container.folder / "tmp" / "molseek.conf").read_text(encoding="utf-8")
    assert "server 127.0.0.1:8765;" in written
    assert "listen 8443 ssl" in written
    assert "server_name chem.example.org;" in written
    assert "/etc/nginx" not in written.split("server {", 1)[1]
