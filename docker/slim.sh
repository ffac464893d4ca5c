#!/bin/sh
# Takes out of an environment what the service never opens: slim.sh /opt/molseek
#
# Tests, headers and build tools of packages, Arrow's remote protocols, symbol tables, and bytecode: the build that follows in
# the Dockerfile writes that of what is imported. No NVIDIA library may be left.
set -eu

cd "$1"/lib/python3*/site-packages

find . -depth -type d -name __pycache__ -exec rm -rf {} +
# torch_shm_manager is looked for at import.
rm -rf torch/include torch/test torch/share/cmake
find torch/bin -type f ! -name torch_shm_manager -delete
find . -depth -type d \( -name tests -o -name test \) -exec rm -rf {} +
rm -rf pyarrow/include pyarrow/*flight* pyarrow/*substrait*
# As a wheel has no links, this library is in it three times.
for copy in pyarrow/libarrow_python.so pyarrow/libarrow_python.so.*.*; do
    ln -sf "$(basename pyarrow/libarrow_python.so.????)" "$copy"
done
rm -rf rdkit/Contrib rdkit-stubs

# (Not RDKit's: the tool that bundled its libraries left them so that strip would break them.)
strip --strip-unneeded torch/lib/*.so pyarrow/libarrow*.so.???? pyarrow/libparquet.so.???? uvloop/*.so

found=$(find . -maxdepth 1 \( -iname 'nvidia*' -o -iname 'triton*' -o -iname 'cuda*' \) | head -3)
if [ -n "$found" ]; then
    echo "The CPU image would hold CUDA packages: $found" >&2
    exit 1
fi
