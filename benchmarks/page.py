"""The weight of the page and the time to its first result, in a real Chromium with an empty cache.

python -m benchmarks.page http://127.0.0.1:8000/

needs a running service, Playwright (the extra `dev`) and Chromium.
"""

from __future__ import annotations

import argparse
import statistics
import time

from playwright.sync_api import Browser, sync_playwright

from benchmarks.machine import describe
from benchmarks.table import Table

_QUERY = "?q=a+steroid+hormone+with+a+phenolic+A+ring"
_SIZES = """() => performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
    .map(each => [each.name, each.encodedBodySize, each.decodedBodySize])"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="of a running service, with its slash at the end")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    print(describe(threads=1))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, query in (("first visit", ""), ("a search by its address", _QUERY)):
            seconds = [_open(browser, arguments.address + query)[0] for _ in range(arguments.repeats)]
            sizes = _open(browser, arguments.address + query)[1]
            own = {name: each for name, each in sizes.items() if "/web/" in name or name.endswith(("/", _QUERY))}
            rows = [
                ("requests", str(len(sizes))),
                ("page, scripts and styles, as sent", f"{sum(sent for sent, _ in own.values()) / 1000:.1f} kB"),
                ("the same, unpacked", f"{sum(whole for _, whole in own.values()) / 1000:.1f} kB"),
                ("everything, as sent", f"{sum(sent for sent, _ in sizes.values()) / 1000:.1f} kB"),
                ("until it shows, median", f"{1000 * statistics.median(seconds):.0f} ms"),
                ("until it shows, least", f"{1000 * min(seconds):.0f} ms"),
            ]
            print(Table(name, ("what", "figure"), rows))
        browser.close()


def _open(browser: Browser, address: str) -> tuple[float, dict[str, tuple[int, int]]]:
    """Seconds until the first card or example shows, and the sizes of all that was loaded."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("article.card, .examples")
    seconds = time.perf_counter() - began
    page.wait_for_load_state("networkidle")
    sizes = {name: (sent, whole) for name, sent, whole in page.evaluate(_SIZES)}
    context.close()
    return seconds, sizes


if __name__ == "__main__":
    main()
