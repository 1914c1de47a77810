"""An earlier study of the same name, and what it had otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from plion.config.schema import Experiment
from plion.errors import InputError, listed
from plion.planning.inputs import contents, suite_of
from plion.runs.folder import RunFolder
from plion.settings.walk import Setting, settings_of, value_at
from plion.studies.design.grid import Ablation
from plion.studies.expected import Expected
from plion.system.documents import read_json
from plion.system.yamls import read_yaml


class _Recorded(TypedDict):
    """A run of an ablation, as in ablation.json; of a cell with labels and seed."""

    run: str
    hash: str
    folder: str
    labels: NotRequired[dict[str, Any]]
    seed: NotRequired[int]


class _Record(TypedDict):
    base: _Recorded
    cells: list[_Recorded]


def refuse_another(
    study: Path, ablation: Ablation, base: Expected, cells: Sequence[Expected]
) -> None:
    """Raises InputError, with what differs, if the folder is of `another_study`."""
    if told := another_study(study, ablation, base, cells):
        raise InputError(told)


def another_study(
    study: Path, ablation: Ablation, base: Expected, cells: Sequence[Expected]
) -> str:
    """What a study of this name that was begun in the folder has otherwise; empty for nothing.

    Such a study has a run, begun or done, with the same labels and seed but another hash. Labels,
    seeds and axes may be added and removed.
    """
    path = study / "ablation.json"
    if not path.is_file():
        return ""
    record: _Record = read_json(path, _Record, "move it away")
    known = {_place(one.get("labels", {}), one.get("seed")): one for one in record["cells"]}
    pairs = [
        (known.get(_place(cell.labels, cell.seed)), run)
        for cell, run in zip(ablation.cells, cells, strict=True)
    ]
    changed = [
        (old, new)
        for old, new in [*pairs, (record["base"], base)]
        if old and new.hash8 and old["hash"] != new.hash8 and _begun(_folder(study, old))
    ]
    if not changed:
        return ""
    old, new = changed[0]
    return (
        f"{study} is of a study of this name with other content: {_count(len(changed))}, "
        f"{old['run']} in {_difference(_folder(study, old), new.exp)}; rename the ablation's "
        f"file, or move {study} away (finished runs are used again by any study)"
    )


def _place(labels: Mapping[str, Any], seed: int | None) -> tuple[frozenset[tuple[str, str]], Any]:
    return frozenset((axis, str(label)) for axis, label in labels.items()), seed


def _folder(study: Path, run: _Recorded) -> RunFolder:
    return RunFolder(study.parent / run["folder"])


def _begun(folder: RunFolder) -> bool:
    """Whether a run has started; a configuration alone is left by a call that was refused."""
    return folder.record.is_file() and folder.config.is_file()


def _count(number: int) -> str:
    return "one run differs" if number == 1 else f"{number:,} runs differ"


def _difference(folder: RunFolder, exp: Experiment) -> str:
    """What a run that was begun has otherwise than an experiment."""
    settings = list(_settings(read_yaml(folder.config), exp))
    return listed(
        settings or list(_inputs(folder, exp)) or ["the suite, the data or the base model"]
    )


def _settings(old: Any, exp: Experiment) -> Iterator[str]:
    """Settings that count, with their earlier and their present value."""
    for one in settings_of(Experiment):
        before, now = _earlier(old, one), value_at(exp, one.key)
        counts = one.about.identity != "never" and (one.applies(exp) or one.applies(old))
        if counts and before != now and one.key not in ("seed", "languages"):
            yield f"{one.key} {before!s:.60} (now {now!s:.60})"


def _earlier(old: Any, one: Setting) -> Any:
    """The value in a configuration; that of an earlier version may lack the setting."""
    group, _, name = one.key.rpartition(".")
    values = value_at(old, group) if group else old
    return values[name] if isinstance(values, Mapping) and name in values else one.default


def _inputs(folder: RunFolder, exp: Experiment) -> Iterator[str]:
    """Files with another content than the run recorded."""
    record, (manifests, weights) = folder.read(), contents(exp)
    if record.benchmarks not in (None, [row.as_row() for row in suite_of(exp)]):
        yield f"the rows of suite {exp.data.suite}"
    for name, file in (record.manifests or {}).items():
        if manifests.get(name) != file.sha256:
            yield f"the content of {name}.jsonl"
    if record.model and record.model.identity != weights:
        yield f"the weights of {exp.model.name}"
