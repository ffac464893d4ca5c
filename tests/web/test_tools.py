"""What can be done with hits, and how the page is for those who see, point or read otherwise."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from rdkit import Chem

import indexer
from indexer.search.substructure import match
from service.routes.webfiles import EDITOR, WEB
from tests.web.conftest import Visit, playwright

expect = playwright.expect
EDITOR_FILE = WEB / EDITOR["vendor/openchemlib.js"]
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
SEARCH = "?q=relieves+pain+and+fever"
RANKED = "?q=CCO&as=structure&rank=morgan"


def test_identifiers_are_copied(visit: Visit) -> None:
    page = visit.go(SEARCH)
    card = page.get_by_role("article", name="aspirin")
    card.get_by_text("Identifiers").click()
    expect(card.get_by_text("BSYNRYMUTXBXSQ-UHFFFAOYSA-N")).to_be_visible()
    card.get_by_role("button", name="Copy InChIKey of aspirin").click()
    expect(card.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"


def test_hits_are_downloaded_as_csv(visit: Visit, tmp_path: Path) -> None:
    page = visit.go(SEARCH)
    with page.expect_download() as begun:
        page.get_by_role("button", name="CSV").click()
    begun.value.save_as(tmp_path / "hits.csv")
    with (tmp_path / "hits.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rank"] for row in rows] == [str(n) for n in range(1, 8)]
    [caffeine] = [row for row in rows if row["name"] == "caffeine"]
    assert caffeine["tags"] == "drug; natural product"
    assert float(caffeine["score"]) <= 1
    assert caffeine["found_by"] and "[object" not in caffeine["found_by"] + caffeine["synonyms"]


def test_no_cell_of_a_download_is_a_formula(visit: Visit, tmp_path: Path) -> None:
    def answer(route: playwright.Route) -> None:
        found = route.fetch().json()
        first = found["results"][0][0]
        first.update(id="@1", name="=1+2", synonyms=["+a", "-b"], cid="-7", score=-0.25)
        route.fulfill(json=found)

    visit.page.route("**/search/text2mol", answer)
    page = visit.go(SEARCH)
    with page.expect_download() as begun:
        page.get_by_role("button", name="CSV").click()
    begun.value.save_as(tmp_path / "hits.csv")
    with (tmp_path / "hits.csv").open(encoding="utf-8-sig", newline="") as file:
        first = next(csv.DictReader(file))
    cells = [first[name] for name in ("id", "name", "synonyms", "cid", "score")]
    assert cells == ["'@1", "'=1+2", "'+a; -b", "-7", "-0.25"]


def test_an_sd_file_has_the_hits_that_are_shown_or_there_is_none(visit: Visit, tmp_path: Path) -> None:
    """Another release may be in service since; more hits were asked for page by page."""
    page = visit.page

    def three_at_a_time(route: playwright.Route) -> None:
        asked = json.loads(route.request.post_data or "")
        route.continue_(post_data=json.dumps({**asked, "k": 3}))

    page.route("**/search/mol2mol*", three_at_a_time)
    visit.go(f"{RANKED}&k=100")
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("article")).to_have_count(6)
    with page.expect_download() as begun:
        page.get_by_role("button", name="SDF").click()
    begun.value.save_as(tmp_path / "hits.sdf")
    names = [record.GetProp("_Name") for record in Chem.SDMolSupplier(str(tmp_path / "hits.sdf"))]
    shown = [text.split(maxsplit=1)[1] for text in page.locator("article h3").all_inner_texts()]
    assert names == shown

    def renewed(route: playwright.Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "molseek-release": "another"})

    page.route("**/search/mol2mol?format=sdf", renewed)
    page.get_by_role("button", name="SDF").click()
    alert = page.locator(".downloads").get_by_role("alert")
    expect(alert).to_contain_text("The corpus has been renewed since this search.")
    alert.get_by_role("button", name="Search again").click()
    expect(page.locator("article")).to_have_count(3)


def test_what_is_asked_of_a_new_release_is_not_shown_of_an_old_hit(visit: Visit) -> None:
    def answer(route: playwright.Route) -> None:
        record = route.fetch().json()
        route.fulfill(json={**record, "smiles": "CCCC", "formula": "C4H10", "molecular_weight": 58.12})

    visit.page.route("**/molecules/*", answer)
    page = visit.go(SEARCH)
    boxes = page.get_by_role("checkbox", name="Compare")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_label("Chosen for comparison").get_by_role("button", name="Compare").click()
    expect(page.get_by_role("row", name="Molecular weight")).to_have_text("Molecular weight––")
    expect(page.get_by_text("58.12")).to_have_count(0)
    expect(page.get_by_role("dialog").get_by_role("img")).to_have_count(2)


def test_hits_are_downloaded_as_an_sd_file(visit: Visit, tmp_path: Path) -> None:
    page = visit.go("?q=CCO&as=structure&find=texts")
    with page.expect_download() as begun:
        page.get_by_role("button", name="SDF").click()
    begun.value.save_as(tmp_path / begun.value.suggested_filename)
    records = list(Chem.SDMolSupplier(str(tmp_path / "hits.sdf")))
    assert page.locator("article").count() == 9 and len(records) == 8  # one is a text without a structure
    assert "CCO" in [Chem.MolToSmiles(record) for record in records]
    page.route("**/search/**", lambda route: route.fulfill(status=503, json={"detail": "Try again later."}))
    page.get_by_role("button", name="SDF").click()
    expect(page.get_by_role("alert")).to_contain_text("Try again later.")


def test_hits_are_compared_side_by_side(visit: Visit) -> None:
    page = visit.go(SEARCH)
    for name in ("aspirin", "caffeine"):
        page.get_by_role("article", name=name).get_by_label("Compare").check()
    page.get_by_role("complementary", name="Chosen for comparison").get_by_role("button", name="Compare").click()
    dialog = page.get_by_role("dialog", name="Side by side")
    expect(dialog.get_by_role("columnheader", name="caffeine")).to_be_visible()
    expect(dialog.get_by_role("row", name="Formula")).to_contain_text("C9H8O4")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_at_most_four_are_compared(visit: Visit) -> None:
    page = visit.go(SEARCH)
    boxes = page.get_by_role("checkbox", name="Compare")
    for number in range(4):
        boxes.nth(number).check()
    expect(boxes.nth(4)).to_be_disabled()
    boxes.nth(0).uncheck()
    expect(boxes.nth(4)).to_be_enabled()


def test_more_hits_keep_what_is_chosen(visit: Visit) -> None:
    page = visit.go(f"{SEARCH}&k=3")
    boxes = page.get_by_role("checkbox", name="Compare")
    for number in (0, 2):
        boxes.nth(number).check()
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("article")).to_have_count(6)
    assert [boxes.nth(number).is_checked() for number in range(4)] == [True, False, True, False]
    bar = page.get_by_role("complementary", name="Chosen for comparison")
    expect(bar).to_contain_text("2 hits chosen")
    bar.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("dialog", name="Side by side").get_by_role("columnheader")).to_have_count(2)
    page.keyboard.press("Escape")
    visit.search("an acid")
    expect(bar).to_be_hidden()
    expect(page.locator(".choose :checked")).to_have_count(0)


def test_hits_are_compared_on_a_phone(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 320, "height": 640})
    page = visit.go(SEARCH)
    for name in ("aspirin", "caffeine"):
        page.get_by_role("article", name=name).get_by_label("Compare").check()
    page.locator(".compare-bar").get_by_role("button", name="Compare").click()
    dialog = page.get_by_role("dialog", name="Side by side")
    expect(dialog.get_by_role("row", name="Formula")).to_contain_text("C9H8O4")
    assert dialog.locator(".scroll").evaluate("each => each.scrollWidth - each.clientWidth") <= 0
    row = dialog.get_by_role("row", name="Tags")
    top = "getBoundingClientRect().top"
    assert row.evaluate(f"each => each.querySelector('th').{top} < each.querySelector('td').{top}")


def test_a_comparison_says_that_structures_are_on_their_way(visit: Visit) -> None:
    page = visit.go(SEARCH)
    held: list[playwright.Route] = []
    page.route("**/structures/drawing.svg*", lambda route: held.append(route))
    for name in ("aspirin", "phenol"):
        page.get_by_role("article", name=name).get_by_label("Compare").check()
    page.locator(".compare-bar").get_by_role("button", name="Compare").click()
    state = page.get_by_role("dialog").get_by_role("status")
    expect(state).to_have_text("Drawing the structures…")
    expect(page.get_by_role("dialog").get_by_role("img")).to_have_count(2)
    for route in held:
        route.continue_()
    expect(state).to_have_count(0)


def test_figures_and_their_labels_do_not_overlap_on_a_phone(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 320, "height": 640})
    page = visit.go(SEARCH)
    for meter in page.locator(".meter").all()[:3]:
        label, figures = (
            meter.locator(part).evaluate("each => each.getBoundingClientRect().toJSON()") for part in ("dt", "b")
        )
        assert label["bottom"] <= figures["top"] + 1


def test_print_has_the_query_and_all_of_every_card(visit: Visit) -> None:
    page = visit.page
    page.add_init_script(
        "window.print = () => {"
        "  const facts = [...document.querySelectorAll('.facts')].map((each) => each.textContent);"
        "  document.body.setAttribute('data-printed', facts.join('|'));"
        "}"
    )
    page.set_viewport_size({"width": 900, "height": 300})
    visit.go("?q=relieves+pain&logp=..9&has=C")
    count = page.locator("article").count()
    page.keyboard.press("Control+p")
    expect(page.locator("body[data-printed]")).to_be_attached()
    facts = (page.locator("body").get_attribute("data-printed") or "").split("|")
    assert count > 3 and len(facts) == count and all("g/mol" in each for each in facts)
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".asked")).to_have_text("relieves pain · filters: logP ≤ 9 · has C")
    for hidden in ("nav", "footer", ".more-hits", ".downloads", "#search", "summary"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator("article").last.get_by_text("InChIKey")).to_be_visible()
    bar = page.locator(".bar > span").first
    assert bar.evaluate("each => getComputedStyle(each).printColorAdjust") == "exact"
    assert page.locator(".structure").first.evaluate("each => getComputedStyle(each).filter") == "none"


def test_what_compared_hits_share_is_coloured(visit: Visit) -> None:
    page = visit.go(SEARCH)
    for name in ("aspirin", "phenol"):
        page.get_by_role("article", name=name).get_by_label("Compare").check()
    page.locator(".compare-bar").get_by_role("button", name="Compare").click()
    pictures = page.get_by_role("dialog").get_by_role("img")
    expect(pictures).to_have_count(2)
    for number in range(2):
        assert "common_with=" in (pictures.nth(number).get_attribute("src") or "")
        pictures.nth(number).evaluate("image => image.decode()")


def test_the_map_lights_the_hits(visit: Visit) -> None:
    page = visit.go("?q=relieves+pain")
    page.get_by_role("button", name="Map").click()
    dialog = page.get_by_role("dialog", name="The corpus as a map")
    expect(dialog.get_by_text("7 molecules")).to_contain_text("Coloured: the hits")
    canvas = dialog.get_by_role("img", name="Map of the corpus")
    pixels = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer"
    assert canvas.evaluate(f"canvas => new Set(new Uint32Array(({pixels})(canvas))).size") > 3
    box = canvas.bounding_box()
    assert box is not None
    margin = 18 / 660 * box["width"]
    for step in range(0, int(box["width"]), 12):  # the outermost molecule lies at one of these edges
        page.mouse.move(box["x"] + margin, box["y"] + step)
        page.mouse.move(box["x"] + step, box["y"] + margin)
    expect(dialog.get_by_text("Under the pointer")).to_be_visible()


def test_the_hits_on_the_map_are_a_list_that_leads_to_their_cards(visit: Visit) -> None:
    page = visit.go(SEARCH)
    page.get_by_role("button", name="Map").click()
    lit = page.get_by_role("list", name="Hits on the map").get_by_role("button")
    expect(lit).to_have_count(7)
    lit.nth(6).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#card-7")).to_be_in_viewport()
    expect(page.locator("#card-7 a").first).to_be_focused()


def test_a_structure_is_drawn(visit: Visit) -> None:
    page = visit.go("?q=CCO&as=structure&find=texts")
    page.get_by_role("button", name="Draw a structure").click()
    dialog = page.get_by_role("dialog", name="Draw a structure")
    if not EDITOR_FILE.is_file():
        expect(dialog.get_by_text("make editor")).to_be_visible()
        pytest.skip("the editor is not installed (make editor); the page says how to get it")
    assert visit.page.get_by_role("article").count() > 0
    dialog.get_by_role("button", name="Hits must contain this").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", name="descriptions")).to_be_visible()
    assert "has=CCO" in page.url
    expect(page.get_by_alt_text("Structure of ethanol")).to_be_visible()


def test_a_drawn_ring_is_found_whatever_the_drawing_board_calls_aromatic(visit: Visit) -> None:
    page = visit.go(f"?q={quote('Cn1c(=O)c2c(ncn2C)n(C)c1=O')}&as=structure")
    page.get_by_role("button", name="Draw a structure").click()
    dialog = page.get_by_role("dialog", name="Draw a structure")
    if not EDITOR_FILE.is_file():
        pytest.skip("the editor is not installed (make editor)")
    dialog.get_by_role("button", name="Hits must contain this").click()
    expect(page.get_by_role("heading", name="1 molecule")).to_be_visible()
    expect(page.get_by_role("article", name="caffeine")).to_be_visible()


def test_a_drawing_that_cannot_be_looked_for_stays_to_be_mended(visit: Visit) -> None:
    page = visit.go(f"?q={'C' * 60}&as=structure")
    page.get_by_role("button", name="Draw a structure").click()
    dialog = page.get_by_role("dialog", name="Draw a structure")
    if not EDITOR_FILE.is_file():
        pytest.skip("the editor is not installed (make editor)")
    dialog.get_by_role("button", name="Hits must contain this").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The structure has 60 atoms")
    dialog.get_by_role("button", name="Search for this").click()
    expect(page.locator("#understood code")).to_have_text("C" * 60)


def test_bundled_structures_are_found_as_they_are_drawn(visit: Visit) -> None:
    """Written by the drawing board, read by the service as a substructure, and matched with themselves."""
    if not EDITOR_FILE.is_file():
        pytest.skip("the editor is not installed (make editor)")
    page = visit.go()
    given = [Chem.MolToSmiles(Chem.MolFromSmiles(smiles)) for smiles in _bundled_structures()[::30]]
    drawn = page.evaluate(
        """async (given) => {
          const { Molecule } = await import(new URL("web/vendor/openchemlib.js", location));
          return given.map((smiles) => Molecule.fromSmiles(smiles).toMolfile());
        }""",
        given,
    )
    missed = []
    for smiles, block in zip(given, drawn, strict=True):
        read = page.request.post(f"{visit.address}structures/read", data={"structure": block}).json()
        too_large = "atoms" in (read["no_smarts"] or "")
        if not too_large and (read["smarts"] is None or not match([smiles], [read["smarts"]], [])[0][0]):
            missed.append((smiles, read))
    assert missed == []


def _bundled_structures() -> list[str]:
    path = Path(indexer.__file__).parent / "examples" / "compounds.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        return [row["smiles"] for row in csv.DictReader(file, delimiter="\t")]


def test_the_editor_is_loaded_only_when_asked_for(visit: Visit) -> None:
    visit.go(SEARCH)
    assert not [url for url in visit.requests if "openchemlib" in url or "map.js" in url or "sketcher" in url]


def test_about_this_index(visit: Visit) -> None:
    page = visit.go()
    page.get_by_role("button", name="About this index").click()
    dialog = page.get_by_role("dialog", name="About this index")
    expect(dialog.get_by_text("faiss, flat")).to_be_visible()
    expect(dialog.get_by_text("natural product 3")).to_be_visible()
    page.keyboard.press("Escape")

    def measured(route: playwright.Route) -> None:
        answer = route.fetch().json()
        answer["checkpoint"]["figures"] = {
            "text2mol": {"hits@1": 0.679, "hits@10": 0.954, "queries": 3301, "pool": 33010}
        }
        route.fulfill(json=answer)

    page.route("**/version", measured)
    page.get_by_role("button", name="About this index").click()
    expect(dialog).to_contain_text("first for 67.9 % and among the first ten for 95.4 % of 3,301 queries, among 33,010")


def test_keys_alone_are_enough(visit: Visit) -> None:
    page = visit.go()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the results")).to_be_focused()
    page.get_by_label("What are you looking for?").focus()
    page.keyboard.type("an acid")
    page.keyboard.press("Enter")
    expect(page.locator("article").first).to_be_visible()
    page.get_by_role("link", name="Texts for this").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Read as a structure")).to_be_visible()


def test_axe_finds_no_violations(visit: Visit) -> None:
    for address in ("", SEARCH, "?q=an+acid&has=%5BO", "?q=CCO&find=texts", RANKED):
        visit.go(address)
        visit.page.locator("#open-filters").click()
        expect(visit.page.get_by_role("button", name="Apply")).to_be_visible()
        assert _violations(visit) == [], address
    _compare_and_map(visit)


def test_axe_can_read_all_of_it_in_the_dark(visit: Visit) -> None:
    """Colours are all that is different there."""
    visit.page.emulate_media(color_scheme="dark")
    visit.go(SEARCH)
    visit.page.locator("#open-filters").click()
    expect(visit.page.get_by_role("button", name="Apply")).to_be_visible()
    assert _violations(visit, "color-contrast") == []
    _compare_and_map(visit, "color-contrast")


def _compare_and_map(visit: Visit, *rules: str) -> None:
    page = visit.go(SEARCH)
    for name in ("aspirin", "caffeine"):
        page.get_by_role("article", name=name).get_by_label("Compare").check()
    page.locator(".compare-bar").get_by_role("button", name="Compare").click()
    expect(page.get_by_role("dialog").get_by_role("table")).to_be_visible()
    assert _violations(visit, *rules) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Map").click()
    expect(page.get_by_role("list", name="Hits on the map").get_by_role("button").first).to_be_visible()
    assert _violations(visit, *rules) == []


def _violations(visit: Visit, *rules: str) -> list[str]:
    """What axe-core finds against these of its rules, or against any."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (npm ci --prefix service/web)")
    # Evaluated by the driver, which the page's own policy does not bind.
    visit.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = visit.page.evaluate("rules => axe.run(rules.length ? {runOnly: rules} : {})", list(rules))["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("query", ["", SEARCH, "?q=CCO&find=texts", RANKED])
def test_nothing_is_cut_off_on_a_phone(visit: Visit, query: str) -> None:
    visit.page.set_viewport_size({"width": 360, "height": 740})
    page = visit.go(query)
    page.get_by_role("button", name="Filters").click()
    expect(page.get_by_role("button", name="Apply")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_swagger_ui_comes_from_this_service(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}docs")
    if page.get_by_text("make editor").count():
        pytest.skip("Swagger UI is not installed (make editor)")
    expect(page.get_by_text("/search/text2mol")).to_be_visible()
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_class("dark-mode")
