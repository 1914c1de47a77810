"""The engine that a study's options name."""

from plion.errors import InputError
from plion.studies.engines.choice import Choice
from plion.studies.engines.engine import Engine
from plion.studies.engines.local import Local
from plion.studies.engines.ray.cluster import settle


def engine_of(choice: Choice) -> Engine:
    """The engine of these options; it starts no process before its first job.

    Raises InputError for `slurm`, which submits the jobs of a plain grid and waits for none.
    """
    if choice.name == "slurm":
        raise InputError(
            "--engine slurm runs plain grids only: where later runs depend on earlier ones, start "
            "Ray on an allocation and give --engine ray"
        )
    if choice.name == "ray":
        settle(choice.address)
        from plion.studies.engines.ray.engine import Ray

        return Ray(choice.address, choice.paths)
    return Local(choice.workers)
