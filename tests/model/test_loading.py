"""From utterances to batches: targets by policy, bad audio, decoding batches by length."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import Tiny

from plion.data.augment import Augmentation
from plion.data.manifest import Utterance
from plion.data.settings import Augment, Masks
from plion.errors import InputError
from plion.model.checkpoint import Checkpoint, load
from plion.model.loading import (
    Clips,
    DecodeBatch,
    DecodeCollator,
    TrainBatch,
    TrainCollator,
    decoding_batches,
    decoding_loader,
    loader,
    target,
)
from plion.model.prompt import Target, audio_tokens, tag
from plion.settings import Experiment


@pytest.fixture(scope="module")
def checkpoint(tiny: Tiny) -> Checkpoint:
    return load(str(tiny.model))


@pytest.fixture(scope="module")
def utterances(tiny: Tiny) -> list[Utterance]:
    return tiny.utterances("train")


def settings(tiny: Tiny, *overrides: str) -> Experiment:
    return tiny.experiment(Path("runs"), *overrides)


def training_batch(
    utterances: list[Utterance], checkpoint: Checkpoint, exp: Experiment, skip: bool = False
) -> TrainBatch:
    clips = Clips(utterances.__getitem__, checkpoint.extractor, skip)
    return TrainCollator(checkpoint.prompter, exp)([clips[n, n] for n in range(len(utterances))])


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
    batch = training_batch(utterances[6:10], checkpoint, settings(tiny))
    assert batch.example is not None
    assert [seen.language for seen in batch.seen] == ["en", "en", "zh", "zh"]
    assert [seen.seconds for seen in batch.seen] == [one.duration for one in utterances[6:10]]
    assert sum(seen.tokens for seen in batch.seen) == len(batch.example.labels)


def test_a_clip_played_slower_is_longer_in_its_batch_and_not_in_the_count(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    slower = Augmentation(Augment(speed=[0.5]), 0)
    one = max(utterances, key=lambda one: one.duration)
    clip = Clips([one].__getitem__, checkpoint.extractor, augmentation=slower)[0, 0]
    assert clip.samples == pytest.approx(2 * 16_000 * one.duration, abs=1)
    assert clip.mel is not None and clip.mel.shape[1] == clip.samples // 160
    batch = TrainCollator(checkpoint.prompter, settings(tiny))([clip])
    assert batch.example is not None and batch.seen[0].seconds == one.duration
    assert len(batch.example.audio.kept) == audio_tokens(clip.samples)


def test_masks_lie_over_a_clips_features(
    utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    masks = Augmentation(Augment(masks=Masks(time=2, frequency=2)), 0)
    plain = Clips(utterances.__getitem__, checkpoint.extractor)[0, 0]
    masked = Clips(utterances.__getitem__, checkpoint.extractor, augmentation=masks)[0, 0]
    assert masked.mel is not None and plain.mel is not None
    assert masked.samples == plain.samples and masked.mel.shape == plain.mel.shape
    assert 0 < (masked.mel != plain.mel).float().mean() < 0.9


@pytest.fixture
def spoilt(utterances: list[Utterance], tmp_path: Path) -> list[Utterance]:
    """Two utterances, of which the second has no audio."""
    return [utterances[0], replace(utterances[1], audio=str(tmp_path / "gone.wav"))]


def test_bad_audio_is_raised_by_name(
    tiny: Tiny, spoilt: list[Utterance], checkpoint: Checkpoint
) -> None:
    with pytest.raises(InputError, match="librispeech-train-1: audio .*gone.wav is missing"):
        training_batch(spoilt, checkpoint, settings(tiny))


def test_skipped_audio_is_named_and_not_counted(
    tiny: Tiny,
    spoilt: list[Utterance],
    checkpoint: Checkpoint,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        batch = training_batch(spoilt, checkpoint, settings(tiny), skip=True)
    assert batch.skipped == ("librispeech-train-1",) and len(batch.seen) == 1
    assert batch.example is not None and len(batch.example.ids) == 1
    assert "gone.wav is missing" in caplog.text


def test_a_batch_of_bad_audio_alone_has_no_example(
    tiny: Tiny, spoilt: list[Utterance], checkpoint: Checkpoint
) -> None:
    batch = training_batch(spoilt[1:], checkpoint, settings(tiny), skip=True)
    assert batch.example is None and batch.seen == ()


def test_a_loaders_worker_raises_one_sentence_too(
    tiny: Tiny, spoilt: list[Utterance], checkpoint: Checkpoint
) -> None:
    exp = settings(tiny, "trainer.workers=1")
    collate = TrainCollator(checkpoint.prompter, exp)
    clips = Clips(spoilt.__getitem__, checkpoint.extractor)
    with pytest.raises(InputError) as error:
        list(loader(clips, [[(0, 0), (1, 1)]], collate, exp))
    assert str(error.value) == (
        f"utterance librispeech-train-1: audio {spoilt[1].audio} is missing"
    )


def decode_batch(
    utterances: list[Utterance], checkpoint: Checkpoint, exp: Experiment, loss: bool = False
) -> DecodeBatch:
    clips = Clips(utterances.__getitem__, checkpoint.extractor)
    collate = DecodeCollator(checkpoint.prompter, exp, loss)
    return collate([clips[n, 0] for n in range(len(utterances))])


def test_the_limit_of_a_transcript_grows_with_its_own_audio(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    exp = settings(tiny, "evaluate.tokens_per_second=10")
    batch = decode_batch(utterances[:4], checkpoint, exp)
    assert batch.limits == tuple(round(16 + 10 * one.duration) for one in utterances[:4])


def test_free_decoding_gives_nothing_and_forced_the_language(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    free = decode_batch(utterances[-1:], checkpoint, settings(tiny)).request.ids
    forced = decode_batch(utterances[-1:], checkpoint, settings(tiny, "tag.decode=forced"))
    given = forced.request.ids[0, free.shape[1] :].tolist()
    assert checkpoint.prompter.decode(given) == tag("ta")


def test_targets_are_there_only_for_a_validation_loss(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    assert decode_batch(utterances[:2], checkpoint, settings(tiny)).example is None
    assert decode_batch(utterances[:2], checkpoint, settings(tiny), loss=True).example is not None


def test_decoding_goes_by_length_under_its_budget_and_leaves_nobody_out(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    exp = settings(tiny, "evaluate.seconds=8", "evaluate.utterances=3")
    batches = [batch.utterances for batch in decoding_loader(utterances, checkpoint, exp)]
    assert sorted(one.id for batch in batches for one in batch) == sorted(
        one.id for one in utterances
    )
    for batch in batches:
        longest = max(one.duration for one in batch)
        assert len(batch) <= 3 and len(batch) * max(1, -(-longest // 1)) <= 8


def test_the_longest_are_decoded_first(tiny: Tiny, utterances: list[Utterance]) -> None:
    exp = settings(tiny, "evaluate.utterances=3")
    batches = decoding_batches(utterances, exp)
    longest = [max(utterances[n].duration for n in batch) for batch in batches]
    assert len(longest) > 3 and longest == sorted(longest, reverse=True)


def test_what_pads_every_clip_fills_the_decoding_budget_with_it(
    tiny: Tiny, utterances: list[Utterance]
) -> None:
    exp = settings(tiny, "evaluate.seconds=95")
    batches = decoding_batches(utterances, exp, shortest=30)
    assert [len(batch) for batch in batches] == [3] * (len(utterances) // 3)
    falling = [utterances[n].duration for batch in batches for n in batch]
    assert falling == sorted(falling, reverse=True)


def test_an_utterance_over_the_decoding_budget_is_decoded_alone(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    exp = settings(tiny, "evaluate.seconds=1")
    batches = list(decoding_loader(utterances, checkpoint, exp))
    longest = max(utterances, key=lambda one: one.duration)
    assert longest.duration > 2 and sum(len(batch.limits) for batch in batches) == 24
