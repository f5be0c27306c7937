#!/usr/bin/env bash
# Configures and builds dtc into build/ (tools in build/bin). Arguments go to
# CMake's configure step.
set -euo pipefail
cd "$(dirname "$0")/.."
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
cmake --preset release -DDTC_PYTHON="$PWD/.venv/bin/python" "$@" > build-configure.log 2>&1 ||
  { cat build-configure.log; exit 1; }
rm -f build-configure.log
cmake --build build
