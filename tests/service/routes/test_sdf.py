"""Records of SD files, whatever names and descriptions have in them."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from indexer.chemistry.drawing import molblock
from service.routes.sdf import sdf

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
