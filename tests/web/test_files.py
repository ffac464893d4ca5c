"""The files of the page as they are served."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.routes.webfiles import API_BROWSER, WEB, WebFiles
from service.settings import Settings


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """The application without a checkpoint or release: files need neither."""
    yield TestClient(create_app(Settings(checkpoint="none", index=Path("none"))))


def test_the_page_is_served_under_a_strict_policy(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_head_answers_as_get_without_a_body(client: TestClient) -> None:
    for path in ("/", "/web/app.js", "/docs"):
        whole, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["etag"] == whole.headers["etag"]


def test_what_a_browser_has_is_not_sent_again(client: TestClient) -> None:
    etag = client.get("/web/app.js").headers["etag"]
    again = client.get("/web/app.js", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag


@pytest.mark.parametrize(
    ("name", "kind"),
    [("app.js", "text/javascript"), ("styles/base.css", "text/css"), ("icon.svg", "image/svg+xml")],
)
def test_types_of_files(client: TestClient, name: str, kind: str) -> None:
    assert client.get(f"/web/{name}").headers["content-type"].split(";")[0] == kind


def test_files_are_compressed_for_those_who_can_read_it(client: TestClient) -> None:
    with client.stream("GET", "/web/app.js", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(b"".join(answer.iter_raw())) == (WEB / "app.js").read_bytes()
    plain = client.get("/web/app.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    "name",
    ["", "none.js", "../app.py", "%2e%2e/app.py", "package.json", "types.d.ts", "node_modules/typescript/package.json"],
)
def test_nothing_else_is_served(client: TestClient, name: str) -> None:
    answer = client.get(f"/web/{name}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "route_not_found"


def test_a_changed_file_is_served_anew(tmp_path: Path) -> None:
    script = tmp_path / "a.js"
    script.write_text("1", encoding="utf-8")
    files = WebFiles(tmp_path)
    before = files.get("a.js")
    script.write_text("2", encoding="utf-8")
    after = files.get("a.js")
    assert before is not None and after is not None
    assert (before.content, after.content) == (b"1", b"2")
    assert before.etag != after.etag


def test_the_page_names_no_other_host_and_no_root() -> None:
    """Addresses are relative, so that a proxy may serve the page under any path."""
    for path in [*WEB.glob("*.js"), *WEB.glob("*.html"), *WEB.glob("*/*.css"), *WEB.glob("docs/*.*")]:
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"""(?:src|href|from|url)\s*[=(:]?\s*["'](?:https?:)?//?[^"']*""", text) == [], path.name
        assert "style=" not in text and "innerHTML" not in text, path.name


def test_all_modules_are_named_in_the_page() -> None:
    """A browser that must read each module to find the next takes as many round trips as they are deep."""
    page = (WEB / "index.html").read_text(encoding="utf-8")
    named = set(re.findall(r'<link rel="modulepreload" href="web/([\w/.-]+)"', page))
    needed = {"app.js"}
    waiting = ["app.js"]
    while waiting:
        script = (WEB / waiting.pop()).read_text(encoding="utf-8")
        for found in re.findall(r'^import .* from "\./([\w.-]+)";', script, re.MULTILINE):
            if found not in needed:
                needed.add(found)
                waiting.append(found)
    assert named == needed - {"app.js"}


def test_npm_is_held_to_its_lock_file() -> None:
    package = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in {**package["dependencies"], **package["devDependencies"]}.items():
        assert lock[f"node_modules/{name}"]["version"] == version
        assert lock[f"node_modules/{name}"]["integrity"].startswith("sha512-")


def test_docs_are_ours_with_and_without_swagger_ui(client: TestClient) -> None:
    answer = client.get("/docs")
    assert answer.status_code == 200
    assert "openapi.json" in answer.text or "docs.js" in answer.text
    assert "http://" not in answer.text and "https://" not in answer.text
    installed = all((WEB / path).is_file() for path in API_BROWSER.values())
    assert ("make editor" in answer.text) is not installed
