"""The batch script of a SLURM array, and the user's `#SBATCH` lines in it."""

import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plion.errors import InputError
from plion.system.documents import read_text

_DIRECTIVE = "#SBATCH"
# What plion sets itself, or what would keep it from its job's number; with the letter of each.
_OWN = {
    "array": "a",
    "chdir": "D",
    "error": "e",
    "job-name": "J",
    "no-requeue": "",
    "open-mode": "",
    "output": "o",
    "test-only": "",
    "wait": "W",
    "wrap": "",
}
_SIGNAL = "B:USR1@"


@dataclass(frozen=True)
class Array:
    """An array: job name, elements, folder of its frozen jobs, and the user's own lines."""

    name: str
    elements: int
    folder: Path
    lines: Sequence[str] = field(default=())

    def script(self) -> str:
        """The text for sbatch.

        SLURM sends SIGUSR1 300 seconds before the time limit, to the element itself, since it
        takes the shell's place; the element saves and requeues itself.
        """
        folder = self.folder.absolute()
        logs = str(folder).replace("%", "%%")
        own = (
            f"--job-name={self.name}",
            f"--array=0-{self.elements - 1}",
            f"--chdir={Path.cwd()}",
            f"--output={logs}/element-%a.log",
            "--open-mode=append",
            "--requeue",
            f"--signal={_SIGNAL}300",
        )
        entry = (sys.executable, "-m", "plion.studies.array_element", str(folder))
        return "\n".join(
            [
                "#!/bin/bash",
                *(f"{_DIRECTIVE} {shlex.quote(option)}" for option in own),
                *self.lines,
                "",
                'export OMP_NUM_THREADS="$SLURM_CPUS_ON_NODE"',
                f"exec {shlex.join(entry)} {self.elements}",
                "",
            ]
        )


def sbatch_lines(path: Path) -> list[str]:
    """The `#SBATCH` lines of a file, which come after plion's own and so take precedence.

    Raises InputError for a line that is neither one nor a comment, and for an option that the array
    sets itself.
    """
    lines = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        text, where = line.strip(), f"{path}, line {number}"
        if text.startswith(_DIRECTIVE):
            _check_options(text.removeprefix(_DIRECTIVE), where)
            lines.append(text)
        elif text and not text.startswith("#"):
            raise InputError(
                f"{where}: only #SBATCH lines and comments may stand there: the command is plion's"
            )
    return lines


def _check_options(text: str, where: str) -> None:
    for name, value in _options(text, where):
        own = [one for one in _OWN if one.startswith(name)]
        if own:
            raise InputError(f"{where}: --{own[0]} is set or excluded by --engine slurm; remove it")
        if "signal".startswith(name) and not re.fullmatch(_SIGNAL + r"\d+", value):
            raise InputError(
                f"{where}: write --signal={_SIGNAL}SECONDS: on that signal an element saves its "
                "run and requeues itself"
            )


def _options(text: str, where: str) -> Iterator[tuple[str, str]]:
    """The options of a line by their long names where they matter, each with its value."""
    try:
        words = shlex.split(text, comments=True)
    except ValueError as error:
        raise InputError(f"{where}: {error}") from error
    if not words or not words[0].startswith("-"):
        raise InputError(f"{where}: no option of sbatch follows {_DIRECTIVE}")
    letters = {letter: name for name, letter in _OWN.items() if letter}
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            yield name, value if equals else after
        elif word.startswith("-") and word[1:2] in letters:
            yield letters[word[1]], word[2:]
