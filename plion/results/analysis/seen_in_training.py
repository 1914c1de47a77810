"""Classes of test utterances by what was seen in training: speaker, sentence, both or neither.

The only input of `plion results` outside run folders: run.json names the training manifests by
path and sha256; they are read if they still exist unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from plion.data.audit.overlaps import CLASSES as CLASSES
from plion.data.audit.overlaps import Class
from plion.data.audit.overlaps import classes as audited
from plion.data.audit.reading import read_parts
from plion.results.reading.study import Run
from plion.runs.values import DataFile
from plion.system.files import sha256
from plion.text.languages import Languages


@dataclass(frozen=True)
class Seen:
    """`classes`: per benchmark, the class of each test utterance by id; `reasons`: per benchmark
    without classes, the reason.
    """

    classes: Mapping[str, Mapping[str, Class]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


@cache  # a base row takes those of another run
def seen(run: Run) -> Seen:
    """The classes of a run's test utterances, by its own training manifests.

    Raises InputError for a damaged manifest with the recorded sha256.
    """
    named = run.record.manifests or {}
    train = {name: own for name, own in named.items() if name.endswith("/train")}
    lacking = _lacking(train)
    reasons: dict[str, str] = {}
    paths: dict[str, Path] = {}
    for key in run.scores:
        test = named.get(f"{key}/test")
        if not test:
            reasons[key] = "no manifest is named"
        elif reason := _lacking({f"{key}/test": test}) or lacking:
            reasons[key] = reason
        elif not train:
            reasons[key] = f"{run.name} was trained on nothing"
        else:
            paths[key] = Path(test.path)
    trained = [Path(own.path) for own in train.values()]
    found = _classes((*trained, *paths.values()), run.known) if paths else {}
    reasons |= {key: "their manifests are of others" for key in paths if key not in found}
    return Seen({key: found[key] for key in paths if key in found}, reasons)


def _lacking(manifests: Mapping[str, DataFile]) -> str:
    """Why a manifest cannot be read as recorded, naming the first; empty if all can.

    A single missing training manifest makes classes unknown: it may contain any sentence.
    """
    for name, manifest in manifests.items():
        path = Path(manifest.path)
        if not path.is_file():
            return f"the manifest {name} does not exist"
        if sha256(path) != manifest.sha256:
            return f"the manifest {name} has changed since"
    return ""


@cache  # runs of a study share their manifests
def _classes(paths: tuple[Path, ...], languages: Languages) -> Mapping[str, Mapping[str, Class]]:
    rows, parts = read_parts(paths, languages)
    return audited(parts, rows)
