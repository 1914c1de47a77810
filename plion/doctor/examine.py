"""`plion doctor`: checks packages, devices, memory, disk, audio, hub and git."""

from pathlib import Path

from plion.doctor import machine
from plion.doctor.finding import Finding, lines
from plion.doctor.packages import packages


def examine(runs: Path = Path("runs")) -> tuple[str, int]:
    """Returns the report and the exit status: 0 if everything that training needs works, else 1.

    Imports packages in another process, so that a crash while importing is a line of the report.
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
        machine.slurm(),
    ]
    return f"{lines(findings)}\n\n{_verdict(findings)}", int(_stopped(findings))


def _stopped(findings: list[Finding]) -> bool:
    return any(one.stops_training for one in findings)


def _verdict(findings: list[Finding]) -> str:
    if not _stopped(findings):
        return "Everything that training needs is installed and works."
    names = dict.fromkeys(one.name for one in findings if one.stops_training)
    return f"Training will not work here: see {', '.join(names)}."
