#!/usr/bin/env bash
# Runs every kernel of a GPU, portable and group bodies, in oclgrind's interpreter: the values of the equations, 0 reports of races, memory beyond its end and barriers that a
# thread misses, and a report of each that is planted. Needs oclgrind and a release build of the tests; takes half an hour of a processor. Arguments: names of ops, for those alone.
set -uo pipefail
cd "$(dirname "$0")/.."
command -v oclgrind > /dev/null || { echo "oclgrind is not installed (on Debian: apt-get install oclgrind)"; exit 1; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0

# Tests whose names contain a text, and the number of their reports.
watch() {
  : > "$log"
  # Optimised code is no use: of an integer of two bits, of which clang makes a switch over i & 3, it keeps all (findings/oclgrind-narrow-integers.sh).
  # It knows OpenCL 1.2, in which the barrier has another name, and takes it at its word: ILGPU 1.5.3 writes one that orders global memory alone, where it means both.
  oclgrind --data-races --build-options '-cl-opt-disable -Dwork_group_barrier(fence)=barrier(CLK_LOCAL_MEM_FENCE|CLK_GLOBAL_MEM_FENCE)' --log "$log" dotnet test GpuPool.Tests/bin/Release/net10.0/GpuPool.Tests.dll --settings GpuPool.Tests/nightly.runsettings \
    --filter "FullyQualifiedName~OclgrindTests&$1" | grep -E '^ *(Failed|Error Message|Passed!|Failed!)' -A2 || failed=1
  reports=$(grep -cE '^(Invalid|Read-write data race|Write-write data race|Work-group divergence)' "$log")
}

for planted in An_overrun A_race_is A_race_in_shared_memory; do
  watch "FullyQualifiedName~$planted"
  echo "$planted: $reports reports"
  [ "$reports" -gt 0 ] || failed=1
done
ops=$(printf '|Name~\\(%s\\)' "$@")
watch "FullyQualifiedName~Nothing_is_reported${1:+&(${ops:1})}"
echo "kernels: $reports reports"
[ "$reports" -eq 0 ] || { head -60 "$log"; failed=1; }
exit "$failed"
