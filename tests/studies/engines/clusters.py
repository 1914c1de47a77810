"""A Ray cluster on 127.0.0.1 whose nodes are killed, stopped and replaced."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

# Seconds until a silent node is given up: three checks of one second.
_CHECKS = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 1000,
    "health_check_timeout_ms": 1000,
    "health_check_failure_threshold": 3,
}
SECONDS = 900.0  # only a failing test waits so long
_STORE = 80 * 2**20  # bytes


class Nodes:
    """A head without processors, where drivers connect, and nodes of one processor each."""

    def __init__(self) -> None:
        os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0")
        os.environ.update(RAY_worker_niceness="0", RAY_memory_monitor_refresh_ms="0")
        from ray.cluster_utils import Cluster

        own: Any = {"num_cpus": 0, "include_dashboard": False, "_system_config": _CHECKS}
        self._cluster = Cluster(initialize_head=True, head_node_args=own | _small())

    @property
    def address(self) -> str:
        return str(self._cluster.address)

    def add(self, **environment: str) -> Any:
        """Adds a node whose processes have these variables."""
        return self._cluster.add_node(num_cpus=1, env_vars=environment, **_small())

    def kill(self, node: Any) -> None:
        """Ends all of a node's processes at once, as when its machine loses power."""
        _signal(node, signal.SIGKILL)
        self._cluster.remove_node(node, allow_graceful=False)

    def stop(self, node: Any) -> list[int]:
        """Stops a node's processes where they are; returns them."""
        return _signal(node, signal.SIGSTOP)

    def close(self) -> None:
        self._cluster.shutdown()


def _small() -> dict[str, Any]:
    return {"object_store_memory": _STORE, "include_log_monitor": False}


def _signal(node: Any, number: signal.Signals) -> list[int]:
    found = _processes(node)
    for process in found:
        with suppress(ProcessLookupError):
            os.kill(process, number)
    return found


def processes(node: Any, word: str) -> list[int]:
    """The processes of a node with a word in their command line."""
    return [one for one in _processes(node) if word in _read(one, "cmdline").replace("\0", " ")]


def _processes(node: Any) -> list[int]:
    starts = [one.process.pid for group in node.all_processes.values() for one in group]
    return [*starts, *(child for start in starts for child in _below(start))]


def _below(process: int) -> Iterator[int]:
    for child in _read(process, f"task/{process}/children").split():
        yield int(child)
        yield from _below(int(child))


def _read(process: int, name: str) -> str:
    with suppress(OSError):  # it has ended
        return Path(f"/proc/{process}/{name}").read_text()
    return ""


def wait_for(condition: Callable[[], bool]) -> None:
    """Waits until a condition holds."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
