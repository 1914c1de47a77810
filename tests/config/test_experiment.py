"""Experiment files: what they resolve to, and how what cannot be read is told."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from refusing import refusal

from plion.config.experiment import evaluation, load_experiment, to_yaml
from plion.config.layers import dotted, override
from plion.config.resolve import resolve
from plion.errors import InputError
from plion.studies.design.grid import AblationFile


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_file_lies_over_the_defaults_and_an_override_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "a.yaml", "optim: {lr: 2e-4, clip: 2}\n")
    exp = load_experiment(path, ["optim.clip=3"])
    assert (exp.optim.lr, exp.optim.clip, exp.optim.beta1) == (2e-4, 3.0, 0.9)


def test_a_file_lies_over_the_one_it_extends_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    write(tmp_path / "base", "far.yaml", "seed: 1\nbatch: {seconds: 10, window: 7}\n")
    write(tmp_path, "near.yaml", "extends: base/far.yaml\nbatch: {seconds: 20}\n")
    exp = load_experiment(write(tmp_path, "own.yaml", "extends: near.yaml\nhold: {amount: 2}\n"))
    assert (exp.seed, exp.batch.seconds, exp.batch.window, exp.hold.amount) == (1, 20.0, 7, 2.0)


def test_a_chain_that_extends_itself_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "extends: b.yaml\n")
    message = refusal(write(tmp_path, "b.yaml", "extends: a.yaml\n"))
    assert "circle" in message and "b.yaml -> a.yaml -> b.yaml" in message


def test_a_missing_file_is_named_with_the_one_that_extends_it(tmp_path: Path) -> None:
    middle = write(tmp_path, "middle.yaml", "extends: base/gone.yaml\n")
    message = refusal(write(tmp_path, "own.yaml", "extends: middle.yaml\n"))
    assert message == f"{middle}: extends {tmp_path}/base/gone.yaml: no such file"


def test_an_experiment_is_called_by_its_own_stem_and_not_by_its_parents_name(
    tmp_path: Path,
) -> None:
    write(tmp_path, "parent.yaml", "name: elder\n")
    child = write(tmp_path, "child.yaml", "extends: parent.yaml\n")
    assert load_experiment(child).name == "child"
    assert load_experiment(child, ["name=other"]).name == "other"


def test_a_name_that_cannot_be_a_folders_is_refused(empty: Path) -> None:
    assert "name 'a/b' must consist of letters" in refusal(empty, "name=a/b")


@pytest.mark.parametrize("number", ["1e-3", "1E-3", "0.001", "1.0e-03"])
def test_numbers_with_an_exponent_are_numbers(empty: Path, tmp_path: Path, number: str) -> None:
    assert load_experiment(empty, [f"optim.lr={number}"]).optim.lr == 0.001
    assert load_experiment(write(tmp_path, "n.yaml", f"optim: {{lr: {number}}}")).optim.lr == 0.001


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
    ("given", "read"),
    [("take #2", "take #2"), ("' a #b'", " a #b"), ("a#b", "a#b")],
)
def test_no_part_of_an_override_is_a_comment(empty: Path, given: str, read: str) -> None:
    assert load_experiment(empty, [f"trainer.runs={given}"]).trainer.runs == read


def test_fixed_weights_are_a_mapping_that_overrides_add_to(tmp_path: Path) -> None:
    text = "sampler: {name: fixed, fixed: {weights: {en: 1, zh: 2}}}\n"
    path = write(tmp_path, "a.yaml", text)
    assert load_experiment(path).sampler.fixed.weights == {"en": 1.0, "zh": 2.0}
    overridden = load_experiment(
        path, ["sampler.fixed.weights.en=3", "sampler.fixed.weights.slr65=0.5"]
    )
    assert overridden.sampler.fixed.weights == {"en": 3.0, "zh": 2.0, "slr65": 0.5}
    assert (
        load_experiment(write(tmp_path, "b.yaml", to_yaml(overridden))).sampler
        == overridden.sampler
    )


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
    exp = load_experiment(
        empty, ["optim.lr=1e-5", "data.exclude=[nsc]", "name=mine", "trainer.precision=32"]
    )
    assert load_experiment(write(tmp_path, "config.yaml", to_yaml(exp))) == exp
    assert "price_per_hour: null" in to_yaml(exp)


ODD = ["${x}", "a ${oc.env:HOME} b", "${", r"a \${x}", r"\\${x}", "???", r"\???", "on", "1e3"]


@pytest.mark.parametrize("text", ODD)
def test_text_stays_what_it_is_wherever_it_comes_from(
    empty: Path, tmp_path: Path, text: str
) -> None:
    told = evaluation("mini", None, None, [], context=text)
    assert told.data.context == text
    assert load_experiment(empty, [f"data.context={json.dumps(text)}"]).data.context == text
    assert load_experiment(write(tmp_path, "config.yaml", to_yaml(told))) == replace(
        told, name="base"
    )


@pytest.mark.parametrize("text", ["Ang ${x}", "Ang ${", r"Ang \${x}", "Ang ??? Kio"])
def test_text_needs_no_quotes_where_it_is_one(empty: Path, tmp_path: Path, text: str) -> None:
    assert load_experiment(empty, [f"data.context={text}"]).data.context == text
    assert (
        load_experiment(write(tmp_path, "own.yaml", f"data:\n  context: {text}\n")).data.context
        == text
    )


def test_a_context_that_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="^--context: .*surrogate"):
        evaluation("mini", None, None, [], context="Tan \udcff")


@pytest.mark.parametrize("value", ["on", "1e3", "[1, 2]", "a: b", ""])
def test_what_is_no_text_is_not_made_text_in_silence(empty: Path, value: str) -> None:
    message = refusal(empty, f"data.context={value}")
    assert "data.context must be text, not " in message and "in quotes" in message


def test_an_earlier_runs_settings_are_read_without_the_loss_they_name(tmp_path: Path) -> None:
    earlier = write(tmp_path, "config.yaml", "loss: {unit: tokens}\nseed: 3\n")
    assert load_experiment(earlier) == load_experiment(
        write(tmp_path, "plain.yaml", "name: config\nseed: 3\n")
    )
    assert "loss" not in to_yaml(load_experiment(earlier))


def test_a_loss_over_utterances_is_refused_with_what_there_is(empty: Path, tmp_path: Path) -> None:
    wanted = "the loss of a step is the mean over its supervised tokens"
    assert wanted in refusal(empty, "loss.unit=utterances")
    message = refusal(write(tmp_path, "old.yaml", "loss: {unit: utterances}\n"))
    assert message.startswith(f"{tmp_path / 'old.yaml'}: there is no setting 'loss' any more")
    assert wanted in refusal(empty, "loss=tokens")


def test_the_profile_is_written_down_by_its_version(empty: Path) -> None:
    newest = load_experiment(empty, ["evaluate.profile=strict"])
    assert newest.evaluate.profile == "strict-3" and newest == load_experiment(empty)


def test_settings_that_do_not_fit_each_other_are_one_sentence() -> None:
    with pytest.raises(InputError, match="cell: 'data.exclude.a' cannot be set"):
        dotted("cell", {"data.exclude": ["nsc"], "data.exclude.a": 1})


def test_a_list_laid_over_a_mapping_is_one_sentence() -> None:
    layers = [override("axes={a: {b: 1}}"), override("axes={a: [1]}")]
    with pytest.raises(InputError, match=r"override 'axes=\{a: \[1\]\}': .*incompatible"):
        resolve(AblationFile, layers)
