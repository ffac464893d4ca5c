"""The training loop: seeded steps that can stop anywhere and resume to the same result."""

from __future__ import annotations

import contextlib
import logging
import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from model.network.dual_encoder import DualEncoder
from training.config import ConfigError, TrainingConfig
from training.inputs.dataset import PairDataset, epoch_batches, fitting_batch_size, steps_per_epoch
from training.loop.distributed import ALONE, World
from training.loop.gradient_cache import backward_through, forward_without_graph
from training.loop.neighbours import NeighbourTable
from training.loop.optimizers import critic_optimizer, encoder_optimizer, learning_rate_factor, set_learning_rates
from training.loop.precision import autocast_dtype
from training.loop.run_log import RunLog
from training.loop.run_state import Position, load_state, save_state
from training.loop.teachers import Teachers
from training.losses.objective import Objective, TowerOutput

log = logging.getLogger(__name__)

_EPOCHS_BEFORE_NEIGHBOURS = 2  # until then what a new network finds alike says little

Validate = Callable[[DualEncoder], tuple[float, dict[str, float]]]
"""Score (higher is better, selects the best checkpoint) and named figures of an encoder."""
KeepBest = Callable[[DualEncoder, int, dict[str, float]], None]
"""Called with the encoder, the epoch (from 1) and its figures whenever validation is the best so far."""


class InterruptedRunError(RuntimeError):
    """The run received SIGINT or SIGTERM and has saved its state."""


class DivergedRunError(RuntimeError):
    """The loss is not finite; the saved state is from before."""


class Trainer:
    """Trains an encoder on pairs. All randomness derives from (seed, step), so resuming needs no generator state.

    In a `world` of several processes each has a trainer of its own, made alike: that of rank 0 is to `run`, the others
    `follow`. The batches, and so the result, are those of one process, except for rounding and dropout.

    A `pretrained` encoder selects hard negatives from the start.

    Raises:
        ConfigError: a batch has fewer pairs than there are processes.
    """

    def __init__(
        self,
        config: TrainingConfig,
        encoder: DualEncoder,
        dataset: PairDataset,
        directory: Path,
        *,
        device: str = "cpu",
        save_every_seconds: float = 120.0,
        world: World = ALONE,
        teachers: Teachers | None = None,
        pretrained: bool = False,
    ) -> None:
        self.batch_size = fitting_batch_size(len(dataset), config.batch_size, config.least_batches)
        if (smallest := min(self.batch_size, len(dataset))) < world.size:
            raise ConfigError(f"a batch of {smallest} cannot be shared by {world.size} processes")
        self.config = config
        self.world = world
        self.teachers = teachers
        self.neighbours_from = 0 if pretrained else _EPOCHS_BEFORE_NEIGHBOURS
        self.device = torch.device(device)
        self.encoder = encoder.to(self.device)
        torch.manual_seed(config.seed)  # the critic starts alike whether the encoder was just made or loaded
        self.objective = Objective(config.loss, encoder.dim).to(self.device)
        self.dataset = dataset
        self.directory = directory
        self.save_every_seconds = save_every_seconds
        self.steps_per_epoch = steps_per_epoch(len(dataset), self.batch_size)
        self.total_steps = self.steps_per_epoch * config.epochs
        self.dtype = autocast_dtype(config.precision, self.device)
        learned = [self.objective.log_scale]
        self.optimizers = {"encoder": encoder_optimizer(config.optimizer, self.encoder, learned)}
        if self.objective.critic is not None:
            self.optimizers["critic"] = critic_optimizer(config.optimizer, self.objective.critic)
        self.modules = {"encoder": self.encoder, "objective": self.objective}
        self.neighbours: NeighbourTable | None = None
        if config.neighbour_group > 1:
            self.neighbours = NeighbourTable(len(dataset.molecules)).to(self.device)
            self.modules["neighbours"] = self.neighbours
        self._epoch_order: tuple[int, list[NDArray[np.int64]]] = (-1, [])  # the epoch last asked for

    def run(self, validate: Validate, keep_best: KeepBest, run_log: RunLog) -> Position:
        """Train to the end, from the saved state if there is one.

        Raises:
            InterruptedRunError: SIGINT or SIGTERM arrived; the state is saved, and a new trainer resumes from it.
        """
        position = self._restore()
        started = time.monotonic() - position.seconds
        saved = time.monotonic()
        with (
            _stop_signals() as stopped,
            tqdm(total=self.total_steps, initial=position.step, unit="step", disable=None, mininterval=1) as progress,
        ):
            for step in range(position.step, self.total_steps):
                if self.world.any(stopped()):
                    self._save(position)
                    raise self._interruption(step)
                terms = self.train_step(step)
                epoch, inside = divmod(step + 1, self.steps_per_epoch)
                run_log.step(step + 1, terms, self._learning_rate_factor(step) * self.config.optimizer.learning_rate)
                progress.update()
                progress.set_postfix(epoch=epoch, loss=f"{terms['total']:.3f}", refresh=False)
                position = position.model_copy(update={"step": step + 1, "seconds": time.monotonic() - started})
                finished = step + 1 == self.total_steps
                if inside == 0 and (epoch % self.config.evaluate_every == 0 or finished):
                    position = self._validate(position, epoch, validate, keep_best, run_log)
                    progress.write(run_log.summary)
                if finished or (inside == 0) or time.monotonic() - saved > self.save_every_seconds:
                    self._save(position)
                    saved = time.monotonic()
        return position

    def follow(self) -> Position:
        """The same steps, for a rank other than 0, which neither validates nor writes.

        Raises:
            InterruptedRunError: as `run`.
        """
        position = self._restore()
        with _stop_signals() as stopped:
            for step in range(position.step, self.total_steps):
                if self.world.any(stopped()):
                    raise self._interruption(step)
                self.train_step(step)
        return position.model_copy(update={"step": self.total_steps})

    def train_step(self, step: int) -> dict[str, float]:
        """One update from batch `step` of the run; the unweighted loss terms and their weighted total."""
        config = self.config
        epoch, index = divmod(step, self.steps_per_epoch)
        rows = self._batches_of(epoch)[index]
        groups = torch.from_numpy(self.dataset.groups(rows)).to(self.device)
        mine = self.world.share(rows)
        size = config.micro_batch_size or len(mine)
        parts = [mine[start : start + size] for start in range(0, len(mine), size)]
        forward = self._forward(step, parts)
        self.encoder.train()
        optimizer = self.optimizers["encoder"]
        set_learning_rates(optimizer, self._learning_rate_factor(step))
        optimizer.zero_grad(set_to_none=True)
        cached = len(parts) > 1
        with self._autocast():
            text, molecule = forward_without_graph(forward, len(parts)) if cached else forward(0)
        all_texts, all_molecules = (self._gathered(output, len(rows)) for output in (text, molecule))
        torch.manual_seed(_mix(config.seed, step, -1))  # the same for all processes, whatever each has dropped out
        self._train_critic(all_texts, all_molecules)
        terms: dict[str, Tensor] = self.objective(all_texts, all_molecules, groups, self._taught(rows))
        terms["total"].backward()  # type: ignore[no-untyped-call]
        if cached:
            backward_through(forward, [len(part) for part in parts], text, molecule, self._autocast)
        self.world.add_gradients(self.encoder.parameters(), wholes=[self.objective.log_scale])
        if config.optimizer.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self._trained_parameters(), config.optimizer.clip_norm)
        optimizer.step()
        values = dict(zip(terms, torch.stack([term.detach().float() for term in terms.values()]).tolist(), strict=True))
        if not math.isfinite(values["total"]):
            raise DivergedRunError(
                f"the loss is {values['total']} at step {step + 1} ({values}); the last saved state is from before"
            )
        return values

    def _forward(self, step: int, parts: list[NDArray[np.int64]]) -> Callable[[int], tuple[TowerOutput, TowerOutput]]:
        batches = [tuple(one.to(self.device) for one in self.dataset.collate(part)) for part in parts]

        def forward(index: int) -> tuple[TowerOutput, TowerOutput]:
            torch.manual_seed(_mix(self.config.seed, step, index * self.world.size + self.world.rank))
            texts, molecules = batches[index]
            pool = self.objective.needs_states
            text = TowerOutput.of(self.encoder.embed_texts(texts), pool=pool)  # type: ignore[arg-type]
            return text, TowerOutput.of(self.encoder.embed_molecules(molecules), pool=pool)  # type: ignore[arg-type]

        return forward

    def _taught(self, rows: NDArray[np.int64]) -> Tensor | None:
        return self.teachers.similarity(rows, self.dataset.molecule_of[rows]) if self.teachers else None

    def _gathered(self, output: TowerOutput, total: int) -> TowerOutput:
        pooled = None if output.pooled is None else self.world.gather(output.pooled, total)
        return TowerOutput(self.world.gather(output.embedding, total), pooled)

    def _train_critic(self, text: TowerOutput, molecule: TowerOutput) -> None:
        if self.objective.critic is None:
            return
        self.optimizers["critic"].zero_grad(set_to_none=True)
        self.objective.critic_loss(text, molecule).backward()  # type: ignore[no-untyped-call]
        self.world.add_gradients((), wholes=self.objective.critic.parameters())
        self.optimizers["critic"].step()

    def _validate(
        self, position: Position, epoch: int, validate: Validate, keep_best: KeepBest, run_log: RunLog
    ) -> Position:
        score, figures = validate(self.encoder)
        run_log.validation(position.step, epoch, figures, position.seconds)
        if position.best_score is None or score > position.best_score:
            keep_best(self.encoder, epoch, figures)
            position = position.model_copy(update={"best_score": score, "best_epoch": epoch})
        return position

    def _restore(self) -> Position:
        position = load_state(self.directory / "state", self.modules, self.optimizers) or Position()
        if self.world.size > 1 and not self.world.agree([position.step, *map(_checksum, self.modules.values())]):
            raise ConfigError("the processes would start from different states; all need to see the same directory")
        if position.step:
            log.info("resuming at step %d of %d", position.step, self.total_steps)
        return position

    def _interruption(self, step: int) -> InterruptedRunError:
        return InterruptedRunError(f"stopped at step {step} of {self.total_steps}; run again to resume")

    def _save(self, position: Position) -> None:
        save_state(self.directory / "state", position, self.modules, self.optimizers)

    def _batches_of(self, epoch: int) -> list[NDArray[np.int64]]:
        if self._epoch_order[0] != epoch:
            config = self.config
            batches = epoch_batches(
                self.dataset,
                self.batch_size,
                config.bucket_batches,
                config.seed,
                epoch,
                self._neighbours_of(epoch),
                config.neighbour_group,
            )
            self._epoch_order = (epoch, batches)
        return self._epoch_order[1]

    def _neighbours_of(self, epoch: int) -> NDArray[np.integer] | None:
        if self.neighbours is None or epoch < self.neighbours_from:
            return None
        if self.neighbours.epoch != epoch:
            molecules = self.dataset.molecules
            mine = [molecules[row] for row in self.world.share(np.arange(len(molecules)))]
            vectors = torch.from_numpy(self.encoder.encode_features(mine)).to(self.device)
            self.neighbours.refresh(self.world.gather(vectors, len(molecules)), epoch)
            self.world.follow_lead(self.neighbours.rows)
        return self.neighbours.rows.cpu().numpy()

    def _trained_parameters(self) -> Iterator[Tensor]:
        for group in self.optimizers["encoder"].param_groups:
            yield from group["params"]

    def _learning_rate_factor(self, step: int) -> float:
        return learning_rate_factor(self.config.optimizer, step, self.total_steps)

    def _autocast(self) -> AbstractContextManager[object]:
        if self.dtype is None:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, self.dtype)


def _mix(seed: int, step: int, part: int) -> int:
    """One generator seed per (seed, step, part)."""
    return int(np.random.SeedSequence([seed, step, part + 1]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _checksum(module: nn.Module) -> int:
    """The sum of all bytes of its weights."""
    return sum(int(value.reshape(-1).view(torch.uint8).sum()) for value in module.state_dict().values())


@contextlib.contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Inside, SIGINT and SIGTERM request a stop at the next step instead of interrupting one."""
    received: list[int] = []
    previous = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError):  # not in the main thread: the caller's signals are its own
            previous[number] = signal.signal(number, lambda signum, _: received.append(signum))
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
