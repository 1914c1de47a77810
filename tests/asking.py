"""The command line as tests ask it: files to name, sentences, what is imported for an answer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plion.cli.main import main

ROOT = Path(__file__).parent.parent
PAPER = str(ROOT / "experiments" / "polyglot_lion_0.6b.yaml")
PLAN = ["plan", PAPER, "--counts", "paper"]
SG12 = str(ROOT / "ablations" / "sampler_x_tag.yaml")


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The line that a wrong request is answered with, and the status that goes with it."""
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("plion: ") and told.count("\n") == 1
    return told


def imported(*arguments: str) -> tuple[int, set[str]]:
    """The status of a verb in a process of its own, and the packages that it imported."""
    program = f"""
import sys
from plion.cli.main import main
try:
    status = main({list(arguments)!r})
except SystemExit as end:
    status = end.code
print(status, *sorted({{name.partition(".")[0] for name in sys.modules}}), sep="\\n")
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    lines = result.stdout.splitlines()
    start = max(n for n, line in enumerate(lines) if line.isdigit())
    return int(lines[start]), set(lines[start:])
