#!/usr/bin/env bash
# Runs the smoke preset of a table by a real Slurm and by GNU parallel, and compares the CSV of each with that of one process, but for seconds: "slurm: same", "parallel: same", "collected: same".
# The site allows arrays of four tasks only, one task is requeued and one cancelled while they run, and a training of its own meets its time limit.
# For a container or a throwaway Debian machine, as root: it installs slurm-wlm, munge and parallel, and starts a controller and a node of its own, which it ends with itself.
# Arguments: the program (a published gpupool, or "dotnet PATH/gpupool.dll"), the table (default table2) and rows of it (default all).
set -euo pipefail
program=${1:?give the program} table=${2:-table2} rows=${3:-*}
most=4
apt-get -qq -y install slurm-wlm munge parallel > /dev/null
work=$(mktemp -d)
started=()
end() { for process in "${started[@]}"; do kill "$process" 2> /dev/null || true; done; rm -rf "$work"; }
trap end EXIT

# One node that is this machine. A job that is requeued starts again where its run was saved.
mkdir "$work/state" "$work/spool"
cat > "$work/slurm.conf" << CONF
ClusterName=smoke
SlurmctldHost=$(hostname)
SlurmUser=root
AuthType=auth/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
MaxArraySize=$most
ReturnToService=2
NodeName=$(hostname) CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$work/slurm.conf
pgrep -x munged > /dev/null || { mkdir -p /run/munge && chown munge /run/munge && runuser -u munge -- /usr/sbin/munged; }
slurmctld -D > "$work/controller.log" 2>&1 & started+=($!)
slurmd -D > "$work/node.log" 2>&1 & started+=($!)
for _ in $(seq 60); do sinfo -h -o %t 2> /dev/null | grep -qE 'idle|mix|alloc' && break; sleep 1; done
sinfo -h -o %t | grep -qE 'idle|mix|alloc' || { tail -5 "$work"/*.log; exit 1; }

reproduce() { $program reproduce "$table" --preset smoke --rows "$rows" --device cpu "$@"; }
table_of() { cut -d, -f"$(head -1 "$1" | tr , '\n' | grep -vnxE 'seconds|images_per_second' | cut -d: -f1 | paste -sd,)" "$1"; }
failed=0
compare() { if diff <(table_of "$work/one/$table-smoke.csv") <(table_of "$work/$1/$table-smoke.csv"); then echo "$1: same"; else failed=1; echo "$1: another CSV"; fi; }

reproduce --out "$work/one" > /dev/null
# Output files of requeued tasks are begun anew unless told otherwise.
export SBATCH_REQUEUE=1 SBATCH_OPEN_MODE=append
reproduce --out "$work/slurm" --plan slurm --threads 1 > "$work/array.sh"
if sbatch "$work/array.sh" 2> "$work/refused"; then echo "an array above the site's maximum was taken; give more rows"; exit 1; fi
sbatch --time=1 --job-name=limited --output="$work/limited.log" --wrap \
  "exec $program train mobilenet_v2-skip-1222121 --width 0.35 --size 32 --limit 64 --epochs 1000000 --device cpu --threads 1 --run $work/limited"
reproduce --out "$work/slurm" --plan slurm --threads 1 --array-size "$most" | (cd "$work" && sh)
running() { squeue -h -r -t R -n "gpupool-$table-smoke" -o '%F_%K'; }
for act in 'scontrol requeue' scancel; do
  until task=$(running | head -1) && [ -n "$task" ]; do sleep 0.1; done
  echo "$act $task"; $act "$task"
  while running | grep -qx "$task"; do sleep 0.1; done
done
while [ -n "$(squeue -h)" ]; do sleep 1; done
if grep -q 'gpupool: interrupted' "$work/limited.log" && ls "$work/limited/checkpoints"/*.json > /dev/null; then echo "time limit: saved"; else failed=1; tail -3 "$work/limited.log"; fi
reproduce --out "$work/slurm" > /dev/null
compare slurm
reproduce --out "$work/parallel" --plan lines --threads 1 | parallel -j"$(nproc)" > /dev/null
reproduce --out "$work/parallel" > /dev/null
compare parallel
for half in 0 1; do reproduce --out "$work/half$half" --plan lines --threads 1 | awk "NR % 2 == $half" | parallel -j"$(nproc)" > /dev/null; done
reproduce --out "$work/collected" --collect "$work/half0" "$work/half1" > /dev/null
compare collected
exit $failed
