"""A sweep over one small corpus, whose runs are not trained."""

from functools import partial
from pathlib import Path

import optuna
import pytest
from swept import SWEEP, Runs

from plion.data.manifest import write_manifest
from plion.studies.search import sweep


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """The engine of a sweep."""
    fake = Runs()
    monkeypatch.setattr(sweep, "engine_of", lambda choice: fake)
    monkeypatch.setattr("plion.studies.driving.driver._POLL", 0.0)
    return fake


@pytest.fixture
def search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sweep over one small corpus and a model of which only the files are there."""
    monkeypatch.chdir(tmp_path)
    row = {"id": "a", "audio": "a.wav", "text": "words", "language": "en", "dataset": "nsc"}
    write_manifest("data/nsc/train.jsonl", [row | {"duration": 2.0}])
    Path("suite.yaml").write_text(
        "- {key: nsc, language: en, metric: wer, manifest: nsc/test.jsonl}\n"
    )
    Path("model").mkdir()
    Path("model/config.json").write_text("{}")
    Path("model/tokenizer.json").write_text("{}")
    Path("model/model.safetensors").write_bytes(b"weights")
    Path("base.yaml").write_text(
        "model: {name: model}\ndata: {root: data}\nsampler: {name: temperature}\n"
    )
    Path("search.yaml").write_text(SWEEP)
    return Path("search.yaml")


@pytest.fixture
def guided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proposals that know of earlier results from the second on, not from the eleventh."""
    sampler = partial(optuna.samplers.TPESampler, n_startup_trials=1)
    monkeypatch.setattr(optuna.samplers, "TPESampler", sampler)
