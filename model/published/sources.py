"""What is fetched: files under one address, with their size, their licence, and what they must look like."""

from __future__ import annotations

from dataclasses import dataclass

from model.published.checks import OboCheck, Sized


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a data set; its address is the set's base address, a slash and `name`.

    `about_bytes`: its size at the time of writing, for people who decide whether to fetch it.
    """

    name: str
    check: Sized
    about_bytes: int | None = None

    @property
    def max_bytes(self) -> int:
        return self.check.max_bytes


@dataclass(frozen=True, slots=True)
class DataSource:
    """A published data set: plain files under one address."""

    key: str
    title: str
    base_url: str
    files: tuple[RemoteFile, ...]
    citation: str
    licence: str


CHEBI = DataSource(
    key="chebi",
    title="ChEBI, current release",
    base_url="https://ftp.ebi.ac.uk/pub/databases/chebi/ontology",
    files=(
        RemoteFile("chebi.obo.gz", Sized(5_000_000, 1_000_000_000, OboCheck(range(50_000, 10_000_001))), 60_000_000),
    ),
    citation="Hastings et al.: ChEBI in 2016, Nucleic Acids Research 44",
    licence="CC BY 4.0 (attribution)",
)
"""All of it in one file: structures, names, synonyms, definitions and relations. The SDF and the tables add nothing."""
