"""The presets say what the papers say, and each differs from its parent by what its name says."""

from __future__ import annotations

from typing import TypeVar

import pytest
import torch
from pydantic import BaseModel

from model import DualEncoder, Vocabularies, Vocabulary, parse_structure
from model.inputs.identifiers import atom_identifiers
from training.config import TrainingConfig, load_preset, preset_names
from training.losses.objective import Objective

_M = TypeVar("_M", bound=BaseModel)


def differences(a: BaseModel, b: BaseModel, path: str = "") -> dict[str, object]:
    """The dotted paths at which `b` differs from `a`, with its values there."""
    found: dict[str, object] = {}
    for name in type(a).model_fields:
        left, right = getattr(a, name), getattr(b, name)
        if isinstance(left, BaseModel) and isinstance(right, BaseModel):
            found |= differences(left, right, f"{path}{name}.")
        elif left != right:
            found[f"{path}{name}"] = right
    found.pop("name", None)
    return found


def test_every_preset_loads_under_its_own_name() -> None:
    assert {
        "paper", "aman", "aman_gcn", "text2mol_gcn", "text2mol_mlp", "pcdes", "compact",
        *(f"ablation_{row}" for row in range(2, 7)),
    } <= set(preset_names())  # fmt: skip
    for name in preset_names():
        assert load_preset(name).name == name


def test_paper_has_the_values_of_arxiv_2410_23715() -> None:
    """§III-A, eqs. 3, 4 and 6: see the preset's own comment."""
    config = load_preset("paper")
    assert config.model.dim == 300
    assert config.model.text_encoder is not None
    assert config.model.text_encoder.source == "allenai/scibert_scivocab_uncased"
    graph = config.model.graph_encoder
    assert graph is not None
    assert (graph.kind, graph.input_dim, graph.hidden_dim, graph.layers) == ("gcn", 300, 600, 3)
    assert (config.model.projector.kind, config.model.projector.slots) == ("memory_bank", 28)
    assert config.model.text_bag is None
    assert config.model.molecule_bag is None
    assert (config.loss.contrastive.kind, config.loss.contrastive.margin) == ("triplet", 0.3)
    assert (config.loss.adversarial.weight, config.loss.adversarial.penalty) == (2e-4, 10.0)
    assert (config.loss.second_order.u2u_weight, config.loss.second_order.u2c_weight) == (1.0, 1.0)
    optimizer = config.optimizer
    assert (optimizer.name, optimizer.text_learning_rate, optimizer.learning_rate) == ("adam", 3e-5, 1e-4)
    assert (config.batch_size, config.epochs, config.bucket_batches) == (32, 60, 1)


@pytest.mark.parametrize(
    ("child", "parent", "changed"),
    [
        ("no_memory_bank", "paper", {"model.projector.kind": "linear"}),
        ("no_critic", "paper", {"loss.adversarial.weight": 0.0}),
        ("no_u2c", "paper", {"loss.second_order.u2c_weight": 0.0}),
        (
            "aman",
            "paper",
            {
                "model.graph_encoder.kind": "transformer",
                "model.graph_encoder.extra_features": True,
                "model.projector.kind": "linear",
                "loss.second_order.u2u_weight": 0.0,
                "loss.second_order.u2c_weight": 0.0,
            },
        ),
        ("aman_gcn", "aman", {"model.graph_encoder.kind": "gcn", "model.graph_encoder.extra_features": False}),
        (
            "text2mol_gcn",  # code/main.py and models.py of cnedwards/text2mol: 40 epochs, a linear schedule
            "paper",
            {
                "model.projector.kind": "linear",
                "loss.contrastive.kind": "infonce",
                "loss.adversarial.weight": 0.0,
                "loss.second_order.u2u_weight": 0.0,
                "loss.second_order.u2c_weight": 0.0,
                "optimizer.schedule": "linear",
                "optimizer.warmup_share": 0.03,
                "epochs": 40,
            },
        ),
        ("text2mol_mlp", "text2mol_gcn", {"model.graph_encoder.kind": "pooled_mlp"}),
        (
            "pcdes",  # §III-E
            "paper",
            {
                "optimizer.text_learning_rate": 5e-5,
                "optimizer.learning_rate": 5e-5,
                "batch_size": 64,
                "epochs": 30,
            },
        ),
    ],
)
def test_a_preset_differs_from_its_parent_by_what_it_says(child: str, parent: str, changed: dict[str, object]) -> None:
    assert differences(load_preset(parent), load_preset(child)) == changed


@pytest.mark.parametrize(
    ("row", "t2m", "m2t", "to_molecule", "to_text", "projector"),
    [
        (2, 0, 1, 1, 1, "memory_bank"),
        (3, 0, 0, 1, 1, "memory_bank"),
        (4, 0, 0, 0, 1, "memory_bank"),
        (5, 0, 0, 0, 0, "memory_bank"),
        (6, 0, 0, 0, 0, "linear"),
    ],
)
def test_ablations_are_the_rows_of_table_2(
    row: int, t2m: float, m2t: float, to_molecule: float, to_text: float, projector: str
) -> None:
    paper, ablation = load_preset("paper"), load_preset(f"ablation_{row}")
    assert set(paper.loss.second_order.weights.values()) == {1.0}
    expected = {"t2m": t2m, "m2t": m2t, "to_molecule": to_molecule, "to_text": to_text}
    assert ablation.loss.second_order.weights == expected
    assert ablation.model.projector.kind == projector
    other = {"loss.second_order", "model.projector.kind"}
    assert all(path.startswith(tuple(other)) for path in differences(paper, ablation))


def test_weights_of_the_sums_as_older_checkpoints_have_them_still_count() -> None:
    assert set(load_preset("compact").loss.second_order.weights.values()) == {0.3}
    swept = load_preset("paper", ["loss.second_order.u2c_weight=2.5"])
    assert swept.loss.second_order.weights == {"t2m": 1.0, "m2t": 1.0, "to_molecule": 2.5, "to_text": 2.5}


def test_text2mol_starts_at_its_temperature_and_learns_it() -> None:
    config = load_preset("text2mol_gcn")
    objective = Objective(config.loss, config.model.dim)
    assert objective.log_scale.exp().item() == pytest.approx(1 / 0.07)
    assert objective.log_scale.requires_grad
    assert objective.critic is None


def changed(config: _M, **values: object) -> _M:
    return config.model_validate(config.model_dump() | values)


def small(config: TrainingConfig) -> DualEncoder:
    """The molecule tower of a preset, narrow, with random weights; a text tower of no interest beside it."""
    graph = config.model.graph_encoder
    assert graph is not None
    model = changed(
        config.model,
        dim=8,
        text_encoder=None,
        text_bag={"width": 8, "min_count": 1},
        graph_encoder=graph.model_dump() | {"input_dim": 8, "hidden_dim": 8},
    )
    molecules = [parse_structure(smiles) for smiles in ("CCO", "CCCO")]
    tokens = dict.fromkeys(token for molecule in molecules for token in atom_identifiers(molecule.mol))
    torch.manual_seed(0)
    return DualEncoder(model, Vocabularies(atoms=Vocabulary(["UNK", *tokens]), text_bag=Vocabulary(["w:a"]))).eval()


def test_the_mlp_sees_a_molecule_as_the_sum_of_its_atoms() -> None:
    encoder = small(load_preset("text2mol_mlp"))
    assert encoder.graph_encoder is not None
    together = encoder.encode_molecules([parse_structure("CCO"), parse_structure("CCCO")])
    alone = encoder.encode_molecules([parse_structure("CCO")])
    torch.testing.assert_close(torch.from_numpy(together[:1]), torch.from_numpy(alone))
    rows = torch.from_numpy(encoder.featurizer(parse_structure("CCO")).atoms).long()
    graph = encoder.graph_encoder
    with torch.no_grad():
        total = graph.vectors(rows).sum(dim=0, keepdim=True)
        linears = list(graph.layers.linears)  # type: ignore[arg-type]
        hidden = linears[2](linears[1](linears[0](total).relu()).relu())
        expected = torch.nn.functional.normalize(encoder.projector.output(graph.head(hidden)), dim=-1)
    torch.testing.assert_close(torch.from_numpy(alone), expected)
