"""The real service on a port, and a real browser that asks it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn

from service.app import create_app
from service.settings import Settings
from tests.api.corpus import build_index

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
playwright.expect.set_options(timeout=20_000)
# Chromium's own sandbox needs rights that containers rarely give; nothing but our own page is opened.
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="session")
def address(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a service with seven molecules listens."""
    index = build_index(tiny_checkpoint, tmp_path_factory.mktemp("web-index"))
    settings = Settings(checkpoint=tiny_checkpoint, index=index.root, workers=1, chemistry_workers=1)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
        assert thread.is_alive(), "the service did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join()


# A module at a time: while Playwright runs, this thread has an event loop, and later tests start their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page that is open, and what went on beneath it."""

    page: playwright.Page
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, query: str = "") -> playwright.Page:
        """Open an address, and wait until its search is answered."""
        self.page.goto(self.address + query)
        self.page.wait_for_selector("#results > :not(.waiting)")
        return self.page

    def search(self, text: str) -> None:
        """Type a query, send it off with Enter, and wait for the answer."""
        self.page.get_by_label("What are you looking for?").fill(text)
        with self.page.expect_response(lambda answer: "/search/" in answer.url):
            self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#results article, #results .notice")


@pytest.fixture
def visit(browser: playwright.Browser, address: str) -> Iterator[Visit]:
    """A fresh browser profile. Afterwards: no request went to another host, and no script or policy complained."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page = context.new_page()
    page.set_default_timeout(30_000)
    visit = Visit(page, address)
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on("console", lambda message: visit.complaints.append(message.text) if message.type == "error" else None)
    yield visit
    context.close()
    elsewhere = [url for url in visit.requests if not url.startswith((address, "blob:", "data:"))]
    assert elsewhere == [], "the page asked another host"
    # Chromium reports each refused request of the API as an error, too; the page shows those.
    faults = [text for text in visit.complaints if "Failed to load resource" not in text]
    assert faults == []
