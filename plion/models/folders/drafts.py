"""Creates a model's folder atomically."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from plion.system import drafts
from plion.system.files import writable
from plion.system.folders import move_folder, put_back, replace_folder

_OF_THE_SYSTEM = re.compile(r"os error (\d+)")


@contextmanager
def drafted(folder: Path) -> Iterator[Path]:
    """Yields a path to write to, which becomes `folder` at the end.

    Replaces an existing `folder` once the new one is whole, also one that another process wrote
    meanwhile: of the same run, on a node that was given up too early. Raises OSError if it cannot
    be written.
    """
    draft = drafts.draft(folder)
    drafts.clear(folder.parent)
    put_back(folder)
    shutil.rmtree(draft, ignore_errors=True)
    try:
        yield draft
    except SafetensorError as error:
        if found := _OF_THE_SYSTEM.search(str(error)):  # its words are all there is to tell it by
            number = int(found[1])
            raise OSError(number, os.strerror(number), str(folder)) from error
        raise
    replace_folder(draft, folder)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside the target, renamed at the end or removed on failure."""
    draft = target.with_name(f".{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        with writable(target):
            draft.mkdir(parents=True)
        yield draft
        with writable(target):
            move_folder(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
