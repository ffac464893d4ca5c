"""Data-parallel training under torchrun: every process encodes a share of the batch, and the loss sees the whole batch.

A step's batch is drawn from (seed, step), so each process knows the whole of it and takes every size-th pair. The
embeddings of all shares are exchanged, and each process computes the loss of the whole batch, whatever its terms, with
gradients into its own share alone; their sum over the processes is the gradient of one process with that batch.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor, nn

from training.config import ConfigError

_PATIENCE = timedelta(hours=6)  # others wait while rank 0 validates; of a process that ends they hear at once


class LostRankError(RuntimeError):
    """Another process of the run has ended or cannot be reached."""


@dataclass(frozen=True, slots=True)
class World:
    """The processes of a run: this one is `rank` of `size`, and `local_rank` of those on its machine.

    Rank 0 leads: it alone validates and writes. All methods but `share` and `place` are collective: every process
    calls them, in the same order. For a process alone they do nothing.

    Raises:
        LostRankError: (every collective method) another process has ended.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def place(self, device: str | None) -> str:
        """The device of this process: with several, the GPU of its local rank. None: a GPU if there is one.

        Raises:
            ConfigError: there is no such GPU.
        """
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        if self.size == 1 or device == "cpu":
            return device
        if device != "cuda":
            raise ConfigError(f"with several processes each gets its own GPU: use --device cuda, not {device}")
        if self.local_rank >= torch.cuda.device_count():
            raise ConfigError(f"{torch.cuda.device_count()} GPUs on this machine, none for process {self.local_rank}")
        torch.cuda.set_device(self.local_rank)
        return f"cuda:{self.local_rank}"

    def share(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """This process's part of a batch. Batches are sorted by length, so strides share the work evenly."""
        return rows[self.rank :: self.size]

    def gather(self, share: Tensor, total: int) -> Tensor:
        """The shares of all processes, (its rows, dim) each, as one batch (total, dim) in its order.

        Equal to the bit everywhere. Gradients reach the own share only.
        """
        if self.size == 1:
            return share
        longest = -(-total // self.size)
        padded = nn.functional.pad(share, (0, 0, 0, longest - len(share))).contiguous()
        shares = [torch.empty_like(padded) for _ in range(self.size)]
        with _hearing_of_ends():
            dist.all_gather(shares, padded.detach())
        shares[self.rank] = padded
        return torch.stack(shares, dim=1).flatten(0, 1)[:total]

    def add_gradients(self, parts: Iterable[nn.Parameter], wholes: Iterable[nn.Parameter] = ()) -> None:
        """Give every process the same gradients: sums of `parts`, to which each contributes its share of the batch,
        and means of `wholes`, which each has computed from the whole batch and which rounding must not drive apart.
        """
        if self.size == 1:
            return
        gradients = [one.grad for one in parts if one.grad is not None]
        gradients += [one.grad.div_(self.size) for one in wholes if one.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        with _hearing_of_ends():
            dist.all_reduce(flat)
        totals = torch.split(flat, [gradient.numel() for gradient in gradients])
        for gradient, total in zip(gradients, totals, strict=True):
            gradient.copy_(total.view_as(gradient))

    def follow_lead(self, values: Tensor) -> None:
        """Overwrite the values with those of rank 0: what is chosen by comparing must not depend on rounding."""
        if self.size > 1:
            with _hearing_of_ends():
                dist.broadcast(values, src=0)

    def any(self, here: bool) -> bool:
        """Whether it is true in any process."""
        if self.size == 1:
            return here
        flag = torch.tensor(int(here))
        with _hearing_of_ends():
            dist.all_reduce(flag, dist.ReduceOp.MAX)
        return bool(flag)

    def agree(self, numbers: Sequence[int]) -> bool:
        """Whether all processes have the same numbers."""
        mine = torch.tensor([numbers])
        return not self.any(bool((self.gather(mine, self.size) != mine).any()))

    @contextlib.contextmanager
    def in_turn(self) -> Iterator[None]:
        """Rank 0 goes first; the others find what it has written."""
        if not self.leads:
            self.any(False)
        yield
        if self.leads:
            self.any(False)


ALONE = World()


def launched_together() -> bool:
    """Whether torchrun has started this process as one of several."""
    return dist.is_torchelastic_launched() and int(os.environ["WORLD_SIZE"]) > 1


def process_name() -> str:
    """The process's suffix in messages, as ` (rank 1)`; empty for a single process."""
    return f" (rank {os.environ['RANK']})" if launched_together() else ""


@contextlib.contextmanager
def joined() -> Iterator[World]:
    """The world that torchrun started, or this process alone."""
    if not launched_together():
        yield ALONE
        return
    # What lies on a GPU goes by nccl. Signs to wait or stop go by gloo, for which no GPU spins and no watchdog barks.
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo", timeout=_PATIENCE)
    yield World(dist.get_rank(), dist.get_world_size(), int(os.environ["LOCAL_RANK"]))
    dist.destroy_process_group()  # not after an error: whom it would wait for may be gone


@contextlib.contextmanager
def _hearing_of_ends() -> Iterator[None]:
    """A backend's error of a collective call as `LostRankError`."""
    try:
        yield
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[0]
        raise LostRankError(f"another process of the run has ended; its own message says why ({reason})") from error
