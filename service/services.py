"""The parts of a running service, made once from its settings and handed to whoever needs them."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.chemistry import Chemistry
from indexer.chemistry.name_reader import NameReader
from indexer.engines import MilvusSettings
from model.checkpoint import Checkpoint, load_checkpoint
from service.answering.batcher import Observe
from service.answering.executor import BoundedExecutor
from service.answering.pipeline import Pipeline
from service.answering.serving import ServingSlot
from service.running.checkpoints import Checkpoints
from service.running.watcher import ReleaseWatcher
from service.settings import Settings


@dataclass(frozen=True)
class Services:
    """Everything a route can ask for."""

    settings: Settings
    checkpoint: Checkpoint
    slot: ServingSlot
    watcher: ReleaseWatcher
    executor: BoundedExecutor
    chemistry: Chemistry
    pipeline: Pipeline

    def start(self) -> None:
        self.watcher.start()

    def queues(self) -> dict[str, int]:
        """How many requests wait or run in each stage."""
        return {stage.name: stage.pending for stage in (*self.pipeline.stages, self.executor)}

    def observe(self, observe: Observe) -> None:
        """Have every stage tell `observe` what it has done."""
        self.executor.observe = observe
        self.pipeline.observe(observe)

    def stop(self) -> None:
        """End the threads and close the release."""
        self.watcher.stop()
        self.executor.close()
        self.pipeline.close()
        self.chemistry.close()
        self.slot.close()


def load_services(settings: Settings, milvus: MilvusSettings | None = None) -> Services:
    """Load the checkpoint and, if there is a good one, the published release.

    Without a release the service is not ready, and its watcher's `missing` or `refusal` says why. `milvus`: how to
    reach the server of a release with that engine; None: as `MOLSEEK_MILVUS_*` variables say.

    Raises:
        CheckpointError: the checkpoint cannot be loaded.
    """
    checkpoint = load_checkpoint(settings.checkpoint, settings.device)
    chemistry = Chemistry(
        settings.structure_limits,
        {checkpoint.digest: checkpoint.encoder.featurizer},
        workers=settings.chemistry_workers,
        read_seconds=settings.structure_seconds,
        draw_seconds=settings.drawing_seconds,
        memory_mib=settings.chemistry_memory_mib,
        names=NameReader.find() if settings.read_names else None,
    )
    chemistry.start()
    slot = ServingSlot()
    watcher = ReleaseWatcher(
        settings.index,
        Checkpoints(checkpoint, chemistry, settings.checkpoints, settings.device),
        slot,
        poll_seconds=settings.poll_seconds,
        retry_seconds=settings.refused_retry_seconds,
        verify=settings.verify_release,
        device=settings.device,
        milvus=milvus,
    )
    watcher.check()
    executor = BoundedExecutor("threads", settings.workers, settings.queue, settings.threads_per_search)
    return Services(
        settings=settings,
        checkpoint=checkpoint,
        slot=slot,
        watcher=watcher,
        executor=executor,
        chemistry=chemistry,
        pipeline=Pipeline(settings, chemistry, executor),
    )
