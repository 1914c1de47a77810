"""A study of many cells over corpora of mini12's sizes, and its finished runs, without training.

Texts are random words and characters; a run's transcripts have some tokens in a hundred wrong.
"""

import json
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from plion.data.manifest import write_manifest
from plion.scoring.benchmarks import Benchmark, suite
from plion.scoring.counts import Counts, metrics
from plion.scoring.predictions import Prediction, write_predictions
from plion.scoring.scored import counted
from plion.studies.expected import Expected

# Training utterances, and words or characters an utterance and speakers of the test sets.
CORPORA = {
    "librispeech": (285, 6, 10),
    "nsc": (1000, 5, 10),
    "commonvoice_zh": (295, 10, 75),
    "aishell1": (1201, 10, 10),
    "aishell3": (569, 10, 15),
    "fleurs_zh": (32, 17, 0),
    "commonvoice_ta": (452, 5, 75),
    "slr65": (34, 5, 10),
    "slr127": (696, 6, 10),
    "fleurs_ta": (24, 10, 0),
    "mesolitica": (179, 6, 0),
    "fleurs_ms": (27, 11, 0),
}
VALID, TEST = 40, 150
_LETTERS = {"en": "abcdefghijklmnoprstuw", "ms": "abdegiklmnorstu", "ta": "கசடதபறயரலவழள"}
_HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 800)]
_SAMPLERS = ("proportional", "temperature", "balanced", "uniform", "unimax")
_TAGS = ("predict", "none", "absent", "mixed")


def write_corpora(root: Path) -> None:
    """Manifests of the twelve corpora, without audio."""
    rng = random.Random(0)
    for row in suite("mini12"):
        trained, length, speakers = CORPORA[row.key]
        for split, number in (("train", trained), ("valid", VALID), ("test", TEST)):
            rows = [_row(rng, row, split, place) for place in range(number)]
            write_manifest(root / row.key / f"{split}.jsonl", rows)


def _row(rng: random.Random, row: Benchmark, split: str, place: int) -> dict[str, Any]:
    _, length, speakers = CORPORA[row.key]
    words = [_word(rng, row.language) for _ in range(max(1, round(rng.gauss(length, 1.5))))]
    by = str(place % (speakers or 50))
    return {
        "id": f"{row.key}-{split}-{place:05d}",
        "audio": f"audio/{row.key}/{split}/{place:05d}.wav",
        "text": ("" if row.language == "zh" else " ").join(words),
        "language": row.language,
        "dataset": row.key,
        "duration": round(0.3 * len(words), 3),
        **({"speaker": by, "block": by} if speakers else {"sentence": by, "block": by}),
    }


def _word(rng: random.Random, language: str) -> str:
    if language == "zh":
        return rng.choice(_HAN)
    return "".join(rng.choices(_LETTERS[language], k=rng.randint(2, 7)))


def write_study(folder: Path, rates: int, seeds: int) -> Path:
    """The file of a grid of 5 samplers, 4 tags and so many learning rates and seeds."""
    (folder / "base.yaml").write_text(
        f"model: {{name: mini}}\ndata: {{root: {folder}/data}}\n"
        "batch: {seconds: 15, window: 100, per_step: 2, mix: stratified}\n"
        f"trainer: {{runs: {folder}/runs}}\n"
    )
    path = folder / "grid.yaml"
    path.write_text(
        "question: Which?\nbase: base.yaml\nsuite: mini12\n"
        "hold: {quantity: audio_hours, amount: 3}\naxes:\n"
        f"  sampler.name: [{', '.join(_SAMPLERS)}]\n  tag.train: [{', '.join(_TAGS)}]\n"
        f"  optim.lr: [{', '.join(f'{(n + 1) * 1e-4:.1e}' for n in range(rates))}]\n"
        f"seeds: [{', '.join(map(str, range(seeds)))}]\n"
    )
    return path


class Tests:
    """The test sets, as runs transcribe them."""

    def __init__(self, root: Path) -> None:
        self._benchmarks = suite("mini12")
        self._rows = {
            row.key: [json.loads(line) for line in (root / row.manifest).read_text().splitlines()]
            for row in self._benchmarks
        }

    def decode(self, run: Expected, number: int) -> None:
        """Writes predictions and metrics of a finished run, whose errors depend on its number."""
        rng, scored = random.Random(number), {}
        chance = 0.03 + 0.1 * rng.random()
        for row in self._benchmarks:
            rows = tuple(self._prediction(rng, one, chance) for one in self._rows[row.key])
            write_predictions(run.folder.predictions(row.key), rows)
            ordered = tuple(sorted(rows, key=lambda own: own.id))
            scored[row.key] = (row.metric, counted(row, ordered, "strict-3").counts)
        run.folder.metrics.write_text(json.dumps(metrics(scored, "strict-3"), indent=2))

    def _prediction(self, rng: random.Random, one: dict[str, Any], chance: float) -> Prediction:
        glue = "" if one["language"] == "zh" else " "
        tokens = list(one["text"]) if not glue else one["text"].split()
        said = [_word(rng, one["language"]) if rng.random() < chance else token for token in tokens]
        text = glue.join(said)
        return Prediction(
            one["id"],
            one["text"],
            f"language X<asr_text>{text}",
            text,
            one["language"],
            one["duration"],
            one.get("speaker"),
            one["block"],
            one.get("sentence"),
        )


def finish(runs: Sequence[Expected], tests: Tests | None = None) -> None:
    """Folders of finished runs; with predictions if `tests` are given, else with counts alone."""
    counts = {row.key: (row.metric, Counts(9, 100, 9, 0, 0, TEST)) for row in suite("mini12")}
    undecoded = json.dumps(metrics(counts, "strict-3"), indent=2)
    for number, run in enumerate(runs):
        run.folder.path.mkdir(parents=True)
        content = {"name": run.name, "hash": run.hash8, "seed": run.exp.seed}
        trained = {} if run.name == "base" else {"steps": 800, "trained_as": None}
        run.folder.record.write_text(json.dumps({**content, **trained, **_record()}, indent=2))
        if tests is None:
            run.folder.metrics.write_text(undecoded)
        else:
            tests.decode(run, number)


@cache
def _record() -> dict[str, Any]:
    """The fields of run.json that make it as long as that of a real run."""
    amount = {"utterances": 1000.0, "hours": 2.0, "supervised_tokens": 30000.0}
    return {
        "version": 2,
        "status": "done",
        "start": "2026-01-01T00:00:00+00:00",
        "end": "2026-01-01T00:02:00+00:00",
        "versions": {f"package{n}": "1.2.3" for n in range(15)},
        "processor": "a processor",
        "decoding": {key: {"audio_seconds": 200.0, "seconds": 2.0} for key in CORPORA},
        "audio_hours_trained": 3.0,
        "train_seconds": 100.0,
        "audio_seconds_per_second": 108.0,
        "suite": "mini12",
        "tag_decode": "free",
        "source": "0" * 8,
        "device": "cpu",
        "attention": "sdpa",
        "benchmarks": [row.as_row() for row in suite("mini12")],
        "model": {"name": "mini", "identity": "0" * 64},
        "manifests": {
            f"{key}/{split}": {
                "path": f"data/{key}/{split}.jsonl",
                "sha256": "0" * 64,
                "rows": 1,
                "hours": 1.0,
            }
            for key in CORPORA
            for split in ("train", "valid", "test")
        },
        "hold": {"quantity": "audio_hours", "amount": 3.0},
        "consumed": dict.fromkeys(("en", "zh", "ta", "ms"), amount),
        "consumed_by_corpus": dict.fromkeys(CORPORA, amount),
    }
