"""What several rooms test with: run folders made by hand, and a tiny corpus with a tiny model."""

import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tiny import Tiny, write_corpora, write_suite

from plion.runs.folder import RunFolder
from plion.runs.record import VERSION
from plion.scoring.benchmarks import suite
from plion.scoring.counts import count, metrics
from plion.text.shipped import SHIPPED

# More threads than one change the bits of a result. Read when torch is imported, and by children.
os.environ["OMP_NUM_THREADS"] = "1"

# A shell has SIGINT ignored in what it starts in its background, nohup SIGHUP, and children inherit
# it. Tests that send signals, here and to processes of their own, need them as in the foreground.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(_number, signal.SIG_DFL)

# What tests write need not outlive a loss of power, and the disk takes 5 ms each time it is asked.
os.fsync = lambda _: None

SENTENCES = {
    "en": "one two three four five",
    "zh": "一二三四五",
    "ta": "ஒன்று இரண்டு மூன்று நான்கு ஐந்து",
    "ms": "satu dua tiga empat lima",
}
TOKENS = 5  # of every reference
Errors = Callable[[str, int], int]  # benchmark key, utterance -> wrong tokens; above TOKENS, added


@dataclass
class Runs:
    """A folder of runs to write into."""

    root: Path
    utterances: int = 12
    keys: list[str] = field(default_factory=lambda: [row.key for row in suite("mini12")])

    def write(self, name: str, errors: Errors | int = 0, **record: Any) -> Path:
        """A finished run in which an utterance has so many wrong tokens; `record` for run.json."""
        folder = self.root / f"{name}-00000000"
        (folder / "predictions").mkdir(parents=True)
        wrong = errors if callable(errors) else lambda key, number: errors
        scored = {}
        for row in suite("mini12"):
            if row.key not in self.keys:
                continue
            reference = SENTENCES[row.language]
            lines = [
                {
                    "id": f"{row.key}-{number:03d}",
                    "reference": reference,
                    "hypothesis": "raw",
                    "text": spoilt(reference, wrong(row.key, number)),
                }
                for number in range(self.utterances)
            ]
            text = "".join(json.dumps(line) + "\n" for line in lines)
            (folder / "predictions" / f"{row.key}.jsonl").write_text(text)
            texts = [line["text"] for line in lines]
            counted = count([reference] * len(lines), texts, SHIPPED[row.language], row.metric)
            scored[row.key] = (row.metric, counted.pooled())
        (folder / "metrics.json").write_text(json.dumps(metrics(scored, "strict")))
        self.record(name, status="done", **{**DEFAULTS, **record})
        return folder

    def forced(self, name: str, errors: Errors | int = 0) -> None:
        """What a run that was written said to the same utterances with the language given."""
        folder, again = self.root / f"{name}-00000000", self.write(f"{name}.again", errors)
        (again / "predictions").rename(folder / "predictions" / "forced")
        (again / "metrics.json").rename(folder / "metrics-forced.json")
        (again / "run.json").unlink()
        again.rmdir()

    def record(self, name: str, **fields: Any) -> Path:
        """A run's folder with a run.json of these fields."""
        folder = self.root / f"{name}-00000000"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "run.json").write_text(json.dumps({"version": VERSION, "name": name, **fields}))
        return folder

    def ablation(
        self,
        axes: Mapping[str, list[Any]],
        cells: Mapping[str, Mapping[str, Any]],
        seeds: Mapping[str, int] | None = None,
        base: str | None = "base",
        forced: Sequence[str] = (),
        variants: Sequence[str] = (),
        margin: float | None = None,
    ) -> Path:
        """The folder `mini` with its ablation.json; `cells` has the labels of each run.

        `forced`: those that are also decoded with the language given.
        """
        seeds = seeds or {}
        content = {
            "name": "mini",
            "question": "What does it change?",
            "suite": "mini12",
            "axes": axes,
            "variants": variants,
            "seeds": sorted({seeds.get(name, 0) for name in cells}),
            "hold": {"quantity": "audio_hours", "amount": 0.5},
            "tag_decode": "matched",
            "margin": margin,
            "base": base
            and {
                "run": base,
                "hash": "00000000",
                "folder": f"{base}-00000000",
                "forced": base in forced,
            },
            "cells": [
                {
                    "run": name,
                    "hash": "00000000",
                    "folder": f"{name}-00000000",
                    "labels": labels,
                    "seed": seeds.get(name, 0),
                    "forced": name in forced,
                }
                for name, labels in cells.items()
            ],
        }
        folder = self.root / "mini"
        folder.mkdir(parents=True)
        (folder / "ablation.json").write_text(json.dumps(content))
        return folder


DEFAULTS = {
    "suite": "mini12",
    "tag_decode": "free",
    "source": "aaaaaaaa",
    "device": "cpu",
    "attention": "sdpa",
    "commit": "c0ffee",
    "seed": 0,
}


def spoilt(reference: str, errors: int) -> str:
    """A reference with its first tokens wrong, or all of them and more after them."""
    space = " " if " " in reference else ""
    tokens = reference.split() if space else list(reference)
    kept = tokens[min(errors, TOKENS) :]
    return space.join(["甲"] * errors + kept)


@pytest.fixture(scope="session", autouse=True)
def unsynced() -> Iterator[None]:
    """Tests lose no power: none waits, 10 ms a file, until the disk has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda number: None)
        yield


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    """An empty folder of runs."""
    return Runs(tmp_path / "runs")


@pytest.fixture
def grid(runs: Runs) -> Path:
    """A finished ablation of two samplers and two tag policies, and its base.

    Wrong tokens of five: base 5; proportional 3 and 2 (predict, none), balanced 2 and 0.
    """
    runs.write("base", 5)
    wrong = {
        ("proportional", "predict"): 3,
        ("proportional", "none"): 2,
        ("balanced", "predict"): 2,
        ("balanced", "none"): 0,
    }
    cells = {}
    for (sampler, tag), errors in wrong.items():
        name = f"mini-{sampler}-{tag}-s0"
        runs.write(name, errors)
        cells[name] = {"sampler": sampler, "tag.train": tag}
    axes = {"sampler": ["proportional", "balanced"], "tag.train": ["predict", "none"]}
    return runs.ablation(axes, cells)


@pytest.fixture
def conditioned(runs: Runs) -> Path:
    """A finished ablation of four tag policies, one trained with the language given.

    Wrong tokens of five: base 5, told the language 4; predict 2 and 1; condition, which is always
    told it, 0; none 3 and 3; absent, which cannot be told it, 2.
    """
    wrong = {"base": (5, 4), "predict": (2, 1), "condition": (0, None), "none": (3, 3)}
    for name, (own, told) in {**wrong, "absent": (2, None)}.items():
        decode = {"tag_decode": "forced"} if name == "condition" else {}
        runs.write(name, own, tag_train=name, **decode)
        if told is not None:
            runs.forced(name, told)
    cells = {name: {"tag.train": name} for name in ("predict", "condition", "none", "absent")}
    axes = {"tag.train": list(cells)}
    return runs.ablation(axes, cells, forced=("base", "predict", "none"))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """Three tiny corpora and a blank model, for reading only: what spoils them works on a copy."""
    from plion.models.qwen3_asr.files.blank import (
        blank,  # imports torch, which most tests do without
    )

    folder = tmp_path_factory.mktemp("tiny")
    write_corpora(folder / "data")
    write_suite(folder / "suite.yaml")
    blank(folder / "data", folder / "model")
    return Tiny(folder / "data", folder / "suite.yaml", folder / "model")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """An experiment file of defaults."""
    path = tmp_path / "plain.yaml"
    path.write_text("seed: 0\n")
    return path


# Four steps of two batches, validated and saved on the way.
SETTINGS = (
    "batch.per_step=2",
    "trainer.validations=2",
    "trainer.checkpoints=4",
    "trainer.price_per_hour=3600",
)


@pytest.fixture(scope="session")
def settings() -> tuple[str, ...]:
    """The overrides of the finished run."""
    return SETTINGS


@pytest.fixture(scope="session")
def finished(
    tiny: Tiny, settings: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    """A run that was never interrupted, for reading only."""
    return tiny.train(tmp_path_factory.mktemp("finished"), *settings)


@pytest.fixture(scope="session")
def whisper(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """The same corpora with a Whisper of random weights that hears three seconds at a time."""
    import foreign  # imports torch, which most tests do without

    folder = tmp_path_factory.mktemp("whisper") / "model"
    return Tiny(tiny.root, tiny.suite, foreign.whisper(folder, seconds=3, positions=200))


@pytest.fixture(scope="session")
def finished_whisper(
    whisper: Tiny, settings: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    """The same run with it."""
    return whisper.train(tmp_path_factory.mktemp("finished_whisper"), *settings)


@pytest.fixture(scope="session")
def of_family(request: pytest.FixtureRequest) -> Callable[[str], tuple[Tiny, RunFolder]]:
    """A model of each family with its corpora, and its finished run."""
    names = {"qwen3_asr": ("tiny", "finished"), "whisper": ("whisper", "finished_whisper")}

    def found(family: str) -> tuple[Tiny, RunFolder]:
        model, run = map(request.getfixturevalue, names[family])
        return model, run

    return found
