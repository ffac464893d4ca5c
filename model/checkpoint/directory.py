"""The checkpoint directory: written by training, read by indexer and service. No pickle anywhere.

model.safetensors    weights, in full, half or 8-bit precision (`model.checkpoint.storage`)
config.json          `CheckpointInfo`: model config, feature version, training provenance, metrics, calibration
tokenizer/           tokenizer files and the text backbone's own config.json (absent without a text encoder)
vocabulary.txt       Mol2vec tokens, one a line (absent without a graph encoder)
text_features.txt, molecule_features.txt    the bags' features (absent without them)
README.md            the model card, generated

Or several as one (`model.network.ensemble`): config.json is then `EnsembleInfo`, and members/1, members/2, … are
checkpoints.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from pydantic import JsonValue
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.overrides import TorchFunctionMode

from model.checkpoint.calibration import Calibration
from model.checkpoint.card import render_card, render_ensemble_card
from model.checkpoint.info import (
    INFO_FILE,
    CheckpointError,
    CheckpointInfo,
    EnsembleInfo,
    read_info,
    record_without_calibration,
    write_calibration,
    write_info,
)
from model.checkpoint.source import locate_checkpoint
from model.checkpoint.storage import StoragePrecision, from_storage, to_storage
from model.files import sha256_file
from model.inputs.features import FEATURE_VERSION
from model.inputs.vocabulary import Vocabulary
from model.network.config import ModelConfig
from model.network.dual_encoder import DualEncoder, Vocabularies
from model.network.encoder import TextMoleculeEncoder
from model.network.ensemble import EnsembleEncoder

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_WEIGHTS = "model.safetensors"
_CARD = "README.md"
_TOKENIZER = "tokenizer"
_MEMBERS = "members"
_MOST_LAYERS = 200
_SMALL = 1_000_000  # weights, for which no fault in a config is worth a word of its own
_VOCABULARIES = {
    "atoms": "vocabulary.txt",
    "text_bag": "text_features.txt",
    "molecule_bag": "molecule_features.txt",
}


@dataclass(frozen=True)
class Checkpoint:
    """A loaded checkpoint.

    `digest` ("sha256:…") covers every file but the card: what it computes, and with what record. A calibration changes
    no vector and is left out, so that indexes stay valid when one is made.
    """

    name: str
    path: Path
    digest: str
    encoder: TextMoleculeEncoder
    info: CheckpointInfo | EnsembleInfo

    @property
    def network(self) -> DualEncoder:
        """The one network that this checkpoint is, to train or look into.

        Raises:
            CheckpointError: it is an ensemble.
        """
        if not isinstance(self.encoder, DualEncoder):
            raise CheckpointError(f"{self.name} is an ensemble of checkpoints; one network is needed here")
        return self.encoder


def save_checkpoint(
    directory: Path,
    encoder: DualEncoder,
    *,
    name: str,
    training: dict[str, JsonValue] | None = None,
    metrics: dict[str, JsonValue] | None = None,
    precision: StoragePrecision = "float32",
) -> None:
    """Write a checkpoint directory. Written beside its place and renamed into it, so that a kill leaves no half one.

    Raises:
        CheckpointError: the directory exists and is not a checkpoint.
    """
    draft = _draft(directory)
    info = CheckpointInfo(
        name=name,
        created=datetime.now(UTC).replace(microsecond=0),
        feature_version=FEATURE_VERSION,
        model=_portable(encoder.config),
        training=training or {},
        metrics=metrics or {},
    )
    save_file(to_storage(encoder, precision), draft / _WEIGHTS)
    (draft / _WEIGHTS).chmod(0o644)  # safetensors writes for the owner alone; a checkpoint is made to be shared
    write_info(draft, info)
    for part, file in _VOCABULARIES.items():
        vocabulary: Vocabulary | None = getattr(encoder.vocabularies, part)
        if vocabulary is not None:
            vocabulary.save(draft / file)
    if encoder.text_encoder is not None and encoder.tokenizer is not None:
        encoder.tokenizer.save_pretrained(draft / _TOKENIZER)
        encoder.text_encoder.backbone.config.save_pretrained(draft / _TOKENIZER)
    (draft / _CARD).write_text(_network_card(info, encoder), encoding="utf-8")
    _put_in_place(draft, directory)


def _network_card(info: CheckpointInfo, encoder: DualEncoder) -> str:
    parameters = sum(parameter.numel() for parameter in encoder.parameters())
    return render_card(info.name, info.model, parameters, info.training, info.metrics, info.calibration)


def _portable(config: ModelConfig) -> ModelConfig:
    """The config with a text encoder that came from a local path named by its last part: paths are no one else's."""
    text = config.text_encoder
    if text is None or not Path(text.source).exists():
        return config
    return config.model_copy(update={"text_encoder": text.model_copy(update={"source": Path(text.source).name})})


def save_ensemble(
    directory: Path,
    members: Sequence[str | Path],
    *,
    name: str,
    training: dict[str, JsonValue] | None = None,
    metrics: dict[str, JsonValue] | None = None,
) -> None:
    """Write a checkpoint directory that averages the scores of `members`, which are copied into it.

    `members` are whatever `load_checkpoint` takes; each is loaded once, to see that it can be.

    Raises:
        CheckpointError: a member cannot be loaded, there is none, or the directory exists and is not a checkpoint.
    """
    if not members:
        raise CheckpointError("an ensemble needs at least one member")
    loaded = [load_checkpoint(member) for member in members]
    draft = _draft(directory)
    places = [f"{_MEMBERS}/{number}" for number in range(1, len(loaded) + 1)]
    for place, member in zip(places, loaded, strict=True):
        shutil.copytree(member.path, draft / place, ignore=shutil.ignore_patterns(".*"))
    info = EnsembleInfo(
        name=name,
        created=datetime.now(UTC).replace(microsecond=0),
        feature_version=FEATURE_VERSION,
        members=tuple(places),
        training=training or {},
        metrics=metrics or {},
    )
    write_info(draft, info)
    dim = sum(member.encoder.dim for member in loaded)
    (draft / _CARD).write_text(_ensemble_card(info, draft, dim), encoding="utf-8")
    _put_in_place(draft, directory)


def _ensemble_card(info: EnsembleInfo, directory: Path, dim: int) -> str:
    members = [(read_info(directory / one).name, checkpoint_digest(directory / one)) for one in info.members]
    return render_ensemble_card(info.name, dim, members, info.metrics, info.calibration)


def copy_checkpoint(checkpoint: Checkpoint, directory: Path) -> Checkpoint:
    """The same checkpoint in another directory, put there in whole.

    Raises:
        CheckpointError: the directory exists and is not a checkpoint.
    """
    draft = _draft(directory)
    shutil.copytree(checkpoint.path, draft, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)
    _put_in_place(draft, directory)
    return replace(checkpoint, path=directory)


def save_calibration(checkpoint: Checkpoint, calibration: Calibration) -> None:
    """Put a calibration into a checkpoint's directory, in its record and its card; the digest stays.

    Raises:
        CheckpointError: the directory is no checkpoint any more.
    """
    write_calibration(checkpoint.path, calibration)
    info = read_info(checkpoint.path)
    if isinstance(info, EnsembleInfo):
        card = _ensemble_card(info, checkpoint.path, checkpoint.encoder.dim)
    else:
        card = _network_card(info, checkpoint.network)
    (checkpoint.path / _CARD).write_text(card, encoding="utf-8")


def _draft(directory: Path) -> Path:
    """An empty directory beside the one to be written."""
    if directory.exists() and not (directory / INFO_FILE).is_file() and any(directory.iterdir()):
        raise CheckpointError(f"{directory} exists and is not a checkpoint; it is not overwritten")
    draft = directory.with_name(f".{directory.name}.{os.getpid()}.partial")
    shutil.rmtree(draft, ignore_errors=True)  # of a save that failed, on a full disk for instance
    draft.mkdir(parents=True)
    return draft


def _put_in_place(draft: Path, directory: Path) -> None:
    if directory.exists():
        retired = directory.with_name(f".{directory.name}.{os.getpid()}.old")
        directory.rename(retired)
        draft.rename(directory)
        shutil.rmtree(retired)
    else:
        draft.rename(directory)


def load_checkpoint(source: str | Path, device: str = "cpu") -> Checkpoint:
    """Load a checkpoint from a directory, by the name of a bundled one, or by hub id ("owner/name").

    Raises:
        CheckpointError: there is none, it is incomplete, it was made for another feature version, or `device` cannot be
            used here.
    """
    _check_device(device)
    directory = locate_checkpoint(source)
    info = read_info(directory)
    encoder: TextMoleculeEncoder
    if isinstance(info, EnsembleInfo):
        encoder = EnsembleEncoder([load_checkpoint(directory / member, device).encoder for member in info.members])
    else:
        encoder = _load_network(directory, info).to(device).eval().requires_grad_(False)
    return Checkpoint(info.name, directory, checkpoint_digest(directory), encoder, info)


def _check_device(device: str) -> None:
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:  # an assertion where torch has no CUDA code
        reason = str(error).splitlines()[0].partition(". ")[0]
        raise CheckpointError(
            f"the device {device} cannot be used: {reason}. Use the device cpu, or give this process a GPU and a CUDA "
            "build of torch (containers: compose.gpu.yaml)"
        ) from None


def checkpoint_digest(directory: Path) -> str:
    """SHA-256 over the names and contents of the directory's files, model cards and calibrations left out."""
    total = hashlib.sha256()
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        name = path.relative_to(directory).as_posix()
        if path.name == _CARD or name.startswith("."):
            continue
        if path.name == INFO_FILE and path.parent.name != _TOKENIZER:
            digest = hashlib.sha256(record_without_calibration(path.read_bytes())).hexdigest()
        else:
            digest = sha256_file(path)
        total.update(f"{name}\0{digest}\n".encode())
    return f"sha256:{total.hexdigest()}"


def _load_network(directory: Path, info: CheckpointInfo) -> DualEncoder:
    path = directory / _WEIGHTS
    try:
        state = from_storage(load_file(path))
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        raise CheckpointError(f"{path} cannot be loaded: {error}") from None
    for name, weights in state.items():
        if not weights.isfinite().all():
            raise CheckpointError(f"{path} cannot be loaded: {name} has weights that are not finite numbers")
    _check_size(directory, info.model, state)
    with _NoInitialValues():
        encoder = _build(directory, info.model)
    try:
        encoder.load_state_dict(state)
    except RuntimeError as error:
        raise CheckpointError(f"{path} cannot be loaded: {error}") from None
    return encoder


class _NoInitialValues(TorchFunctionMode):
    """Leaves out what `torch.nn.init` does for weights that are about to be read from a file."""

    def __torch_function__(
        self, func: Callable[..., object], types: object, args: Sequence[object] = (), kwargs: Any = None
    ) -> object:
        given = kwargs or {}
        if getattr(func, "__module__", "") == torch.nn.init.__name__:
            return args[0] if args else given["tensor"]
        return func(*args, **given)


def _check_size(directory: Path, config: ModelConfig, state: Mapping[str, Tensor]) -> None:
    """Refuse a config that describes a network far larger than the weights, before any memory is taken for it."""
    with torch.device("meta"), _NoInitialValues():
        declared = sum(weights.numel() for weights in _build(directory, config).state_dict().values())
    stored = sum(weights.numel() for weights in state.values())
    if declared > 2 * stored + _SMALL:
        raise CheckpointError(
            f"{directory} cannot be loaded: its configuration describes {declared:,} weights, {_WEIGHTS} has {stored:,}"
        )


def _build(directory: Path, config: ModelConfig) -> DualEncoder:
    """The network with fresh weights, its tokenizer and vocabularies read from the checkpoint."""
    tokenizer: PreTrainedTokenizerBase | None = None
    backbone: PreTrainedModel | None = None
    try:
        vocabularies = Vocabularies(
            **{
                part: Vocabulary.load(directory / file)
                for part, file in _VOCABULARIES.items()
                if (directory / file).is_file()
            }
        )
        if config.text_encoder is not None:
            folder = directory / _TOKENIZER
            if not folder.is_dir():
                raise CheckpointError(f"{directory} is incomplete: no {_TOKENIZER}/")
            tokenizer, backbone = _read_text_backbone(folder)
        return DualEncoder(config, vocabularies, tokenizer, backbone)
    except CheckpointError:
        raise
    except (OSError, ValueError, OverflowError, MemoryError, RuntimeError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(f"{directory} cannot be loaded: {reason}") from None


def _read_text_backbone(folder: Path) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """The tokenizer of a checkpoint, and its text backbone with fresh weights."""
    from transformers import AutoConfig, AutoModel, AutoTokenizer  # seconds, for checkpoints that have a backbone

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        architecture = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        layers = getattr(architecture, "num_hidden_layers", 0)
        if layers > _MOST_LAYERS:
            raise ValueError(f"{layers:,} layers; no text encoder has more than {_MOST_LAYERS}")
        return tokenizer, AutoModel.from_config(architecture, trust_remote_code=False)  # type: ignore[no-untyped-call]
    except Exception as error:  # the libraries raise whatever a spoiled file leads them to, bare Exception included
        raise CheckpointError(f"{folder} cannot be loaded: {type(error).__name__}: {error}") from None
