"""What is known of a Whisper before its weights are read: costs, counts, and what it refuses."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import foreign
import numpy as np
import pytest
import torch
from tiny import LANGUAGES, Tiny, tone

from plion.config.model import Model
from plion.config.schema import Tag
from plion.config.training import Trainer
from plion.data.manifest import read_manifest, write_manifest
from plion.data.utterance import Utterance
from plion.errors import InputError
from plion.loading.clips import Clips
from plion.models.families import family
from plion.models.values import Targets
from plion.models.whisper.protocol.family import FAMILY
from plion.planning.planned_run import mixture_plan
from plion.planning.train_sets import lengths

Refuse = Callable[..., str]


@pytest.fixture
def refused(whisper: Tiny, tmp_path: Path) -> Refuse:
    """The sentence that planning a run of a model under overrides ends with."""

    def told(*overrides: str, model: Tiny = whisper) -> str:
        with pytest.raises(InputError) as error:
            mixture_plan(model.experiment(tmp_path / "runs", *overrides))
        return str(error.value)

    return told


def longer(whisper: Tiny, folder: Path, **changes: object) -> Tiny:
    """A copy whose second English utterance of training is another."""
    copy = whisper.copy(folder)
    path = copy.root / "librispeech" / "train.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    write_manifest(path, [{**row, **(changes if n == 1 else {})} for n, row in enumerate(rows)])
    return replace(copy, model=whisper.model)


def test_its_folder_is_of_its_family(whisper: Tiny, tiny: Tiny) -> None:
    assert family(whisper.model) is FAMILY and family(tiny.model) is not FAMILY


def test_every_clip_costs_a_window(whisper: Tiny, tmp_path: Path) -> None:
    planned = mixture_plan(whisper.experiment(tmp_path, "data.target_text=verbatim"))
    own = lengths(planned.train_sets, planned.exp)
    assert (own.padded() == 3).all() and len(set(own.seconds)) > 4
    assert own.words is not None
    np.testing.assert_allclose(own.cost(), 3 + own.words / 50)


@pytest.mark.parametrize("key", LANGUAGES)
@pytest.mark.parametrize("policy", ["condition", "predict"])
def test_tokens_are_counted_as_batches_have_them(policy: str, key: str, whisper: Tiny) -> None:
    targets = Targets(tag=Tag(train=policy))  # type: ignore[arg-type]
    manifest = read_manifest(whisper.root / key / "train.jsonl")
    counts = FAMILY.token_counts(manifest, whisper.model, targets)
    collator = FAMILY.load(whisper.model, Model(), torch.float32, "sdpa").collator(targets)
    clips = Clips(manifest.__getitem__, collator.features)
    example = collator.example([clips[n, n] for n in range(len(manifest))])
    assert counts.supervised.tolist() == example.tokens
    assert (counts.supervised - counts.words).tolist() == [1 + (policy == "predict")] * 8


@pytest.mark.parametrize("policy", ["none", "absent", "mixed"])
def test_other_tags_are_refused_before_anything_is_spent(policy: str, refused: Refuse) -> None:
    told = refused(f"tag.train={policy}")
    assert f"tag.train={policy} cannot be trained with Whisper" in told
    assert "tag.train=condition" in told and "tag.train=predict" in told


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("data.context=Tan", "Whisper takes no context"),
        ("model.encoder_window=full", "model.encoder_window is no setting of Whisper"),
        ("trainer.export=both", "trainer.export=both writes a second layout"),
        ("model.freeze=[projector]", "model.freeze names projector, which Whisper has not"),
        ("model.freeze=[audio_tower,language_model]", "names every part"),
    ],
)
def test_what_it_has_none_of_is_refused(setting: str, told: str, refused: Refuse) -> None:
    assert told in refused(setting)


def test_a_clip_that_is_longer_than_it_hears_is_refused_by_name(
    whisper: Tiny, tmp_path: Path, refused: Refuse
) -> None:
    spoilt = longer(whisper, tmp_path, audio=str(tone(tmp_path / "long.wav", 3.5)), duration=3.5)
    told = refused(model=spoilt)
    assert "'librispeech-train-1' of 3.50 s" in told and "3 s of audio at most" in told
    planned = mixture_plan(spoilt.experiment(tmp_path / "runs", "batch.too_long=skip"))
    assert planned.too_long == 1
    assert "3 s of audio" in refused("data.augment.speed=[0.7,1.0]")


def test_a_text_that_is_longer_than_it_writes_is_refused_by_name(
    whisper: Tiny, tmp_path: Path, refused: Refuse
) -> None:
    told = refused(model=longer(whisper, tmp_path, text="a" * 197))
    assert "'librispeech-train-1'" in told and "197 tokens" in told
    assert "196 tokens of text at most" in told


@pytest.mark.parametrize(
    ("change", "told"),
    [({"text": "a" * 197}, "has 197 tokens, and this Whisper writes 196 at most"),
     ({"duration": 3.5}, "'one' of 3.50 s is longer than the 3 s that this Whisper hears")],
)  # fmt: skip
def test_what_is_validated_is_refused_by_name_too(
    change: dict[str, object], told: str, whisper: Tiny, tmp_path: Path
) -> None:
    sound = str(tone(tmp_path / "one.wav", 4.0))
    given = {"text": "a", "duration": 1.0, **change}
    one = Utterance("one", sound, str(given["text"]), "en", "x", float(str(given["duration"])))
    collator = FAMILY.load(whisper.model, Model(), torch.float32, "sdpa").collator(Targets())
    with pytest.raises(InputError, match=told):
        collator.example([Clips([one].__getitem__, collator.features)[0, None]])


def test_a_language_without_a_token_is_one_sentence(
    whisper: Tiny, tmp_path: Path, refused: Refuse
) -> None:
    few = foreign.whisper(tmp_path / "few", "en zh", seconds=3, positions=200)
    told = refused(model=replace(whisper, model=few))
    assert "few has no token <|ta|> for language 'ta' (Tamil)" in told and "\n" not in told


def test_a_whisper_of_english_alone_is_not_trained(whisper: Tiny, tmp_path: Path) -> None:
    english = foreign.whisper(tmp_path / "english", "", seconds=3, positions=200)
    with pytest.raises(InputError, match="english is a Whisper of one language"):
        FAMILY.check_training(english, Targets(), Model(), Trainer())


def test_a_pickle_is_written_anew_as_safetensors(whisper: Tiny, tmp_path: Path) -> None:
    source = Path(shutil.copytree(whisper.model, tmp_path / "pickled"))
    loaded = FAMILY.load(source, Model(), torch.float32, "sdpa")
    torch.save(loaded.model.state_dict(), source / "pytorch_model.bin")
    (source / "model.safetensors").unlink()
    FAMILY.convert(source, tmp_path / "converted", "hf", pickle=True, like=None)
    again = FAMILY.load(tmp_path / "converted", Model(), torch.float32, "sdpa")
    before, after = loaded.model.state_dict(), again.model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
