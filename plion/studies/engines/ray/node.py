"""What a node prepares before a job starts: its own paths, and a check of its files by hash."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plion
from plion.config.experiment import experiment
from plion.config.layers import Layer
from plion.config.schema import Experiment
from plion.errors import InputError, listed
from plion.planning.inputs import (
    SPLITS,
    evaluation_hash8,
    hash8,
    input_hashes,
    manifest_path,
    suite_of,
)
from plion.runs.checkpoint_folder import check_checkpoint_dir
from plion.runs.claims import locate
from plion.runs.provenance import source_hash
from plion.studies.engines.engine import Job
from plion.studies.engines.ray.order import Order
from plion.system.files import atomic_write, writable
from plion.system.yamls import write_yaml

_SETTINGS = {
    "data": ("data", "root"),
    "base": ("model", "name"),
    "runs": ("trainer", "runs"),
    "checkpoints": ("trainer", "checkpoint_dir"),
}
"""The setting that each name of `--map` changes on a node."""
_DIGITS = 8  # of a hash in a message


@dataclass(frozen=True)
class Prepared:
    """A job as it runs on this node; `shared`: in the driver's run root."""

    job: Job
    shared: bool


def source() -> str:
    """The hash of the plion that runs here."""
    return source_hash(Path(plion.__file__).parent)


def prepared(order: Order) -> Prepared:
    """Makes a job of an order, with this node's paths, in its run root.

    Raises InputError, before it writes anything, if this node has other data or another base model
    than the driver, or lacks the folder of checkpoints.
    """
    if os.path.isdir(order.folder):
        os.chdir(order.folder)
    config = mapped(order.config, order.paths)
    root = Path(config["trainer"]["runs"])
    folder = locate(root, order.name, order.hash8)
    _check(order, experiment([Layer(str(folder.config), config)], order.name))
    if order.verb == "train":
        check_checkpoint_dir(config["trainer"]["checkpoint_dir"], folder)
    with writable(folder.path):
        folder.path.mkdir(parents=True, exist_ok=True)
        atomic_write(folder.config, write_yaml(config))
    job = Job(order.name, order.verb, folder.config, order.hash8, order.command, order.devices)
    return Prepared(job, shared=sees(root, order.token))


def mapped(config: Mapping[str, Any], paths: Mapping[str, str]) -> dict[str, Any]:
    """A configuration with this node's paths, in which `$NAME` is a variable of this node.

    Raises InputError for a variable that the node lacks.
    """
    changed = {group: dict(v) if isinstance(v, dict) else v for group, v in config.items()}
    for name, path in paths.items():
        expanded = os.path.expandvars(path)
        if lacking := re.search(r"\$\{?\w+", expanded):
            raise InputError(f"--map {name}={path}: this node has no variable {lacking[0]}")
        group, key = _SETTINGS[name]
        changed[group][key] = expanded
    return changed


def sees(root: Path, token: tuple[str, str]) -> bool:
    """Whether a run root holds the file that the driver has put into its own."""
    name, content = token
    try:
        return (root / name).read_text(encoding="utf-8") == content
    except OSError:
        return False


def _check(order: Order, exp: Experiment) -> None:
    """Raises InputError, naming files and hashes, if they are not those of the driver."""
    trains = order.verb == "train"
    here = input_hashes(exp, trains=trains)
    paths = {
        f"{row.key}/{split}": str(manifest_path(exp, row, split))
        for row in suite_of(exp)
        for split in SPLITS
    }
    paths["base"] = f"the base model {exp.model.name}"
    other = [
        f"{path} is {_short(here.get(name))} and not {_short(order.contents.get(name))}"
        for name, path in paths.items()
        if here.get(name) != order.contents.get(name)
    ]
    if other:
        raise InputError(f"other data or another base model than the driver's: {listed(other)}")
    if (found := hash8(exp) if trains else evaluation_hash8(exp)) != order.hash8:
        raise InputError(
            f"the run would be {found}, not {order.hash8}: its suite, languages or noise differ "
            "from the driver's"
        )


def _short(digest: str | None) -> str:
    return digest[:_DIGITS] if digest else "missing"
