"""The site of the documents: it builds, and a reader of it asks no other host for anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("material", reason="mkdocs-material is not installed (extra docs)")
ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# What a browser fetches by itself; an `a` is followed by its reader alone.
_LOADS = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "object": "data"}
_ADDRESSES = {"canonical", "prev", "next"}  # links that say where a page is, and load nothing


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(out)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return out


class _Loaded(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in _LOADS and values.get("rel") not in _ADDRESSES:
            self.found.append(values.get(_LOADS[tag]) or "")
        # The theme fetches mermaid from another host where a page has such a block.
        assert "mermaid" not in (values.get("class") or "").split()


def loaded(page: Path) -> list[str]:
    parser = _Loaded()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.found


def test_pages_name_nothing_of_another_host(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        assert [each for each in loaded(page) if each.startswith(("http:", "https:", "//"))] == [], page.name
    for style in site.rglob("*.css"):
        assert "url(http" not in style.read_text(encoding="utf-8"), style.name


@pytest.fixture(scope="module")
def requests(site: Path) -> Iterator[list[str]]:
    """What Chromium asks for on pages with a picture, with code and with generated tables."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine (Debian: apt-get install chromium)")
    asked: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        for name in ("index.html", "architecture.html", "api.html", "reference/cli.html"):
            page.goto((site / name).as_uri())
            page.wait_for_load_state("networkidle")
        broken = page.evaluate("[...document.images].filter(each => !each.naturalWidth).map(each => each.src)")
        browser.close()
    assert broken == []
    yield asked


def test_a_browser_asks_no_other_host(requests: list[str]) -> None:
    assert any(url.endswith("network.svg") for url in requests)
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize("target", ["../docker/kubernetes", "howto", "none.md", "../README.md#try-it"])
def test_a_link_to_what_the_site_has_not_ends_the_build(target: str) -> None:
    from mkdocs.exceptions import PluginError

    from docs.mkdocs_hooks import on_page_markdown

    page = SimpleNamespace(file=SimpleNamespace(src_uri="kubernetes.md"))
    assert on_page_markdown("[a page](operate.md#settings), [a host](https://example.org)", page=page)
    with pytest.raises(PluginError, match=re.escape(target.partition("#")[0])):
        on_page_markdown(f"[there]({target})", page=page)
