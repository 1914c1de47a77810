#!/bin/bash
# Starts Ray on a SLURM allocation and runs a study on it; all devices of all nodes take cells.
#
#   sbatch --nodes 4 --gpus-per-node 8 ablations/ray_on_slurm.sh ablate ablations/sampler_x_tag.yaml
#   sbatch --nodes 2 --gpus-per-node 8 ablations/ray_on_slurm.sh sweep ablations/sweep_sg12.yaml
#
# Give options of your site (--account, --partition, --time) to sbatch, and those of plion after the
# file. plion must be installed on every node with its extra `ray`, best on a shared disk. A cell
# that is to go on on another node needs `trainer.checkpoint_dir=FOLDER`, which must exist on a
# shared disk, or runs/ on one. Five minutes before the end of the allocation all cells save their checkpoints, and the
# job is put into the queue again.
#SBATCH --job-name=plion
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@300
set -euo pipefail

export RAY_USAGE_STATS_ENABLED=0 RAY_worker_niceness=0
# Others on the network must not start processes here: nodes and driver share a secret.
export RAY_AUTH_MODE=token
RAY_AUTH_TOKEN=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
export RAY_AUTH_TOKEN

head=$(hostname --ip-address | awk '{print $1}') # the batch script runs on the first node
address=$head:$((20000 + SLURM_JOB_ID % 20000))  # a port of this job's own
cpus=${SLURM_CPUS_ON_NODE:-$(nproc)}
# Results on their way to the driver are some MB a cell: the default would be 30 % of the memory.
options=(--block --num-cpus="$cpus" --object-store-memory=200000000 --disable-usage-stats)

srun --overlap --nodes=1 --ntasks=1 --nodelist="$SLURMD_NODENAME" \
  ray start --head --node-ip-address="$head" --port="${address##*:}" --include-dashboard=false \
  "${options[@]}" &
for _ in {1..60}; do ray health-check --address "$address" 2>/dev/null && break || sleep 2; done
if ((SLURM_NNODES > 1)); then
  srun --overlap --nodes=$((SLURM_NNODES - 1)) --ntasks=$((SLURM_NNODES - 1)) \
    --exclude="$SLURMD_NODENAME" ray start --address="$address" "${options[@]}" &
fi

plion "$@" --engine ray --address "$address" &
study=$!
# SLURM signals this script alone: plion then lets the cells save and requeues the job.
trap 'kill -USR1 "$study"' USR1
status=0
while kill -0 "$study" 2>/dev/null; do wait "$study" && status=0 || status=$?; done
exit "$status"
