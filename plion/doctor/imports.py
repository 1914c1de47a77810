"""What can be imported, found out without importing it here."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_SECONDS = 300  # torch and Lightning take ten; a disk at the other end of a network, minutes


@dataclass
class Imported:
    """How each module's import went: None, or what is wrong. `facts`: what torch knows."""

    errors: dict[str, str | None] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def tried(modules: Sequence[str], seconds: float = _SECONDS) -> Imported:
    """Imports modules in processes of their own: one that dies takes nothing with it."""
    found, left = Imported(), list(modules)
    while left:
        ended = _probe(left, seconds, found)
        left = [name for name in left if name not in found.errors]
        if left:
            found.errors[left.pop(0)] = ended
    return found


def _probe(modules: Sequence[str], seconds: float, found: Imported) -> str:
    """Adds what one process could tell; returns how it ended."""
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
