#!/bin/sh
# Runs model fixtures as GPU programs on the emulated GPU, on all of their meshes.
#
# usage: all_models.sh BUILD [CASE...]     (default: all of test/Fixtures/models and test/Fixtures/training)
#
# Prints a line a mesh; exit status 1 when one failed. Larger models take minutes.

if [ $# -lt 1 ] || [ ! -x "$1/bin/dtc-compile" ]; then
  echo "usage: all_models.sh BUILD [CASE...], with BUILD/bin/dtc-compile" >&2
  exit 2
fi
build=$(cd "$1" && pwd)
shift
test=$(cd "$(dirname "$0")/../.." && pwd)
python=${DTC_PYTHON:-python3}
export DTC_CUDA_DRIVER="$build/lib/libdtc-emulated-cuda.so"
export DTC_CUBLASLT="$DTC_CUDA_DRIVER" DTC_CUDNN="$DTC_CUDA_DRIVER" DTC_NCCL="$DTC_CUDA_DRIVER"
status=0
for folder in "$test"/Fixtures/models/*/ "$test"/Fixtures/training/*/; do
  name=$(basename "$folder")
  [ -f "$folder/case.json" ] || continue
  case " $* " in
    "  " | *" $name "*) ;;
    *) continue ;;
  esac
  "$python" "$test/EndToEnd/run_case.py" --bin "$build/bin" --compile-option=--target --compile-option=cuda \
    --timeout 1200 "$folder"
  code=$?
  [ $code -eq 0 ] || [ $code -eq 77 ] || status=1
done
exit $status
