"""How this process was launched: alone, or as one of several by torchrun or srun."""

import os

from lightning.fabric.plugins.environments import (
    ClusterEnvironment,
    LightningEnvironment,
    SLURMEnvironment,
    TorchElasticEnvironment,
)

from plion.errors import InputError


def environment(world_size: int) -> ClusterEnvironment:
    """Lightning's cluster environment for this launch. Raises InputError for a srun without
    --ntasks-per-node.
    """
    if world_size == 1:
        return LightningEnvironment()
    if not _srun():
        return TorchElasticEnvironment()
    try:
        return SLURMEnvironment(auto_requeue=False)  # plion.training.callbacks.stopping does it
    except RuntimeError as error:  # --ntasks without --ntasks-per-node
        raise InputError(str(error)) from error


def require_single_process(what: str) -> None:
    """Raises InputError if this process was launched as one of several; `what` names the verb."""
    if found := launched_ranks():
        raise InputError(
            f"{what} takes one process, but {found[1]} were started: leave out torchrun or srun"
        )


def launched_ranks() -> tuple[int, int, int] | None:
    """(rank, world size, processes per node) if launched as one of several, else None.

    Raises InputError if srun started an unequal number of processes per machine.
    """
    if _srun():
        tasks, nodes = int(os.environ["SLURM_NTASKS"]), machine_count()
        if tasks % nodes:
            raise InputError(
                f"srun started {tasks} processes on {nodes} machines; start equally many on each"
            )
        return int(os.environ["SLURM_PROCID"]), tasks, tasks // nodes
    names = ("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE")
    if not all(name in os.environ for name in names):
        return None
    rank, world_size, per_node = (int(os.environ[name]) for name in names)
    return (rank, world_size, per_node) if world_size > 1 else None


def machine_count() -> int:
    """Number of machines in the SLURM step (a job may have more); 1 without SLURM."""
    names = ("SLURM_STEP_NUM_NODES", "SLURM_NNODES")
    return next((int(os.environ[name]) for name in names if name in os.environ), 1)


def _srun() -> bool:
    """Whether srun started this process as one of several, without torchrun in between."""
    return int(os.environ.get("SLURM_STEP_NUM_TASKS", 1)) > 1 and "RANK" not in os.environ
