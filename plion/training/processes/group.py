"""The ranks' torch process group: gathering of objects, leaving it."""

from typing import TypeVar

import torch.distributed as dist

Item = TypeVar("Item")


def gather(items: list[Item]) -> list[Item]:
    """The items of all ranks, in order of rank; same list on every rank."""
    if not dist.is_initialized():
        return items
    parts: list[list[Item]] = [[] for _ in range(dist.get_world_size())]
    dist.all_gather_object(parts, items)
    return [item for part in parts for item in part]


def leave_group() -> None:
    """Leaves the process group, if there is one."""
    if dist.is_initialized():
        dist.destroy_process_group()
