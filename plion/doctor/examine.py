"""`plion doctor`: what is installed, what would fail, and why."""

from pathlib import Path

from plion.doctor import machine
from plion.doctor.finding import Finding, lines
from plion.doctor.packages import packages


def examine(runs: Path = Path("runs")) -> tuple[str, int]:
    """What is printed, and the exit status: 0 where what training needs works, else 1.

    Packages are imported in another process, so that one which is broken is a line of the answer.
    """
    installed, imported = packages()
    findings = [
        machine.python(),
        *installed,
        *machine.devices(imported.facts),
        machine.memory(),
        *machine.shared_memory(),
        machine.disk(runs),
        *machine.audio(can_import=imported.errors.get("soundfile", "not tried") is None),
        *machine.hub(),
        machine.git(),
    ]
    return f"{lines(findings)}\n\n{_verdict(findings)}", int(_stopped(findings))


def _stopped(findings: list[Finding]) -> bool:
    return any(one.stops_training for one in findings)


def _verdict(findings: list[Finding]) -> str:
    if not _stopped(findings):
        return "What training needs is here and works."
    names = dict.fromkeys(one.name for one in findings if one.stops_training)
    return f"Training will not work here: see {', '.join(names)}."
