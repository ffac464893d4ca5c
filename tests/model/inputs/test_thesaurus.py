"""A query is widened by the words that chemists' texts use."""

import sys

import pytest

from model.inputs.thesaurus import Thesaurus, telling_length, thesaurus
from model.inputs.words import words


def test_the_longest_term_is_taken_whatever_its_case_number_and_spelling() -> None:
    made = Thesaurus(["blood thinner\tanticoagulant; platelet inhibitor", "blood\thuman metabolite", "tumor\tneoplasm"])
    assert made.widen("a Blood-Thinners for tumours").words == ("anticoagulant", "platelet inhibitor", "neoplasm")
    assert made.widen("blood").words == ("human metabolite",)
    assert made.widen("water").words == ()
    assert Thesaurus([]).widen("blood thinner").words == ()


@pytest.mark.parametrize("query", ["bloodthinner", "Blood thinners", "COX2 inhibitor", "COX-2-inhibitors"])
def test_spaces_and_hyphens_do_not_count(query: str) -> None:
    made = Thesaurus(["blood thinner\tanticoagulant", "COX-2 inhibitor\tanticoagulant"])
    found = made.widen(query)
    assert found.words[-1] == "anticoagulant"
    assert all(word.lower() in ("blood thinner", "cox-2 inhibitor") for word in found.words[:-1])


def test_gases_are_several_of_a_gas() -> None:
    assert "argon" in Thesaurus(["inert gas\targon"]).widen("inert gases").words


def test_another_spelling_is_looked_up_beside_the_own() -> None:
    made = Thesaurus(["NSAID\tnon-steroidal anti-inflammatory drug"])
    found = made.widen("a nonsteroidal antiinflammatory drug")
    assert found.words == ("non-steroidal anti-inflammatory drug",)
    assert found.parts == (("nonsteroidal antiinflammatory drug", "non-steroidal anti-inflammatory drug"),)
    assert found.understood


def test_the_other_words_of_a_query_are_parts_of_their_own() -> None:
    made = Thesaurus(["sugar\tmonosaccharide; disaccharide", "malaria\tantimalarial"])
    assert made.widen("sugar found in milk").parts == (("sugar", "monosaccharide", "disaccharide"), ("milk",))
    assert made.widen("drug for malaria").parts == (("malaria", "antimalarial"),)
    assert made.widen("milk of magnesia").parts == (("milk of magnesia",),)
    assert made.widen("").parts == ()


@pytest.mark.parametrize(
    "query", ["sugar found in milk", "the sugar in milk", "sugar of the milk", "a sugar that is present in milk"]
)
def test_a_term_is_found_the_other_way_round(query: str) -> None:
    made = Thesaurus(["milk sugar\tlactose", "sugar\tmonosaccharide", "antacid\tbase"])
    assert made.widen(query).words == ("milk sugar", "lactose")
    assert made.widen("sugar and milk").words == ("monosaccharide",)
    assert made.widen("sugar in").words == made.widen("sugar found in the").words == ("monosaccharide",)
    assert made.widen("acid of ants").words == ()  # which is no antacid


def test_what_a_term_stands_for_is_left_as_it_is() -> None:
    made = Thesaurus(["HIV\tanti-HIV agent; HIV protease inhibitor", "gout\turicosuric drug"])
    assert made.widen("HIV protease inhibitor").words == ()
    assert made.widen("HIV protease inhibitor against gout").parts == (
        ("hiv protease inhibitor",),
        ("gout", "uricosuric drug"),
    )


@pytest.mark.parametrize(
    ("query", "word"),
    [("painkiller", "analgesic"), ("ACE inhibitors", "antihypertensive agent"), ("an SSRI", "antidepressant")],
)
def test_the_bundled_one(query: str, word: str) -> None:
    found = thesaurus().widen(query)
    assert word in found.words
    assert any(word in said for said in found.understood)


def test_a_long_text_is_bounded() -> None:
    assert len(thesaurus().widen("painkiller " * 100_000).words) < 10
    assert thesaurus().term_length("painkiller " * 100_000) == 1


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("odour of bananas", (("odor of banana", "banana smell", "amyl acetate"),)),
        ("tastes like banana", (("taste like banana", "banana smell", "amyl acetate"),)),
        ("banana fragrances", (("banana fragrance", "banana smell", "amyl acetate"),)),
        ("smell of", ()),
        ("smell of smell of banana", (("smell",), ("smell of banana", "banana smell", "amyl acetate"))),
        ("smell of rotten eggs", (("smell of rotten egg", "rotten egg smell", "hydrogen sulfide"),)),
    ],
)
def test_smells_are_what_they_are_of(query: str, parts: tuple[tuple[str, ...], ...]) -> None:
    made = Thesaurus(["banana smell\tamyl acetate", "rotten egg smell\thydrogen sulfide", "egg\tovalbumin"])
    found = made.widen(query)
    assert (found.parts if found.words else ()) == parts


def test_a_long_row_of_smells_is_looked_up_word_by_word() -> None:
    """Twice the words take twice the steps, however many words a term has."""
    made = Thesaurus(["banana smell\tamyl acetate", " ".join("abcdefgh") + " smell\tammonia"])

    def steps(repeated: int) -> int:
        query, taken = "smell of " * repeated, 0

        def count(*_: object) -> None:
            nonlocal taken
            taken += 1

        words(query)
        sys.setprofile(count)
        try:
            assert made.widen(query).words == ()
        finally:
            sys.setprofile(None)
        return taken

    assert steps(160) < 2.5 * steps(80)


def test_a_letter_alone_is_a_word_of_its_own() -> None:
    made = Thesaurus(["vitamin E\ttocopherol", "T cell\tlymphocyte"])
    assert made.widen("vitamine C").words == ()
    assert made.widen("vitamin e").words == ("tocopherol",)
    assert made.widen("T-cell").words == ("lymphocyte",)


def test_names_and_wider_kinds_are_told_apart() -> None:
    found = Thesaurus(["painkiller\taspirin [name]; analgesic; drug; agent"]).widen("a painkiller")
    assert found.names == {"painkiller": ("aspirin",)}
    assert found.wider == {"analgesic", "drug", "agent"}  # beside a name
    assert found.words == ("aspirin", "analgesic", "drug", "agent")


def test_a_synonym_stands_for_one_kind_and_nothing_else() -> None:
    made = Thesaurus(
        ["weedkiller\therbicide", "bug killer\tinsecticide; pesticide", "banana smell\tamyl acetate [name]"]
    )
    assert made.synonym("Weed-killers") == "herbicide"
    for text in ("bug killer", "banana smell", "herbicide", "weedkiller for lawns", ""):
        assert made.synonym(text) is None, text


def test_one_typing_error_is_noticed() -> None:
    made = Thesaurus(["painkiller\tanalgesic", "pain killers abroad\tanalgesic"])
    assert made.close_term("painkiler") == "painkiller"
    assert made.close_term("pain-kilers") == "painkiller"
    for typed in ("painkillre", "apinkiller", "paimkiller", "painkilller", "ainkiller"):
        assert made.close_term(typed) == "painkiller", typed
    assert made.close_term("analgesik") == "analgesic"
    assert made.close_term("painkiller") is None and made.close_term("a pain") is None
    assert made.close_term("a painkiler") == "painkiller"
    assert made.close_term("pain") is None and made.close_term("x" * 10_000) is None


def test_an_article_is_no_typing_error() -> None:
    made = Thesaurus(["z-drug\tsedative", "alpha blocker\tantihypertensive agent"])
    assert made.close_term("a drug") is None and made.close_term("the drug") is None
    assert made.close_term("y-drug") == "z-drug"


@pytest.mark.parametrize(
    ("text", "telling"),
    [
        ("What drug is used to treat malaria?", 1),
        ("which compound is responsible for the smell of rain", 2),
        ("a ketone with a long chain of carbons", 4),
        ("is " * 39, 0),
        ("malaria " * 1_000, 400),
    ],
)
def test_words_that_tell_something(text: str, telling: int) -> None:
    assert telling_length(text) == telling
