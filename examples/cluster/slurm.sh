#!/bin/sh
# A Slurm array over a manifest: sbatch examples/cluster/slurm.sh manifest.json parts
# One task again, after it died: sbatch --array=3 examples/cluster/slurm.sh manifest.json parts
#SBATCH --job-name=simctl-sweep
#SBATCH --array=0-7
#SBATCH --cpus-per-task=2
#SBATCH --mem-per-cpu=1G
#SBATCH --time=02:00:00
#SBATCH --requeue
set -eu

manifest=${1:?usage: sbatch slurm.sh MANIFEST PARTS}
parts=${2:?usage: sbatch slurm.sh MANIFEST PARTS}

# The array's indices are 0 to 7: --shards says of how many, so that one of them may be submitted again alone.
exec "${SIMCTL:-simctl}" sweep run "$manifest" --shards 8 --parts "$parts" \
    --threads "${SLURM_CPUS_PER_TASK:-1}" --quiet
