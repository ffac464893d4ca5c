"""What an installed Molseek has: the wheel that the image and `pip install` are made of."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from service.routes.webfiles import API_BROWSER, EDITOR, WEB

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"molseek", "model", "training", "indexer", "service"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = out.glob("molseek-*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_holds_our_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == PACKAGES


def test_the_wheel_holds_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for room in PACKAGES
        for path in (ROOT / room).rglob("*")
        if path.is_file() and not {"__pycache__", "node_modules"} & set(path.parts)
    }
    assert files - set(wheel.namelist()) == set()


@pytest.mark.parametrize(
    "file",
    [
        "model/bundled/compact/model.safetensors",
        "model/bundled/compact/config.json",
        "training/presets/paper.yaml",
        "training/presets/compact.yaml",
        "indexer/examples/compounds.tsv",
        *(f"{package}/py.typed" for package in sorted(PACKAGES)),
    ],
)
def test_the_wheel_holds_the_data_that_the_commands_read(wheel: zipfile.ZipFile, file: str) -> None:
    assert file in wheel.namelist()


def test_the_wheel_holds_what_the_page_serves_from_npm_and_no_more(wheel: zipfile.ZipFile) -> None:
    served = {f"service/web/{path}" for path in (EDITOR | API_BROWSER).values() if (WEB / path).is_file()}
    npm = {name for name in wheel.namelist() if "node_modules" in name}
    assert {name for name in npm if Path(name).name not in ("LICENSE", "NOTICE")} == served


def test_the_image_installs_what_the_page_serves_from_npm_itself() -> None:
    """What lies in a working copy must not decide what an image holds."""
    assert "service/web/node_modules" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "npm ci" in (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_is_built_from_every_package() -> None:
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{package}" for package in PACKAGES} <= set(sent)


def test_the_wheel_makes_the_commands(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    commands = wheel.read(entry_points).decode().splitlines()
    for command in (
        "molseek = molseek.cli:main",
        "molseek-train = training.cli:main",
        "molseek-index = indexer.cli:main",
        "molseek-serve = service.cli:main",
    ):
        assert command in commands


@pytest.mark.slow
def test_the_installed_wheel_answers_in_one_line(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """As `pipx run` does it: an environment of its own, an empty cache, one command; only downloads are spared."""
    home = tmp_path / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    own = Path(sysconfig.get_path("purelib", "venv", {"base": str(home), "platbase": str(home)}))
    # As a plain path, so that the editable install of the clone, a .pth file in there, is not followed.
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel.filename)], check=True, timeout=120)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOLSEEK_", "PYTHON"))}
    done = subprocess.run(
        [str(home / "bin" / "molseek"), "ask", "a trimethylxanthine that keeps people awake", "-k", "3"],
        cwd=tmp_path,
        env=kept | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "caffeine" in done.stdout and "3 hits" in done.stdout
    assert next((tmp_path / "cache" / "molseek").glob("bundled-*/current")).exists()
