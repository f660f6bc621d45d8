#!/bin/bash
# One SLURM task for each line of a manifest. Submit with
#   sbatch --array=1-$(($(wc -l < study.csv) - 1)) slurm-array.sh study.csv results
#SBATCH --cpus-per-task=1
#SBATCH --mem=1G
#SBATCH --time=02:00:00
set -euo pipefail
manifest=$1
out=$2

# The header and this task's line, beside the manifest: its paths count from there.
mine=$(dirname "$manifest")/.line-$SLURM_ARRAY_TASK_ID.csv
sed -n -e 1p -e "$((SLURM_ARRAY_TASK_ID + 1))p" "$manifest" > "$mine"
trap 'rm -f "$mine"' EXIT

# A record of its own, on the node's disk: SQLite is not for shared ones.
posture-monitor --data-dir "${TMPDIR:-/tmp}/posture-monitor-$SLURM_ARRAY_TASK_ID" analyze --manifest "$mine" --out "$out" --format parquet

# When all are done, once, to write the summary of all (nothing is analysed again):
#   posture-monitor analyze --manifest study.csv --out results --format parquet
