"""One normal form of text: the same name however it was typed, and other names still other."""
# ruff: noqa: RUF001

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.inputs.normal_text import american_spelling, normal_text
from model.inputs.text_bag import text_features

# What people type, and the plain form of it.
CHARACTERS = {
    "β-alanine": "beta-alanine",
    "&beta;-alanine": "beta-alanine",
    "&amp;beta;-alanine": "beta-alanine",
    "&#946;-alanine": "beta-alanine",
    "&#x3B2;-alanine": "beta-alanine",
    "Β-alanine": "Beta-alanine",
    "𝛽-alanine": "beta-alanine",
    "<i>beta</i>-alanine": "beta-alanine",
    "&lt;i&gt;beta&lt;/i&gt;-alanine": "beta-alanine",
    "D‐alanine": "D-alanine",
    "D‑alanine": "D-alanine",
    "D‒alanine": "D-alanine",
    "D–alanine": "D-alanine",
    "D—alanine": "D-alanine",
    "D−alanine": "D-alanine",
    "D－alanine": "D-alanine",
    "D﹣alanine": "D-alanine",
    "<small>D</small>-alanine": "D-alanine",
    "<SMALL>D</SMALL>-alanine": "D-alanine",
    '<span class="sc">D</span>-alanine': "D-alanine",
    "D-ala\u00adnine": "D-alanine",
    "D-ala\u200bnine": "D-alanine",
    "\ufeffD-alanine": "D-alanine",
    "D-alanine\u00a0": "D-alanine",
    " D-alanine\n": "D-alanine",
    "(−)-carvone": "(-)-carvone",
    "(–)-carvone": "(-)-carvone",
    "(&minus;)-carvone": "(-)-carvone",
    "(＋)-limonene": "(+)-limonene",
    "5α-androstane": "5alpha-androstane",
    "α‐d‐glucose": "alpha-d-glucose",
    "Δ9-tetrahydrocannabinol": "Delta9-tetrahydrocannabinol",
    "Δ<sup>9</sup>-tetrahydrocannabinol": "Delta9-tetrahydrocannabinol",
    "Δ⁹-tetrahydrocannabinol": "Delta9-tetrahydrocannabinol",
    "∆9-tetrahydrocannabinol": "Delta9-tetrahydrocannabinol",
    "γ-aminobutyric acid": "gamma-aminobutyric acid",
    "ω-3 fatty acid": "omega-3 fatty acid",
    "μ-opioid agonist": "mu-opioid agonist",
    "µ-opioid agonist": "mu-opioid agonist",
    "ε-caprolactam": "epsilon-caprolactam",
    "ϵ-caprolactam": "epsilon-caprolactam",
    "σ-receptor": "sigma-receptor",
    "ς-receptor": "sigma-receptor",
    "ϑ-toxin": "theta-toxin",
    "ϕ-angle": "phi-angle",
    "λ-cyhalothrin": "lambda-cyhalothrin",
    "adenosine 5′-phosphate": "adenosine 5'-phosphate",
    "adenosine 5’-phosphate": "adenosine 5'-phosphate",
    "adenosine 5‘-phosphate": "adenosine 5'-phosphate",
    "adenosine 5&prime;-phosphate": "adenosine 5'-phosphate",
    "adenosine 5&#39;-phosphate": "adenosine 5'-phosphate",
    "adenosine 5´-phosphate": "adenosine 5'-phosphate",
    "adenosine 5ʹ-phosphate": "adenosine 5'-phosphate",
    "4″-deoxy": "4''-deoxy",
    "4‴-deoxy": "4'''-deoxy",
    "H₂O": "H2O",
    "H<sub>2</sub>O": "H2O",
    "C₉H₈O₄": "C9H8O4",
    "Ca²⁺ channel blocker": "Ca2+ channel blocker",
    "ﬂuorine": "fluorine",
    "ｗａｔｅｒ": "water",
    "vitamin&nbsp;B12": "vitamin B12",
    "vitamin  B12": "vitamin B12",
    "alkyl&#45;amine": "alkyl-amine",
    "β‑D‑Glcp‑(1→4)": "beta-D-Glcp-(1->4)",
    "β-D-Glcp-(1&rarr;4)": "beta-D-Glcp-(1->4)",
    "“solvent”": '"solvent"',
    "ά-helix": "alpha-helix",
}
BRITISH = {
    "sulphate": "sulfate",
    "sulphonamide": "sulfonamide",
    "sulphur dioxide": "sulfur dioxide",
    "thiosulphuric acid": "thiosulfuric acid",
    "sulphydryl": "sulfhydryl",
    "oestradiol": "estradiol",
    "17beta-oestradiol": "17beta-estradiol",
    "ethinyloestradiol": "ethinylestradiol",
    "anti-oestrogen": "anti-estrogen",
    "haemoglobin": "hemoglobin",
    "haem": "heme",
    "haemin": "hemin",
    "methaemoglobinaemia": "methemoglobinemia",
    "anaemia": "anemia",
    "leukaemia": "leukemia",
    "hypoglycaemic": "hypoglycemic",
    "ischaemic": "ischemic",
    "ischaemia": "ischemia",
    "aluminium chloride": "aluminum chloride",
    "caesium": "cesium",
    "foetal": "fetal",
    "foetus": "fetus",
    "oedema": "edema",
    "lymphoedema": "lymphedema",
    "tumour": "tumor",
    "antitumour": "antitumor",
    "colourless": "colorless",
    "odour": "odor",
    "flavouring": "flavoring",
    "vapour": "vapor",
    "anaesthetic": "anesthetic",
    "oesophagus": "esophagus",
    "diarrhoea": "diarrhea",
    "paediatric": "pediatric",
    "analogue": "analog",
    "analogues": "analogs",
    "fibre": "fiber",
    "stereocentre": "stereocenter",
    "litre": "liter",
    "oxidised": "oxidized",
    "polymerisation": "polymerization",
    "catalysed": "catalyzed",
    "labelled": "labeled",
    "leucocyte": "leukocyte",
    "amoebicide": "amebicide",
    "grey": "gray",
}
# Alike only in letters: folding these would make another word or another molecule of them.
KEPT = [
    "phytoestrogen",
    "xenoestrogen",
    "archaea",
    "benzoic",
    "phoenix",
    "caffeine",
    "flavour-free",
    "odourif",
    "hour",
    "four",
    "source",
    "pour",
    "isomer",
    "catalyst",
    "analysis",
    "synthesis",
    "hydrolysis",
    "metabolism",
    "flavone",
    "quinoline",
    "aerosol",
    "coenzyme",
    "coelenterazine",
    "homoeriodictyol",
    "chemotherapy",
    "hematite",
    "calcium",
    "selenium",
    "leucovorin",
    "leucine",
    "arginine",
    "maleic",
    "paeonol",
    "aesculin",
    "goitre",
    "precentred",
]


def test_the_tables_are_a_hundred_variants() -> None:
    assert len(CHARACTERS) + len(BRITISH) >= 100


@pytest.mark.parametrize("written", CHARACTERS)
def test_a_name_however_it_is_typed(written: str) -> None:
    assert normal_text(written) == CHARACTERS[written]
    assert text_features(written) == text_features(CHARACTERS[written])


@pytest.mark.parametrize("written", BRITISH)
def test_british_spelling_is_american_in_the_bag(written: str) -> None:
    assert american_spelling(written) == BRITISH[written]
    assert american_spelling(BRITISH[written]) == BRITISH[written]
    assert text_features(written, american=True) == text_features(BRITISH[written])
    assert normal_text(written) == written


@pytest.mark.parametrize("word", [word for word in KEPT if "our" not in word])
def test_words_that_only_look_british_stay(word: str) -> None:
    assert american_spelling(word) == word


@pytest.mark.parametrize(
    "name",
    ["(+)-limonene", "(-)-carvone", "D-alanine", "(2R,3'S)-x", "sodium(1+)", "rac-x", "a < b & c > d", "R&D", "x<y>z"],
)
def test_what_tells_molecules_apart_stays(name: str) -> None:
    assert normal_text(name) == name


_PIECES = st.sampled_from(
    [
        "&",
        "amp;",
        "#38;",
        "lt;",
        "<",
        ">",
        "i>",
        "/",
        "<sub>",
        "β",
        "ά",
        "\u0301",
        "&#97;",
        "&#946",
        ";",
        "＆",
        "´",
        "′",
    ]
)
_TEXTS = st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=14).map("".join))


@settings(max_examples=400, deadline=None)
@given(_TEXTS)
def test_idempotent_and_free_of_what_was_settled(text: str) -> None:
    normal = normal_text(text)
    assert normal_text(normal) == normal
    assert unicodedata.normalize("NFKC", normal) == normal
    assert not set(normal) & set("αβγ′’‐–−\u00ad")
    lower = normal.lower()
    assert american_spelling(american_spelling(lower)) == american_spelling(lower)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(max_codepoint=126, exclude_characters="&<"), max_size=80))
def test_plain_ascii_stays_but_for_white_space(text: str) -> None:
    assert normal_text(text) == " ".join(text.split())


@pytest.mark.parametrize("piece", ["&", "&amp;", "amp;", "<", "<sub ", "<sub>", "\u03b2", "&#38;", "sulph", "haem"])
def test_a_million_characters_are_read_in_one_go(piece: str) -> None:
    """With anything quadratic in it, this would not end before the test's timeout."""
    assert len(american_spelling(normal_text("&" + piece * (1_000_000 // len(piece)) + "\u00e9"))) < 6_000_000


@pytest.mark.parametrize(
    "marks", ["\u0315\u0300", "\u0301\u200d\u0323", "\uff9e\u0301", "\u0344\u0323", "\u0f73\u0f71"]
)
def test_marks_without_end_are_not_sorted(marks: str) -> None:
    """NFKC sorts the marks of a letter, a hundred thousand of them in half a minute."""
    normal = normal_text("a" + marks * 50_000 + "b")
    assert normal.endswith("b")
    assert len(normal) < 200
    assert normal_text(normal) == normal


def test_marks_as_languages_have_them_stay() -> None:
    assert normal_text("e\u0301 \u1eb9\u0301 \uff76\uff9e") == "\u00e9 \u1eb9\u0301 \u30ac"
    assert normal_text("\u2026" * 100) == "..." * 100


def test_a_sign_for_a_sentence_is_not_written_out() -> None:
    assert normal_text("a\ufdfa" * 1000) == "a " * 999 + "a"
