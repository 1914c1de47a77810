"""Finds or starts a Ray cluster; everything of Ray's that must be settled before its import."""

import importlib.util
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from plion.errors import InputError, first_line

_PATIENCE = 5.0  # seconds for a cluster's port to answer
_STORE = 100 * 2**20  # bytes of shared memory for results on their way: some MB a cell


def settle(address: str) -> None:
    """Checks an address and sets Ray's variables; to be called before Ray is imported.

    Raises InputError if Ray is missing, or if no cluster can be at this address.
    """
    if address.startswith("ray://"):
        raise InputError(
            f"--address {address}: jobs sent through ray:// end with the connection; run plion on "
            "a machine of the cluster, with --address auto"
        )
    where = os.environ.get("RAY_ADDRESS", "") if address == "auto" else address
    host, _, port = where.rpartition(":")
    if where not in ("", "auto", "local") and not (host and port.isdigit()):
        raise InputError(f"--address {address}: give auto, local or HOST:PORT, not '{where}'")
    if importlib.util.find_spec("ray") is None:
        raise InputError("--engine ray needs Ray: pip install 'plion[ray]'")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # else Ray reports home
    if host in ("127.0.0.1", "localhost") or address == "local":
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # this machine is 127.0.0.1
    if address == "local":
        os.environ.setdefault("RAY_memory_monitor_refresh_ms", "0")  # it kills at 95 %
        os.environ.setdefault("RAY_worker_niceness", "0")  # as the local engine's
        return
    # Ray would ask a cluster that does not answer for a quarter of an hour; this is 40 s.
    os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "1")
    if where and where != "auto":
        _knock(address, where)


def _knock(address: str, where: str) -> None:
    """Raises InputError if nothing answers at HOST:PORT; Ray itself would try for minutes."""
    host, _, port = where.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
    except OSError as error:
        raise InputError(
            f"--address {address}: no Ray cluster answers at {where} ({error.strerror or error}); "
            "start one with `ray start --head`, or give --address local"
        ) from error


def connect(address: str) -> None:
    """Connects this process to the cluster, or starts one of this machine's cores for `local`.

    Keeps this process's handlers of signals, which Ray replaces. A process connects once. Raises
    InputError if there is no cluster.
    """
    import ray

    if ray.is_initialized():
        return
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    logging.getLogger("ray").setLevel(logging.ERROR)
    with _own_signals():
        try:
            if address == "local":
                ray.init("local", include_dashboard=False, object_store_memory=_STORE, **quiet)
            else:
                ray.init(address, **quiet)
        except (ConnectionError, RuntimeError, ray.exceptions.RayError) as error:
            raise InputError(
                f"--address {address}: no Ray cluster answers ({first_line(error)}); start one "
                "with `ray start --head`, or give --address local"
            ) from error


@contextmanager
def _own_signals() -> Iterator[None]:
    """Restores the handlers that this process has for signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
