#!/usr/bin/env bash
# Installs what is needed, builds, and runs all tests. Ends with
# `N passed, N failed, N skipped`; exit status 0 when none failed.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-dependencies.sh
scripts/build.sh -DDTC_TESTS=ON
scripts/fetch_minilm.sh build/models/minilm > /dev/null ||
  echo "the sentence encoder's weights could not be fetched; its tests are skipped"
exec .venv/bin/python utils/run_tests.py --build build "$@"
