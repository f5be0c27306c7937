#!/usr/bin/env bash
# Checks and measures dtc's bundles on a machine with a GPU.
#
#   scripts/gpu_check.sh pack DIR [options]   where dtc is built: makes DIR, below 60 MB (--help: its options)
#   DIR/gpu_check.sh [options]                on the machine with a GPU: sm_80 or newer
#
#   --only REGEX     cases and workloads whose name contains a match of this extended regular expression
#   --no-times       numbers only
#   --no-cases       times only
#   --quick          two steps instead of many, small peaks: to try the script, not to measure
#   --python NAME    a Python with PyTorch or onnxruntime-gpu for comparison (default: python3; none needed)
#
# 1. The versions of the driver and the libraries are printed, and the first GPU's peaks measured: a copy, a large
#    product of each type.
# 2. Each model fixture runs on one rank, and on two: with NCCL (where there is one GPU, DTC_NCCL_SHARED_GPU=1) and
#    through the host. The arrays must be those of the fixture. Each op's examples must give what the interpreter gives.
#    Forward passes repeat, so that the arrays are those of a CUDA graph.
# 3. Each workload is timed, beside other runtimes where they are installed, and the table printed.
#
# The last line is `N passed, N failed`. Exit status: 0; 1 something failed; 2 wrong usage; 3 no usable GPU.
#
# Needs the NVIDIA driver, cuBLASLt of CUDA 12 or 13, and NCCL and cuDNN for their parts; they are looked for where the
# loader looks, in /usr/local/cuda, and in Python's packages. Of the libraries beside this script those are used that
# the machine lacks, or all, if the programs do not start with its own.
set -uo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1:-}" = pack ]; then
  shift
  python=${DTC_PYTHON:-python3}
  [ -z "${DTC_PYTHON:-}" ] && [ -x "$here/../.venv/bin/python" ] && python=$here/../.venv/bin/python
  exec "$python" "$here/../benchmarks/gpu/pack.py" "$@"
fi

usage() {
  sed -n "2,/^set /{/^set /d;s/^# \{0,1\}//;p}" "${BASH_SOURCE[0]}"
}

wrong() {
  echo "gpu_check.sh: $1" >&2
  exit 2
}

only=. cases=yes times=yes quick= python=python3
while [ $# -gt 0 ]; do
  case $1 in
    --only) [ $# -gt 1 ] || wrong "'--only': expected a regular expression"; only=$2; shift ;;
    --python) [ $# -gt 1 ] || wrong "'--python': expected a program"; python=$2; shift ;;
    --no-times) times= ;;
    --no-cases) cases= ;;
    --quick) quick=yes ;;
    -h | --help) usage; exit 0 ;;
    *) wrong "unknown argument '$1' (--help lists the options)" ;;
  esac
  shift
done
[ -f "$here/cases.txt" ] ||
  wrong "expected cases.txt beside this script; 'scripts/gpu_check.sh pack DIR' makes DIR/gpu_check.sh"

# The lines of a list whose name --only asks for.
chosen() {
  local line
  while read -r line; do
    [[ ${line%% *} =~ $only ]] && echo "$line"
  done < "$1"
}

[[ x =~ $only ]] 2> /dev/null
[ $? -ne 2 ] || wrong "'--only': expected a regular expression, got '$only'"
case_lines=() time_lines=()
[ -z "$cases" ] || mapfile -t case_lines < <(chosen "$here/cases.txt")
[ -z "$times" ] || mapfile -t time_lines < <(chosen "$here/timed.txt")
[ $((${#case_lines[@]} + ${#time_lines[@]})) -gt 0 ] ||
  wrong "nothing to do: no name in cases.txt and timed.txt matches '$only', or all is switched off"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/dtc-gpu-check-XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT

# Folders of libraries: before and behind those that the loader is told of.
before= behind=

# Programs of this folder, with these libraries.
own() {
  local path="${before:+$before:}${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$behind"
  LD_LIBRARY_PATH=${path%:} "$@" < /dev/null
}
check() { own "$here/bin/dtc-gpu-check" "$@"; }
limit=600
run() {
  own timeout $limit "$here/bin/dtc-run" "$@"
  local status=$?
  [ $status -ne 124 ] || echo "did not end within $limit s"
  return $status
}

starts() { own "$here/bin/dtc-run" --version && own "$here/bin/dtc-gpu-check" --help; }
lacking() { own ldd "$here"/bin/* | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | sort -u; }

# The machine's own libraries are as a rule newer than those beside this script, and NCCL's network plugins use them.
if ! message=$(starts 2>&1); then
  before=$scratch/lib
  mkdir "$before"
  for _ in once twice; do # a library may lack others
    for name in $(lacking 2> /dev/null); do
      ln -sf "$here/lib/$name" "$before/$name"
    done
  done
  starts > /dev/null 2>&1 || before=$here/lib
  if ! message=$(starts 2>&1); then
    echo "error: these programs do not start here: $message" >&2
    exit 1
  fi
fi

known=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2> /dev/null)
mapfile -t folders < <(
  ls -d /usr/local/cuda/lib64 /usr/local/cuda/targets/*/lib 2> /dev/null
  "$python" -c '
import glob, site, sys
for path in dict.fromkeys([*sys.path, *site.getsitepackages()]):
    print(*glob.glob(path + "/nvidia/*/lib"), sep="\n")' 2> /dev/null < /dev/null
)

# What the loader does not find itself. Libraries open each other by name, so that their folders have to be known.
for name in libcublasLt.so.13 libcublasLt.so.12 libcudnn.so.9 libnccl.so.2 libnvrtc.so.13 libnvrtc.so.12; do
  [[ $known == *"$name"* ]] && continue
  for folder in "${folders[@]}"; do
    [ -n "$folder" ] && [ -e "$folder/$name" ] || continue
    [[ :$behind: == *":$folder:"* ]] || behind=${behind:+$behind:}$folder
    break
  done
done

check versions || exit
peaks=$(check peaks ${quick:+1000000 64 1})
status=$?
[ $status -eq 0 ] || exit $status
{
  read -r gpu && read -r gpus && read -r copy && read -r f32 && read -r f16 && read -r bf16 && read -r masked
} <<< "$peaks"
echo "$gpu, $gpus of them; $(uname -m), driver $(cat /sys/module/nvidia/version 2> /dev/null || echo unknown)"
awk "BEGIN { printf \"peaks: copy %.3g GB/s; products f32 %.3g, f16 %.3g, bf16 %.3g TFLOP/s\n\",
  $copy / 1e9, $f32 / 1e12, $f16 / 1e12, $bf16 / 1e12 }"
echo "gradients of relu by cuBLASLt's masks: ${masked:-no type}"

tar -xJf "$here/bundles.tar.xz" -C "$scratch" 2> /dev/null ||
  "$python" -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$here/bundles.tar.xz" "$scratch" ||
  { echo "error: cannot unpack bundles.tar.xz: expected tar with xz, or Python" >&2; exit 1; }

passed=0 failed=0
report() { # NAME STATUS WORDS
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    echo "$1: ok: $3"
  else
    failed=$((failed + 1))
    echo "$1: FAILED: $3"
  fi
}

# run_case NAME STEPS RANKS OPTION...: STEPS is a number for training, else "forward".
run_case() {
  local name=$1 steps=$2 ranks=$3 words label="$1, $3 rank" many=--steps
  shift 3
  [ $# -eq 0 ] || label="${label}s, $2"
  rm -f "$scratch/out.npz"
  # The first step is no graph, the second makes one, the third runs it again.
  [ "$steps" = forward ] && many=--repeat steps=3
  words=$(run "$scratch/$name.$ranks" --input "$here/cases/$name/input.npz" --output "$scratch/out.npz" \
    --timeout 120 $many "$steps" "$@" 2>&1)
  local status=$?
  if [ $status -eq 0 ]; then
    words=$(check compare "$here/cases/$name/expected.npz" "$scratch/out.npz" "$here/cases/$name/tolerances" 2>&1)
    status=$?
    [ $status -eq 0 ] && words="largest deviation $words"
  fi
  report "$label" $status "$words"
}

if [ ${#case_lines[@]} -gt 0 ]; then
  # Ranks that share a GPU have to tell NCCL.
  [ "$gpus" -gt 1 ] || export DTC_NCCL_SHARED_GPU=1
  for line in "${case_lines[@]}"; do
    read -r name steps ranks <<< "$line"
    if [ "$ranks" -eq 1 ]; then
      run_case "$name" "$steps" 1
    else
      run_case "$name" "$steps" "$ranks" --transport nccl
      run_case "$name" "$steps" "$ranks" --transport shm
    fi
  done
fi

# share PART WHOLE: of the measured peak.
share() { awk "BEGIN { printf \"%.1f %%\", 100 * $1 / $2 }"; }

# peer FOLDER KIND: milliseconds, or -.
peer() {
  local words
  words=$(PYTHONPATH=$here/peers timeout 900 "$python" "$here/peers/peer_gpu.py" "$scratch/timed/$1" "$2" \
    2>> "$scratch/notes" < /dev/null) || words=-
  echo "${words:--}"
}

# time_workload FOLDER TYPE KIND OPERATIONS BYTES NAME: a row of the table.
time_workload() {
  local folder=$1 type=$2 kind=$3 operations=$4 bytes=$5 name=$6 warmup=5 repeat=50 words seconds status
  local options=(--input "$here/timed/$folder/input.npz" --random-params 1 --stats "$scratch/stats.json")
  [ -n "$quick" ] && warmup=1 repeat=2
  if [ "$kind" = train ]; then
    options+=(--steps $((warmup + repeat)))
  else
    options+=(--warmup $warmup --repeat $repeat)
  fi
  words=$(run "$scratch/$folder" "${options[@]}" 2>&1) &&
    words=$(check step "$scratch/stats.json" $([ "$kind" = train ] && echo $warmup || echo 0) 2>&1)
  status=$?
  if [ $status -ne 0 ]; then
    report "$name $type" $status "$words"
    return
  fi
  seconds=$words
  report "$name $type" 0 "$(awk "BEGIN { printf \"%.3f ms\", $seconds * 1e3 }")"
  mkdir -p "$scratch/timed" && cp -r "$here/timed/$folder" "$scratch/timed/"
  local eager compiled onnxruntime
  eager=$(peer "$folder" eager) compiled=$(peer "$folder" compile) onnxruntime=$(peer "$folder" onnxruntime)
  rm -rf "$scratch/timed/$folder"
  awk "BEGIN { printf \"| %s | %s | %.3f | %.3g | %s | %.3g | %s | %s | %s | %s |\n\", \"$name\", \"$type\",
    $seconds * 1e3, $operations / $seconds / 1e12, \"$(share "$operations / $seconds" "${!type}")\",
    $bytes / $seconds / 1e9, \"$(share "$bytes / $seconds" "$copy")\",
    \"$eager\", \"$compiled\", \"$onnxruntime\" }" >> "$scratch/rows"
}

for line in "${time_lines[@]}"; do
  read -r folder type kind operations bytes name <<< "$line"
  time_workload "$folder" "$type" "$kind" "$operations" "$bytes" "$name"
done
if [ -s "$scratch/rows" ]; then
  echo
  echo "$gpu, one rank, medians; shares are of what was measured on it: copies $(awk "BEGIN { printf \"%.0f\", $copy / 1e9 }") GB/s, products"
  awk "BEGIN { printf \"of f32 %.3g, f16 %.3g, bf16 %.3g TFLOP/s. Bytes are those of the weights alone.\n\n\",
    $f32 / 1e12, $f16 / 1e12, $bf16 / 1e12 }"
  echo "| workload | type | dtc, ms | TFLOP/s | of the peak | GB/s | of the peak | PyTorch, ms | torch.compile, ms | onnxruntime, ms |"
  echo "|---|---|---|---|---|---|---|---|---|---|"
  cat "$scratch/rows"
  [ -s "$scratch/notes" ] && echo && sort -u "$scratch/notes"
  echo
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
