"""Values that settings cannot have, and settings that do not fit together: told in a sentence."""

from pathlib import Path

import pytest
from refusing import refusal

from plion.config.experiment import load_experiment
from plion.errors import InputError


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("tag.train=predit", "tag.train cannot be 'predit' (did you mean 'predict'?)"),
        ("hold.quantity=hours", "hold.quantity cannot be 'hours'"),
        ("trainer.precision=bf16-mixd", "(did you mean 'bf16-mixed'?)"),
        ("sampler.name=balancd", "sampler.name cannot be 'balancd' (did you mean 'balanced'?)"),
        ("evaluate.profile=strickt", "(did you mean 'strict'?)"),
        ("batch.per_step=1.5", "batch.per_step must be a whole number, not 1.5"),
        ("optim.lr=fast", "optim.lr must be a number, not 'fast'"),
        ("optim.lr=true", "optim.lr must be a number, not True"),
        ("optim.lr=nan", "optim.lr must be a finite number"),
        ("hold.amount=0", "hold.amount must be above 0, not 0.0"),
        ("trainer.threads=0", "trainer.threads must be above 0"),
        ("trainer.devices=0", "trainer.devices must be above 0, not 0"),
        ("sampler.temperature.T=0", "sampler.temperature.T must be above 0"),
        ("sampler.temperature.level=corpora", "(did you mean 'corpus'?)"),
        ("sampler.two_level.corpus_exponent=-1", "corpus_exponent must be 0 or more, not -1.0"),
        ("sampler.two_level.order=corpus", "sampler.two_level.order cannot be 'corpus'"),
        ("sampler.unimax.epochs=0", "sampler.unimax.epochs must be above 0"),
        ("sampler.fixed.weights=en", "sampler.fixed.weights must be `key: value` pairs, not 'en'"),
        ("sampler.fixed.weights.en=much", "sampler.fixed.weights.en: Value 'much'"),
        ("sampler.replay.shares=[{en: -1}]", "pass 1: the share of 'en' is -1; it must be 0 or m"),
        ("sampler.replay.shares=[{en: 1}, {en: 0}]", "pass 2: all shares are 0; give one languag"),
        ("sampler.replay.shares=[en]", "pass 1: expected the share of each language"),
        ("sampler.adaptive.proportional=2", "sampler.adaptive.proportional must be between 0 and"),
        ("sampler.unit=seconds", "sampler.unit cannot be 'seconds'"),
        ("sampler.max_repeats=0", "sampler.max_repeats must be above 0, not 0.0"),
        ("trainer.peak_tflops=0", "trainer.peak_tflops must be above 0, not 0.0"),
        ("trainer.price_per_hour=-1", "trainer.price_per_hour must be above 0, not -1.0"),
        ("sampler.schedule.end=1.5", "sampler.schedule.end must be between 0 and 1"),
        ("batch.mix=layered", "batch.mix cannot be 'layered' (known: window, stratified)"),
        ("batch.too_long=drop", "batch.too_long cannot be 'drop' (known: raise, skip)"),
        ("model.freeze=[tower]", "model.freeze cannot have 'tower' (did you mean 'audio_tower'?)"),
        ("model.freeze=[3]", "model.freeze cannot have '3' (known: audio_tower, projector, lang"),
        ("model.freeze=projector", "model.freeze must be a list, not 'projector'"),
        ("model.lora.parts=[encoder]", "model.lora.parts cannot have 'encoder'"),
        ("model.lora.rank=0", "model.lora.rank must be above 0, not 0"),
        ("model.lora.alpha=0", "model.lora.alpha must be above 0, not 0.0"),
        ("model.lora.dropout=1.5", "model.lora.dropout must be between 0 and 1"),
        ("model.lora.export=merge", "model.lora.export cannot be 'merge' (did you mean 'merged'?)"),
        ("optim.name=adam", "optim.name cannot be 'adam' (did you mean 'adamw'?)"),
        ("optim.ema=1", "optim.ema must be 0 or more and below 1, not 1.0"),
        ("trainer.skip_bad_steps=-1", "trainer.skip_bad_steps must be 0 or more, not -1"),
        ("trainer.gradient_checkpointing=[projector]", "gradient_checkpointing cannot have 'proj"),
        ("seed=-1", "seed must be 0 or more and below 2**32, not -1"),
        ("seed=4294967296", "seed must be 0 or more and below 2**32"),
        ("data.exclude=[3]", "data.exclude must be of words, and 3 is none"),
        ("data.exclude=[{nsc: slr65}]", "data.exclude must be of words"),
        ("data.exclude=nsc", "data.exclude must be a list, not 'nsc'"),
        ("data.exclude.nsc=1", "data.exclude must be a list, not {'nsc': 1}"),
        ("trainer.workers=-1", "trainer.workers must be 0 or more"),
        ("tag.mixed.p=1.5", "tag.mixed.p must be between 0 and 1"),
        ("sampler=balanced", "'sampler' is a group of keys (known: sampler.name"),
        ("seed", "is not of the form key=value"),
        ("optim.lr=[", "cannot be read"),
        ("data.root=null", "data.root must be text, not None; in quotes"),
        ("data.augment.speed=0.9", "data.augment.speed must be a list, not 0.9"),
        (
            "data.augment.speed=[0.9,0]",
            "each of data.augment.speed must be between 0.5 and 2, not 0.0",
        ),
        ("data.augment.speed=[0.49]", "must be between 0.5 and 2, not 0.49"),
        ("data.augment.speed=[2.01]", "must be between 0.5 and 2, not 2.01"),
        ("data.augment.speed=[0.905]", "of hundredths from 0.5 to 2, and 0.905 is none"),
        ("data.augment.speed=[nan]", "each of data.augment.speed must be a finite number, not nan"),
        ("data.augment.speed=[fast]", "data.augment.speed"),
        ("data.augment.noise.snr=[20,5]", "data.augment.noise.snr must be lowest and highest"),
        ("data.augment.noise.snr=[5]", "lowest and highest, -100 to 100 dB, not [5.0]"),
        (
            "data.augment.noise.snr=[5,inf]",
            "each of data.augment.noise.snr must be a finite number, not inf",
        ),
        ("data.augment.noise.p=2", "data.augment.noise.p must be between 0 and 1"),
        ("data.augment.noise=dir", "(known: data.augment.noise.folder"),
        ("data.augment.masks.time=-1", "data.augment.masks.time must be 0 or more"),
        ("data.augment.masks.time_part=0", "data.augment.masks.time_part must be above 0"),
        ("data.augment.noise.snr=[5,101]", "snr must be between -100 and 100, not 101.0"),
        ("data.augment.masks.time_part=1.5", "must be above 0 and at most 1, not 1.5"),
        ("sampler.fixed.weights.en=-1", "sampler.fixed.weights.en must be 0 or more, not -1.0"),
        ("data.augment.masks.frequency_bins=0", "frequency_bins must be above 0"),
    ],
)
def test_a_bad_value_is_told_in_one_sentence(empty: Path, override: str, message: str) -> None:
    told = refusal(empty, override)
    assert told.startswith(f"override '{override}'") and message in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        (
            "sampler.schedule.parameter=T",
            "'T' is not a number of sampler 'proportional' (it has none)",
        ),
        ("sampler={name: unimax, schedule: {parameter: T}}", "'unimax' (known: epochs)"),
        ("sampler={name: temperature, schedule: {parameter: level}}", "'level' is not a number"),
        (
            "sampler={name: temperature, schedule: {parameter: T, begin: 0.6, end: 0.3}}",
            "sampler.schedule begins at 0.6 and ends at 0.3; it must end after it begins",
        ),
        (
            "sampler.schedule={begin: 0.5, end: 0.5}",
            "sampler.schedule begins at 0.5 and ends at 0.5; it must end after it begins",
        ),
        ("sampler.schedule.target=5", "sampler.schedule has no parameter to change"),
        ("sampler.schedule.begin=0.2", "sampler.schedule has no parameter to change"),
        (
            "sampler={name: temperature, schedule: {parameter: T, target: 0}}",
            "sampler.schedule.target must be above 0 like sampler.temperature.T, not 0.0",
        ),
        (
            "sampler={name: unimax, schedule: {parameter: epochs, target: 0}}",
            "sampler.schedule.target must be above 0 like sampler.unimax.epochs",
        ),
        (
            "sampler={name: two_level, schedule: {parameter: language_exponent, target: -1}}",
            "must be 0 or more like sampler.two_level.language_exponent, not -1.0",
        ),
        (
            "sampler={name: adaptive, schedule: {parameter: eta, target: 0}}",
            "but sampler 'adaptive' has the shares of each pass from elsewhere; remove the sched",
        ),
        ("trainer.devices=2", "batch.per_step is 1, which 2 devices cannot share equally"),
    ],
)
def test_settings_that_do_not_fit_each_other_are_told_in_one_sentence(
    tmp_path: Path, override: str, sentence: str
) -> None:
    path = tmp_path / "exp.yaml"
    path.write_text("seed: 1\n")
    with pytest.raises(InputError) as error:
        load_experiment(path, [override])
    assert str(error.value).startswith("exp: ") and sentence in str(error.value)


@pytest.mark.parametrize(
    "overrides",
    [("trainer.devices=4", "batch.per_step=8"), ("batch.per_step=8", "trainer.devices=4")],
)
def test_what_must_fit_together_may_come_in_any_order(
    empty: Path, overrides: tuple[str, ...]
) -> None:
    exp = load_experiment(empty, overrides)
    assert exp.batch.per_step == 2 * exp.trainer.devices == 8


def test_a_schedule_may_come_before_the_sampler_that_it_is_of(tmp_path: Path) -> None:
    path = tmp_path / "exp.yaml"
    path.write_text("seed: 1\n")
    exp = load_experiment(path, ["sampler.schedule.parameter=T", "sampler.name=temperature"])
    assert exp.sampler.schedule.parameter == "T"


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (
            ["model.freeze=[projector]", "model.lora.parts=[projector]"],
            "model.freeze and model.lora.parts both name projector; LoRA freezes",
        ),
        (
            ["optim.ema=0.9", "trainer.precision=bf16-true"],
            "optim.ema changes weights by less than bfloat16 can represent",
        ),
        (
            ["sampler.name=adaptive", "optim.warmup_amount=0.1"],
            "optim.warmup_amount needs a run that is planned to its end",
        ),
    ],
)
def test_what_is_trained_must_fit_together(
    empty: Path, overrides: list[str], sentence: str
) -> None:
    told = refusal(empty, *overrides)
    assert told.startswith(f"{empty.stem}: ") and sentence in told and "\n" not in told


def test_what_has_never_seen_a_tag_is_not_given_one(empty: Path) -> None:
    with pytest.raises(InputError, match="has never seen one"):
        load_experiment(empty, ["tag.train=absent", "evaluate.forced=true"])
