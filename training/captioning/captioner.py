"""A T5 with one more input, the molecule's embedding, through an adapter. Only the adapter is trained.

Song et al. (arXiv 2410.23715, §III-F) append the molecule representation to the input of MolT5's encoder through an
adapter, "an MLP", and fine-tune only that. Ours: two layers of the T5's width, one appended position.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from transformers import AutoTokenizer, PreTrainedTokenizerBase, T5ForConditionalGeneration

from model.files import write_whole
from training.config import ConfigError

MAX_TOKENS = 512
_RECORD, _WEIGHTS = "adapter.json", "adapter.safetensors"


class Captioner(nn.Module):
    """t5: held fixed; adapter: dim → width → width. Without an adapter it is the T5 alone, the baseline of Fig. 4."""

    def __init__(self, source: str, dim: int | None) -> None:
        super().__init__()
        self.source = source
        try:
            self.tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
            self.t5 = T5ForConditionalGeneration.from_pretrained(source, trust_remote_code=False, dtype=torch.float32)
        except (OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ConfigError(
                f"the T5 {source!r} can be loaded neither from disk nor from the hub ({reason})"
            ) from None
        self.t5.requires_grad_(False)
        self.t5.train(False)
        width = self.t5.config.d_model
        self.adapter = None
        if dim is not None:
            self.adapter = nn.Sequential(nn.Linear(dim, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, smiles: Sequence[str], vectors: Tensor, captions: Sequence[str]) -> Tensor:
        """The mean cross-entropy of the captions' tokens, a scalar. vectors: (batch, dim), of the molecules."""
        inputs, mask = self._inputs(smiles, vectors)
        target = self._tokens(captions)
        labels = target["input_ids"].masked_fill(target["attention_mask"] == 0, -100)
        loss: Tensor = self.t5(inputs_embeds=inputs, attention_mask=mask, labels=labels).loss
        return loss

    @torch.no_grad()
    def caption(self, smiles: Sequence[str], vectors: Tensor, *, max_new_tokens: int = 256) -> list[str]:
        """One caption for each molecule, by greedy decoding."""
        inputs, mask = self._inputs(smiles, vectors)
        made = self.t5.generate(  # type: ignore[misc]
            inputs_embeds=inputs, attention_mask=mask, max_new_tokens=max_new_tokens
        )
        assert isinstance(made, Tensor)
        return [str(text) for text in self.tokenizer.batch_decode(made, skip_special_tokens=True)]

    def save(self, directory: Path, *, epoch: int) -> None:
        """Save the adapter and its record; weights first, so that the record never describes other weights."""
        assert self.adapter is not None
        directory.mkdir(parents=True, exist_ok=True)
        record = {"t5": self.source, "dim": self.adapter[0].in_features, "epoch": epoch}
        for name, content in (
            (_WEIGHTS, save(self.adapter.state_dict())),
            (_RECORD, (json.dumps(record) + "\n").encode()),
        ):
            write_whole(directory / name, content)

    @classmethod
    def load(cls, directory: Path) -> tuple[Captioner, int]:
        """The captioner that `save` wrote, and the epoch after which it did.

        Raises:
            ConfigError: the directory holds no adapter, or its T5 cannot be loaded.
        """
        try:
            record = json.loads((directory / _RECORD).read_text(encoding="utf-8"))
            captioner = cls(record["t5"], record["dim"])
            assert captioner.adapter is not None
            captioner.adapter.load_state_dict(load_file(directory / _WEIGHTS))
            return captioner, int(record["epoch"])
        except (OSError, KeyError, RuntimeError, json.JSONDecodeError) as error:
            raise ConfigError(f"{directory} holds no readable adapter: {error}") from None

    def _inputs(self, smiles: Sequence[str], vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Token embeddings of the SMILES, the adapted molecule before them, and the mask: (batch, tokens (+ 1), …).

        The molecule stands in front, so that padding does not come between; T5 knows relative positions only.
        """
        tokens = self._tokens(smiles)
        inputs = self.t5.shared(tokens["input_ids"])
        mask = tokens["attention_mask"]
        if self.adapter is not None:
            seen = self.adapter(vectors.to(inputs.device))[:, None]
            inputs = torch.cat([seen, inputs], dim=1)
            mask = torch.cat([mask.new_ones(len(mask), 1), mask], dim=1)
        return inputs, mask

    def _tokens(self, texts: Sequence[str]) -> dict[str, Tensor]:
        read = self.tokenizer(list(texts), padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        return {name: read[name].to(self.t5.device) for name in ("input_ids", "attention_mask")}
