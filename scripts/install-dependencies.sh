#!/usr/bin/env bash
# Installs what dtc needs to build and test on Debian 12: Debian's packages, and
# a Python environment in .venv with the ONNX definitions and the test runner.
# --demo leaves out what only the tests need.
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

packages=(
  clang-22 lld-22 llvm-22-dev llvm-22-tools libmlir-22-dev mlir-22-tools
  cmake ninja-build ccache g++ pkg-config
  libdnnl-dev libomp-22-dev libprotobuf-dev protobuf-compiler libzip-dev zlib1g-dev libzstd-dev
  nlohmann-json3-dev libopenmpi-dev openmpi-bin
  python3 python3-venv ca-certificates git
)
[ "${1:-}" = --demo ] || packages+=(libgtest-dev libgmock-dev clang-format-22 libclang-rt-22-dev)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -q
  as_root apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

if [ ! -x .venv/bin/python ]; then
  python3 -m venv .venv
fi
requirements=(numpy onnx lit psutil)
[ "${1:-}" = --demo ] || requirements+=(onnxruntime)
.venv/bin/python -c 'import numpy, onnx, lit, psutil' 2>/dev/null &&
  { [ "${1:-}" = --demo ] || .venv/bin/python -c 'import onnxruntime' 2>/dev/null; } ||
  .venv/bin/pip install --quiet --disable-pip-version-check "${requirements[@]}"
