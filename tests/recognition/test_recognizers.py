"""Recognisers behind one interface: what is said to an utterance is its own, whoever says it."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import foreign
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import Tiny, tone

from plion.config.schema import Experiment
from plion.data.utterance import Utterance
from plion.errors import InputError
from plion.models.values import Said
from plion.recognition.decode_sets import recognize
from plion.recognition.recognizers import recognizer

KINDS = ("qwen3_asr", "whisper", "wav2vec2", "moonshine")


@pytest.fixture(scope="module")
def folders(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One recogniser of each kind."""
    root = tmp_path_factory.mktemp("recognizers")
    return {
        "qwen3_asr": tiny.model,
        "whisper": foreign.whisper(root / "whisper"),
        "wav2vec2": foreign.wav2vec2(root / "wav2vec2"),
        "moonshine": foreign.moonshine(root / "moonshine"),
        "english": foreign.whisper(root / "english", ""),
    }


def settings(tiny: Tiny, *overrides: str) -> Experiment:
    return tiny.experiment(Path("runs"), "evaluate.tokens_per_second=4", *overrides)


def said(folder: Path, exp: Experiment, utterances: list[Utterance]) -> list[Said]:
    rows, _ = recognize(recognizer(str(folder), exp), utterances, "test")
    return [Said(row.hypothesis, row.text, row.language) for row in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_does_not_depend_on_the_batch(
    kind: str, folders: dict[str, Path], tiny: Tiny
) -> None:
    utterances = tiny.utterances("test")[::3]
    together = said(folders[kind], settings(tiny, "evaluate.seconds=600"), utterances)
    alone = said(folders[kind], settings(tiny, "evaluate.utterances=1"), utterances)
    assert together == alone
    assert len({one.text for one in together}) > 1


@pytest.mark.parametrize("change", ["evaluate.beams=3", "evaluate.repetition_penalty=1.5"])
@pytest.mark.parametrize("kind", ["qwen3_asr", "whisper", "moonshine"])
def test_beams_and_a_penalty_of_repetitions_change_what_is_said(
    kind: str, change: str, folders: dict[str, Path], tiny: Tiny
) -> None:
    utterances = tiny.utterances("test")[::3]
    plain = said(folders[kind], settings(tiny), utterances)
    assert said(folders[kind], settings(tiny, change), utterances) != plain


@pytest.mark.parametrize("change", ["evaluate.beams=2", "evaluate.repetition_penalty=1.5"])
def test_a_classifier_of_frames_takes_neither(
    change: str, folders: dict[str, Path], tiny: Tiny
) -> None:
    with pytest.raises(InputError, match="wav2vec2 .* leave out evaluate.beams and"):
        recognizer(str(folders["wav2vec2"]), settings(tiny, change))


def test_whisper_names_the_language_it_hears(folders: dict[str, Path], tiny: Tiny) -> None:
    heard = said(folders["whisper"], settings(tiny), tiny.utterances("test"))
    assert {one.language for one in heard} <= {"English", "Chinese", "Tamil", "Malay", "Indonesian"}
    assert all(one.text and re.fullmatch(r"<\|..\|>" + one.text, one.raw) for one in heard)


def test_whisper_can_be_given_the_language(folders: dict[str, Path], tiny: Tiny) -> None:
    one = tiny.utterances("test", ["slr65"])[0]
    forced = settings(tiny, "tag.decode=forced")
    (tamil,), (english,) = (
        said(folders["whisper"], forced, [replace(one, language=key)]) for key in ("ta", "en")
    )
    assert tamil.text != english.text and tamil.language is None


@pytest.mark.parametrize("kind", ["english", "wav2vec2", "moonshine"])
def test_a_language_is_not_given_to_what_does_not_take_one(
    kind: str, folders: dict[str, Path], tiny: Tiny
) -> None:
    with pytest.raises(InputError, match="tag.decode=forced gives the language, but this"):
        recognizer(str(folders[kind]), settings(tiny, "tag.decode=forced"))


def test_a_whisper_of_english_names_no_language(folders: dict[str, Path], tiny: Tiny) -> None:
    (one,) = said(folders["english"], settings(tiny), tiny.utterances("test")[:1])
    assert one.language is None and one.text


def test_a_transcript_of_whisper_has_no_more_tokens_than_its_limit(
    folders: dict[str, Path], tiny: Tiny
) -> None:
    utterances = tiny.utterances("test")
    exp = settings(tiny)  # its letters are a token each
    limits = [round(16 + 4 * one.duration) for one in utterances]
    assert [len(one.text) for one in said(folders["whisper"], exp, utterances)] == limits


def test_whisper_hears_what_is_longer_than_its_window(
    folders: dict[str, Path], tiny: Tiny, tmp_path: Path
) -> None:
    tone(tmp_path / "long.wav", 31.0)
    long = Utterance("long", str(tmp_path / "long.wav"), "", "en", "librispeech", 31.0)
    utterances = [tiny.utterances("test")[0], long]
    exp = settings(tiny)
    short, longer = said(folders["whisper"], exp, utterances)
    assert short == said(folders["whisper"], exp, utterances[:1])[0]
    assert longer.text


def test_a_batch_of_whisper_costs_thirty_seconds_a_clip(
    folders: dict[str, Path], tiny: Tiny
) -> None:
    exp, utterances = settings(tiny, "evaluate.seconds=95"), tiny.utterances("test")
    sizes = {
        folder: max(map(len, recognizer(str(folder), exp).places(utterances)))
        for folder in (folders["whisper"], tiny.model)
    }
    assert sizes[folders["whisper"]] == 3 < sizes[tiny.model]


def test_a_kind_that_is_not_known_is_scored_from_its_transcripts(
    folders: dict[str, Path], tiny: Tiny, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(folders["whisper"], tmp_path / "other"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "voxtral"}))
    with pytest.raises(InputError, match="kind 'voxtral', which is not supported.*plion score"):
        recognizer(str(folder), settings(tiny))


def test_weights_that_are_lacking_are_named(
    folders: dict[str, Path], tiny: Tiny, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(folders["wav2vec2"], tmp_path / "taller"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 2}))
    with pytest.raises(InputError, match="taller lacks weights: wav2vec2.encoder.layers.1"):
        recognizer(str(folder), settings(tiny))


def test_a_folder_without_its_processor_is_one_sentence(
    folders: dict[str, Path], tiny: Tiny, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(folders["whisper"], tmp_path / "bare"))
    (folder / "processor_config.json").unlink()
    with pytest.raises(InputError, match="bare has no preprocessor_config.json; take it"):
        recognizer(str(folder), settings(tiny))
    assert recognizer(str(folder), settings(tiny, f"model.like={folders['whisper']}"))


def test_weights_that_are_not_finite_are_named(
    folders: dict[str, Path], tiny: Tiny, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(folders["wav2vec2"], tmp_path / "spoilt"))
    weights = load_file(folder / "model.safetensors")
    weights["lm_head.bias"][0] = torch.nan
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="spoilt has weights .* NaN or infinite: lm_head.bias;"):
        recognizer(str(folder), settings(tiny))


@pytest.mark.parametrize("kind", KINDS)
def test_bad_audio_is_named(kind: str, folders: dict[str, Path], tiny: Tiny) -> None:
    one = replace(tiny.utterances("test")[0], audio="gone.wav")
    with pytest.raises(InputError, match="librispeech-test-0: audio gone.wav is missing"):
        said(folders[kind], settings(tiny), [one])
