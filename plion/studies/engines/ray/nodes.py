"""The nodes of the cluster that this process is connected to."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any


def needs_of(trainer: Mapping[str, Any], devices: int, *, gpus: bool) -> dict[str, float]:
    """What a task of a job takes of a node, `num_cpus` and `num_gpus`.

    `trainer`: its settings. `gpus`: whether the cluster has any.
    """
    if trainer["accelerator"] == "gpu" or (gpus and trainer["accelerator"] == "auto"):
        return {"num_cpus": trainer["threads"], "num_gpus": devices}
    return {"num_cpus": trainer["threads"] * devices, "num_gpus": 0}


def places(needs: Mapping[str, float]) -> list[str]:
    """Where tasks that need this run at the same time, by the names that tasks report."""
    return [place(node, gpus) for node, has in _alive() for gpus in _of_a_node(has, needs)]


def place(node: str, gpus: Sequence[int | str]) -> str:
    """The name of a task's place, as `node 3f09a1 cuda 0`.

    Without GPUs it is `node 3f09a1 cpu` for all tasks of a node: Ray does not number processors.
    """
    device = f"cuda {' '.join(map(str, gpus))}" if gpus else "cpu"
    return f"node {node[:6]} {device}"


def _of_a_node(has: Mapping[str, float], needs: Mapping[str, float]) -> list[range]:
    """The GPUs of each task that runs on a node at the same time as the others."""
    wanted = (("CPU", needs["num_cpus"]), ("GPU", needs["num_gpus"]))
    count = min(int(has.get(kind, 0) // amount) for kind, amount in wanted if amount)
    gpus = int(needs["num_gpus"])
    return [range(gpus * number, gpus * (number + 1)) for number in range(count)]


def has_gpus() -> bool:
    """Whether any node has a GPU."""
    return any(has.get("GPU") for _, has in _alive())


def fit(needs: Mapping[str, float], unfit: Collection[str]) -> bool:
    """Whether a node has what a task needs, `num_cpus` and `num_gpus`, beside those unfit."""
    wanted = {"CPU": needs["num_cpus"], "GPU": needs["num_gpus"]}
    return any(
        all(has.get(kind, 0) >= amount for kind, amount in wanted.items())
        for node, has in _alive()
        if node not in unfit
    )


def named(node: str) -> str:
    """A node's address and the beginning of its id, for a message."""
    addresses = {one["NodeID"]: one["NodeManagerAddress"] for one in _nodes()}
    return f"{addresses.get(node, '')} ({node[:6]})".strip()


def alive() -> set[str]:
    """The ids of the nodes that the cluster counts as alive."""
    return {node for node, _ in _alive()}


def _alive() -> Iterator[tuple[str, Mapping[str, float]]]:
    """Id and resources of each node that is alive."""
    return ((one["NodeID"], one["Resources"]) for one in _nodes() if one["Alive"])


def _nodes() -> list[dict[str, Any]]:
    """All nodes that the cluster has had."""
    import ray

    found: list[dict[str, Any]] = ray.nodes()
    return found
