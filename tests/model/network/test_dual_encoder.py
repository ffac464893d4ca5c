"""Embeddings are functions of one text or one structure: not of batch, order of atoms, or thread."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from rdkit import Chem

from model import DualEncoder, Molecule, Vocabularies, parse_structure
from model.inputs.batch import collate_molecules, collate_texts
from model.network.config import BagConfig, GraphEncoderConfig, ModelConfig, ProjectorConfig, TextEncoderConfig
from tests.support.tiny import SMILES, TEXTS, tiny_config, tiny_encoder, tiny_tokenizer

STRUCTURES = (
    *SMILES,
    "N#N",
    "O",
    "[Na+].[Cl-]",
    "CC(=O)[O-].[K+].O",
    "C[C@H](O)[C@@H](O)C(=O)O",
    r"OC(=O)/C=C\C(=O)O",
    "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O",
    "C[C@]12CC[C@H]3[C@@H](CC=C4C[C@@H](O)CC[C@]34C)[C@@H]1CC[C@@H]2O",
    "CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5",
    "N[C@@H](CS)C(=O)N[C@@H](Cc1ccccc1)C(=O)O",
)
SENTENCES = (*TEXTS, "", "unknown", "An acid " * 40, "a β-lactam antibiotic (penicillin); 2,4-dinitro–phenol", "é😀")
GRAPHS = {
    f"{kind}{'+codes' if extra else ''}": GraphEncoderConfig.model_validate(
        {"kind": kind, "input_dim": 24, "hidden_dim": 32, "extra_features": extra}
    )
    for kind in ("gcn", "transformer", "mlp")
    for extra in (False, True)
}
ATOL = 2e-5


def graph_only(graph: GraphEncoderConfig) -> DualEncoder:
    return tiny_encoder(tiny_config(graph_encoder=graph, molecule_bag=None))


@pytest.fixture(scope="module")
def encoders() -> Mapping[str, DualEncoder]:
    """One encoder per graph network, and one with both branches."""
    return {name: graph_only(graph) for name, graph in GRAPHS.items()} | {"with bag": tiny_encoder()}


NAMES = [*GRAPHS, "with bag"]


@pytest.fixture(scope="module")
def molecules() -> list[Molecule]:
    return [parse_structure(smiles) for smiles in STRUCTURES]


@pytest.fixture(scope="module")
def alone(encoders: Mapping[str, DualEncoder], molecules: list[Molecule]) -> dict[str, np.ndarray]:
    """Each structure's embedding, encoded by itself."""
    return {
        name: np.concatenate([encoder.encode_molecules([molecule]) for molecule in molecules])
        for name, encoder in encoders.items()
    }


def renumbered(smiles: str, order: list[int]) -> Molecule:
    """The structure read from a SMILES that lists its atoms in another order."""
    mol = Chem.RenumberAtoms(Chem.MolFromSmiles(smiles), order)
    return parse_structure(Chem.MolToSmiles(mol, canonical=False))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_atom_order_does_not_matter(
    encoders: Mapping[str, DualEncoder], alone: dict[str, np.ndarray], name: str, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(STRUCTURES) - 1))
    atoms = Chem.MolFromSmiles(STRUCTURES[row]).GetNumAtoms()
    molecule = renumbered(STRUCTURES[row], data.draw(st.permutations(range(atoms))))
    assert molecule.smiles == parse_structure(STRUCTURES[row]).smiles
    np.testing.assert_allclose(encoders[name].encode_molecules([molecule])[0], alone[name][row], atol=ATOL)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(rows=st.lists(st.integers(0, len(STRUCTURES) - 1), min_size=1, max_size=20))
def test_molecules_do_not_see_their_batch(
    encoders: Mapping[str, DualEncoder],
    molecules: list[Molecule],
    alone: dict[str, np.ndarray],
    name: str,
    rows: list[int],
) -> None:
    together = encoders[name].encode_molecules([molecules[row] for row in rows])
    np.testing.assert_allclose(together, alone[name][rows], atol=ATOL)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.integers(0, len(SENTENCES) - 1), min_size=1, max_size=20))
def test_texts_do_not_see_their_batch(encoders: Mapping[str, DualEncoder], rows: list[int]) -> None:
    encoder = encoders["with bag"]
    texts = [SENTENCES[row] for row in rows]
    one_by_one = np.concatenate([encoder.encode_text([text]) for text in texts])
    np.testing.assert_allclose(encoder.encode_text(texts), one_by_one, atol=ATOL)


def test_more_inputs_than_a_batch_holds_keep_their_order() -> None:
    encoder = tiny_encoder()
    texts = [TEXTS[number % len(TEXTS)] for number in range(600)]
    vectors = encoder.encode_text(texts)
    np.testing.assert_allclose(vectors, np.tile(encoder.encode_text(TEXTS), (100, 1)), atol=ATOL)
    molecules = [parse_structure(smiles) for smiles in SMILES]
    many = encoder.encode_molecules(molecules * 100)
    np.testing.assert_allclose(many, np.tile(encoder.encode_molecules(molecules), (100, 1)), atol=ATOL)


BRANCHES = {
    "both": {},
    "text encoder alone": {"text_bag": None},
    "text bag alone": {"text_encoder": None},
    "graph alone": {"molecule_bag": None},
    "molecule bag alone": {"graph_encoder": None},
    "encoders alone": {"text_bag": None, "molecule_bag": None},
    "bags alone": {"text_encoder": None, "graph_encoder": None},
    "text encoder, molecule bag": {"text_bag": None, "graph_encoder": None},
    "text bag, graph": {"text_encoder": None, "molecule_bag": None},
    "linear projector": {"projector": ProjectorConfig(kind="linear")},
    "bags of other widths": {"text_bag": BagConfig(width=8), "molecule_bag": BagConfig(width=32)},
}


@pytest.mark.parametrize("changes", BRANCHES.values(), ids=BRANCHES)
def test_every_combination_of_branches_embeds(changes: dict[str, object]) -> None:
    encoder = tiny_encoder(tiny_config(**changes))
    molecules = [parse_structure(smiles) for smiles in SMILES]
    for vectors in (encoder.encode_text(TEXTS), encoder.encode_molecules(molecules)):
        assert (vectors.shape, vectors.dtype) == ((len(TEXTS), 32), np.float32)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert len(np.unique(vectors.round(4), axis=0)) == len(TEXTS)  # each input has its own
    assert (encoder.text_encoder is None) == ("text_encoder" in changes)
    assert (encoder.graph_encoder is None) == ("graph_encoder" in changes)


def test_a_bag_is_added_to_the_projected_states() -> None:
    whole = tiny_encoder()
    parts = [tiny_encoder(tiny_config(**changes)) for changes in ({"text_bag": None}, {"text_encoder": None})]
    for part in parts:
        part.load_state_dict(whole.state_dict(), strict=False)
    batch = whole.text_featurizer(TEXTS)
    collated = collate_texts(batch, whole.text_featurizer.pad_token)
    assert whole.text_encoder is not None and whole.text_bag is not None
    with torch.inference_mode():
        states = whole.text_encoder(collated.tokens, collated.mask)
        total = whole.projector(states, collated.mask) + whole.text_bag(collated.bag)
    expected = total.numpy() / np.linalg.norm(total.numpy(), axis=1, keepdims=True)
    np.testing.assert_allclose(whole.encode_text(TEXTS), expected, atol=ATOL)
    for part in parts:
        assert np.abs(part.encode_text(TEXTS) - expected).max() > 0.01


def test_branch_dropout_leaves_inputs_to_the_bag_in_training_alone() -> None:
    text = TextEncoderConfig(source="tiny", max_tokens=64, branch_dropout=0.5)
    graph = GraphEncoderConfig(input_dim=24, hidden_dim=32, branch_dropout=0.5)
    bags = BagConfig(width=16, min_count=1, input_dropout=0)
    encoder = tiny_encoder(tiny_config(text_encoder=text, graph_encoder=graph, text_bag=bags, molecule_bag=bags))
    bag_alone = tiny_encoder(tiny_config(text_encoder=None, graph_encoder=None, text_bag=bags, molecule_bag=bags))
    bag_alone.load_state_dict(encoder.state_dict(), strict=False)
    texts = encoder.text_featurizer(TEXTS * 20)
    molecules = [encoder.featurizer(parse_structure(smiles)) for smiles in SMILES * 20]
    whole = encoder.encode_text_features(texts), encoder.encode_features(molecules)
    alone = bag_alone.encode_text_features(texts), bag_alone.encode_features(molecules)
    torch.manual_seed(0)
    encoder.train()
    for module in encoder.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    encoder.text_encoder.backbone.eval()  # type: ignore[union-attr]
    batches = collate_texts(texts, encoder.text_featurizer.pad_token), collate_molecules(molecules)
    trained = encoder.embed_texts(batches[0]).embedding, encoder.embed_molecules(batches[1]).embedding
    for got, full, bag in zip(trained, whole, alone, strict=True):
        left_out = np.isclose(got.detach().numpy(), bag, atol=ATOL).all(axis=1)
        kept = np.isclose(got.detach().numpy(), full, atol=ATOL).all(axis=1)
        assert (left_out ^ kept).all()
        assert 40 < left_out.sum() < 80  # of 120 at a half: four standard deviations
    np.testing.assert_array_equal(encoder.encode_text_features(texts), whole[0])  # not when encoding


@pytest.mark.parametrize(("encoder", "bag"), [("text_encoder", "text_bag"), ("graph_encoder", "molecule_bag")])
def test_branch_dropout_needs_a_bag(encoder: str, bag: str) -> None:
    with pytest.raises(ValidationError, match=f"{encoder}.branch_dropout leaves nothing"):
        tiny_config(**{encoder: {"branch_dropout": 0.1}, bag: None})


def test_both_modalities_share_one_projector() -> None:
    names = [name for name, _ in tiny_encoder().named_parameters() if "memory" in name]
    assert names == ["projector.memory"]


@pytest.mark.parametrize("tower", [("text_encoder", "text_bag"), ("graph_encoder", "molecule_bag")])
def test_a_tower_without_a_branch_is_refused(tower: tuple[str, str]) -> None:
    with pytest.raises(ValidationError, match=f"needs {tower[0]} or {tower[1]}"):
        tiny_config(**dict.fromkeys(tower))


def test_heads_must_share_the_width() -> None:
    with pytest.raises(ValidationError, match="hidden_dim 30 is not a multiple of heads 4"):
        GraphEncoderConfig(kind="transformer", hidden_dim=30, heads=4)


def test_missing_parts_are_named() -> None:
    config = tiny_config(text_bag=None, molecule_bag=None)
    with pytest.raises(ValueError, match="text_encoder needs a backbone"):
        DualEncoder(config, Vocabularies(), tiny_tokenizer())
    with pytest.raises(ValueError, match="text_bag needs a feature vocabulary"):
        DualEncoder(tiny_config(text_encoder=None, graph_encoder=None), Vocabularies())
    with pytest.raises(ValueError, match="graph_encoder needs a Mol2vec vocabulary"):
        DualEncoder(tiny_config(text_encoder=None), Vocabularies())


def test_inputs_without_known_features_are_finite() -> None:
    encoder = tiny_encoder(tiny_config(text_encoder=None, graph_encoder=None))
    vectors = encoder.encode_text(["", "zzz"])
    assert np.isfinite(vectors).all()
    assert np.isfinite(encoder.encode_molecules([parse_structure("[U]")])).all()


def test_no_inputs_give_no_vectors() -> None:
    assert tiny_encoder().encode_text([]).shape == tiny_encoder().encode_molecules([]).shape == (0, 32)


def test_long_texts_are_cut_and_say_so() -> None:
    encoder = tiny_encoder(tiny_config(text_bag=None))
    long = "acid " * 62 + "phenol " * 10
    fits, cut = encoder.text_featurizer(["acid " * 62, long])
    assert len(fits.tokens) == len(cut.tokens) == encoder.max_text_tokens == 64  # with [CLS] and [SEP]
    assert [fits.truncated, cut.truncated] == [False, True]
    np.testing.assert_allclose(*encoder.encode_text(["acid " * 62, long]), atol=ATOL)


def test_a_tower_without_tokenizer_counts_words() -> None:
    encoder = tiny_encoder(tiny_config(text_encoder=None))
    assert encoder.max_text_tokens == 400
    assert [one.truncated for one in encoder.text_featurizer(["one " * 400, "one " * 401, ""])] == [False, True, False]


def test_enantiomers_coincide_only_without_chiral_branches(encoders: Mapping[str, DualEncoder]) -> None:
    pair = [parse_structure(smiles) for smiles in ("N[C@@H](C)C(=O)O", "N[C@H](C)C(=O)O")]
    for name, encoder in encoders.items():
        first, second = encoder.encode_molecules(pair)
        different = np.abs(first - second).max() > 1e-4
        assert different == ("codes" in name or name == "with bag"), name


def test_bonds_matter_to_all_but_the_mlp(encoders: Mapping[str, DualEncoder]) -> None:
    """Two structures whose atoms have the same identifiers, connected differently."""
    pair = [parse_structure(smiles) for smiles in ("OCCCC.NCCCN", "OCCCN.NCCCC")]
    for name in ("gcn", "transformer", "mlp"):
        first, second = encoders[name].encode_molecules(pair)
        assert (np.abs(first - second).max() > 1e-4) == (name != "mlp"), name


def test_encoding_leaves_the_mode_as_it_was() -> None:
    encoder = tiny_encoder()
    reference = encoder.encode_text(TEXTS)
    encoder.train()
    np.testing.assert_array_equal(encoder.encode_text(TEXTS), reference)  # no dropout, whatever the mode
    assert encoder.training and all(module.training for module in encoder.modules())
    encoder.eval()
    encoder.encode_text(TEXTS)
    assert not any(module.training for module in encoder.modules())


def test_threads_may_share_an_encoder() -> None:
    """Tokenizing, which truncates, and looking for what was cut off, which does not, at the same time."""
    encoder = tiny_encoder()
    texts = ["acid " * 500, *TEXTS]
    vectors = encoder.encode_text(texts)
    molecules = [parse_structure(smiles) for smiles in SMILES]
    structures = encoder.encode_molecules(molecules)

    def work(number: int) -> None:
        if number % 3 == 0:
            assert [one.truncated for one in encoder.text_featurizer(texts)] == [True] + [False] * len(TEXTS)
        elif number % 3 == 1:
            np.testing.assert_allclose(encoder.encode_text(texts), vectors, atol=ATOL)
        else:
            np.testing.assert_allclose(encoder.encode_molecules(molecules), structures, atol=ATOL)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(90)))


def test_encoding_does_not_change_the_tokenizer() -> None:
    encoder = tiny_encoder()
    assert encoder.tokenizer is not None
    encoder.encode_text(["acid " * 500])
    assert encoder.tokenizer.backend_tokenizer.truncation is None


def test_the_default_model_is_the_papers() -> None:
    config = ModelConfig()
    assert config.dim == 300 and config.projector.slots == 28
    assert config.text_bag is None and config.molecule_bag is None
