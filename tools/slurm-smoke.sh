#!/usr/bin/env bash
# Runs the smoke preset of a table by a real Slurm and by GNU parallel, and compares the CSV of each with that of one process, but for seconds: "slurm: same", "parallel: same".
# For a container or a throwaway Debian machine, as root: it installs slurm-wlm, munge and parallel, and starts a controller and a node of its own, which it ends with itself.
# Arguments: the program (a published gpupool, or "dotnet PATH/gpupool.dll"), the table (default table2) and rows of it (default all).
set -euo pipefail
program=${1:?give the program} table=${2:-table2} rows=${3:-*}
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
reproduce --out "$work/slurm" --plan slurm --threads 1 > "$work/array.sh"
sed -i "1a #SBATCH --requeue --output=$work/job-%a.log --open-mode=append" "$work/array.sh"
sbatch --wait "$work/array.sh"
reproduce --out "$work/slurm" > /dev/null
compare slurm
reproduce --out "$work/parallel" --plan lines --threads 1 | parallel -j"$(nproc)" > /dev/null
reproduce --out "$work/parallel" > /dev/null
compare parallel
exit $failed
