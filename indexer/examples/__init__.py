"""The example corpus: several hundred well-known compounds, described in our own words."""

from pathlib import Path


def example_corpus() -> Path:
    """Path of compounds.tsv, tab-separated without quoting: id, name, smiles, formula, description, synonyms, tags.

    `|` separates synonyms: brands, common and systematic names, abbreviations and CAS numbers. `;` separates tags:
    class (`alkaloid`), use (`solvent`) and origin (`natural product`). `drug` is the active substance of a medicine;
    `approved` is one that FDA or EMA has approved for people, as such or as a salt or ester, now or in the past.
    """
    return Path(__file__).with_name("compounds.tsv")
