"""A study's runs as jobs."""

from pathlib import Path

import pytest

from plion.config.experiment import evaluation, load_experiment, to_yaml
from plion.config.identity import evaluation_identity
from plion.config.schema import Experiment
from plion.runs.folder import RunFolder
from plion.studies.driving.jobs import evaluation as evaluating
from plion.studies.driving.jobs import last_line, training


@pytest.fixture
def exp() -> Experiment:
    """Settings that are nowhere the defaults, and words that YAML would read as numbers."""
    exp = Experiment(name="1e3")
    exp.model.name, exp.data.suite, exp.data.root = "a/model", "my suite.yaml", "my data"
    exp.tag.decode, exp.trainer.precision, exp.trainer.threads = "forced", "bf16-true", 3
    exp.trainer.price_per_hour, exp.evaluate.tokens_per_second = 0.5, 1e-05
    exp.evaluate.test, exp.trainer.runs = False, "007"
    exp.model.attention, exp.model.encoder_window = "reference", "full"
    exp.model.like = "a/base"
    exp.data.context = "Names: 'Tan', \"Lim\"\n- 1e3"
    return exp


def test_a_training_is_asked_for_by_its_written_configuration(
    exp: Experiment, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "run")
    job = training(exp, folder)
    assert (job.verb, job.command) == ("train", ("train", str(folder.config)))
    assert load_experiment(job.config) == exp


def test_a_job_knows_which_devices_it_needs(exp: Experiment, tmp_path: Path) -> None:
    exp.trainer.devices = 2
    folder = RunFolder(tmp_path / "run")
    assert (training(exp, folder).devices, training(exp, folder).on_cpu) == (2, False)
    exp.trainer.accelerator = "cpu"
    assert training(exp, folder).on_cpu


def test_an_evaluation_is_asked_for_with_all_its_settings(exp: Experiment, tmp_path: Path) -> None:
    command = evaluating(exp, RunFolder(tmp_path)).command
    model, _, suite, _, root, *overrides = command[1:]
    asked = evaluation(model, suite, root, overrides)
    assert evaluation_identity(asked) == evaluation_identity(exp)
    assert (asked.name, asked.model, asked.data, asked.trainer) == (
        exp.name,
        exp.model,
        exp.data,
        exp.trainer,
    )


def test_the_settings_of_a_model_that_is_a_run_do_not_count(
    exp: Experiment, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path)
    own = Experiment(name="own")
    own.tag.decode, own.evaluate.seconds = "free", 7.0
    run.config.write_text(to_yaml(own))
    exp.model.name = str(run.path)
    command = evaluating(exp, run).command
    model, _, suite, _, root, *overrides = command[1:]
    asked = evaluation(model, suite, root, overrides)
    assert asked.name == exp.name and evaluation_identity(asked) == evaluation_identity(exp)


@pytest.mark.parametrize(("text", "last"), [("a\nb \n\n", "b"), ("", "no output")])
def test_the_last_words_of_a_job_are_its_last_line_with_any(
    tmp_path: Path, text: str, last: str
) -> None:
    (tmp_path / "log").write_text(text)
    assert last_line(tmp_path / "log") == last
