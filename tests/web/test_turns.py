"""What somebody does that a search does not expect, and what a browser does by itself."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest

from tests.web.conftest import Visit, playwright

expect = playwright.expect
BOX = "What are you looking for?"
METHANOL = "\n  made by hand\n\n  2  1  0  0  0  0  0  0  0  0999 V2000\n"
METHANOL += "    0.0000    0.0000    0.0000 C   0  0\n    1.5000    0.0000    0.0000 O   0  0\n  1  2  1  0\nM  END\n"


def test_what_is_typed_is_searched_for_whichever_way_is_chosen(visit: Visit) -> None:
    page = visit.go("?q=aspirin")
    page.get_by_label(BOX).fill("CCO")
    page.get_by_text("Descriptions", exact=True).click()
    expect(page.get_by_role("heading", name="descriptions")).to_be_visible()
    expect(page.get_by_label(BOX)).to_have_value("CCO")
    assert page.url.endswith("?q=CCO&find=texts")


def test_a_link_within_the_page_searches_for_nothing(visit: Visit) -> None:
    page = visit.go("?q=aspirin")
    page.get_by_label(BOX).fill("caffeine")
    visit.requests.clear()
    page.get_by_role("link", name="Skip to the results").press("Enter")
    expect(page.locator("#results")).to_be_focused()
    expect(page.get_by_label(BOX)).to_have_value("caffeine")
    assert page.url.endswith("#results") and not [url for url in visit.requests if "/search/" in url]


def test_back_closes_what_was_opened_over_the_page(visit: Visit) -> None:
    page = visit.go()
    visit.search("aspirin")
    page.get_by_role("button", name="About this index").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("list", name="Examples")).to_be_visible()


def test_back_returns_to_where_somebody_was(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 900, "height": 300})
    page = visit.go("?q=an+acid")
    link = page.get_by_role("link", name="Molecules like this").last
    link.scroll_into_view_if_needed()
    page.route("**/search/*", lambda route: route.fulfill(status=503, json={"detail": "Busy."}))
    link.click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.unroute("**/search/*")
    page.go_back()
    expect(page.locator("article").first).to_be_attached()
    expect(page.locator("#status")).to_have_text("7 hits found")
    expect(link).to_be_in_viewport()


@pytest.mark.parametrize("button", ["About this index", "Map", "Draw a structure"])
def test_a_double_click_opens_one_panel(visit: Visit, button: str) -> None:
    page = visit.go()
    page.get_by_role("button", name=button).dblclick()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("dialog")).to_have_count(1)


def test_a_file_that_is_dropped_is_searched_for(visit: Visit) -> None:
    page = visit.go()
    drop = """([name, content]) => {
      const dropped = new DataTransfer();
      dropped.items.add(new File([content], name));
      const target = document.querySelector("main");
      target.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
    }"""
    page.evaluate(drop, ["methanol.mol", METHANOL.replace("\n", "\r\n")])
    expect(page.locator("#understood code")).to_have_text("CO")
    page.evaluate(drop, ["library.sdf", "x" * 200_000])
    expect(page.get_by_role("alert")).to_contain_text("library.sdf has 200 kB")


@pytest.mark.parametrize(
    "pasted",
    [METHANOL.lstrip(), "\n" + METHANOL, METHANOL.replace("\n", "\r")],
    ids=["without its first line", "with another", "with returns"],
)
def test_a_molblock_is_read_as_it_comes_from_the_clipboard(visit: Visit, pasted: str) -> None:
    page = visit.go(f"?q={quote(pasted)}")
    expect(page.locator("#understood code")).to_have_text("CO")


def test_what_problems_tell_programs_is_told_to_people_in_other_words(visit: Visit) -> None:
    page = visit.go("?q=nope&as=structure")
    expect(page.get_by_role("alert")).to_contain_text("cannot be read")
    expect(page.get_by_role("alert")).not_to_contain_text("POST")
    visit.go("?q=CCO%0ACCC")
    expect(page.get_by_role("alert")).to_contain_text("2 structures in one query; search for one at a time")


@pytest.mark.parametrize("path", ["search/*", "openapi.json"])
def test_what_is_no_answer_of_the_service_is_said_to_be_none(visit: Visit, path: str) -> None:
    page = visit.page
    page.route(f"**/{path}", lambda route: route.fulfill(content_type="text/html", body="<html>Sign in</html>"))
    visit.go("?q=aspirin")
    expect(page.get_by_role("alert")).to_contain_text("no answer of Molseek")
    page.unroute(f"**/{path}")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("article").first).to_be_visible()


@pytest.mark.parametrize("storage", [True, False])
def test_a_key_is_used_whatever_the_browser_keeps(visit: Visit, storage: bool) -> None:
    page = visit.page
    if not storage:
        page.add_init_script(
            "for (const name of ['localStorage', 'sessionStorage'])"
            "  Object.defineProperty(window, name, { get() { throw new DOMException('', 'SecurityError'); } });"
        )

    def gate(route: playwright.Route) -> None:
        if route.request.headers.get("authorization") == "Bearer secret":
            route.continue_()
        else:
            problem = {"title": "No API key", "detail": "An API key is needed.", "code": "key_missing"}
            route.fulfill(status=401, content_type="application/problem+json", body=json.dumps(problem))

    page.route("**/search/*", gate)
    visit.go("?q=aspirin")
    page.get_by_label("API key").fill("sécret")  # no header can hold it
    page.get_by_role("button", name="Use this key").click()
    expect(page.locator(":invalid[name=key]")).to_be_visible()
    page.get_by_label("API key").fill(" secret ")
    page.get_by_role("button", name="Use this key").click()
    expect(page.locator("article").first).to_be_visible()


def test_what_is_chosen_shows_in_the_colours_of_the_reader(visit: Visit) -> None:
    visit.page.emulate_media(forced_colors="active")
    page = visit.go("?q=CCO&as=structure")
    page.get_by_role("button", name="Filters").click()
    page.locator("#filters").get_by_text("natural product").click()
    background = "each => getComputedStyle(each).backgroundColor"
    for group in (".switch", ".order .switch", ".tag-choice"):
        chosen, other = (
            page.locator(f"{group} label:{kind}").first.evaluate(background)
            for kind in ("has(:checked)", "not(:has(:checked))")
        )
        assert chosen != other, group
    bars = page.locator(".histogram span, .bar > span")
    assert bars.count() > 10
    assert len({bars.nth(number).evaluate(background) for number in (0, bars.count() - 1)} - {other}) == 1


@pytest.mark.parametrize("wished", ["reduce", "no-preference"])
def test_nothing_moves_for_those_who_wish_that(visit: Visit, wished: str) -> None:
    visit.page.emulate_media(reduced_motion=wished)  # type: ignore[arg-type]
    visit.page.route("**/search/**", lambda _: None)  # is never answered
    visit.page.goto(f"{visit.address}?q=an+acid")
    visit.page.locator(".waiting .card").first.wait_for()
    moving = """() => [...document.querySelectorAll("*")].filter((element) => {
        const style = getComputedStyle(element);
        const slow = style.transitionDuration.split(", ").some((time) => parseFloat(time) > 0);
        return slow || style.animationName !== "none";
    }).length"""
    assert (visit.page.evaluate(moving) > 0) is (wished == "no-preference")


def test_a_long_name_leaves_room_for_what_it_is_compared_with(visit: Visit) -> None:
    name = "N-" + "(2,3-dihydroxypropyl)methylideneamino-" * 12

    def answer(route: playwright.Route) -> None:
        found = route.fetch().json()
        found["results"][0][0].update(name=name, tags=["t" * 120])
        found["morgan_reference"] = [{"kind": "first_hit", "smiles": "CCO", "id": found["results"][0][0]["id"]}]
        route.fulfill(json=found)

    visit.page.route("**/search/text2mol", answer)
    page = visit.go("?q=an+acid")
    expect(page.locator(".legend")).to_contain_text("fingerprints to the first hit.")
    boxes = page.get_by_role("checkbox", name="Compare")
    for number in range(4):
        boxes.nth(number).check()
    page.get_by_label("Chosen for comparison").get_by_role("button", name="Compare").click()
    table = page.get_by_role("region", name="Comparison")
    expect(table).to_be_visible()
    assert table.evaluate("region => region.scrollWidth <= region.clientWidth")


def test_several_names_that_were_perhaps_meant_are_told_apart(visit: Visit) -> None:
    def answer(route: playwright.Route) -> None:
        found = route.fetch().json()
        found["understood"][0]["suggestions"] = [
            {"value": name, "id": name} for name in ("ethanol", "phenol", "aspirin")
        ]
        route.fulfill(json=found)

    visit.page.route("**/search/text2mol", answer)
    page = visit.go("?q=something+else")
    expect(page.locator("#understood")).to_contain_text("Did you mean ethanol, phenol or aspirin?")


def test_long_words_stay_on_a_phone(visit: Visit) -> None:
    def answer(route: playwright.Route) -> None:
        found = route.fetch().json()
        long = {"name": "N" * 90, "description": "W" * 200, "synonyms": ["s" * 90], "tags": ["t" * 90]}
        found["results"][0][0] |= long | {"found_by": [{"kind": "name", "value": "f" * 90}]}
        route.fulfill(json=found)

    visit.page.set_viewport_size({"width": 360, "height": 740})
    visit.page.route("**/search/*", answer)
    page = visit.go("?q=an+acid")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_a_menu_prints_too_early_says_so(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 900, "height": 300})
    page = visit.go("?q=an+acid")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    said = "getComputedStyle(document.querySelector('.asked'), '::after').content"
    assert "Not all of it was loaded" in page.evaluate(said)
    expect(page.locator(".facts").last).to_have_text(re.compile("g/mol"))
    page.wait_for_load_state("networkidle")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(said) == "none"


def test_a_filter_that_stands_in_the_panel_holds_for_the_next_search(visit: Visit) -> None:
    page = visit.go("?q=an+acid")
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Molecular weight, at most").fill("50")
    visit.search("something else")
    expect(page.get_by_role("heading", name="1 molecule")).to_be_visible()
    assert page.url.endswith("?q=something+else&molecular_weight=..50")
    expect(page.get_by_label("Molecular weight, at most")).to_have_value("50")
    page.get_by_label("Molecular weight, at most").fill("1")
    page.get_by_role("button", name="Filters").click()  # closed: what was not applied is not meant
    visit.search("anything")
    expect(page.locator("article")).to_have_count(1)


def test_a_bar_chooses_what_it_counts(visit: Visit) -> None:
    """The outermost bars count what lies beyond them; one of whole numbers does not count where the next begins."""
    spread = {
        "molecular_weight": {"min": 2.0, "max": 1355.4, "edges": [22.9, 58.2, 93.6], "counts": [60, 11]},
        "hbd": {"min": 0.0, "max": 12.0, "edges": [0.0, 1.0, 2.0, 3.0], "counts": [5, 3, 2]},
    }

    def answer(route: playwright.Route) -> None:
        route.fulfill(json={"release": "r", "molecules": 71, "properties": spread})

    visit.page.route("**/corpus/statistics", answer)
    page = visit.go("?q=an+acid")
    page.get_by_role("button", name="Filters").click()
    expect(page.get_by_role("button", name="Apply")).to_be_visible()
    for label, titles, chosen in (
        ("Molecular weight", ["up to 58.2: 60", "58.2 or more: 11"], [("", "58.2"), ("58.2", "")]),
        ("H-bond donors", ["0: 5", "1: 3", "2 or more: 2"], [("0", "0"), ("1", "1"), ("2", "")]),
    ):
        panel = page.locator(".range", has=page.get_by_label(f"{label}, at most"))
        bars = panel.locator(".histogram span")
        assert [bar.get_attribute("title") for bar in bars.all()] == titles
        for number, ends in enumerate(chosen):
            bars.nth(number).click()
            assert tuple(field.input_value() for field in panel.get_by_role("spinbutton").all()) == ends
            assert panel.locator(".histogram span:not(.out)").count() == 1


def test_all_tags_are_shown_where_the_first_ones_end(visit: Visit) -> None:
    def answer(route: playwright.Route) -> None:
        found = route.fetch().json()
        found["release"]["tags"] = {f"tag {number}": 1 for number in range(30)}
        route.fulfill(json=found)

    visit.page.route("**/version", answer)
    page = visit.go("?q=an+acid")
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("button", name="Show all 30").press("Enter")
    expect(page.get_by_role("checkbox", name="tag 24")).to_be_focused()


def test_more_hits_of_another_release_are_searched_for_anew(visit: Visit) -> None:
    page = visit.page

    def answer(route: playwright.Route) -> None:
        if "cursor" in (asked := json.loads(route.request.post_data or "")):
            problem = {"title": "Another release", "detail": "Leave out cursor.", "code": "cursor_other_release"}
            route.fulfill(status=422, content_type="application/problem+json", body=json.dumps(problem))
        else:
            route.continue_(post_data=json.dumps({**asked, "k": 3}))

    page.route("**/search/text2mol", answer)
    visit.go("?q=an+acid&k=100")
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_text("The corpus has been renewed")).to_be_visible()
    with page.expect_response("**/search/text2mol"):
        page.get_by_role("button", name="Search again").click()
    expect(page.get_by_role("button", name="Show more")).to_be_visible()
