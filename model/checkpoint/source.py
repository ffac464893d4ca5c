"""Where a checkpoint is: a directory, a name that comes with the package, or a hub id."""

from __future__ import annotations

from pathlib import Path

from model.checkpoint.info import INFO_FILE, CheckpointError

_BUNDLED = Path(__file__).parents[1] / "bundled"


def bundled_checkpoints() -> dict[str, Path]:
    """The checkpoints that come with the package: name → directory."""
    if not _BUNDLED.is_dir():
        return {}
    return {path.name: path for path in sorted(_BUNDLED.iterdir()) if (path / INFO_FILE).is_file()}


def locate_checkpoint(source: str | Path) -> Path:
    """The directory of a checkpoint, downloaded if `source` is a hub id.

    Raises:
        CheckpointError: `source` names none.
    """
    path = Path(source)
    if path.is_dir():
        return path
    name = str(source)
    bundled = bundled_checkpoints()
    if name in bundled:
        return bundled[name]
    if name.count("/") == 1 and not name.startswith((".", "/", "~")):
        return _download(name)
    known = ", ".join(bundled) or "none"
    raise CheckpointError(
        f"no checkpoint {name!r}: neither a directory nor a bundled name ({known}) nor a hub id (owner/name)"
    )


def _download(hub_id: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    patterns = [
        INFO_FILE,
        "model.safetensors",
        "README.md",
        "vocabulary.txt",
        "text_features.txt",
        "molecule_features.txt",
        "tokenizer/*",
        "members/*",
    ]
    try:
        return Path(snapshot_download(hub_id, allow_patterns=patterns))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise CheckpointError(
            f"checkpoint {hub_id!r} is no local directory and the hub did not give it: {reason}"
        ) from None
