"""A training recipe: a preset (YAML, possibly extending another) with `path=value` overrides."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import ClassVar, Literal

import yaml
from pydantic import Field, JsonValue, ValidationError, model_validator

from model.checkpoint.storage import StoragePrecision
from model.configuration import Configuration
from model.network.config import SCRATCH, ModelConfig


class ConfigError(ValueError):
    """A preset or an override that cannot be understood; the message names the path and the reason."""


class ContrastiveConfig(Configuration):
    """L_cl. `margin` and `negatives` belong to the triplet, the others to InfoNCE."""

    retired: ClassVar[Mapping[str, JsonValue]] = {"label_smoothing": 0.0}

    kind: Literal["triplet", "infonce"] = "triplet"
    weight: float = Field(default=1.0, ge=0)
    margin: float = Field(default=0.3, gt=0)
    negatives: Literal["hardest", "random"] = "hardest"
    temperature: float = Field(default=0.07, gt=0, description="at the start, then learned")


class AdversarialConfig(Configuration):
    """L_adv and its critic. Weight 0 leaves both out."""

    retired: ClassVar[Mapping[str, JsonValue]] = {"critic_steps": 1}

    weight: float = Field(default=2e-4, ge=0)
    penalty: float = Field(default=10.0, ge=0)
    critic_hidden_dim: int = Field(default=256, gt=0)


class SecondOrderConfig(Configuration):
    """L_u2u = L_t2m + L_m2t and L_u2c = L_2m + L_2t. A term without a weight of its own has that of its sum; weight 0
    leaves it out.
    """

    u2u_weight: float = Field(default=1.0, ge=0)
    u2c_weight: float = Field(default=1.0, ge=0)
    t2m_weight: float | None = Field(default=None, ge=0, description="of L_t2m; None: u2u_weight")
    m2t_weight: float | None = Field(default=None, ge=0, description="of L_m2t; None: u2u_weight")
    to_molecule_weight: float | None = Field(default=None, ge=0, description="of L_2m; None: u2c_weight")
    to_text_weight: float | None = Field(default=None, ge=0, description="of L_2t; None: u2c_weight")
    temperature: float = Field(default=1.0, gt=0)

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each term, by its name in `training.losses.second_order.SecondOrderTerms`."""
        own = {
            "t2m": (self.t2m_weight, self.u2u_weight),
            "m2t": (self.m2t_weight, self.u2u_weight),
            "to_molecule": (self.to_molecule_weight, self.u2c_weight),
            "to_text": (self.to_text_weight, self.u2c_weight),
        }
        return {name: shared if weight is None else weight for name, (weight, shared) in own.items()}


class DistillationConfig(Configuration):
    """Of a run that has teachers; weight 0 ignores them."""

    weight: float = Field(default=1.0, ge=0)
    temperature: float = Field(default=0.07, gt=0)


class LossConfig(Configuration):
    """L = w_cl L_cl + λ1 L_adv + L_u2u + L_u2c with a weight for each term, and with teachers + w_d L_d."""

    contrastive: ContrastiveConfig = ContrastiveConfig()
    adversarial: AdversarialConfig = AdversarialConfig()
    second_order: SecondOrderConfig = SecondOrderConfig()
    distillation: DistillationConfig = DistillationConfig()


class OptimizerConfig(Configuration):
    """Adam or AdamW with learning rates of their own for the text backbone, the bags, and everything else."""

    name: Literal["adam", "adamw"] = "adam"
    text_learning_rate: float = Field(default=3e-5, gt=0)
    learning_rate: float = Field(default=1e-4, gt=0)
    bag_learning_rate: float | None = Field(default=None, gt=0, description="of the bags; None: learning_rate")
    weight_decay: float = Field(default=0.0, ge=0)
    bag_weight_decay: float | None = Field(default=None, ge=0, description="of the bags; None: weight_decay")
    schedule: Literal["constant", "cosine", "linear"] = "constant"
    warmup_share: float = Field(default=0.0, ge=0, lt=1, description="of all steps")
    clip_norm: float | None = Field(default=None, gt=0)


class ScratchTextConfig(Configuration):
    """A BERT-like text encoder made on the spot, with a WordPiece vocabulary learned from the training texts."""

    vocabulary_size: int = Field(default=8000, ge=200)
    hidden_dim: int = Field(default=192, gt=0)
    layers: int = Field(default=3, ge=1)
    heads: int = Field(default=4, ge=1)

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> ScratchTextConfig:
        if self.hidden_dim % self.heads:
            raise ValueError(f"hidden_dim {self.hidden_dim} is not a multiple of heads {self.heads}")
        return self


class AtomVectorsConfig(Configuration):
    """Mol2vec vectors: read from `source` (`.npz`, or Text2Mol's `.npy`), else trained on the training molecules."""

    source: Path | None = None
    epochs: int = Field(default=5, ge=1)


class TrainingConfig(Configuration):
    """Everything that a training run depends on but its data."""

    retired: ClassVar[Mapping[str, JsonValue]] = {"freeze_text_epochs": 0}

    name: str
    model: ModelConfig = ModelConfig()
    loss: LossConfig = LossConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    scratch_text: ScratchTextConfig | None = Field(
        default=None, description="train a small text encoder from scratch instead of loading model.text_encoder.source"
    )
    atom_vectors: AtomVectorsConfig = AtomVectorsConfig()
    captions: int = Field(
        default=1, ge=1, description="texts per ontology row: its caption and captions - 1 variations of it"
    )
    names: bool = Field(default=False, description="the name of each ontology row is one more text of its molecule")
    batch_size: int = Field(default=32, ge=2)
    least_batches: int = Field(
        default=1,
        ge=1,
        description="minimum number of batches in an epoch; with few pairs, batches are smaller",
    )
    micro_batch_size: int | None = Field(
        default=None, ge=1, description="gradient caching: forward and backward this many pairs at a time"
    )
    epochs: int = Field(default=60, ge=1)
    neighbour_group: int = Field(
        default=1,
        ge=1,
        description="pairs of molecules that the network finds alike share a batch, this many; 1: no such order",
    )
    bucket_batches: int = Field(default=8, ge=1, description="batches whose pairs are sorted by length together")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="autocast; auto takes bfloat16 where the device computes it fast"
    )
    storage: StoragePrecision = Field(default="float32", description="of the weights in the checkpoint")
    evaluate_every: int = Field(default=1, ge=1, description="epochs between validations")
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _critic_has_states(self) -> TrainingConfig:
        encoders = (self.model.text_encoder, self.model.graph_encoder)
        if self.loss.adversarial.weight and None in encoders:
            raise ValueError("loss.adversarial needs an encoder in both towers; set loss.adversarial.weight to 0")
        return self

    @model_validator(mode="after")
    def _text_encoder_has_one_source(self) -> TrainingConfig:
        text = self.model.text_encoder
        if self.scratch_text is not None and text is not None and text.source != SCRATCH:
            raise ValueError(
                f"scratch_text makes a text encoder, and model.text_encoder.source names another, {text.source!r}; "
                f"set one of them: scratch_text=null, or model.text_encoder.source={SCRATCH}"
            )
        return self


def preset_names() -> list[str]:
    """The presets that come with the package."""
    folder = resources.files("training") / "presets"
    return sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml"))


def load_preset(preset: str | Path, overrides: Sequence[str] = ()) -> TrainingConfig:
    """A preset by name or YAML path, its parents merged in, then `path=value` overrides (values are YAML).

    Raises:
        ConfigError: no such preset, a circle of parents, an unknown path, or a value that does not fit.
    """
    name = str(preset)
    values = _merged(os.path.normpath(name) if _is_file(name) else name, seen=())
    for override in overrides:
        path, separator, value = override.partition("=")
        if not separator or not path.strip():
            raise ConfigError(f"{override!r} is not of the form path=value")
        try:
            parsed: JsonValue = yaml.safe_load(value)
        except yaml.YAMLError:
            raise ConfigError(f"the value of {path} is not valid YAML: {value!r}") from None
        _set(values, path.strip().split("."), parsed)
    try:
        return TrainingConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the preset"
        raise ConfigError(f"{place}: {first['msg']}") from None


def _merged(preset: str, seen: tuple[str, ...]) -> dict[str, JsonValue]:
    if preset in seen:
        raise ConfigError(f"presets extend each other in a circle: {' → '.join((*seen, preset))}")
    values = _read(preset)
    parent = values.pop("extends", None)
    if parent is None:
        return values
    if not isinstance(parent, str):
        raise ConfigError(f"{preset}: extends must name a preset")
    if _is_file(parent):
        parent = os.path.normpath(Path(preset).parent / parent)  # as seen from the file that names it
    return _overlaid(_merged(parent, (*seen, preset)), values)


def _read(preset: str) -> dict[str, JsonValue]:
    if _is_file(preset):
        try:
            text = Path(preset).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the preset file {preset} cannot be read: {error}") from None
    elif preset in preset_names():
        text = (resources.files("training") / "presets" / f"{preset}.yaml").read_text(encoding="utf-8")
    else:
        raise ConfigError(f"no preset {preset!r}; there are {', '.join(preset_names())}, or name a .yaml file")
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{preset} is not valid YAML: {error}") from None
    if not isinstance(values, dict):
        raise ConfigError(f"{preset} is not a mapping")
    return values


def _is_file(preset: str) -> bool:
    """Whether a preset is meant as a file rather than as a name."""
    return preset.endswith((".yaml", ".yml"))


def _overlaid(parent: Mapping[str, JsonValue], child: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Mappings merged key by key; everything else is the child's."""
    merged = dict(parent)
    for key, value in child.items():
        below = merged.get(key)
        merged[key] = _overlaid(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _set(values: dict[str, JsonValue], path: Sequence[str], value: JsonValue) -> None:
    """Set a dotted path, making the mappings on its way; unknown names are refused by validation afterwards."""
    for part in path[:-1]:
        below = values.get(part)
        if not isinstance(below, dict):
            below = values[part] = {}
        values = below
    values[path[-1]] = value
