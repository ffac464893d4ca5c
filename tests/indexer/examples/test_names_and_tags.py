"""Synonyms of the bundled corpus name one compound each, CAS numbers check, and tags say what is known."""

import re
import unicodedata
from collections import Counter, defaultdict

import pytest

from indexer.corpus import CorpusLimits, Row, open_corpus
from indexer.tags import TagFilter, TagSets, split_set

ROWS = [row for row in open_corpus("example", "molecules").rows() if isinstance(row, Row)]
CAS = re.compile(r"[1-9]\d{1,6}-\d\d-\d")

# Names that say nothing of the form or the hand, or that two vitamers share.
SHARED = {"carvone", "limonene", "lacticacid", "glucose", "dglucose", "dextrose", "vitaminb3"}


def folded(name: str) -> str:
    return re.sub(r"[\s-]+", "", unicodedata.normalize("NFKC", name).casefold())


def by_name(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


def tags(row: Row) -> set[str]:
    return set(split_set(row.tags))


def tagged(tag: str) -> set[str | None]:
    return {row.name for row in ROWS if tag in tags(row)}


def test_every_compound_has_synonyms_and_tags_within_limits() -> None:
    limits = CorpusLimits()
    for row in ROWS:
        assert 1 <= len(row.synonyms) < 20, row.name
        assert 1 <= len(tags(row)) <= limits.max_tags, row.name
        for each in (*row.synonyms, *tags(row)):
            assert each == " ".join(each.split()), row.name
            assert each.isascii() and each.isprintable() and len(each) <= 100, row.name
            assert ";" not in each and "|" not in each, row.name


def test_no_synonym_belongs_to_another_compound_unless_it_names_both() -> None:
    owners = defaultdict(set)
    for row in ROWS:
        for name in (row.name or "", *row.synonyms):
            owners[folded(name)].add(row.id)

    assert {name for name, ids in owners.items() if len(ids) > 1} == SHARED


def test_no_synonym_repeats_within_a_compound() -> None:
    for row in ROWS:
        names = Counter(folded(name) for name in (row.name or "", *row.synonyms))
        assert names.most_common(1)[0][1] == 1, row.name


def test_cas_numbers_have_right_check_digits_and_nearly_every_compound_has_one() -> None:
    numbers = {row.name: [each for each in row.synonyms if CAS.fullmatch(each)] for row in ROWS}

    for number in (each for found in numbers.values() for each in found):
        digits = [int(digit) for digit in reversed(number.replace("-", ""))]
        assert sum(place * digit for place, digit in enumerate(digits)) % 10 == digits[0], number
    assert sum(not found for found in numbers.values()) <= 5
    assert not any(re.fullmatch(r"\d+-\d+-\d+", each) and not CAS.fullmatch(each) for r in ROWS for each in r.synonyms)


@pytest.mark.parametrize(
    ("name", "synonyms"),
    [
        ("sildenafil", {"Viagra", "Revatio", "139755-83-2"}),
        ("paracetamol", {"acetaminophen", "Tylenol", "APAP", "103-90-2"}),
        ("aspirin", {"acetylsalicylic acid", "50-78-2"}),
        ("dimethyl sulfoxide", {"DMSO", "67-68-5"}),
        ("nitrous oxide", {"laughing gas", "10024-97-2"}),
        ("cyanocobalamin", {"vitamin B12", "68-19-9"}),
        ("dolutegravir", {"Tivicay", "1051375-16-6"}),
        ("2,4,6-trinitrotoluene", {"TNT", "118-96-7"}),
        ("L-alanine", {"alanine", "56-41-7"}),
        ("aluminium oxide", {"alumina", "aluminum oxide", "1344-28-1"}),
    ],
)
def test_well_known_synonyms(name: str, synonyms: set[str]) -> None:
    assert synonyms <= set(by_name(name).synonyms)


def test_approved_is_said_of_drugs_alone() -> None:
    assert tagged("approved") < tagged("drug")
    assert {"ibuprofen", "imatinib", "metformin", "vildagliptin", "nitrous oxide"} <= tagged("approved")
    # Sold in some countries without either agency, still tried, or never a medicine.
    assert not tagged("approved") & {
        "domperidone",
        "gliclazide",
        "favipiravir",
        "ambroxol",
        "mescaline",
        "DDT",
        "toluene",
    }


def test_the_documented_filter_finds_the_approved_drugs() -> None:
    fits = TagSets([row.tags for row in ROWS]).fitting(TagFilter(any=("approved",)))
    assert {row.name for row, fit in zip(ROWS, fits, strict=True) if fit} == tagged("approved")
    assert fits.sum() > 400


def test_pesticides_are_tagged_with_what_they_kill_and_as_pesticides() -> None:
    killers = {"herbicide", "insecticide", "fungicide", "rodenticide", "molluscicide", "fumigant"}
    assert all(("pesticide" in tags(row)) == bool(tags(row) & killers) for row in ROWS)


@pytest.mark.parametrize(
    ("tag", "some"),
    [
        ("ACE inhibitor", {"captopril", "enalapril", "lisinopril", "ramipril"}),
        ("SSRI", {"citalopram", "escitalopram", "fluoxetine", "paroxetine", "sertraline"}),
        ("buffer", {"HEPES", "MES", "MOPS", "Tris", "sodium acetate"}),
        ("noble gas", {"argon", "helium"}),
        ("sugar alcohol", {"D-sorbitol", "glycerol", "mannitol", "meso-erythritol", "xylitol"}),
        ("omega-3", {"alpha-linolenic acid", "docosahexaenoic acid", "eicosapentaenoic acid"}),
        ("nucleobase", {"adenine", "cytosine", "guanine", "hypoxanthine", "thymine", "uracil", "xanthine"}),
    ],
)
def test_classes_are_whole(tag: str, some: set[str]) -> None:
    assert tagged(tag) == some


def test_there_are_twenty_two_proteinogenic_amino_acids() -> None:
    assert len(tagged("proteinogenic amino acid")) == 22
    assert tagged("proteinogenic amino acid") < tagged("amino acid")
