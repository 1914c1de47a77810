"""What a Whisper says is what the library's own decoding says, whatever shares its batch."""

import shutil
from pathlib import Path
from typing import Any

import foreign
import numpy as np
import pytest
import torch
from transformers import WhisperForConditionalGeneration

from plion.config.model import Model
from plion.models.values import GREEDY, Search
from plion.models.whisper.decode import encode, transcribe
from plion.models.whisper.protocol.family import FAMILY
from plion.models.whisper.protocol.loaded import LoadedWhisper
from plion.models.whisper.protocol.loading import load_whisper
from plion.models.whisper.tensors import WhisperRequest, log_mel, request
from plion.text.shipped import SHIPPED

LIMIT = 30
SEARCHES = {"greedy": GREEDY, "beams": Search(3), "penalty": Search(1, 1.3)}


@pytest.fixture(scope="module")
def loaded(folder: Path) -> LoadedWhisper:
    return load_whisper(FAMILY, folder, Model(), torch.float32, attention="sdpa")


@pytest.fixture(scope="module")
def mels(loaded: LoadedWhisper) -> list[torch.Tensor]:
    rng = np.random.default_rng(0)
    clips = [rng.normal(scale=0.1, size=n).astype(np.float32) for n in (8_000, 48_000, 30_000)]
    return [log_mel(loaded.extractor, clip) for clip in clips]


def asked(loaded: LoadedWhisper, mels: list[torch.Tensor], *languages: str) -> WhisperRequest:
    given = [loaded.prompter.token(SHIPPED[key]) for key in languages]
    return request(mels, given, loaded.window.frames)


def of_the_library(folder: Path, features: torch.Tensor, languages: list[str], **more: Any) -> Any:
    model = WhisperForConditionalGeneration.from_pretrained(folder)
    return model.generate(features, language=languages, task="transcribe", **more)


@pytest.mark.parametrize("search", ["greedy", "beams"])
def test_given_the_language_it_says_what_the_library_says(
    search: str, folder: Path, loaded: LoadedWhisper, mels: list[torch.Tensor]
) -> None:
    batch = asked(loaded, mels, "ta", "en", "zh")
    how = SEARCHES[search]
    said = transcribe(loaded.model, batch, [LIMIT] * 3, loaded.prompter, search=how)
    generated = of_the_library(
        folder, batch.features, ["ta", "en", "zh"], max_new_tokens=LIMIT, num_beams=how.beams
    )
    assert said == [loaded.prompter.decode(row) for row in generated.tolist()]
    assert len(set(said)) == 3


def test_the_language_is_that_of_the_librarys_detection(
    folder: Path, loaded: LoadedWhisper, mels: list[torch.Tensor]
) -> None:
    batch = asked(loaded, mels)
    said = transcribe(loaded.model, batch, [LIMIT] * 3, loaded.prompter)
    model = WhisperForConditionalGeneration.from_pretrained(folder)
    heard = [loaded.prompter.decode([int(one)]) for one in model.detect_language(batch.features)]
    assert [text[: text.index(">") + 1] for text in said] == heard


@pytest.mark.parametrize("search", SEARCHES)
def test_a_limit_is_an_utterances_own(
    search: str, loaded: LoadedWhisper, mels: list[torch.Tensor]
) -> None:
    batch, how = asked(loaded, mels, "ta", "en", "zh"), SEARCHES[search]
    said = transcribe(loaded.model, batch, [20, 5, 200], loaded.prompter, search=how)
    assert [len(text) for text in said] == [20, 5, 116]  # where the decoder's positions end
    for row, (limit, key) in enumerate([(20, "ta"), (5, "en"), (200, "zh")]):
        alone = transcribe(
            loaded.model, asked(loaded, [mels[row]], key), [limit], loaded.prompter, search=how
        )
        assert alone == [said[row]]


def test_tokens_that_are_never_written_are_those_of_the_folder(
    folder: Path, loaded: LoadedWhisper, mels: list[torch.Tensor]
) -> None:
    other = load_whisper(FAMILY, folder, Model(), torch.float32, attention="sdpa")
    batch = asked(loaded, mels[:1], "en")
    (before,) = transcribe(loaded.model, batch, [10], loaded.prompter)
    (first,) = loaded.prompter.written(before[0])
    other.model.generation_config.begin_suppress_tokens = [first]
    (after,) = transcribe(other.model, batch, [10], loaded.prompter)
    assert after[0] != before[0]
    other.model.generation_config.suppress_tokens += [first]
    (never,) = transcribe(other.model, batch, [10], loaded.prompter)
    assert before[0] not in never


def test_no_masks_are_laid_over_features_of_their_own_accord(
    loaded: LoadedWhisper, mels: list[torch.Tensor], folder: Path
) -> None:
    masked = load_whisper(FAMILY, folder, Model(), torch.float32, attention="sdpa").model.train()
    masked.config.apply_spec_augment, masked.config.mask_time_prob = True, 0.9
    features = asked(loaded, mels).features
    torch.testing.assert_close(encode(masked, features), encode(loaded.model, features))


@pytest.mark.parametrize("settings", ["whole", "without"])
def test_a_clip_that_is_longer_than_its_window_is_heard_to_the_end(
    settings: str, folder: Path, mels: list[torch.Tensor], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    if settings == "without":  # as of a model that was never meant for the library's `generate`
        (copy / "generation_config.json").unlink()
    loaded = load_whisper(FAMILY, copy, Model(), torch.float32, attention="sdpa")
    rng = np.random.default_rng(1)
    long = log_mel(loaded.extractor, rng.normal(scale=0.1, size=80_000).astype(np.float32))
    batch = asked(loaded, [mels[0], long, mels[1]])
    said = transcribe(loaded.model, batch, [LIMIT] * 3, loaded.prompter)
    short = transcribe(loaded.model, asked(loaded, mels[:2]), [LIMIT] * 2, loaded.prompter)
    assert [said[0], said[2]] == short and said[1].startswith("<|") and len(said[1]) > 6


def test_a_model_of_english_alone_names_no_language(
    tmp_path: Path, mels: list[torch.Tensor]
) -> None:
    folder = foreign.whisper(tmp_path / "english", "", seconds=3, positions=120)
    english = load_whisper(FAMILY, folder, Model(), torch.float32, attention="sdpa")
    (said,) = transcribe(english.model, request(mels[:1], [], 300), [12], english.prompter)
    assert len(said) == 12 and "<" not in said
