#!/usr/bin/env bash
# Checks a GPU, on a machine without an SDK. Where the sources are, `tools/gpu-check.sh pack DIR` publishes program, tests and recordings for linux-x64 into DIR, with this script.
# On the machine with the GPU, `DIR/gpu-check.sh NAME [DEVICE]` (cuda by default; opencl, or cuda:1) lists devices, runs every op against its equation, gradients and recordings of
# every pooling method and an epoch of training, and times the seven networks, beside eager PyTorch where python3 has it. At most 8 minutes; what is left then is left out and
# said. Writes gpu-NAME.log and bench-gpu-NAME.csv into the current folder; commit the latter as results/bench-gpu-NAME.csv. Exit code 0: all that ran agrees.
# STEPS, SIZE, BATCHES (default 10, 128, "8 64 256") and SLACK, a whole factor of all limits of time, are for rehearsals and for devices as slow as PoCL:
# `GPUPOOL_OPENCL_CPU=1 SLACK=6 STEPS=2 SIZE=64 BATCHES=2 DIR/gpu-check.sh pocl opencl`.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [ "${1:-}" = pack ]; then
  out=$(mkdir -p "${2:?gpu-check.sh pack DIR}" && cd "$2" && pwd)
  # In a copy, as publishing for one platform rewrites the lock files.
  copy=$(mktemp -d)
  trap 'rm -rf "$copy"' EXIT
  git -C "$here/.." archive HEAD | tar -x -C "$copy" || exit
  for project in GpuPool.Experiments GpuPool.Tests; do
    dotnet publish "$copy/$project" -c Release -r linux-x64 --self-contained -p:UseAppHost=true -o "$out/${project#GpuPool.}" -p:RunAnalyzers=false -v quiet || exit
  done
  mkdir -p "$out/recordings"
  cp "$here"/../GpuPool.Tests/Models/Recordings/*.safetensors "$out/recordings"
  rm "$out/recordings/nlp-p2-s4-train.safetensors"
  cp "$here/gpu-check.sh" "$here/eager.py" "$out"
  echo "$out: copy it to the machine with the GPU and run ./gpu-check.sh NAME"
  exit
fi

name=${1:?gpu-check.sh NAME [DEVICE], or gpu-check.sh pack DIR}
device=${2:-cuda}
log=$PWD/gpu-$name.log csv=$PWD/bench-gpu-$name.csv
slack=${SLACK:-1}
end=$((SECONDS + 470 * slack)) failed=0
gpupool=$here/Experiments/gpupool

# A part of the time that is left, and the command that gets no more of it.
within() {
  local most=$(($1 * slack)) left=$((end - SECONDS))
  shift
  [ "$left" -gt 5 ] || { echo "left out for want of time: $*"; return 124; }
  timeout "$((left < most ? left : most))" "$@"
}
check() {
  echo "== $1"
  within "$2" "${@:3}" || { echo "== $1: FAILED ($?)"; failed=1; }
}

{
  check "devices" 100 "$gpupool" devices --patience $((45 * slack))
  check "ops, gradients, recordings, training" 240 env GPUPOOL_TEST_DEVICE="$device" "$here/Tests/GpuPool.Tests" '_on_a_gpu'
  # Without the recording whose gradient cancels to its last digits, see PoolRecordingTests.
  check "parity in float32" 60 "$gpupool" parity "$here"/recordings --device "$device"

  echo "engine,architecture,width,size,batch,median_ms,best_ms,peak_bytes,device" > "$csv"
  row() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" <<< "$line"; }
  bench() {
    line=$(within 60 "$@" | tail -n 1)
    [[ "$line" == \{* ]] || { echo "no time: $*"; return 1; }
    echo "$(row engine),$(row architecture),$(row width),$(row size),$(row batch),$(row median_ms),$(row best_ms),$(row peak_bytes),$(row device)" | tee -a "$csv"
  }
  eager=$(python3 -c 'import torch; print(torch.__version__)' 2> /dev/null) || echo "python3 has no torch: no times beside it"
  for batch in ${BATCHES:-8 64 256}; do
    for network in mobilenet_v2-skip-1222121 "mobilenet_v2-skip-1222121 0.35" mobilenet_v2-lip-1222121 mobilenet_v2-gaussian_pool-1222121 mobilenet_v2-nlp_headfix2-1222121 \
      resnet18-skip-1222 resnet18-nlp_headfix2-1222; do
      read -r label width <<< "$network"
      options=(--width "${width:-1}" --size "${SIZE:-128}" --batch "$batch" --steps "${STEPS:-10}")
      bench "$gpupool" bench "$label" "${options[@]}" --device "$device" --json || failed=1
      [ -z "$eager" ] || bench python3 "$here/eager.py" "$label" "${options[@]}"
    done
  done
  [ "$failed" -eq 0 ] && echo "all that ran agrees" || echo "something failed or was left out: see above"
  exit "$failed"
} 2>&1 | tee "$log"
exit "${PIPESTATUS[0]}"
