"""The example corpus: several hundred well-known compounds, described in our own words."""

from pathlib import Path


def example_corpus() -> Path:
    """Path of compounds.tsv: columns id, name, smiles, formula, description; tab-separated, no quoting."""
    return Path(__file__).with_name("compounds.tsv")
