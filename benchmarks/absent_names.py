"""How often a name whose molecule is not in the corpus is believed: python -m benchmarks.absent_names INDEX

Each name of the bundled corpus is asked of all other molecules; confidences are those of the checkpoint, and those
that the service shows, which has none for what may be a name that the corpus does not have.
"""

import argparse
from pathlib import Path

import molseek
from benchmarks.table import Table, show
from service.reading import may_be_a_name

_ABOVE = 0.9


def measure(index: molseek.Index) -> Table:
    """One row: names asked, and the share whose first hit is believed, by the curve alone and as shown."""
    release = index.release
    names = [record.name or record.id for record in release.records.molecules(range(index.molecule_count))]
    calibration = index.encoder.checkpoint.info.calibration
    assert calibration is not None
    curve = calibration.text2mol.curve
    found = release.molecules.search(index.encoder.encode_text(names), curve.neighbours + 1)
    alone = shown = 0
    for row, name in enumerate(names):
        others = found.scores[row][found.rows[row] != row][: curve.neighbours]
        if curve.confidences(others[None])[0, 0] > _ABOVE:
            alone += 1
            shown += not may_be_a_name(name)
    count = len(names)
    return Table(
        "Names whose molecule is not there, bundled corpus, first hits above .9",
        ("names", "by the curve alone", "as shown"),
        [(count, alone / count, shown / count)],
    )


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.absent_names", description=__doc__)
    options.add_argument("index", type=Path, help="an index of the bundled corpus, such as var/index")
    with molseek.open_index(options.parse_args().index) as index:
        show("", [measure(index)])


if __name__ == "__main__":
    main()
