"""GET /health/live, /health/ready and /version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter

from model.checkpoint import Checkpoint
from service.answering.serving import Serving
from service.openapi import problems
from service.problems import engine_away
from service.routes.dependencies import ServicesDep, not_ready, reason_not_ready
from service.schemas import CheckpointAnswer, Live, Ready, RefusedAnswer, ReleaseAnswer, Version
from service.services import Services

router = APIRouter(tags=["health"])

_LIBRARIES = (
    "torch",
    "transformers",
    "rdkit",
    "faiss-cpu",
    "faiss-gpu",
    "numpy",
    "fastapi",
    "pydantic",
    "starlette",
    "uvicorn",
)

_NO_LEXICON = (
    "lexicon: names, identifiers and words are not looked up, and mode auto searches by vectors alone; build the "
    "release again to have one"
)


@router.get("/health/live", summary="Does the process answer?")
async def health_live() -> Live:
    """Says yes whenever it can say anything, also without a release."""
    return Live(status="live")


@router.get("/health/ready", summary="Can searches be answered?", responses=problems(503))
async def health_ready(services: ServicesDep) -> Ready:
    """503 until a release is in service, with what is missing, and while a server that searches need is away."""
    serving = services.slot.current
    if serving is None:
        raise not_ready(reason_not_ready(services))
    if services.watcher.engine_away:
        raise engine_away()
    return Ready(
        status="ready",
        release=serving.release.name,
        model=serving.checkpoint.name,
        refused=_refused(services),
    )


@router.get("/version", summary="What is running?", responses=problems(503))
async def get_version(services: ServicesDep) -> Version:
    """Versions of the package, the checkpoint, the release and the libraries."""
    serving = services.slot.current
    return Version(
        version=installed("molseek") or "unknown",
        checkpoint=_checkpoint(serving.checkpoint if serving is not None else services.checkpoint),
        release=_release(serving) if serving is not None else None,
        refused=_refused(services),
        libraries=_libraries(),
    )


@cache
def _libraries() -> dict[str, str]:
    """Read once: each version is a search through the files of all packages."""
    return {name: found for name in _LIBRARIES if (found := installed(name)) is not None}


def installed(package: str) -> str | None:
    """The installed version of a package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _checkpoint(checkpoint: Checkpoint) -> CheckpointAnswer:
    calibration, metrics = checkpoint.info.calibration, checkpoint.info.metrics
    figures = {direction: values for direction, values in metrics.items() if isinstance(values, dict)}
    return CheckpointAnswer(
        name=checkpoint.name,
        digest=checkpoint.digest,
        confidence_fitted_on=calibration.fitted_on if calibration is not None else None,
        figures={name: _numbers(values) for name, values in figures.items()},
        measured=str(metrics["conditions"]) if metrics.get("conditions") else None,
    )


def _numbers(values: Mapping[str, object]) -> dict[str, float]:
    """Those of a record that are numbers."""
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}


def _release(serving: Serving) -> ReleaseAnswer:
    manifest, lexicon = serving.release.manifest, serving.release.lexicon
    return ReleaseAnswer(
        name=serving.release.name,
        created=manifest.created,
        serving_since=_utc(serving.since),
        molecules=serving.release.molecules.count,
        descriptions=serving.release.descriptions.count,
        tags=manifest.tags,
        engine=manifest.engine,
        kind=manifest.kind,
        lexicon=lexicon.counts if lexicon is not None else None,
        missing=[] if lexicon is not None else [_NO_LEXICON],
    )


def _refused(services: Services) -> RefusedAnswer | None:
    refusal = services.watcher.refusal
    if refusal is None:
        return None
    return RefusedAnswer(release=refusal.release, reason=refusal.reason, since=_utc(refusal.since))


def _utc(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
