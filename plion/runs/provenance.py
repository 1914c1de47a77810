"""The provenance of a run's results: command, commit, source hash, processor and versions."""

import hashlib
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from plion.runs.folder import RunFolder
from plion.system.files import replacing, sha256

PACKAGES = ("plion", "torch", "torchaudio", "lightning", "transformers", "tokenizers", "numpy")


def command() -> str:
    """The command line of this process, with `~` for the home folder."""
    return " ".join(map(_without_home, ["plion", *sys.argv[1:]]))


def provenance(folder: RunFolder) -> dict[str, Any]:
    """What run.json says of code and machine: command, commit, dirty, source, processor, versions.

    Writes uncommitted changes, and the names of untracked files, to `patch.diff`. Never records the
    host, user, address or home folder.
    """
    package = Path(__file__).parents[1]
    commit, status = None, None
    # Only plion's own checkout: an installed plion may lie inside somebody else's repository.
    if (package.parent / ".git").exists():
        commit = _git(package.parent, "rev-parse", "HEAD")
        status = _git(package.parent, "status", "--porcelain", "--untracked-files=all")
    if status:
        changes = _git(package.parent, "diff", "HEAD", "--binary") or ""
        with replacing(folder.patch) as draft:
            draft.write_bytes((_commented(status) + changes).encode(errors="surrogateescape"))
    else:
        folder.patch.unlink(missing_ok=True)  # of an earlier call with other code
    return {
        "command": command(),
        "commit": commit and commit.strip(),
        "dirty": None if status is None else bool(status),
        "source": source_hash(package),
        "processor": processor(),
        "versions": {"python": sys.version.split()[0], **_versions()},
    }


def processor() -> str:
    """The processor's model, such as `AMD EPYC 7B13`; results differ in bits between models."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        told = ""  # no Linux
    named = re.search(r"^(?:model name|cpu model|Model)\s*:\s*(.+)$", told, re.MULTILINE)
    return named[1].strip() if named else platform.processor() or platform.machine()


def source_hash(package: Path) -> str:
    """Eight hex digits over the names and content of a package's Python files."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()} {sha256(path)}\n".encode())
    return digest.hexdigest()[:8]


def _git(folder: Path, *arguments: str) -> str | None:
    """The output of git; None if git is missing or fails, as without a commit.

    Keeps bytes that are not UTF-8 (surrogateescape), so that a patch can be applied.
    """
    try:
        result = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, check=False
        )
    except OSError:
        return None
    return result.stdout.decode(errors="surrogateescape") if result.returncode == 0 else None


def _commented(status: str) -> str:
    return "".join(f"# {line}\n" for line in status.splitlines())


def _versions() -> Mapping[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _without_home(argument: str) -> str:
    home = os.path.expanduser("~")  # which stays `~` where there is none
    if not home.strip("/~"):
        return argument
    return re.sub(rf"{re.escape(home)}(?=/|$)", "~", argument)
