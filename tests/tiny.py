"""A corpus and a model small enough to train on in a second: tones for speech, random weights."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from plion.config.experiment import experiment
from plion.config.layers import override
from plion.config.schema import Experiment
from plion.data.manifest import Utterance, read_manifest, write_manifest
from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder

SIZES = {"train": 8, "valid": 4, "test": 4}
LANGUAGES = {"librispeech": "en", "aishell1": "zh", "slr65": "ta"}
METRICS = {"librispeech": "wer", "aishell1": "cer", "slr65": "wer"}
_WORDS = {
    "en": ("Seven", "rivers", "open", "today,", "teacher."),
    "zh": ("老师", "今天", "看见", "苹果。", "书"),
    "ta": ("அம்மா", "வீடு", "பார்த்தாள்.", "இன்று", "மரம்"),
    "th": ("แม่", "ซื้อ", "น้ำ", "วันนี้", "บ้าน"),
    "hi": ("हिन्दी", "माँ", "पानी", "ज़रूर,", "घर।"),
    "yue": ("我哋", "今日", "飲茶", "唔該。", "佢"),
    "jv": ("Ibu", "tuku", "banyu", "dina,", "omah."),
    "ms": ("Ibu", "membeli", "buku", "baru,", "semalam."),
}
# What keeps a run to about a second: short batches, short transcripts, every step reported.
_SETTINGS = (
    "batch.seconds=6",
    "hold.quantity=steps",
    "hold.amount=4",
    "evaluate.tokens_per_second=3",
    "trainer.accelerator=cpu",
    "trainer.log_every=1",
)


@dataclass(frozen=True)
class Tiny:
    """Three corpora of the suite `suite` below `root`, and a blank model in `hf` layout."""

    root: Path
    suite: Path
    model: Path

    def experiment(self, runs: Path, *overrides: str) -> Experiment:
        """The settings of a run of four steps, with `key=value` overrides, in a root of its own."""
        own = (
            f"model.name={self.model}",
            f"data.root={self.root}",
            f"data.suite={self.suite}",
            f"trainer.runs={runs}",
        )
        return experiment([override(text) for text in (*own, *_SETTINGS, *overrides)], "tiny")

    def train(self, runs: Path, *overrides: str) -> RunFolder:
        """Trains such an experiment from its plan, as `plion train` does."""
        from plion.training.run import train  # torch, for the tests that train

        return RunFolder(train(mixture_plan(self.experiment(runs, *overrides))))

    def copy(self, folder: Path) -> "Tiny":
        """The same with its corpora copied to a folder where they may be spoilt."""
        return Tiny(Path(shutil.copytree(self.root, folder / "data")), self.suite, self.model)

    def utterances(self, split: str, keys: Sequence[str] = tuple(LANGUAGES)) -> list[Utterance]:
        """The utterances of a split, corpus after corpus."""
        return [
            utterance
            for key in keys
            for utterance in read_manifest(self.root / key / f"{split}.jsonl")
        ]


def write_corpora(
    root: Path, languages: Mapping[str, str] = LANGUAGES, sizes: Mapping[str, int] = SIZES
) -> None:
    """Writes corpora, the three if no others are named, with their manifests."""
    for number, (key, language) in enumerate(languages.items()):
        for split, size in sizes.items():
            rng = np.random.default_rng([number, size, len(split)])
            rows = list(_rows(root / key, split, size, key, language, rng))
            write_manifest(root / key / f"{split}.jsonl", rows)


def write_suite(path: Path) -> None:
    """Writes the suite of the three corpora."""
    path.write_text(
        "".join(
            f"- {{key: {key}, language: {language}, metric: {METRICS[key]},"
            f" manifest: {key}/test.jsonl}}\n"
            for key, language in LANGUAGES.items()
        )
    )


def tone(path: Path, seconds: float, hertz: float = 440.0, rate: int = 16_000) -> Path:
    """A sine wave of half amplitude as 16-bit WAV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(round(seconds * rate)) / rate
    soundfile.write(path, np.sin(2 * np.pi * hertz * time) / 2, rate, subtype="PCM_16")
    return path


def _rows(
    folder: Path, split: str, size: int, key: str, language: str, rng: np.random.Generator
) -> Iterator[dict[str, object]]:
    for number in range(size):
        seconds = round(float(rng.uniform(0.4, 2.2)), 2)
        name = f"{key}-{split}-{number}"
        tone(folder / "audio" / f"{name}.wav", seconds, float(rng.uniform(200, 2000)))
        words = rng.permutation(_WORDS[language])[: 1 + int(2 * seconds)]
        yield {
            "id": name,
            "audio": f"audio/{name}.wav",
            "text": ("" if language in ("zh", "th", "yue") else " ").join(words),
            "language": language,
            "dataset": key,
            "duration": seconds,
            "speaker": f"{key}-{number % 2}",
            "block": f"{key}-{number % 2}",
        }
