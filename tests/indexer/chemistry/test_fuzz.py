"""Made-up structures and SMARTS, crafted dense graphs among them: each gets an answer, whatever it costs its worker.

`MOLSEEK_FUZZ=100000` for as many of each; some hundred a second and core. `benchmarks.fuzz` sends them to a service.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import pytest
from rdkit import Chem, rdBase
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from indexer.chemistry import Chemistry, Want
from indexer.search.substructure import MatchTime, MatchTimeoutError, Pattern, PatternError
from model.inputs.features import Featurizer
from model.inputs.structure import StructureError, StructureLimits
from model.inputs.vocabulary import Vocabulary
from tests.support.fuzzed import pattern, structure

pytestmark = [pytest.mark.slow, pytest.mark.timeout(36_000)]

COUNT = int(os.environ.get("MOLSEEK_FUZZ", "2000"))
MEMORY_MIB = 512


@pytest.fixture
def chemistry() -> Iterator[Chemistry]:
    features = [
        "eC>1",
        "m1>1",
        "f1>1",
        "t1>1",
        "gbenzene>1",
        "r6>1",
        "dheavy>1",
        "nheavy=1>1",
        "sR1>1",
        "l~2>1",
        "hC>1",
    ]
    limits = StructureLimits()
    chemistry = Chemistry(limits, {"": Featurizer(None, Vocabulary(features))}, read_seconds=5, memory_mib=MEMORY_MIB)
    chemistry.start()
    yield chemistry
    chemistry.close()


def outcomes(
    make: Callable[[random.Random], str], ask: Callable[[str], Future[object]], seed: int
) -> Iterator[tuple[str, object]]:
    """Each text with its result, or the error that it got; some hundred asked at once."""
    draw = random.Random(seed)
    for start in range(0, COUNT, 100):
        with rdBase.BlockLogs():
            texts = [make(draw) for _ in range(min(100, COUNT - start))]
        for text, future in [(text, ask(text)) for text in texts]:
            try:
                yield text, future.result()
            except (StructureError, PatternError) as error:
                yield text, error


def test_every_structure_gets_an_answer(chemistry: Chemistry) -> None:
    """What the bounds let through and RDKit cannot do (macrocycles of arenes, say) is refused at its deadline."""
    want = Want.FEATURES | Want.FINGERPRINT | Want.INCHIKEY
    read = 0
    for text, outcome in outcomes(structure, lambda text: chemistry.read(text, "parent", want), seed=1):  # type: ignore[arg-type]
        if isinstance(outcome, StructureError):
            assert str(outcome).endswith(".")
            assert "too complex to be read" not in str(outcome) or outcome.code == "too_complex", text
        else:
            read += 1
    assert read > COUNT / 20
    assert chemistry.replaced < COUNT / 50
    assert peak_memory_mib() < MEMORY_MIB + 200
    assert chemistry.read("OCC").result().smiles == "CCO"


def test_every_pattern_gets_an_answer(chemistry: Chemistry) -> None:
    molecules = ["CCO", "NCC(=O)" * 60, "C1CC2CCC1CC2", "c1cc2ccc3cccc4ccc(c1)c2c34"]
    for _, outcome in outcomes(pattern, chemistry.pattern, seed=2):  # type: ignore[arg-type]
        if isinstance(outcome, Pattern):
            with suppress(MatchTimeoutError, PatternError):
                assert len(chemistry.match(molecules, [outcome], [], MatchTime(2))) == len(molecules)
    assert chemistry.replaced < COUNT / 50
    assert peak_memory_mib() < MEMORY_MIB + 200


def test_what_is_read_is_what_was_written(chemistry: Chemistry) -> None:
    """The canonical SMILES of what was read is the same molecule when it is read again."""
    for text, outcome in outcomes(structure, lambda text: chemistry.read(text, want=Want.FINGERPRINT), seed=3):  # type: ignore[arg-type]
        if isinstance(outcome, StructureError):
            continue
        with rdBase.BlockLogs():
            once = Chem.MolFromSmiles(outcome.smiles)  # type: ignore[attr-defined]
            raw = Chem.MolFromSmiles(text) if "\n" not in text and not text.startswith("InChI") else None
        if once is not None and raw is not None:
            assert CalcMolFormula(once) == CalcMolFormula(raw), text


def peak_memory_mib() -> float:
    """Of the largest worker so far, resident."""
    children = (Path("/proc/self/task") / str(os.getpid()) / "children").read_text().split()
    peaks = [line for child in children for line in (Path("/proc") / child / "status").read_text().splitlines()]
    return max(int(line.split()[1]) / 1024 for line in peaks if line.startswith("VmHWM"))
