#!/usr/bin/env bash
# On a fresh Debian 12 machine: installs what is needed, builds dtc, fetches the
# weights of a sentence encoder (all-MiniLM-L6-v2), compiles it for two ranks
# and runs it: the collectives and why they are there, the sentences, their
# similarities, the time.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-dependencies.sh --demo
scripts/build.sh -DDTC_TESTS=OFF
scripts/fetch_minilm.sh build/models/minilm
exec .venv/bin/python scripts/demo_minilm.py --bin build/bin --model build/models/minilm --ranks 2 "$@"
