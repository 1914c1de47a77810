"""What the verbs of the command line share.

Each verb takes parsed arguments and returns an exit status. What it needs is imported inside it, so
that `plion --help` answers at once and no verb that does without torch waits for it.
"""

import argparse
import difflib
import importlib
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TypeAlias

from plion.errors import InputError, reason


class Parser(argparse.ArgumentParser):
    """A parser that takes whole options only, and says what is wrong in one sentence.

    Abbreviations would change their meaning with the next option that begins alike. `asked` in the
    parsed arguments is the parser of the verb.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "allow_abbrev": False})
        self.set_defaults(asked=self)

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see `{self.prog} --help`")

    def unknown(self, argument: str) -> NoReturn:
        """Raises InputError for an argument that this verb has not, naming the nearest that is."""
        word = argument.partition("=")[0]
        options = [one for one in self._option_string_actions if one.startswith("--")]
        near = [one for one in options if word.startswith("--") and one.startswith(word)]
        near = near or difflib.get_close_matches(word, options, n=1)
        self.error(f"unknown argument '{argument}'{f' (did you mean {near[0]}?)' if near else ''}")


Group: TypeAlias = "argparse._SubParsersAction[Parser]"


def context(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--context",
        metavar="TEXT",
        help="what the model is told beforehand, as names; default: none, or a run's own",
    )


def overrides(verb: argparse.ArgumentParser) -> None:
    verb.usage = f"{verb.format_usage().removeprefix('usage: ').strip()} [key=value ...]"
    verb.set_defaults(overridable=True)


def like(verb: argparse.ArgumentParser) -> None:
    """Adds `--like`, for checkpoints that were saved without what goes with their weights."""
    verb.add_argument(
        "--like",
        metavar="BASE",
        help="a model to take from what MODEL lacks: tokenizer, feature extractor, chat template",
    )


def writable_file(option: str, path: Path | None) -> None:
    """Before the work and not after it: InputError where an option's file cannot be written."""
    from plion.system.files import try_file

    if path is None:
        return
    try:
        if not path.parent.is_dir():
            raise InputError(f"{option} {path} cannot be written: there is no folder {path.parent}")
        try_file(path)
    except OSError as error:
        raise InputError(f"{option} {path} cannot be written: {reason(error)}") from error


def writable_root(setting: str, path: Path) -> None:
    """The same for a setting's folder, which may have to be made."""
    from plion.system.files import try_folder

    try:
        try_folder(path)
    except OSError as error:
        raise InputError(f"{setting} {path} cannot be written to: {reason(error)}") from error


def torch_module(name: str) -> ModuleType:
    """What needs torch; the registry's torchaudio cannot be imported beside a CPU-only torch."""
    try:
        return importlib.import_module(name)
    except OSError as error:
        if error.errno is not None:  # it is the disk's or the system's
            raise
        raise InputError(
            f"torch and torchaudio do not fit each other ({error}); install both anew from the "
            "same registry, in the versions of constraints.txt, and see `plion doctor`"
        ) from error
