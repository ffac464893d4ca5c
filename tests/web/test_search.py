"""Stories of somebody who looks for something, in a real browser."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, quote, urlsplit

from tests.web.conftest import Visit, playwright

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
expect = playwright.expect


def test_a_first_visit_offers_examples_that_work(visit: Visit) -> None:
    page = visit.go()
    page.get_by_role("link", name="a steroid hormone with a phenolic A ring").click()
    expect(page.locator("article").first).to_be_visible()
    assert "q=a+steroid+hormone" in page.url
    page.go_back()
    expect(page.get_by_role("list", name="Examples")).to_be_visible()


def test_a_text_finds_molecules_with_all_that_is_known_of_them(visit: Visit) -> None:
    page = visit.go()
    visit.search("a salicylate ester that relieves pain")
    expect(page.get_by_text("Read as a description")).to_be_visible()
    expect(page.get_by_role("heading", name="7 molecules")).to_be_visible()
    card = page.get_by_role("article", name="aspirin")
    card.scroll_into_view_if_needed()
    expect(card.get_by_text("180.16 g/mol")).to_be_visible()
    expect(card.locator("mark").first).to_have_text("salicylate")
    expect(card.get_by_role("list", name="Tags")).to_have_text("drug")
    assert -1 <= float(card.locator(".meter.score b").inner_text().replace("−", "-")) <= 1
    picture = card.get_by_alt_text("Structure of aspirin")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 100


def test_a_structure_finds_descriptions(visit: Visit) -> None:
    page = visit.go()
    visit.search(ASPIRIN)
    expect(page.get_by_text("Read as a structure")).to_be_visible()
    expect(page.locator("#understood code")).to_have_text(ASPIRIN)
    page.get_by_role("button", name="Search for it as words").click()
    expect(page.get_by_text("Read as a description")).to_be_visible()
    assert "as=text" in page.url


def test_a_molblock_is_a_structure(visit: Visit) -> None:
    block = "\n  made by hand\n\n  2  1  0  0  0  0  0  0  0  0999 V2000\n"
    block += "    0.0000    0.0000    0.0000 C   0  0\n    1.5000    0.0000    0.0000 O   0  0\n  1  2  1  0\nM  END\n"
    page = visit.go(f"?q={quote(block)}")
    expect(page.locator("#understood code")).to_have_text("CO")


def test_a_word_that_is_no_structure_is_a_text(visit: Visit) -> None:
    page = visit.go("?q=solvent")
    expect(page.get_by_text("Read as a description")).to_be_visible()


def test_what_looks_like_a_broken_structure_is_not_searched_for_in_silence(visit: Visit) -> None:
    page = visit.go(f"?q={quote('C1CC(=O')}")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The structure cannot be read")
    expect(alert.locator(".field")).to_have_count(0)
    page.get_by_role("button", name="Search for it as words").click()
    expect(page.locator("#understood")).to_contain_text("knows nothing of what this query consists of")
    expect(page.locator("article")).to_have_count(0)
    page.goto(f"{visit.address}?q=C1CC(")
    expect(page.locator("#understood .remark").first).to_contain_text("As a structure it cannot be read")


def test_a_name_finds_its_molecule_and_says_so(visit: Visit) -> None:
    page = visit.go("?q=Caffeine")
    expect(page.locator("#understood")).to_contain_text("Read as the name: caffeine")
    expect(page.locator("article").first.locator(".found-by.exact")).to_have_text(
        re.compile("^Found by its name caffeine")
    )
    page.get_by_text("Descriptions", exact=True).click()
    expect(page.get_by_role("article", name="caffeine").first).to_be_visible()
    visit.go("?q=caffeinne")
    page.get_by_role("button", name="caffeine").click()
    expect(page.locator("#understood")).to_contain_text("Read as the name: caffeine")


def test_names_are_offered_while_somebody_types(visit: Visit) -> None:
    page = visit.go("?q=an+acid")
    box = page.get_by_label("What are you looking for?")
    with page.expect_response("**/openapi.json"):
        page.reload()
    page.wait_for_selector("#suggestions", state="attached")
    box.fill("")
    box.press_sequentially("caff")
    option = page.get_by_role("option", name="caffeine").first
    expect(option).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#understood")).to_contain_text("Read as the name: caff")


def test_an_id_finds_its_molecule(visit: Visit) -> None:
    page = visit.go("?q=2244")
    expect(page.get_by_role("article", name="aspirin")).to_be_visible()
    expect(page.locator("#understood")).to_contain_text("2244")


def test_searches_go_on_from_a_card(visit: Visit) -> None:
    page = visit.go("?q=relieves+pain+and+fever")
    page.get_by_role("article", name="aspirin").get_by_role("link", name="Texts for this").click()
    expect(page.get_by_text("Read as a structure")).to_be_visible()
    expect(page.get_by_role("radio", name="Descriptions")).to_be_checked()
    page.get_by_role("article", name="caffeine").get_by_role("link", name="Molecules like this").click()
    expect(page.get_by_role("heading", name="molecules", level=2)).to_be_visible()
    expect(page.get_by_role("radio", name="Molecules")).to_be_checked()
    page.go_back()
    page.go_back()
    expect(page.get_by_label("What are you looking for?")).to_have_value("relieves pain and fever")


def test_molecules_like_a_structure_are_ranked_by_meaning_or_fingerprint(visit: Visit) -> None:
    page = visit.go(f"?q={ASPIRIN}")
    expect(page.get_by_role("radio", name="Meaning")).to_be_checked()
    page.locator(".order").get_by_text("Fingerprint").click()
    expect(page.locator("article").first.locator(".found-by")).to_contain_text("fingerprint")
    assert "rank=morgan" in page.url
    shown = [float(text) for text in page.locator(".meter.similarity b").all_inner_texts()]
    assert shown == sorted(shown, reverse=True) and shown[0] == 1
    page.go_back()
    expect(page.get_by_role("radio", name="Meaning")).to_be_checked()
    visit.go("?q=CCO")  # found among texts, and ranked as a structure once somebody asks for it
    page.locator(".order").get_by_text("Fingerprint").click()
    expect(page.locator("#understood code")).to_have_text("CCO")
    assert "as=structure" in page.url
    visit.go("?q=an+acid")
    expect(page.locator(".order")).to_have_count(0)


def test_more_hits_than_an_address_asks_for_come_page_by_page(visit: Visit) -> None:
    page = visit.page
    sizes = iter([3, 2, 2])

    def shorter(route: playwright.Route) -> None:
        asked = json.loads(route.request.post_data or "")
        route.continue_(post_data=json.dumps({**asked, "k": next(sizes)}))

    page.route("**/search/text2mol", shorter)
    visit.go("?q=an+acid&k=100")
    for count in (5, 7):
        page.get_by_role("button", name="Show more").click()
        expect(page.get_by_role("heading", name=f"{count} molecules")).to_be_visible()
    expect(page.locator("article h3 .rank")).to_have_text([str(rank) for rank in range(1, 8)])
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_a_hit_shows_its_synonyms_and_what_was_matched_leads_on(visit: Visit) -> None:
    page = visit.page

    def answer(route: playwright.Route) -> None:
        found = route.fetch().json()
        found["results"][0][0] |= {
            "synonyms": ["thein", "guaranine", "methyltheobromine", "1,3,7-trimethylxanthine", "Coffeinum"],
            "found_by": [{"kind": "formula", "value": "C8H10N4O2"}, {"kind": "vector"}],
        }
        route.fulfill(json=found)

    page.route("**/search/text2mol", answer)
    visit.go("?q=caffeine")
    card = page.locator("article").first
    expect(card.locator(".synonyms")).to_have_text(
        "thein · guaranine · methyltheobromine · 1,3,7-trimethylxanthine · 1 more"
    )
    expect(card.locator(".found-by")).to_have_text("Found by its formula C8H10N4O2, meaning")
    page.unroute("**/search/text2mol")
    card.get_by_role("link", name="C8H10N4O2").click()
    expect(page.locator("#understood")).to_contain_text("Read as a molecular formula: C8H10N4O2")


def test_the_address_holds_the_whole_search(visit: Visit) -> None:
    page = visit.go("?q=an+acid&logp=..3&molecular_weight=50..250&tag=drug&has=C(%3DO)%5BOX2H%5D&k=5")
    expect(page.locator("article")).to_have_count(1)
    expect(page.get_by_role("article", name="aspirin")).to_be_visible()
    page.get_by_role("button", name="Filters").click()
    expect(page.get_by_label("logP, at most")).to_have_value("3")
    expect(page.get_by_role("checkbox", name="drug")).to_be_checked()
    expect(page.get_by_label("Has the substructure")).to_have_value("C(=O)[OX2H]")
    before = page.url
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("article")).to_have_count(1)
    assert parse_qs(urlsplit(page.url).query) == parse_qs(urlsplit(before).query)


def test_filters_narrow_and_can_be_taken_back(visit: Visit) -> None:
    page = visit.go("?q=anything+at+all")
    page.get_by_role("button", name="Filters").click()
    page.locator("#filters").get_by_text("natural product").click()
    page.get_by_label("Lacks the substructure").fill("c")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="2 molecules")).to_be_visible()
    expect(page.get_by_label("2 set")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("heading", name="7 molecules")).to_be_visible()


def test_what_a_link_asks_for_and_cannot_be_read_is_said(visit: Visit) -> None:
    left_out = ["molecular_weight=100..x", "logp=1..2..3", "hbd=2", "mw=..300", "k=ten", "find=all"]
    page = visit.go(f"?q=an+acid&{'&'.join(left_out)}&utm_source=mail&tag=drug")
    said = page.locator("#left-out").get_by_role("alert")
    expect(said.locator("code")).to_have_text(left_out)
    expect(page.get_by_label("1 set")).to_be_visible()
    visit.search("a solvent")
    expect(said).to_have_count(0)
    visit.go("?q=an+acid&logp=-1..3.5&rings=..2&hba=1..&k=20&as=text&rank=embedding&tag=drug&tag=small")
    expect(page.locator("#left-out")).to_be_empty()


def test_nothing_that_fits_says_so(visit: Visit) -> None:
    page = visit.go("?q=an+acid&molecular_weight=5000..")
    expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    page.get_by_role("button", name="Search without filters").click()
    expect(page.locator("article").first).to_be_visible()


def test_a_filter_with_a_fault_is_named_as_the_page_names_it(visit: Visit) -> None:
    page = visit.go("?q=an+acid&has=%5BO")
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading")).to_have_text("The substructure cannot be read")
    expect(alert.locator(".field")).to_have_text("Has the substructure [O")
    expect(alert).to_contain_text("RDKit cannot read the SMARTS")
    page.goto(f"{visit.address}?q=an+acid&tag=nonsense&formula=zz")
    expect(alert.locator(".field")).to_have_text(["Molecular formula", "Tags"])
    expect(alert).not_to_contain_text("filter.")
    page.get_by_role("button", name="Search without filters").click()
    expect(page.locator("article").first).to_be_visible()


def test_too_long_a_text_is_said_in_words(visit: Visit) -> None:
    page = visit.go(f"?q={'an+acid+' * 700}")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(re.compile(r"The query has 5,\d{3} characters"))
    expect(alert.get_by_role("button")).to_have_count(0)


def test_filters_without_a_query_ask_for_one(visit: Visit) -> None:
    page = visit.go()
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("logP, at most").fill("3")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what you are looking for")
    page.get_by_label("What are you looking for?").fill("an acid")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("article").first).to_be_visible()
    assert parse_qs(urlsplit(page.url).query) == {"q": ["an acid"], "logp": ["..3"]}


def test_what_is_only_near_to_a_name_is_not_what_was_read(visit: Visit) -> None:
    page = visit.go("?q=caffeine+hydrochloride")
    expect(page.locator("#understood")).to_contain_text("Read as a name. No molecule of this corpus has this name.")
    expect(page.locator("#understood")).not_to_contain_text("the name:")


def test_all_names_that_were_read_are_said(visit: Visit) -> None:
    page = visit.go("?q=aspirin+or+phenol")
    expect(page.locator("#understood")).to_contain_text("Read as the names: aspirin, phenol")


def test_what_was_perhaps_meant_is_a_search(visit: Visit) -> None:
    page = visit.go("?q=antibiotc")
    page.locator(".remark").get_by_role("button", name="antibiotic").click()
    expect(page.get_by_label("What are you looking for?")).to_have_value("antibiotic")


def test_a_service_that_cannot_be_reached_is_said_and_asked_again(visit: Visit) -> None:
    page = visit.go()
    page.route("**/search/text2mol", lambda route: route.abort())
    page.get_by_label("What are you looking for?").fill("an acid of milk")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute("**/search/text2mol")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("article").first).to_be_visible()


def test_what_needs_a_service_that_is_away_works_once_it_is_back(visit: Visit) -> None:
    page = visit.go()
    page.get_by_role("button", name="Map").wait_for()
    for address in ("**/version", "**/web/map.js*"):
        page.route(address, lambda route: route.abort())
    for button, opened in (("Filters", "#filters form"), ("Map", "dialog canvas")):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
        expect(page.locator("#filters")).to_be_hidden()
        page.unroute("**/version" if button == "Filters" else "**/web/map.js*")
        page.get_by_role("button", name="Try again").click()
        expect(page.locator(opened)).to_be_visible()
        page.get_by_role("button", name="Filters").click() if button == "Filters" else page.keyboard.press("Escape")


def test_a_service_that_asks_for_a_key_is_given_one(visit: Visit) -> None:
    page = visit.go()

    def gate(route: playwright.Route) -> None:
        if route.request.headers.get("authorization") == "Bearer secret":
            route.continue_()
        else:
            problem = {"title": "No API key", "detail": "An API key is needed.", "code": "key_missing"}
            route.fulfill(status=401, content_type="application/problem+json", json=problem)

    for path in ("search/**", "molecules/**", "structures/**", "version"):
        page.route(f"**/{path}", gate)
    page.get_by_label("What are you looking for?").fill("an acid of milk")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This service asks for an API key")
    expect(page.get_by_text("API key", exact=True)).to_be_visible()
    page.get_by_role("button", name="Filters").click()
    expect(page.locator("#filters")).to_be_hidden()
    page.get_by_label("API key").fill("secret")
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_role("button", name="Apply")).to_be_visible()
    picture = page.get_by_alt_text("Structure of").first
    expect(picture).to_be_visible()
    expect(picture).to_have_attribute("src", re.compile("^blob:"))  # an image itself brings no key along


def test_waiting_is_shown(visit: Visit) -> None:
    page = visit.go()
    held: list[playwright.Route] = []
    page.route("**/search/text2mol", lambda route: held.append(route))
    page.get_by_label("What are you looking for?").fill("an acid of milk")
    page.keyboard.press("Enter")
    expect(page.locator(".waiting")).to_be_visible()
    expect(page.locator("#status")).to_have_text("Searching")
    held[0].continue_()
    expect(page.locator(".waiting")).to_have_count(0)
    expect(page.locator("#status")).to_have_text("7 hits found")


def test_recent_searches_are_kept_and_forgotten(visit: Visit) -> None:
    visit.go("?q=a+purine+alkaloid")
    page = visit.go()
    recent = page.get_by_role("region", name="Your recent searches")
    recent.get_by_role("link", name="a purine alkaloid").click()
    expect(page.locator("article").first).to_be_visible()
    visit.go()
    page.get_by_role("button", name="Forget them").click()
    expect(recent).to_have_count(0)


def test_recent_searches_for_the_same_words_are_told_apart(visit: Visit) -> None:
    visit.go("?q=an+acid")
    visit.go("?q=an+acid&logp=..3&has=c1ccccc1&k=5")
    visit.go("?q=an+acid&molecular_weight=5000..")  # finds nothing, and is not kept
    items = visit.go().get_by_role("region", name="Your recent searches").get_by_role("listitem")
    expect(items).to_have_text(["an acid · logP ≤ 3 · has c1ccccc1 · 5 hits", "an acid"])
