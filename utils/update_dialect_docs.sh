#!/usr/bin/env bash
# Writes docs/dialect.md from the dialect's definitions. With --check BUILD it
# compares instead and fails when the file is not current.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build
[ "${1:-}" = --check ] && build=${2:-build}
tablegen=${MLIR_TBLGEN:-/usr/lib/llvm-22/bin/mlir-tblgen}
generate() {
  "$tablegen" -gen-dialect-doc -dialect=dtc "$build/include/dtc/IR/DtcOps.td" \
    -I include -I lib/Ops -I "$build/include" -I /usr/lib/llvm-22/include
}
if [ "${1:-}" = --check ]; then
  generate | diff -u docs/dialect.md - || {
    echo "docs/dialect.md is not current, run utils/update_dialect_docs.sh" >&2
    exit 1
  }
else
  generate > docs/dialect.md
fi
