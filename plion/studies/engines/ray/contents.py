"""What the driver tells nodes of a job: its configuration, and hashes of what it reads."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plion.config.experiment import load_experiment
from plion.planning.inputs import input_hashes
from plion.studies.engines.engine import Job
from plion.system.yamls import read_yaml

# Settings that decide which files a job reads.
_NAMING = ("model.name", "model.like", "data.root", "data.suite", "languages")


class Contents:
    """Remembers the hashes: the cells of a study mostly read the same files."""

    def __init__(self) -> None:
        self._known: dict[str, Mapping[str, str]] = {}

    def config(self, path: Path) -> dict[str, Any]:
        """The settings in a job's config.yaml."""
        config: dict[str, Any] = read_yaml(path)
        return config

    def hashes(self, job: Job, config: Mapping[str, Any]) -> Mapping[str, str]:
        """Hashes of the manifests and the base model that a job reads, by name."""
        named = [_at(config, key) for key in _NAMING]
        key = json.dumps([job.verb, named], sort_keys=True)
        if key not in self._known:
            exp = load_experiment(job.config)
            self._known[key] = input_hashes(exp, trains=job.verb == "train")
        return self._known[key]


def _at(config: Mapping[str, Any], key: str) -> Any:
    value: Any = config
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
