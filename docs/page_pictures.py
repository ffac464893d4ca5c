"""The README's pictures of the page, from a running service.

python docs/page_pictures.py http://127.0.0.1:8000/      writes docs/images/page*.png
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
_STEROIDS = "?q=a+steroid+hormone+with+a+phenolic+A+ring"
_COLOURS = 255  # of a palette: enough for a page, and a third of the bytes


def _search(page: Page) -> None:
    page.locator("article").first.wait_for()


def _filters(page: Page) -> None:
    _search(page)
    page.click("#open-filters")
    page.wait_for_selector(".histogram")


def _compare(page: Page) -> None:
    _search(page)
    for number in (0, 1, 4):
        page.locator(".choose input").nth(number).check()
    page.click(".compare-bar button")
    page.wait_for_selector(".comparison img")
    page.get_by_text("Drawing the structures").wait_for(state="detached")


def _map(page: Page) -> None:
    _search(page)
    page.click("#open-map")
    page.get_by_text("Coloured: the hits").wait_for()


def _sketcher(page: Page) -> None:
    _search(page)
    page.click("#open-sketcher")
    page.wait_for_timeout(4000)


_PICTURES: dict[str, tuple[str, Callable[[Page], None], dict[str, object]]] = {
    "page": (_STEROIDS, _search, {}),
    "page-filters": ("?q=an+analgesic&tag=approved&logp=..3&has=C(%3DO)%5BOX2H%5D", _filters, {}),
    "page-compare": (_STEROIDS, _compare, {}),
    "page-map": (_STEROIDS, _map, {}),
    "page-draw": ("?q=CC(%3DO)Oc1ccccc1C(%3DO)O&find=texts", _sketcher, {}),
    "page-dark": ("?q=CC(%3DO)Oc1ccccc1C(%3DO)O&as=structure", _search, {"color_scheme": "dark"}),
    "page-phone": (_STEROIDS, _search, {"viewport": {"width": 390, "height": 844}}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="of a running service, with its slash at the end")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    arguments = parser.parse_args()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (query, act, options) in _PICTURES.items():
            seen = {"viewport": {"width": 1160, "height": 860}, "device_scale_factor": 1.5} | options
            context = browser.new_context(**seen)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(arguments.address + query)
            act(page)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(500)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(_COLOURS)
            picture.save(IMAGES / f"{name}.png", optimize=True)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
