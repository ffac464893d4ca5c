"""Text2Mol's `token_embedding_dict.npy`: a pickled dict of arrays, read without executing anything in it.

Unpickling calls whatever the file names. Here the few names that a pickled dict of arrays needs lead to the inert
classes below, which only keep what they are given, and every other name is refused. No numpy object is made by the
pickle itself: shapes and bytes are checked first, then turned into arrays.
"""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_DTYPES = {"f2": np.float16, "f4": np.float32, "f8": np.float64}
_MAX_BYTES = 2**30


class PickledVectorsError(ValueError):
    """A file that is not a pickled dict of vectors; the message says why."""


class _DType:
    def __init__(self, code: object = None, *_: object) -> None:
        self.code = code
        self.order: object = "<"

    def __setstate__(self, state: object) -> None:
        if isinstance(state, tuple) and len(state) > 1:
            self.order = state[1]


class _Array:
    """The arguments of `ndarray.__reduce__`: shape, dtype, order and bytes (for objects, a list)."""

    def __init__(self, *_: object) -> None:
        self.state: tuple[object, ...] = ()

    def __setstate__(self, state: object) -> None:
        if isinstance(state, tuple):
            self.state = state


def _reconstruct(*_: object) -> _Array:
    return _Array()


def _latin1(text: object, encoding: object = "latin1") -> bytes:
    """How protocol 2 writes bytes."""
    if not isinstance(text, str) or encoding != "latin1":
        raise PickledVectorsError("bytes in an unknown encoding")
    return text.encode("latin1")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., object]:
        if module in ("numpy", "numpy.core.multiarray", "numpy._core.multiarray", "_codecs"):
            known: dict[str, Callable[..., object]] = {
                "_reconstruct": _reconstruct,
                "ndarray": _Array,
                "dtype": _DType,
                "encode": _latin1,
            }
            if name in known:
                return known[name]
        raise PickledVectorsError(f"it names {module}.{name}, which a dict of arrays does not need")


def load_pickled_vectors(path: Path) -> dict[str, NDArray[np.float32]]:
    """The dict of a `.npy` that was saved from one: text → float32 (dim,), the same dim for all.

    Raises:
        PickledVectorsError: the file is larger than 1 GiB, or anything else than that.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise PickledVectorsError("it is larger than 1 GiB")
        stored = _Unpickler(io.BytesIO(_after_header(path.read_bytes()))).load()
        return _vectors(stored)
    except PickledVectorsError as error:
        raise PickledVectorsError(f"{path} is not a dict of vectors as published with Text2Mol: {error}") from None
    except Exception as error:  # a broken pickle can fail in any way
        raise PickledVectorsError(f"{path} cannot be read as a .npy of a dict: {error}") from None


def _after_header(content: bytes) -> bytes:
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    if shape != () or not dtype.hasobject:
        raise PickledVectorsError(f"it holds {dtype} {shape}, not one object")
    return file.read()


def _vectors(stored: object) -> dict[str, NDArray[np.float32]]:
    content = stored.state[4] if isinstance(stored, _Array) and len(stored.state) == 5 else None
    held = content[0] if isinstance(content, list) and len(content) == 1 else None
    if not isinstance(held, dict) or not held:
        raise PickledVectorsError("it is not a dict")
    vectors = {}
    for token, value in held.items():
        if type(token) is not str:
            raise PickledVectorsError(f"a key is {type(token).__name__}, not text")
        vectors[token] = _vector(token, value)
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise PickledVectorsError("its vectors differ in length")
    return vectors


def _vector(token: str, value: object) -> NDArray[np.float32]:
    state = value.state if isinstance(value, _Array) and len(value.state) == 5 else None
    if state is None:
        raise PickledVectorsError(f"the value of {token!r} is not an array")
    _, shape, dtype, _, content = state
    code, order = (dtype.code, dtype.order) if isinstance(dtype, _DType) else (None, None)
    if not isinstance(code, str) or code not in _DTYPES or order not in ("<", ">", "="):
        raise PickledVectorsError(f"the value of {token!r} is not floating-point")
    kind = np.dtype(_DTYPES[code]).newbyteorder(">" if order == ">" else "<")
    sizes = [size for size in shape if type(size) is int and size > 0] if isinstance(shape, tuple) else []
    is_vector = isinstance(shape, tuple) and len(sizes) == len(shape) and math.prod(sizes) == max(sizes, default=0)
    if not is_vector or type(content) is not bytes or max(sizes) * kind.itemsize != len(content):
        raise PickledVectorsError(f"the value of {token!r} is not a vector")
    return np.frombuffer(content, kind).astype(np.float32)
