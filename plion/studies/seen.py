"""What of a run's test sets it was trained on: the audit's classes, from the manifests it names.

The one thing of `plion results` that run folders do not hold: training manifests are named in
run.json by path and sha256, and are read here if they are still there and still the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from plion.data.audit.overlaps import CLASSES as CLASSES
from plion.data.audit.overlaps import Class
from plion.data.audit.overlaps import classes as audited
from plion.data.audit.reading import read
from plion.runs import sha256
from plion.studies.collect import Run


@dataclass(frozen=True)
class Seen:
    """Per benchmark each test utterance's class by id; per other benchmark why there is none."""

    classes: Mapping[str, Mapping[str, Class]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


@cache  # a base row takes those of another run
def seen(run: Run) -> Seen:
    """The classes of a run's test utterances, by what it was itself trained on.

    Raises InputError for a manifest that is damaged though it is the one that is named.
    """
    named = run.record.get("manifests", {})
    reasons: dict[str, str] = {}
    paths: dict[str, tuple[Path, Path]] = {}
    for key in run.scores:
        train, test = (named.get(f"{key}/{part}") for part in ("train", "test"))
        if not train or not test:
            reasons[key] = f"{run.name} was not trained on them" if test else "no manifest is named"
        elif reason := _changed(train) or _changed(test):
            reasons[key] = reason
        else:
            paths[key] = Path(train["path"]), Path(test["path"])
    found = _classes(tuple(path for pair in paths.values() for path in pair))
    reasons |= {key: "their manifests are of others" for key in paths if key not in found}
    return Seen(found, reasons)


def _changed(manifest: Mapping[str, str]) -> str:
    """Why a manifest cannot be read as it was; empty where it can."""
    path = Path(manifest["path"])
    if not path.is_file():
        return "their manifests are not there"
    return "" if sha256(path) == manifest.get("sha256") else "their manifests have changed since"


@cache  # runs of a study share their manifests
def _classes(paths: tuple[Path, ...]) -> Mapping[str, Mapping[str, Class]]:
    if not paths:
        return {}
    rows, parts = read(paths)
    return audited(parts, rows)
