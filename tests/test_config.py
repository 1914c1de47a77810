"""Experiment files: what they resolve to, how mistakes are told, what makes two runs the same."""

from pathlib import Path

import pytest

from plion.config import (
    Experiment,
    evaluation,
    evaluation_identity,
    fingerprint,
    identity,
    load,
    to_yaml,
)
from plion.errors import InputError
from plion.resolve import dotted, override, resolve
from plion.studies.grid import AblationFile


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return write(tmp_path, "plain.yaml", "seed: 0\n")


def refusal(path: Path, *overrides: str) -> str:
    with pytest.raises(InputError) as error:
        load(path, overrides)
    return str(error.value)


def test_a_file_lies_over_the_defaults_and_an_override_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "a.yaml", "optim: {lr: 2e-4, clip: 2}\n")
    exp = load(path, ["optim.clip=3"])
    assert (exp.optim.lr, exp.optim.clip, exp.optim.beta1) == (2e-4, 3.0, 0.9)


def test_a_file_lies_over_the_one_it_extends_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    write(tmp_path / "base", "far.yaml", "seed: 1\nbatch: {seconds: 10, window: 7}\n")
    write(tmp_path, "near.yaml", "extends: base/far.yaml\nbatch: {seconds: 20}\n")
    exp = load(write(tmp_path, "own.yaml", "extends: near.yaml\nhold: {amount: 2}\n"))
    assert (exp.seed, exp.batch.seconds, exp.batch.window, exp.hold.amount) == (1, 20.0, 7, 2.0)


def test_a_chain_that_extends_itself_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "extends: b.yaml\n")
    message = refusal(write(tmp_path, "b.yaml", "extends: a.yaml\n"))
    assert "circle" in message and "b.yaml -> a.yaml -> b.yaml" in message


def test_an_experiment_is_called_by_its_own_stem_and_not_by_its_parents_name(
    tmp_path: Path,
) -> None:
    write(tmp_path, "parent.yaml", "name: elder\n")
    child = write(tmp_path, "child.yaml", "extends: parent.yaml\n")
    assert load(child).name == "child"
    assert load(child, ["name=other"]).name == "other"


def test_a_name_that_cannot_be_a_folders_is_refused(empty: Path) -> None:
    assert "name 'a/b' must be of letters" in refusal(empty, "name=a/b")


@pytest.mark.parametrize("number", ["1e-3", "1E-3", "0.001", "1.0e-03"])
def test_numbers_with_an_exponent_are_numbers(empty: Path, tmp_path: Path, number: str) -> None:
    assert load(empty, [f"optim.lr={number}"]).optim.lr == 0.001
    assert load(write(tmp_path, "n.yaml", f"optim: {{lr: {number}}}")).optim.lr == 0.001


def test_an_unknown_key_of_a_file_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    path = write(tmp_path, "typo.yaml", "sampler: {temperature: {Temp: 3}, nmae: balanced}\n")
    assert "typo.yaml: unknown key 'sampler.temperature.Temp'" in refusal(path)
    path = write(tmp_path, "typo.yaml", "sampler: {nmae: balanced}\n")
    assert "unknown key 'sampler.nmae' (did you mean 'sampler.name'?)" in refusal(path)


def test_an_unknown_key_of_an_override_is_named_with_the_nearest_one(empty: Path) -> None:
    message = refusal(empty, "optm.lr=1")
    assert message.startswith("override 'optm.lr=1': unknown key 'optm'") and "'optim'" in message


def test_a_key_of_another_group_is_suggested_in_full(empty: Path) -> None:
    assert "(did you mean 'optim.lr'?)" in refusal(empty, "lr=1")


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
        ("data.root=null", "data.root must be one word, not None"),
        ("data.augment.speed=0.9", "data.augment.speed must be a list, not 0.9"),
        ("data.augment.speed=[0.9,0]", "data.augment.speed must be of hundredths from 0.5 to 2"),
        ("data.augment.speed=[0.49]", "from 0.5 to 2, and 0.49 is none"),
        ("data.augment.speed=[2.01]", "from 0.5 to 2, and 2.01 is none"),
        ("data.augment.speed=[0.905]", "of hundredths from 0.5 to 2, and 0.905 is none"),
        ("data.augment.speed=[nan]", "of hundredths from 0.5 to 2, and nan is none"),
        ("data.augment.speed=[fast]", "data.augment.speed"),
        ("data.augment.noise.snr=[20,5]", "data.augment.noise.snr must be lowest and highest"),
        ("data.augment.noise.snr=[5]", "lowest and highest, -100 to 100 dB, not [5.0]"),
        ("data.augment.noise.snr=[5,inf]", "lowest and highest, -100 to 100 dB, not [5.0, inf]"),
        ("data.augment.noise.p=2", "data.augment.noise.p must be between 0 and 1"),
        ("data.augment.noise=dir", "(known: data.augment.noise.folder"),
        ("data.augment.masks.time=-1", "data.augment.masks.time must be 0 or more"),
        ("data.augment.masks.time_part=0", "data.augment.masks.time_part must be above 0"),
        ("data.augment.masks.time_part=1.5", "data.augment.masks.time_part must be between 0 and"),
        ("data.augment.masks.frequency_bins=0", "frequency_bins must be above 0"),
    ],
)
def test_a_bad_value_is_told_in_one_sentence(empty: Path, override: str, message: str) -> None:
    told = refusal(empty, override)
    assert told.startswith(f"override '{override}'") and message in told
    assert "\n" not in told


def test_fixed_weights_are_a_mapping_that_overrides_add_to(tmp_path: Path) -> None:
    text = "sampler: {name: fixed, fixed: {weights: {en: 1, zh: 2}}}\n"
    path = write(tmp_path, "a.yaml", text)
    assert load(path).sampler.fixed.weights == {"en": 1.0, "zh": 2.0}
    overridden = load(path, ["sampler.fixed.weights.en=3", "sampler.fixed.weights.slr65=0.5"])
    assert overridden.sampler.fixed.weights == {"en": 3.0, "zh": 2.0, "slr65": 0.5}
    assert load(write(tmp_path, "b.yaml", to_yaml(overridden))).sampler == overridden.sampler


def test_the_layer_that_brought_a_bad_value_is_the_one_named(tmp_path: Path) -> None:
    write(tmp_path, "parent.yaml", "hold: {amount: -1}\n")
    child = write(tmp_path, "child.yaml", "extends: parent.yaml\n")
    assert "parent.yaml: hold.amount" in refusal(child, "seed=1")


def test_a_file_that_is_missing_or_not_a_mapping_is_named(tmp_path: Path) -> None:
    assert "gone.yaml: no such file" in refusal(tmp_path / "gone.yaml")
    assert "list.yaml: expected" in refusal(write(tmp_path, "list.yaml", "- 1\n- 2\n"))
    assert "broken.yaml cannot be read" in refusal(write(tmp_path, "broken.yaml", "a: [1\n"))
    assert "twice.yaml cannot be read" in refusal(write(tmp_path, "twice.yaml", "seed: 1\nseed: 2"))


def test_the_written_yaml_is_complete_and_reads_back_equal(empty: Path, tmp_path: Path) -> None:
    exp = load(empty, ["optim.lr=1e-5", "data.exclude=[nsc]", "name=mine", "trainer.precision=32"])
    assert load(write(tmp_path, "config.yaml", to_yaml(exp))) == exp
    assert "price_per_hour: null" in to_yaml(exp)


def hash8(exp: Experiment) -> str:
    return fingerprint(identity(exp), {"nsc/train": "aa"}, "bb")


@pytest.mark.parametrize(
    "override",
    ["name=other", "trainer.runs=elsewhere", "trainer.workers=2", "trainer.log_every=1",
     "trainer.price_per_hour=2", "trainer.peak_tflops=4", "evaluate.test=false",
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
    assert hash8(load(empty, [override])) == hash8(load(empty))


@pytest.mark.parametrize(
    "override",
    ["seed=1", "trainer.threads=2", "hold.amount=2", "tag.train=none", "sampler.name=balanced",
     "optim.lr=0.1", "sampler.unit=hours", "sampler.max_repeats=2", "batch.mix=stratified",
     "model.freeze=[projector]", "model.lora.parts=[projector]", "optim.name=adafactor",
     "optim.ema=0.9", "optim.beta1=0.8", "trainer.precision=bf16-mixed",
     "batch.too_long=skip", "data.augment.speed=[0.9]", "data.augment.noise.folder=noise",
     "data.augment.masks.time=1", "data.augment.masks.frequency=1"],
)  # fmt: skip
def test_what_can_change_the_result_changes_the_hash(empty: Path, override: str) -> None:
    assert hash8(load(empty, [override])) != hash8(load(empty))


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
    assert hash8(load(empty, [chosen])) != hash8(load(empty, [chosen, parameter]))


def test_the_order_of_parts_does_not_count(empty: Path) -> None:
    for key in ("model.freeze", "model.lora.parts"):
        one, other = (
            load(empty, [f"{key}=[{parts}]"])
            for parts in ("projector,audio_tower", "audio_tower,projector")
        )
        assert hash8(one) == hash8(other)


def test_the_betas_of_adamw_do_not_count_for_adafactor(empty: Path) -> None:
    name = "optim.name=adafactor"
    assert hash8(load(empty, [name])) == hash8(load(empty, [name, "optim.beta2=0.9"]))


def test_where_noise_lies_does_not_count(empty: Path) -> None:
    here, there = (load(empty, [f"data.augment.noise.folder={name}"]) for name in ("a", "b"))
    assert hash8(here) == hash8(there)


def test_the_settings_of_a_run_without_augmentation_name_none(empty: Path) -> None:
    assert "augment" not in identity(load(empty))["data"]


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
    "override", ["tag.decode=forced", "evaluate.seconds=9", "trainer.threads=2"]
)
def test_an_evaluation_depends_on_how_it_decodes(override: str) -> None:
    plain, other = (evaluation("mini", "mini12", None, o) for o in ([], [override]))
    assert evaluation_identity(plain) != evaluation_identity(other)


def test_a_whole_number_and_its_float_are_the_same_setting(empty: Path) -> None:
    assert identity(load(empty, ["batch.seconds=60"])) == identity(
        load(empty, ["batch.seconds=60.0"])
    )


def test_the_profile_is_written_down_by_its_version(empty: Path) -> None:
    newest = load(empty, ["evaluate.profile=strict"])
    assert newest.evaluate.profile == "strict-2" and newest == load(empty)


def test_settings_that_do_not_fit_each_other_are_one_sentence() -> None:
    with pytest.raises(InputError, match="cell: 'data.exclude.a' cannot be set"):
        dotted("cell", {"data.exclude": ["nsc"], "data.exclude.a": 1})


def test_a_list_laid_over_a_mapping_is_one_sentence() -> None:
    layers = [override("axes={a: {b: 1}}"), override("axes={a: [1]}")]
    with pytest.raises(InputError, match=r"override 'axes=\{a: \[1\]\}': .*incompatible"):
        resolve(AblationFile, layers)


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        (
            "sampler.schedule.parameter=T",
            "'T' is no number of sampler 'proportional' (it has none)",
        ),
        ("sampler={name: unimax, schedule: {parameter: T}}", "'unimax' (known: epochs)"),
        ("sampler={name: temperature, schedule: {parameter: level}}", "'level' is no number"),
        (
            "sampler={name: temperature, schedule: {parameter: T, begin: 0.6, end: 0.3}}",
            "sampler.schedule begins at 0.6 and ends at 0.3; it must end after it begins",
        ),
        (
            "sampler.schedule={begin: 0.5, end: 0.5}",
            "sampler.schedule begins at 0.5 and ends at 0.5; it must end after it begins",
        ),
        ("sampler.schedule.target=5", "sampler.schedule moves nothing without a parameter"),
        ("sampler.schedule.begin=0.2", "sampler.schedule moves nothing without a parameter"),
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
        ("trainer.devices=2", "batch.per_step is 1, which 2 devices cannot share equally"),
    ],
)
def test_settings_that_do_not_fit_each_other_are_told_in_one_sentence(
    tmp_path: Path, override: str, sentence: str
) -> None:
    path = tmp_path / "exp.yaml"
    path.write_text("seed: 1\n")
    with pytest.raises(InputError) as error:
        load(path, [override])
    assert str(error.value).startswith("exp: ") and sentence in str(error.value)


@pytest.mark.parametrize(
    "overrides",
    [("trainer.devices=4", "batch.per_step=8"), ("batch.per_step=8", "trainer.devices=4")],
)
def test_what_must_fit_together_may_come_in_any_order(
    empty: Path, overrides: tuple[str, ...]
) -> None:
    exp = load(empty, overrides)
    assert exp.batch.per_step == 2 * exp.trainer.devices == 8


def test_a_schedule_may_come_before_the_sampler_that_it_is_of(tmp_path: Path) -> None:
    path = tmp_path / "exp.yaml"
    path.write_text("seed: 1\n")
    exp = load(path, ["sampler.schedule.parameter=T", "sampler.name=temperature"])
    assert exp.sampler.schedule.parameter == "T"


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (
            ["model.freeze=[audio_tower,projector,language_model]"],
            "model.freeze names every part, so that nothing is trained; leave one out",
        ),
        (
            ["model.freeze=[projector]", "model.lora.parts=[projector]"],
            "model.freeze and model.lora.parts both name projector; a part with LoRA is frozen",
        ),
        (
            ["model.freeze=[projector]", "model.lora={parts: [language_model], export: adapter}"],
            "model.lora.export=adapter exports the updates alone, but audio_tower is trained whole",
        ),
        (
            ["optim.ema=0.9", "trainer.precision=bf16-true"],
            "optim.ema moves by less than bfloat16 weights can",
        ),
    ],
)
def test_what_is_trained_must_fit_together(
    empty: Path, overrides: list[str], sentence: str
) -> None:
    told = refusal(empty, *overrides)
    assert told.startswith(f"{empty.stem}: ") and sentence in told and "\n" not in told


def test_all_parts_may_have_lora(empty: Path) -> None:
    parts = "model.lora={parts: [audio_tower, projector, language_model], export: adapter}"
    assert load(empty, [parts]).model.lora.export == "adapter"
