"""Shared parts of the command line: the parser, common options, checks of output files.

Each verb takes parsed arguments and returns an exit status. Verbs import what they need inside
their function, so that `plion --help` is fast and verbs without torch do not wait for it.
"""

import argparse
import difflib
import importlib
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from plion.errors import InputError, reason

if TYPE_CHECKING:
    from plion.text.languages import Languages


class Parser(argparse.ArgumentParser):
    """A parser without abbreviations, whose errors are one sentence.

    An abbreviation could change its meaning with a new option. `asked` in the parsed arguments is
    the parser of the verb.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "allow_abbrev": False})
        self.set_defaults(asked=self)

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see `{self.prog} --help`")

    def unknown(self, argument: str) -> NoReturn:
        """Raises InputError for an unknown argument, with the nearest known one."""
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
        help="text given to the model first, such as names; default: none, or a run's own",
    )


def overrides(verb: argparse.ArgumentParser) -> None:
    verb.usage = f"{verb.format_usage().removeprefix('usage: ').strip()} [key=value ...]"
    verb.set_defaults(overridable=True)


def like(verb: argparse.ArgumentParser) -> None:
    """Adds `--like`, for checkpoints saved without the files that belong to their weights."""
    verb.add_argument(
        "--like",
        metavar="BASE",
        help="model that supplies files missing in MODEL: tokenizer, feature extractor, template",
    )


def languages(verb: argparse.ArgumentParser) -> None:
    """Adds `--languages`, for manifests in languages unknown to the package."""
    verb.add_argument(
        "--languages", type=Path, metavar="FILE", help="YAML rows of languages, as in README"
    )


def known_rows(path: Path | None) -> "Languages":
    """The languages of the package, extended or replaced by the rows of a file."""
    from plion.text.language_file import read_languages
    from plion.text.shipped import SHIPPED

    return SHIPPED.adding(read_languages(path)) if path else SHIPPED


def writable_file(option: str, path: Path | None) -> None:
    """Raises InputError if an option's file cannot be written; called before the work."""
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
    """Raises InputError if a setting's folder cannot be made or written to."""
    from plion.system.files import try_folder

    try:
        try_folder(path)
    except OSError as error:
        raise InputError(f"{setting} {path} cannot be written to: {reason(error)}") from error


def torch_module(name: str) -> ModuleType:
    """Imports a module that needs torch.

    Raises InputError if torch and torchaudio do not match, as with a CPU-only torch and the
    registry's torchaudio.
    """
    try:
        return importlib.import_module(name)
    except OSError as error:
        if error.errno is not None:  # an error of the disk or the system
            raise
        raise InputError(
            f"torch and torchaudio do not match ({error}); reinstall both from the same registry, "
            "in the versions of constraints.txt, and see `plion doctor`"
        ) from error
