"""What a reader is told where an answer or a part of the page does not come."""

from __future__ import annotations

import pytest

from tests.web.conftest import Visit, playwright

expect = playwright.expect


@pytest.mark.parametrize("content", [None, "// of another version: nothing is exported"], ids=["missing", "other"])
def test_a_page_that_cannot_start_says_so(visit: Visit, content: str | None) -> None:
    page = visit.page
    answer = {"status": 404} if content is None else {"content_type": "text/javascript", "body": content}
    page.route("**/web/card.js", lambda route: route.fulfill(**answer))  # type: ignore[arg-type]
    page.goto(f"{visit.address}?q=caffeine")
    sentence = page.get_by_text("This page has not started")
    expect(sentence).to_be_hidden()
    page.evaluate("for (const waiting of document.getAnimations()) waiting.finish()")
    expect(sentence).to_be_visible()
    visit.complaints.clear()  # of the browser, on what the page imports
    page.unroute("**/web/card.js")
    page.get_by_role("link", name="Reload the page").click()
    expect(page.locator("article").first).to_be_visible()
    expect(sentence).to_have_count(0)
    assert page.url.endswith("?q=caffeine")


@pytest.mark.parametrize("path", ["search/text2mol", "openapi.json"])
def test_a_search_that_is_never_answered_ends(visit: Visit, path: str) -> None:
    page = visit.page
    page.clock.install()
    page.route(f"**/{path}", lambda _: None)
    page.goto(f"{visit.address}?q=an+acid+of+milk")
    expect(page.locator(".waiting")).to_be_attached()
    page.clock.fast_forward("00:59")
    expect(page.locator(".waiting")).to_be_attached()
    page.clock.fast_forward("00:02")
    expect(page.get_by_role("alert")).to_contain_text("has not answered for a minute")
    expect(page.locator(".waiting")).to_have_count(0)
    page.unroute(f"**/{path}")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("article").first).to_be_visible()


def test_a_search_that_was_given_up_is_not_told_to_be_late(visit: Visit) -> None:
    page = visit.page
    page.clock.install()
    page.route(
        "**/search/text2mol", lambda route: None if "milk" in (route.request.post_data or "") else route.continue_()
    )
    page.goto(f"{visit.address}?q=an+acid+of+milk")
    expect(page.locator(".waiting")).to_be_attached()
    visit.search("caffeine")
    page.clock.fast_forward("02:00")
    expect(page.locator("article").first).to_be_visible()
    expect(page.get_by_text("has not answered")).to_have_count(0)


def test_a_panel_that_never_comes_is_told(visit: Visit) -> None:
    page = visit.page
    page.clock.install()
    visit.go()
    page.route("**/web/map.js", lambda _: None)
    page.get_by_role("button", name="Map").click()
    page.clock.fast_forward("01:01")
    expect(page.get_by_role("alert")).to_contain_text("has not answered for a minute")
