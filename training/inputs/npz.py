"""Named arrays from an `.npz`, read without pickle and with one kind of error."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray


class ArrayFileError(ValueError):
    """A file that is not an `.npz` or lacks an array; the message says which."""


def load_arrays(path: Path, *names: str) -> list[NDArray[np.generic]]:
    """The arrays of those names, in that order.

    Raises:
        ArrayFileError: the file cannot be read, is not an `.npz`, holds pickled objects, or lacks one of the arrays.
    """
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, NpzFile):
            raise ArrayFileError(f"{path} cannot be read as an .npz: it is a single array.")
        with archive:
            missing = [name for name in names if name not in archive.files]
            if missing:
                raise ArrayFileError(f"{path} has no array {' and no '.join(missing)}.")
            return [archive[name] for name in names]
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, ArrayFileError):
            raise
        raise ArrayFileError(f"{path} cannot be read as an .npz: {error}") from error
