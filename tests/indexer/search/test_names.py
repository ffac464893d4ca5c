"""Names are one where they mean one molecule, and never where they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.search.names import is_close, name_key, prefix_key, same_locants, says_less
from model.inputs.words import telling_words, within_one_error, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("β-alanine", "beta-Alanine"),
        ("vitamin B12", "Vitamin B-12"),
        ("acetyl salicylic acid", "acetylsalicylic acid"),
        ("(−)-carvone", "(-)-Carvone"),
        ("sulphuric acid", "Sulfuric acid"),
        (".alpha.-pinene", "α-pinene"),
        ("(±)-menthol", "(+/-)-menthol"),
        ("<small>D</small>-glucose", "d-glucose"),
        ("aspirin.", "aspirin"),
        ("Aspirin\u00ae", "aspirin"),
        ("Aspirin\u2122", "aspirin"),
        ("\u202easpirin\u200b", "aspirin"),
        ("\u00abaspirin\u00bb", "aspirin"),
    ],
)
def test_ways_to_write_one_name(one: str, other: str) -> None:
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(+)-carvone", "(-)-carvone"),
        ("(R)-limonene", "(S)-limonene"),
        ("D-alanine", "L-alanine"),
        ("1,2-dichloroethane", "1,1-dichloroethane"),
        ("iron(2+)", "iron(3+)"),
        ("alpha-D-glucose", "beta-D-glucose"),
        ("chloride(-1)", "chloride"),
        ("2-3-x", "23-x"),
        ("methanol", "ethanol"),
        ("carvone", "(-)-carvone"),
    ],
)
def test_names_of_other_molecules(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)
    assert not is_close(one, other) or one == "methanol"


def test_a_capital_locant_is_no_small_one() -> None:
    assert not same_locants("O-methylbenzoate", "o-methylbenzoate")
    assert same_locants("o-xylene", "o-xylene") and same_locants("n-methylaniline", "N-methylaniline")
    assert same_locants("N,N-dimethylaniline", "N,N-Dimethylaniline")


@pytest.mark.parametrize(
    ("query", "name"),
    [("asprin", "aspirin"), ("ibuprofin", "ibuprofen"), ("acid benzoic", "benzoic acid"), ("caffiene", "caffeine")],
)
def test_a_typing_error_is_close(query: str, name: str) -> None:
    assert is_close(query, name)


def test_another_letter_by_itself_is_no_typing_error() -> None:
    assert is_close("vitamine C", "vitamin C")
    assert not is_close("vitamine C", "vitamin E")


_NAMES = st.text("abcde-1 (+)", min_size=1, max_size=12)


@given(_NAMES, _NAMES)
def test_one_error_is_symmetric(one: str, other: str) -> None:
    assert within_one_error(one, other) == within_one_error(other, one)
    assert within_one_error(one, one) and within_one_error(one, one + "x") and within_one_error("x" + one, one)
    if len(one) > 1:
        assert within_one_error(one, one[1] + one[0] + one[2:])


@given(_NAMES)
def test_the_key_of_a_beginning_begins_the_key(name: str) -> None:
    whole = f"acetyl{name.strip()}acid"
    for end in range(1, len(whole)):
        if whole[end - 1] not in " -(" and whole[end] not in " -":
            assert name_key(whole).startswith(prefix_key(whole[:end]))


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("fertiliser", "fertilizer"),
        ("photosensitisers", "photosensitizer"),
        ("mood stabilisers", "mood stabilizer"),
        ("Sensitising agents", "sensitizing agent"),
        ("derivatisation", "derivatization"),
        ("analyser", "analyzer"),
    ],
)
def test_british_words_are_counted_as_american_ones(british: str, american: str) -> None:
    assert words(british) == words(american) == american.split()
    assert words("rising noise of anise, a poison") == ["rising", "noise", "of", "anise", "a", "poison"]


def test_words_are_counted_without_case_plural_and_spelling() -> None:
    assert words("Loop diuretics, sulphonamides") == ["loop", "diuretic", "sulfonamide"]
    assert words("glass virus analysis") == ["glass", "virus", "analysis"]
    plurals = "noble gases, viruses, complexes, masses, waxes, peaches, headaches, tomatoes, calories, analyses"
    assert " ".join(words(plurals)) == "noble gas virus complex mass wax peach headache tomato calorie analysis"
    assert " ".join(words("bases oxidases causes diseases species")) == "base oxidase cause disease species"
    assert telling_words("a molecule that is an acid of the acid") == ["acid"]


@pytest.mark.parametrize(
    ("query", "name", "less"),
    [
        ("glucose phosphate", "D-glucose 6-phosphate", True),
        ("fructose bisphosphate", "D-fructose 1,6-bisphosphate", True),
        ("butanediol", "butane-1,4-diol", True),
        ("propanol", "propan-2-ol", True),
        ("carvone", "(R)-carvone", True),
        ("2-chlorophenol", "4-chlorophenol", False),
        ("L-alanine", "D-alanine", False),
        ("glucose phosphate", "glucose sulfate", False),
    ],
)
def test_a_name_without_its_locants(query: str, name: str, less: bool) -> None:
    assert says_less(query, name) is less
