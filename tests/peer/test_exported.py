"""A model fine-tuned here and converted says the same in the `qwen-asr` package."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from peers import CLOSE, Theirs, asked, logits, said
from tiny import LANGUAGES, Tiny, write_suite

from plion.data.manifest import write_manifest
from plion.data.mini.speech.espeak import Voice, speak
from plion.data.mini.speech.words import ORDER, WORDS
from plion.loading.audio import SAMPLE_RATE
from plion.models.converting import convert
from plion.models.locate import MINI
from plion.models.qwen3_asr.files.checkpoint import Checkpoint, load_checkpoint
from plion.models.qwen3_asr.prompt import parse

pytestmark = pytest.mark.peer

VOICES = {"librispeech": "en", "aishell1": "cmn", "slr65": "ta"}  # of espeak-ng, by corpus


@dataclass(frozen=True)
class Tuned:
    """The packaged model fine-tuned here, exported for the package, and clips it was tuned on."""

    checkpoint: Checkpoint
    clips: dict[str, np.ndarray]
    theirs: dict[str, Theirs]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    out = tmp_path_factory.mktemp("tuned")
    spoken = Tiny(out / "data", out / "suite.yaml", MINI)
    write_suite(spoken.suite)
    clips = {name: one for key in VOICES for name, one in speech(spoken.root / key, key)}
    run = spoken.train(out, "hold.amount=60", "trainer.validations=0", "evaluate.test=false")
    folder = convert(str(run.path), out / "model", "qwen-asr")
    checkpoint = load_checkpoint(str(run.path))
    checkpoint.model.eval()
    return Tuned(checkpoint, clips, asked(folder, clips, out))


def speech(folder: Path, key: str) -> Iterator[tuple[str, np.ndarray]]:
    """Writes a corpus of phrases of four words, all above a second, and yields its clips by id."""
    rng = np.random.default_rng(0)
    language = LANGUAGES[key]
    groups = [WORDS[language][number] for number in ORDER[language]][:4]
    rows = []
    for number in range(8):
        name, text = f"{key}-{number}", " ".join(str(rng.choice(group)) for group in groups)
        clip = padded(speak(text, VOICES[key], Voice("m3", 40, 50, 200)))
        path = folder / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, clip, SAMPLE_RATE, subtype="FLOAT")
        rows.append({"id": name, "audio": path.name, "text": text, "language": language,
                     "dataset": key, "duration": len(clip) / SAMPLE_RATE})  # fmt: skip
        yield name, clip
    write_manifest(folder / "train.jsonl", rows)


def padded(clip: np.ndarray) -> np.ndarray:
    """A clip of a second at least, silence at its end."""
    return np.pad(clip, (0, max(0, SAMPLE_RATE - len(clip))))


def pairs(tuned: Tuned) -> Iterator[tuple[np.ndarray, Theirs]]:
    return ((wave, tuned.theirs[name]) for name, wave in tuned.clips.items())


def test_a_model_tuned_here_has_the_same_logits_in_the_package(tuned: Tuned) -> None:
    for one, theirs in pairs(tuned):
        torch.testing.assert_close(logits(tuned.checkpoint, one), theirs.logits, atol=CLOSE, rtol=0)


def test_a_model_tuned_here_transcribes_the_same_in_the_package(tuned: Tuned) -> None:
    for one, theirs in pairs(tuned):
        language, text = parse(said(tuned.checkpoint, one))
        assert (language, text.strip()) == (theirs.language, theirs.text)


def test_it_says_words_of_every_language_there_tamil_too(tuned: Tuned) -> None:
    named = {one.language for one in tuned.theirs.values() if one.text}
    assert named == {"English", "Chinese", "Tamil"}
