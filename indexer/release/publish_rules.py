"""Checks before a release replaces the one served: what would surprise its users is refused."""

from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from indexer.errors import ReleaseError
from indexer.release.manifest import SIDES, Manifest, read_manifest
from indexer.release.opened import current_release

BUNDLED = "compounds.tsv"


class PublishRules(BaseModel):
    """`max_drop`: maximum share of molecules, or of descriptions, that may be gone. `min_recall`: minimum recall@10.
    `new_checkpoint`: whether a release may be built with another checkpoint than the one served.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_drop: float = Field(default=0.2, ge=0, le=1)
    min_recall: float = Field(default=0.9, ge=0, le=1)
    new_checkpoint: bool = False


class UnfitError(ReleaseError):
    """A release is intact, but fails the checks; it can be published with --force."""


def check_fitness(root: Path, release: Path, rules: PublishRules) -> None:
    """Raise an UnfitError that names every check that `release` fails as the successor of the current one."""
    manifest = read_manifest(release)
    problems = _recall_problems(manifest, rules)
    current = current_release(root)
    if current is not None and current.name != release.name:
        with suppress(ReleaseError):  # the one served is damaged: nothing to compare with
            problems += _problems_beside(read_manifest(current), manifest, rules)
    if problems:
        raise UnfitError(
            f"{release.name} is not published: {'; '.join(problems)}. If that is intended: "
            f"molseek-index publish {root} {release.name} --force"
        )


def _recall_problems(manifest: Manifest, rules: PublishRules) -> list[str]:
    problems = []
    for side in SIDES:
        recall = manifest.sides[side].recall_at_10
        if recall is not None and recall < rules.min_recall:
            problems.append(
                f"the index of its {side} finds {recall:.1%} of the ten best, less than {rules.min_recall:.1%}"
            )
    return problems


def _problems_beside(served: Manifest, manifest: Manifest, rules: PublishRules) -> list[str]:
    problems = []
    if manifest.checkpoint.digest != served.checkpoint.digest and not rules.new_checkpoint:
        problems.append(
            f"it was built with checkpoint {manifest.checkpoint.name} ({manifest.checkpoint.digest[:19]}), the one "
            f"served with {served.checkpoint.name} ({served.checkpoint.digest[:19]}); only services with a directory "
            "of checkpoints (--checkpoints) take both, and for them there is publish --new-checkpoint"
        )
    if all(corpus.file == BUNDLED for corpus in served.corpora):
        return problems  # any corpus of the user may replace the bundled one
    for side in SIDES:
        before, now = getattr(served.counts, side), getattr(manifest.counts, side)
        if now < before * (1 - rules.max_drop):
            problems.append(
                f"it has {now:,} {side}, the one served {before:,}: more than {rules.max_drop:.0%} are gone"
            )
    return problems
