"""ChEBI: its molecules, and its sentences about them, from one OBO file.

The OBO file has all that the SDF and the tables have, and the relations that captions are worded from.
"""

from __future__ import annotations

from pathlib import Path

from indexer.errors import CorpusError
from indexer.published.corpus import Addresses, GatheredCorpus
from model.published.chebi_release import CORPORA, DESCRIPTIONS, MOLECULES, ReleaseOptions, convert_release
from model.published.obo import OboError
from model.published.sources import CHEBI


def gather_chebi(out: Path, options: ReleaseOptions, addresses: Addresses) -> GatheredCorpus:
    """Fetch the current release into `out` and write `molecules.tsv` and `descriptions.tsv`.

    Raises:
        DownloadError: the file cannot be fetched.
        CorpusError: it cannot be read to its end.
    """
    [file] = addresses.fetch(CHEBI, out)
    try:
        summary = convert_release(file.path, out, options, tables=CORPORA)
    except OboError as error:
        raise CorpusError(str(error)) from error
    left_out = sum(count for code, count in summary.rejected.items() if code != "no_structure")
    return GatheredCorpus(out / MOLECULES, summary.molecules, summary.molecules, left_out, out / DESCRIPTIONS)
