"""What a network is made of. Read from a preset in training and from `config.json` in a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, JsonValue, model_validator

from model.configuration import Configuration

_BRANCH_DROPOUT = "share of inputs for which training leaves this encoder out, so that the bag learns to stand alone"


SCRATCH = "scratch"  # the source of a text encoder that was made from the training texts


class TextEncoderConfig(Configuration):
    """A transformer over tokens, and the linear layer to `dim` on its token states.

    source: where its weights come from, the hub id or local path of a Hugging Face encoder, or `scratch`.
    """

    source: str = "allenai/scibert_scivocab_uncased"
    max_tokens: int = Field(default=256, ge=8, le=8192)
    branch_dropout: float = Field(default=0.0, ge=0, lt=1, description=_BRANCH_DROPOUT)


class GraphEncoderConfig(Configuration):
    """A network over the atoms of a molecule, whose inputs are Mol2vec vectors."""

    kind: Literal["gcn", "transformer", "mlp", "pooled_mlp"] = Field(
        default="gcn", description="`mlp` sees each atom on its own, `pooled_mlp` only the sum of all atoms' vectors"
    )
    input_dim: int = Field(default=300, gt=0, description="of the Mol2vec vectors")
    hidden_dim: int = Field(default=600, gt=0)
    layers: int = Field(default=3, ge=1, le=200)
    heads: int = Field(default=4, ge=1, description="attention heads, `transformer` only")
    dropout: float = Field(default=0.0, ge=0, lt=1)
    branch_dropout: float = Field(default=0.0, ge=0, lt=1, description=_BRANCH_DROPOUT)
    extra_features: bool = Field(default=False, description="add embeddings of element, charge, chirality …")
    freeze_atom_vectors: bool = True

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> GraphEncoderConfig:
        if self.kind == "transformer" and self.hidden_dim % self.heads:
            raise ValueError(f"hidden_dim {self.hidden_dim} is not a multiple of heads {self.heads}")
        return self


class BagConfig(Configuration):
    """A pooled branch: an embedding per known feature, summed over the input and mapped to `dim`."""

    retired: ClassVar[Mapping[str, JsonValue]] = {"hidden_layers": 0, "hidden_dropout": 0.0}

    width: int = Field(default=300, gt=0)
    min_count: int = Field(default=3, ge=1, description="inputs of the training set a feature must occur in")
    max_features: int = Field(default=50_000, gt=0, description="the most frequent ones are kept")
    input_dropout: float = Field(default=0.5, ge=0, lt=1, description="share of features dropped in training")
    american: bool = Field(default=False, description="fold British spellings of texts; nothing to molecules")


class ProjectorConfig(Configuration):
    """How the states of a modality become one embedding. Shared by both modalities."""

    kind: Literal["memory_bank", "linear"] = "memory_bank"
    slots: int = Field(default=28, gt=0, description="learnable memory vectors, `memory_bank` only")


class ModelConfig(Configuration):
    """A dual encoder. Each tower needs at least one branch; a tower of one bag alone is legal."""

    dim: int = Field(default=300, gt=0)
    text_encoder: TextEncoderConfig | None = TextEncoderConfig()
    text_bag: BagConfig | None = None
    graph_encoder: GraphEncoderConfig | None = GraphEncoderConfig()
    molecule_bag: BagConfig | None = None
    projector: ProjectorConfig = ProjectorConfig()

    @model_validator(mode="after")
    def _every_tower_has_a_branch(self) -> ModelConfig:
        if self.text_encoder is None and self.text_bag is None:
            raise ValueError("the text tower needs text_encoder or text_bag")
        if self.graph_encoder is None and self.molecule_bag is None:
            raise ValueError("the molecule tower needs graph_encoder or molecule_bag")
        for name, encoder, bag in (
            ("text_encoder", self.text_encoder, self.text_bag),
            ("graph_encoder", self.graph_encoder, self.molecule_bag),
        ):
            if encoder is not None and encoder.branch_dropout and bag is None:
                raise ValueError(f"{name}.branch_dropout leaves nothing of a tower without a bag")
        return self
