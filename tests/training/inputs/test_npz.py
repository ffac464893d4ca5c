"""Arrays by name from an `.npz`; anything else is one kind of error that names the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.inputs.npz import ArrayFileError, load_arrays


def test_arrays_come_in_the_order_asked_for(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(3), y=np.ones((2, 2)), z=np.zeros(1))
    y, x = load_arrays(tmp_path / "a.npz", "y", "x")
    assert (x.tolist(), y.shape) == ([0, 1, 2], (2, 2))


def test_what_is_not_an_npz_with_these_arrays_is_an_error(tmp_path: Path) -> None:
    np.savez(tmp_path / "lacking.npz", x=np.arange(3))
    np.save(tmp_path / "single.npy", np.arange(3))
    np.savez(tmp_path / "pickled.npz", x=np.array([{"an": "object"}], dtype=object))
    (tmp_path / "text.npz").write_text("text")
    whole = (tmp_path / "lacking.npz").read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    for name, names, reason in (
        ("lacking.npz", ("x", "y"), "has no array y"),
        ("single.npy", ("x",), "single array"),
        ("pickled.npz", ("x",), "cannot be read"),
        ("text.npz", ("x",), "cannot be read"),
        ("half.npz", ("x",), "cannot be read"),
        ("missing.npz", ("x",), "cannot be read"),
    ):
        with pytest.raises(ArrayFileError, match=reason) as caught:
            load_arrays(tmp_path / name, *names)
        assert name in str(caught.value)
