"""The nodes of the cluster that this process is connected to."""

from collections.abc import Collection, Iterator, Mapping

import ray


def places() -> list[str]:
    """Where jobs run, as `node 3f09a1 cuda 0`; of a node without GPUs its processors."""
    return [f"node {one[:6]} {place}" for one, has in _alive() for place in _of_a_node(has)]


def _of_a_node(has: Mapping[str, float]) -> list[str]:
    name, kind = ("cuda", "GPU") if has.get("GPU") else ("cpu", "CPU")
    return [f"{name} {number}" for number in range(int(has.get(kind, 0)))]


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
    addresses = {one["NodeID"]: one["NodeManagerAddress"] for one in ray.nodes()}
    return f"{addresses.get(node, '')} ({node[:6]})".strip()


def alive() -> set[str]:
    """The ids of the nodes that the cluster counts as alive."""
    return {node for node, _ in _alive()}


def _alive() -> Iterator[tuple[str, Mapping[str, float]]]:
    """Id and resources of each node that is alive."""
    return ((one["NodeID"], one["Resources"]) for one in ray.nodes() if one["Alive"])
