"""What the verbs of the command line share.

Each verb takes parsed arguments and returns an exit status. What it needs is imported inside it, so
that `plion --help` answers at once and no verb that does without torch waits for it.
"""

import argparse
import importlib
from pathlib import Path
from types import ModuleType
from typing import NoReturn, TypeAlias

from plion.errors import InputError


class Parser(argparse.ArgumentParser):
    """One that says what is wrong in a sentence, as everything else does."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see `{self.prog} --help`")


Group: TypeAlias = "argparse._SubParsersAction[Parser]"


def overrides(verb: argparse.ArgumentParser) -> None:
    verb.usage = f"{verb.format_usage().removeprefix('usage: ').strip()} [key=value ...]"
    verb.set_defaults(overridable=True)


def writable_json(path: Path | None) -> None:
    """Before the work and not after it."""
    if path and (path.is_dir() or not path.parent.is_dir()):
        raise InputError(f"--json {path} cannot be written: it must be a file in a folder")


def torch_module(name: str) -> ModuleType:
    """What needs torch; the registry's torchaudio cannot be imported beside a CPU-only torch."""
    try:
        return importlib.import_module(name)
    except OSError as error:
        raise InputError(
            f"torch and torchaudio do not fit each other ({error}); install both anew from the "
            "same registry, in the versions of constraints.txt, and see `plion doctor`"
        ) from error
