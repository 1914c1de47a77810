"""What makes two runs the same, or two evaluations."""

from pathlib import Path

import pytest

from plion.config.experiment import evaluation, load_experiment, to_yaml, trained_tag
from plion.config.identity import evaluation_identity, fingerprint, identity
from plion.config.schema import Experiment


def hash8(exp: Experiment) -> str:
    return fingerprint(identity(exp), {"nsc/train": "aa"}, "bb")


# Of runs that were trained before: with another hash they would be trained anew.
@pytest.mark.parametrize(
    ("overrides", "training", "evaluating"),
    [
        ([], "6f639c93", "f4094d52"),
        (
            ["sampler={name: temperature, schedule: {parameter: T, target: 5}}"],
            "88f7e4dc",
            "f4094d52",
        ),
        (
            ["sampler={name: fixed, fixed: {weights: {en: 2, ms: 0.5}}}", "sampler.max_repeats=3"],
            "4c029fda",
            "f4094d52",
        ),
        (
            ["model={freeze: [projector], lora: {parts: [language_model, audio_tower]}}"],
            "25e2954a",
            "f4094d52",
        ),
        (
            ["tag={train: mixed, decode: forced}", "optim={name: adafactor, ema: 0.99}"],
            "5eedccbb",
            "009a1568",
        ),
        (
            [
                "data.context=Tan",
                "data.augment={speed: [0.9, 1.1], noise: {folder: n}, masks: {time: 2}}",
            ],
            "777e8345",
            "3e4e38d4",
        ),
        (
            [
                "model={attention: reference, encoder_window: full}",
                "evaluate.beams=3",
                "trainer.threads=2",
            ],
            "66686eba",
            "8b9b5b8f",
        ),
    ],
)
def test_a_run_keeps_its_hash(
    empty: Path, overrides: list[str], training: str, evaluating: str
) -> None:
    exp = load_experiment(empty, overrides)
    assert hash8(exp) == training
    assert fingerprint(evaluation_identity(exp), {"nsc/test": "aa"}, "bb") == evaluating


@pytest.mark.parametrize(
    "override",
    ["name=other", "trainer.runs=elsewhere", "trainer.workers=2", "trainer.log_every=1",
     "trainer.price_per_hour=2", "trainer.peak_tflops=4", "evaluate.test=false",
     "evaluate.forced=true",
     "sampler.temperature.T=5",
     "trainer.gradient_checkpointing=[audio_tower]", "model.lora.rank=3",
     "trainer.skip_bad_steps=3",
     "model.lora.export=adapter",
     "sampler.unimax.epochs=2", "sampler.two_level.corpus_exponent=1", "sampler.fixed.weights.en=1",
     "tag.mixed.p=0.1", "data.augment.speed=[1]", "data.augment.noise.p=1",
     "data.augment.noise.snr=[0,1]", "data.augment.noise={folder: noise, p: 0}",
     "data.augment.masks.time_frames=9", "data.augment.masks.time_part=0.5",
     "data.augment.masks.frequency_bins=9"],
)  # fmt: skip
def test_what_cannot_change_the_result_does_not_change_the_hash(empty: Path, override: str) -> None:
    assert hash8(load_experiment(empty, [override])) == hash8(load_experiment(empty))


@pytest.mark.parametrize(
    "override",
    ["seed=1", "trainer.threads=2", "hold.amount=2", "tag.train=none", "sampler.name=balanced",
     "optim.lr=0.1", "sampler.unit=hours", "sampler.max_repeats=2", "batch.mix=stratified",
     "model.freeze=[projector]", "model.lora.parts=[projector]", "optim.name=adafactor",
     "optim.ema=0.9", "optim.beta1=0.8", "trainer.precision=bf16-mixed",
     "batch.too_long=skip", "model.encoder_window=full",
     "data.augment.speed=[0.9]", "data.augment.noise.folder=noise",
     "data.augment.masks.time=1", "data.augment.masks.frequency=1"],
)  # fmt: skip
def test_what_can_change_the_result_changes_the_hash(empty: Path, override: str) -> None:
    assert hash8(load_experiment(empty, [override])) != hash8(load_experiment(empty))


@pytest.mark.parametrize(
    ("chosen", "parameter"),
    [
        ("sampler.name=temperature", "sampler.temperature.T=5"),
        ("sampler.name=temperature", "sampler.temperature.level=both"),
        ("sampler.name=temperature", "sampler.schedule.parameter=T"),
        ("sampler={name: temperature, schedule: {parameter: T}}", "sampler.schedule.target=2"),
        ("sampler.name=two_level", "sampler.two_level.order=language_corpus"),
        ("sampler.name=unimax", "sampler.unimax.epochs=2"),
        ("sampler.name=fixed", "sampler.fixed.weights.en=1"),
        ("tag.train=mixed", "tag.mixed.p=0"),
        ("model.lora.parts=[projector]", "model.lora.rank=3"),
        ("data.augment.speed=[0.9,1]", "data.augment.speed=[1,0.9]"),
        ("data.augment.noise.folder=noise", "data.augment.noise.p=1"),
        ("data.augment.noise.folder=noise", "data.augment.noise.snr=[0,1]"),
        ("data.augment.masks.time=1", "data.augment.masks.time_frames=9"),
        ("data.augment.masks.time=1", "data.augment.masks.time_part=0.5"),
        ("data.augment.masks.frequency=1", "data.augment.masks.frequency_bins=9"),
    ],
)
def test_the_parameters_of_a_chosen_policy_count(empty: Path, chosen: str, parameter: str) -> None:
    assert hash8(load_experiment(empty, [chosen])) != hash8(
        load_experiment(empty, [chosen, parameter])
    )


def test_the_order_of_parts_does_not_count(empty: Path) -> None:
    for key in ("model.freeze", "model.lora.parts"):
        one, other = (
            load_experiment(empty, [f"{key}=[{parts}]"])
            for parts in ("projector,audio_tower", "audio_tower,projector")
        )
        assert hash8(one) == hash8(other)


def test_a_setting_that_is_gone_stays_in_the_hash_of_earlier_runs(empty: Path) -> None:
    assert identity(load_experiment(empty))["loss"] == {"unit": "tokens"}
    assert hash8(load_experiment(empty, ["loss.unit=tokens"])) == hash8(load_experiment(empty))


def test_the_betas_of_adamw_do_not_count_for_adafactor(empty: Path) -> None:
    name = "optim.name=adafactor"
    assert hash8(load_experiment(empty, [name])) == hash8(
        load_experiment(empty, [name, "optim.beta2=0.9"])
    )


def test_where_noise_lies_does_not_count(empty: Path) -> None:
    here, there = (
        load_experiment(empty, [f"data.augment.noise.folder={name}"]) for name in ("a", "b")
    )
    assert hash8(here) == hash8(there)


def test_the_settings_of_a_run_without_augmentation_name_none(empty: Path) -> None:
    assert "augment" not in identity(load_experiment(empty))["data"]


def test_the_window_that_models_are_made_with_goes_unnamed(empty: Path) -> None:
    exp = load_experiment(empty)
    assert "encoder_window" not in identity(exp)["model"]
    assert "encoder_window" not in evaluation_identity(exp)


def test_other_data_or_weights_are_another_run() -> None:
    same = identity(Experiment())
    hashes = {
        fingerprint(same, {"nsc/train": "aa"}, "bb"),
        fingerprint(same, {"nsc/train": "ab"}, "bb"),
        fingerprint(same, {"nsc/valid": "aa"}, "bb"),
        fingerprint(same, {"nsc/train": "aa"}, "bc"),
    }
    assert len(hashes) == 4


def test_an_evaluation_is_the_same_whatever_the_training_would_be() -> None:
    first = evaluation("mini", "mini12", None, [])
    assert (first.name, first.data.root) == ("base", "data/mini12")
    second = evaluation("mini", "mini12", "elsewhere", ["optim.lr=1", "seed=3", "hold.amount=9"])
    assert evaluation_identity(first) == evaluation_identity(second)


@pytest.mark.parametrize(
    "override",
    ["tag.decode=forced", "evaluate.seconds=9", "trainer.threads=2", "model.encoder_window=full"],
)
def test_an_evaluation_depends_on_how_it_decodes(override: str) -> None:
    plain, other = (evaluation("mini", "mini12", None, o) for o in ([], [override]))
    assert evaluation_identity(plain) != evaluation_identity(other)


def test_a_whole_number_and_its_float_are_the_same_setting(empty: Path) -> None:
    assert identity(load_experiment(empty, ["batch.seconds=60"])) == identity(
        load_experiment(empty, ["batch.seconds=60.0"])
    )


@pytest.mark.parametrize(
    ("train", "decode"),
    [("predict", "free"), ("mixed", "free"), ("absent", "free"), ("condition", "forced")],
)
def test_matched_decoding_counts_as_what_it_comes_to(empty: Path, train: str, decode: str) -> None:
    matched, named, other = (
        load_experiment(empty, [f"tag.train={train}", *own])
        for own in ([], [f"tag.decode={decode}"],
                    [f"tag.decode={'free' if decode == 'forced' else 'forced'}"])
    )  # fmt: skip
    assert hash8(matched) == hash8(named) != hash8(other)
    assert evaluation_identity(matched) == evaluation_identity(named) != evaluation_identity(other)


def test_a_run_has_the_settings_that_it_had_when_decoding_was_free_by_default(empty: Path) -> None:
    assert identity(load_experiment(empty))["tag"] == {"train": "predict", "decode": "free"}


def test_a_context_is_part_of_what_a_run_is_and_none_is_not(empty: Path) -> None:
    plain, told = load_experiment(empty), load_experiment(empty, ["data.context=Tan Ah Kow"])
    assert "context" not in identity(plain)["data"] and "context" not in evaluation_identity(plain)
    assert hash8(plain) != hash8(told)
    assert evaluation_identity(plain) != evaluation_identity(told)


def test_a_run_is_decoded_with_the_context_it_was_trained_with_unless_told(tmp_path: Path) -> None:
    trained = Experiment(name="own")
    trained.data.context = "Tan Ah Kow"
    (tmp_path / "config.yaml").write_text(to_yaml(trained))
    found = [
        evaluation(str(tmp_path), None, None, [], context=context).data.context
        for context in (None, "", "a: [b] = 2\nc")
    ]
    assert found == ["Tan Ah Kow", "", "a: [b] = 2\nc"]


@pytest.mark.parametrize("name", ["", "checkpoints/export", "checkpoints/export-qwen-asr"])
def test_a_run_and_its_exports_are_told_the_language_where_they_were_in_training(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "run" / "checkpoints" / "export").mkdir(parents=True)
    (tmp_path / "run" / "config.yaml").write_text("tag: {train: condition}\n")
    exp = evaluation(str(tmp_path / "run" / name), "mini12", None, [])
    assert (exp.tag.train, exp.tag.decoding) == ("condition", "forced")
    assert trained_tag(str(tmp_path / "run" / name)) == "condition"


def test_another_model_is_taken_to_name_the_language_itself(tmp_path: Path) -> None:
    exp = evaluation(str(tmp_path), "mini12", None, [])
    assert (exp.tag.train, exp.tag.decoding) == ("predict", "free")
