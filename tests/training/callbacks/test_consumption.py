"""What TensorBoard is told of a run's consumption: shares, repeats, the mix of its steps."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny import LANGUAGES, Tiny

from plion.planning.planned_run import mixture_plan
from plion.planning.tables.loss_weights import language_weights
from plion.planning.tables.totals import mix_of_steps
from plion.runs.folder import RunFolder

UNITS = ("utterances", "hours", "supervised_tokens")


def last(board: EventAccumulator, tag: str) -> float:
    return float(board.Scalars(tag)[-1].value)


def test_every_scalar_of_a_run_is_there(board: EventAccumulator) -> None:
    assert {
        "train/loss", "train/loss_text", "train/loss_prefix", "train/audio_hours",
        "lr-AdamW/pg1", "batch/utterances", "batch/supervised_tokens", "batch/seconds",
        "step_mix/entropy", "step_mix/missing",
        *(f"share_{unit}/{key}" for unit in UNITS for key in ("en", "zh", "ta", "ms")),
        *(f"corpus_share_{unit}/{key}" for unit in UNITS for key in LANGUAGES),
        *(f"repeats/{key}" for key in LANGUAGES),
        "valid/loss", "valid/loss_text", "valid/macro_error",
        *(f"{kind}_error/{key}" for key in LANGUAGES for kind in ("valid", "probe")),
        "test/macro_error", *(f"test_error/{key}" for key in LANGUAGES),
    } <= set(board.Tags()["scalars"])  # fmt: skip


def test_the_loss_is_there_for_every_step(board: EventAccumulator) -> None:
    assert [event.step for event in board.Scalars("train/loss")] == [0, 1, 2, 3]


def test_the_learning_rate_is_the_planned_one(
    board: EventAccumulator, finished: RunFolder, tiny: Tiny, settings: tuple[str, ...]
) -> None:
    exp = tiny.experiment(finished.path, *settings)
    fractions = mixture_plan(exp).plan.fractions
    middles = (fractions[:-1] + fractions[1:]) / 2
    expected = exp.optim.lr * (1 - (middles - exp.optim.warmup) / (1 - exp.optim.warmup))
    found = {event.step: event.value for event in board.Scalars("lr-AdamW/pg1")}
    assert list(found.values()) == pytest.approx(expected.tolist())


@pytest.mark.parametrize("unit", UNITS)
def test_shares_of_languages_sum_to_one(unit: str, board: EventAccumulator) -> None:
    shares = [last(board, f"share_{unit}/{key}") for key in ("en", "zh", "ta", "ms")]
    assert sum(shares) == pytest.approx(1) and shares[3] == 0 < min(shares[:3])


def test_shares_are_those_of_what_was_planned(
    board: EventAccumulator, finished: RunFolder, tiny: Tiny, settings: tuple[str, ...]
) -> None:
    planned = mixture_plan(tiny.experiment(finished.path, *settings))
    drawn = [planned.utterances[int(number)] for number in planned.plan.numbers]
    seconds = {key: sum(u.duration for u in drawn if u.language == key) for key in ("en", "zh")}
    total = sum(one.duration for one in drawn)
    for key, own in seconds.items():
        assert last(board, f"share_hours/{key}") == pytest.approx(own / total)
        part = sum(one.language == key for one in drawn) / len(drawn)
        assert last(board, f"share_utterances/{key}") == pytest.approx(part)


def test_what_each_language_took_is_recorded_and_sums_to_all(
    board: EventAccumulator, finished: RunFolder
) -> None:
    record = finished.read()
    consumed = record.consumed
    assert list(consumed) == ["en", "zh", "ta"]  # those that the run has
    assert list(record.consumed_by_corpus.values()) == list(consumed.values())  # one in each
    for unit, name in zip(UNITS, ("utterances", "audio_hours_trained", UNITS[2]), strict=True):
        total = sum(own[unit] for own in consumed.values())
        assert total == pytest.approx(getattr(record, name))
        assert last(board, f"share_{unit}/ta") == pytest.approx(consumed["ta"][unit] / total)


def test_each_language_weighed_what_the_plan_says(
    finished: RunFolder, tiny: Tiny, settings: tuple[str, ...]
) -> None:
    planned = mixture_plan(tiny.experiment(finished.path, *settings))
    consumed = finished.read().consumed
    total = sum(own["supervised_tokens"] for own in consumed.values())
    shares = {key: 100 * own["supervised_tokens"] / total for key, own in consumed.items()}
    assert language_weights(planned) == pytest.approx(shares)


def test_shares_of_corpora_are_those_of_their_languages(board: EventAccumulator) -> None:
    for key, language in LANGUAGES.items():  # each language has one corpus here
        for unit in UNITS:
            own = [event.value for event in board.Scalars(f"corpus_share_{unit}/{key}")]
            assert own == [event.value for event in board.Scalars(f"share_{unit}/{language}")]


def test_repeats_are_draws_over_the_size_of_the_corpus(
    board: EventAccumulator, finished: RunFolder, tiny: Tiny, settings: tuple[str, ...]
) -> None:
    planned = mixture_plan(tiny.experiment(finished.path, *settings))
    corpora = planned.stream.corpus_of(planned.plan.numbers)
    for number, (key, size) in enumerate(zip(LANGUAGES, planned.stream.sizes, strict=True)):
        assert last(board, f"repeats/{key}") == pytest.approx((corpora == number).sum() / size)


def test_batches_and_the_mix_of_steps_are_those_of_the_plan(
    board: EventAccumulator, finished: RunFolder, tiny: Tiny, settings: tuple[str, ...]
) -> None:
    planned = mixture_plan(tiny.experiment(finished.path, *settings))
    plan, mixed = planned.plan, mix_of_steps(planned)
    for tag, expected in (
        ("step_mix/entropy", mixed.entropy),
        ("step_mix/missing", mixed.missing),
        ("batch/utterances", len(plan.numbers) / plan.batches),
        ("batch/seconds", plan.seconds.mean()),
        ("batch/supervised_tokens", plan.totals.supervised_tokens / plan.batches),  # type: ignore[operator]
    ):
        found = [event.value for event in board.Scalars(tag)]  # of every step
        assert np.mean(found) == pytest.approx(expected)


@pytest.fixture(scope="module")
def seldom(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> EventAccumulator:
    """What a run that is reported every 100 steps told of its five, with two validations."""
    folder = tiny.train(tmp_path_factory.mktemp("seldom"), *SELDOM).path
    return EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()


SELDOM = (
    "trainer.log_every=100",
    "trainer.validations=2",
    "hold.amount=5",
    "evaluate.test=false",
    "sampler={name: fixed, fixed: {weights: {en: 1, zh: 1, ta: 0}}}",
)


def test_every_validation_and_the_last_step_are_reported_where_the_errors_stand(
    seldom: EventAccumulator,
) -> None:
    for tag in (
        "valid_error/aishell1",
        "probe_error/aishell1",
        "repeats/aishell1",
        "share_hours/zh",
    ):
        assert [event.step for event in seldom.Scalars(tag)] == [2, 4]


def test_a_language_that_is_never_drawn_is_no_part_of_the_mix_of_steps(
    seldom: EventAccumulator, tiny: Tiny, tmp_path: Path
) -> None:
    planned = mixture_plan(tiny.experiment(tmp_path, *SELDOM))
    found = mix_of_steps(planned)
    for tag, expected in (("entropy", found.entropy), ("missing", found.missing)):
        first, second = (event.value for event in seldom.Scalars(f"step_mix/{tag}"))
        assert (3 * first + 2 * second) / 5 == pytest.approx(expected)


def test_hours_are_those_of_the_plan(
    board: EventAccumulator, finished: RunFolder, tiny: Tiny, settings: tuple[str, ...]
) -> None:
    plan = mixture_plan(tiny.experiment(finished.path, *settings)).plan
    assert last(board, "train/audio_hours") == pytest.approx(plan.totals.audio_hours)


def reported(folder: RunFolder) -> dict[str, dict[int, float]]:
    events = EventAccumulator(str(folder.path), size_guidance={"scalars": 0}).Reload()
    tags = ("price/padding", "step_mix/entropy", "batch/seconds", "repeats/slr65")
    return {tag: {event.step: event.value for event in events.Scalars(tag)} for tag in tags}


def test_a_run_stopped_between_two_reports_reports_the_same(
    tiny: Tiny, tmp_path: Path, train_to_third: Callable[..., None]
) -> None:
    settings = ("trainer.log_every=2", "trainer.checkpoints=4", "evaluate.test=false")
    whole = tiny.train(tmp_path / "whole", *settings)
    train_to_third(tmp_path / "stopped", *settings)
    assert reported(tiny.train(tmp_path / "stopped", *settings)) == reported(whole)
