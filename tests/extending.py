"""A copy of the package in which single files differ, and what it answers in a process of its own.

All other files are the package's own, by links: what is asked proves that they need no change.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plion

PACKAGE = Path(plion.__file__).parent


def extend(root: Path, changed: Mapping[str, str]) -> None:
    """Makes `root/plion`; `changed`: the contents of files that differ or are new, by their paths
    in the package."""
    files = {Path(name): content for name, content in changed.items()}
    own = {folder for name in files for folder in name.parents}
    for folder in sorted(own):
        (root / "plion" / folder).mkdir(parents=True)
        for path in (PACKAGE / folder).iterdir() if (PACKAGE / folder).is_dir() else ():
            name = path.relative_to(PACKAGE)
            if name not in files and name not in own and path.name != "__pycache__":
                (root / "plion" / name).symlink_to(path)
    for name, content in files.items():
        (root / "plion" / name).write_text(content, "utf-8")


def adding(name: str, added: Mapping[str, str]) -> dict[str, str]:
    """A file of the package with texts added, each before a text that it has once."""
    content = (PACKAGE / name).read_text("utf-8")
    for before, text in added.items():
        assert content.count(before) == 1, f"{name} has {before!r} {content.count(before)} times"
        content = content.replace(before, text + before)
    return {name: content}


_ASKED = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from plion.cli.main import main

def asked(*arguments):
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        status = main(list(arguments))
    for told in (out, err):
        told.flush()
    return status, out.buffer.getvalue().decode(), err.buffer.getvalue().decode()
"""


def ask(root: Path, program: str) -> Any:
    """What the copy answers: the value of the variable `answer`, through JSON.

    `asked(*arguments)` is at the program's hand: the status, output and errors of a command.
    """
    result = subprocess.run(
        [sys.executable, "-c", f"{_ASKED}\n{program}\njson.dump(answer, sys.stdout)"],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)
