"""From utterances to training batches: targets by policy, what is counted, bad audio."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from collated import collator, decode_collator, train_batch, train_collator
from tiny import Tiny, tone

from plion.config.schema import Experiment
from plion.data.manifest import Utterance
from plion.data.settings import Augment, Masks
from plion.errors import InputError
from plion.loading.augment import Augmentation
from plion.loading.clips import Clips
from plion.loading.workers import loader
from plion.models.qwen3_asr.files.checkpoint import Checkpoint
from plion.models.qwen3_asr.prompt import TAGS, Target, audio_tokens
from plion.models.qwen3_asr.tensors import Example, Request
from plion.planning.base_model import targets_of


def settings(tiny: Tiny, *overrides: str) -> Experiment:
    return tiny.experiment(Path("runs"), *overrides)


def target(utterance: Utterance, exp: Experiment, draw: int | None) -> Target:
    targets = targets_of(exp)
    return TAGS[targets.policy(draw)](
        targets.languages[utterance.language], targets.words(utterance)
    )


def test_a_target_is_spelled_and_tagged_as_the_experiment_says(
    tiny: Tiny, utterances: list[Utterance]
) -> None:
    one = replace(utterances[0], text="Seven RIVERS.")
    assert target(one, settings(tiny, "tag.train=predict"), 0) == Target(
        "", "language English<asr_text>", "seven rivers"
    )
    verbatim = settings(tiny, "tag.train=absent", "data.target_text=verbatim")
    assert target(one, verbatim, 0) == Target("", "", "Seven RIVERS.")


def test_mixed_conditions_the_part_p_of_draws(tiny: Tiny, utterances: list[Utterance]) -> None:
    exp = settings(tiny, "tag.train=mixed", "tag.mixed.p=0.3")
    given = [bool(target(utterances[0], exp, draw).given) for draw in range(1000)]
    assert 0.25 < sum(given) / 1000 < 0.35


def test_mixed_hangs_on_seed_and_draw_number_alone(tiny: Tiny, utterances: list[Utterance]) -> None:
    def drawn(seed: int, utterance: Utterance) -> list[bool]:
        exp = settings(tiny, "tag.train=mixed", f"seed={seed}")
        return [bool(target(utterance, exp, draw).given) for draw in range(40)]

    assert drawn(0, utterances[0]) == drawn(0, utterances[9]) != drawn(1, utterances[0])


def test_mixed_is_predict_in_validation(tiny: Tiny, utterances: list[Utterance]) -> None:
    exp = settings(tiny, "tag.train=mixed", "tag.mixed.p=1")
    assert target(utterances[0], exp, None).prefix == "language English<asr_text>"


def test_what_a_batch_consumed_is_counted(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    batch = train_batch(utterances[6:10], checkpoint, settings(tiny))
    assert isinstance(batch.example, Example)
    assert [seen.language for seen in batch.seen] == ["en", "en", "zh", "zh"]
    assert [seen.seconds for seen in batch.seen] == [one.duration for one in utterances[6:10]]
    assert sum(seen.tokens for seen in batch.seen) == len(batch.example.labels)


def test_a_clip_played_slower_is_longer_in_its_batch_and_not_in_the_count(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    slower = Augmentation(Augment(speed=[0.5]), 0)
    one = max(utterances, key=lambda one: one.duration)
    features = collator(checkpoint, settings(tiny)).features
    clip = Clips([one].__getitem__, features, augmentation=slower)[0, 0]
    assert clip.samples == pytest.approx(2 * 16_000 * one.duration, abs=1)
    assert clip.features is not None and clip.features.shape[1] == clip.samples // 160
    batch = train_collator(checkpoint, settings(tiny))([clip])
    assert isinstance(batch.example, Example) and batch.seen[0].seconds == one.duration
    assert len(batch.example.audio.kept) == audio_tokens(clip.samples)


def test_masks_lie_over_a_clips_features(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    features = collator(checkpoint, settings(tiny)).features
    masks = Augmentation(Augment(masks=Masks(time=2, frequency=2)), 0)
    plain = Clips(utterances.__getitem__, features)[0, 0]
    masked = Clips(utterances.__getitem__, features, augmentation=masks)[0, 0]
    assert masked.features is not None and plain.features is not None
    assert masked.samples == plain.samples and masked.features.shape == plain.features.shape
    assert 0 < (masked.features != plain.features).float().mean() < 0.9


@pytest.mark.parametrize(("window", "lengths"), [("8s", [104, 13]), ("full", [117])])
def test_audio_is_heard_in_the_experiments_window(
    window: str, lengths: list[int], checkpoint: Checkpoint, tiny: Tiny, tmp_path: Path
) -> None:
    exp = settings(tiny, f"model.encoder_window={window}")
    path = tone(tmp_path / "long.wav", 9.0)
    long = replace(tiny.utterances("train")[0], audio=str(path), duration=9.0)
    clips = [Clips([long].__getitem__, collator(checkpoint, exp).features)[(0, 0)]]
    training = train_collator(checkpoint, exp)(clips)
    decoding = decode_collator(checkpoint, exp, loss=True)(clips)
    for made in (training.example, decoding.example, decoding.request):
        assert isinstance(made, Example | Request)
        assert made.audio.bounds.diff().tolist() == lengths


def test_bad_audio_is_raised_by_name(
    tiny: Tiny, spoilt: list[Utterance], checkpoint: Checkpoint
) -> None:
    with pytest.raises(InputError, match="librispeech-train-1: audio .*gone.wav is missing"):
        train_batch(spoilt, checkpoint, settings(tiny))


def test_skipped_audio_is_named_and_not_counted(
    tiny: Tiny,
    spoilt: list[Utterance],
    checkpoint: Checkpoint,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        batch = train_batch(spoilt, checkpoint, settings(tiny), skip=True)
    assert batch.skipped == ("librispeech-train-1",) and len(batch.seen) == 1
    assert isinstance(batch.example, Example) and len(batch.example.ids) == 1
    assert "gone.wav is missing" in caplog.text


def test_a_batch_of_bad_audio_alone_has_no_example(
    tiny: Tiny, spoilt: list[Utterance], checkpoint: Checkpoint
) -> None:
    batch = train_batch(spoilt[1:], checkpoint, settings(tiny), skip=True)
    assert batch.example is None and batch.seen == ()


def test_a_loaders_worker_raises_one_sentence_too(
    tiny: Tiny, spoilt: list[Utterance], checkpoint: Checkpoint
) -> None:
    exp = tiny.experiment(Path("runs"), "trainer.workers=1")
    collate = train_collator(checkpoint, exp)
    clips = Clips(spoilt.__getitem__, collator(checkpoint, exp).features)
    with pytest.raises(InputError) as error:
        list(loader(clips, [[(0, 0), (1, 1)]], collate, exp.trainer))
    assert str(error.value) == (
        f"utterance librispeech-train-1: audio {spoilt[1].audio} is missing"
    )
