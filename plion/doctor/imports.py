"""Tests whether modules can be imported, in separate processes."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_SECONDS = 300  # torch and Lightning take ten, on a network disk minutes


@dataclass
class Imported:
    """`errors`: None or an error per module. `facts`: devices as torch reports them."""

    errors: dict[str, str | None] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def try_imports(modules: Sequence[str], seconds: float = _SECONDS) -> Imported:
    """Tries to import modules in separate processes, so that a crash affects only that module."""
    found, left = Imported(), list(modules)
    while left:
        ended = _probe(left, seconds, found)
        left = [name for name in left if name not in found.errors]
        if left:
            found.errors[left.pop(0)] = ended
    return found


def _probe(modules: Sequence[str], seconds: float, found: Imported) -> str:
    """Imports modules in one process, adds the results to `found`; returns how it ended."""
    command = [sys.executable, "-m", "plion.doctor.probe", *modules]
    try:
        process = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
        said, ended = process.stdout, _ending(process.returncode)
    except subprocess.TimeoutExpired as error:
        said, ended = error.stdout or b"", f"its import did not end within {seconds:g} s"
    for line in said.decode("utf-8", "replace").splitlines():
        if line.startswith('{"tried"'):
            one = json.loads(line)["tried"]
            found.errors[one["name"]] = one["error"]
        elif line.startswith('{"facts"'):
            found.facts = json.loads(line)["facts"]
    return ended


def _ending(status: int) -> str:
    if status < 0:
        return f"its import ended the process ({signal.Signals(-status).name})"
    return f"its import ended the process (status {status})"
