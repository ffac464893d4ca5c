"""Records of SD files, whatever names and descriptions have in them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from concurrent.futures import Future

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from indexer.chemistry import Chemistry
from indexer.chemistry.drawing import DrawingError, molblock
from model.inputs.structure import StructureLimits
from service.routes.sdf import molblocks, sdf

BLOCK = molblock("CCO")
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(["$$$$", "> <id>", "a\n\n$$$$\nb", ">", "M  END", "  "]),
)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_no_text_breaks_a_record(texts: list[tuple[str, str]]) -> None:
    rows = [({"id": f"n{n}", "name": name, "description": said}, BLOCK) for n, (name, said) in enumerate(texts)]
    read = list(Chem.ForwardSDMolSupplier(io.BytesIO(sdf(rows))))
    assert [record.GetProp("id") for record in read] == [f"n{number}" for number in range(len(texts))]
    for record, (name, said) in zip(read, texts, strict=True):
        assert Chem.MolToSmiles(record) == "CCO"
        assert record.GetProp("_Name").split() == (name.split() or [record.GetProp("id")])
        described = record.GetProp("description") if record.HasProp("description") else ""
        assert described.split() == said.split()


def test_structures_are_laid_out_many_in_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    made = Chemistry.molblocks

    def counted(chemistry: Chemistry, smiles: Sequence[str]) -> Future[list[str | None]]:
        calls.append(len(smiles))
        return made(chemistry, smiles)

    monkeypatch.setattr(Chemistry, "molblocks", counted)
    chemistry = Chemistry(StructureLimits(), {}, workers=0)
    chains = ["C" * length for length in range(1, 61)]
    blocks = asyncio.run(molblocks([*chains, None, "C(", "O" * 500, *chains], chemistry))
    assert [block is None for block in blocks] == [False] * 60 + [True] * 3 + [False] * 60
    assert Chem.MolToSmiles(Chem.MolFromMolBlock(str(blocks[59]))) == "C" * 60
    assert sum(calls) == 62 and len(calls) < 5


def test_one_that_costs_its_worker_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Chemistry.molblocks

    def lost(chemistry: Chemistry, smiles: Sequence[str]) -> Future[list[str | None]]:
        if "CCC" not in smiles:
            return made(chemistry, smiles)
        future: Future[list[str | None]] = Future()
        future.set_exception(DrawingError("too complex"))
        return future

    monkeypatch.setattr(Chemistry, "molblocks", lost)
    blocks = asyncio.run(molblocks(["CC", "CCC", "CCCC"], Chemistry(StructureLimits(), {}, workers=0)))
    assert [block is None for block in blocks] == [False, True, False]
